//! Paths of labels (`ltree`), which belong to an extension.

use super::{Column, NotNull, Single};
use orm_sql::row::CellError;
use orm_sql::value::{SqlType, SqlValue};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;

/// The place of a row in a tree, as the labels from its root on: `books.fiction.novels`. A column of type
/// `ltree` holds it, which belongs to the extension of that name.
///
/// It is a text, in which the server accepts letters, digits and `_` between dots.
///
/// ```
/// use orm_core::column::Ltree;
///
/// let path = Ltree::from("books.fiction.novels");
/// assert_eq!(path.labels().collect::<Vec<_>>(), ["books", "fiction", "novels"]);
/// assert_eq!(path.parent(), Some(Ltree::from("books.fiction")));
/// assert_eq!(path.parent().unwrap().child("poems").to_string(), "books.fiction.poems");
/// assert_eq!(Ltree::default().labels().count(), 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ltree(pub String);

impl Ltree {
    /// The labels, from the root on.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('.').filter(|label| !label.is_empty())
    }

    /// The path without its last label; that of a single label is empty, and that has none.
    #[must_use]
    pub fn parent(&self) -> Option<Ltree> {
        (!self.0.is_empty()).then(|| {
            Ltree(self.0.rsplit_once('.').map_or(String::new(), |(parent, _)| parent.to_owned()))
        })
    }

    /// The path with one more label.
    #[must_use]
    pub fn child(&self, label: &str) -> Ltree {
        match self.0.as_str() {
            "" => Ltree(label.to_owned()),
            path => Ltree(format!("{path}.{label}")),
        }
    }
}

impl Deref for Ltree {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Ltree {
    fn from(path: &str) -> Self {
        Ltree(path.to_owned())
    }
}

impl From<String> for Ltree {
    fn from(path: String) -> Self {
        Ltree(path)
    }
}

impl fmt::Display for Ltree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Single for Ltree {}

#[diagnostic::do_not_recommend]
impl Column for Ltree {
    type Inner = Self;
    type Null = NotNull;
    const SQL_TYPE: SqlType = SqlType::Named("ltree");

    /// The version of the binary form, and the text; a value that has not been at the server is its text.
    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        let text = raw.strip_prefix(&[1]).unwrap_or(raw);
        Ok(Ltree(str::from_utf8(text)?.to_owned()))
    }

    fn to_value(&self) -> SqlValue {
        SqlValue::Text(self.0.clone())
    }

    fn into_value(self) -> SqlValue {
        SqlValue::Text(self.0)
    }
}
