//! Functions over windows made of their description, through the public API.

use super::build::{Around, orderings};
use super::expressions::{expression, folded, kept};
use super::spec::{By, Over, Path, Window};
use super::walk::{At, E, Root, plain};
use orm::Aggregate;
use orm::prelude::*;
use std::ops::Bound;

/// A function over a window.
pub fn over<R: Root>(window: &Window<Path>, at: &dyn At<R>, around: Around<'_>) -> E<R> {
    let arg = window.arg.as_ref().map(|ex| expression(ex, at, around));
    let rows = made(window, at, around);
    match (window.of, arg) {
        (Over::RowNumber, _) => E::I64(plain(row_number().over(&rows))),
        (Over::Rank, _) => E::I64(plain(rank().over(&rows))),
        (Over::DenseRank, _) => E::I64(plain(dense_rank().over(&rows))),
        (Over::Lag, Some(arg)) => kept!(arg, e => lag(e).over(&rows)),
        (Over::Lead, Some(arg)) => kept!(arg, e => lead(e).over(&rows)),
        (Over::FirstValue, Some(arg)) => kept!(arg, e => first_value(e).over(&rows)),
        (Over::Fold(of), Some(arg)) => {
            kept!(folded(of, arg, false, None), e => aggregate(e).over(&rows))
        }
        (of, None) => panic!("{of:?} of nothing"),
    }
}

/// An aggregate that has lost this kind.
fn aggregate<R, T>(expr: Expr<R, T>) -> Aggregate<R, T> {
    Expr::from_node(expr.into_node())
}

fn made<R: Root>(
    window: &Window<Path>,
    at: &dyn At<R>,
    around: Around<'_>,
) -> orm::expr::Window<R> {
    let partition: Vec<By> = window
        .partition
        .iter()
        .map(|key| By { key: key.clone(), desc: false, nulls_first: None })
        .collect();
    let mut made = orm::expr::window();
    if !partition.is_empty() {
        made = made.partition_by(orderings(&partition, at, around));
    }
    if !window.order.is_empty() {
        made = made.order_by(orderings(&window.order, at, around));
    }
    if let Some([start, end]) = window.rows {
        let bound = |place: Option<i64>| place.map_or(Bound::Unbounded, Bound::Included);
        made = made.rows((bound(start), bound(end)));
    }
    made
}
