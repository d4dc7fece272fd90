//! One `check`: a query and the SQL that it becomes.

use crate::library::Rows;
use orm_core::query;

/// Compares the SQL. The common beginning `SELECT t0."id" FROM` and the prefix of tables are left
/// out on both sides.
pub fn check(name: &str, rows: Rows, expected: &str) {
    match query::select(&rows.0) {
        Ok(statement) => {
            same(name, &statement.sql, expected);
            // The second time it may be remembered.
            assert_eq!(query::select(&rows.0).ok(), Some(statement), "{name}, once more");
        }
        Err(error) => panic!("{name}: {error}"),
    }
}

/// Compares SQL, however the expected text is broken into lines.
pub fn same(name: &str, sql: &str, expected: &str) {
    let sql = sql.replace("\"library_", "\"");
    let sql = sql.strip_prefix("SELECT t0.\"id\" FROM ").unwrap_or(&sql);
    let expected = expected.split_whitespace().collect::<Vec<_>>().join(" ");
    if std::env::var_os("BLESS").is_some() && sql != expected {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        println!("BLESS\t{test}\t{name}\t{sql}");
        return;
    }
    assert_eq!(sql, expected, "\n{name}");
}

/// The message of a query that cannot be compiled.
pub fn check_error(name: &str, rows: Rows, expected: &str) {
    match query::select(&rows.0) {
        Ok(statement) => panic!("{name}: {}", statement.sql),
        Err(error) => assert_eq!(error.to_string(), expected, "{name}"),
    }
}
