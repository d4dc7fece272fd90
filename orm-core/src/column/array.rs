//! Arrays: `Vec<T>` of every column type but `u8`, which makes `bytea`.

use super::{Column, NotNull};
use orm_sql::row::CellError;
use orm_sql::value::{SqlType, SqlValue, split_cell, split_i32};

impl<T: Column> Column for Vec<T> {
    type Inner = Self;
    type Null = NotNull;
    /// PostgreSQL has one type for arrays of any number of dimensions.
    const SQL_TYPE: SqlType = match T::SQL_TYPE {
        SqlType::Array(item) => SqlType::Array(item),
        _ => SqlType::Array(&T::SQL_TYPE),
    };

    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        let (dimensions, rest) = split_i32(raw)?;
        let (flags, rest) = split(rest, 8)?;
        match dimensions {
            0 => Ok(Vec::new()),
            1 => {
                let (count, rest) = split_i32(rest)?;
                let (_lower, rest) = split_i32(rest)?;
                items(count, rest)
            }
            _ => nested(dimensions, flags, rest),
        }
    }

    fn to_value(&self) -> SqlValue {
        SqlValue::Array(self.iter().map(T::to_value).collect())
    }

    fn into_value(self) -> SqlValue {
        SqlValue::Array(self.into_iter().map(T::into_value).collect())
    }
}

/// The items of the only dimension.
fn items<T: Column>(count: i32, mut rest: &[u8]) -> Result<Vec<T>, CellError> {
    // No more than there can be, whatever the header says.
    let mut items = Vec::with_capacity(usize::try_from(count)?.min(rest.len() / 4));
    for _ in 0..count {
        let (item, after) = split_cell(rest)?;
        items.push(item.map_or_else(T::decode_null, T::decode)?);
        rest = after;
    }
    Ok(items)
}

/// The first dimension of several: each item is an array, read as if it had come alone.
fn nested<T: Column>(dimensions: i32, flags: &[u8], rest: &[u8]) -> Result<Vec<T>, CellError> {
    let (count, rest) = split_i32(rest)?;
    let (_lower, rest) = split_i32(rest)?;
    let (header, mut rest) = split(rest, usize::try_from(dimensions - 1)? * 8)?;
    let mut cells = 1usize;
    for dimension in header.chunks_exact(8) {
        let (size, _) = split_i32(dimension)?;
        cells = cells.checked_mul(usize::try_from(size)?).ok_or("the array is too large")?;
    }
    let mut items = Vec::new();
    for _ in 0..count {
        let start = rest;
        for _ in 0..cells {
            rest = split_cell(rest)?.1;
        }
        let (cells, _) = split(start, start.len() - rest.len())?;
        let alone = [&(dimensions - 1).to_be_bytes(), flags, header, cells].concat();
        items.push(T::decode(&alone)?);
    }
    Ok(items)
}

fn split(raw: &[u8], at: usize) -> Result<(&[u8], &[u8]), CellError> {
    raw.split_at_checked(at).ok_or_else(|| "the array ends too early".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An array of `int4` as the server sends it.
    fn array(sizes: &[i32], items: &[Option<i32>]) -> Vec<u8> {
        let mut raw = Vec::new();
        let mut put = |n: i32| raw.extend(n.to_be_bytes());
        put(sizes.len() as i32);
        put(i32::from(items.contains(&None)));
        put(23);
        for size in sizes {
            put(*size);
            put(1);
        }
        for item in items {
            match item {
                Some(item) => {
                    put(4);
                    put(*item);
                }
                None => put(-1),
            }
        }
        raw
    }

    #[test]
    fn items_are_read() {
        let raw = array(&[3], &[Some(1), Some(2), Some(3)]);
        assert_eq!(Vec::<i32>::decode(&raw).unwrap(), [1, 2, 3]);
        assert_eq!(Vec::<i32>::decode(&array(&[], &[])).unwrap(), [0; 0]);
        let raw = array(&[2], &[Some(1), None]);
        assert_eq!(Vec::<Option<i32>>::decode(&raw).unwrap(), [Some(1), None]);
        assert!(Vec::<i32>::decode(&raw).is_err());
    }

    #[test]
    fn dimensions_are_nested() {
        let raw = array(&[2, 2], &[Some(1), Some(2), Some(3), None]);
        let rows = Vec::<Vec<Option<i32>>>::decode(&raw).unwrap();
        assert_eq!(rows, [[Some(1), Some(2)], [Some(3), None]]);
        assert!(Vec::<i32>::decode(&raw).is_err());
        assert_eq!(Vec::<Vec<i32>>::SQL_TYPE, SqlType::Array(&SqlType::Int4));
    }

    #[test]
    fn nonsense_is_an_error() {
        let raw = array(&[1 << 30], &[Some(1)]);
        assert!(Vec::<i32>::decode(&raw).is_err());
        assert!(Vec::<i32>::decode(&raw[..7]).is_err());
        assert!(Vec::<Vec<i32>>::decode(&array(&[2, -1], &[Some(1)])).is_err());
    }
}
