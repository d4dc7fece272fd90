//! N+1 looked for while a piece of code runs.

use orm_postgres::{Database, Subscription};
use orm_sql::exec::n_plus_one::{Report, Tally};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts the statements that a database runs by the place that asked for them, from its creation
/// on: those of all tasks on the same [`Database`].
#[derive(Debug)]
pub struct RepeatWatch {
    tally: Arc<Mutex<Tally>>,
    _subscription: Subscription,
}

impl RepeatWatch {
    /// Begins to count; a statement may run so many times from one place.
    pub fn new(database: &Database, limit: usize) -> Self {
        let tally: Arc<Mutex<Tally>> = Arc::default();
        let sink = tally.clone();
        let subscription = database.on_query(move |event| {
            event.count_in(&mut sink.lock().unwrap_or_else(PoisonError::into_inner), limit);
        });
        RepeatWatch { tally, _subscription: subscription }
    }

    /// What was found so far.
    pub fn report(&self) -> Report {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).report()
    }
}

/// Asserts that no statement runs twice from one place in the source, or more often than a limit,
/// and returns the value of the code.
///
/// The panic names the place and says what to write instead.
///
/// ```no_run
/// # async fn list_books(_: &orm_testkit::TestDatabase) -> orm_sql::Result<usize> { Ok(1) }
/// # async fn test(db: orm_testkit::TestDatabase) -> orm_sql::Result<()> {
/// let books = orm_testkit::assert_no_n_plus_one!(db, list_books(&db).await?);
/// let books = orm_testkit::assert_no_n_plus_one!(db, 3, list_books(&db).await?);
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! assert_no_n_plus_one {
    ($database:expr, $code:expr $(,)?) => {
        $crate::assert_no_n_plus_one!($database, 1, $code)
    };
    ($database:expr, $limit:expr, $code:expr $(,)?) => {{
        let watch = $crate::RepeatWatch::new(&$database, $limit);
        let value = $code;
        let report = watch.report();
        if !report.is_empty() {
            panic!("{report}");
        }
        value
    }};
}
