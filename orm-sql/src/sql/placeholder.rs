//! The placeholders `$1`, `$2`, … of SQL that a user wrote, told from what only looks like them:
//! in quotes, in comments, in names.

use crate::error::{Error, Result};

/// A piece of SQL text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Text that stays as it is.
    Text(&'t str),
    /// A placeholder with its number.
    Placeholder(usize, &'t str),
}

/// Cuts SQL text at its placeholders.
pub(super) fn pieces(sql: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((number, length)) = placeholder(rest) {
            let (found, behind) = rest.split_at(length);
            rest = behind;
            return Some(Piece::Placeholder(number, found));
        }
        let (text, behind) = rest.split_at(until_placeholder(rest));
        rest = behind;
        Some(Piece::Text(text))
    })
}

/// Refuses parameters that the text has no placeholder for, which the server would pass over, and
/// placeholders that have no parameter.
///
/// # Errors
///
/// [`Error::Usage`], which names the first of them.
pub fn check(sql: &str, params: usize) -> Result<()> {
    let mut used = vec![false; params];
    for piece in pieces(sql) {
        let Piece::Placeholder(number, text) = piece else { continue };
        match number.checked_sub(1).and_then(|place| used.get_mut(place)) {
            Some(used) => *used = true,
            None => {
                return Err(Error::usage(format!(
                    "the SQL has the placeholder `{text}`, and {params} parameters are given: \
                     give it one in `params![…]`"
                )));
            }
        }
    }
    match used.iter().position(|used| !used) {
        None => Ok(()),
        Some(place) => Err(Error::usage(format!(
            "parameter {} of {params} stands nowhere in the SQL: write `${0}` where it belongs \
             (not in quotes, where it is text), or leave it out",
            place + 1
        ))),
    }
}

/// The text with placeholders that begin so many numbers later: to stand in a text that has others.
pub fn renumbered(sql: &str, by: usize) -> String {
    let mut text = String::with_capacity(sql.len() + 8);
    for piece in pieces(sql) {
        match piece {
            Piece::Text(piece) => text.push_str(piece),
            Piece::Placeholder(number, _) => {
                text.push('$');
                text.push_str(&number.saturating_add(by).to_string());
            }
        }
    }
    text
}

/// The placeholder at the beginning of a text: its number and its length.
fn placeholder(text: &str) -> Option<(usize, usize)> {
    let digits = text.strip_prefix('$')?;
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    Some((digits[..length].parse().ok()?, length + 1))
}

/// How much of a text there is before its first placeholder. Every length is that of whole
/// characters: each byte looked for is a character by itself.
fn until_placeholder(text: &str) -> usize {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if placeholder(rest).is_some() {
            return at;
        }
        at += piece_length(rest);
    }
    at
}

/// The length of what a text begins with: something in quotes, a comment, a name, or one byte.
pub(super) fn piece_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let Some((byte, after)) = bytes.split_first() else { return 0 };
    match byte {
        b'\'' => quoted(bytes, b'\'', false),
        b'"' => quoted(bytes, b'"', false),
        b'-' if bytes.starts_with(b"--") => line(bytes),
        b'/' if bytes.starts_with(b"/*") => comment(bytes),
        b'$' => dollar_quoted(bytes),
        b'e' | b'E' if after.first() == Some(&b'\'') => 1 + quoted(after, b'\'', true),
        byte if is_name(*byte) => name(bytes),
        _ => 1,
    }
}

/// A letter, a digit, or a byte of a character that is none of ASCII: what names and numbers have.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The length of a name, in which `$` is a letter; or of a number, behind which it is none.
fn name(text: &[u8]) -> usize {
    let number = text.first().is_some_and(u8::is_ascii_digit);
    let part = |byte: &&u8| is_name(**byte) || !number && **byte == b'$';
    text.iter().take_while(part).count()
}

/// The length of a text in quotes, which are doubled inside.
fn quoted(text: &[u8], quote: u8, escapes: bool) -> usize {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' if escapes => at += 2,
            byte if *byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

fn line(text: &[u8]) -> usize {
    text.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(text.len())
}

/// The length of a comment, which can have others inside.
fn comment(text: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while let Some(rest @ [_, ..]) = text.get(at..) {
        if rest.starts_with(b"/*") {
            (at, depth) = (at + 2, depth + 1);
        } else if rest.starts_with(b"*/") {
            (at, depth) = (at + 2, depth - 1);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// The length of a text between dollars (`$$…$$`, `$tag$…$tag$`), or of a dollar that begins none.
fn dollar_quoted(text: &[u8]) -> usize {
    let after = text.get(1..).unwrap_or_default();
    let tag = after.iter().take_while(|byte| is_name(**byte)).count() + 1;
    if text.get(tag) != Some(&b'$') || after.first().is_some_and(u8::is_ascii_digit) {
        return 1;
    }
    let (mark, inside) = text.split_at(tag + 1);
    let end = inside.windows(mark.len()).position(|window| window == mark);
    end.map_or(text.len(), |end| mark.len() + end + mark.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(sql: &str) -> Vec<usize> {
        let joined: String = pieces(sql)
            .map(|piece| match piece {
                Piece::Text(text) | Piece::Placeholder(_, text) => text,
            })
            .collect();
        assert_eq!(joined, sql, "every piece is there");
        pieces(sql)
            .filter_map(|piece| match piece {
                Piece::Placeholder(number, _) => Some(number),
                Piece::Text(_) => None,
            })
            .collect()
    }

    #[test]
    fn placeholders_are_told_from_text() {
        for (sql, expected) in [
            ("$1", &[1][..]),
            ("a = $1 AND b = $12::text", &[1, 12]),
            ("$2$1", &[2, 1]),
            ("'$1' = $1", &[1]),
            ("'it''s $1' || $2", &[2]),
            (r"'\' || $1", &[1]),
            (r"E'\'$1' || $2", &[2]),
            (r"e'\\' || $1", &[1]),
            (r#""a$1" = $2"#, &[2]),
            ("-- $1\n$2", &[2]),
            ("/* $1 /* $2 */ $3 */ $4", &[4]),
            ("$$ $1 $$ || $2", &[2]),
            ("$x$ $1 $$ $2 $x$ || $3", &[3]),
            ("a$1 = $2", &[2]),
            ("é$1 = $2", &[2]),
            ("x-$1", &[1]),
            ("1/$1", &[1]),
            ("$1é$", &[1]),
            ("U&'$1' || $2", &[2]),
            ("'$1", &[]),
            ("$x$ $1", &[]),
            ("/* $1", &[]),
            (r"E'\", &[]),
            ("$", &[]),
            ("", &[]),
        ] {
            assert_eq!(numbers(sql), expected, "{sql}");
        }
    }

    #[test]
    fn placeholders_are_numbered_anew() {
        let sql = "SELECT '$1', $1, a$2, $2, $10 -- $3";
        assert_eq!(renumbered(sql, 3), "SELECT '$1', $4, a$2, $5, $13 -- $3");
        assert_eq!(renumbered(sql, 0), sql);
    }

    #[test]
    fn parameters_and_placeholders_must_agree() {
        assert!(check("$1 + $2 + $1", 2).is_ok());
        assert!(check("1", 0).is_ok());
        for (sql, params, expected) in [
            ("SELECT 1", 1, "parameter 1 of 1 stands nowhere in the SQL"),
            ("SELECT $1, '$2'", 2, "parameter 2 of 2 stands nowhere in the SQL"),
            ("SELECT $2", 1, "has the placeholder `$2`, and 1 parameters are given"),
            ("SELECT $0", 1, "has the placeholder `$0`"),
            ("SELECT $99999999999999999999999", 0, ""),
        ] {
            match check(sql, params) {
                Err(error) => assert!(error.to_string().contains(expected), "{error}"),
                Ok(()) => assert_eq!(expected, "", "{sql}"),
            }
        }
    }
}
