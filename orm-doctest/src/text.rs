//! SQL compared as people write it.

/// The text without quotes around names, and with single spaces.
fn folded(sql: &str) -> String {
    sql.replace('"', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// True where a text is that of a pattern in which `…` stands for any text.
fn matches(text: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split('…');
    let Some(mut rest) = text.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        match rest.split_once(piece) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Compares SQL with what is expected of it.
///
/// # Panics
///
/// Where they differ.
#[track_caller]
pub fn compare(sql: &str, expected: &str) {
    let sql = folded(sql);
    assert!(matches(&sql, &folded(expected)), "\n     SQL: {sql}\nexpected: {expected}");
}

/// Compares statements with what is expected of them.
///
/// # Panics
///
/// Where they differ.
#[track_caller]
pub fn compare_all(sent: &[String], expected: &[&str]) {
    let all: Vec<String> = sent.iter().map(|sql| folded(sql)).collect();
    let same = all.len() == expected.len()
        && all.iter().zip(expected).all(|(sql, expected)| matches(sql, &folded(expected)));
    assert!(
        same,
        "\n     sent: {}\n expected: {}",
        all.join("\n           "),
        expected.join("\n           ")
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_leaves_out() {
        assert!(matches("SELECT a FROM b", "SELECT a FROM b"));
        assert!(matches("SELECT a FROM b", "SELECT … FROM b"));
        assert!(matches("SELECT a FROM b", "…FROM…"));
        assert!(!matches("SELECT a FROM b", "SELECT a"));
        assert!(!matches("SELECT a FROM b", "… WHERE …"));
        assert_eq!(folded("SELECT  \"a\"\n FROM b"), "SELECT a FROM b");
    }
}
