//! Errors of the server and of the driver, by what the caller can do about them.

mod fault;

pub(crate) use fault::{DriverError, ServerError};

use crate::codec::EncodeError;
use orm_sql::Error;
use orm_sql::error::{ConstraintError, DatabaseError};
use orm_sql::exec::{Settings, Statement};
use orm_sql::schema::{extension_of_missing, version_of_missing};
use std::error::Error as _;
use std::io;
use std::ops::{Deref, DerefMut};
use tokio_postgres::error::{Severity, SqlState};

/// A statement that failed, and what that means for the connection and for trying again.
///
/// In a box: what succeeds comes back through as many hands, and is as large as this at the least.
pub(crate) struct Failed(Box<Failure>);

pub(crate) struct Failure {
    pub(crate) error: Error,
    /// The connection was found dead before the server began with the statement.
    pub(crate) nothing_ran: bool,
    /// Rows are still on their way, or the connection is lost: it cannot be used as it is.
    pub(crate) unfinished: bool,
    /// What came was no answer: the connection must not be used again.
    pub(crate) malformed: bool,
    /// The prepared form of the statement does not fit any more.
    pub(crate) outdated: bool,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Failed(Box::new(Failure {
            error,
            nothing_ran: false,
            unfinished: false,
            malformed: false,
            outdated: false,
        }))
    }
}

impl Deref for Failed {
    type Target = Failure;

    fn deref(&self) -> &Failure {
        &self.0
    }
}

impl DerefMut for Failed {
    fn deref_mut(&mut self) -> &mut Failure {
        &mut self.0
    }
}

impl From<DriverError> for Failed {
    fn from(error: DriverError) -> Self {
        let (unfinished, malformed) = (is_lost(&error), is_malformed(&error));
        let outdated = is_outdated(&error);
        let mut error = from_driver(error);
        if let (true, Error::Database(found)) = (outdated, &mut error) {
            found.retryable = true;
            found.hint.get_or_insert_with(|| OUTDATED.into());
        }
        Failed(Box::new(Failure { error, nothing_ran: false, unfinished, malformed, outdated }))
    }
}

const OUTDATED: &str = "a table or a type was changed since this statement was prepared, which is \
    done again by now: run the transaction once more, as `db.retry(3)` does by itself";

impl Failed {
    /// The sink refused a row, and more may follow.
    #[cold]
    pub(crate) fn unfinished(error: Error) -> Self {
        let mut failed = Failed::from(error);
        failed.unfinished = true;
        failed
    }

    /// What the caller is told.
    pub(crate) fn into_error(self) -> Error {
        self.0.error
    }

    /// A request that changes nothing, such as PREPARE or BEGIN, has failed.
    pub(crate) fn harmless(error: DriverError) -> Self {
        let lost = match &error {
            DriverError::Preceding(said) => was_cancelled(said),
            error => is_lost(error),
        };
        Failed::from(error).having_run(!lost)
    }

    /// A script has failed, or what stood in front of it. Of its own statements some may have been carried
    /// out.
    pub(crate) fn of_script(error: DriverError) -> Self {
        let ran = !matches!(&error, DriverError::Preceding(said) if was_cancelled(said));
        Failed::from(error).having_run(ran)
    }

    /// A value that cannot be sent, with the model whose rows were asked for, and the field that it is
    /// compared with. Of what is written the caller knows the field.
    #[cold]
    pub(crate) fn asking(mut self, statement: &Statement) -> Self {
        let about = &statement.about;
        if let (Error::Encode { position, message }, Some(model), Some(true)) =
            (&mut self.error, about.model, about.work.reads())
        {
            let column = compared(&statement.sql, *position);
            *message = match column.and_then(|column| model.field(column)) {
                Some(field) => format!("`{}` of `{}`: {message}", field.name, model.name()),
                None => format!("a value in a query of `{}`: {message}", model.name()),
            };
        }
        self
    }

    /// A table that the schema of a tenant has not, with what makes it.
    #[cold]
    pub(crate) fn of_tenant(mut self, settings: &Settings) -> Self {
        if let (Error::Database(found), Some(schema)) = (&mut self.error, &settings.schema)
            && matches!(found.code.as_str(), "42P01" | "42704" | "42883")
        {
            found.hint.get_or_insert_with(|| {
                format!(
                    "it was looked for in the schema of the tenant `{schema}`: where that or its \
                     tables are missing, `create_schema` and `migrate --tenant {schema}` make them"
                )
            });
        }
        self
    }

    /// A statement has failed before the server accepted its parameters.
    ///
    /// The server says "terminated by an administrator" in that place only where it had not begun.
    pub(crate) fn at_start(error: DriverError) -> Self {
        let nothing_ran = match &error {
            DriverError::Server(said) => said.is(&SqlState::ADMIN_SHUTDOWN),
            DriverError::Preceding(said) => was_cancelled(said),
            DriverError::Closed { sent } => !sent,
            _ => false,
        };
        Failed::from(error).having_run(!nothing_ran)
    }

    /// Whether the server had begun with the statement.
    pub(crate) fn having_run(mut self, ran: bool) -> Self {
        self.nothing_ran = !ran;
        self
    }
}

/// The column of the model's own row that a parameter is compared with, in our own text.
fn compared(sql: &str, position: usize) -> Option<&str> {
    let parameter = format!("${position}");
    let whole = |at: &usize| {
        let behind = sql.get(at + parameter.len()..).unwrap_or_default();
        !behind.starts_with(|c: char| c.is_ascii_digit())
    };
    let at = sql.match_indices(&*parameter).map(|(at, _)| at).find(whole)?;
    let (row, operator) = sql.get(..at)?.rsplit_once('"')?;
    let comparing = |c: char| " =<>!@|&~(ABEIKLNTWY".contains(c);
    let (row, column) = row.rsplit_once('"')?;
    (operator.chars().all(comparing) && row.ends_with("t0.")).then_some(column)
}

/// True when a cached statement must be prepared again: its result type has changed, the server
/// does not know it any more, or a type of its parameters was dropped (and perhaps made anew).
pub(crate) fn is_outdated(error: &DriverError) -> bool {
    error.server().is_some_and(|said| {
        said.is(&SqlState::INVALID_SQL_STATEMENT_NAME)
            || (said.is(&SqlState::FEATURE_NOT_SUPPORTED)
                && said.routine.as_deref() == Some("RevalidateCachedQuery"))
            // A message of this kind is never translated.
            || (said.is(&SqlState::INTERNAL_ERROR)
                && said.message.starts_with("cache lookup failed for type"))
    })
}

/// True for a message of the server's that has no place where it came.
pub(crate) fn is_unexpected(error: &DriverError) -> bool {
    match error {
        DriverError::Unexpected(_) => true,
        // The driver does not say it in another way.
        DriverError::Driver(error) => error.to_string() == "unexpected message from server",
        _ => false,
    }
}

/// True for an answer that is none in the protocol: the next ones would be read in the wrong place.
fn is_malformed(error: &DriverError) -> bool {
    is_unexpected(error)
        || matches!(error, DriverError::Driver(driver)
            if driver.to_string().starts_with("error parsing response from server"))
            && !is_unsent(error)
}

/// True where somebody has asked to cancel what ran, or the server itself has. In front of a statement
/// that was meant for another one: a pooler passes requests to cancel on, and is late at times.
fn was_cancelled(said: &ServerError) -> bool {
    said.is(&SqlState::QUERY_CANCELED) || said.is(&SqlState::ADMIN_SHUTDOWN)
}

/// True when the connection is of no more use.
fn is_lost(error: &DriverError) -> bool {
    match error {
        DriverError::Server(said) => is_fatal(said),
        DriverError::Preceding(_)
        | DriverError::Io(_)
        | DriverError::Closed { .. }
        | DriverError::Unexpected(_) => true,
        DriverError::Driver(driver) => {
            driver.is_closed()
                || is_malformed(error)
                || driver.source().is_some_and(|e| e.is::<io::Error>()) && !is_unsent(error)
        }
        DriverError::Encode(_) | DriverError::Unsent(_) | DriverError::Parameters { .. } => false,
    }
}

/// True for what could not be written down, and was not sent.
pub(crate) fn is_unsent(error: &DriverError) -> bool {
    let driver = match error {
        DriverError::Encode(_) | DriverError::Unsent(_) | DriverError::Parameters { .. } => {
            return true;
        }
        DriverError::Driver(driver) => driver,
        _ => return false,
    };
    // The driver calls some of them errors of parsing: these are of a text and a number that it
    // writes.
    let text = driver.source().map(ToString::to_string).unwrap_or_default();
    let said = driver.to_string();
    said.starts_with("error encoding message to server")
        // "expected 2 parameters but got 1"
        || said.starts_with("expected ")
        || ["string contains embedded null", "value too large to transmit"].contains(&&*text)
}

fn is_fatal(said: &ServerError) -> bool {
    matches!(said.parsed_severity, Some(Severity::Fatal | Severity::Panic))
        // As an ERROR it is about a value in a binary form that its type does not read.
        || said.code.starts_with("08") && !said.is(&SqlState::PROTOCOL_VIOLATION)
}

/// An error of the driver as ours, for instrumentation: the caller keeps the original.
#[cold]
pub(crate) fn seen(error: &DriverError) -> Error {
    match error.server() {
        Some(said) => from_server(said),
        None => Error::connection(error.to_string(), None),
    }
}

/// An error of the driver as ours.
pub(crate) fn from_driver(error: DriverError) -> Error {
    let closed = || Error::connection("the connection to the server was closed", None);
    match &error {
        DriverError::Server(said) | DriverError::Preceding(said) => return from_server(said),
        DriverError::Closed { .. } => return closed(),
        DriverError::Driver(driver) if driver.is_closed() => return closed(),
        _ => {}
    }
    let (message, unsent) = (error.to_string(), is_unsent(&error));
    if is_malformed(&error) {
        let message = "the server sent what is no answer; the connection is closed";
        return Error::connection(message, error.into_source());
    }
    match error.into_source() {
        Some(source) => from_source(message, source, unsent),
        // "expected 2 parameters but got 1"
        None if message.starts_with("expected") => Error::Usage(format!("the statement {message}")),
        None => Error::connection(message, None),
    }
}

fn from_source(
    message: String,
    source: Box<dyn std::error::Error + Send + Sync>,
    unsent: bool,
) -> Error {
    match source.downcast::<EncodeError>() {
        Ok(encode) => (*encode).into(),
        Err(source) if unsent => Error::Usage(format!("the statement cannot be sent: {source}")),
        Err(source) => Error::connection(message, Some(source)),
    }
}

/// An error of the server, by its SQLSTATE.
fn from_server(said: &ServerError) -> Error {
    if is_fatal(said) {
        return Error::connection("the server ended the connection", Some(Box::new(said.clone())));
    }
    match said.code.as_str() {
        "23505" => Error::Unique(constraint(said)),
        "23503" | "23001" => Error::ForeignKey(constraint(said)),
        "23502" => Error::NotNull(constraint(said)),
        "23514" => Error::Check(constraint(said)),
        "23P01" => Error::Exclusion(constraint(said)),
        "40001" => Error::Serialization(database(said)),
        "40P01" => Error::Deadlock(database(said)),
        "57014" | "55P03" | "25P03" => Error::Timeout { message: said.message.clone() },
        _ => Error::Database(database(said)),
    }
}

fn constraint(said: &ServerError) -> Box<ConstraintError> {
    let mut error =
        Box::new(ConstraintError::new(&*said.message).with_detail(said.detail.as_deref()));
    error.constraint = said.constraint.clone();
    error.table = said.table.clone();
    error.column = said.column.clone();
    error
}

fn database(said: &ServerError) -> Box<DatabaseError> {
    let error = DatabaseError::new(&*said.code, &*said.message).with_detail(said.detail.as_deref());
    let mut error = Box::new(error);
    error.hint = said.hint.clone();
    if error.code == "25P02" {
        let cure = "an earlier statement of this transaction has failed and ended it: return the \
                    error of that one, or run what may fail in a savepoint, `tx.transaction(…)`";
        error.hint = Some(cure.to_owned());
    }
    if let Some(extension) = extension_of_missing(&error.code, &said.message) {
        error.hint = Some(format!(
            "it belongs to the extension `{extension}`, which this database does not have, or not in \
             its search_path; {}",
            brought(extension)
        ));
    }
    if let Some(version) = version_of_missing(&error.code, &said.message) {
        error.hint = Some(format!(
            "PostgreSQL has a function of this name from version {version} on; `db.server()` says \
             which version this one is"
        ));
    }
    error
}

/// What brings an extension into a database.
pub(crate) fn brought(extension: &str) -> String {
    format!(
        "a migration brings it by the operation `create_extension = \"{extension}\"`, SQL by \
         `CREATE EXTENSION \"{extension}\"`"
    )
}

/// True for "current transaction is aborted" (25P02).
pub(crate) fn is_aborted(error: &Error) -> bool {
    matches!(error, Error::Database(e) if e.code == "25P02")
}
