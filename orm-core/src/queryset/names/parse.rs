//! Values given as text, read as the type of a field.

use crate::error::{Error, Result};
use crate::ir::{Comparison, Node};
use crate::value::{SqlType, SqlValue};
use std::str::FromStr;

/// The type that a value compared with this must have.
pub(super) fn type_of(node: &Node) -> Option<&'static SqlType> {
    match node {
        Node::Column { field, .. } => Some(&field.sql_type),
        Node::Relation(path) => {
            let target = match path.steps.last() {
                Some(step) => step.relation()?.target(),
                None => path.target().single_key(),
            };
            target.map(|field| &field.sql_type)
        }
        _ => None,
    }
}

/// A lookup of text by its name.
pub(super) fn text_lookup(name: &str, sql_type: SqlType, lookup: &str) -> Result<Comparison> {
    let comparison = match lookup {
        "iexact" => Comparison::IExact,
        "contains" => Comparison::Contains,
        "icontains" => Comparison::IContains,
        "startswith" => Comparison::StartsWith,
        "istartswith" => Comparison::IStartsWith,
        "endswith" => Comparison::EndsWith,
        "iendswith" => Comparison::IEndsWith,
        _ => {
            return Err(Error::usage(format!(
                "`{name}` ends in `{lookup}`, which is no lookup; lookups are: exact, ne, gt, gte, \
                 lt, lte, in, isnull, iexact, contains, icontains, startswith, istartswith, \
                 endswith, iendswith"
            )));
        }
    };
    match sql_type {
        SqlType::Text => Ok(comparison),
        _ => Err(Error::usage(format!("`{name}` is a text lookup, but the field is no text"))),
    }
}

/// A value as the type of its field.
pub(super) fn value(name: &str, sql_type: SqlType, text: &str) -> Result<SqlValue> {
    read(sql_type, text).map_err(|wanted| wrong(name, &wanted))
}

/// Text as a value of a type, or what the text should have been.
pub(crate) fn read(sql_type: SqlType, text: &str) -> Result<SqlValue, String> {
    Ok(match sql_type {
        SqlType::Bool => SqlValue::Bool(yes_or_no(text).ok_or("`true` or `false`")?),
        SqlType::Int2 => SqlValue::I16(parse("a whole number", text)?),
        SqlType::Int4 => SqlValue::I32(parse("a whole number", text)?),
        SqlType::Int8 => SqlValue::I64(parse("a whole number", text)?),
        SqlType::Float4 => SqlValue::F32(parse("a number", text)?),
        SqlType::Float8 => SqlValue::F64(parse("a number", text)?),
        SqlType::Numeric => SqlValue::Decimal(parse("a number", text)?),
        SqlType::Text => SqlValue::Text(text.to_owned()),
        SqlType::Uuid => SqlValue::Uuid(parse("a uuid", text)?),
        SqlType::Date => SqlValue::Date(parse("a date (2026-01-31)", text)?),
        SqlType::Time => SqlValue::Time(parse("a time (23:59:00)", text)?),
        SqlType::Timestamp => SqlValue::Timestamp(parse("a date and time", text)?),
        SqlType::TimestampTz => {
            let wanted = "a date and time with its zone (2026-01-31T12:00:00Z)";
            SqlValue::TimestampTz(parse(wanted, text)?)
        }
        other => {
            return Err(format!("of the type `{}`, which is not read from text", other.name()));
        }
    })
}

/// `true`, `1`, `false`, `0`.
pub(super) fn boolean(name: &str, text: &str) -> Result<bool> {
    yes_or_no(text).ok_or_else(|| wrong(name, "`true` or `false`"))
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "1" => Some(true),
        "false" | "False" | "0" => Some(false),
        _ => None,
    }
}

fn parse<T: FromStr>(wanted: &str, text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|_| wanted.to_owned())
}

fn wrong(name: &str, wanted: &str) -> Error {
    Error::usage(format!("the value of `{name}` must be {wanted}"))
}
