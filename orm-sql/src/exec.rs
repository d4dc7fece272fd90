//! What a connection offers to the ORM, free of any driver.

mod backend;
mod copy;
mod executor;
pub mod instrumentation;
mod layer;
pub mod n_plus_one;
mod places;
mod refused;
mod tenancy;
mod together;
pub mod transaction;
mod zone;

pub use backend::{Backend, Command, Cursor, Job, Unit};
pub use copy::{ByteSink, CopyIn, CopyOut, RowSource, TakesRow};
pub use executor::{AnyExecutor, Executor};
pub use places::places;
pub use refused::Refused;
pub use tenancy::{Secured, Settings, Tenancy, check_schema};
pub use together::{Asked, Together};
pub use zone::{InZone, Tenant};

use crate::error::{DecodeMessage, Result};
use crate::row::{CellError, Cells, RowSink};
use crate::value::{SqlType, SqlValue};
use instrumentation::About;
use std::fmt;
use std::future::Future;
use std::num::NonZeroU64;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A future in a box, as the object-safe executor returns it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// SQL text with its parameters and what it returns. `Debug` shows no value of a parameter.
///
/// All but the parameters is the same for all queries of one shape, and is shared by them.
#[derive(Clone, Default, PartialEq)]
pub struct Statement {
    /// The text; equal texts share a prepared statement.
    pub sql: Arc<str>,
    /// The parameters, with the types that the statement is prepared with.
    pub params: Vec<(SqlValue, SqlType)>,
    /// The columns that come back; empty for none.
    pub columns: Arc<[OutputColumn]>,
    /// Which of the columns are found by their names.
    pub by_name: Vec<ByName>,
    /// False for text that is sent once, which is not worth a place in the statement cache.
    pub cached: bool,
    /// The model, the relation, and the place in the user's source; for instrumentation.
    pub about: About,
    /// Where the text, the types of the parameters and the columns are known by a number: a connection
    /// finds what it has prepared by that.
    pub handle: Option<Handle>,
}

/// The number of a text with the types of its parameters and its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Handle(NonZeroU64);

impl Handle {
    /// One that no other statement has.
    ///
    /// ```
    /// use orm_sql::exec::Handle;
    ///
    /// assert_ne!(Handle::new(), Handle::new());
    /// ```
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Handle {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Handle(NonZeroU64::new(NEXT.fetch_add(1, Ordering::Relaxed)).unwrap_or(NonZeroU64::MAX))
    }

    /// The number.
    ///
    /// ```
    /// use orm_sql::exec::Handle;
    ///
    /// let (one, next) = (Handle::new(), Handle::new());
    /// assert!(one.number() < next.number());
    /// ```
    #[inline]
    #[must_use]
    pub fn number(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types: Vec<String> =
            self.params.iter().map(|param| param.1.name().to_string()).collect();
        f.debug_struct("Statement")
            .field("sql", &self.sql)
            .field("params", &types)
            .finish_non_exhaustive()
    }
}

/// Columns that stand together, in any order, and are found by their names: the fields of
/// [`Statement::columns`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ByName {
    /// The place of the first.
    pub first: usize,
    /// How many there are.
    pub count: usize,
}

/// A column that comes back.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputColumn {
    /// The model it belongs to, or the query's own name for the row; for messages.
    pub model: &'static str,
    /// The field, or a place; for messages.
    pub field: &'static str,
    /// The type that its decoder reads.
    pub sql_type: SqlType,
}

/// A sink for statements that return nothing.
#[derive(Debug, Default)]
pub struct NoRows;

impl RowSink for NoRows {
    fn row(&mut self, _: &dyn Cells) -> Result<()> {
        Ok(())
    }
}

/// An error of a cell as the user sees it: the model and field of the column are named.
pub fn cell_error(statement: &Statement, column: usize, error: &CellError) -> crate::Error {
    unread(statement, column, error.to_string().into())
}

/// [`cell_error`] of a row that is at hand. Its place in the result, from 0, is named where it is
/// known; its key is in no message, and [`row_key`](crate::Error::row_key) has it.
#[cold]
pub fn row_error(
    statement: &Statement,
    row: &dyn Cells,
    place: Option<usize>,
    column: usize,
    error: &CellError,
) -> crate::Error {
    let mut text = match place {
        Some(place) => format!("{error} (row {} of the result)", place + 1),
        None => error.to_string(),
    };
    if statement.about.work.reads() == Some(false) {
        text += "; the statement has written its rows by now, which stays so unless it is in a \
                 transaction that is rolled back";
    }
    unread(statement, column, DecodeMessage::new(text, key_text(statement, row)))
}

fn unread(statement: &Statement, column: usize, message: DecodeMessage) -> crate::Error {
    let place = statement.columns.get(column);
    crate::Error::Decode {
        model: place.map_or_else(|| "the query's row".to_owned(), |c| c.model.to_owned()),
        field: place.map_or_else(|| format!("column {}", column + 1), |c| c.field.to_owned()),
        message,
    }
}

/// The key of a row, where it is among what was selected: `id = 5`.
fn key_text(statement: &Statement, row: &dyn Cells) -> Option<String> {
    let model = statement.about.model?;
    let part = |field: &'static str| {
        let is_it = |c: &&(usize, &OutputColumn)| c.1.model == model.name() && c.1.field == field;
        let columns: Vec<_> = statement.columns.iter().enumerate().collect();
        let (place, column) = columns.iter().find(is_it)?;
        let value = column.sql_type.read(row.cell(*place)?).ok()?;
        Some(format!("{field} = {}", value.text()?))
    };
    let parts: Option<Vec<String>> = model.key().into_iter().map(part).collect();
    parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join(", "))
}
