//! Values as the parameters of messages: as Python writes them.

use orm_sql::value::{Interval, SqlValue};
use serde_json::Value;

/// A value as a parameter. Numbers stay numbers; what JSON does not have is text.
pub(crate) fn value(value: &SqlValue) -> Value {
    match value {
        SqlValue::Null => Value::Null,
        SqlValue::Bool(value) => Value::from(*value),
        SqlValue::I16(value) => Value::from(*value),
        SqlValue::I32(value) => Value::from(*value),
        SqlValue::I64(value) => Value::from(*value),
        SqlValue::F32(value) => Value::from(*value),
        SqlValue::F64(value) => Value::from(*value),
        SqlValue::Json(value) => value.clone(),
        SqlValue::Array(items) => Value::Array(items.iter().map(self::value).collect()),
        other => Value::String(text(other)),
    }
}

/// A value as text; empty for what has none.
pub(crate) fn text(value: &SqlValue) -> String {
    match value {
        SqlValue::TimestampTz(value) => value.format("%Y-%m-%d %H:%M:%S%.f%:z").to_string(),
        SqlValue::Interval(value) => interval(*value),
        SqlValue::Bytes(_) => String::new(),
        other => other.text().unwrap_or_default(),
    }
}

/// `2 days, 1:00:00`
fn interval(value: Interval) -> String {
    let seconds = value.microseconds.div_euclid(1_000_000);
    let micros = value.microseconds.rem_euclid(1_000_000);
    let days = i64::from(value.months) * 30 + i64::from(value.days) + seconds.div_euclid(86_400);
    let seconds = seconds.rem_euclid(86_400);
    let mut text = match days {
        0 => String::new(),
        1 | -1 => format!("{days} day, "),
        _ => format!("{days} days, "),
    };
    text += &format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if micros != 0 {
        text += &format!(".{micros:06}");
    }
    text
}
