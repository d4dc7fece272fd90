//! Managers: the query sets that a model's rows are reached through.

use crate::model::Model;
use crate::queryset::QuerySet;

/// A query set to start with, named in `#[model(managers(objects = PubliclyViewable))]`.
///
/// The first manager of a model is its default: related sets go through it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a manager of `{M}`",
    label = "not a manager of `{M}`",
    note = "write `impl Manager<{M}> for {Self} {{ fn queryset(&self) -> QuerySet<{M}> {{ … }} }}`"
)]
pub trait Manager<M: Model> {
    /// The rows to start with.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// struct InPrint;
    /// impl Manager<Book> for InPrint {
    ///     fn queryset(&self) -> QuerySet<Book> {
    ///         QuerySet::<Book>::unfiltered().filter(|b| b.in_print())
    ///     }
    /// }
    /// assert_sql!(InPrint.queryset(), "SELECT … FROM book AS t0 WHERE t0.in_print");
    /// ```
    fn queryset(&self) -> QuerySet<M>;
}

/// The manager of all rows: what a model without managers has as `objects`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AllRows;

impl<M: Model> Manager<M> for AllRows {
    fn queryset(&self) -> QuerySet<M> {
        QuerySet::unfiltered()
    }
}
