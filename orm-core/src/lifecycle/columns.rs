//! The values of many rows by columns, written as they are sent: no row is kept.

use crate::ir::FieldMeta;
use crate::model::InRow;
use crate::query::InsertValue;
use orm_sql::value::{CellColumn, Items, SqlValue};
use std::mem;

/// How many rows travel as arrays in one statement, and how many bytes, more or less.
pub(crate) const ROWS: usize = 1 << 14;
pub(crate) const BYTES: usize = 16 << 20;

/// The columns of rows, in as many parts as there are statements.
pub(crate) struct Columns {
    fields: Vec<&'static FieldMeta>,
    full: Vec<Part>,
    last: Part,
}

/// Some of the rows.
struct Part {
    rows: usize,
    columns: Vec<Column>,
}

/// The columns of one statement, and how many rows there are.
#[derive(Clone)]
pub(crate) struct InColumns {
    pub rows: usize,
    pub items: Vec<Items>,
}

impl Columns {
    /// Columns of these fields, with room for so many rows.
    pub fn new(fields: Vec<&'static FieldMeta>, rows: usize) -> Columns {
        let last = Part::new(&fields, rows.min(ROWS));
        Columns { fields, full: Vec::new(), last }
    }

    /// The columns, each of which is given its next value.
    #[inline]
    pub fn begin_row(&mut self) -> &mut [Column] {
        if self.last.rows == ROWS {
            self.begin_part();
        }
        self.last.rows += 1;
        &mut self.last.columns
    }

    #[cold]
    fn begin_part(&mut self) {
        let next = Part::new(&self.fields, 0);
        self.full.push(mem::replace(&mut self.last, next));
    }

    /// All of them have been given it, and have so many bytes by now.
    #[inline]
    pub fn end_row(&mut self, bytes: usize) {
        if bytes > BYTES && self.last.rows > 1 {
            let next = self.last.split();
            self.full.push(mem::replace(&mut self.last, next));
        }
    }

    /// Adds a row that has a value for each of the columns, and no other.
    pub fn add(&mut self, row: &[Option<InsertValue>]) {
        let mut columns = self.begin_row().iter_mut();
        let mut bytes = 0;
        for value in row {
            if let Some(InsertValue::Value(value)) = value
                && let Some(column) = columns.next()
            {
                bytes += column.copy(value);
            }
        }
        self.end_row(bytes);
    }

    /// The columns of each statement.
    pub fn into_parts(mut self) -> Vec<InColumns> {
        if self.last.rows > 0 {
            self.full.push(self.last);
        }
        let written = |part: Part| {
            let items = part.columns.into_iter().map(Column::items).collect();
            InColumns { rows: part.rows, items }
        };
        self.full.into_iter().map(written).collect()
    }
}

impl Part {
    fn new(fields: &[&'static FieldMeta], rows: usize) -> Part {
        let columns = fields.iter().map(|field| Column::new(field, rows)).collect();
        Part { rows: 0, columns }
    }

    /// Takes the last row out again: it is the first of the next statement.
    fn split(&mut self) -> Part {
        self.rows -= 1;
        Part { rows: 1, columns: self.columns.iter_mut().map(Column::split).collect() }
    }
}

/// The values of a column.
pub(crate) enum Column {
    /// As they are sent.
    Cells(CellColumn),
    /// Of a type that travels as text, with about how many bytes they have.
    Values(Vec<SqlValue>, usize),
}

impl Column {
    fn new(field: &FieldMeta, rows: usize) -> Column {
        match field.sql_type.is_text_in_arrays() {
            true => Column::Values(Vec::with_capacity(rows), 0),
            false => Column::Cells(CellColumn::new(field.sql_type, rows)),
        }
    }

    /// The value of the next row; how many bytes there are then.
    #[inline]
    pub fn push(&mut self, value: SqlValue) -> usize {
        match self {
            Column::Cells(cells) => {
                cells.push(&value);
                cells.size()
            }
            Column::Values(values, bytes) => {
                *bytes += value.size();
                values.push(value);
                *bytes
            }
        }
    }

    /// [`push`](Self::push) of a value that stays where it is.
    #[inline]
    pub fn copy(&mut self, value: &SqlValue) -> usize {
        match self {
            Column::Cells(cells) => {
                cells.push(value);
                cells.size()
            }
            Column::Values(..) => self.push(value.clone()),
        }
    }

    /// [`push`](Self::push) of what a row has.
    #[inline]
    pub fn write(&mut self, held: InRow<'_>) -> usize {
        match self {
            Column::Cells(cells) => {
                held.write(cells);
                cells.size()
            }
            Column::Values(..) => self.push(held.value()),
        }
    }

    fn split(&mut self) -> Column {
        match self {
            Column::Cells(cells) => Column::Cells(cells.split_last()),
            Column::Values(values, bytes) => {
                let last: Vec<_> = values.pop().into_iter().collect();
                let size = last.iter().map(SqlValue::size).sum();
                *bytes -= size;
                Column::Values(last, size)
            }
        }
    }

    fn items(self) -> Items {
        match self {
            Column::Cells(cells) => Items::new(cells),
            Column::Values(values, _) => Items::new(values),
        }
    }
}
