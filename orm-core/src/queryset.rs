//! What users chain: a thin, typed shell around a [`Query`].

mod build;
pub(crate) mod bulk;
mod bulk_update;
mod combine;
mod combined;
mod copy;
mod cte;
mod dates;
mod element;
mod explain;
pub(crate) mod fetch;
mod function_rows;
mod insert_from;
mod join;
mod keys;
mod kinds;
pub(crate) mod load;
mod loaded;
mod lock;
#[doc(hidden)]
pub mod mistakes;
mod names;
pub(crate) mod nested;
mod nested_extremes;
mod no_model;
mod page;
mod raw;
mod refresh;
mod returning;
mod sets;
mod slice;
mod source;
mod step;
mod stream;
mod subclasses;
mod write;

#[doc(hidden)]
pub use build::WithModel;
pub use bulk::{BulkCreate, OnConflict, Upsert, Upserted};
pub use bulk_update::RowOf;
#[doc(hidden)]
pub use combined::{Combined, InCommon, Part};
pub use copy::{CopyIn, CopyOut, CopyRow, CopyWriter};
pub use cte::{Cte, Recursive, recursive};
pub use element::{AtPlace, Beside, Element, Place, Plain};
pub use explain::Explain;
#[doc(hidden)]
pub use function_rows::call_rows;
pub use function_rows::{
    Counted, FunctionRow, FunctionRows, generate_series, jsonb_array_elements, unnest,
};
pub use insert_from::{InsertFrom, OnNewRow};
pub use join::OnRows;
pub use loaded::prefetch;
pub use nested::{Nested, OnRow};
pub use no_model::NoModel;
pub use page::{NumberedPage, Page, PageToken, Paged, Paginator};
pub use raw::{
    ColumnRow, IntoRawArg, RawArg, RawColumns, RawPiece, RawQuery, RawRows, RawStatement,
    RowElement, SqlRow,
};
pub use refresh::Refresh;
pub use slice::Places;
pub use source::{RowSource, SameRows};
pub use step::StepColumn;
pub use stream::Rows;
pub use subclasses::{Kind, Subclasses};

use crate::execute::Plan;
use crate::ir::{PathBuf, Query};
use crate::model::{Fields, Model};
use crate::row::Decoder;
use std::marker::PhantomData;
use std::sync::Arc;

/// A query set on its own.
#[derive(Debug, Clone, Copy)]
pub struct Free;

/// The query set of a path: usable inside the query of `R` only.
#[derive(Debug, Clone, Copy)]
pub struct Of<R>(PhantomData<fn() -> R>);

/// The related set of an instance of `A`: what `author.books()` returns.
///
/// `F` is the field that points back, where there is one.
#[derive(Debug, Clone, Copy)]
pub struct Via<A, F = NoField>(PhantomData<fn() -> (A, F)>);

/// The related set of an instance of `A`, of rows of `M`.
pub type Related<M, A, F = NoField> = QuerySet<M, M, Via<A, F>>;

/// The related set of an instance of `A`, of the rows of `M` whose field at `P` points to it.
pub type RelatedBy<M, A, P> = Related<M, A, ByField<M, P>>;

/// The accessor of a related set, which drafts take to name it: `Author::books`.
pub type Accessor<M, C, F> = fn(&M) -> Related<C, M, F>;

/// No field: related sets over a many-to-many relation need none. `T` is the model between, where
/// the relation names one.
#[derive(Debug, Clone, Copy)]
pub struct NoField<T = ()>(PhantomData<fn() -> T>);

/// The key of a model that a related set goes by. `P` is its place among the required fields of
/// drafts, which need not be given it.
#[derive(Debug, Clone, Copy)]
pub struct ByField<M, P>(PhantomData<fn() -> (M, P)>);

/// Related sets that rows can be taken out of: their key can be NULL, or stands between.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "rows cannot be taken out of this set: their key cannot be NULL",
    label = "each row must have one",
    note = "give them another row, `.update(&db, |b| b.author().set(&other))`, or delete them; `.add(&db, …)` takes them over"
)]
pub trait Leaving {}
#[diagnostic::do_not_recommend]
impl<T> Leaving for NoField<T> {}
#[diagnostic::do_not_recommend]
impl<M> Leaving for ByField<M, crate::draft::Optional> {}

/// A lazy query over the rows of `M`.
///
/// `O` is what a row is read as: `M` itself, or a tuple once something was added to the
/// selection. `S` says where the query set stands ([`Free`], [`Via`], [`Of`]).
///
/// Nothing runs before a terminal such as [`all`](Self::all); the value can be cloned, kept and
/// sent to other threads.
#[must_use = "a query set does nothing before a terminal runs it: `.all(&db)`, `.count(&db)`, `.update(&db, …)`"]
pub struct QuerySet<M, O = M, S = Free> {
    query: Box<Query>,
    decoder: Decoder<O>,
    prefetches: Vec<Arc<Plan>>,
    types: PhantomData<fn() -> (M, S)>,
}

impl<M, O, S> Clone for QuerySet<M, O, S> {
    fn clone(&self) -> Self {
        QuerySet {
            query: self.query.clone(),
            decoder: self.decoder.clone(),
            prefetches: self.prefetches.clone(),
            types: PhantomData,
        }
    }
}

impl<M: Model, O, S> std::fmt::Debug for QuerySet<M, O, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QuerySet").field("model", &M::meta().name).finish_non_exhaustive()
    }
}

impl<M: Model, S> QuerySet<M, M, S> {
    /// A query set of models over a query.
    pub(crate) fn of_models(query: Query) -> Self {
        QuerySet {
            query: Box::new(query),
            decoder: Decoder::Fn(M::decode),
            prefetches: Vec::new(),
            types: PhantomData,
        }
    }
}

/// The untyped query.
impl<M, O, S> From<QuerySet<M, O, S>> for Query {
    fn from(set: QuerySet<M, O, S>) -> Query {
        *set.query
    }
}

impl<M: Model> QuerySet<M> {
    /// All rows of the model, past every manager.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// assert_sql!(QuerySet::<Tag>::unfiltered(), "SELECT t0.id, t0.name FROM tag AS t0");
    /// ```
    pub fn unfiltered() -> Self {
        Self::of_models(M::base_query())
    }
}

impl<M: Model, R: Model> QuerySet<M, M, Of<R>> {
    /// The rows that a path of the query of `R` leads to, through the default manager; what
    /// generated code calls.
    #[doc(hidden)]
    pub fn at(path: &PathBuf) -> Self {
        Self::of_models(M::default_query().at(path))
    }
}

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// The paths that closures receive.
    pub(crate) fn root(&self) -> Fields<M> {
        Fields::at(PathBuf::root(self.query.scope, M::meta()))
    }

    /// The untyped query.
    #[doc(hidden)]
    pub fn query(&self) -> &Query {
        &self.query
    }

    pub(crate) fn into_parts(self) -> (Query, Decoder<O>, Vec<Arc<Plan>>) {
        (*self.query, self.decoder, self.prefetches)
    }

    /// The query set with another type of rows or another place.
    pub(crate) fn with_decoder<P, T>(self, decoder: Decoder<P>) -> QuerySet<M, P, T> {
        QuerySet { query: self.query, decoder, prefetches: self.prefetches, types: PhantomData }
    }
}

/// Query sets that can be run: all but those that belong inside another query.
pub trait Runnable {
    /// Nothing. Bounds that name it have shorter messages.
    #[doc(hidden)]
    type Of;
}
#[diagnostic::do_not_recommend]
impl<S: RunsAlone> Runnable for S {
    type Of = ();
}

/// What [`Runnable`] is implemented for.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this query set belongs to a path of another query and cannot be run on its own",
    label = "only usable inside the query whose path it came from",
    note = "use it in `exists(…)`, `subquery(…)`, `prefetch_related`, or run `instance.relation()` instead; a \
            method of `#[queryset]` returns the query set, and its caller runs it"
)]
pub trait RunsAlone {}
#[diagnostic::do_not_recommend]
impl RunsAlone for Free {}
#[diagnostic::do_not_recommend]
impl<A, F> RunsAlone for Via<A, F> {}
