//! Where SQL is written: by the writer of `orm-sql`, and nowhere else.

use super::lengths::{after_doc_comment, test_lines};
use crate::source::Tree;
use crate::{Result, text};
use proc_macro2::{TokenStream, TokenTree};
use std::ops::RangeInclusive;

/// What statements begin with.
const WORDS: &[&str] = &[
    "ALTER",
    "BEGIN",
    "CLOSE",
    "COMMENT",
    "COMMIT",
    "COPY",
    "CREATE",
    "DEALLOCATE",
    "DECLARE",
    "DELETE",
    "DISCARD",
    "DROP",
    "EXPLAIN",
    "FETCH",
    "INSERT",
    "LISTEN",
    "LOCK",
    "MERGE",
    "NOTIFY",
    "RELEASE",
    "RESET",
    "ROLLBACK",
    "SAVEPOINT",
    "SELECT",
    "SET",
    "SHOW",
    "TRUNCATE",
    "UNLISTEN",
    "UPDATE",
    "VALUES",
    "WITH",
];

/// What says that a text is none, in its line or the one above.
const EXCEPTION: &str = "// no SQL: ";

/// Texts that begin like a statement, in the library code below some directories.
pub fn check(tree: &Tree, below: &[&str]) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let paths = tree.paths().filter(|path| below.iter().any(|below| path.starts_with(below)));
    for path in paths {
        let source = tree.text(path).unwrap_or_default();
        let tokens: TokenStream = source.parse().map_err(|error| format!("{path}: {error}"))?;
        let mut tests = Vec::new();
        test_lines(&syn::parse_file(source).map_err(text)?.items, &mut tests);
        let mut found = Vec::new();
        texts(tokens, &mut found);
        let lines: Vec<&str> = source.lines().collect();
        let is_excepted = |line: &usize| {
            let above = lines.get(line.saturating_sub(2)..*line).unwrap_or_default();
            above.iter().any(|line| line.contains(EXCEPTION))
        };
        let is_test =
            |line: &usize| tests.iter().any(|range: &RangeInclusive<_>| range.contains(line));
        let lines = found.into_iter().filter(|line| !is_test(line) && !is_excepted(line));
        problems.extend(lines.map(|line| {
            format!("{path}:{line}: SQL outside of the writer; make it data of `orm_sql::schema` or `orm_sql::sql`")
        }));
    }
    Ok(problems)
}

/// The lines of texts that begin with a word of SQL.
fn texts(tokens: TokenStream, found: &mut Vec<usize>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some(after) = after_doc_comment(&tokens, at) {
            at = after;
            continue;
        }
        match token {
            TokenTree::Group(group) => texts(group.stream(), found),
            TokenTree::Literal(literal) if begins_with_sql(&literal.to_string()) => {
                found.push(literal.span().start().line);
            }
            _ => {}
        }
        at += 1;
    }
}

/// True for a literal of text, as it is written, whose first word is one of SQL in capitals.
fn begins_with_sql(literal: &str) -> bool {
    let Some((_, inside)) = literal.split_once('"') else { return false };
    let inside = inside.trim_start_matches(|c: char| c.is_whitespace() || c == '\\' || c == '(');
    let word = inside.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    WORDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(source: &str) -> usize {
        let tree = Tree::of(&[
            ("orm-core/src/a.rs", source),
            ("xtask/src/a.rs", "const A: &str = \"DROP x\";"),
        ]);
        check(&tree, &["orm-core/src/"]).expect("the source can be read").len()
    }

    #[test]
    fn statements_are_found() {
        assert_eq!(problems("const A: &str = \"SELECT 1\";"), 1);
        assert_eq!(problems("fn f() { run(&format!(\"DROP TABLE {name}\")) }"), 1);
        assert_eq!(problems("const A: &str = \"\\\n  WITH a AS (b)\";"), 1);
        assert_eq!(problems("const A: &str = r#\"(SELECT 1)\"#;"), 1);
    }

    #[test]
    fn other_texts_are_none() {
        assert_eq!(problems("const A: &str = \"select a book\"; const B: char = '\"';"), 0);
        assert_eq!(problems("/// SELECT 1\n#[doc = \"SELECT 1\"]\nfn f() {}"), 0);
        assert_eq!(problems("#[cfg(test)]\nmod tests { const A: &str = \"SELECT 1\"; }"), 0);
        assert_eq!(problems("// no SQL: a message\nconst A: &str = \"COPY of rows\";"), 0);
    }
}
