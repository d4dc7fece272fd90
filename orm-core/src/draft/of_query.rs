//! Rows that the database makes of the rows of a query: what their model gives to each by itself.

use super::{FIRST_VERSION, Now, now, now_as};
use crate::ir::{Default, FieldMeta, ModelMeta, Node};
use orm_sql::value::{SqlType, SqlValue};

/// What fields of new rows are given.
pub(crate) type Given = Vec<(&'static FieldMeta, Node)>;

/// What new rows are given in a query, with what their model gives to each: defaults in Rust, the time,
/// the first version. Everything else is left to the database.
///
/// # Errors
///
/// A sentence, where a required field is missing, or something is given to what is no field.
pub(crate) fn whole(model: &'static ModelMeta, given: Given, verb: &str) -> Result<Given, String> {
    let mut whole: Given = Vec::with_capacity(model.width());
    for (field, node) in given {
        let own = model.place_of(field).and_then(|place| model.fields.get(place));
        let Some(field) = own else {
            return Err(format!(
                "`{verb}` of `{}` assigns to columns and keys of the model itself, and one of these is \
                 reached through a relation",
                model.name
            ));
        };
        if field.generated.is_some() {
            return Err(format!(
                "`{}` of `{}` is calculated by the database: leave it out of `{verb}`",
                field.name, model.name
            ));
        }
        if whole.iter().any(|(other, _)| *other == field) {
            return Err(format!(
                "`{verb}` assigns twice to `{}` of `{}`: leave one of them out",
                field.name, model.name
            ));
        }
        whole.push((field, kept(field, node)));
    }
    let now = now();
    for field in model.fields {
        if whole.iter().any(|(other, _)| *other == field) {
            continue;
        }
        if let Some(value) = by_itself(model, field, &now, verb)? {
            whole.push((field, Node::Value(field.kept(value), field.sql_type)));
        }
    }
    match whole.is_empty() {
        false => Ok(whole),
        true => Err(format!("`{verb}` of `{}` assigns nothing", model.name)),
    }
}

/// A value as the column would keep it, or an error in its place.
fn kept(field: &'static FieldMeta, node: Node) -> Node {
    match node {
        Node::Value(value, sql_type) => Node::Value(field.kept(value), sql_type),
        Node::Row(values) => {
            let value = values.into_iter().next().unwrap_or(SqlValue::Null);
            Node::Value(field.kept(value), field.sql_type)
        }
        node => node,
    }
}

/// What a model gives to a field of each new row.
fn by_itself(
    model: &'static ModelMeta,
    field: &'static FieldMeta,
    now: &Now,
    verb: &str,
) -> Result<Option<SqlValue>, String> {
    if field.is_drawn() || model.as_tenant(field).is_some() {
        return Ok(None);
    }
    if field.auto_now || field.auto_now_add {
        return Ok(Some(now_as(field, now)));
    }
    match field.default {
        Default::Rust(default) => one_for_all(model, field, default, verb).map(Some),
        Default::Database(_) => Ok(None),
        Default::None if field.version => Ok(Some(FIRST_VERSION)),
        Default::None if field.null => Ok(None),
        Default::None => Err(format!(
            "`{verb}` of `{0}` misses the required field `{1}`: assign to it, as in \
             `|new, row| new.{1}().set(…)`",
            model.name, field.name
        )),
    }
}

/// A default in Rust is made for each row, and these rows are not made in Rust: it is taken where it is
/// the same for all of them, or the present moment.
fn one_for_all(
    model: &'static ModelMeta,
    field: &'static FieldMeta,
    default: fn() -> SqlValue,
    verb: &str,
) -> Result<SqlValue, String> {
    let value = default();
    let moment = matches!(
        field.sql_type,
        SqlType::Timestamp | SqlType::TimestampTz | SqlType::Date | SqlType::Time
    );
    match moment || value.is_same(&default()) {
        true => Ok(value),
        false => Err(format!(
            "`{}` of `{}` has a default that Rust makes anew for each row, and the rows of `{verb}` are \
             made by the database: assign to it, as by `random_uuid()`",
            field.name, model.name
        )),
    }
}
