//! What can be seen in SQL of a user's own that returns rows: where it ends, and whether it writes.
//!
//! A statement that reads can stand in parentheses, as a table. One that writes cannot: it stands
//! in WITH, behind those of its own WITH.

use super::placeholder::piece_length;

/// SQL of a user's own, divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserQuery<'t> {
    /// The statements of its WITH, with their names, where something of it writes.
    pub with: Option<&'t str>,
    /// Its WITH is recursive.
    pub recursive: bool,
    /// What returns the rows.
    pub rows: &'t str,
    /// It writes.
    pub writes: bool,
}

/// Where we are in a text.
#[derive(Default)]
struct Seen<'t> {
    /// The first word.
    first: Option<&'t str>,
    /// The second word began here, and where it is RECURSIVE, the third.
    after_with: usize,
    recursive: bool,
    /// Where the statement behind WITH begins.
    main: Option<usize>,
    /// Something writes.
    writes: bool,
    /// Where the first semicolon stands.
    end: Option<usize>,
    /// Something stands behind that.
    goes_on: bool,
}

/// Divides a statement that returns rows. What follows its semicolon is left out where that is
/// comments only.
pub fn user_query(sql: &str) -> UserQuery<'_> {
    let seen = look(sql);
    let whole = match seen.end {
        Some(end) if !seen.goes_on => sql.get(..end).unwrap_or(sql),
        _ => sql,
    };
    let plain = UserQuery { with: None, recursive: false, rows: whole, writes: seen.writes };
    match (seen.main, seen.writes) {
        (Some(main), true) => {
            let with = whole.get(seen.after_with..main);
            let rows = whole.get(main..).unwrap_or(whole);
            UserQuery { with, recursive: seen.recursive, rows, ..plain }
        }
        _ => plain,
    }
}

fn look(sql: &str) -> Seen<'_> {
    let mut seen = Seen::default();
    let (mut at, mut depth, mut closed, mut before) = (0, 0_usize, false, b' ');
    while let Some(rest) = sql.get(at..).filter(|rest| !rest.is_empty()) {
        let length = piece_length(rest);
        let piece = rest.get(..length).unwrap_or(rest);
        let byte = piece.bytes().next().unwrap_or(b' ');
        if byte.is_ascii_whitespace() || piece.starts_with("--") || piece.starts_with("/*") {
            at += length;
            continue;
        }
        seen.goes_on |= seen.end.is_some() && byte != b';';
        match byte {
            b'(' => {
                seen.begins_behind_with(at, depth, closed, before);
                depth += 1;
            }
            b')' => {
                depth = depth.saturating_sub(1);
                closed |= depth == 0;
            }
            b';' if depth == 0 => seen.end = seen.end.or(Some(at)),
            byte if byte.is_ascii_alphabetic() => seen.word(piece, at, depth, closed, before),
            _ => {}
        }
        (at, before) = (at + length, piece.bytes().last().unwrap_or(byte));
    }
    seen
}

impl<'t> Seen<'t> {
    fn word(&mut self, word: &'t str, at: usize, depth: usize, closed: bool, before: u8) {
        let is = |other: &&str| word.eq_ignore_ascii_case(other);
        let writes = ["insert", "update", "delete", "merge"].iter().any(is);
        let Some(first) = self.first else {
            self.first = Some(word);
            self.writes |= writes;
            self.after_with = at + word.len();
            return;
        };
        if !first.eq_ignore_ascii_case("with") || self.main.is_some() {
            return;
        }
        if depth == 0 && !closed && is(&"recursive") {
            (self.recursive, self.after_with) = (true, at + word.len());
        } else if depth == 1 && before == b'(' {
            self.writes |= writes;
        } else if depth == 0 && closed && before != b',' {
            let reads = ["select", "values", "table"].iter().any(is);
            if reads || writes {
                self.main = Some(at);
                self.writes |= writes;
            }
        }
    }

    /// `WITH … (SELECT …)`
    fn begins_behind_with(&mut self, at: usize, depth: usize, closed: bool, before: u8) {
        let is_with = self.first.is_some_and(|first| first.eq_ignore_ascii_case("with"));
        if is_with && self.main.is_none() && depth == 0 && closed && before == b')' {
            self.main = Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_at_its_semicolon() {
        for (sql, rows) in [
            ("SELECT 1", "SELECT 1"),
            ("SELECT 1;", "SELECT 1"),
            ("SELECT 1; -- all", "SELECT 1"),
            ("SELECT 1 ; /* all; of it */ ; ", "SELECT 1 "),
            ("SELECT ';' -- a;\n", "SELECT ';' -- a;\n"),
            ("SELECT $$;$$, \";\" FROM t", "SELECT $$;$$, \";\" FROM t"),
            ("SELECT 1; SELECT 2", "SELECT 1; SELECT 2"),
        ] {
            assert_eq!(user_query(sql).rows, rows, "{sql}");
            assert!(!user_query(sql).writes, "{sql}");
        }
    }

    #[test]
    fn what_writes_is_told_from_what_reads() {
        for sql in [
            "SELECT 'insert'",
            "WITH a AS (SELECT 1) SELECT * FROM a -- update",
            "with recursive a (n) as (values (1)) select n as \"update\" from a",
            "WITH a AS (SELECT (delete) FROM t) SELECT * FROM a",
            "VALUES (1)",
            "/* delete */ SELECT 1",
        ] {
            assert!(!user_query(sql).writes, "{sql}");
        }
        for sql in ["INSERT INTO t VALUES (1) RETURNING *", " -- x\nupdate t SET a = 1 RETURNING *"]
        {
            let query = user_query(sql);
            assert!(query.writes && query.with.is_none(), "{sql}");
        }
    }

    #[test]
    fn the_statements_of_with_are_told_from_the_rows() {
        for (sql, with, rows, recursive) in [
            (
                "WITH x AS (UPDATE t SET a = 1 RETURNING *) SELECT * FROM x;",
                " x AS (UPDATE t SET a = 1 RETURNING *) ",
                "SELECT * FROM x",
                false,
            ),
            (
                "with recursive a (n) as (values (1)), b as materialized (delete from t returning a)\nselect * from b",
                " a (n) as (values (1)), b as materialized (delete from t returning a)\n",
                "select * from b",
                true,
            ),
            (
                "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a RETURNING *",
                " a AS (SELECT 1) ",
                "INSERT INTO t SELECT * FROM a RETURNING *",
                false,
            ),
            (
                "WITH a AS (INSERT INTO t DEFAULT VALUES RETURNING *) (SELECT * FROM a)",
                " a AS (INSERT INTO t DEFAULT VALUES RETURNING *) ",
                "(SELECT * FROM a)",
                false,
            ),
        ] {
            let expected = UserQuery { with: Some(with), recursive, rows, writes: true };
            assert_eq!(user_query(sql), expected, "{sql}");
        }
    }
}
