//! What tables and indexes both ask of a model.

use crate::ir::{FieldMeta, ModelMeta, Node, Relation, RelationKind};
use crate::query::table_expr;
use orm_sql::error::{Error, Result};
use orm_sql::schema::{Deferrable, RawSql};

/// The text of an expression over a model's own columns.
pub(super) fn expression(model: &'static ModelMeta, node: &Node) -> Result<RawSql> {
    match table_expr(node, model) {
        Ok(sql) => Ok(RawSql::new(sql)),
        Err(Error::Usage(message)) => {
            Err(Error::usage(format!("in the table of `{}`: {message}", model.name)))
        }
        Err(other) => Err(other),
    }
}

/// The columns that stand for a field's: its own, or for the first of a key of several columns all
/// of them. None for the others of such a key.
pub(super) fn columns(field: &'static FieldMeta) -> &'static [FieldMeta] {
    match field.relation.map(Relation::fields) {
        Some(fields) if fields.contains(field) => {
            if fields.first() == Some(field) {
                fields
            } else {
                &[]
            }
        }
        _ => std::slice::from_ref(field),
    }
}

/// True where no two rows may have the same value, all columns of a primary key aside.
pub(super) fn is_unique(model: &'static ModelMeta, field: &'static FieldMeta) -> bool {
    let one_to_one = field.relation.is_some_and(|key| key.kind == RelationKind::OneToOne);
    (field.unique || one_to_one) && !is_primary_key(model, field)
}

/// True for a field whose columns are the whole primary key.
pub(super) fn is_primary_key(model: &'static ModelMeta, field: &'static FieldMeta) -> bool {
    let columns = model.columns_of(field.name);
    !columns.is_empty() && model.key_fields().into_iter().eq(columns)
}

pub(super) fn deferred(deferrable: bool) -> Option<Deferrable> {
    deferrable.then_some(Deferrable::Deferred)
}
