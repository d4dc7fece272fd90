//! What can be seen in the text of a statement of the user's.

use orm_sql::exec::Statement;

/// True where BEGIN or START TRANSACTION could be in a text. Wrong for functions in PL/pgSQL and
/// the like, which costs a ROLLBACK of nothing.
pub(crate) fn may_begin(sql: &str) -> bool {
    let sql = sql.to_ascii_lowercase();
    sql.contains("begin") || (sql.contains("start") && sql.contains("transaction"))
}

/// The words that end a transaction.
const ENDS: [&str; 5] = ["commit", "rollback", "abort", "end", "prepare"];

/// True for a single statement that may end the transaction it stands in: by its first word.
pub(crate) fn may_end(sql: &str) -> bool {
    let sql = sql.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
    match sql.split(|c: char| !c.is_ascii_alphabetic()).next() {
        // A comment stands before it.
        Some("") if sql.starts_with(['-', '/']) => script_may_end(sql),
        Some(word) => ENDS.iter().any(|end| word.eq_ignore_ascii_case(end)),
        None => false,
    }
}

/// The same for several statements: where one of the words stands anywhere. Wrong for names and
/// texts, which costs a question to the server.
pub(crate) fn script_may_end(sql: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    sql.split(|c| !is_part(c)).any(|word| ENDS.iter().any(|end| word.eq_ignore_ascii_case(end)))
}

/// True where a text that ends a transaction may begin another one.
pub(crate) fn may_begin_anew(sql: &str) -> bool {
    may_begin(sql) || sql.to_ascii_lowercase().contains("chain")
}

/// True for statements that the server makes a cursor for.
pub(crate) fn can_be_declared(statement: &Statement) -> bool {
    statement.about.work.reads().unwrap_or_else(|| is_query(&statement.sql))
}

/// True for text that reads rows.
fn is_query(sql: &str) -> bool {
    let sql = sql.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    let word = sql.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    match word.to_ascii_lowercase().as_str() {
        "select" | "values" | "table" => true,
        "with" => !writes(sql),
        _ => false,
    }
}

/// True where a statement may write in its WITH. Wrong for columns of such names, which costs
/// memory and nothing else.
fn writes(sql: &str) -> bool {
    let sql = sql.to_ascii_lowercase();
    ["insert", "update", "delete", "merge"].iter().any(|word| sql.contains(word))
}

#[cfg(test)]
mod tests {
    use super::{is_query, may_begin, may_end, script_may_end};

    #[test]
    fn texts_that_may_begin_a_transaction() {
        for sql in ["BEGIN", "SELECT 1; begin isolation level serializable", "Start\n transaction"]
        {
            assert!(may_begin(sql), "{sql}");
        }
        for sql in ["", "SELECT 1", "CREATE TABLE book (id int)", "COMMIT", "SET TRANSACTION"] {
            assert!(!may_begin(sql), "{sql}");
        }
    }

    #[test]
    fn texts_that_may_end_a_transaction() {
        for sql in ["COMMIT", " ;\n rollback", "End", "-- now\nCOMMIT", "/* */ abort work"] {
            assert!(may_end(sql), "{sql}");
        }
        for sql in ["", "SELECT CASE WHEN a THEN b END", "endless()", "-- SELECT 1", "(SELECT 1)"] {
            assert!(!may_end(sql), "{sql}");
        }
        assert!(script_may_end("INSERT INTO a VALUES (1); commit; SELECT 1"));
        assert!(!script_may_end("INSERT INTO endings VALUES (1)"));
    }

    #[test]
    fn only_reading_statements_get_a_cursor() {
        for sql in [
            "SELECT 1",
            "  (select 1) union (select 2)",
            "VALUES (1)",
            "with a as (select 1) select * from a",
        ] {
            assert!(is_query(sql), "{sql}");
        }
        for sql in [
            "UPDATE a SET b = 1 RETURNING b",
            "WITH a AS (DELETE FROM b RETURNING c) SELECT * FROM a",
            "",
            "SHOW x",
        ] {
            assert!(!is_query(sql), "{sql}");
        }
    }
}
