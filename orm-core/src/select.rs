//! What closures of `values`, `annotate` and `select_related` may return.

mod dynrow;
mod kinds;
mod subtotals;
mod view;

pub use dynrow::{DynRow, DynValue, Named, named};
#[doc(hidden)]
pub use kinds::KindDecoder;
pub use subtotals::{
    GroupKeys, GroupSet, Grouped, Subtotals, cube, group_of, group_of_all, grouping, grouping_sets,
    rollup,
};
pub use view::{ViewRow, ViewValue};

use crate::column::Column;
use crate::execute::Plan;
use crate::expr::{Expr, RawExpr, SelectedAs};
use crate::ir::{GroupSets, Node, PathBuf, Query, Selected};
use crate::model::{
    Agg, Cardinality, Computed, FarOne, FarOpt, Fields, Headlined, Model, One, Opt, Ranked, ToOne,
    Vectored,
};
use crate::row::{ColumnDecoder, Decoded, Reader, RowDecoder};
use orm_sql::value::SqlType;
use std::marker::PhantomData;
use std::sync::Arc;

/// Collects what is selected, while the decoder that will read it is put together.
pub struct Selection<'q> {
    query: &'q mut Query,
    prefetches: &'q mut Vec<Arc<Plan>>,
}

impl<'q> Selection<'q> {
    /// A selection that adds to a query.
    pub(crate) fn new(query: &'q mut Query, prefetches: &'q mut Vec<Arc<Plan>>) -> Self {
        Selection { query, prefetches }
    }

    /// Selects one expression.
    pub fn column<T: Column, R, K>(&mut self, expr: Expr<R, T, K>) {
        self.node(expr.into_node(), T::SQL_TYPE);
    }

    /// Selects all columns of the model at the end of a path.
    pub(crate) fn model(&mut self, path: PathBuf) {
        self.query.select.push(Selected::Model(path));
    }

    /// Selects an untyped expression.
    pub(crate) fn node(&mut self, node: Node, sql_type: SqlType) {
        self.query.select.push(Selected::Expr(node, sql_type));
    }

    /// Groups what is selected with subtotals.
    pub(crate) fn group_sets(&mut self, sets: GroupSets) {
        self.query.sets.push(sets);
    }

    /// How many cells are selected so far.
    pub(crate) fn width(&self) -> usize {
        self.query.width()
    }

    /// The cell of an expression that is selected already.
    pub(crate) fn place_of(&self, node: &Node, sql_type: SqlType) -> Option<usize> {
        self.query.place_of(node, sql_type)
    }

    /// Remembers a mistake.
    pub(crate) fn fail(&mut self, message: &str) {
        self.query.fail(|| message.to_owned());
    }

    /// Asks for a prefetch, and returns its slot.
    pub(crate) fn prefetch(&mut self, plan: Plan) -> usize {
        self.prefetches.push(Arc::new(plan));
        self.prefetches.len() - 1
    }
}

/// What can be selected from the rows of `R`: expressions, to-one models, tuples, `row!`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected from these rows",
    label = "expected a column, an expression, a to-one relation, a tuple of them, or `row!`",
    note = "to-many relations are loaded by `prefetch_related`, or counted: `b.tags().count()`; a plain value is \
            `value(…)`, and a `case` ends by `.otherwise(…)` or `.otherwise_null()`"
)]
pub trait Select<R: Model> {
    /// What a row holds for it.
    type Out: Send + 'static;
    /// What reads it.
    type Decoder: RowDecoder<Out = Self::Out>;
    /// Adds it to a selection.
    fn select(self, into: &mut Selection<'_>) -> Self::Decoder;
}

impl<R: Model, X: Selects<R>> Select<R> for X {
    type Out = X::Out;
    type Decoder = X::Decoder;
    fn select(self, into: &mut Selection<'_>) -> Self::Decoder {
        self.selects(into)
    }
}

/// What [`Select`] is implemented for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected from these rows",
    label = "expected a column, an expression, a to-one relation, a tuple of them, or `row!`",
    note = "to-many relations are loaded by `prefetch_related`, or counted: `b.tags().count()`; a plain value is \
            `value(…)`, and a `case` ends by `.otherwise(…)` or `.otherwise_null()`"
)]
#[doc(hidden)]
pub trait Selects<R: Model> {
    /// What a row holds for it.
    type Out: Send + 'static;
    /// What reads it.
    type Decoder: RowDecoder<Out = Self::Out>;
    /// Adds it to a selection.
    fn selects(self, into: &mut Selection<'_>) -> Self::Decoder;
}

#[diagnostic::do_not_recommend]
impl<R: Model, T: Column, K: Cardinality> Selects<R> for Expr<R, T, K> {
    type Out = SelectedAs<T, K>;
    type Decoder = ColumnDecoder<SelectedAs<T, K>>;
    fn selects(self, into: &mut Selection<'_>) -> Self::Decoder {
        into.column(self);
        ColumnDecoder::default()
    }
}

#[diagnostic::do_not_recommend]
impl<R: Model, T: Column + Send> Selects<R> for RawExpr<T> {
    type Out = T;
    type Decoder = ColumnDecoder<T>;
    fn selects(self, into: &mut Selection<'_>) -> ColumnDecoder<T> {
        into.column(self.over::<R>());
        ColumnDecoder::default()
    }
}

/// What closures have by reference: columns in variables, and the closure's argument itself.
#[diagnostic::do_not_recommend]
impl<R: Model, X: Select<R> + Clone> Selects<R> for &X {
    type Out = X::Out;
    type Decoder = X::Decoder;
    fn selects(self, into: &mut Selection<'_>) -> Self::Decoder {
        self.clone().select(into)
    }
}

macro_rules! tuple_selects {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
impl<Root: Model, $($t: Select<Root>),*> Selects<Root> for ($($t,)*) {
            type Out = ($($t::Out,)*);
            type Decoder = ($($t::Decoder,)*);
            #[allow(non_snake_case)]
            fn selects(self, into: &mut Selection<'_>) -> Self::Decoder {
                let ($($t,)*) = self;
                ($($t.select(into),)*)
            }
        }
    };
}
tuples!(tuple_selects);

/// Reads the model at the end of a path of kind `K`.
pub struct ModelDecoder<M, K>(PhantomData<fn() -> (M, K)>);

impl<M, K> Default for ModelDecoder<M, K> {
    fn default() -> Self {
        ModelDecoder(PhantomData)
    }
}

impl<M: Model, K: Cardinality> RowDecoder for ModelDecoder<M, K> {
    type Out = K::Wrap<M>;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<K::Wrap<M>> {
        K::decode(reader)
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, R: Model, K: ToOne> Selects<R> for Fields<M, R, K> {
    type Out = K::Wrap<M>;
    type Decoder = ModelDecoder<M, K>;
    fn selects(self, into: &mut Selection<'_>) -> Self::Decoder {
        into.model(self.into_path());
        ModelDecoder::default()
    }
}

/// What `aggregate` takes of all that can be selected: aggregates, what is calculated from them, and
/// tuples and `row!` of those.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`aggregate` takes aggregates, and `{Self}` is none",
    label = "is of each row, and there is one result for all of them",
    note = "aggregate a column: `|b| b.pages().max()`, `.sum()`, `.avg()`, `.count()`; the values of rows are `.values(…).all(&db)`"
)]
pub trait Totals {
    /// What must be so.
    type Is;
}

/// What is, or may be, calculated over all rows.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`aggregate` takes aggregates, and this is a plain column",
    label = "is of each row, and there is one result for all of them",
    note = "aggregate the column: `|b| b.pages().max()`, `.sum()`, `.avg()`, `.count()`; the values of rows are `.values(…).all(&db)`"
)]
pub trait OverRows {}
#[diagnostic::do_not_recommend]
impl OverRows for Agg {}
/// What is in it is seen when the statement is made.
#[diagnostic::do_not_recommend]
impl OverRows for Computed {}
#[diagnostic::do_not_recommend]
impl OverRows for Vectored {}
#[diagnostic::do_not_recommend]
impl OverRows for Ranked {}
#[diagnostic::do_not_recommend]
impl OverRows for Headlined {}
#[diagnostic::do_not_recommend]
impl OverRows for () {}

#[diagnostic::do_not_recommend]
impl<R, T, K> Totals for Expr<R, T, K> {
    type Is = K;
}
#[diagnostic::do_not_recommend]
impl<T> Totals for RawExpr<T> {
    type Is = ();
}
#[diagnostic::do_not_recommend]
impl<X: Totals> Totals for &X {
    type Is = X::Is;
}
#[diagnostic::do_not_recommend]
impl<S: Totals, F> Totals for Mapped<S, F> {
    type Is = S::Is;
}
#[diagnostic::do_not_recommend]
impl Totals for () {
    type Is = ();
}

macro_rules! tuple_totals {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($t: Totals),*> Totals for ($($t,)*) {
            type Is = ($($t::Is,)*);
        }
        #[diagnostic::do_not_recommend]
        impl<$($t: OverRows),*> OverRows for ($($t,)*) {}
    };
}
tuples!(tuple_totals);

/// What `select_related` takes: to-one relations, and tuples of them.
#[diagnostic::on_unimplemented(
    message = "`select_related` takes to-one relations, and this is not one",
    label = "not a to-one relation of `{R}`",
    note = "a single column is added by `annotate`"
)]
pub trait RelatedRow<R: Model> {
    /// What is selected.
    type Row: Select<R>;
    /// The same as a selection.
    fn row(self) -> Self::Row;
}

/// Paths of at least one step that lead to at most one row.
#[diagnostic::on_unimplemented(
    message = "`select_related` takes to-one relations, and this path is a to-many one",
    label = "a to-many relation",
    note = "rows of to-many relations are loaded by `prefetch_related`"
)]
pub trait Joined: ToOne {}
#[diagnostic::do_not_recommend]
impl Joined for One {}
#[diagnostic::do_not_recommend]
impl Joined for Opt {}
#[diagnostic::do_not_recommend]
impl Joined for FarOne {}
#[diagnostic::do_not_recommend]
impl Joined for FarOpt {}

impl<M: Model, R: Model, K: Joined> RelatedRow<R> for Fields<M, R, K> {
    type Row = Self;
    fn row(self) -> Self {
        self
    }
}

macro_rules! tuple_related {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<Root: Model, $($t: RelatedRow<Root>),*> RelatedRow<Root> for ($($t,)*) {
            type Row = ($($t::Row,)*);
            #[allow(non_snake_case)]
            fn row(self) -> Self::Row {
                let ($($t,)*) = self;
                ($($t.row(),)*)
            }
        }
    };
}
tuples!(tuple_related);

/// What a column is not.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`select_related` loads the rows of to-one relations, and this is a column: `.annotate(|b| …)` adds it to the rows",
    label = "not a relation",
    note = "all columns of a related row come with it: `.select_related(|b| b.author())`"
)]
pub trait RowsOfRelations {}
impl<M: Model, R: Model, T: Column, K: Cardinality> RelatedRow<R> for Expr<M, T, K>
where
    (M,): RowsOfRelations,
    Self: Select<R>,
{
    type Row = Self;
    fn row(self) -> Self {
        self
    }
}

/// A selection whose row is turned into something else by a function: what `row!` makes.
#[derive(Clone)]
pub struct Mapped<S, F> {
    select: S,
    map: F,
}

/// Selects, and maps the row. `row!` expands to it.
pub fn mapped<R, S, F, O>(select: S, map: F) -> Mapped<S, F>
where
    R: Model,
    S: Select<R>,
    F: Fn(S::Out) -> O + Send + Sync + 'static,
{
    Mapped { select, map }
}

#[diagnostic::do_not_recommend]
impl<R: Model, S: Select<R>, F, O> Selects<R> for Mapped<S, F>
where
    F: Fn(S::Out) -> O + Send + Sync + 'static,
    O: Send + 'static,
{
    type Out = O;
    type Decoder = MappedDecoder<S::Decoder, F>;
    fn selects(self, into: &mut Selection<'_>) -> Self::Decoder {
        MappedDecoder { row: self.select.select(into), map: self.map }
    }
}

/// Reads a row and maps it.
pub struct MappedDecoder<D, F> {
    row: D,
    map: F,
}

impl<D: RowDecoder, F, O> RowDecoder for MappedDecoder<D, F>
where
    F: Fn(D::Out) -> O + Send + Sync + 'static,
{
    type Out = O;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<O> {
        self.row.decode(reader).map(&self.map)
    }
}

#[diagnostic::do_not_recommend]
impl<R: Model> Selects<R> for () {
    type Out = ();
    type Decoder = UnitDecoder;
    fn selects(self, _: &mut Selection<'_>) -> UnitDecoder {
        UnitDecoder
    }
}

/// Reads nothing: the end of the nested pairs that `row!` makes.
pub struct UnitDecoder;

impl RowDecoder for UnitDecoder {
    type Out = ();
    fn decode(&self, _: &mut Reader<'_>) -> Decoded<()> {
        Ok(())
    }
}
