//! Identifiers (names of schemas, tables, columns, constraints), and SQL text of the user's own.

mod keywords;

use std::fmt;

/// A name that is quoted whenever it is written, so that any text is safe as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ident<'a>(&'a str);

impl<'a> Ident<'a> {
    /// A name as the database knows it, without quotes.
    pub fn new(name: &'a str) -> Self {
        Ident(name)
    }

    /// The name without quotes.
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// The name as people write it: in quotes only where it is another one without.
    ///
    /// ```
    /// use orm_sql::ident::Ident;
    ///
    /// assert_eq!(Ident::new("mood").sparing(), "mood");
    /// assert_eq!(Ident::new("Mood").sparing(), "\"Mood\"");
    /// assert_eq!(Ident::new("order").sparing(), "\"order\"");
    /// ```
    pub fn sparing(self) -> String {
        if keywords::is_plain(self.0) { self.0.to_owned() } else { self.to_string() }
    }

    /// Adds the quoted name to a text.
    pub fn write(self, sql: &mut String) {
        sql.push('"');
        if self.0.bytes().any(|byte| byte == b'"') {
            sql.push_str(&self.0.replace('"', "\"\""));
        } else {
            sql.push_str(self.0);
        }
        sql.push('"');
    }
}

/// The quoted name.
impl fmt::Display for Ident<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut quoted = String::with_capacity(self.0.len() + 2);
        self.write(&mut quoted);
        f.write_str(&quoted)
    }
}

/// SQL text that the user wrote: the one explicit way around the writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawSql(String);

impl RawSql {
    /// Takes text as SQL. Values never belong into it: they are parameters.
    pub fn new(sql: impl Into<String>) -> Self {
        RawSql(sql.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
