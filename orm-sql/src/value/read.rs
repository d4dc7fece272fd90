//! Arrays and ranges in binary form, read without their types in Rust.

use super::{BoundValue, Form, Numeric, Problem, RangeValue, SqlType, SqlValue};
use smallvec::SmallVec;

const EMPTY: u8 = 0x01;
const LOWER_INCLUDED: u8 = 0x02;
const UPPER_INCLUDED: u8 = 0x04;
const NO_LOWER: u8 = 0x08;
const NO_UPPER: u8 = 0x10;

/// The number at the beginning, and what follows it.
///
/// # Errors
///
/// Where there is none.
pub fn split_i32(raw: &[u8]) -> Result<(i32, &[u8]), Problem> {
    let (number, rest) = raw.split_first_chunk().ok_or("the value ends too early")?;
    Ok((i32::from_be_bytes(*number), rest))
}

/// A cell with its length before it, `None` where it is NULL, and what follows it.
///
/// # Errors
///
/// Where the length is not there, or not all of its bytes.
pub fn split_cell(raw: &[u8]) -> Result<(Option<&[u8]>, &[u8]), Problem> {
    let (length, rest) = split_i32(raw)?;
    match usize::try_from(length) {
        Ok(length) => match rest.split_at_checked(length) {
            Some((cell, rest)) => Ok((Some(cell), rest)),
            None => Err("the value ends too early".into()),
        },
        // A negative length is NULL.
        Err(_) => Ok((None, rest)),
    }
}

/// More dimensions than the server has.
const DIMENSIONS: i32 = 6;

/// The lengths of an array's dimensions, and its items; none of either where it is empty.
///
/// # Errors
///
/// Where its items are of another type, or more than there are bytes for; and where they are not
/// numbered from 1, which a list cannot keep.
pub fn split_array(raw: &[u8], leaf: SqlType) -> Result<(Lengths, &[u8]), Problem> {
    let (dimensions, rest) = split_i32(raw)?;
    let (_flags, rest) = split_i32(rest)?;
    let (found, mut rest) = split_i32(rest)?;
    if !(0..=DIMENSIONS).contains(&dimensions) {
        return Err("an array has 6 dimensions at most".into());
    }
    check_items(leaf, found.cast_unsigned())?;
    let mut lengths = Lengths::new();
    let mut cells = 1_usize;
    for _ in 0..dimensions {
        let (length, after) = split_i32(rest)?;
        let (first, after) = split_i32(after)?;
        let length = usize::try_from(length)?;
        cells = cells.checked_mul(length).filter(|n| *n > 0).ok_or("an array of no known size")?;
        if first != 1 {
            return Err(numbered_from(first));
        }
        lengths.push(length);
        rest = after;
    }
    // Each has at least its length before it.
    if !lengths.is_empty() && cells > rest.len() / 4 {
        return Err("the array ends too early".into());
    }
    Ok((lengths, rest))
}

/// The lengths of an array's dimensions.
pub type Lengths = SmallVec<[usize; 2]>;

#[cold]
fn numbered_from(first: i32) -> Problem {
    format!(
        "the items of the array are numbered from {first}, and those of a list from its beginning: \
         store it numbered from 1"
    )
    .into()
}

/// Whether the items are what is read. Their types were compared when the statement was prepared,
/// those of the database's own (domains, enums) by their numbers there.
fn check_items(leaf: SqlType, found: u32) -> Result<(), Problem> {
    // 0: written here, for a row that is looked at before it is sent.
    if found == 0 || leaf.oid() == Some(found) {
        return Ok(());
    }
    let network = |sql_type| matches!(sql_type, SqlType::Inet | SqlType::Cidr);
    match SqlType::of_oid(found) {
        Some(other) if leaf.oid().is_some() && !(network(leaf) && network(other)) => {
            let (other, leaf) = (other.name(), leaf.name());
            Err(format!("an array of `{other}` where one of `{leaf}` is wanted").into())
        }
        _ => Ok(()),
    }
}

/// Nothing may be left over.
///
/// # Errors
///
/// Where something is.
pub fn whole(rest: &[u8]) -> Result<(), Problem> {
    if rest.is_empty() { Ok(()) } else { Err("there is more than the value".into()) }
}

/// A number that may have more digits than `Decimal`.
pub(super) fn number(raw: &[u8]) -> Result<SqlValue, Problem> {
    let number = Numeric::read(raw)?;
    Ok(match number.decimal() {
        Some(decimal) => SqlValue::Decimal(decimal),
        None => SqlValue::Numeric(number),
    })
}

/// The header, then the items.
pub(super) fn array(raw: &[u8], item: SqlType) -> Result<SqlValue, Problem> {
    let leaf = item.leaf();
    let (lengths, mut rest) = split_array(raw, leaf)?;
    if !lengths.is_empty() && lengths.len() != item.depth() + 1 {
        return Err("the array has another number of dimensions than its type says".into());
    }
    let items = items(&lengths, leaf, &mut rest)?;
    whole(rest)?;
    Ok(SqlValue::Array(items))
}

fn items(lengths: &[usize], leaf: SqlType, rest: &mut &[u8]) -> Result<Vec<SqlValue>, Problem> {
    let Some((length, inner)) = lengths.split_first() else { return Ok(Vec::new()) };
    // No more than there can be, whatever the header says.
    let mut values = Vec::with_capacity((*length).min(rest.len() / 4));
    for _ in 0..*length {
        values.push(match inner {
            [] => {
                let (cell, after) = split_cell(rest)?;
                *rest = after;
                cell.map_or(Ok(SqlValue::Null), |cell| leaf.read(cell))?
            }
            inner => SqlValue::Array(items(inner, leaf, rest)?),
        });
    }
    Ok(values)
}

/// A byte of flags, then the bounds that there are.
pub(super) fn range(raw: &[u8], bounds: SqlType) -> Result<SqlValue, Problem> {
    let (flags, rest) = raw.split_first().ok_or("a range has at least one byte")?;
    if flags & EMPTY != 0 {
        whole(rest)?;
        return Ok(SqlValue::Range(Box::new(RangeValue::Empty)));
    }
    let has = |flag: u8| flags & flag != 0;
    let (lower, rest) = bound(bounds, has(NO_LOWER), has(LOWER_INCLUDED), rest)?;
    let (upper, rest) = bound(bounds, has(NO_UPPER), has(UPPER_INCLUDED), rest)?;
    whole(rest)?;
    Ok(SqlValue::Range(Box::new(RangeValue::Bounds { lower, upper })))
}

fn bound(
    sql_type: SqlType,
    none: bool,
    included: bool,
    raw: &[u8],
) -> Result<(BoundValue, &[u8]), Problem> {
    if none {
        return Ok((BoundValue::Unbounded, raw));
    }
    let (cell, rest) = split_cell(raw)?;
    let value = sql_type.read(cell.ok_or("a bound that is NULL")?)?;
    Ok((if included { BoundValue::Included(value) } else { BoundValue::Excluded(value) }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array_of(sizes: &[i32], items: &[Option<i32>]) -> Vec<u8> {
        let mut raw = Vec::new();
        let mut put = |n: i32| raw.extend(n.to_be_bytes());
        put(sizes.len() as i32);
        put(1);
        put(23);
        for size in sizes {
            put(*size);
            put(1);
        }
        for item in items {
            put(item.map_or(-1, |_| 4));
            item.iter().for_each(|item| put(*item));
        }
        raw
    }

    #[test]
    fn arrays_of_any_depth_are_read() {
        const INTS: SqlType = SqlType::Array(&SqlType::Int4);
        let int = SqlValue::I32;
        let read = |sizes: &[i32], items: &[Option<i32>]| INTS.read(&array_of(sizes, items));
        let flat = SqlValue::Array(vec![int(1), SqlValue::Null]);
        assert_eq!(read(&[2], &[Some(1), None]).unwrap(), flat);
        assert_eq!(read(&[], &[]).unwrap(), SqlValue::Array(Vec::new()));
        let rows = vec![SqlValue::Array(vec![int(1)]), SqlValue::Array(vec![int(2)])];
        let two = array_of(&[2, 1], &[Some(1), Some(2)]);
        const ROWS: SqlType = SqlType::Array(&INTS);
        assert_eq!(ROWS.read(&two).unwrap(), SqlValue::Array(rows));
        assert!(INTS.read(&two).is_err() && ROWS.read(&array_of(&[1], &[Some(1)])).is_err());
        assert!(read(&[1 << 30], &[Some(1)]).is_err());
        assert!(read(&[-1], &[]).is_err());
        assert!(read(&[0], &[]).is_err());
        assert!(read(&[1 << 16, 1 << 16], &[Some(1)]).is_err());
        assert!(read(&[1; 7], &[Some(1)]).is_err());
    }

    #[test]
    fn items_are_of_the_type_that_is_read() {
        const TEXTS: SqlType = SqlType::Array(&SqlType::Text);
        let raw = array_of(&[1], &[Some(1)]);
        assert!(TEXTS.read(&raw).is_err());
        let mut raw = raw;
        // The type, and the number of the first item.
        raw[8..12].copy_from_slice(&1043_i32.to_be_bytes());
        assert!(TEXTS.read(&raw).is_ok());
        raw[16..20].copy_from_slice(&0_i32.to_be_bytes());
        assert!(TEXTS.read(&raw).is_err());
    }

    #[test]
    fn every_zero_is_read_as_it_is_written() {
        for sql_type in SqlType::ALL {
            let zero = sql_type.zero();
            assert!(sql_type.holds(&zero), "{sql_type:?}");
            let mut raw = bytes::BytesMut::new();
            match sql_type.write(&zero, &mut raw) {
                Some(written) => {
                    written.unwrap();
                    assert_eq!(sql_type.read(&raw).unwrap(), zero);
                }
                None => assert_eq!(sql_type.read(&[EMPTY]).unwrap(), zero),
            }
        }
    }

    #[test]
    fn bounds_are_read() {
        let cell = |n: i32| [4_i32.to_be_bytes(), n.to_be_bytes()].concat();
        let raw = [vec![LOWER_INCLUDED | NO_UPPER], cell(5)].concat();
        assert!(SqlType::Int4Range.read(&[raw.as_slice(), &[0]].concat()).is_err());
        let lower = BoundValue::Included(SqlValue::I32(5));
        let range = RangeValue::Bounds { lower, upper: BoundValue::Unbounded };
        assert_eq!(SqlType::Int4Range.read(&raw).unwrap(), SqlValue::Range(Box::new(range)));
        assert!(SqlType::Int4Range.read(&[0]).is_err());
    }
}
