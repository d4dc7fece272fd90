//! Casts of columns that get another type: none of them loses a part of a value without a word.

use crate::ident::{Ident, RawSql};
use crate::schema::ColumnType;
use crate::sql::Writer;
use crate::value::{SqlType, SqlValue};

/// The expression that makes values of a column those of another type, where a plain cast could
/// cut or round them: a value that would not be the same any more is an error of the server then.
/// `None` where the cast refuses by itself what does not fit.
///
/// ```
/// use orm_sql::schema::ColumnType;
/// use orm_sql::sql::checked_cast;
/// use orm_sql::value::SqlType;
///
/// let cast = |from, to| checked_cast("price", &from, &to).map(|sql| sql.as_str().to_owned());
/// let (long, short) = (ColumnType::Plain(SqlType::Text), ColumnType::Varchar(20));
/// assert_eq!(cast(long, short).as_deref(), Some("\"price\""));
/// let (exact, whole) = (ColumnType::Plain(SqlType::Numeric), ColumnType::Plain(SqlType::Int4));
/// assert_eq!(
///     cast(exact, whole).as_deref(),
///     Some(
///         "CASE WHEN \"price\"::integer::numeric IS DISTINCT FROM \"price\" \
///          THEN ('a part of it would be lost: ' || \"price\")::integer ELSE \"price\"::integer END"
///     )
/// );
/// ```
pub fn checked_cast(column: &str, from: &ColumnType, to: &ColumnType) -> Option<RawSql> {
    let mut writer = Writer::new(Default::default(), Vec::new());
    let name = Ident::new(column);
    if is_cut(from, to) {
        // Assigning refuses what is too long, where a cast cuts it.
        writer.ident(name);
    } else if is_rounded(from, to) {
        writer.raw("CASE WHEN ");
        writer.ident(name);
        writer.raw("::");
        writer.column_type(to);
        writer.raw("::");
        writer.column_type(from);
        writer.raw(" IS DISTINCT FROM ");
        writer.ident(name);
        writer.raw(" THEN (");
        writer.literal(&SqlValue::Text("a part of it would be lost: ".to_owned()), SqlType::Text);
        writer.raw(" || ");
        writer.ident(name);
        writer.raw(")::");
        writer.column_type(to);
        writer.raw(" ELSE ");
        writer.ident(name);
        writer.raw("::");
        writer.column_type(to);
        writer.raw(" END");
    } else {
        return None;
    }
    Some(RawSql::new(writer.finish().0))
}

/// True for texts that get a length.
fn is_cut(from: &ColumnType, to: &ColumnType) -> bool {
    match (from, to) {
        (ColumnType::Plain(SqlType::Text) | ColumnType::Varchar(_), ColumnType::Varchar(_)) => true,
        (ColumnType::Array(from), ColumnType::Array(to)) => is_cut(from, to),
        _ => false,
    }
}

/// True for numbers and moments that may be rounded.
fn is_rounded(from: &ColumnType, to: &ColumnType) -> bool {
    use SqlType as T;
    let places = |column: &ColumnType| match column {
        ColumnType::Plain(T::Int2 | T::Int4 | T::Int8) => Some(0),
        ColumnType::Numeric { places, .. } => Some(*places),
        ColumnType::Plain(T::Numeric) => Some(u16::MAX),
        _ => None,
    };
    let is_float = |column: &ColumnType| matches!(column, ColumnType::Plain(T::Float4 | T::Float8));
    match (places(from), places(to)) {
        (Some(from), Some(to)) => to < from,
        (Some(_), None) => is_float(to),
        (None, Some(_)) => is_float(from),
        (None, None) => match (from, to) {
            (ColumnType::Plain(from), ColumnType::Plain(to)) => matches!(
                (from, to),
                (T::Float8, T::Float4) | (T::Timestamp | T::TimestampTz, T::Date)
            ),
            _ => false,
        },
    }
}
