//! Arrays: `Vec<T>` of every column type but `u8`, which makes `bytea`.

use super::{Column, EnumType, NotNull};
use orm_sql::row::CellError;
use orm_sql::value::{SqlType, SqlValue, split_array, split_cell, whole};

impl<T: Column> Column for Vec<T> {
    type Inner = Self;
    type Null = NotNull;
    /// PostgreSQL has one type for arrays of any number of dimensions; here each has its own.
    const SQL_TYPE: SqlType = SqlType::Array(&T::SQL_TYPE);
    const ENUM_TYPE: Option<&'static EnumType> = T::ENUM_TYPE;

    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        let (lengths, cells) = split_array(raw, T::SQL_TYPE.leaf())?;
        match (lengths.as_slice(), T::SQL_TYPE) {
            ([], _) => whole(cells).map(|()| Vec::new()),
            ([_], SqlType::Array(_)) => Err(other_dimensions(1)),
            ([count], _) => items(*count, cells),
            ([count, inner @ ..], SqlType::Array(_)) => nested(*count, inner, cells),
            (several, _) => Err(other_dimensions(several.len())),
        }
    }

    fn to_value(&self) -> SqlValue {
        SqlValue::Array(self.iter().map(T::to_value).collect())
    }

    fn into_value(self) -> SqlValue {
        SqlValue::Array(self.into_iter().map(T::into_value).collect())
    }
}

#[cold]
fn other_dimensions(found: usize) -> CellError {
    format!(
        "the array has {found} dimension(s), which the field's type does not have: an array of one \
         is a `Vec<T>`, of two a `Vec<Vec<T>>`"
    )
    .into()
}

/// The items of the only dimension.
fn items<T: Column>(count: usize, mut rest: &[u8]) -> Result<Vec<T>, CellError> {
    // No more than there can be: their number was compared with the bytes.
    let mut items = Vec::with_capacity(count);
    for _ in 0..count {
        let (item, after) = split_cell(rest)?;
        items.push(item.map_or_else(T::decode_null, T::decode)?);
        rest = after;
    }
    whole(rest)?;
    Ok(items)
}

/// The first dimension of several: each item is an array, read as if it had come alone.
fn nested<T: Column>(count: usize, inner: &[usize], cells: &[u8]) -> Result<Vec<T>, CellError> {
    let mut header = Vec::with_capacity(12 + 8 * inner.len());
    header.extend_from_slice(&i32::try_from(inner.len())?.to_be_bytes());
    // Flags, and the type of the items, which was looked at.
    header.extend_from_slice(&[0; 8]);
    for length in inner {
        header.extend_from_slice(&i32::try_from(*length)?.to_be_bytes());
        header.extend_from_slice(&1_i32.to_be_bytes());
    }
    let each: usize = inner.iter().product();
    let mut rest = cells;
    let mut items = Vec::with_capacity(count);
    for _ in 0..count {
        let start = rest;
        for _ in 0..each {
            rest = split_cell(rest)?.1;
        }
        let (cells, _) = start.split_at(start.len() - rest.len());
        items.push(T::decode(&[header.as_slice(), cells].concat())?);
    }
    whole(rest)?;
    Ok(items)
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
        assert!(Vec::<Vec<i32>>::decode(&array(&[2], &[Some(1), Some(2)])).is_err());
        assert!(Vec::<String>::decode(&array(&[1, 1], &[Some(1)])).is_err());
        assert_eq!(Vec::<Vec<i32>>::decode(&array(&[], &[])).unwrap(), [[0; 0]; 0]);
        let cube = array(&[1, 2, 1], &[Some(1), Some(2)]);
        assert_eq!(Vec::<Vec<Vec<i32>>>::decode(&cube).unwrap(), [[[1], [2]]]);
        assert_eq!(Vec::<Vec<i32>>::SQL_TYPE.name().to_string(), "integer[][]");
    }

    #[test]
    fn nonsense_is_an_error() {
        let raw = array(&[1 << 30], &[Some(1)]);
        assert!(Vec::<i32>::decode(&raw).is_err());
        assert!(Vec::<i32>::decode(&raw[..7]).is_err());
        assert!(Vec::<Vec<i32>>::decode(&array(&[2, -1], &[Some(1)])).is_err());
        assert!(Vec::<Vec<i32>>::decode(&array(&[1 << 24, 0], &[])).is_err());
        assert!(Vec::<String>::decode(&array(&[1], &[Some(1)])).is_err());
        let mut raw = array(&[1], &[Some(1)]);
        raw[..4].copy_from_slice(&i32::MIN.to_be_bytes());
        assert!(Vec::<Vec<i32>>::decode(&raw).is_err());
        let long = [array(&[1], &[Some(1)]), vec![0]].concat();
        assert!(Vec::<i32>::decode(&long).is_err());
    }
}
