//! Text that is compared without regard to case (`citext`), which belongs to an extension.

use super::{Column, NotNull, Single};
use orm_sql::row::CellError;
use orm_sql::value::{SqlType, SqlValue};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;

/// Text that the database compares without regard to case, in unique constraints and orderings too. A column of
/// type `citext` holds it, which belongs to the extension of that name.
///
/// It has the lookups and functions of text, and is read as it was written.
///
/// ```
/// use orm_core::column::CiText;
///
/// let email = CiText::from("Ada@Example.com");
/// assert_eq!(email.len(), 15);
/// assert_ne!(email, CiText::from("ada@example.com"));
/// ```
///
/// In Rust two of them are equal only if they are the same text: how letters are folded is known to the
/// database alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CiText(pub String);

impl Deref for CiText {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for CiText {
    fn from(text: &str) -> Self {
        CiText(text.to_owned())
    }
}

impl From<String> for CiText {
    fn from(text: String) -> Self {
        CiText(text)
    }
}

impl fmt::Display for CiText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Single for CiText {}

#[diagnostic::do_not_recommend]
impl Column for CiText {
    type Inner = Self;
    type Null = NotNull;
    const SQL_TYPE: SqlType = SqlType::Named("citext");

    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        Ok(CiText(str::from_utf8(raw)?.to_owned()))
    }

    fn to_value(&self) -> SqlValue {
        SqlValue::Text(self.0.clone())
    }

    fn into_value(self) -> SqlValue {
        SqlValue::Text(self.0)
    }
}
