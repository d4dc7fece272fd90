//! Errors as the server reports them. Its details and some of its messages quote values: those are
//! asked for by a method, and stand in no message and no `Debug`.

use std::fmt;

/// A constraint that refused a row.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConstraintError {
    /// The constraint's name, where the server tells it.
    pub constraint: Option<String>,
    /// The table.
    pub table: Option<String>,
    /// The column, for NOT NULL.
    pub column: Option<String>,
    /// The model whose table it is, where known.
    pub model: Option<&'static str>,
    /// The server's message.
    pub message: String,
    detail: Option<Box<str>>,
}

impl ConstraintError {
    /// A constraint error with the server's message and nothing else known.
    pub fn new(message: impl Into<String>) -> Self {
        ConstraintError {
            constraint: None,
            table: None,
            column: None,
            model: None,
            message: message.into(),
            detail: None,
        }
    }

    /// The error with the server's detail.
    pub fn with_detail(mut self, detail: Option<&str>) -> Self {
        self.detail = detail.map(Into::into);
        self
    }

    /// The server's detail, which quotes values of the row: `Key (phone)=(…) already exists.` It is
    /// part of no message, and not of `Debug`.
    ///
    /// ```
    /// use orm_sql::error::ConstraintError;
    ///
    /// let error = ConstraintError::new("taken").with_detail(Some("Key (phone)=(123) exists."));
    /// assert_eq!(error.detail(), Some("Key (phone)=(123) exists."));
    /// assert!(!format!("{error:?}").contains("123"));
    /// ```
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

impl fmt::Debug for ConstraintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConstraintError")
            .field("constraint", &self.constraint)
            .field("table", &self.table)
            .field("column", &self.column)
            .field("model", &self.model)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for ConstraintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// An error as the server reports it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatabaseError {
    /// The five characters of SQLSTATE.
    pub code: String,
    /// The server's message, with `…` for the value that it quotes, if it does.
    pub message: String,
    /// The server's hint.
    pub hint: Option<String>,
    /// The same transaction may succeed if run again.
    pub retryable: bool,
    with_values: Option<Box<WithValues>>,
}

/// What may quote values.
#[derive(Clone, Default, PartialEq, Eq)]
struct WithValues {
    /// The message as the server has it, where that quotes a value.
    message: Option<Box<str>>,
    detail: Option<Box<str>>,
}

impl DatabaseError {
    /// An error with its SQLSTATE and the server's message.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        let (message, with_values) = match without_value(&code, &message) {
            Some(plain) => {
                let quoting = WithValues { message: Some(message.into()), detail: None };
                (plain, Some(Box::new(quoting)))
            }
            None => (message, None),
        };
        DatabaseError { code, message, hint: None, retryable: false, with_values }
    }

    /// The error with the server's detail.
    pub fn with_detail(mut self, detail: Option<&str>) -> Self {
        if let Some(detail) = detail {
            self.with_values.get_or_insert_default().detail = Some(detail.into());
        }
        self
    }

    /// The server's detail, which may quote values.
    ///
    /// ```
    /// use orm_sql::error::DatabaseError;
    ///
    /// let error = DatabaseError::new("22P02", "bad").with_detail(Some("Token \"x\" is invalid."));
    /// assert_eq!(error.detail(), Some("Token \"x\" is invalid."));
    /// ```
    pub fn detail(&self) -> Option<&str> {
        self.with_values.as_ref()?.detail.as_deref()
    }

    /// The server's message as it is, with the value that it quotes.
    ///
    /// ```
    /// use orm_sql::error::DatabaseError;
    ///
    /// let error = DatabaseError::new("22P02", "invalid input syntax for type uuid: \"x\"");
    /// assert_eq!(error.message, "invalid input syntax for type uuid: \"…\"");
    /// assert_eq!(error.server_message(), "invalid input syntax for type uuid: \"x\"");
    /// ```
    pub fn server_message(&self) -> &str {
        let quoting = self.with_values.as_ref().and_then(|quoting| quoting.message.as_deref());
        quoting.unwrap_or(&self.message)
    }
}

impl fmt::Debug for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseError")
            .field("code", &self.code)
            .field("message", &self.message)
            .field("hint", &self.hint)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)?;
        if let Some(hint) = &self.hint {
            write!(f, "; hint: {hint}")?;
        }
        Ok(())
    }
}

/// A message without the value that it quotes: those of data (class 22) do, and those of what is
/// read as a search or a path. `None` where nothing is quoted.
///
/// The value can have quotes in it, and what is quoted behind it is the name of a type, so all from
/// the first quote to the last goes. In some languages quotes have other forms.
fn without_value(code: &str, message: &str) -> Option<String> {
    let quotes_values = code.starts_with("22")
        || code == "42601" && ["tsquery", "jsonpath"].iter().any(|of| message.contains(of));
    let is_quote = |c: char| matches!(c, '"' | '«' | '»' | '„' | '“' | '”');
    let (first, quote) = message.char_indices().find(|(_, c)| quotes_values && is_quote(*c))?;
    let last = message.rfind(is_quote).filter(|last| *last > first)?;
    let (before, rest) = message.split_at_checked(first + quote.len_utf8())?;
    let after = rest.split_at_checked(last.checked_sub(before.len())?)?.1;
    Some(format!("{before}…{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_in_no_message_and_no_debug() {
        for (code, message, expected) in [
            ("22P02", "invalid input syntax for type integer: \"se\"cret\"", "type integer: \"…\""),
            ("22P02", "invalid input value for enum mood: \"secret\"", "mood: \"…\""),
            ("22003", "value \"secret\" is out of range for type integer", "value \"…\" is out"),
            ("22023", "time zone \"secret\" not recognized", "time zone \"…\" not recognized"),
            ("22P02", "ungültige Eingabe für Typ uuid: »secret«", "uuid: »…«"),
            ("22P02", "syntaxe en entrée invalide : « secret »", "invalide : «…»"),
            ("42601", "syntax error in tsquery: \"secret &\"", "tsquery: \"…\""),
            ("22012", "division by zero", "division by zero"),
            ("42P01", "relation \"book\" does not exist", "\"book\""),
        ] {
            let error = DatabaseError::new(code, message).with_detail(Some("secret"));
            assert!(error.message.contains(expected), "{}", error.message);
            assert_eq!(error.server_message(), message);
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("secret"), "{shown}");
        }
    }
}
