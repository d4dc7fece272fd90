//! What a hook learns of a many-to-many relation that changes.

use crate::ir::{ModelMeta, Relation};
use crate::model::Key;
use crate::row::{Reader, encoded_as};
use orm_sql::value::SqlValue;

/// Rows come into or go out of a many-to-many relation.
#[derive(Clone, Debug)]
pub struct RelatedChange {
    pub(crate) relation: &'static Relation,
    pub(crate) reverse: bool,
    pub(crate) action: RelatedAction,
    pub(crate) key: Vec<SqlValue>,
    pub(crate) keys: Vec<Vec<SqlValue>>,
}

/// What happens to a many-to-many relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
#[non_exhaustive]
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
        self.relation.from()
    }

    /// True for `tag.books().add(…)`, where `tags` is a field of the book: the key is then that of a
    /// tag, and the keys are those of books.
    pub fn is_reverse(&self) -> bool {
        self.reverse
    }

    /// The key of the row whose related set it is: a tuple where it has several columns. None where
    /// it is of another type.
    pub fn key<K: Key>(&self) -> Option<K> {
        read(&self.key)
    }

    /// The keys of the rows that come or go: of `add` those that are not there yet, of `remove` those
    /// that were named, of `clear` none.
    pub fn keys<K: Key>(&self) -> Vec<K> {
        self.keys.iter().filter_map(|key| read(key)).collect()
    }

    /// The keys as values, each with one for each of its columns.
    pub fn key_values(&self) -> &[Vec<SqlValue>] {
        &self.keys
    }
}

fn read<K: Key>(values: &[SqlValue]) -> Option<K> {
    if values.len() != K::TYPES.width() {
        return None;
    }
    let typed = |(place, value): (usize, &SqlValue)| (value.clone(), K::TYPES.at(place));
    let cells = encoded_as(values.iter().enumerate().map(typed))?;
    K::decode(&mut Reader::new(&cells)).ok()
}
