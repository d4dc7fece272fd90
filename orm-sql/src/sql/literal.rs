//! Values written out, for statements that take no parameters.

use crate::value::{BoundValue, RangeValue, SqlType, SqlValue};
use std::fmt::{Display, Write};

/// Adds a value to a text as an SQL literal of the type.
pub(super) fn write(sql: &mut String, value: &SqlValue, sql_type: SqlType) {
    match value {
        SqlValue::Bool(value) => sql.push_str(if *value { "TRUE" } else { "FALSE" }),
        SqlValue::I16(value) => plain(sql, value),
        SqlValue::I32(value) => plain(sql, value),
        SqlValue::I64(value) => plain(sql, value),
        SqlValue::Decimal(value) => plain(sql, value),
        SqlValue::Text(text) if sql_type == SqlType::Text => quote(sql, text),
        SqlValue::Bytes(bytes) => write_bytes(sql, bytes),
        SqlValue::Array(items) => write_array(sql, items, sql_type),
        SqlValue::Range(range) => write_range(sql, range, sql_type),
        // Cells and columns of rows are parameters, and what is invalid is refused: no definition
        // holds either.
        other => match other.text() {
            Some(text) => typed(sql, &text, sql_type),
            None => sql.push_str("NULL"),
        },
    }
}

/// Adds a value to a text as an expression that is of the type whatever stands around it: in
/// parentheses, and with the type's name.
pub(super) fn write_exact(sql: &mut String, value: &SqlValue, sql_type: SqlType) {
    sql.push('(');
    match value {
        SqlValue::Bytes(_) | SqlValue::Range(_) => write(sql, value, sql_type),
        SqlValue::Array(items) => {
            let item = match sql_type {
                SqlType::Array(item) => *item,
                other => other,
            };
            sql.push_str("ARRAY[");
            for (place, value) in items.iter().enumerate() {
                if place > 0 {
                    sql.push_str(", ");
                }
                write_exact(sql, value, item);
            }
            let _ = write!(sql, "]::{}", sql_type.name());
        }
        // Numbers in quotes, since the least is no literal by itself: `-32768::smallint` is the
        // negative of something too great.
        other => match other.text() {
            Some(text) => typed(sql, &text, sql_type),
            None => {
                let _ = write!(sql, "NULL::{}", sql_type.name());
            }
        },
    }
    sql.push(')');
}

/// A number: its own literal.
fn plain(sql: &mut String, value: impl Display) {
    // Writing to a String cannot fail.
    let _ = write!(sql, "{value}");
}

/// Quoted text and its type.
fn typed(sql: &mut String, text: &str, sql_type: SqlType) {
    quote(sql, text);
    let _ = write!(sql, "::{}", sql_type.name());
}

/// Text in quotes. A backslash needs the escape form, so that no setting of the server changes
/// its meaning.
fn quote(sql: &mut String, text: &str) {
    let escaped = text.contains('\\');
    sql.push_str(if escaped { "E'" } else { "'" });
    for c in text.chars() {
        match c {
            '\'' => sql.push_str("''"),
            '\\' => sql.push_str("\\\\"),
            c => sql.push(c),
        }
    }
    sql.push('\'');
}

fn write_bytes(sql: &mut String, bytes: &[u8]) {
    sql.push_str("decode('");
    for byte in bytes {
        let _ = write!(sql, "{byte:02x}");
    }
    sql.push_str("', 'hex')");
}

fn write_array(sql: &mut String, items: &[SqlValue], sql_type: SqlType) {
    let item_type = match sql_type {
        SqlType::Array(item) => *item,
        other => other,
    };
    sql.push_str("ARRAY[");
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            sql.push_str(", ");
        }
        write(sql, item, item_type);
    }
    let _ = write!(sql, "]::{}", sql_type.name());
}

fn write_range(sql: &mut String, range: &RangeValue, sql_type: SqlType) {
    let RangeValue::Bounds { lower, upper } = range else {
        return typed(sql, "empty", sql_type);
    };
    let _ = write!(sql, "{}(", sql_type.name());
    for bound in [lower, upper] {
        match bound {
            BoundValue::Unbounded => sql.push_str("NULL"),
            BoundValue::Included(value) | BoundValue::Excluded(value) => {
                write(sql, value, sql_type.bounds().unwrap_or(sql_type));
            }
        }
        sql.push_str(", ");
    }
    sql.push_str(match (lower, upper) {
        (BoundValue::Included(_), BoundValue::Included(_)) => "'[]')",
        (BoundValue::Included(_), _) => "'[)')",
        (_, BoundValue::Included(_)) => "'(]')",
        _ => "'()')",
    });
}
