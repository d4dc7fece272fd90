//! What can stand beside the rows of a query set, or be put together with them.

use super::{Free, Nested, Of, QuerySet, Via};
use crate::ir::Query;
use crate::model::Model;
use crate::row::Decoder;

/// Rows that can be joined to others and put together with them: a query set, a statement of WITH, a
/// function. Those of a path of `R` only inside of the query of `R`; others whatever `R` is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no rows that can stand beside those of a query set",
    label = "expected a query set, or a statement of WITH",
    note = "models are not rows: `Book::objects()` has them; the rows of a path of the query around go to `join_lateral`"
)]
pub trait RowSource<R = ()> {
    /// What a row is read as.
    type Row: 'static;
    /// The untyped query, and what reads its rows.
    #[doc(hidden)]
    fn into_source(self) -> (Query, Decoder<Self::Row>);
}

/// Rows that are read as an `O`: what set operations take.
#[diagnostic::on_unimplemented(
    message = "rows that are put together are read as one type, and these are no `{O}`",
    label = "expected a query set whose rows are read as `{O}`",
    note = "select the same columns of both: `.values(|b| (b.title(), value(\"book\")))` and `.values(|a| (a.name(), value(\"author\")))`"
)]
pub trait SameRows<O> {
    /// Nothing. Bounds that name it have shorter messages.
    #[doc(hidden)]
    type Of;
    /// The untyped query.
    #[doc(hidden)]
    fn into_rows(self) -> Query;
}

#[diagnostic::do_not_recommend]
impl<O: 'static, X: RowSource<Row = O>> SameRows<O> for X {
    type Of = ();
    fn into_rows(self) -> Query {
        self.into_source().0
    }
}

/// A query set as rows: what is prefetched cannot come along.
fn rows<M: Model, O, S>(set: QuerySet<M, O, S>) -> (Query, Decoder<O>) {
    let (mut query, decoder, prefetches) = set.into_parts();
    if !prefetches.is_empty() {
        query.fail(|| {
            "rows that are joined to others, or put together with them, cannot bring what was \
             prefetched: call `prefetch_related` afterwards"
                .to_owned()
        });
    }
    (query, decoder)
}

#[diagnostic::do_not_recommend]
impl<R, M: Model, O: 'static> RowSource<R> for QuerySet<M, O, Free> {
    type Row = O;
    fn into_source(self) -> (Query, Decoder<O>) {
        rows(self)
    }
}

#[diagnostic::do_not_recommend]
impl<R, M: Model, O: 'static, A, F> RowSource<R> for QuerySet<M, O, Via<A, F>> {
    type Row = O;
    fn into_source(self) -> (Query, Decoder<O>) {
        rows(self)
    }
}

#[diagnostic::do_not_recommend]
impl<R: Model, M: Model, O: 'static> RowSource<R> for QuerySet<M, O, Of<R>> {
    type Row = O;
    fn into_source(self) -> (Query, Decoder<O>) {
        rows(self)
    }
}

#[diagnostic::do_not_recommend]
impl<R, M: Model, O: 'static, P> RowSource<R> for Nested<M, O, P> {
    type Row = O;
    fn into_source(self) -> (Query, Decoder<O>) {
        rows(self.set)
    }
}
