//! One public error, its kinds named for what the caller can do about them.

mod validation;

pub use validation::{Errors, NON_FIELD_ERRORS, ValidationError};

use std::fmt;

/// The result of everything that can fail in the ORM.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong, by what the caller can do about it.
///
/// Messages name the model, field or constraint concerned and never contain a
/// parameter's value; [`Error::Protected`] alone names keys of rows.
///
/// # Examples
///
/// ```
/// use orm_sql::Error;
///
/// fn page(result: Result<String, Error>) -> (u16, String) {
///     match result {
///         Ok(body) => (200, body),
///         Err(Error::DoesNotExist { model }) => (404, format!("no such {model}")),
///         Err(error) => (500, error.to_string()),
///     }
/// }
/// let missing = Error::DoesNotExist { model: "Book" };
/// assert_eq!(page(Err(missing)).0, 404);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// `get`, `latest`, `nth` and the like found no row.
    DoesNotExist {
        /// The model that was asked for.
        model: &'static str,
    },
    /// `get` found more than one row.
    MultipleObjectsReturned {
        /// The model that was asked for.
        model: &'static str,
    },
    /// The row was saved by somebody else since it was read: its version is another one.
    Stale {
        /// The model.
        model: &'static str,
    },
    /// A unique constraint or index was violated (SQLSTATE 23505).
    Unique(Box<ConstraintError>),
    /// A foreign key was violated (SQLSTATE 23503).
    ForeignKey(Box<ConstraintError>),
    /// NULL for a column that is NOT NULL (SQLSTATE 23502).
    NotNull(Box<ConstraintError>),
    /// A check constraint was violated (SQLSTATE 23514).
    Check(Box<ConstraintError>),
    /// An exclusion constraint was violated (SQLSTATE 23P01).
    Exclusion(Box<ConstraintError>),
    /// The transaction could not be serialized (SQLSTATE 40001): run it again.
    Serialization(DatabaseError),
    /// The transaction was the victim of a deadlock (SQLSTATE 40P01): run it again.
    Deadlock(DatabaseError),
    /// Rows refer to this one through `on_delete = Protect` or `Restrict`.
    Protected(Box<Protected>),
    /// Any other error that the server reports.
    Database(DatabaseError),
    /// The pool gave no connection (exhausted, closed, timed out).
    Pool {
        /// What happened, for people.
        message: String,
    },
    /// The connection could not be made or was lost.
    Connection {
        /// What happened, for people.
        message: String,
        /// The driver's error.
        source: Option<Source>,
    },
    /// A time limit of ours or of the server passed (SQLSTATE 57014, 55P03).
    Timeout {
        /// What took too long, for people.
        message: String,
    },
    /// A cell does not hold what the model says.
    Decode {
        /// The model, or the query's own name for the row.
        model: String,
        /// The field or column.
        field: String,
        /// What was expected and what was found.
        message: String,
    },
    /// A value that cannot be sent, such as `\0` in text.
    Encode {
        /// The place of the parameter in the statement, from 1.
        position: usize,
        /// What is wrong with it.
        message: String,
    },
    /// The call itself is wrong: what it says is what to do instead.
    Usage(String),
    /// Values that break the rules of their fields: each error with its field, code and message.
    Validation(Box<Errors>),
    /// An error of the application, carried through a transaction.
    Other(Source),
}

/// A constraint that refused a row.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// The server's detail. It may quote values, so it is not part of `Display`.
    pub detail: Option<String>,
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
}

impl fmt::Display for ConstraintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// A deletion that rows stand in the way of.
///
/// The message quotes their keys: it is the one message that does, because there is no use in it
/// otherwise. [`Protected::rows`] has the same for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Protected {
    /// The model whose rows were to be deleted.
    pub model: &'static str,
    /// The rows that stand in the way, by the key with which they do.
    pub rows: Vec<ProtectedRows>,
}

/// Rows that stand in the way of a deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProtectedRows {
    /// Their model.
    pub model: &'static str,
    /// The key of theirs that refers to what was to go.
    pub field: &'static str,
    /// The model that it refers to: the one that was to be deleted, or one that a cascade reaches.
    pub refers_to: &'static str,
    /// The key says `Restrict`, not `Protect`: the rows may go in the same deletion by another way.
    pub restrict: bool,
    /// The primary keys of up to 20 of them, as the database shows them; none where the server
    /// refused before the library had looked.
    pub keys: Vec<String>,
    /// How many there are; 0 where that is not known.
    pub total: u64,
}

impl Protected {
    /// A deletion of rows of a model, and the rows that stand in its way.
    pub fn new(model: &'static str, rows: Vec<ProtectedRows>) -> Self {
        Protected { model, rows }
    }
}

impl ProtectedRows {
    /// Rows of a model that refer to another by a key, with nothing known about which they are.
    pub fn new(model: &'static str, field: &'static str, refers_to: &'static str) -> Self {
        ProtectedRows { model, field, refers_to, restrict: false, keys: Vec::new(), total: 0 }
    }
}

impl fmt::Display for Protected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot delete `{}`", self.model)?;
        for (place, rows) in self.rows.iter().enumerate() {
            let ProtectedRows { model, field, refers_to, keys, total, .. } = rows;
            f.write_str(if place == 0 { ": " } else { "; " })?;
            match total {
                0 => write!(f, "rows of `{model}` refer")?,
                1 => write!(f, "one row of `{model}` refers")?,
                _ => write!(f, "{total} rows of `{model}` refer")?,
            }
            write!(f, " to `{refers_to}` by `{field}`, which is ")?;
            f.write_str(if rows.restrict { "`Restrict`" } else { "`Protect`" })?;
            if !keys.is_empty() {
                let more = if keys.len() as u64 == *total { "" } else { ", …" };
                write!(f, " ({}{more})", keys.join(", "))?;
            }
        }
        f.write_str("; delete these first, or let them refer to something else")
    }
}

/// An error as the server reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatabaseError {
    /// The five characters of SQLSTATE.
    pub code: String,
    /// The server's message.
    pub message: String,
    /// The server's detail. It may quote values, so it is not part of `Display`.
    pub detail: Option<String>,
    /// The server's hint.
    pub hint: Option<String>,
}

impl DatabaseError {
    /// An error with its SQLSTATE and message.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        DatabaseError { code: code.into(), message: message.into(), detail: None, hint: None }
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

impl Error {
    /// An error that says how to call it right.
    pub fn usage(message: impl Into<String>) -> Self {
        Error::Usage(message.into())
    }

    /// Carries an error of your own, for example out of a transaction.
    ///
    /// ```
    /// let error = orm_sql::Error::other(std::io::Error::other("card refused"));
    /// assert_eq!(error.to_string(), "card refused");
    /// ```
    pub fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Error::Other(error.into())
    }

    /// A connection error with the driver's error as its source.
    pub fn connection(message: impl Into<String>, source: Option<Source>) -> Self {
        Error::Connection { message: message.into(), source }
    }

    /// The error with the model whose table it concerns, where it is this one.
    pub fn of_model(mut self, model: &'static str, table: &str) -> Self {
        if let Error::Unique(e)
        | Error::ForeignKey(e)
        | Error::NotNull(e)
        | Error::Check(e)
        | Error::Exclusion(e) = &mut self
            && e.table.as_deref() == Some(table)
        {
            e.model = Some(model);
        }
        self
    }

    /// The SQLSTATE that the server reported, where it is known.
    ///
    /// ```
    /// use orm_sql::error::{ConstraintError, Error};
    ///
    /// let error = Error::Unique(Box::new(ConstraintError::new("taken")));
    /// assert_eq!((error.sqlstate(), error.kind()), (Some("23505"), "Unique"));
    /// ```
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Error::Unique(_) => Some("23505"),
            Error::ForeignKey(_) => Some("23503"),
            Error::NotNull(_) => Some("23502"),
            Error::Check(_) => Some("23514"),
            Error::Exclusion(_) => Some("23P01"),
            Error::Serialization(e) | Error::Deadlock(e) | Error::Database(e) => Some(&e.code),
            _ => None,
        }
    }

    /// The name of the variant, for logs.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::DoesNotExist { .. } => "DoesNotExist",
            Error::MultipleObjectsReturned { .. } => "MultipleObjectsReturned",
            Error::Unique(_) => "Unique",
            Error::ForeignKey(_) => "ForeignKey",
            Error::NotNull(_) => "NotNull",
            Error::Check(_) => "Check",
            Error::Exclusion(_) => "Exclusion",
            Error::Serialization(_) => "Serialization",
            Error::Deadlock(_) => "Deadlock",
            Error::Stale { .. } => "Stale",
            Error::Protected { .. } => "Protected",
            Error::Database(_) => "Database",
            Error::Pool { .. } => "Pool",
            Error::Connection { .. } => "Connection",
            Error::Timeout { .. } => "Timeout",
            Error::Decode { .. } => "Decode",
            Error::Encode { .. } => "Encode",
            Error::Usage(_) => "Usage",
            Error::Validation(_) => "Validation",
            Error::Other(_) => "Other",
        }
    }

    /// True when the same transaction may succeed if run again (40001, 40P01).
    pub fn is_retryable(&self) -> bool {
        matches!(self, Error::Serialization(_) | Error::Deadlock(_))
    }

    /// What is wrong with which field, where values break the rules of their fields.
    pub fn validation(&self) -> Option<&Errors> {
        match self {
            Error::Validation(errors) => Some(errors),
            _ => None,
        }
    }

    /// The name of the constraint that refused, where one did.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Error::Unique(e)
            | Error::ForeignKey(e)
            | Error::NotNull(e)
            | Error::Check(e)
            | Error::Exclusion(e) => e.constraint.as_deref(),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::DoesNotExist { model } => write!(
                f,
                "no `{model}` matches the query; a row that is saved or refreshed is not there: a new \
                 one is `draft!({model} {{ … }}).save(…)`, or `save_or_insert` on the row"
            ),
            Error::MultipleObjectsReturned { model } => {
                write!(f, "more than one `{model}` matches the query, where `get` wants one")
            }
            Error::Stale { model } => write!(
                f,
                "this `{model}` was saved by somebody else since it was read: `refresh` it, and \
                 change it anew"
            ),
            Error::Unique(e)
            | Error::ForeignKey(e)
            | Error::NotNull(e)
            | Error::Check(e)
            | Error::Exclusion(e) => e.fmt(f),
            Error::Serialization(e) | Error::Deadlock(e) | Error::Database(e) => e.fmt(f),
            Error::Protected(protected) => protected.fmt(f),
            Error::Pool { message } | Error::Timeout { message } => f.write_str(message),
            Error::Connection { message, source } => {
                f.write_str(message)?;
                match source {
                    Some(source) => write!(f, ": {source}"),
                    None => Ok(()),
                }
            }
            Error::Decode { model, field, message } => {
                write!(f, "cannot read `{field}` of `{model}`: {message}")
            }
            Error::Encode { position, message } => {
                write!(f, "cannot send parameter {position}: {message}")
            }
            Error::Usage(message) => f.write_str(message),
            Error::Validation(errors) => errors.fmt(f),
            Error::Other(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Connection { source: Some(source), .. } => Some(source.as_ref()),
            Error::Other(error) => error.source(),
            _ => None,
        }
    }
}
