//! JSON as a type of one's own.

use super::finite::Finite;
use super::{Column, NotNull};
use crate::column::Single;
use orm_sql::row::CellError;
use orm_sql::value::{ROUNDED, SqlType, SqlValue, rounded_by};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::ops::{Deref, DerefMut};

/// A column of type `jsonb` that holds any type with serde's traits.
///
/// ```
/// use orm_core::column::Json;
///
/// #[derive(serde::Serialize, serde::Deserialize, Default)]
/// struct Settings { dark: bool }
///
/// let mut settings = Json(Settings::default());
/// settings.dark = true;
/// assert_eq!(serde_json::to_string(&settings).unwrap(), r#"{"dark":true}"#);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

impl<T> Deref for Json<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Json<T> {
    fn from(value: T) -> Self {
        Json(value)
    }
}

impl<T: 'static> Single for Json<T> {}

/// What can be kept as JSON.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept as JSON: derive serde's `Serialize` and `Deserialize` for it",
    label = "without serde's traits",
    note = "`#[derive(serde::Serialize, serde::Deserialize)]`; it must also be `Send`, `Sync` and own what it holds"
)]
pub trait JsonContent: Serialize + DeserializeOwned + Send + Sync + 'static {}
#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> JsonContent for T {}

/// serde_json would write `null`, which is no number when it is read.
pub(crate) const NOT_FINITE: &str = "a float that is NaN or infinite, which JSON does not have";

impl<T: JsonContent> Column for Json<T> {
    type Inner = Self;
    type Null = NotNull;
    const SQL_TYPE: SqlType = SqlType::Jsonb;

    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        match raw.split_first() {
            Some((1, json)) => {
                let value = serde_json::from_slice(json).map_err(|e| misfit(&e))?;
                match rounded_by(json, || serde_json::to_vec(&value).ok()) {
                    None => Ok(Json(value)),
                    Some(at) => Err(format!("{ROUNDED} (column {at})").into()),
                }
            }
            _ => Err("an unknown version of `jsonb`".into()),
        }
    }

    fn to_value(&self) -> SqlValue {
        if self.0.serialize(Finite).is_err() {
            return SqlValue::Invalid(NOT_FINITE.to_owned());
        }
        match serde_json::to_value(&self.0) {
            Ok(json) => SqlValue::Json(json),
            Err(error) => SqlValue::Invalid(format!("this is not JSON: {error}")),
        }
    }
}

/// Why a document does not fit, without what stands in it: serde quotes that.
fn misfit(error: &serde_json::Error) -> CellError {
    let (line, column) = (error.line(), error.column());
    let why = reason(&error.to_string()).map(|why| format!(": {why}")).unwrap_or_default();
    format!("the document is not of the type of the field{why} (line {line}, column {column})")
        .into()
}

/// What serde says, as far as it is about the type and not about the document.
fn reason(text: &str) -> Option<String> {
    let text = text.rsplit_once(" at line ").map_or(text, |(text, _)| text);
    let first = text.split_once(['"', '`', ',']).map_or(text, |(first, _)| first.trim_end());
    let known = [
        "invalid type: ",
        "invalid value: ",
        "invalid length ",
        "unknown variant",
        "unknown field",
    ];
    if text.starts_with("missing field `") {
        return Some(text.to_owned());
    }
    known.iter().find(|known| first.starts_with(known.trim_end()))?;
    // The length is one of the document's.
    let first = first.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_whitespace());
    let (_, expected) = text.rsplit_once(", expected ")?;
    Some(format!("{first}, expected {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[derive(Debug, Deserialize, Serialize)]
    enum Level {
        High,
    }

    #[derive(Debug, Deserialize, Serialize)]
    #[serde(deny_unknown_fields)]
    struct Limits {
        level: Level,
        size: u8,
    }

    #[test]
    fn errors_say_what_is_expected_and_not_what_is_there() {
        for (json, expected) in [
            (r#"{"level": "High"}"#, "missing field `size`"),
            (r#"{"level": "secret", "size": 1}"#, "unknown variant, expected `High`"),
            (r#"{"level": "High", "size": "secret"}"#, "invalid type: string, expected u8"),
            (r#"{"level": "High", "size": 4711}"#, "invalid value: integer, expected u8"),
            (r#"{"level": "High", "size": -4711}"#, "expected u8"),
            (r#"{"level": "High", "size": 1, "secret": 1}"#, "unknown field, expected"),
            (r#"["secret, expected no 4711"]"#, "unknown variant, expected `High`"),
            ("4711", "invalid type: integer, expected struct Limits"),
        ] {
            let raw = [&[1], json.as_bytes()].concat();
            let error = Json::<Limits>::decode(&raw).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("line 1"), "{error}");
            assert!(!error.contains("secret") && !error.contains("4711"), "{error}");
        }
    }

    #[test]
    fn types_of_ones_own_travel_as_json() {
        let map = Json(HashMap::from([(String::from("a"), 1)]));
        assert_eq!(map.to_value(), SqlValue::Json(serde_json::json!({"a": 1})));
        assert_eq!(Json::decode(b"\x01{\"a\":1}").unwrap(), map);
        assert!(Json::<i32>::decode(b"\x01\"x\"").is_err());
        assert!(Json::<i32>::decode(b"").is_err());
        assert_eq!(Json::<Option<i32>>::decode(b"\x01null").unwrap(), Json(None));
    }

    /// Refuses to be written.
    #[derive(Deserialize)]
    struct Broken;

    impl Serialize for Broken {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("broken"))
        }
    }

    #[test]
    fn what_is_no_json_is_not_sent() {
        assert!(matches!(Json(Broken).to_value(), SqlValue::Invalid(_)));
        assert!(matches!(Json(f64::NAN).to_value(), SqlValue::Invalid(_)));
        let inside = HashMap::from([("a", vec![Some((1, f32::INFINITY))])]);
        let inside = serde_json::to_value(&inside).map(|_| inside.serialize(Finite).is_err());
        assert!(inside.unwrap());
        assert!(matches!(Json(vec![Some(0.5)]).to_value(), SqlValue::Json(_)));
    }
}
