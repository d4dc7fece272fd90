//! Tables and views in the text of a query: those that it reads, and the text under their new names.
//!
//! A name is one of a table behind FROM, JOIN, a comma or a parenthesis. So a column that is called like
//! a table is taken for it in some places; what depends on this does something too much then.

use super::{Piece, pieces, unquoted};
use crate::ident::Ident;
use std::borrow::Cow;

/// The name of a table or a view: its schema, where one is named, and the name.
type Relation<'a> = (Option<&'a str>, &'a str);

/// True where a query reads a table or a view.
///
/// ```
/// use orm_sql::sql_text::reads;
///
/// assert!(reads("SELECT t0.\"id\" FROM \"book\" AS t0", (None, "book")));
/// assert!(reads("select 1 from a join shop.Item i on true", (Some("shop"), "item")));
/// assert!(!reads("SELECT \"book\".\"id\", 'FROM book' FROM author", (None, "book")));
/// ```
pub fn reads(sql: &str, relation: Relation<'_>) -> bool {
    let text = Text::of(sql);
    (0..text.pieces.len()).any(|at| text.is_relation(at, relation))
}

/// The query with another name for a table or a view.
///
/// ```
/// use orm_sql::sql_text::with_relation;
///
/// assert_eq!(
///     with_relation("SELECT t0.\"a\" FROM \"a\" AS t0", (None, "a"), (None, "b")),
///     "SELECT t0.\"a\" FROM \"b\" AS t0"
/// );
/// ```
pub fn with_relation(sql: &str, from: Relation<'_>, to: Relation<'_>) -> String {
    let text = Text::of(sql);
    let mut names = String::new();
    if let Some(schema) = to.0 {
        Ident::new(schema).write(&mut names);
        names.push('.');
    }
    Ident::new(to.1).write(&mut names);
    let mut new: Vec<Cow<'_, str>> = text.pieces.iter().map(|piece| piece.text().into()).collect();
    for at in (0..text.pieces.len()).filter(|at| text.is_relation(*at, from)) {
        // The schema in front of it goes with it. Without one it may be a table of another schema.
        let mut first = at;
        if text.is(text.before(at), ".") {
            first = text.before(at).and_then(|dot| text.before(dot)).unwrap_or(at);
        } else if from.0.is_some() {
            continue;
        }
        new.iter_mut().take(at).skip(first).for_each(|piece| *piece = "".into());
        if let Some(piece) = new.get_mut(at) {
            *piece = names.clone().into();
        }
    }
    new.concat()
}

/// The query with another name for a column of a table, wherever it stands behind the table's name or
/// its alias.
///
/// ```
/// use orm_sql::sql_text::with_column;
///
/// let sql = "SELECT t0.\"a\", t1.\"a\" FROM \"x\" AS t0 JOIN \"y\" AS t1 ON true";
/// assert_eq!(
///     with_column(sql, (None, "x"), "a", "b"),
///     "SELECT t0.\"b\", t1.\"a\" FROM \"x\" AS t0 JOIN \"y\" AS t1 ON true"
/// );
/// ```
pub fn with_column(sql: &str, relation: Relation<'_>, from: &str, to: &str) -> String {
    let text = Text::of(sql);
    let aliases: Vec<Cow<'_, str>> = (0..text.pieces.len())
        .filter(|at| text.is_relation(*at, relation))
        .map(|at| text.alias(at).unwrap_or(relation.1.into()))
        .collect();
    let mut new = String::with_capacity(sql.len());
    for (at, piece) in text.pieces.iter().enumerate() {
        let dot = text.before(at).filter(|dot| text.is(Some(*dot), "."));
        let of = dot.and_then(|dot| text.name(text.before(dot)?));
        let is_it = text.name(at).is_some_and(|name| name == from)
            && of.is_some_and(|of| aliases.contains(&of));
        match is_it {
            true => Ident::new(to).write(&mut new),
            false => new.push_str(piece.text()),
        }
    }
    new
}

/// Words that may follow the name of a table and are no alias.
const NO_ALIAS: &[&str] = &[
    "where",
    "join",
    "inner",
    "left",
    "right",
    "full",
    "cross",
    "natural",
    "on",
    "using",
    "group",
    "having",
    "window",
    "order",
    "limit",
    "offset",
    "fetch",
    "for",
    "union",
    "intersect",
    "except",
    "tablesample",
];

struct Text<'a> {
    pieces: Vec<Piece<'a>>,
}

impl<'a> Text<'a> {
    fn of(sql: &'a str) -> Self {
        Text { pieces: pieces(sql).collect() }
    }

    fn is_blank(&self, at: usize) -> bool {
        let blank =
            |text: &str| text.trim().is_empty() || text.starts_with("--") || text.starts_with("/*");
        matches!(self.pieces.get(at), Some(Piece::Other(text)) if blank(text))
    }

    /// The piece before, blanks aside.
    fn before(&self, at: usize) -> Option<usize> {
        (0..at).rev().find(|at| !self.is_blank(*at))
    }

    fn after(&self, at: usize) -> Option<usize> {
        (at + 1..self.pieces.len()).find(|at| !self.is_blank(*at))
    }

    fn is(&self, at: Option<usize>, text: &str) -> bool {
        let piece = at.and_then(|at| self.pieces.get(at));
        piece.is_some_and(|piece| piece.text().eq_ignore_ascii_case(text))
    }

    fn name(&self, at: usize) -> Option<Cow<'a, str>> {
        match self.pieces.get(at)? {
            Piece::Quoted(name) => Some(unquoted(name)),
            Piece::Word(word) => Some(word.to_lowercase().into()),
            Piece::Other(_) => None,
        }
    }

    fn is_relation(&self, at: usize, (schema, name): Relation<'_>) -> bool {
        if self.name(at).is_none_or(|here| here != name) {
            return false;
        }
        if self.is(self.after(at), ".") || self.is(self.after(at), "(") {
            return false;
        }
        let mut first = at;
        if let Some(dot) = self.before(at).filter(|dot| self.is(Some(*dot), ".")) {
            let Some(of) = self.before(dot) else { return false };
            if self.name(of).is_none_or(|here| here != schema.unwrap_or("public")) {
                return false;
            }
            first = of;
        }
        let before = self.before(first);
        ["from", "join", "only", ",", "("].iter().any(|word| self.is(before, word))
    }

    /// What a table is called in the query, where that is not its name.
    fn alias(&self, at: usize) -> Option<Cow<'a, str>> {
        let mut next = self.after(at)?;
        if self.is(Some(next), "as") {
            next = self.after(next)?;
        }
        self.name(next).filter(|name| {
            matches!(self.pieces.get(next), Some(Piece::Quoted(_))) || !NO_ALIAS.contains(&&**name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_found_where_they_are_read() {
        let book = (None, "book");
        for sql in [
            "SELECT * FROM book",
            "SELECT * FROM author a, Book b",
            "SELECT * FROM (book JOIN author ON true)",
            "SELECT (SELECT max(id) FROM ONLY \"book\")",
            "SELECT 1 FROM public.book",
            "SELECT 1 FROM /* x */ \"public\".\"book\" -- y",
        ] {
            assert!(reads(sql, book), "{sql}");
        }
        for sql in [
            "SELECT book FROM author",
            "SELECT 1 FROM shop.book",
            "SELECT 1 FROM \"Book\"",
            "SELECT 1 FROM book(1)",
            "SELECT 1 -- FROM book",
        ] {
            assert!(!reads(sql, book), "{sql}");
        }
    }

    #[test]
    fn new_names_stand_where_the_old_ones_stood() {
        let sql = "SELECT b.pages, book.pages, pages FROM book b JOIN x.book ON b.Pages = 1";
        assert_eq!(
            with_column(sql, (None, "book"), "pages", "length"),
            "SELECT b.\"length\", book.pages, pages FROM book b JOIN x.book ON b.\"length\" = 1"
        );
        assert_eq!(
            with_relation(sql, (Some("x"), "book"), (Some("y"), "tome")),
            "SELECT b.pages, book.pages, pages FROM book b JOIN \"y\".\"tome\" ON b.Pages = 1"
        );
        let sql = "SELECT book.pages FROM book WHERE book.pages > 1";
        assert_eq!(
            with_column(sql, (None, "book"), "pages", "length"),
            "SELECT book.\"length\" FROM book WHERE book.\"length\" > 1"
        );
    }
}
