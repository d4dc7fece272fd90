//! Names of types of one's own, as they stand in SQL.

use super::{ColumnType, TableName};
use crate::ident::{Ident, RawSql};

impl TableName {
    /// The name as that of a type, the way the server writes it: `mood`, `shop."Mood"`.
    ///
    /// ```
    /// use orm_sql::schema::TableName;
    ///
    /// assert_eq!(TableName::within("shop", "Mood").as_type(), "shop.\"Mood\"");
    /// ```
    pub fn as_type(&self) -> String {
        let name = Ident::new(&self.name).sparing();
        match &self.schema {
            Some(schema) => format!("{}.{name}", Ident::new(schema).sparing()),
            None => name,
        }
    }

    /// The name of a type, where the text is nothing but a name.
    ///
    /// ```
    /// use orm_sql::schema::TableName;
    ///
    /// assert_eq!(TableName::of_type("shop.\"Mood\""), Some(TableName::within("shop", "Mood")));
    /// assert_eq!(TableName::of_type("geometry(Point, 4326)"), None);
    /// ```
    pub fn of_type(text: &str) -> Option<TableName> {
        let (first, rest) = name_of(text)?;
        match rest.strip_prefix('.') {
            Some(rest) => match name_of(rest)? {
                (name, "") => Some(TableName { schema: Some(first), name }),
                _ => None,
            },
            None if rest.is_empty() => Some(TableName { schema: None, name: first }),
            None => None,
        }
    }
}

/// The name at the beginning of a text, and what comes after it.
fn name_of(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let is_end = |c: char| !c.is_alphanumeric() && c != '_' && c != '$';
        let (name, rest) = text.split_at(text.find(is_end).unwrap_or(text.len()));
        return (!name.is_empty()).then(|| (name.to_lowercase(), rest));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, after)),
        }
    }
}

impl ColumnType {
    /// The type of one's own that it is, or that its items are.
    ///
    /// ```
    /// use orm_sql::schema::{ColumnType, TableName};
    ///
    /// assert_eq!(ColumnType::parse("mood[]").own_type(), Some(TableName::new("mood")));
    /// assert_eq!(ColumnType::Varchar(20).own_type(), None);
    /// ```
    pub fn own_type(&self) -> Option<TableName> {
        match self {
            ColumnType::Named(name) => TableName::of_type(name.as_str()),
            ColumnType::Array(item) => item.own_type(),
            ColumnType::Plain(_) | ColumnType::Varchar(_) | ColumnType::Numeric { .. } => None,
        }
    }

    /// The same with another type of one's own.
    ///
    /// ```
    /// use orm_sql::schema::{ColumnType, TableName};
    ///
    /// let moods = ColumnType::parse("mood[]");
    /// assert_eq!(moods.with_own_type(&TableName::new("Feeling")).to_string(), "\"Feeling\"[]");
    /// ```
    #[must_use]
    pub fn with_own_type(&self, name: &TableName) -> ColumnType {
        match self {
            ColumnType::Named(_) => ColumnType::Named(RawSql::new(name.as_type())),
            ColumnType::Array(item) => ColumnType::Array(Box::new(item.with_own_type(name))),
            other => other.clone(),
        }
    }
}
