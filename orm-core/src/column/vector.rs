//! Vectors of numbers (`vector`), which belong to the extension pgvector.

use super::{Column, NotNull, Single};
use orm_sql::row::CellError;
use orm_sql::value::{SqlType, SqlValue};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;

/// A vector of numbers, such as an embedding. A column of type `vector` holds it, which belongs to the extension
/// `vector` (pgvector).
///
/// Say how many numbers its column has, which an index needs: `#[field(db_type = "vector(3)")]`.
///
/// ```
/// use orm_core::column::Vector;
///
/// let vector = Vector::from([1.0, 0.5, -2.0]);
/// assert_eq!(vector.len(), 3);
/// assert_eq!(vector.to_string(), "[1,0.5,-2]");
/// ```
///
/// The server has no vector of no numbers, of NaN or of an infinity.
#[derive(Clone, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Vector(pub Vec<f32>);

impl Deref for Vector {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl From<Vec<f32>> for Vector {
    fn from(numbers: Vec<f32>) -> Self {
        Vector(numbers)
    }
}

impl<const N: usize> From<[f32; N]> for Vector {
    fn from(numbers: [f32; N]) -> Self {
        Vector(numbers.to_vec())
    }
}

impl FromIterator<f32> for Vector {
    fn from_iter<I: IntoIterator<Item = f32>>(numbers: I) -> Self {
        Vector(numbers.into_iter().collect())
    }
}

/// As the server writes it: `[1,0.5,-2]`.
impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (place, number) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            number.fmt(f)?;
        }
        f.write_str("]")
    }
}

impl Single for Vector {}

#[diagnostic::do_not_recommend]
impl Column for Vector {
    type Inner = Self;
    type Null = NotNull;
    const SQL_TYPE: SqlType = SqlType::Named("vector");

    /// How many numbers there are, two bytes of nothing, and the numbers. A value that has not been at the
    /// server is its text.
    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        if let [b'[', inside @ .., b']'] = raw {
            let numbers =
                str::from_utf8(inside)?.split(',').filter(|number| !number.trim().is_empty());
            let numbers: Result<Vec<f32>, _> =
                numbers.map(|number| number.trim().parse()).collect();
            return Ok(Vector(numbers?));
        }
        let Some(([high, low, _, _], rest)) = raw.split_first_chunk::<4>() else {
            return Err("a vector has at least four bytes".into());
        };
        let (numbers, []) = rest.as_chunks::<4>() else {
            return Err("a vector ends within a number".into());
        };
        if numbers.len() != usize::from(u16::from_be_bytes([*high, *low])) {
            return Err("a vector has another number of numbers than it says".into());
        }
        Ok(numbers.iter().map(|number| f32::from_be_bytes(*number)).collect())
    }

    fn to_value(&self) -> SqlValue {
        SqlValue::Text(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_text_and_bytes() {
        let vector = Vector::from([1.0, -0.5]);
        assert_eq!(vector.to_value(), SqlValue::Text("[1,-0.5]".to_owned()));
        assert_eq!(Vector::decode(b"[1,-0.5]").unwrap(), vector);
        let raw = b"\0\x02\0\0\x3f\x80\0\0\xbf\0\0\0";
        assert_eq!(Vector::decode(raw).unwrap(), vector);
        for end in 0..raw.len() {
            assert!(Vector::decode(&raw[..end]).is_err(), "{end}");
        }
        assert!(Vector::decode(b"[x]").is_err());
    }
}
