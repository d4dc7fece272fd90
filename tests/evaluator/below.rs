//! Nested query sets: what is asked of the rows of another query.

use super::build::{Around, list, orderings};
use super::expressions;
use super::rows::{BelowCells, Cells, select_below};
use super::spec::{Call, Ex, Ty};
use super::walk::{At, Below, Root};
use orm::prelude::*;
use orm_core::queryset::{Element, Nested, NestedRow};

/// What a nested query returns: the rows below, or what is selected of them.
pub enum Output<M: Model, P> {
    Rows(Nested<M, P, P>),
    Values(Nested<M, Cells, P>),
    Grouped(Nested<M, (Cells, Cells), P>),
}

/// Rows that can be nested, with how their parts are read.
pub trait Rows<M: Root>: NestedRow {
    fn below(paths: &Self::Paths<M>) -> Below<M>;
}

impl<M: Root> Rows<M> for M {
    fn below(paths: &<M as Element>::Paths<M>) -> Below<M> {
        Below { row: Some(M::paths_below(paths)), cells: Vec::new() }
    }
}

impl<M: Root> Rows<M> for (M, Cells) {
    fn below((row, cells): &(<M as Element>::Paths<M>, BelowCells<M>)) -> Below<M> {
        Below { row: Some(M::paths_below(row)), cells: cells.0.clone() }
    }
}

impl<M: Root> Rows<M> for (Cells, Cells) {
    fn below((one, two): &(BelowCells<M>, BelowCells<M>)) -> Below<M> {
        Below { row: None, cells: [one.0.clone(), two.0.clone()].concat() }
    }
}

/// One call on a nested query.
pub fn called<M: Root, P: Rows<M>>(
    set: Output<M, P>,
    call: &Call,
    types: &[Vec<Ty>],
    around: Around<'_>,
) -> Output<M, P> {
    select_below(types.to_vec());
    match (call, set) {
        (Call::Values(exprs), Output::Rows(set)) => Output::Values(
            set.values(|row: &P::Paths<M>| list(exprs, &P::below(row) as &dyn At<M>, around)),
        ),
        (Call::Annotate(exprs), Output::Values(set)) => Output::Grouped(
            set.annotate(|row: &P::Paths<M>| list(exprs, &P::below(row) as &dyn At<M>, around)),
        ),
        (call, Output::Rows(set)) => Output::Rows(kept(set, call, around)),
        (call, Output::Values(set)) => Output::Values(kept(set, call, around)),
        (call, Output::Grouped(set)) => Output::Grouped(kept(set, call, around)),
    }
}

/// A call after which the rows have the same type.
fn kept<M: Root, O, P: Rows<M>>(
    set: Nested<M, O, P>,
    call: &Call,
    around: Around<'_>,
) -> Nested<M, O, P> {
    match call {
        Call::Filter(cond) => {
            set.filter(|row: &P::Paths<M>| expressions::condition(cond, &P::below(row), around))
        }
        Call::Exclude(cond) => {
            set.exclude(|row: &P::Paths<M>| expressions::condition(cond, &P::below(row), around))
        }
        Call::OrderBy(by) => {
            set.order_by(|row: &P::Paths<M>| orderings(by, &P::below(row) as &dyn At<M>, around))
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
    types: &[Vec<Ty>],
) -> orm::Result<Cells> {
    select_below(types.to_vec());
    let list = |row: &P::Paths<M>| list(exprs, &P::below(row) as &dyn At<M>, None);
    let total = match set {
        Output::Rows(set) => set.aggregate(db, list),
        Output::Values(set) => set.aggregate(db, list),
        Output::Grouped(set) => set.aggregate(db, list),
    };
    total.await
}
