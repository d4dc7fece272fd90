//! Units of work on any executor: closures, options, retries, locks, work after the commit.

#[path = "units/advisory.rs"]
mod advisory;
#[path = "units/closures.rs"]
mod closures;
#[path = "units/dropped.rs"]
mod dropped;
#[path = "units/innermost.rs"]
mod innermost;
#[path = "units/on_commit.rs"]
mod on_commit;
#[path = "units/options.rs"]
mod options;
#[path = "units/outdated.rs"]
mod outdated;
#[path = "units/raw_ends.rs"]
mod raw_ends;
#[path = "units/retry.rs"]
mod retry;
mod support;

use orm_postgres::Database;
use orm_sql::exec::Executor;
use orm_sql::{Error, Result};
use support::{numbers, run, with};

/// A pool of one connection and an empty table, so that leftovers show.
async fn shelf() -> Database {
    let db = with(|b| b.max_connections(1)).await;
    run(&db, "CREATE TABLE book (id int)").await.unwrap();
    db
}

async fn add(db: &(impl Executor + ?Sized), id: i32) -> Result<u64> {
    run(&db, &format!("INSERT INTO book VALUES ({id})")).await
}

async fn books(db: &impl Executor) -> Vec<i32> {
    numbers(db, "SELECT id FROM book ORDER BY id").await.unwrap()
}

fn broken() -> Error {
    Error::other(std::io::Error::other("broken"))
}
