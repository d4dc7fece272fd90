//! Values read from text.

use super::{SqlType, SqlValue};
use std::str::FromStr;

/// Text as a value of a type, or what the text should have been.
pub fn from_text(sql_type: SqlType, text: &str) -> Result<SqlValue, String> {
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
pub fn yes_or_no(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "1" => Some(true),
        "false" | "False" | "0" => Some(false),
        _ => None,
    }
}

fn parse<T: FromStr>(wanted: &str, text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|_| wanted.to_owned())
}
