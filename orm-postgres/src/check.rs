//! Whether a statement returns what its decoder reads: asked once per statement, not per cell.

use crate::names::Names;
use crate::types;
use crate::wire::Column;
use orm_sql::exec::{OutputColumn, Statement, places};
use orm_sql::value::SqlType;
use orm_sql::{Error, Result};
use postgres_types::{Kind, Type};

/// Compares the columns that a statement returns with those that are read from it.
///
/// A statement that names no columns is not checked: nothing is read from it.
pub(crate) fn columns(statement: &Statement, found: &[Column], names: Names<'_>) -> Result<()> {
    let wanted = &statement.columns;
    if wanted.is_empty() {
        return Ok(());
    }
    let places = match statement.by_name.is_empty() {
        true => None,
        false => {
            let called: Vec<&str> = found.iter().map(|column| &*column.name).collect();
            Some(places(statement, &called)?)
        }
    };
    for (place, column) in wanted.iter().enumerate() {
        let place = places.as_ref().and_then(|places| places.get(place).copied()).unwrap_or(place);
        let Some(found) = found.get(place) else { break };
        let type_ = &found.type_;
        // What is no model is called "the …": only of fields will there be comparisons.
        let is_field = !column.model.contains(' ');
        if !fits(column.sql_type, type_, names) || is_field && compares_otherwise(column, type_) {
            let (is, says) = (types::describe(type_), column.sql_type.name());
            let mut message = format!("the column is `{is}`, but the model says `{says}`");
            if is_field && compares_otherwise(column, type_) {
                message += &format!(
                    ", as which it would be compared: give the field a type of its own, with \
                     `SqlType::Named(\"{is}\")` as its `SQL_TYPE`"
                );
            }
            return Err(decode_error(column, message));
        }
    }
    count(wanted, found)
}

fn count(wanted: &[OutputColumn], found: &[Column]) -> Result<()> {
    let returned = found.len();
    let read = wanted.len();
    if let Some(column) = wanted.get(returned) {
        let message =
            format!("it is missing: the query returns {returned} columns, {read} are read");
        return Err(decode_error(column, message));
    }
    if let (Some(extra), Some(last)) = (found.get(read), wanted.last()) {
        return Err(Error::Decode {
            model: last.model.to_owned(),
            field: extra.name.clone(),
            message: format!(
                "it is not read: the query returns {returned} columns, {read} are read"
            )
            .into(),
        });
    }
    Ok(())
}

fn decode_error(column: &OutputColumn, message: String) -> Error {
    let (model, field) = (column.model.to_owned(), column.field.to_owned());
    Error::Decode { model, field, message: message.into() }
}

/// True when the bytes of the one can be read as the other.
fn fits(wanted: SqlType, found: &Type, names: Names<'_>) -> bool {
    if let (false, Some(name)) = (matches!(wanted, SqlType::Array(_)), wanted.looked_up()) {
        return names.accepts(name, found);
    }
    match found.kind() {
        Kind::Domain(base) => return fits(wanted, base, names),
        Kind::Array(item) => {
            return matches!(wanted, SqlType::Array(_)) && fits(wanted.leaf(), item, names);
        }
        _ => {}
    }
    match wanted {
        SqlType::Text => is_text(found),
        SqlType::Inet | SqlType::Cidr => matches!(*found, Type::INET | Type::CIDR),
        SqlType::Array(_) => false,
        other => types::builtin(other).as_ref() == Some(found),
    }
}

/// A type that is read as text, and that the server compares by rules of its own: with a parameter
/// of type `text` it would use those of text, and find other rows.
fn compares_otherwise(column: &OutputColumn, found: &Type) -> bool {
    let leaf = match found.kind() {
        Kind::Array(item) => item,
        _ => found,
    };
    column.sql_type.leaf() == SqlType::Text && leaf.name() == "citext"
}

/// Types whose binary form is their text.
fn is_text(found: &Type) -> bool {
    matches!(*found, Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN)
        || matches!(found.kind(), Kind::Enum(_))
        || found.name() == "citext"
}
