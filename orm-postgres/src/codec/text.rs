//! Values as text literals, for types that are known by name only.

use super::{Encoded, Problem};
use bytes::{BufMut, BytesMut};
use orm_sql::value::{BoundValue, RangeValue, SqlValue};
use postgres_types::IsNull;

pub(crate) fn encode(value: &SqlValue, out: &mut BytesMut) -> Encoded {
    value.check()?;
    match value {
        SqlValue::Null => return Ok(IsNull::Yes),
        SqlValue::Text(text) => out.put_slice(text.as_bytes()),
        other => out.put_slice(literal(other)?.as_bytes()),
    }
    Ok(IsNull::No)
}

/// The form that the type's input function reads.
fn literal(value: &SqlValue) -> Result<String, Problem> {
    match value {
        SqlValue::Array(items) => array(items),
        SqlValue::Range(range) => self::range(range),
        scalar => {
            scalar.text().ok_or_else(|| format!("{} cannot be sent as text", scalar.kind()).into())
        }
    }
}

fn array(items: &[SqlValue]) -> Result<String, Problem> {
    let mut out = String::from("{");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        match item {
            SqlValue::Null => out.push_str("NULL"),
            SqlValue::Array(inner) => out.push_str(&array(inner)?),
            other => quote(&literal(other)?, &mut out),
        }
    }
    out.push('}');
    Ok(out)
}

fn range(range: &RangeValue) -> Result<String, Problem> {
    let RangeValue::Bounds { lower, upper } = range else { return Ok("empty".to_owned()) };
    let mut out = String::from(if matches!(lower, BoundValue::Included(_)) { "[" } else { "(" });
    for (bound, separator) in [(lower, ","), (upper, "")] {
        match bound {
            BoundValue::Unbounded => {}
            BoundValue::Included(v) | BoundValue::Excluded(v) => quote(&literal(v)?, &mut out),
        }
        out.push_str(separator);
    }
    out.push(if matches!(upper, BoundValue::Included(_)) { ']' } else { ')' });
    Ok(out)
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}
