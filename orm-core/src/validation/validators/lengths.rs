//! `min_length` and `max_length`: of texts in characters, of arrays in items.

use super::{Said, Validator, said};
use crate::column::Column;
use crate::expr::Text;
use crate::validation::json;
use orm_sql::error::ValidationError;
use orm_sql::value::SqlValue;

/// What has a length: texts, bytes and arrays.
#[diagnostic::on_unimplemented(
    message = "a field that holds `{Self}` has no length",
    label = "expected text, bytes or an array"
)]
pub trait HasLength {}
#[diagnostic::do_not_recommend]
impl<T: Text> HasLength for T {}
#[diagnostic::do_not_recommend]
impl<T: Column> HasLength for Vec<T> {}
#[diagnostic::do_not_recommend]
impl HasLength for Vec<u8> {}

/// A limit of lengths. Made by [`min_length`] and [`max_length`].
#[derive(Clone, Debug)]
pub struct Length {
    limit: usize,
    most: bool,
    said: Said,
}
said!(Length);

/// At least so many characters of a text, or items of an array.
pub fn min_length(limit: usize) -> Length {
    Length { limit, most: false, said: Said::default() }
}

/// At the most so many characters of a text, or items of an array.
pub fn max_length(limit: usize) -> Length {
    Length { limit, most: true, said: Said::default() }
}

impl<T: HasLength> Validator<T> for Length {
    fn check(&self, value: &SqlValue) -> Result<(), ValidationError> {
        let length = length(value);
        let beyond = if self.most { length > self.limit } else { length < self.limit };
        if !beyond {
            return Ok(());
        }
        let array = matches!(value, SqlValue::Array(_) | SqlValue::Cells { .. });
        let code = if self.most { "max_length" } else { "min_length" };
        let error = ValidationError::new(code, message(array, self.most, self.limit, length))
            .param("limit_value", self.limit)
            .param("show_value", length)
            .param("value", json::value(value));
        Err(self.said.instead_of(error))
    }
}

fn length(value: &SqlValue) -> usize {
    match value {
        SqlValue::Text(text) => text.chars().count(),
        SqlValue::Bytes(bytes) => bytes.len(),
        SqlValue::Array(items) => items.len(),
        SqlValue::Cells { count, .. } => *count,
        other => json::text(other).chars().count(),
    }
}

fn message(array: bool, most: bool, limit: usize, length: usize) -> &'static str {
    match (array, most) {
        (false, false) if limit == 1 => {
            "Ensure this value has at least %(limit_value)d character (it has %(show_value)d)."
        }
        (false, false) => {
            "Ensure this value has at least %(limit_value)d characters (it has %(show_value)d)."
        }
        (false, true) if limit == 1 => {
            "Ensure this value has at most %(limit_value)d character (it has %(show_value)d)."
        }
        (false, true) => {
            "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d)."
        }
        (true, false) if length == 1 => {
            "List contains %(show_value)d item, it should contain no fewer than %(limit_value)d."
        }
        (true, false) => {
            "List contains %(show_value)d items, it should contain no fewer than %(limit_value)d."
        }
        (true, true) if length == 1 => {
            "List contains %(show_value)d item, it should contain no more than %(limit_value)d."
        }
        (true, true) => {
            "List contains %(show_value)d items, it should contain no more than %(limit_value)d."
        }
    }
}
