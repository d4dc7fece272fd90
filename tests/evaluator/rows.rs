//! Rows whose number of cells is known at run time: what random selections return.

use super::spec::{Ty, Val};
use super::walk::{E, Root};
use orm::prelude::*;
use orm_core::column::Single;
use orm_core::queryset::{AtPlace, Beside, Element, Place};
use orm_core::row::{Decoded, Reader, RowDecoder};
use orm_core::select::Selection;
use std::cell::RefCell;
use std::collections::VecDeque;

/// Some cells of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Cells(pub Vec<Val>);

impl Single for Cells {}

/// A selection of expressions.
pub struct List<R>(pub Vec<E<R>>);

/// What is none among them is `Error::Usage`, which is asked for too.
impl<R> orm::Totals for List<R> {
    type Is = ();
}

impl<R: Model> orm::Selects<R> for List<R> {
    type Out = Cells;
    type Decoder = CellsDecoder;
    fn selects(self, into: &mut Selection<'_>) -> CellsDecoder {
        let types = self.0.into_iter().map(|expr| match expr {
            E::I16(expr) => (into.column(expr), Ty::I16).1,
            E::I32(expr) => (into.column(expr), Ty::I32).1,
            E::I64(expr) => (into.column(expr), Ty::I64).1,
            E::Text(expr) => (into.column(expr), Ty::Text).1,
            E::Bool(expr) => (into.column(expr), Ty::Bool).1,
            E::Decimal(expr) => (into.column(expr), Ty::Decimal).1,
            E::Date(expr) => (into.column(expr), Ty::Date).1,
        });
        CellsDecoder(types.collect())
    }
}

/// Reads cells of these types.
pub struct CellsDecoder(Vec<Ty>);

impl RowDecoder for CellsDecoder {
    type Out = Cells;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<Cells> {
        let mut cells = Vec::with_capacity(self.0.len());
        for ty in &self.0 {
            cells.push(match ty {
                Ty::I16 => number(reader.column::<Option<i16>>()?),
                Ty::I32 => number(reader.column::<Option<i32>>()?),
                Ty::I64 => number(reader.column::<Option<i64>>()?),
                Ty::Text => reader.column::<Option<String>>()?.map_or(Val::Null, Val::Text),
                Ty::Bool => reader.column::<Option<bool>>()?.map_or(Val::Null, Val::Bool),
                Ty::Decimal => reader.column::<Option<Decimal>>()?.map_or(Val::Null, hundredths),
                Ty::Date => reader.column::<Option<NaiveDate>>()?.map_or(Val::Null, Val::Date),
            });
        }
        Ok(Cells(cells))
    }
}

thread_local! {
    /// The types of the cells that the query below selects, in the order in which they are asked for.
    static BELOW: RefCell<VecDeque<Vec<Ty>>> = const { RefCell::new(VecDeque::new()) };
}

/// Says what the next query below selects.
pub fn select_below(types: Vec<Vec<Ty>>) {
    BELOW.with(|below| *below.borrow_mut() = types.into());
}

impl Element for Cells {
    type Member = ();
    type Paths<R: Model> = BelowCells<R>;
    type Missing<R: Model> = BelowCells<R>;
}

/// The cells of a nested query's row.
pub struct BelowCells<R>(pub Vec<E<R>>);

impl<R> Beside for BelowCells<R> {
    type With<U> = (Self, U);
    fn beside<U>(self, element: U) -> (Self, U) {
        (self, element)
    }
}

impl<R: Model> AtPlace for BelowCells<R> {
    fn at_place(place: &mut Place<'_>) -> Self {
        let types = BELOW.with(|below| below.borrow_mut().pop_front()).unwrap_or_default();
        let cells = types.into_iter().map(|ty| match ty {
            Ty::I16 => E::I16(AtPlace::at_place(place)),
            Ty::I32 => E::I32(AtPlace::at_place(place)),
            Ty::I64 => E::I64(AtPlace::at_place(place)),
            Ty::Text => E::Text(AtPlace::at_place(place)),
            Ty::Bool => E::Bool(AtPlace::at_place(place)),
            Ty::Decimal => E::Decimal(AtPlace::at_place(place)),
            Ty::Date => E::Date(AtPlace::at_place(place)),
        });
        BelowCells(cells.collect())
    }
}

fn number<N: Into<i64>>(number: Option<N>) -> Val {
    number.map_or(Val::Null, |number| Val::Int(number.into()))
}

fn hundredths(decimal: Decimal) -> Val {
    let mut decimal = decimal;
    decimal.rescale(2);
    Val::Decimal(decimal.mantissa() as i64)
}

/// A row as the cells that are compared: of a whole model its key.
pub trait Flat {
    fn flat(self) -> Vec<Val>;
}

impl<M: Root> Flat for M {
    fn flat(self) -> Vec<Val> {
        vec![Val::Int(self.key())]
    }
}

impl Flat for NaiveDate {
    fn flat(self) -> Vec<Val> {
        vec![Val::Date(self)]
    }
}

impl Flat for Cells {
    fn flat(self) -> Vec<Val> {
        self.0
    }
}

impl<A: Flat> Flat for (A, Cells) {
    fn flat(self) -> Vec<Val> {
        [self.0.flat(), self.1.0].concat()
    }
}

/// A row beside one that may be missing, with a mark where it is there.
impl<A: Flat> Flat for (A, Option<Cells>) {
    fn flat(self) -> Vec<Val> {
        let there = self.1.map(|cells| [cells.0, vec![Val::Bool(true)]].concat());
        [self.0.flat(), there.unwrap_or_default()].concat()
    }
}

impl<A: Flat> Flat for (A, Cells, Cells) {
    fn flat(self) -> Vec<Val> {
        [self.0.flat(), self.1.0, self.2.0].concat()
    }
}
