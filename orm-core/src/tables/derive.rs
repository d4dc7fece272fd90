//! A model's table, from its metadata.

use super::parts::{columns, deferred, expression, is_primary_key, is_unique};
use super::{action_of, indexes};
use crate::ir::{
    CheckMeta, Comparison, Default, FieldMeta, IndexPart, ModelMeta, Node, PathBuf, Relation,
    Scope, UniqueMeta,
};
use orm_sql::error::{Error, Result};
use orm_sql::schema::{
    Action, Column, ColumnType, Constraint, ConstraintKind, Fill, ForeignKey, RawSql, Table,
    TableName, Unique, names,
};
use orm_sql::value::{SqlType, SqlValue};

/// The name of a model's table.
pub fn name_of(model: &ModelMeta) -> TableName {
    TableName { schema: model.schema.map(str::to_owned), name: model.table.to_owned() }
}

/// The table of a model. Tables between models are tables of their own: see
/// [`tables_of`](super::tables_of).
///
/// Names that the model does not give are those that Django makes; those of unique and
/// primary keys do not depend on when they were added to the model. There is no second index
/// with `varchar_pattern_ops` on unique or indexed text, unlike in Django.
///
/// ```
/// use orm_core::ir::{FieldMeta, ModelMeta};
/// use orm_core::tables::table_of;
///
/// static TAG: ModelMeta =
///     ModelMeta::new("Tag", "library", "library_tag", &[FieldMeta::auto_key("id")], &[0]);
/// let table = table_of(&TAG)?;
/// assert_eq!(table.primary_key(), ["id"]);
/// # Ok::<(), orm_sql::Error>(())
/// ```
///
/// # Errors
///
/// When the model names a field that it does not have, or refers to a key of several columns.
pub fn table_of(model: &'static ModelMeta) -> Result<Table> {
    let mut table = Table {
        name: name_of(model),
        columns: Vec::with_capacity(model.width()),
        constraints: Vec::new(),
        indexes: Vec::new(),
        comment: model.comment.map(str::to_owned),
    };
    for field in model.fields {
        table.columns.push(column(model, field)?);
    }
    table.constraints.extend(primary_key(model));
    for field in model.fields {
        table.constraints.extend(unique_field(model, field));
        table.constraints.extend(positive(model, field)?);
        table.constraints.extend(foreign_key(model, field)?);
    }
    indexes::add(model, &mut table)?;
    for check in model.checks {
        let condition = expression(model, &(check.condition)())?;
        let name = check_name(model, check, &condition);
        table.constraints.push(Constraint { name, kind: ConstraintKind::Check { condition } });
    }
    Ok(table)
}

fn check_name(model: &ModelMeta, check: &CheckMeta, condition: &RawSql) -> String {
    let made = || names::constraint(model.table, &[], &[condition.as_str()], "_check");
    check.name.map_or_else(made, str::to_owned)
}

/// The name of a check constraint, made up where the model gives none.
pub(super) fn name_of_check(model: &'static ModelMeta, check: &CheckMeta) -> Result<String> {
    let condition = expression(model, &(check.condition)())?;
    Ok(check_name(model, check, &condition))
}

fn column(model: &'static ModelMeta, field: &'static FieldMeta) -> Result<Column> {
    let stored = stored_as(field);
    let fill = match (field.generated, field.default) {
        (Some(node), _) => Fill::Generated(expression(model, &node())?),
        _ if field.identity => Fill::Identity,
        (None, Default::Database(node)) => Fill::Default(expression(model, &node())?),
        _ => Fill::Nothing,
    };
    let own_size = field.max_length.is_some() || field.digits.is_some();
    let sizes = if own_size { field } else { stored };
    Ok(Column {
        name: field.column.to_owned(),
        column_type: ColumnType::sized(field.sql_type, sizes.max_length, sizes.digits),
        null: field.null,
        fill,
        collation: field.collation.or(stored.collation).map(str::to_owned),
        comment: field.comment.map(str::to_owned),
    })
}

/// The field whose length, precision and collation this one has: for a key, the field that it
/// refers to in the end.
fn stored_as(field: &'static FieldMeta) -> &'static FieldMeta {
    let mut stored = field;
    // A key that refers to keys in a circle ends somewhere in it.
    for _ in 0..16 {
        let pairs = stored.relation.map(Relation::pairs).unwrap_or_default();
        match pairs.iter().find(|(own, _)| *own == stored) {
            Some((_, target)) => stored = target,
            None => break,
        }
    }
    stored
}

fn primary_key(model: &'static ModelMeta) -> Option<Constraint> {
    let keys = model.primary_key.iter().filter_map(|place| model.fields.get(*place));
    let columns: Vec<String> = keys.map(|field| field.column.to_owned()).collect();
    let kind = ConstraintKind::PrimaryKey { columns };
    (!model.primary_key.is_empty())
        .then(|| Constraint { name: names::primary_key(model.table), kind })
}

fn unique_field(model: &'static ModelMeta, field: &'static FieldMeta) -> Option<Constraint> {
    let columns: Vec<&str> = columns(field).iter().map(|field| field.column).collect();
    (is_unique(model, field) && !columns.is_empty()).then(|| Constraint {
        name: names::constraint(model.table, &columns, &[], "_uniq"),
        kind: ConstraintKind::Unique(Unique {
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            include: Vec::new(),
            nulls_distinct: true,
            deferrable: None,
        }),
    })
}

fn positive(model: &'static ModelMeta, field: &'static FieldMeta) -> Result<Option<Constraint>> {
    if !field.positive {
        return Ok(None);
    }
    let column = Node::Column { path: PathBuf::root(Scope::ANY, model), field };
    let zero = Node::Value(SqlValue::I16(0), SqlType::Int2);
    let condition = expression(model, &Node::compare(Comparison::Gte, column, zero))?;
    let name = names::positive(model.table, field.column);
    Ok(Some(Constraint { name, kind: ConstraintKind::Check { condition } }))
}

fn foreign_key(model: &'static ModelMeta, field: &'static FieldMeta) -> Result<Option<Constraint>> {
    let Some(key) = field.relation.filter(|key| key.db_constraint) else { return Ok(None) };
    if columns(field).is_empty() {
        return Ok(None);
    }
    let to = (key.to)();
    let (columns, to_columns) = key.column_names();
    if columns.is_empty() {
        return Err(no_target(model, key));
    }
    if let Some(name) = key.to_field
        && to.managed
        && !is_unique_by_itself(to, name)
    {
        return Err(Error::usage(format!(
            "`{}` of `{}` refers to `{name}` of `{}`, which is not unique, so that it may mean \
             several rows: make that `#[field(unique)]`, or refer to the primary key",
            key.name, model.name, to.name
        )));
    }
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Ok(Some(Constraint {
        name: names::foreign_key(model.table, &columns, to.table, &to_columns),
        kind: ConstraintKind::ForeignKey(ForeignKey {
            columns: owned(&columns),
            to: name_of(to),
            to_columns: owned(&to_columns),
            on_delete: match model.on_delete_in_library {
                true => Action::NoAction,
                false => action_of(key.on_delete, field),
            },
            deferrable: deferred(key.deferrable),
        }),
    }))
}

/// True where no two rows may have the same value of a field.
fn is_unique_by_itself(model: &'static ModelMeta, name: &str) -> bool {
    let Some((_, field)) = model.field(name) else { return true };
    let only = |unique: &UniqueMeta| {
        unique.condition.is_none()
            && matches!(unique.parts, [IndexPart::Field { name: of, .. }] if *of == name)
    };
    is_unique(model, field) || is_primary_key(model, field) || model.uniques.iter().any(only)
}

fn no_target(model: &'static ModelMeta, key: &'static Relation) -> Error {
    let (name, model, to) = (key.name, model.name, (key.to)().name);
    Error::usage(match key.to_field {
        Some(field) => {
            format!("`{name}` of `{model}` refers to `{to}`, which has no field `{field}`")
        }
        None => format!(
            "`{name}` of `{model}` has other columns than the primary key of `{to}`, which it \
             refers to"
        ),
    })
}
