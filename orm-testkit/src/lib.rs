//! A PostgreSQL server, databases and comparisons for tests of code that uses the orm crate.
//!
//! ```no_run
//! use orm_testkit::{TestDatabase, assert_num_queries, assert_rows};
//!
//! # async fn test() -> Result<(), Box<dyn std::error::Error>> {
//! // A database of the test's own, copied from a template that is made once.
//! let db = TestDatabase::from_template("library", async |db| {
//!     db.batch_execute("CREATE TABLE book (id int)").await
//! }).await?;
//!
//! // How many statements a piece of code runs.
//! assert_num_queries!(db, 1, db.batch_execute("INSERT INTO book VALUES (1)").await?);
//!
//! // What came back, with a readable difference.
//! assert_rows!(vec![1, 2], [1, 2]);
//! # Ok(())
//! # }
//! ```
//!
//! - [`server`]: a server that starts by itself
//! - [`TestDatabase`]: a database for each test, from a template, from migrations, from the models
//! - [`check_migrations`]: whether the migrations lead to the models
//! - [`rolled_back`]: a test in a transaction that is rolled back
//! - [`assert_num_queries!`]: statements counted
//! - [`assert_no_n_plus_one!`]: no statement runs over and over from one place
//! - [`assert_rows!`], [`assert_rows_unordered!`]: rows compared
//! - [`skipped`]: a test that cannot run, said aloud, and a failure in CI

#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::cast_possible_truncation
    )
)]

mod count;
mod database;
mod migrations;
mod repeats;
mod rows;
pub mod server;
mod skip;

pub use count::QueryCounter;
pub use database::{TestDatabase, TestError, rolled_back};
pub use migrations::check_migrations;
pub use repeats::RepeatWatch;
pub use rows::{Difference, same_rows, same_rows_unordered};
pub use skip::skipped;
