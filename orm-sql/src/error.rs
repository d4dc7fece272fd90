//! One public error, its kinds named for what the caller can do about them.

mod decode;
mod protected;
mod server;
mod validation;

pub use decode::DecodeMessage;
pub use protected::{Protected, ProtectedRows};
pub use server::{ConstraintError, DatabaseError};
pub use validation::{Errors, NON_FIELD_ERRORS, ValidationError};

use std::fmt;

/// The result of everything that can fail in the ORM.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong, by what the caller can do about it.
///
/// Messages name the model, field or constraint concerned and never contain the value of a
/// parameter or of a row, and neither does `Debug`, which is the kind and the message: it is what
/// `fn main() -> Result<…>` prints. [`ConstraintError::detail`] and the like give the server's own
/// words, with values.
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
    /// There is no page of this number: Django's `EmptyPage`.
    EmptyPage {
        /// The model whose rows there are pages of.
        model: &'static str,
        /// The number that was asked for.
        number: u64,
        /// How many pages there are.
        pages: u64,
    },
    /// The token of a page was cut or changed on its way, or is not signed as it should be.
    Token {
        /// What is wrong with it.
        message: String,
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
    Serialization(Box<DatabaseError>),
    /// The transaction was the victim of a deadlock (SQLSTATE 40P01): run it again.
    Deadlock(Box<DatabaseError>),
    /// Rows refer to this one through `on_delete = Protect` or `Restrict`.
    Protected(Box<Protected>),
    /// Any other error that the server reports.
    Database(Box<DatabaseError>),
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
        /// What was expected and what was found. [`row_key`](Error::row_key) says in which row.
        message: DecodeMessage,
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
            Error::EmptyPage { .. } => "EmptyPage",
            Error::Token { .. } => "Token",
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

    /// True when the same transaction may succeed if run again: 40001, 40P01, and where a statement
    /// was prepared before its tables were changed (0A000, "cached plan must not change result
    /// type").
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::Serialization(_) | Error::Deadlock(_) => true,
            _ => self.is_outdated(),
        }
    }

    /// True where a statement was prepared before its tables were changed, which in a transaction
    /// cannot be made up for.
    pub fn is_outdated(&self) -> bool {
        matches!(self, Error::Database(error) if error.retryable)
    }

    /// Which row could not be read, where its key was selected: `id = 5`. It is a value of the row,
    /// so no message has it.
    ///
    /// ```
    /// use orm_sql::Error;
    ///
    /// fn log(error: &Error) {
    ///     if let Some(key) = error.row_key() {
    ///         eprintln!("the row with {key} cannot be read");
    ///     }
    /// }
    /// # log(&Error::usage("something else"));
    /// ```
    pub fn row_key(&self) -> Option<&str> {
        match self {
            Error::Decode { message, .. } => message.row_key(),
            _ => None,
        }
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
            Error::EmptyPage { model, number, pages } => empty_page(f, model, *number, *pages),
            Error::Token { message } => f.write_str(message),
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

fn empty_page(f: &mut fmt::Formatter<'_>, model: &str, number: u64, pages: u64) -> fmt::Result {
    match number {
        0 => write!(f, "there is no page 0 of `{model}`: the first one is 1"),
        _ => write!(f, "page {number} of `{model}` has no rows: there are {pages} pages"),
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.kind())
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
