//! What the examples in the documentation of the library share: models, an executor that only
//! records what is sent, and assertions of SQL.
//!
//! An expression or a query set is compared with its SQL:
//!
//! ```
//! # use orm_doctest::*;
//! assert_sql!(Book::objects().filter(|b| b.pages().gt(100)), "SELECT … WHERE t0.pages > $1");
//! ```
//!
//! What runs something is run on a [`Recorder`], and its statements are compared:
//!
//! ```
//! # use orm_doctest::*; run(async |db| {
//! let found: bool = Book::objects().exists(&db).await?;
//! assert_sent!(db, "SELECT 1 FROM book AS t0 LIMIT 1");
//! # Ok(()) })
//! ```

#![warn(missing_docs)]

mod answer;
#[allow(missing_docs)]
mod models;
mod recorder;
mod text;

pub use futures_util::{StreamExt, TryStreamExt, stream};
pub use models::*;
pub use orm::expr::pi;
pub use orm::prelude::*;
pub use orm::*;
pub use recorder::{Recorder, run};
pub use std::collections::HashMap;
pub use text::{compare, compare_all};

/// A date of the examples.
///
/// # Panics
///
/// For a date that is not in the calendar.
pub fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date of the calendar")
}

/// A moment of the examples: midnight of a day, UTC.
///
/// # Panics
///
/// For a date that is not in the calendar.
pub fn moment(year: i32, month: u32, day: u32) -> DateTime<Utc> {
    date(year, month, day).and_time(NaiveTime::MIN).and_utc()
}

/// Asserts the SQL of a query set. Quotes around names are left out, and `…` stands for any text.
#[macro_export]
macro_rules! assert_sql {
    ($query:expr, $expected:expr $(,)?) => {
        match $query.sql() {
            Ok(sql) => $crate::compare(&sql, $expected),
            Err(error) => panic!("there is no SQL: {error}"),
        }
    };
}

/// Asserts the statements that a [`Recorder`] has got since the last assertion.
#[macro_export]
macro_rules! assert_sent {
    ($recorder:expr $(, $expected:expr)* $(,)?) => {
        $crate::compare_all(&$recorder.take(), &[$($expected),*])
    };
}
