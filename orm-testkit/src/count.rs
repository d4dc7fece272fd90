//! Statements counted while a piece of code runs.

use orm_postgres::{Database, Subscription};
use std::sync::{Arc, Mutex, PoisonError};

/// Records the statements that a database runs, from its creation on.
///
/// Statements of other tasks on the same [`Database`] count as well.
#[derive(Debug)]
pub struct QueryCounter {
    statements: Arc<Mutex<Vec<String>>>,
    _subscription: Subscription,
}

impl QueryCounter {
    /// Begins to record.
    pub fn new(database: &Database) -> Self {
        let statements: Arc<Mutex<Vec<String>>> = Arc::default();
        let sink = statements.clone();
        let subscription = database.on_query(move |event| {
            sink.lock().unwrap_or_else(PoisonError::into_inner).push(event.sql.to_owned());
        });
        QueryCounter { statements, _subscription: subscription }
    }

    /// The statements so far.
    pub fn statements(&self) -> Vec<String> {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// An explanation where another number of statements ran.
    ///
    /// # Errors
    ///
    /// The numbers and the statements, for people.
    pub fn expect(&self, expected: usize) -> Result<(), String> {
        let statements = self.statements();
        if statements.len() == expected {
            return Ok(());
        }
        let mut message = format!("{} statements ran, {expected} expected:", statements.len());
        for (place, sql) in statements.iter().enumerate() {
            message.push_str(&format!("\n  {}. {sql}", place + 1));
        }
        Err(message)
    }
}

/// Asserts how many statements a piece of code runs, and returns its value.
///
/// ```no_run
/// # async fn test(db: orm_testkit::TestDatabase) -> orm_sql::Result<()> {
/// orm_testkit::assert_num_queries!(db, 1, db.batch_execute("SELECT 1").await?);
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! assert_num_queries {
    ($database:expr, $expected:expr, $code:expr $(,)?) => {{
        let counter = $crate::QueryCounter::new(&$database);
        let value = $code;
        if let Err(message) = counter.expect($expected) {
            panic!("{message}");
        }
        value
    }};
}
