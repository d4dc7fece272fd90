//! Values behind their lengths, as items of arrays and columns of COPY have them.

use super::moment::OnWire;
use super::{ItemList, Problem, SqlType, SqlValue};
use bytes::BytesMut;

/// Writes a value behind its length, where it is one of the type itself, or NULL; there may be millions
/// of them. False where it is another, and where the server could not keep it: nothing is written then.
#[inline]
pub fn write_cell(value: &SqlValue, sql_type: SqlType, out: &mut BytesMut) -> bool {
    match (sql_type, value) {
        (_, SqlValue::Null) => out.extend_from_slice(&(-1_i32).to_be_bytes()),
        (SqlType::Int4, SqlValue::I32(value)) => put_4(out, value.to_be_bytes()),
        (SqlType::Int8, SqlValue::I64(value)) => put_8(out, value.to_be_bytes()),
        (SqlType::Int2, SqlValue::I16(value)) => {
            let [high, low] = value.to_be_bytes();
            out.extend_from_slice(&[0, 0, 0, 2, high, low]);
        }
        (SqlType::Float8, SqlValue::F64(value)) => put_8(out, value.to_be_bytes()),
        (SqlType::Float4, SqlValue::F32(value)) => put_4(out, value.to_be_bytes()),
        (SqlType::Bool, SqlValue::Bool(value)) => {
            out.extend_from_slice(&[0, 0, 0, 1, u8::from(*value)]);
        }
        (SqlType::Text, SqlValue::Text(text)) => return put_text(text, out),
        (SqlType::Date, SqlValue::Date(date)) => match date.on_wire() {
            Ok(days) => put_4(out, days.to_be_bytes()),
            Err(_) => return false,
        },
        (SqlType::TimestampTz, SqlValue::TimestampTz(moment)) => match moment.on_wire() {
            Ok(micros) => put_8(out, micros.to_be_bytes()),
            Err(_) => return false,
        },
        _ => return put_other(value, sql_type, out),
    }
    true
}

fn put_text(text: &str, out: &mut BytesMut) -> bool {
    let Ok(length) = i32::try_from(text.len()) else { return false };
    if has_zero(text.as_bytes()) {
        return false;
    }
    out.reserve(text.len() + 4);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(text.as_bytes());
    true
}

/// Sixteen bytes at a time, the last ones again: short texts are many.
fn has_zero(bytes: &[u8]) -> bool {
    let within = |bytes: &[u8; 16]| bytes.iter().fold(false, |found, byte| found | (*byte == 0));
    match bytes.last_chunk() {
        Some(last) => bytes.as_chunks().0.iter().any(within) || within(last),
        None => bytes.contains(&0),
    }
}

/// Length and value in one piece: room is looked for once.
#[inline]
fn put_4(out: &mut BytesMut, [a, b, c, d]: [u8; 4]) {
    out.extend_from_slice(&[0, 0, 0, 4, a, b, c, d]);
}

#[inline]
fn put_8(out: &mut BytesMut, [a, b, c, d, e, f, g, h]: [u8; 8]) {
    out.extend_from_slice(&[0, 0, 0, 8, a, b, c, d, e, f, g, h]);
}

fn put_other(value: &SqlValue, sql_type: SqlType, out: &mut BytesMut) -> bool {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    let written = match (sql_type, value) {
        // Networks have rules of their own.
        (SqlType::Cidr, _) => return undone(start, out),
        _ => match sql_type.write(value, out) {
            Some(written) => written,
            None => return undone(start, out),
        },
    };
    let length = i32::try_from(out.len() - start - 4);
    let (Ok(()), Ok(length), Some(place)) = (written, length, out.get_mut(start..start + 4)) else {
        return undone(start, out);
    };
    place.copy_from_slice(&length.to_be_bytes());
    true
}

#[cold]
fn undone(start: usize, out: &mut BytesMut) -> bool {
    out.truncate(start);
    false
}

/// The values of a column as they travel: written once, from where they are, and copied from here.
#[derive(Debug)]
pub struct CellColumn {
    sql_type: SqlType,
    count: usize,
    cells: BytesMut,
    /// Where the last value begins.
    last: usize,
    /// Values that have no such form, by their places, in order; there NULL is written.
    others: Vec<(usize, SqlValue)>,
}

impl CellColumn {
    /// No values yet, with room for so many short ones.
    pub fn new(sql_type: SqlType, rows: usize) -> Self {
        let cells = BytesMut::with_capacity(rows * 12);
        CellColumn { sql_type, count: 0, cells, last: 0, others: Vec::new() }
    }

    /// The next value.
    #[inline]
    pub fn push(&mut self, value: &SqlValue) {
        self.last = self.cells.len();
        if !write_cell(value, self.sql_type, &mut self.cells) {
            self.push_other(value);
        }
        self.count += 1;
    }

    /// [`push`](Self::push) of an integer.
    #[inline]
    pub fn push_i32(&mut self, value: i32) {
        if self.sql_type != SqlType::Int4 {
            return self.push(&SqlValue::I32(value));
        }
        self.last = self.cells.len();
        put_4(&mut self.cells, value.to_be_bytes());
        self.count += 1;
    }

    /// [`push`](Self::push) of a large integer.
    #[inline]
    pub fn push_i64(&mut self, value: i64) {
        if self.sql_type != SqlType::Int8 {
            return self.push(&SqlValue::I64(value));
        }
        self.last = self.cells.len();
        put_8(&mut self.cells, value.to_be_bytes());
        self.count += 1;
    }

    /// [`push`](Self::push) of a text.
    #[inline]
    pub fn push_text(&mut self, text: &str) {
        self.last = self.cells.len();
        if self.sql_type != SqlType::Text || !put_text(text, &mut self.cells) {
            self.push_other(&SqlValue::Text(text.to_owned()));
        }
        self.count += 1;
    }

    #[cold]
    fn push_other(&mut self, value: &SqlValue) {
        self.cells.extend_from_slice(&(-1_i32).to_be_bytes());
        self.others.push((self.count, value.clone()));
    }

    /// How many bytes there are.
    #[inline]
    pub fn size(&self) -> usize {
        self.cells.len()
    }

    /// Takes the last value out again: it is the first of a column of its own.
    #[must_use]
    pub fn split_last(&mut self) -> CellColumn {
        let last = self.count.saturating_sub(1);
        let mut split = CellColumn::new(self.sql_type, 0);
        split.cells = self.cells.split_off(self.last.min(self.cells.len()));
        split.count = self.count - last;
        self.count = last;
        if let Some((_, value)) = self.others.pop_if(|(place, _)| *place == last) {
            split.others.push((0, value));
        }
        split
    }
}

impl ItemList for CellColumn {
    fn count(&self) -> usize {
        self.count
    }

    fn try_each(
        &self,
        take: &mut dyn FnMut(&SqlValue) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let mut others = self.others.iter().peekable();
        let mut cells = &self.cells[..];
        for place in 0..self.count {
            let cell = next_cell(&mut cells);
            match (others.next_if(|(other, _)| *other == place), cell) {
                (Some((_, value)), _) => take(value)?,
                (None, Some(raw)) => take(&self.sql_type.read(raw)?)?,
                (None, None) => take(&SqlValue::Null)?,
            }
        }
        Ok(())
    }

    fn cells(&self, sql_type: SqlType) -> Option<&[u8]> {
        (self.sql_type == sql_type && self.others.is_empty()).then_some(&self.cells)
    }

    /// What is written was looked at.
    fn check(&self) -> Result<(), Problem> {
        self.others.iter().try_for_each(|(_, value)| value.check())
    }
}

/// The next of some cells, which it takes away; `None` for NULL.
#[inline]
pub fn next_cell<'c>(cells: &mut &'c [u8]) -> Option<&'c [u8]> {
    let (length, rest) = cells.split_first_chunk()?;
    let length = usize::try_from(i32::from_be_bytes(*length));
    let (cell, rest) = match length {
        Ok(length) => (rest.get(..length), rest.get(length..).unwrap_or_default()),
        Err(_) => (None, rest),
    };
    *cells = rest;
    cell
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Items, Numeric};
    use chrono::{DateTime, NaiveDate};
    use rust_decimal::Decimal;

    fn values(list: &dyn ItemList) -> Vec<SqlValue> {
        let mut values = Vec::new();
        list.try_each(&mut |value| {
            values.push(value.clone());
            Ok(())
        })
        .unwrap();
        values
    }

    #[test]
    fn values_of_every_type_come_back() {
        for sql_type in SqlType::ALL.iter().copied() {
            let mut column = CellColumn::new(sql_type, 3);
            let given = [sql_type.zero(), SqlValue::Null, sql_type.zero()];
            given.iter().for_each(|value| column.push(value));
            assert_eq!((column.count(), values(&column)), (3, given.to_vec()), "{sql_type:?}");
            assert!(column.check().is_ok(), "{sql_type:?}");
        }
    }

    #[test]
    fn what_the_server_cannot_keep_is_an_error_when_it_is_asked() {
        let first = NaiveDate::MIN.and_hms_opt(0, 0, 0).unwrap();
        let bad = [
            (SqlType::Text, SqlValue::Text("a\0".to_owned())),
            (SqlType::Date, SqlValue::Date(NaiveDate::MIN)),
            (SqlType::Timestamp, SqlValue::Timestamp(first)),
            (SqlType::Int4, SqlValue::Invalid("no number".to_owned())),
        ];
        for (sql_type, value) in bad {
            let mut column = CellColumn::new(sql_type, 2);
            column.push(&sql_type.zero());
            column.push(&value);
            column.push(&SqlValue::Null);
            assert_eq!(values(&column), [sql_type.zero(), value, SqlValue::Null]);
            assert!(column.check().is_err() && column.cells(sql_type).is_none(), "{sql_type:?}");
            assert!(Items::new(column).check().is_err());
        }
    }

    #[test]
    fn other_values_stand_where_they_were() {
        let numbers = || [SqlValue::I64(1), SqlValue::I32(2), SqlValue::Null, SqlValue::I16(3)];
        let mut column = CellColumn::new(SqlType::Int8, 4);
        numbers().iter().for_each(|value| column.push(value));
        assert_eq!(values(&column), numbers());
        let last = column.split_last();
        assert_eq!(values(&column), numbers()[..3]);
        assert_eq!(values(&last), [SqlValue::I16(3)]);
    }

    #[test]
    fn what_is_written_from_where_it_is_is_what_its_value_is() {
        for sql_type in [SqlType::Int4, SqlType::Int8, SqlType::Text, SqlType::Numeric] {
            let given = [SqlValue::I32(-7), SqlValue::I64(1 << 40), SqlValue::Text("ü".into())];
            let mut column = CellColumn::new(sql_type, 3);
            column.push_i32(-7);
            column.push_i64(1 << 40);
            column.push_text("ü");
            assert_eq!(values(&column), given, "{sql_type:?}");
            assert_eq!(values(&column.split_last()), given[2..], "{sql_type:?}");
        }
    }

    #[test]
    fn a_zero_byte_is_found_wherever_it_is() {
        for length in 0..70 {
            let text = "x".repeat(length);
            assert!(!has_zero(text.as_bytes()), "{length}");
            for place in 0..length {
                let mut bytes = text.clone().into_bytes();
                bytes[place] = 0;
                assert!(has_zero(&bytes), "{place} of {length}");
            }
        }
    }

    #[test]
    fn cells_are_given_to_their_own_type_only() {
        let mut column = CellColumn::new(SqlType::Text, 1);
        column.push(&SqlValue::Text("sea".to_owned()));
        assert_eq!(column.cells(SqlType::Text), Some(&b"\0\0\0\x03sea"[..]));
        assert_eq!(column.cells(SqlType::Bytea), None);
        let mut column = CellColumn::new(SqlType::Numeric, 2);
        let decimal = SqlValue::Decimal(Decimal::new(-1250, 2));
        let number = Numeric::parse("1e40").unwrap();
        column.push(&decimal);
        column.push(&SqlValue::Numeric(number.clone()));
        assert_eq!(values(&column), [decimal, SqlValue::Numeric(number)]);
        let mut column = CellColumn::new(SqlType::TimestampTz, 1);
        column.push(&SqlValue::TimestampTz(DateTime::UNIX_EPOCH));
        assert_eq!(values(&column), [SqlValue::TimestampTz(DateTime::UNIX_EPOCH)]);
    }
}
