//! What the tests have in common: a server, a schema of one's own, statements and sinks.

#![allow(dead_code)]

use orm_postgres::{Database, DatabaseBuilder};
use orm_sql::Result;
use orm_sql::exec::{Executor, OutputColumn, Statement};
use orm_sql::row::{Cells, RowSink};
use orm_sql::value::{SqlType, SqlValue};
use orm_testkit::server::Server;
use std::sync::atomic::{AtomicU32, Ordering};

/// True where the driver alone is at the sockets of these tests.
pub fn driver_only() -> bool {
    std::env::var_os("ORM_TEST_DRIVER_ONLY").is_some()
}

/// How the tests connect. With `ORM_TEST_DRIVER_ONLY` the sockets are the driver's alone: all tests
/// pass both ways.
pub fn new_builder() -> DatabaseBuilder {
    match driver_only() {
        false => Database::builder(),
        true => Database::builder().driver_only(),
    }
}

/// The server that the tests of this run share.
pub fn url() -> String {
    Server::for_tests().expect("a server").url().to_owned()
}

/// A database whose names are looked up in a new schema.
pub async fn database() -> Database {
    with(|builder| builder).await
}

/// The same with other settings.
pub async fn with(settings: impl FnOnce(DatabaseBuilder) -> DatabaseBuilder) -> Database {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let schema = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let builder = new_builder().url(&url()).max_connections(3).search_path(&schema);
    let db = settings(builder).connect().await.expect("connect");
    db.batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS {schema}")).await.expect("schema");
    db
}

/// A statement that is cached.
pub fn statement(
    sql: &str,
    params: Vec<(SqlValue, SqlType)>,
    columns: &[(&'static str, SqlType)],
) -> Statement {
    let columns = columns.iter().map(|(field, sql_type)| OutputColumn {
        model: "Book",
        field,
        sql_type: *sql_type,
    });
    let columns = columns.collect();
    Statement { sql: sql.into(), params, columns, cached: true, ..Statement::default() }
}

/// A statement without parameters that returns one column.
pub fn select(sql: &str, sql_type: SqlType) -> Statement {
    statement(sql, vec![], &[("value", sql_type)])
}

pub fn command(sql: &str) -> Statement {
    statement(sql, vec![], &[])
}

/// Keeps the bytes of all cells.
#[derive(Debug, Default)]
pub struct Collect {
    pub width: usize,
    pub rows: Vec<Vec<Option<Vec<u8>>>>,
}

impl Collect {
    pub fn new(width: usize) -> Self {
        Collect { width, rows: Vec::new() }
    }

    /// The first cell of each row as a number.
    pub fn numbers(&self) -> Vec<i32> {
        self.rows.iter().map(|row| number(row[0].as_deref().expect("not NULL"))).collect()
    }
}

impl RowSink for Collect {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        let row = (0..self.width).map(|index| cells.cell(index).map(<[u8]>::to_vec));
        self.rows.push(row.collect());
        Ok(())
    }
}

pub fn number(raw: &[u8]) -> i32 {
    i32::from_be_bytes(raw.try_into().expect("four bytes"))
}

/// The numbers of a statement's first column.
pub async fn numbers(db: &impl Executor, sql: &str) -> Result<Vec<i32>> {
    let mut rows = Collect::new(1);
    db.run(&select(sql, SqlType::Int4), &mut rows).await?;
    Ok(rows.numbers())
}

/// The only cell of a statement, as text.
pub async fn text(db: &impl Executor, sql: &str) -> Result<String> {
    let mut rows = Collect::new(1);
    db.run(&select(sql, SqlType::Text), &mut rows).await?;
    let cell = rows.rows[0][0].clone().unwrap_or_default();
    Ok(String::from_utf8(cell).expect("utf-8"))
}

/// Runs SQL without parameters and rows.
pub async fn run(db: &impl Executor, sql: &str) -> Result<u64> {
    db.run(&command(sql), &mut Collect::new(0)).await
}

/// The process of the server behind a connection.
pub async fn pid(db: &impl Executor) -> i32 {
    numbers(db, "SELECT pg_backend_pid()").await.expect("pid")[0]
}

/// Host and port of the server.
pub fn address() -> (String, u16) {
    let url = url();
    let place = url.split_once('@').expect("user").1;
    let (host, rest) = place.split_once(':').expect("port");
    (host.to_owned(), rest.split('/').next().expect("port").parse().expect("number"))
}
