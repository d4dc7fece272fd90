//! The database of the benchmarks: its tables, and what is in them.

use crate::Result;
use orm_testkit::TestDatabase;

const TABLES: &str = "
CREATE TABLE author (id bigint PRIMARY KEY, name text NOT NULL, born integer);
CREATE TABLE book (
    id bigint PRIMARY KEY,
    title text NOT NULL,
    pages integer NOT NULL,
    published date,
    author_id bigint NOT NULL REFERENCES author
);
CREATE TABLE account (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE post (id bigint PRIMARY KEY, title text NOT NULL, account_id bigint NOT NULL REFERENCES account);
CREATE TABLE comment (id bigint PRIMARY KEY, body text NOT NULL, post_id bigint NOT NULL REFERENCES post);
";

const ROWS: &str = "
INSERT INTO author
    SELECT i, 'author number ' || i, CASE WHEN i % 5 <> 0 THEN 1900 + i % 100 END
    FROM generate_series(1, 1000) i;
INSERT INTO book
    SELECT i, 'the book of the number ' || i, 50 + i % 900,
           CASE WHEN i % 7 <> 0 THEN date '1950-01-01' + i % 25000 END, i % 1000 + 1
    FROM generate_series(1, 100000) i;
INSERT INTO account SELECT i, 'account number ' || i FROM generate_series(1, 100) i;
INSERT INTO post
    SELECT i, 'about the number ' || i, i % 100 + 1 FROM generate_series(1, 1000) i;
INSERT INTO comment
    SELECT i, 'what is to be said of ' || i, i % 1000 + 1 FROM generate_series(1, 10000) i;
CREATE INDEX ON post (account_id);
CREATE INDEX ON comment (post_id);
";

/// Makes the database; it is dropped with the value.
///
/// # Errors
///
/// Where there is no server, or it refuses.
pub async fn database() -> Result<TestDatabase> {
    let database = TestDatabase::empty().await?;
    database.batch_execute(TABLES).await?;
    database.batch_execute(ROWS).await?;
    // All contestants shall have the same plans, however they came to prepare their statements.
    let name = database.name();
    let generic = format!("ALTER DATABASE {name} SET plan_cache_mode = force_generic_plan");
    database.batch_execute(&generic).await?;
    // The first readers would otherwise write the pages' hint bits.
    database.batch_execute("VACUUM ANALYZE").await?;
    Ok(database)
}
