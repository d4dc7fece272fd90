//! What is calculated of all rows of a query inside of an expression, and comparisons with them.

use super::arrays::{array_of_query, texts};
use super::{Expr, Fits, Lookup, Subquery, Summable, count_all};
use crate::column::{Column, NotNull};
use crate::ir::visit::{has_aggregate, has_window};
use crate::ir::{Comparison, Distinct, Filter, Group, Grouping, ModelMeta, Node, Ordering, Query};
use crate::ir::{Selected, Source};
use crate::model::{Cardinality, Model};
use orm_sql::ast::{ALL_OF_ROWS, ANY_OF_ROWS, Template};
use orm_sql::value::SqlType;

/// True where the rows of a query are those that its aggregates would be of.
fn is_plain(query: &Query) -> bool {
    let on_groups = |filter: &Filter| has_window(&filter.node) || has_aggregate(&filter.node);
    let source = matches!(
        query.source,
        Source::Model(_) | Source::Related(_) | Source::Nested(_) | Source::Cte(_)
    );
    source
        && !query.is_sliced()
        && query.distinct == Distinct::No
        && query.grouping() == Grouping::None
        && !query.filters.iter().any(on_groups)
}

/// The query of one total over the rows of a query, made of what it selects.
fn total<R, M: Model, U: Column>(
    query: impl Subquery<R, Model = M>,
    aggregate: impl FnOnce(Node) -> Node,
) -> Node {
    let inner = query.into_query();
    let mut query = match is_plain(&inner) {
        true => inner,
        false => Query::over(inner, M::meta()),
    };
    let item = match query.select.as_slice() {
        [Selected::Expr(node, _)] => node.clone(),
        _ => Node::Failed("a total in a subquery is of one column: select it by `values`"),
    };
    query.deselect();
    query.order = Ordering::by(Vec::new());
    query.lock = None;
    query.select.push(Selected::Expr(aggregate(item), U::SQL_TYPE));
    query.group = Group::Values(0);
    Node::Subquery(Box::new(query))
}

/// The items of the arrays that a query selects, as one array: `ARRAY(SELECT UNNEST(…) …)`.
pub(crate) fn items_of_query(inner: Query, model: &'static ModelMeta) -> Node {
    static UNNEST: Template = Template::opaque("UNNEST({})");
    let mut query = match is_plain(&inner) {
        true => inner,
        false => Query::over(inner, model),
    };
    let (item, sql_type) = match query.select.as_slice() {
        [Selected::Expr(node, sql_type)] => (node.clone(), *sql_type),
        _ => (Node::Failed("the arrays of a query are those of one column"), SqlType::Text),
    };
    query.deselect();
    query.order = Ordering::by(Vec::new());
    query.lock = None;
    query.select.push(Selected::Expr(Node::template(&UNNEST, vec![item]), sql_type));
    query.group = Group::Values(1);
    array_of_query(Box::new(query))
}

/// How many rows a query has: 0 where it has none. Nothing outside of it is grouped.
///
/// ```
/// # use orm_doctest::*;
/// let authors = Author::objects()
///     .values(|a| (a.name(), subquery_count(a.books().objects().filter(|b| b.in_print()))));
/// assert_sql!(
///     authors,
///     "SELECT t0.name, (SELECT COUNT(*) FROM book AS t1 WHERE t1.author_id = t0.id AND
///      t1.in_print) FROM author AS t0"
/// );
/// ```
pub fn subquery_count<R: Model>(query: impl Subquery<R>) -> Expr<R, i64> {
    Expr::from_node(total::<R, _, i64>(query, |_| count_all::<R>().into_node()))
}

/// The sum of the only column of a query; NULL where it has no row.
///
/// ```
/// # use orm_doctest::*;
/// let authors = Author::objects()
///     .values(|a| coalesce((subquery_sum(a.books().objects().values(|b| b.pages())), 0)));
/// assert_sql!(
///     authors,
///     "SELECT COALESCE((SELECT SUM(t1.pages) FROM book AS t1 WHERE t1.author_id = t0.id), $1)
///      FROM author AS t0"
/// );
/// ```
pub fn subquery_sum<R: Model, T: Column, S>(query: impl Subquery<R, Out = T>) -> Expr<R, Option<S>>
where
    T::Inner: Summable<Sum = S>,
    S: Column<Inner = S, Null = NotNull>,
{
    let sum = |node| Expr::<R, T>::from_node(node).sum().into_node();
    Expr::from_node(total::<R, _, S>(query, sum))
}

/// The mean of the only column of a query; NULL where it has no row.
///
/// ```
/// # use orm_doctest::*;
/// let books = Book::objects().filter(|b| {
///     let others = Book::objects().filter(|o| o.author().eq(outer_ref(b.author().pk())));
///     b.price().gt(subquery_avg(others.values(|o| o.price())))
/// });
/// assert_sql!(
///     books,
///     "SELECT … FROM book AS t0 WHERE t0.price > (SELECT AVG(t1.price) FROM book AS t1 WHERE
///      t1.author_id = t0.author_id)"
/// );
/// ```
pub fn subquery_avg<R: Model, T: Column, S>(query: impl Subquery<R, Out = T>) -> Expr<R, Option<S>>
where
    T::Inner: Summable<Mean = S>,
    S: Column<Inner = S, Null = NotNull>,
{
    let mean = |node| Expr::<R, T>::from_node(node).avg().into_node();
    Expr::from_node(total::<R, _, S>(query, mean))
}

/// The least value of the only column of a query; NULL where it has no row.
///
/// ```
/// # use orm_doctest::*;
/// let cheapest = Author::objects()
///     .order_by(|a| subquery_min(a.books().objects().values(|b| b.price())).asc().nulls_last());
/// assert_sql!(
///     cheapest,
///     "SELECT … FROM author AS t0 ORDER BY (SELECT MIN(t1.price) FROM book AS t1 WHERE
///      t1.author_id = t0.id) NULLS LAST"
/// );
/// ```
pub fn subquery_min<R: Model, T: Column>(
    query: impl Subquery<R, Out = T>,
) -> Expr<R, Option<T::Inner>> {
    let least = |node| Expr::<R, T>::from_node(node).min().into_node();
    Expr::from_node(total::<R, _, T>(query, least))
}

/// The greatest value of the only column of a query; NULL where it has no row.
///
/// ```
/// # use orm_doctest::*;
/// let latest = Book::objects()
///     .values(|b| subquery_max(b.reviews().objects().values(|r| r.created())));
/// assert_sql!(
///     latest,
///     "SELECT (SELECT MAX(t1.created) FROM review AS t1 WHERE t1.book_id = t0.id) FROM book AS t0"
/// );
/// ```
pub fn subquery_max<R: Model, T: Column>(
    query: impl Subquery<R, Out = T>,
) -> Expr<R, Option<T::Inner>> {
    let greatest = |node| Expr::<R, T>::from_node(node).max().into_node();
    Expr::from_node(total::<R, _, T>(query, greatest))
}

/// The only column of a query, of all its rows, as an array: empty where it has none.
///
/// ```
/// # use orm_doctest::*;
/// let books = Book::objects().values(|b| {
///     let stars = b.reviews().objects().order_by(|r| r.created().desc()).values(|r| r.stars());
///     (b.name(), array_subquery(stars.limit(3)))
/// });
/// assert_sql!(
///     books,
///     "SELECT t0.name, ARRAY(SELECT t1.stars FROM review AS t1 WHERE t1.book_id = t0.id ORDER BY
///      t1.created DESC LIMIT 3) FROM book AS t0"
/// );
/// ```
pub fn array_subquery<R: Model, T: Column>(query: impl Subquery<R, Out = T>) -> Expr<R, Vec<T>> {
    Expr::from_node(texts::<Vec<T>>(array_of_query(Box::new(query.into_query()))))
}

/// A comparison with all rows of a query.
fn compared<R, T: Column, K, Q, U>(
    left: &Expr<R, T, K>,
    op: Comparison,
    rows: &'static Template,
    query: Q,
) -> Expr<R, U>
where
    Q: ComparedRows<R>,
{
    let rows = Node::template(rows, vec![Node::Subquery(Box::new(query.into_rows()))]);
    Expr::from_node(Node::compare(op, left.node().clone(), rows))
}

/// The rows of a query, one value each, that an expression is compared with.
#[diagnostic::on_unimplemented(
    message = "`eq_any`, `gt_all` and their like compare with the rows of a query, and `{Self}` is none",
    label = "expected a query set of one column",
    note = "a value among those of a list is `in_([…])`"
)]
pub trait ComparedRows<R> {
    /// Nothing. Bounds that name it have shorter messages.
    #[doc(hidden)]
    type Of;
    /// What a row holds.
    type Out;
    /// The untyped query.
    #[doc(hidden)]
    fn into_rows(self) -> crate::ir::Query;
}

#[diagnostic::do_not_recommend]
impl<R, Q: Subquery<R>> ComparedRows<R> for Q {
    type Of = ();
    type Out = Q::Out;
    fn into_rows(self) -> crate::ir::Query {
        self.into_query()
    }
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident $op:expr, $rows:ident;)*) => {
        impl<R: Model, T: Column, K: Cardinality> Expr<R, T, K> {
            $(
                $(#[$doc])*
                pub fn $name<Q, U>(&self, query: Q) -> Lookup<R, T, K, U::Null>
                where
                    Q: ComparedRows<R, Out = U, Of: Sized>,
                    U: Column,
                    U::Inner: Fits<T::Inner>,
                {
                    compared(self, $op, &$rows, query)
                }
            )*
        }
    };
}
comparisons! {
    /// Equal to any of the rows of a query: as `in_`, but that NULL among them is not left out, so that
    /// the negation is NULL there.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.id().eq_any(Stock::objects().values(|s| s.book().pk())));
    /// assert_sql!(
    ///     books,
    ///     "SELECT … FROM book AS t0 WHERE t0.id = ANY (SELECT t1.book_id FROM stock AS t1)"
    /// );
    /// ```
    eq_any Comparison::Eq, ANY_OF_ROWS;
    /// Greater than any of the rows of a query.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| {
    ///     b.pages().gt_any(Book::objects().filter(|o| o.in_print()).values(|o| o.pages()))
    /// });
    /// assert_sql!(
    ///     books,
    ///     "SELECT … FROM book AS t0 WHERE t0.pages > ANY (SELECT t1.pages FROM book AS t1 WHERE
    ///      t1.in_print)"
    /// );
    /// ```
    gt_any Comparison::Gt, ANY_OF_ROWS;
    /// Greater than any of the rows of a query, or equal to it.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.id().gte_any(Tag::objects().values(|t| t.id())));
    /// assert_sql!(books, "SELECT … WHERE t0.id >= ANY (SELECT t1.id FROM tag AS t1)");
    /// ```
    gte_any Comparison::Gte, ANY_OF_ROWS;
    /// Less than any of the rows of a query.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.id().lt_any(Tag::objects().values(|t| t.id())));
    /// assert_sql!(books, "SELECT … WHERE t0.id < ANY (SELECT t1.id FROM tag AS t1)");
    /// ```
    lt_any Comparison::Lt, ANY_OF_ROWS;
    /// Less than any of the rows of a query, or equal to it.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.id().lte_any(Tag::objects().values(|t| t.id())));
    /// assert_sql!(books, "SELECT … WHERE t0.id <= ANY (SELECT t1.id FROM tag AS t1)");
    /// ```
    lte_any Comparison::Lte, ANY_OF_ROWS;
    /// Equal to all rows of a query. Where it has none, this and its relatives hold.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.id().eq_all(Tag::objects().values(|t| t.id())));
    /// assert_sql!(books, "SELECT … WHERE t0.id = ALL (SELECT t1.id FROM tag AS t1)");
    /// ```
    eq_all Comparison::Eq, ALL_OF_ROWS;
    /// Different from all rows of a query.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.id().ne_all(Tag::objects().values(|t| t.id())));
    /// assert_sql!(books, "SELECT … WHERE t0.id <> ALL (SELECT t1.id FROM tag AS t1)");
    /// ```
    ne_all Comparison::Operator("<>"), ALL_OF_ROWS;
    /// Greater than all rows of a query.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let longest = Book::objects().filter(|b| {
    ///     let others = Book::objects().filter(|o| o.author().ne(outer_ref(b.author().pk())));
    ///     b.pages().gt_all(others.values(|o| o.pages()))
    /// });
    /// assert_sql!(
    ///     longest,
    ///     "SELECT … FROM book AS t0 WHERE t0.pages > ALL (SELECT t1.pages FROM book AS t1 WHERE NOT
    ///      (t1.author_id = t0.author_id))"
    /// );
    /// ```
    gt_all Comparison::Gt, ALL_OF_ROWS;
    /// Greater than all rows of a query, or equal to them.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.id().gte_all(Tag::objects().values(|t| t.id())));
    /// assert_sql!(books, "SELECT … WHERE t0.id >= ALL (SELECT t1.id FROM tag AS t1)");
    /// ```
    gte_all Comparison::Gte, ALL_OF_ROWS;
    /// Less than all rows of a query.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.id().lt_all(Tag::objects().values(|t| t.id())));
    /// assert_sql!(books, "SELECT … WHERE t0.id < ALL (SELECT t1.id FROM tag AS t1)");
    /// ```
    lt_all Comparison::Lt, ALL_OF_ROWS;
    /// Less than all rows of a query, or equal to them.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.id().lte_all(Tag::objects().values(|t| t.id())));
    /// assert_sql!(books, "SELECT … WHERE t0.id <= ALL (SELECT t1.id FROM tag AS t1)");
    /// ```
    lte_all Comparison::Lte, ALL_OF_ROWS;
}
