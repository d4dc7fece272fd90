//! Enums whose variants stand for texts or numbers of the database.

use super::{Column, NotNull};
use orm_sql::ident::Ident;
use orm_sql::row::CellError;
use orm_sql::value::SqlValue;

/// An enum with a value and a label for each variant. Derived by `#[derive(Choices)]`.
///
/// ```
/// use orm_sql::row::CellError;
/// use orm_core::column::{Choices, Column, NotNull, choices};
/// use orm_core::column::Choice;
/// use orm_sql::value::{SqlType, SqlValue};
///
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// enum Status { Open, Closed }
///
/// // What `#[derive(Choices)]` writes for
/// // enum Status { #[choice("o", label = "Open")] Open, #[choice("c", label = "Closed")] Closed }
/// impl Choices for Status {
///     type Repr = String;
///     const CHOICES: &'static [Choice] =
///         &[Choice { value: "o", label: "Open" }, Choice { value: "c", label: "Closed" }];
///     const ALL: &'static [Self] = &[Status::Open, Status::Closed];
///     fn place(&self) -> usize {
///         match self {
///             Status::Open => 0,
///             Status::Closed => 1,
///         }
///     }
/// }
/// impl orm_core::column::Single for Status {}
/// impl Column for Status {
///     type Inner = Self;
///     type Null = NotNull;
///     const SQL_TYPE: SqlType = <String as Column>::SQL_TYPE;
///     fn decode(raw: &[u8]) -> Result<Self, CellError> {
///         choices::decode(raw)
///     }
///     fn to_value(&self) -> SqlValue {
///         choices::to_value(self)
///     }
/// }
///
/// assert_eq!(Status::Open.label(), "Open");
/// assert_eq!(Status::Closed.value(), "c");
/// assert_eq!(Status::from_value("c"), Some(Status::Closed));
/// assert_eq!(Status::decode(b"o").unwrap(), Status::Open);
/// assert_eq!(Status::decode(b"x").unwrap_err().to_string(), "an unknown value of `Status`");
/// assert_eq!(Status::Open.to_value(), SqlValue::Text("o".into()));
/// ```
pub trait Choices: Clone + Send + Sync + 'static {
    /// What the database holds: `String`, `i16`, `i32` or `i64`.
    type Repr: Representation;
    /// The values and labels, in the order of the variants. Numbers are written out.
    const CHOICES: &'static [Choice];
    /// The variants, in the same order.
    const ALL: &'static [Self];

    /// The place of this variant in [`Choices::ALL`].
    fn place(&self) -> usize;

    /// The label for people.
    fn label(&self) -> &'static str {
        Self::CHOICES.get(self.place()).map_or("", |choice| choice.label)
    }

    /// The value that the database holds, as text.
    fn value(&self) -> &'static str {
        Self::CHOICES.get(self.place()).map_or("", |choice| choice.value)
    }

    /// The variant of a value, given as text.
    fn from_value(value: &str) -> Option<Self> {
        let place = Self::CHOICES.iter().position(|choice| choice.value == value)?;
        Self::ALL.get(place).cloned()
    }
}

/// A value with its label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// The value as a draft holds it, written as the database shows it.
    pub value: &'static str,
    /// The label for people.
    pub label: &'static str,
}

/// An enum type of the database: that of a `#[derive(Choices)]` enum with `db_enum`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct EnumType {
    /// The schema, where one is named.
    pub schema: Option<&'static str>,
    /// The name.
    pub name: &'static str,
    /// Its values, in order.
    pub choices: &'static [Choice],
}

impl EnumType {
    /// An enum type. For derived code.
    pub const fn new(
        schema: Option<&'static str>,
        name: &'static str,
        choices: &'static [Choice],
    ) -> Self {
        EnumType { schema, name, choices }
    }

    /// The name as the derive writes it into SQL: it does not know the words of SQL.
    pub(crate) fn sparing(&self) -> String {
        let letter = |c: char| c.is_ascii_lowercase() || c == '_';
        let plain = self.name.starts_with(letter)
            && self.name.chars().all(|c| letter(c) || c.is_ascii_digit());
        if plain { self.name.to_owned() } else { Ident::new(self.name).to_string() }
    }
}

/// The types that choices can be kept as.
#[diagnostic::on_unimplemented(
    message = "choices are kept as text or whole numbers, and this is `{Self}`",
    label = "expected `String`, `i16`, `i32` or `i64`"
)]
pub trait Representation: Column<Inner = Self, Null = NotNull> {
    /// The place of a cell among the choices.
    #[doc(hidden)]
    fn find(raw: &[u8], choices: &[Choice]) -> Result<Option<usize>, CellError>;
    /// The value of a choice as it travels.
    #[doc(hidden)]
    fn send(value: &'static str) -> SqlValue;
}

impl Representation for String {
    fn find(raw: &[u8], choices: &[Choice]) -> Result<Option<usize>, CellError> {
        Ok(choices.iter().position(|choice| choice.value.as_bytes() == raw))
    }

    fn send(value: &'static str) -> SqlValue {
        SqlValue::Text(value.to_owned())
    }
}

macro_rules! numbers {
    ($($t:ty)*) => {$(
        impl Representation for $t {
            fn find(raw: &[u8], choices: &[Choice]) -> Result<Option<usize>, CellError> {
                let number = <$t>::decode(raw)?;
                Ok(choices.iter().position(|choice| choice.value.parse() == Ok(number)))
            }

            fn send(value: &'static str) -> SqlValue {
                match value.parse::<$t>() {
                    Ok(number) => number.into_value(),
                    Err(_) => SqlValue::Invalid(format!("`{value}` is no `{}`", stringify!($t))),
                }
            }
        }
    )*};
}
numbers!(i16 i32 i64);

/// Reads a choice. For derived code.
///
/// # Errors
///
/// When the cell holds none of the choices; the value itself is not in the message.
pub fn decode<C: Choices>(raw: &[u8]) -> Result<C, CellError> {
    let place = C::Repr::find(raw, C::CHOICES)?;
    place.and_then(|place| C::ALL.get(place)).cloned().ok_or_else(|| {
        let name = std::any::type_name::<C>();
        let name = name.rsplit("::").next().unwrap_or(name);
        format!("an unknown value of `{name}`").into()
    })
}

/// A choice as it travels. For derived code.
pub fn to_value<C: Choices>(choice: &C) -> SqlValue {
    C::Repr::send(choice.value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    enum Stars {
        One,
        Two,
    }

    impl Choices for Stars {
        type Repr = i16;
        const CHOICES: &'static [Choice] =
            &[Choice { value: "1", label: "One" }, Choice { value: "2", label: "Two" }];
        const ALL: &'static [Self] = &[Stars::One, Stars::Two];
        fn place(&self) -> usize {
            usize::from(*self == Stars::Two)
        }
    }

    #[test]
    fn numbers_stand_for_variants() {
        assert_eq!(decode::<Stars>(&[0, 2]).unwrap(), Stars::Two);
        assert_eq!(to_value(&Stars::One), SqlValue::I16(1));
        let error = decode::<Stars>(&[0, 3]).unwrap_err();
        assert_eq!(error.to_string(), "an unknown value of `Stars`");
        assert!(decode::<Stars>(&[0]).is_err());
    }
}
