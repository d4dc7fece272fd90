//! What goes wrong on a connection, whoever reads its socket: the driver or we.

use crate::codec::EncodeError;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use tokio_postgres::error::{DbError, Severity, SqlState};

/// A request that failed.
#[derive(Debug)]
pub(crate) enum DriverError {
    /// The server has refused it.
    Server(Box<ServerError>),
    /// The server has refused what stood in front of it, and has not begun with it. The connection is
    /// not used any more.
    Preceding(Box<ServerError>),
    /// Whatever else the driver says.
    Driver(tokio_postgres::Error),
    /// The socket failed.
    Io(io::Error),
    /// The connection was closed; whether the request had been sent by then.
    Closed { sent: bool },
    /// What came has no place where it came, or is no message.
    Unexpected(&'static str),
    /// A value that cannot be sent; nothing was.
    Encode(EncodeError),
    /// A request that cannot be written down; nothing was sent.
    Unsent(io::Error),
    /// The parameters are not as many as the statement has; nothing was sent.
    Parameters { expected: usize, found: usize },
}

impl DriverError {
    /// What the server said.
    pub(crate) fn server(&self) -> Option<&ServerError> {
        match self {
            DriverError::Server(error) | DriverError::Preceding(error) => Some(error),
            _ => None,
        }
    }

    /// What the server has refused stood in front of the request.
    pub(crate) fn of_preceding(self) -> Self {
        match self {
            DriverError::Server(error) => DriverError::Preceding(error),
            other => other,
        }
    }

    /// What is beneath it.
    pub(crate) fn into_source(self) -> Option<Box<dyn StdError + Send + Sync>> {
        match self {
            DriverError::Server(error) | DriverError::Preceding(error) => Some(error),
            DriverError::Driver(error) => error.into_source(),
            DriverError::Io(error) | DriverError::Unsent(error) => Some(Box::new(error)),
            DriverError::Encode(error) => Some(Box::new(error)),
            DriverError::Closed { .. }
            | DriverError::Unexpected(_)
            | DriverError::Parameters { .. } => None,
        }
    }
}

impl From<tokio_postgres::Error> for DriverError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(db) => DriverError::Server(Box::new(ServerError::of_driver(db))),
            None => DriverError::Driver(error),
        }
    }
}

impl fmt::Display for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DriverError::Server(error) | DriverError::Preceding(error) => {
                write!(f, "db error: {error}")
            }
            DriverError::Driver(error) => error.fmt(f),
            DriverError::Io(_) => f.write_str("error communicating with the server"),
            DriverError::Closed { .. } => f.write_str("connection closed"),
            DriverError::Unexpected(what) => f.write_str(what),
            DriverError::Encode(error) => error.fmt(f),
            DriverError::Unsent(_) => f.write_str("the request cannot be written down"),
            DriverError::Parameters { expected, found } => {
                write!(f, "expected {expected} parameters but got {found}")
            }
        }
    }
}

/// What the server says of an error.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerError {
    /// As the server's messages have it, perhaps in another language.
    severity: String,
    /// In English, from servers that tell it.
    pub(crate) parsed_severity: Option<Severity>,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) detail: Option<String>,
    pub(crate) hint: Option<String>,
    /// Where in its own work the server was.
    pub(crate) context: Option<String>,
    pub(crate) table: Option<String>,
    pub(crate) column: Option<String>,
    pub(crate) constraint: Option<String>,
    pub(crate) routine: Option<String>,
}

impl ServerError {
    /// True for an error of this kind.
    pub(crate) fn is(&self, code: &SqlState) -> bool {
        self.code == code.code()
    }

    fn of_driver(db: &DbError) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        ServerError {
            severity: db.severity().to_owned(),
            parsed_severity: db.parsed_severity(),
            code: db.code().code().to_owned(),
            message: db.message().to_owned(),
            detail: owned(db.detail()),
            hint: owned(db.hint()),
            context: owned(db.where_()),
            table: owned(db.table()),
            column: owned(db.column()),
            constraint: owned(db.constraint()),
            routine: owned(db.routine()),
        }
    }

    /// Reads it from the body of an ErrorResponse: fields of a letter and a text, each text and the
    /// whole ended by a zero.
    pub(crate) fn read(mut body: &[u8]) -> Option<Self> {
        let mut error = ServerError::default();
        loop {
            let (kind, rest) = body.split_first()?;
            if *kind == 0 {
                return (!error.code.is_empty()).then_some(error);
            }
            let end = rest.iter().position(|byte| *byte == 0)?;
            let (text, rest) = rest.split_at_checked(end)?;
            let text = String::from_utf8_lossy(text).into_owned();
            match kind {
                b'S' => error.severity = text,
                b'V' => error.parsed_severity = severity(&text),
                b'C' => error.code = text,
                b'M' => error.message = text,
                b'D' => error.detail = Some(text),
                b'H' => error.hint = Some(text),
                b'W' => error.context = Some(text),
                b't' => error.table = Some(text),
                b'c' => error.column = Some(text),
                b'n' => error.constraint = Some(text),
                b'R' => error.routine = Some(text),
                _ => {}
            }
            body = rest.split_first()?.1;
        }
    }
}

fn severity(text: &str) -> Option<Severity> {
    Some(match text {
        "ERROR" => Severity::Error,
        "FATAL" => Severity::Fatal,
        "PANIC" => Severity::Panic,
        _ => return None,
    })
}

/// As the driver writes it.
impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity, self.message)?;
        if let Some(detail) = &self.detail {
            write!(f, "\nDETAIL: {detail}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nHINT: {hint}")?;
        }
        Ok(())
    }
}

impl StdError for ServerError {}

#[cfg(test)]
mod tests {
    use super::ServerError;

    const BODY: &[u8] = b"SFEHLER\0VERROR\0C23505\0Mdoppelt\0Dda\0tbook\0nbook_pkey\0Rx\0\0";

    #[test]
    fn its_fields_are_read() {
        let error = ServerError::read(BODY).expect("an error");
        assert_eq!((error.code.as_str(), error.table.as_deref()), ("23505", Some("book")));
        assert_eq!(error.constraint.as_deref(), Some("book_pkey"));
        assert_eq!(error.to_string(), "FEHLER: doppelt\nDETAIL: da");
    }

    #[test]
    fn what_is_cut_is_none() {
        for cut in 0..BODY.len() {
            assert!(ServerError::read(&BODY[..cut]).is_none(), "{cut}");
        }
    }
}
