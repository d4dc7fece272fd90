//! Texts and values as Rust writes them.

use super::types::Types;

/// Values that Rust can write.
pub(super) struct Literals<'a> {
    pub types: &'a Types,
}

impl Literals<'_> {
    /// A default that is a value and no more, of a type that has literals.
    pub(super) fn of(&self, sql: &str, rust: &str) -> Option<String> {
        match rust {
            "bool" => (sql == "true" || sql == "false").then(|| sql.to_owned()),
            "i16" | "i32" | "i64" => number(sql),
            "String" => constant(sql).map(|text| quoted(&text)),
            other => self.types.variant(other, &constant(sql)?),
        }
    }
}

/// `5`, `'-1'::integer`: what the server makes of a number alone, and not of one with another type.
fn number(sql: &str) -> Option<String> {
    let text = match constant(sql) {
        Some(text) => text,
        None => sql.trim_start_matches('(').trim_end_matches(')').to_owned(),
    };
    let number: i64 = text.parse().ok()?;
    let usual = if i32::try_from(number).is_ok() { "integer" } else { "bigint" };
    let is_usual = sql.split_once("::").is_none_or(|(_, name)| name == usual);
    is_usual.then(|| number.to_string())
}

/// The text of `'it''s'::character varying`.
fn constant(sql: &str) -> Option<String> {
    let rest = sql.strip_prefix('\'')?;
    let mut text = String::new();
    let mut letters = rest.char_indices();
    while let Some((place, letter)) = letters.next() {
        if letter != '\'' {
            text.push(letter);
            continue;
        }
        let behind = rest.get(place + 1..)?;
        if behind.starts_with('\'') {
            letters.next();
            text.push('\'');
            continue;
        }
        let of_type = |letter: char| letter.is_alphanumeric() || " _.\"()[],".contains(letter);
        let is_cast = behind.strip_prefix("::").is_some_and(|name| name.chars().all(of_type));
        return (behind.is_empty() || is_cast).then_some(text);
    }
    None
}

/// `raw_expr::<i32>("…", params![])`
pub(super) fn raw(sql: &str, rust: &str) -> String {
    format!("raw_expr::<{rust}>({}, params![])", quoted(sql))
}

/// `column = "…"`
pub(super) fn text(option: &str, value: &str) -> String {
    format!("{option} = {}", quoted(value))
}

/// A text as Rust writes it, without escapes where that reads better.
pub(super) fn quoted(text: &str) -> String {
    let is_plain = |letter: char| letter != '\r' && !letter.is_control();
    let has_quotes = text.contains(['"', '\\']);
    if has_quotes && text.chars().all(is_plain) {
        let mut hashes = "#".to_owned();
        while text.contains(&format!("\"{hashes}")) {
            hashes.push('#');
        }
        return format!("r{hashes}\"{text}\"{hashes}");
    }
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_read() {
        assert_eq!(constant("'it''s'::character varying").as_deref(), Some("it's"));
        assert_eq!(constant("''::text").as_deref(), Some(""));
        assert_eq!(constant("'a'::text || 'b'::text"), None);
        assert_eq!(constant("now()"), None);
        assert_eq!(number("'-1'::integer").as_deref(), Some("-1"));
        assert_eq!(number("(-1)").as_deref(), Some("-1"));
        assert_eq!(number("(1 + 1)"), None);
        assert_eq!(number("'-1'::smallint"), None);
        assert_eq!(number("'5000000000'::bigint").as_deref(), Some("5000000000"));
    }

    #[test]
    fn texts_are_quoted() {
        assert_eq!(quoted("a"), "\"a\"");
        assert_eq!(quoted("\"a\""), "r#\"\"a\"\"#");
        assert_eq!(quoted("a\n\"b\""), "\"a\\n\\\"b\\\"\"");
    }
}
