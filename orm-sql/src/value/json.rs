//! JSON.

mod exact;

#[doc(hidden)]
pub use exact::rounded_by;

use super::Problem;
use super::form::{Form, ZERO_BYTE};
use bytes::{BufMut, BytesMut};
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use std::io;

/// Why a number is not read.
#[doc(hidden)]
pub const ROUNDED: &str = "a number that neither an integer of 64 bits nor a float holds exactly: read \
                           it in the query, by `.key(…).cast::<Decimal>()`, or turn on serde_json's \
                           feature `arbitrary_precision` for documents as `Value`";

/// So many levels are read again; there is no value with more.
const LEVELS: usize = 127;

impl Form for Value {
    fn read(raw: &[u8]) -> Result<Self, Problem> {
        let Some((1, json)) = raw.split_first() else {
            return Err("an unknown version of `jsonb`".into());
        };
        // The server has checked the rest.
        let value = serde_json::from_slice(json).map_err(|error| {
            let at = error.column();
            format!("JSON that is nested too deep, or a number that is too large, at column {at}")
        })?;
        match exact::rounded(json) {
            None => Ok(value),
            Some(at) => Err(format!("{ROUNDED} (column {at})").into()),
        }
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Problem> {
        self.check()?;
        out.put_u8(1);
        self.serialize(&mut Serializer::with_formatter(out.writer(), Floats))?;
        Ok(())
    }

    fn check(&self) -> Result<(), Problem> {
        check(self, LEVELS).map_err(Into::into)
    }

    fn text(&self) -> String {
        let mut text = Vec::new();
        match self.serialize(&mut Serializer::with_formatter(&mut text, Floats)) {
            Ok(()) => String::from_utf8(text).unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    fn of_json(json: Value) -> Option<Self> {
        Some(json)
    }

    fn is_blank(&self) -> bool {
        match self {
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(items) => items.is_empty(),
            _ => false,
        }
    }

    fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        match self {
            Value::String(text) => test(text),
            Value::Array(items) => items.iter().any(|item| item.any_text(test)),
            Value::Object(map) => map.iter().any(|(key, value)| test(key) || value.any_text(test)),
            _ => false,
        }
    }

    fn size(&self) -> usize {
        match self {
            Value::String(text) => 8 + text.len(),
            Value::Array(items) => 8 + items.iter().map(Form::size).sum::<usize>(),
            Value::Object(map) => {
                8 + map.iter().map(|(key, value)| 8 + key.len() + value.size()).sum::<usize>()
            }
            _ => 8,
        }
    }
}

/// The server keeps the lengths of the parts of a document in 28 bits.
const LONGEST: usize = (1 << 28) - 1;

/// That a document can be stored, and read again.
fn check(json: &Value, levels: usize) -> Result<(), &'static str> {
    let text = |text: &str| match text.as_bytes() {
        text if text.contains(&0) => Err(ZERO_BYTE),
        text if text.len() > LONGEST => {
            Err("JSON with a text of more than 256 MiB, which PostgreSQL cannot store")
        }
        _ => Ok(()),
    };
    let inside = || levels.checked_sub(1).ok_or("JSON that is nested more than 127 levels deep");
    match json {
        Value::String(string) => text(string),
        Value::Array(items) => {
            let levels = inside()?;
            items.iter().try_for_each(|item| check(item, levels))
        }
        Value::Object(map) => {
            let levels = inside()?;
            map.iter().try_for_each(|(key, value)| {
                text(key)?;
                check(value, levels)
            })
        }
        _ => Ok(()),
    }
}

/// Writes floats so that they are read as floats: the server has one kind of numbers, and keeps
/// the places of `10000000000000000.0`, but not of `1e16`.
struct Floats;

impl Formatter for Floats {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        // Beyond this, whole numbers are read as floats.
        if (1e16..2e19).contains(&value.abs()) {
            return write!(writer, "{value:.1}");
        }
        CompactFormatter.write_f64(writer, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!(1), |inner, _| Value::Array(vec![inner]))
    }

    #[test]
    fn what_is_written_is_read() {
        let floats = [
            123_456_789.123_456_79,
            0.999_999_999_999_999_9,
            3e307,
            f64::MAX,
            f64::MIN_POSITIVE,
            5e-324,
            1e16,
            -1e18,
            1.8e19,
            1e22,
            0.1,
            -0.5,
            1.0,
        ];
        for value in floats.map(|float| json!({ "x": [float] })) {
            let mut raw = BytesMut::new();
            value.write(&mut raw).unwrap();
            assert_eq!(Value::read(&raw).unwrap(), value);
            assert_eq!(value.text().as_bytes(), &raw[1..]);
        }
        let mut raw = BytesMut::new();
        nested(127).write(&mut raw).unwrap();
        assert_eq!(Value::read(&raw).unwrap(), nested(127));
    }

    #[test]
    fn what_cannot_be_stored_is_refused() {
        for value in [nested(128), nested(1_000), json!("\0"), json!({"a": {"\0": 1}})] {
            assert!(value.check().is_err());
            let mut raw = BytesMut::new();
            assert!(value.write(&mut raw).is_err() && raw.is_empty());
        }
        assert!(Value::read(b"").is_err());
        assert!(Value::read(b"\x02{}").is_err());
    }
}
