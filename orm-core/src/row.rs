//! Reading rows: cells by position, decoders that turn them into values, and rows that grow.

mod early;
mod encode;
mod group;

pub(crate) use early::{Arriving, Early};
#[doc(hidden)]
pub use encode::typed;
pub(crate) use encode::{encoded, encoded_as, reads, whole_number};
pub use group::{Group, KeyBuffer, KeyCells};

use crate::column::{Column, Single};
use orm_sql::row::{CellError, Cells};
use orm_sql::value::{SqlType, next_cell};
use std::marker::PhantomData;
use std::sync::Arc;

/// The type of a row of any model, as one value.
pub const RECORD: SqlType = SqlType::Named("record");

/// Which cell could not be read, and why.
#[derive(Debug)]
pub struct DecodeError {
    /// The cell, from 0.
    pub column: usize,
    /// What was wrong.
    pub error: CellError,
}

/// The result of reading a row; the error is boxed so that the good path stays small.
pub type Decoded<T> = Result<T, Box<DecodeError>>;

/// Reads the cells of one row from left to right.
pub struct Reader<'a> {
    cells: &'a dyn Cells,
    at: usize,
    /// The cells from there on, where they are as the server sends them.
    sent: Option<&'a [u8]>,
    related: &'a Related,
}

/// What prefetches have loaded for the rows being read, by slot.
pub type Related = [Group];

impl<'a> Reader<'a> {
    /// A reader at the first cell.
    pub fn new(cells: &'a dyn Cells) -> Self {
        Reader::with_related(cells, &[])
    }

    /// A reader at the first cell, with what prefetches have loaded.
    pub fn with_related(cells: &'a dyn Cells, related: &'a Related) -> Self {
        Reader { cells, at: 0, sent: cells.as_sent(), related }
    }

    /// The bytes of the next cell.
    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let at = self.at;
        self.at += 1;
        match &mut self.sent {
            Some(sent) => next_cell(sent),
            None => self.cells.cell(at),
        }
    }

    /// The next cell as a column type.
    ///
    /// # Errors
    ///
    /// When the cell holds no such value.
    #[inline]
    pub fn column<T: Column>(&mut self) -> Decoded<T> {
        let column = self.at;
        let value = match self.next() {
            Some(raw) => T::decode(raw),
            None => T::decode_null(),
        };
        value.map_err(|error| Box::new(DecodeError { column, error }))
    }

    /// The bytes of the cell `ahead` of the next one.
    pub fn peek(&self, ahead: usize) -> Option<&'a [u8]> {
        self.cells.cell(self.at + ahead)
    }

    /// The bytes of a cell by its position in the whole row.
    pub fn cell(&self, index: usize) -> Option<&'a [u8]> {
        self.cells.cell(index)
    }

    /// All cells of the row.
    pub(crate) fn cells(&self) -> &'a dyn Cells {
        self.cells
    }

    /// The position of the next cell in the whole row.
    pub(crate) fn place(&self) -> usize {
        self.at
    }

    /// What the server calls the columns; nothing where it is not known.
    pub(crate) fn names(&self) -> Vec<&'a str> {
        let columns = (0..).map_while(|index| self.cells.described(index));
        columns.map(|column| column.name).collect()
    }

    /// Passes over cells.
    pub fn skip(&mut self, cells: usize) {
        self.at += cells;
        if let Some(sent) = &mut self.sent {
            for _ in 0..cells {
                next_cell(sent);
            }
        }
    }

    /// Another reader at the same cell.
    pub(crate) fn fork(&self) -> Reader<'a> {
        Reader { cells: self.cells, at: self.at, sent: self.sent, related: self.related }
    }

    /// What the prefetch of a slot has loaded.
    pub fn related(&self, slot: usize) -> Option<&'a Group> {
        self.related.get(slot)
    }

    /// An error about the cell before the reader.
    pub fn error(&self, message: impl Into<CellError>) -> Box<DecodeError> {
        Box::new(DecodeError { column: self.at.saturating_sub(1), error: message.into() })
    }
}

/// Turns the cells of a row into a value. Static within a selection, one dynamic call per row.
pub trait RowDecoder: Send + Sync + 'static {
    /// The value.
    type Out;
    /// Reads the cells that the selection of this decoder has asked for.
    ///
    /// # Errors
    ///
    /// When a cell holds something else than the model says.
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<Self::Out>;
}

/// Reads one column.
pub struct ColumnDecoder<T>(PhantomData<fn() -> T>);

impl<T> Default for ColumnDecoder<T> {
    fn default() -> Self {
        ColumnDecoder(PhantomData)
    }
}

impl<T: Column> RowDecoder for ColumnDecoder<T> {
    type Out = T;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<T> {
        reader.column()
    }
}

/// Reads by a function: what generated code offers for a whole model.
pub struct FnDecoder<T>(pub fn(&mut Reader<'_>) -> Decoded<T>);

impl<T: 'static> RowDecoder for FnDecoder<T> {
    type Out = T;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<T> {
        (self.0)(reader)
    }
}

/// The erased decoder of a query set's rows.
pub enum Decoder<O> {
    /// A plain function, as for whole models.
    Fn(fn(&mut Reader<'_>) -> Decoded<O>),
    /// Anything else.
    Dyn(Arc<dyn RowDecoder<Out = O>>),
}

impl<O> Clone for Decoder<O> {
    fn clone(&self) -> Self {
        match self {
            Decoder::Fn(f) => Decoder::Fn(*f),
            Decoder::Dyn(d) => Decoder::Dyn(d.clone()),
        }
    }
}

impl<O: 'static> Decoder<O> {
    /// Erases a decoder.
    pub fn new(decoder: impl RowDecoder<Out = O>) -> Self {
        Decoder::Dyn(Arc::new(decoder))
    }

    /// Reads a row.
    ///
    /// # Errors
    ///
    /// When a cell holds something else than the model says.
    #[inline]
    pub fn decode(&self, reader: &mut Reader<'_>) -> Decoded<O> {
        match self {
            Decoder::Fn(f) => f(reader),
            Decoder::Dyn(d) => d.decode(reader),
        }
    }

    /// A decoder that reads one more element and appends it to the row.
    pub fn with<D: RowDecoder>(self, next: D) -> Decoder<O::With<D::Out>>
    where
        O: Row,
        D::Out: 'static,
    {
        Decoder::new(Appended { row: self, next })
    }
}

struct Appended<O, D> {
    row: Decoder<O>,
    next: D,
}

impl<O: Row + 'static, D: RowDecoder> RowDecoder for Appended<O, D>
where
    D::Out: 'static,
{
    type Out = O::With<D::Out>;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<Self::Out> {
        let row = self.row.decode(reader)?;
        Ok(row.with(self.next.decode(reader)?))
    }
}

/// A row to which one more element can be appended: `Book` becomes `(Book, i64)`.
#[diagnostic::on_unimplemented(
    message = "nothing can be appended to rows of `{Self}`",
    label = "this row is finished",
    note = "`row!` ends the chain: add what is missing inside of it"
)]
pub trait Row: Sized {
    /// The row with one more element.
    type With<U: 'static>: 'static;
    /// Appends an element.
    fn with<U: 'static>(self, element: U) -> Self::With<U>;
}

#[diagnostic::do_not_recommend]
impl<T: Single> Row for T {
    type With<U: 'static> = (T, U);
    fn with<U: 'static>(self, element: U) -> (T, U) {
        (self, element)
    }
}

macro_rules! tuple_rows {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($t: 'static),*> Row for ($($t,)*) {
            type With<Next: 'static> = ($($t,)* Next,);
            #[allow(non_snake_case)]
            fn with<Next: 'static>(self, element: Next) -> Self::With<Next> {
                let ($($t,)*) = self;
                ($($t,)* element,)
            }
        }
    };
}

macro_rules! tuple_decoders {
    ($($t:ident)*) => {
        impl<$($t: RowDecoder),*> RowDecoder for ($($t,)*) {
            type Out = ($($t::Out,)*);
            #[allow(non_snake_case)]
            fn decode(&self, reader: &mut Reader<'_>) -> Decoded<Self::Out> {
                let ($($t,)*) = self;
                Ok(($($t.decode(reader)?,)*))
            }
        }
    };
}

tuples!(tuple_decoders);
tuples_to_15!(tuple_rows);
