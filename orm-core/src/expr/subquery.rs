//! Queries inside expressions: `exists`, `subquery`, and references to the query around them.

use super::{Expr, NullOf, SelectedAs};
use crate::column::Column;
use crate::ir::{Node, Query};
use crate::model::{Cardinality, GivenKey, KeyOrPath, Model};

/// A query set inside another: the right side of `in_`, `exists(…)`, `subquery(…)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used inside a query of `{R}`",
    label = "expected a query set on its own, or one of a path of `{R}`"
)]
pub trait Subquery<R> {
    /// The model.
    type Model: Model;
    /// What its rows are read as.
    type Out;
    /// The untyped query.
    fn into_query(self) -> Query;
}

/// Whether a query has a row.
///
/// ```
/// # use orm_doctest::*;
/// let authors =
///     Author::objects().filter(|a| exists(a.books().objects().filter(|b| b.pages().gt(500))));
/// assert_sql!(
///     authors,
///     "SELECT … FROM author AS t0 WHERE EXISTS (SELECT 1 FROM book AS t1 WHERE t1.author_id =
///      t0.id AND t1.pages > $1)"
/// );
/// ```
pub fn exists<R: Model>(query: impl Subquery<R>) -> Expr<R, bool> {
    Expr::from_node(Node::Exists(Box::new(query.into_query())))
}

/// The only value of a query of one column; NULL where it has no row.
///
/// ```
/// # use orm_doctest::*;
/// let newest = Book::objects().values(|b| {
///     let reviews = Review::objects().filter(|r| r.book().eq(outer_ref(b.id())));
///     subquery(reviews.order_by(|r| r.created().desc()).values(|r| r.stars()).limit(1))
/// });
/// assert_sql!(
///     newest,
///     "SELECT (SELECT t1.stars FROM review AS t1 WHERE t1.book_id = t0.id ORDER BY t1.created
///      DESC LIMIT 1) FROM book AS t0"
/// );
/// ```
pub fn subquery<R: Model, T: Column>(
    query: impl Subquery<R, Out = T>,
) -> Expr<R, Option<T::Inner>> {
    Expr::from_node(Node::Subquery(Box::new(query.into_query())))
}

/// A column of the query around this one, whichever it is: the column knows where it belongs.
///
/// ```
/// # use orm_doctest::*;
/// let books = Book::objects()
///     .filter(|b| exists(Review::objects().filter(|r| r.book().eq(outer_ref(b.id())))));
/// assert_sql!(
///     books,
///     "SELECT … FROM book AS t0 WHERE EXISTS (SELECT 1 FROM review AS t1 WHERE t1.book_id =
///      t0.id)"
/// );
/// ```
pub fn outer_ref<Inner: Model, R: Model, T: Column, K: Cardinality>(
    column: Expr<R, T, K>,
) -> Expr<Inner, SelectedAs<T, K>> {
    Expr::from_node(Node::Outer(Box::new(column.into_node())))
}

/// A relation compared with an expression of its key's type.
#[diagnostic::do_not_recommend]
impl<M, R, T, K> KeyOrPath<M, R> for Expr<R, T, K>
where
    M: Model<Pk = T::Inner>,
    R: Model,
    T: Column,
    T::Inner: crate::model::Key,
    K: Cardinality,
{
    type Null = NullOf<T, K>;
    fn key_or_path(self, _: Option<&'static str>) -> Node {
        self.into_node()
    }
}

/// A key that the database calculates.
#[diagnostic::do_not_recommend]
impl<M: Model, R: Model, T: Column, K: Cardinality> GivenKey<M, R> for Expr<R, T, K>
where
    Self: KeyOrPath<M, R>,
{
    type Null = <Self as KeyOrPath<M, R>>::Null;
    fn given_key(self, to_field: Option<&'static str>) -> Node {
        self.key_or_path(to_field)
    }
}
