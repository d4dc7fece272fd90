//! Connection strings of one server for its databases.

/// The connection string `url` with the database `db` in place of its own.
///
/// Both forms that PostgreSQL's clients take are understood: `postgres://…` and `host=… user=…`.
pub(super) fn with_database(url: &str, db: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        let quoted = db.replace('\\', r"\\").replace('\'', r"\'");
        return format!("{url} dbname='{quoted}'");
    };
    let (place, query) = match rest.split_once('?') {
        Some((place, query)) => (place, Some(query)),
        None => (rest, None),
    };
    let authority = place.split('/').next().unwrap_or_default();
    let db = percent_encode(db);
    match query {
        Some(query) => format!("{scheme}://{authority}/{db}?{query}"),
        None => format!("{scheme}://{authority}/{db}"),
    }
}

fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn replaces_the_database_of_a_url() {
        for (url, expected) in [
            ("postgres://u:p@h:1/a", "postgres://u:p@h:1/b%2Fc"),
            ("postgres://u:p@h:1", "postgres://u:p@h:1/b%2Fc"),
            ("postgresql://h/a?sslmode=disable", "postgresql://h/b%2Fc?sslmode=disable"),
            ("postgres://u@%2Frun%2Fpg/a", "postgres://u@%2Frun%2Fpg/b%2Fc"),
            ("host=h dbname=a", "host=h dbname=a dbname='b/c'"),
        ] {
            assert_eq!(with_database(url, "b/c"), expected);
        }
    }
}
