//! What a hook learns of a many-to-many relation that changes.

use crate::column::Column;
use crate::ir::{ModelMeta, Relation};
use crate::row::encoded_as;
use orm_sql::row::Cells;
use orm_sql::value::SqlValue;

/// Rows come into or go out of a many-to-many relation.
#[derive(Clone, Debug)]
pub struct RelatedChange {
    pub(crate) relation: &'static Relation,
    pub(crate) reverse: bool,
    pub(crate) action: RelatedAction,
    pub(crate) key: SqlValue,
    pub(crate) keys: Vec<SqlValue>,
}

/// What happens to a many-to-many relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum RelatedAction {
    BeforeAdd,
    AfterAdd,
    BeforeRemove,
    AfterRemove,
    BeforeClear,
    AfterClear,
}

impl RelatedChange {
    /// What happens.
    pub fn action(&self) -> RelatedAction {
        self.action
    }

    /// The name of the many-to-many field, on the model that declares it: `tags`.
    pub fn field(&self) -> &'static str {
        self.relation.name
    }

    /// The model that declares the field.
    pub fn model(&self) -> &'static ModelMeta {
        (self.relation.from)()
    }

    /// True for `tag.books().add(…)`, where `tags` is a field of the book: the key is then that of a
    /// tag, and the keys are those of books.
    pub fn is_reverse(&self) -> bool {
        self.reverse
    }

    /// The key of the row whose related set it is. None where it is of another type.
    pub fn key<K: Column>(&self) -> Option<K> {
        read(&self.key)
    }

    /// The keys of the rows that come or go: of `add` those that are not there yet, of `remove` those
    /// that were named, of `clear` none.
    pub fn keys<K: Column>(&self) -> Vec<K> {
        self.keys.iter().filter_map(read).collect()
    }

    /// The keys as values.
    pub fn key_values(&self) -> &[SqlValue] {
        &self.keys
    }
}

fn read<K: Column>(value: &SqlValue) -> Option<K> {
    let cells = encoded_as([(value.clone(), K::SQL_TYPE)])?;
    K::decode(cells.cell(0)?).ok()
}
