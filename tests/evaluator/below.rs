//! Nested query sets: what is asked of the rows of another query.

use super::build::{Around, list, orderings};
use super::expressions;
use super::rows::{BelowCells, Cells};
use super::spec::{Call, Ex};
use super::walk::{At, Below, Root};
use orm::prelude::*;
use orm_core::queryset::{Element, Nested};

/// What a nested query returns: the rows below, or what is selected of them.
pub enum Output<M: Root, O: Rows<M>> {
    Rows(Nested<M, O, O::Row>),
    Values(Nested<M, Cells, O::Row>),
    Grouped(Nested<M, (Cells, Cells), O::Row>),
}

/// Rows that can be nested, with how their parts are read.
pub trait Rows<M: Root> {
    /// What closures receive for one.
    type Row;
    fn below(paths: &Self::Row) -> Below<M>;
}

impl<M: Root> Rows<M> for M {
    type Row = <M as Element>::Paths<M>;
    fn below(paths: &<M as Element>::Paths<M>) -> Below<M> {
        Below { row: Some(M::paths_below(paths)), cells: Vec::new() }
    }
}

impl<M: Root> Rows<M> for (M, Cells) {
    type Row = (<M as Element>::Paths<M>, BelowCells<M>);
    fn below((row, cells): &(<M as Element>::Paths<M>, BelowCells<M>)) -> Below<M> {
        Below { row: Some(M::paths_below(row)), cells: cells.0.clone() }
    }
}

impl<M: Root> Rows<M> for (M, Option<Cells>) {
    type Row = (<M as Element>::Paths<M>, BelowCells<M>);
    fn below(row: &Self::Row) -> Below<M> {
        <(M, Cells) as Rows<M>>::below(row)
    }
}

impl<M: Root> Rows<M> for Cells {
    type Row = BelowCells<M>;
    fn below(cells: &BelowCells<M>) -> Below<M> {
        Below { row: None, cells: cells.0.clone() }
    }
}

impl<M: Root> Rows<M> for (Cells, Cells) {
    type Row = (BelowCells<M>, BelowCells<M>);
    fn below((one, two): &(BelowCells<M>, BelowCells<M>)) -> Below<M> {
        Below { row: None, cells: [one.0.clone(), two.0.clone()].concat() }
    }
}

/// One call on a nested query.
pub fn called<M: Root, P: Rows<M>>(
    set: Output<M, P>,
    call: &Call,
    around: Around<'_>,
) -> Output<M, P> {
    match (call, set) {
        (Call::Values(exprs), Output::Rows(set)) => Output::Values(
            set.values(|row: &P::Row| list(exprs, &P::below(row) as &dyn At<M>, around)),
        ),
        (Call::Annotate(exprs), Output::Values(set)) => Output::Grouped(
            set.annotate(|row: &P::Row| list(exprs, &P::below(row) as &dyn At<M>, around)),
        ),
        (call, Output::Rows(set)) => Output::Rows(kept::<M, P, P>(set, call, around)),
        (call, Output::Values(set)) => Output::Values(kept::<M, Cells, P>(set, call, around)),
        (call, Output::Grouped(set)) => {
            Output::Grouped(kept::<M, (Cells, Cells), P>(set, call, around))
        }
    }
}

/// A call after which the rows have the same type.
fn kept<M: Root, O, P: Rows<M>>(
    set: Nested<M, O, P::Row>,
    call: &Call,
    around: Around<'_>,
) -> Nested<M, O, P::Row> {
    match call {
        Call::Filter(cond) => {
            set.filter(|row: &P::Row| expressions::condition(cond, &P::below(row), around))
        }
        Call::Exclude(cond) => {
            set.exclude(|row: &P::Row| expressions::condition(cond, &P::below(row), around))
        }
        Call::OrderBy(by) => {
            set.order_by(|row: &P::Row| orderings(by, &P::below(row) as &dyn At<M>, around))
        }
        Call::Reverse => set.reverse(),
        Call::Distinct => set.distinct(),
        Call::Slice(Some(limit), offset) => set.slice(*offset..offset + limit),
        Call::Slice(None, offset) => set.slice(*offset..),
        call => panic!("{call:?} on a nested query"),
    }
}

/// Aggregates over all rows of a nested query.
pub async fn total<M: Root, P: Rows<M>>(
    set: &Output<M, P>,
    db: &Database,
    exprs: &[Ex],
) -> orm::Result<Cells> {
    let list = |row: &P::Row| list(exprs, &P::below(row) as &dyn At<M>, None);
    let total = match set {
        Output::Rows(set) => set.aggregate(db, list),
        Output::Values(set) => set.aggregate(db, list),
        Output::Grouped(set) => set.aggregate(db, list),
    };
    total.await
}
