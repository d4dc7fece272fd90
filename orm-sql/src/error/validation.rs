//! What is wrong with values, by field: code, message and parameters.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// The name under which Django reports what concerns no single field.
pub const NON_FIELD_ERRORS: &str = "__all__";

/// One thing that is wrong with a value: a code for programs, a message for people.
///
/// The message may name parameters, as in Django: `%(limit_value)s`.
///
/// ```
/// use orm_sql::error::ValidationError;
///
/// let error = ValidationError::new("odd", "%(half)s is no half of it.").param("half", 3);
/// assert_eq!((error.code(), error.message().as_str()), ("odd", "3 is no half of it."));
/// ```
///
/// `message()` and serialization are for the person who gave the value, and hold it where the
/// message says `%(value)s`. `Display` and `Debug` are for logs and leave it out.
#[derive(Clone, PartialEq)]
pub struct ValidationError {
    code: Cow<'static, str>,
    message: Cow<'static, str>,
    params: Vec<(Cow<'static, str>, Value)>,
}

impl ValidationError {
    /// An error with its code, which may be empty, and its message.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        ValidationError { code: code.into(), message: message.into(), params: Vec::new() }
    }

    /// The error with a parameter for its message. `value` is the name of the value itself.
    #[must_use]
    pub fn param(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        let (name, value) = (name.into(), value.into());
        match self.params.iter_mut().find(|(other, _)| *other == name) {
            Some(slot) => slot.1 = value,
            None => self.params.push((name, value)),
        }
        self
    }

    /// The code: `max_length`, `unique`; empty where there is none.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The message with its parameters filled in.
    pub fn message(&self) -> String {
        self.filled(false)
    }

    /// The message as it was written, without its parameters.
    pub fn template(&self) -> &str {
        &self.message
    }

    /// A parameter of the message.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.params.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// All parameters.
    pub fn params(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.params.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// The error with another code.
    pub fn with_code(mut self, code: &'static str) -> Self {
        self.code = Cow::Borrowed(code);
        self
    }

    /// The error with another message.
    pub fn with_message(mut self, message: Cow<'static, str>) -> Self {
        self.message = message;
        self
    }

    /// The error of one item of an array.
    pub fn of_item(self, nth: usize) -> Self {
        let own = self.message.into_owned();
        let message = format!("Item %(nth)s in the array did not validate: {own}");
        let code = Cow::Borrowed("item_invalid");
        ValidationError { code, message: message.into(), params: self.params }.param("nth", nth)
    }

    /// The message; where it is for logs, with `…` for the value.
    fn filled(&self, for_logs: bool) -> String {
        if self.params.is_empty() {
            return self.message.clone().into_owned();
        }
        let mut text = String::with_capacity(self.message.len() + 16);
        let mut rest = self.message.as_ref();
        while let Some(at) = rest.find('%') {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix("%%") {
                text.push('%');
                rest = after;
                continue;
            }
            let Some((name, form, after)) = placeholder(rest) else {
                text.push('%');
                rest = &rest[1..];
                continue;
            };
            match self.get(name) {
                Some(_) if for_logs && name == "value" => text.push('…'),
                Some(value) => push_value(&mut text, value, form),
                None => text.push_str(&rest[..rest.len() - after.len()]),
            }
            rest = after;
        }
        text.push_str(rest);
        text
    }
}

/// The name and the form of `%(name)s`, and what follows it.
fn placeholder(text: &str) -> Option<(&str, char, &str)> {
    let inside = text.strip_prefix("%(")?;
    let (name, after) = inside.split_once(')')?;
    let form = after.chars().next().filter(|form| matches!(form, 's' | 'd' | 'r'))?;
    Some((name, form, &after[1..]))
}

fn push_value(text: &mut String, value: &Value, form: char) {
    match value {
        Value::String(value) if form == 'r' => {
            text.push('\'');
            text.push_str(value);
            text.push('\'');
        }
        Value::String(value) => text.push_str(value),
        other => text.push_str(&other.to_string()),
    }
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.filled(true))
    }
}

impl fmt::Debug for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.filled(true);
        f.debug_struct("ValidationError")
            .field("code", &self.code)
            .field("message", &message)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for ValidationError {}

/// A message alone, without a code.
impl From<&'static str> for ValidationError {
    fn from(message: &'static str) -> Self {
        ValidationError::new("", message)
    }
}

/// A message alone, without a code.
impl From<String> for ValidationError {
    fn from(message: String) -> Self {
        ValidationError::new("", message)
    }
}

/// `{"message": …, "code": …}`, as Django's `get_json_data()` has it.
impl Serialize for ValidationError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("message", &self.message())?;
        map.serialize_entry("code", self.code())?;
        map.end()
    }
}

/// Everything that is wrong with a row, by field and in the order in which it was found.
///
/// ```
/// use orm_sql::error::{Errors, ValidationError};
///
/// let mut errors = Errors::new();
/// errors.add("pages", ValidationError::new("too_few", "A book has pages."));
/// errors.add_non_field("The whole thing is wrong.");
/// let answer = serde_json::to_value(&errors).unwrap();
/// assert_eq!(answer["pages"][0]["code"], "too_few");
/// assert_eq!(answer["__all__"][0]["message"], "The whole thing is wrong.");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Errors {
    fields: Vec<(Cow<'static, str>, Vec<ValidationError>)>,
}

impl Errors {
    /// Nothing wrong yet.
    pub fn new() -> Self {
        Errors::default()
    }

    /// Adds what is wrong with a field. A text alone is a message without a code.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, error: impl Into<ValidationError>) {
        let field = field.into();
        let error = error.into();
        match self.fields.iter_mut().find(|(name, _)| *name == field) {
            Some((_, errors)) => errors.push(error),
            None => self.fields.push((field, vec![error])),
        }
    }

    /// Adds what is wrong with no field in particular.
    pub fn add_non_field(&mut self, error: impl Into<ValidationError>) {
        self.add(NON_FIELD_ERRORS, error);
    }

    /// Adds all errors of another row under a prefix: `books.0` makes `books.0.name` of `name`.
    pub fn add_nested(&mut self, prefix: &str, errors: Errors) {
        for (field, errors) in errors.fields {
            for error in errors {
                self.add(format!("{prefix}.{field}"), error);
            }
        }
    }

    /// Adds all errors of another list.
    pub fn extend(&mut self, errors: Errors) {
        for (field, errors) in errors.fields {
            for error in errors {
                self.add(field.clone(), error);
            }
        }
    }

    /// True where nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// How many errors there are.
    pub fn len(&self) -> usize {
        self.fields.iter().map(|(_, errors)| errors.len()).sum()
    }

    /// What is wrong with a field.
    pub fn get(&self, field: &str) -> &[ValidationError] {
        self.fields.iter().find(|(name, _)| name == field).map_or(&[], |(_, errors)| errors)
    }

    /// What is wrong with no field in particular.
    pub fn non_field(&self) -> &[ValidationError] {
        self.get(NON_FIELD_ERRORS)
    }

    /// The fields with what is wrong with them. What concerns none of them is under
    /// [`NON_FIELD_ERRORS`].
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[ValidationError])> {
        self.fields.iter().map(|(name, errors)| (name.as_ref(), errors.as_slice()))
    }

    /// The codes of a field, for tests and programs.
    pub fn codes(&self, field: &str) -> Vec<&str> {
        self.get(field).iter().map(ValidationError::code).collect()
    }

    /// As serialization has it, with the parameters of each error beside code and message.
    pub fn with_params(&self) -> Value {
        let error = |error: &ValidationError| {
            let params: serde_json::Map<String, Value> =
                error.params().map(|(name, value)| (name.to_owned(), value.clone())).collect();
            serde_json::json!({
                "message": error.message(), "code": error.code(), "params": params,
            })
        };
        let fields =
            self.iter().map(|(name, all)| (name.to_owned(), all.iter().map(error).collect()));
        Value::Object(fields.collect())
    }

    /// An error where anything is wrong.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Validation`] with these.
    pub fn into_result(self) -> crate::Result<()> {
        if self.is_empty() { Ok(()) } else { Err(self.into()) }
    }
}

impl From<Errors> for crate::Error {
    fn from(errors: Errors) -> Self {
        crate::Error::Validation(Box::new(errors))
    }
}

/// Concerns no field in particular.
impl From<ValidationError> for Errors {
    fn from(error: ValidationError) -> Self {
        let mut errors = Errors::new();
        errors.add_non_field(error);
        errors
    }
}

/// Concerns no field in particular.
impl From<ValidationError> for crate::Error {
    fn from(error: ValidationError) -> Self {
        Errors::from(error).into()
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for (field, errors) in self.iter() {
            for error in errors {
                if !std::mem::take(&mut first) {
                    f.write_str("; ")?;
                }
                match field {
                    NON_FIELD_ERRORS => write!(f, "{error}")?,
                    _ => write!(f, "`{field}`: {error}")?,
                }
            }
        }
        Ok(())
    }
}

/// `{"field": [{"message": …, "code": …}, …], …}`, as Django's `get_json_data()` has it.
impl Serialize for Errors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
        for (field, errors) in &self.fields {
            map.serialize_entry(field, errors)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_for_people_and_not_for_logs() {
        let error = ValidationError::new("invalid_choice", "Value %(value)r is not a choice.")
            .param("value", "secret");
        assert_eq!(error.message(), "Value 'secret' is not a choice.");
        let mut errors = Errors::new();
        errors.add("status", error);
        let logged = format!("{errors} {errors:?} {:?}", crate::Error::from(errors.clone()));
        assert!(!logged.contains("secret"), "{logged}");
        assert!(logged.starts_with("`status`: Value … is not a choice."), "{logged}");
        let told = serde_json::to_string(&errors).unwrap();
        let expected =
            r#"{"status":[{"message":"Value 'secret' is not a choice.","code":"invalid_choice"}]}"#;
        assert_eq!(told, expected);
        assert_eq!(errors.with_params()["status"][0]["params"]["value"], "secret");
    }

    #[test]
    fn templates_are_filled_as_python_does() {
        let filled = |text: &'static str| ValidationError::new("", text).param("n", 3).message();
        assert_eq!(filled("%(n)d of %(n)s"), "3 of 3");
        assert_eq!(filled("100%% of %(n)s%"), "100% of 3%");
        assert_eq!(filled("%(unknown)s %(n)x"), "%(unknown)s %(n)x");
        // Without parameters nothing is a template.
        assert_eq!(ValidationError::from("100%% %(n)s").message(), "100%% %(n)s");
    }

    #[test]
    fn nested_errors_have_the_place_in_their_names() {
        let mut inner = Errors::new();
        inner.add("name", "Wrong.");
        let mut errors = Errors::new();
        errors.add_nested("books.1", inner);
        assert_eq!(errors.get("books.1.name")[0].message(), "Wrong.");
        assert_eq!(errors.len(), 1);
        assert!(errors.non_field().is_empty());
    }
}
