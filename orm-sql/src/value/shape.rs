//! Arrays of arrays: one array for the server, with more dimensions.

use super::read::Lengths;
use super::{Problem, SqlValue};

/// The lengths of the dimensions of an array, by its values.
///
/// # Errors
///
/// Where the server has no such array, or another one in its place.
pub fn shape(items: &[SqlValue]) -> Result<Lengths, Problem> {
    let mut lengths = Lengths::from_slice(&[items.len()]);
    let Some(SqlValue::Array(first)) = items.first() else {
        let arrays = items.iter().any(|item| matches!(item, SqlValue::Array(_)));
        return if arrays { Err(RAGGED.into()) } else { Ok(lengths) };
    };
    let inner = shape(first)?;
    if inner.contains(&0) {
        return Err(EMPTY.into());
    }
    for item in items.iter().skip(1) {
        match item {
            SqlValue::Array(values) if shape(values)? == inner => {}
            _ => return Err(RAGGED.into()),
        }
    }
    lengths.extend(inner);
    match lengths.len() {
        0..=6 => Ok(lengths),
        _ => Err("an array of more than 6 dimensions, which PostgreSQL does not have".into()),
    }
}

const RAGGED: &str = "an array of arrays of different lengths (or with a NULL in place of one), \
                      which PostgreSQL cannot store";
const EMPTY: &str = "an array of empty arrays, which PostgreSQL stores as an empty array";
