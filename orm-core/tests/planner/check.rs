//! One `check`: a query and the SQL that it becomes.

use crate::library::Rows;
use orm_core::query;

/// Compares the SQL from `FROM` on: what is selected is the business of its own tests.
pub fn check(name: &str, rows: Rows, expected: &str) {
    let statement = match query::select(&rows.0) {
        Ok(statement) => statement,
        Err(error) => panic!("{name}: {error}"),
    };
    let sql = statement.sql.replace("\"library_", "\"");
    let sql =
        sql.strip_prefix("SELECT t0.\"id\" FROM \"").map_or(sql.clone(), |s| format!("\"{s}"));
    let expected: Vec<&str> = expected.split_whitespace().collect();
    assert_eq!(sql, expected.join(" "), "\n{name}");
}

/// The message of a query that cannot be compiled.
pub fn check_error(name: &str, rows: Rows, expected: &str) {
    match query::select(&rows.0) {
        Ok(statement) => panic!("{name}: {}", statement.sql),
        Err(error) => assert_eq!(error.to_string(), expected, "{name}"),
    }
}
