//! Values read from text.

use super::{Form, SqlType};

/// Text as a value, or what the text should have been.
pub(super) fn parsed<T: Form>(sql_type: SqlType, text: &str) -> Result<T, String> {
    let Some(wanted) = T::READS else { return Err(not_from_text(sql_type)) };
    T::parse(text).ok_or_else(|| wanted.to_owned())
}

pub(super) fn not_from_text(sql_type: SqlType) -> String {
    format!("of the type `{}`, which is not read from text", sql_type.name())
}

/// `true`, `1`, `false`, `0`.
pub fn yes_or_no(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "1" => Some(true),
        "false" | "False" | "0" => Some(false),
        _ => None,
    }
}
