//! Set operations, joins with query sets and statements of WITH, through the public API.

use super::below::Output;
use super::beside::types_after;
use super::build::{Set, query_set, with_model};
use super::expressions::condition;
use super::rows::{BelowCells, Cells, select_below};
use super::spec::{Call, Cond, Query, Sets, Ty};
use super::walk::{Below, Root};
use orm::prelude::*;
use orm_core::ir;
use orm_core::queryset::RowSource;
use orm_core::row::Decoder;

/// Cells of any query: of one type, whatever model they are of.
pub struct Given(ir::Query, Decoder<Cells>);

impl RowSource for Given {
    type Row = Cells;
    fn into_source(self) -> (ir::Query, Decoder<Cells>) {
        (self.0, self.1)
    }
}

/// The cells of a query.
fn given(query: &Query) -> Given {
    with_model!(query.model, N => {
        let Some(set) = cells(query_set::<N>(query, None)) else { panic!("a query of cells") };
        let (query, decoder) = RowSource::<()>::into_source(set);
        Given(query, decoder)
    })
}

fn cells<M: Root>(set: Set<M>) -> Option<QuerySet<M, Cells>> {
    Some(match set {
        Set::Values(q) => q,
        Set::OfValues(Output::Rows(q)) => (*q).clone(),
        Set::OfValues(Output::Values(q)) => (*q).clone(),
        _ => return None,
    })
}

/// A call after which the rows so far are those of a query below. `types`: what they have.
pub fn stepped<M: Root>(set: Set<M>, step: &Call, types: Vec<Vec<Ty>>) -> Set<M> {
    if *step == Call::Nested {
        select_below(types.clone());
    }
    match (set, step) {
        (Set::Annotated(q), Call::Nested) => Set::OfAnnotated(Output::Rows(q.nested())),
        (Set::Grouped(q), Call::Nested) => Set::OfGrouped(Output::Rows(q.nested())),
        (Set::Rows(q), step) => of_rows(q, step, types),
        (Set::OfRows(Output::Rows(q)), step) => of_rows((*q).clone(), step, types),
        (set, step) => match cells(set) {
            Some(q) => of_cells(q, step, types),
            None => panic!("rows of such a type do not stand below"),
        },
    }
}

/// Two query sets of one type as one.
macro_rules! put_together {
    ($sets:expr, $one:expr, $two:expr) => {
        match $sets {
            Sets::Union => $one.union($two),
            Sets::UnionAll => $one.union_all($two),
            Sets::Intersection => $one.intersection($two),
            Sets::Difference => $one.difference($two),
        }
    };
}

fn of_rows<M: Root>(q: QuerySet<M>, step: &Call, mut types: Vec<Vec<Ty>>) -> Set<M> {
    match step {
        Call::Together(sets, other) => {
            let other = match query_set::<M>(other, None) {
                Set::Rows(other) => other,
                Set::OfRows(Output::Rows(other)) => (*other).clone(),
                _ => panic!("whole rows are put together"),
            };
            Set::OfRows(Output::Rows(put_together!(sets, q, other)))
        }
        Call::Join(join) => {
            let rows = given(&join.rows);
            types.extend(types_after(&join.rows.calls));
            select_below(types);
            match join.left {
                true => Set::OfLeft(Output::Rows(M::left_joined(q, rows, &join.on))),
                false => Set::OfAnnotated(Output::Rows(M::joined(q, rows, &join.on))),
            }
        }
        Call::With(None) => Set::OfRows(Output::Rows(q.cte("before").objects())),
        _ => Set::OfRows(Output::Rows(q.nested())),
    }
}

fn of_cells<M: Root>(q: QuerySet<M, Cells>, step: &Call, types: Vec<Vec<Ty>>) -> Set<M> {
    let on = |on: &Cond, one: &BelowCells<M>, two: &BelowCells<M>| {
        let cells = [one.0.clone(), two.0.clone()].concat();
        condition(on, &Below { row: None, cells }, None)
    };
    match step {
        Call::Together(sets, other) => {
            let other = given(other);
            select_below(types);
            Set::OfValues(Output::Rows(put_together!(sets, q, other)))
        }
        Call::Join(join) => {
            let rows = given(&join.rows);
            select_below([types, types_after(&join.rows.calls)].concat());
            let on = |one: &BelowCells<M>, two: &BelowCells<M>| on(&join.on, one, two);
            Set::OfGrouped(Output::Rows(q.join(rows, on)))
        }
        Call::With(None) => {
            select_below(types);
            Set::OfValues(Output::Rows(q.cte("before").objects()))
        }
        Call::With(Some(same)) => {
            let before = q.cte("before");
            select_below([types.clone(), types.clone(), types].concat());
            let on = |one: &BelowCells<M>, two: &BelowCells<M>| on(same, one, two);
            Set::OfGrouped(Output::Rows(before.objects().join(&before, on)))
        }
        _ => Set::OfValues(Output::Rows(q.nested())),
    }
}
