//! What a column does to a value without a word: PostgreSQL cuts spaces off the end of what is too long
//! for a `varchar(n)`, and rounds to the places of a `numeric`. What does not fit at all is the server's
//! error; here it is told which field it was.

use super::FieldMeta;
use orm_sql::value::{Form, SqlType, SqlValue};
use rust_decimal::Decimal;

impl FieldMeta {
    /// The value; or, in its place, what makes it an error before anything is sent: the column would not
    /// keep it as it is.
    pub(crate) fn kept(&self, value: SqlValue) -> SqlValue {
        if !self.is_bounded() {
            return value;
        }
        match self.changes(&value) {
            None => value,
            Some(problem) => SqlValue::Invalid(problem),
        }
    }

    fn changes(&self, value: &SqlValue) -> Option<String> {
        match (value, self.max_length, self.digits) {
            (SqlValue::Array(items), ..) => items.iter().find_map(|item| self.changes(item)),
            (SqlValue::Text(text), Some(longest), _) => {
                let cut =
                    is_longer(text, longest) && !is_longer(text.trim_end_matches(' '), longest);
                cut.then(|| {
                    format!(
                        "text of more than {longest} characters with spaces at its end, which \
                         PostgreSQL cuts off: `trim_end` it"
                    )
                })
            }
            (value, _, Some((_, places))) => (places_of(value)? > u32::from(places)).then(|| {
                format!(
                    "a number of more than {places} decimal places, which PostgreSQL rounds: round \
                     it, as by `.round_dp({places})`"
                )
            }),
            _ => None,
        }
    }

    /// True where the server has no room for the value in the column.
    pub(crate) fn overflows(&self, value: &SqlValue) -> bool {
        match (value, self.max_length, self.digits) {
            (SqlValue::Array(items), ..) => items.iter().any(|item| self.overflows(item)),
            (SqlValue::Items(items), ..) => !items.all(|item| !self.overflows(item)),
            (SqlValue::Text(text), Some(longest), _) => is_longer(text, longest),
            (SqlValue::Decimal(number), _, Some((digits, places))) => {
                let before = u32::from(digits.saturating_sub(places));
                let least = 10_i64.checked_pow(before).map(Decimal::from);
                least.is_some_and(|least| number.abs() >= least)
            }
            _ => false,
        }
    }

    /// True where a value may be one that the column does not keep as it is.
    #[inline]
    pub(crate) fn is_bounded(&self) -> bool {
        self.max_length.is_some() || self.digits.is_some()
    }

    /// True where a value of the column may be one for which [`is_own_binary`] is true.
    #[inline]
    pub(crate) fn may_be_own_binary(&self) -> bool {
        matches!(self.sql_type.leaf(), SqlType::Named(_))
    }

    /// [`is_own_binary`] of a value of the column.
    #[inline]
    pub(crate) fn is_own_binary(&self, value: &SqlValue) -> bool {
        is_own_binary(self.sql_type, value)
    }
}

/// True for a type that is known by its name only and a value in a binary form of its own, which neither
/// text nor an array of texts can hold.
#[inline]
pub(crate) fn is_own_binary(sql_type: SqlType, value: &SqlValue) -> bool {
    // The values first: few can be it, and there may be very many.
    let may_be = matches!(value, SqlValue::Bytes(_) | SqlValue::Array(_));
    may_be && matches!(sql_type.leaf(), SqlType::Named(_)) && has_bytes(value)
}

fn has_bytes(value: &SqlValue) -> bool {
    match value {
        SqlValue::Bytes(_) => true,
        SqlValue::Array(items) => items.iter().any(has_bytes),
        _ => false,
    }
}

fn is_longer(text: &str, characters: u32) -> bool {
    let longest = usize::try_from(characters).unwrap_or(usize::MAX);
    text.len() > longest && text.chars().count() > longest
}

/// The decimal places of a number, without zeros at their end.
fn places_of(value: &SqlValue) -> Option<u32> {
    match value {
        SqlValue::Decimal(number) => Some(number.normalize().scale()),
        SqlValue::Numeric(number) => {
            let text = number.text();
            let (_, places) = text.split_once('.')?;
            u32::try_from(places.trim_end_matches('0').len()).ok()
        }
        _ => None,
    }
}
