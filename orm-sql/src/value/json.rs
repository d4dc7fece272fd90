//! JSON.

use super::Problem;
use super::form::{Form, read_by_driver, write_by_driver};
use bytes::BytesMut;
use postgres_types::Type;
use serde_json::Value;

impl Form for Value {
    fn read(raw: &[u8]) -> Result<Self, Problem> {
        read_by_driver(&Type::JSONB, raw)
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Problem> {
        write_by_driver(self, &Type::JSONB, out)
    }

    fn text(&self) -> String {
        self.to_string()
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
