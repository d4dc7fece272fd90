//! Typed expressions: thin wrappers of [`Node`]s that carry what the compiler must check.

mod aggregates;
pub mod arithmetic;
mod arrays;
mod assign;
mod between;
#[cfg(feature = "bigdecimal")]
mod big;
mod columns;
mod compare;
mod condition;
mod conditional;
mod contain;
mod convert;
mod custom;
mod dates;
mod extend;
mod find;
mod functions;
mod into_expr;
mod json;
mod json_build;
mod keyed;
mod ltree;
mod members;
#[doc(hidden)]
pub mod mistakes;
mod multiranges;
mod numbers;
mod operators;
mod order;
mod ordered_sets;
mod param;
mod ranges;
mod raw;
mod search;
mod statistics;
mod subquery;
mod subquery_totals;
mod text;
mod text_functions;
mod trigrams;
#[cfg(feature = "vector")]
mod vectors;
mod window;
mod years;

pub use aggregates::{IsAggregate, Summable, count_all};
pub(crate) use arrays::array_of_query;
pub use arrays::{Array, Indexed, IntoArray, Sliced};
pub use assign::{Assignment, Assignments, FitsNull, IntoColumn, IsOwn, NullFits};
pub use between::Between;
#[doc(hidden)]
pub use columns::AsColumns;
pub use columns::Columns;
pub(crate) use columns::places_of;
pub use condition::{Boolean, Condition, Connected, Q};
pub(crate) use condition::{Hosts, Same};
pub use conditional::{Alternatives, Case, CaseStart, Pieces};
pub use conditional::{case, coalesce, concat, greatest, least, nullif};
pub use contain::{Contained, Container, Overlapping};
pub use convert::Cast;
#[doc(hidden)]
pub use custom::{Function, argument, call, call_aggregate};
pub use dates::{Daily, Dated, Epoch, Instant, Lasting, Moment, Temporal, Timed};
pub use extend::{lookup, transform};
pub use find::{FindBy, Found};
pub use functions::{now, pi, random, random_uuid, transaction_now};
pub use into_expr::{AsExpr, Fits, IntoExpr, value};
pub use json::Document;
pub use json_build::{JsonItems, JsonPairs, JsonPath, json_array, json_object};
pub use keyed::{Keyed, TextMap};
pub use ltree::LabelPath;
pub use members::{IntoMembers, Iterated, Mixed, Queried};
pub use numbers::{Integer, Number};
pub use operators::{Calculated, Signed};
pub use order::{MayBeNull, Ordering, Orderings};
pub use ordered_sets::{Continuous, Fractions};
pub use param::{IntoParam, Param};
pub use ranges::{AnyRange, InRange, PointOrRange};
pub use raw::{RawArgument, RawArguments, RawExpr, raw_expr};
pub use search::{
    AsSearchQuery, CombinedQuery, IntoSearchQuery, SearchConfig, SearchQuery, SearchTexts,
    SearchVector, Searched, Weighted, search_headline, search_query, search_rank, search_vector,
};
pub use subquery::{Subquery, exists, outer_ref, subquery};
pub(crate) use subquery_totals::items_of_query;
pub use subquery_totals::{
    ComparedRows, array_subquery, subquery_avg, subquery_count, subquery_max, subquery_min,
    subquery_sum,
};
pub use text::Text;
pub use text_functions::LowerUpper;
#[cfg(feature = "vector")]
pub use vectors::Numbers;
pub use window::{
    FrameOffset, FrameRange, Over, Shifted, Window, WindowFunction, cume_dist, dense_rank,
    first_value, lag, last_value, lead, nth_value, ntile, percent_rank, rank, row_number, window,
};

use crate::column::{Column, Nullness};
use crate::ir::{FieldMeta, Node, PathBuf};
use crate::model::{Agg, Cardinality, Computed, Model, Path};
use orm_sql::ast::Template;
use std::marker::PhantomData;

/// An expression over the rows of `R` that holds a `T`.
///
/// `K` says what it is: a column reached in one of the ways of [`crate::model::Cardinality`]
/// ([`Field`]), something [`Computed`], or an [`Aggregate`].
#[must_use = "an expression does nothing by itself: join conditions by `&` and `|`, and return what is wanted"]
pub struct Expr<R, T, K = Computed> {
    node: Node,
    types: Types<R, T, K>,
}

type Types<R, T, K> = PhantomData<fn() -> (R, T, K)>;

/// A column.
pub type Field<R, T, K> = Expr<R, T, K>;

/// An aggregate, which alone has `filter`, `distinct`, `order_by` and `default`.
pub type Aggregate<R, T> = Expr<R, T, Agg>;

/// Whether an expression of this type reached in this way can be NULL.
pub type NullOf<T, K> = <<K as Cardinality>::Null as Nullness>::Or<<T as Column>::Null>;

/// What an expression is selected as: an `Option` where it can be NULL.
pub type SelectedAs<T, K> = <NullOf<T, K> as Nullness>::Wrap<<T as Column>::Inner>;

/// `U`, or `Option<U>` where an expression of this type reached in this way can be NULL.
pub type Like<T, K, U> = <NullOf<T, K> as Nullness>::Wrap<U>;

/// `U`, or `Option<U>` where the first or the second can be NULL.
pub type Either<A, B, U> = <<A as Nullness>::Or<B> as Nullness>::Wrap<U>;

/// What a function of an expression and of others gives: `N` says whether those can be NULL.
pub type Applied<R, T, K, N, U> = Expr<R, Either<NullOf<T, K>, N, U>>;

/// The condition that a lookup makes: it can be NULL where the expression or the value can.
pub type Lookup<R, T, K, N> = Expr<R, Either<NullOf<T, K>, N, bool>>;

impl<R, T, K> Expr<R, T, K> {
    /// Gives a node its types. For generated code and extensions of the library.
    ///
    /// Expressions are made here only. What is nested too deeply becomes one that is reported as a
    /// mistake when the query is compiled.
    #[doc(hidden)]
    #[inline]
    pub fn from_node(node: Node) -> Self {
        let mut expr = Expr { node, types: PhantomData };
        expr.node.bound();
        expr
    }

    /// The untyped expression.
    #[doc(hidden)]
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// The untyped expression.
    #[doc(hidden)]
    pub fn into_node(self) -> Node {
        self.node
    }
}

impl<R, T, K> Expr<R, T, K> {
    /// A function of this alone.
    fn apply<U>(&self, function: &'static Template) -> Expr<R, U> {
        self.apply_to(function, [])
    }

    /// A function of this and others.
    fn apply_to<U, const N: usize>(
        &self,
        function: &'static Template,
        others: [Node; N],
    ) -> Expr<R, U> {
        let mut args = Vec::with_capacity(N + 1);
        args.push(self.node.clone());
        args.extend(others);
        Expr::from_node(Node::template(function, args))
    }
}

impl<R: Model, T: Column, K: Cardinality> Field<R, T, K> {
    /// The column of a field at the end of a path.
    #[doc(hidden)]
    pub fn column(path: &PathBuf, field: &'static FieldMeta) -> Self {
        Expr { node: Node::Column { path: path.clone(), field }, types: PhantomData }
    }
}

impl<R, K> Path<R, K> {
    /// The column of a field at the end of the path; what generated accessors call. That `T` is a
    /// column type was asked where its metadata was made.
    #[doc(hidden)]
    pub fn column<T>(&self, field: &'static FieldMeta) -> Expr<R, T, K> {
        let path = PathBuf::clone(self);
        Expr { node: Node::Column { path, field }, types: PhantomData }
    }
}

impl<R, T, K> Clone for Expr<R, T, K> {
    fn clone(&self) -> Self {
        Expr { node: self.node.clone(), types: PhantomData }
    }
}

impl<R, T, K> std::fmt::Debug for Expr<R, T, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.node.fmt(f)
    }
}

impl<R, T> From<Aggregate<R, T>> for Expr<R, T> {
    fn from(aggregate: Aggregate<R, T>) -> Self {
        Expr::from_node(aggregate.node)
    }
}
