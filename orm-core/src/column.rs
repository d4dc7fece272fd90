//! What a Rust type must offer to be a column: its SQL type and its two conversions.

mod array;
#[cfg(feature = "bigdecimal")]
mod big;
pub mod choices;
mod citext;
mod file;
mod finite;
mod hstore;
mod json;
mod ltree;
mod multirange;
mod net;
mod range;
mod scalar;
mod ts_vector;
#[cfg(feature = "vector")]
mod vector;

pub use choices::{Choice, Choices, EnumType};
pub use citext::CiText;
pub use file::{FileMeta, UploadTo};
pub(crate) use finite::Finite;
pub use json::Json;
pub(crate) use json::NOT_FINITE;
pub use ltree::Ltree;
pub use multirange::Multirange;
pub use net::Inet;
pub use range::{Range, RangeItem};
pub use ts_vector::{NotATsVector, Position, TsVector, Weight};
#[cfg(feature = "vector")]
pub use vector::Vector;

use orm_sql::row::CellError;
use orm_sql::value::{CellColumn, SqlType, SqlValue};

/// A Rust type that a column of the database can hold.
///
/// Implement it for types of your own, or derive it on a newtype with
/// `#[derive(Column)]`. Everything else (lookups, `Option<T>`, defaults, the
/// selected row) follows from it.
///
/// # Examples
///
/// ```
/// use orm_sql::row::CellError;
/// use orm_core::column::{Column, NotNull};
/// use orm_sql::value::{SqlType, SqlValue};
///
/// /// Money in cents, kept as `bigint`.
/// #[derive(Clone, Debug, PartialEq)]
/// struct Cents(i64);
///
/// impl Column for Cents {
///     type Inner = Self;
///     type Null = NotNull;
///     const SQL_TYPE: SqlType = SqlType::Int8;
///     fn decode(raw: &[u8]) -> Result<Self, CellError> {
///         i64::decode(raw).map(Cents)
///     }
///     fn to_value(&self) -> SqlValue {
///         self.0.to_value()
///     }
/// }
/// assert_eq!(Cents(5).to_value(), SqlValue::I64(5));
/// ```
///
/// # What `#[derive(Column)]` writes
///
/// For `struct Slug(String);` it delegates everything to the inner type, here `String`:
///
/// ```
/// # use orm_sql::row::CellError;
/// # use orm_core::column::{Column, NotNull};
/// # use orm_sql::value::{SqlType, SqlValue};
/// # #[derive(Clone, Debug, PartialEq)]
/// # struct Slug(String);
/// impl Column for Slug {
///     type Inner = Self;
///     type Null = NotNull;
///     const SQL_TYPE: SqlType = <String as Column>::SQL_TYPE;
///     fn decode(raw: &[u8]) -> Result<Self, CellError> {
///         <String as Column>::decode(raw).map(Slug)
///     }
///     fn to_value(&self) -> SqlValue {
///         self.0.to_value()
///     }
///     fn into_value(self) -> SqlValue {
///         self.0.into_value()
///     }
/// }
/// // The first element of a row can be one.
/// impl orm_core::column::Single for Slug {}
/// // Written by hand, for a type that can be read as text: `icontains`, `lower`, ….
/// impl orm_core::expr::Text for Slug {}
/// ```
///
/// Comparisons, `in_`, orderings, `count`, `min`, `max`, `coalesce`, `case` and literals follow
/// from `Column`; calculations go through `.cast::<i64>()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column type",
    label = "not a column type",
    note = "columns are integers, floats, `bool`, `String`, `Vec<u8>`, chrono's dates and times, `Uuid`, `Decimal`, \
            `serde_json::Value`, `Json<T>`, arrays, ranges, `#[derive(Choices)]` enums, newtypes with \
            `#[derive(Column)]`, and `Option` of each"
)]
pub trait Column: Sized + Send + Sync + 'static {
    /// The type without its `Option`: `Self` for everything that is not one.
    type Inner: Column<Inner = Self::Inner, Null = NotNull>;
    /// [`NotNull`] for everything that is not an `Option`.
    type Null: Nullness;
    /// The type in the database.
    const SQL_TYPE: SqlType;
    /// The values that the type allows, where it is a `#[derive(Choices)]` enum.
    const CHOICES: &'static [Choice] = &[];
    /// The enum type of the database that it is, or that its items are.
    const ENUM_TYPE: Option<&'static EnumType> = None;

    /// The `max_length` of fields that say none.
    const MAX_LENGTH: Option<u32> = None;
    /// What is said of fields of files that say nothing themselves.
    #[doc(hidden)]
    const FILE: Option<&'static FileMeta> = None;

    /// Reads the binary form of a cell that is not NULL.
    ///
    /// # Errors
    ///
    /// When the bytes are not a value of this type.
    fn decode(raw: &[u8]) -> Result<Self, CellError>;

    /// What NULL reads as. Only `Option` has an answer.
    ///
    /// # Errors
    ///
    /// For every type that is not an `Option`.
    fn decode_null() -> Result<Self, CellError> {
        Err("NULL where the model has no `Option`".into())
    }

    /// The value as it travels to the server.
    fn to_value(&self) -> SqlValue;

    /// The value as it travels, without a copy where that is possible.
    fn into_value(self) -> SqlValue {
        self.to_value()
    }

    /// Writes what [`to_value`](Self::to_value) returns as the next value of many, without a copy where
    /// that is possible.
    #[doc(hidden)]
    fn write_to(&self, out: &mut CellColumn) {
        out.push(&self.to_value());
    }
}

/// Whether an expression can be NULL, as a type.
pub trait Nullness: Send + Sync + 'static {
    /// NULL if this or the other can be.
    type Or<N: Nullness>: Nullness;
    /// NULL if this and the other can be.
    type And<N: Nullness>: Nullness;
    /// `T`, or `Option<T>`.
    type Wrap<T: Column<Inner = T, Null = NotNull>>: Column<Inner = T, Null = Self>;
    /// True for [`Null`].
    const NULL: bool;
}

/// Never NULL.
#[derive(Debug, Clone, Copy)]
pub struct NotNull;

/// NULL is possible.
#[derive(Debug, Clone, Copy)]
pub struct Null;

impl Nullness for NotNull {
    type Or<N: Nullness> = N;
    type And<N: Nullness> = NotNull;
    type Wrap<T: Column<Inner = T, Null = NotNull>> = T;
    const NULL: bool = false;
}

impl Nullness for Null {
    type Or<N: Nullness> = Null;
    type And<N: Nullness> = N;
    type Wrap<T: Column<Inner = T, Null = NotNull>> = Option<T>;
    const NULL: bool = true;
}

impl<T: Column<Inner = T, Null = NotNull>> Column for Option<T> {
    type Inner = T;
    type Null = Null;
    const SQL_TYPE: SqlType = T::SQL_TYPE;
    const CHOICES: &'static [Choice] = T::CHOICES;
    const ENUM_TYPE: Option<&'static EnumType> = T::ENUM_TYPE;
    const MAX_LENGTH: Option<u32> = T::MAX_LENGTH;
    const FILE: Option<&'static FileMeta> = T::FILE;

    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        T::decode(raw).map(Some)
    }

    fn decode_null() -> Result<Self, CellError> {
        Ok(None)
    }

    fn to_value(&self) -> SqlValue {
        self.as_ref().map_or(SqlValue::Null, T::to_value)
    }

    fn into_value(self) -> SqlValue {
        self.map_or(SqlValue::Null, T::into_value)
    }

    fn write_to(&self, out: &mut CellColumn) {
        match self {
            Some(value) => value.write_to(out),
            None => out.push(&SqlValue::Null),
        }
    }
}

/// A row that is not a tuple: a model, a scalar, a struct of your own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the first element of a row",
    note = "models and `#[derive(Column)]` types have it; for a column type of your own implement the empty trait `Single`"
)]
pub trait Single: 'static {}

impl<T: 'static> Single for Option<T> {}
impl<T: 'static> Single for Vec<T> {}
