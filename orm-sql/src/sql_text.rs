//! What can be seen in the text of an expression or a query: which columns and tables it names, and the
//! same text after one of them has got another name.
//!
//! Texts that the models made have their columns in quotes. In texts that users wrote, a column may
//! also stand without; it is found, and not renamed.

mod relations;

pub use relations::{reads, with_column, with_relation};

use std::borrow::Cow;

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// A name in quotes, with them.
    Quoted(&'a str),
    /// A word without quotes.
    Word(&'a str),
    /// Everything else: literals, comments, operators, blanks.
    Other(&'a str),
}

/// True where a text names a column.
///
/// ```
/// use orm_sql::sql_text::names;
///
/// assert!(names("\"pages\" > 100", "pages"));
/// assert!(names("lower(Title) = 'x'", "title"));
/// assert!(!names("\"title\" = 'pages'", "pages"));
/// ```
pub fn names(sql: &str, column: &str) -> bool {
    pieces(sql).any(|piece| match piece {
        Piece::Quoted(name) => unquoted(name) == column,
        Piece::Word(word) => word.to_lowercase() == column,
        Piece::Other(_) => false,
    })
}

/// The text with other names for some columns: for each its new name, if it gets one.
///
/// ```
/// use orm_sql::sql_text::renamed;
///
/// let to = |name: &str| (name == "pages").then(|| "length".to_owned());
/// assert_eq!(renamed("\"pages\" > 100 AND \"title\" <> 'pages'", to), "\"length\" > 100 AND \"title\" <> 'pages'");
/// ```
pub fn renamed(sql: &str, to: impl Fn(&str) -> Option<String>) -> String {
    let mut text = String::with_capacity(sql.len());
    for piece in pieces(sql) {
        match piece {
            Piece::Quoted(name) => match to(&unquoted(name)) {
                Some(new) => crate::ident::Ident::new(&new).write(&mut text),
                None => text.push_str(name),
            },
            Piece::Word(part) | Piece::Other(part) => text.push_str(part),
        }
    }
    text
}

/// The columns in quotes. Collations, types after `::`, functions and what has a qualifier are none.
///
/// ```
/// use orm_sql::sql_text::quoted_columns;
///
/// assert_eq!(quoted_columns("\"a\" > \"f\"(b) AND 'x'::\"T\" = c COLLATE \"C\""), ["a"]);
/// ```
pub fn quoted_columns(sql: &str) -> Vec<String> {
    let is_blank =
        |piece: &Piece<'_>| matches!(piece, Piece::Other(text) if text.trim().is_empty());
    let pieces: Vec<Piece<'_>> = pieces(sql).filter(|piece| !is_blank(piece)).collect();
    let mut names = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let Piece::Quoted(name) = piece else { continue };
        let before = at.checked_sub(1).and_then(|at| pieces.get(at));
        let is_other = match before {
            Some(Piece::Word(word)) => word.eq_ignore_ascii_case("collate"),
            Some(Piece::Other(text)) => matches!(*text, ":" | "."),
            _ => false,
        };
        let is_qualifier = matches!(pieces.get(at + 1), Some(Piece::Other("(" | ".")));
        if !is_other && !is_qualifier {
            names.push(unquoted(name).into_owned());
        }
    }
    names
}

/// The texts in quotes: literals.
///
/// ```
/// use orm_sql::sql_text::literals;
///
/// assert_eq!(literals("\"mood\" <> 'it''s ok'::mood"), ["it's ok"]);
/// ```
pub fn literals(sql: &str) -> Vec<String> {
    pieces(sql).filter_map(|piece| literal(piece).map(Cow::into_owned)).collect()
}

/// The text with another literal instead of one.
///
/// ```
/// use orm_sql::sql_text::with_literal;
///
/// assert_eq!(with_literal("'sad'::mood", "sad", "it's ok"), "'it''s ok'::mood");
/// ```
pub fn with_literal(sql: &str, from: &str, to: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    for piece in pieces(sql) {
        match literal(piece) {
            Some(old) if old == from => {
                text.push_str(if to.contains('\\') { "E'" } else { "'" });
                text.push_str(&to.replace('\'', "''").replace('\\', "\\\\"));
                text.push('\'');
            }
            _ => text.push_str(piece.text()),
        }
    }
    text
}

/// The text with another type instead of one, where it is named after `::`.
///
/// ```
/// use orm_sql::sql_text::with_type;
///
/// let is_mood = |name: &str| name == "mood";
/// assert_eq!(with_type("'a'::mood[]", is_mood, "shop.\"Mood\""), "'a'::shop.\"Mood\"[]");
/// ```
pub fn with_type(sql: &str, is_type: impl Fn(&str) -> bool, to: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut rest = sql;
    let mut colons = 0;
    while let Some(piece) = next(rest) {
        if colons == 2
            && let Some(length) = type_at(rest, &is_type)
        {
            text.push_str(to);
            rest = rest.get(length..).unwrap_or_default();
            colons = 0;
            continue;
        }
        colons = if piece.text() == ":" { colons + 1 } else { 0 };
        text.push_str(piece.text());
        rest = rest.get(piece.text().len()..).unwrap_or_default();
    }
    text
}

/// How long the name of a type is that a text begins with, if it is the one that is meant.
fn type_at(sql: &str, is_type: impl Fn(&str) -> bool) -> Option<usize> {
    let mut length = 0;
    for piece in pieces(sql) {
        match piece {
            Piece::Quoted(text) | Piece::Word(text) => length += text.len(),
            Piece::Other(".") => length += 1,
            Piece::Other(_) => break,
        }
    }
    is_type(sql.get(..length)?).then_some(length)
}

/// What a literal says.
fn literal(piece: Piece<'_>) -> Option<Cow<'_, str>> {
    let Piece::Other(text) = piece else { return None };
    let (escapes, quoted) = match text.strip_prefix(['e', 'E']) {
        Some(quoted) => (true, quoted),
        None => (false, text),
    };
    let inside = quoted.strip_prefix('\'')?.strip_suffix('\'')?;
    let plain = !inside.contains('\'') && !escapes;
    Some(if plain { inside.into() } else { unescaped(inside, escapes).into() })
}

fn unescaped(inside: &str, escapes: bool) -> String {
    let text = inside.replace("''", "'");
    if escapes { text.replace("\\\\", "\\") } else { text }
}

fn unquoted(name: &str) -> Cow<'_, str> {
    let inside = name.strip_prefix('"').unwrap_or(name);
    let inside = inside.strip_suffix('"').unwrap_or(inside);
    if inside.contains('"') { inside.replace("\"\"", "\"").into() } else { inside.into() }
}

impl<'a> Piece<'a> {
    fn text(self) -> &'a str {
        let (Piece::Quoted(text) | Piece::Word(text) | Piece::Other(text)) = self;
        text
    }
}

fn pieces(sql: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        let piece = next(rest)?;
        rest = rest.get(piece.text().len()..)?;
        Some(piece)
    })
}

fn next(sql: &str) -> Option<Piece<'_>> {
    let first = sql.chars().next()?;
    let up_to = |length: usize| sql.get(..length).unwrap_or(sql);
    Some(match first {
        '"' => Piece::Quoted(up_to(end_of_quoted(sql, '"', false))),
        '\'' => Piece::Other(up_to(end_of_quoted(sql, '\'', false))),
        '$' => Piece::Other(up_to(end_of_dollar_quoted(sql).unwrap_or(1))),
        '-' if sql.starts_with("--") => {
            Piece::Other(up_to(sql.find('\n').map_or(sql.len(), |end| end + 1)))
        }
        '/' if sql.starts_with("/*") => {
            Piece::Other(up_to(sql.find("*/").map_or(sql.len(), |end| end + 2)))
        }
        first if is_in_word(first) => {
            let end = sql.find(|c: char| !is_in_word(c) && c != '$').unwrap_or(sql.len());
            let word = up_to(end);
            // `E'…'` has escapes.
            if word.eq_ignore_ascii_case("e") && sql.get(end..).is_some_and(|s| s.starts_with('\''))
            {
                let literal = sql.get(end..).unwrap_or_default();
                return Some(Piece::Other(up_to(end + end_of_quoted(literal, '\'', true))));
            }
            Piece::Word(word)
        }
        other => Piece::Other(up_to(other.len_utf8())),
    })
}

fn is_in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where what begins with a quote ends; a doubled quote stands for itself.
fn end_of_quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if escapes && c == '\\' {
            chars.next();
        } else if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + quote.len_utf8();
        }
    }
    text.len()
}

/// Where `$tag$ … $tag$` ends.
fn end_of_dollar_quoted(text: &str) -> Option<usize> {
    let tag_end = text.get(1..)?.find('$')? + 2;
    let tag = text.get(..tag_end)?;
    if !tag.trim_matches('$').chars().all(is_in_word) {
        return None;
    }
    let body = text.get(tag_end..)?;
    Some(body.find(tag).map_or(text.len(), |end| tag_end + end + tag.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_comments_name_nothing() {
        for sql in [
            "'a'",
            "'it''s a'",
            "E'\\' a'",
            "$$a$$",
            "$x$ a $x$",
            "1 -- a\n",
            "1 /* a */",
            "\"b\"\"a\"",
            "ab + a_",
        ] {
            assert!(!names(sql, "a"), "{sql}");
            assert_eq!(renamed(sql, |name| (name == "a").then(|| "z".into())), sql);
        }
        for sql in ["\"a\"", "a", "A + 1", "'x' || a", "(\"a\")::text", "E'\\\\' || a"] {
            assert!(names(sql, "a"), "{sql}");
        }
    }

    #[test]
    fn odd_names_are_found_and_written() {
        assert!(names("\"a\"\"b\" > 1", "a\"b"));
        let to = |name: &str| (name == "a\"b").then(|| "c\"d".to_owned());
        assert_eq!(renamed("\"a\"\"b\" > 1", to), "\"c\"\"d\" > 1");
        assert_eq!(renamed("\"unfinished", |_| None), "\"unfinished");
    }
}
