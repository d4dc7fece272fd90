//! Lookups and transforms of one's own: what Django's `register_lookup` is for.

use super::{Expr, IntoExpr, Like, Lookup};
use crate::column::{Column, NotNull};
use crate::ir::Node;
use crate::model::Cardinality;
use orm_sql::ident::RawSql;

/// A condition on an expression and a value, in SQL of your own: `$1` is the expression and `$2` the value,
/// which is of the type that the expression holds, or another expression of it.
///
/// A lookup of your own is a trait with a method for expressions. Where it is in scope, it is called as those of
/// the library are, over every path, in every condition; its type says whether it can be NULL.
///
/// ```
/// # use orm_doctest::*;
/// use orm_core::column::Column;
/// use orm_core::expr::{Expr, IntoExpr, Lookup, lookup};
/// use orm_core::model::Cardinality;
///
/// /// Lookups that compare texts whatever their case.
/// trait IgnoringCase<R, T: Column<Inner = String>, K: Cardinality> {
///     fn ne_ci<V: IntoExpr<String, R>>(&self, value: V) -> Lookup<R, T, K, V::Null>;
/// }
///
/// impl<R, T: Column<Inner = String>, K: Cardinality> IgnoringCase<R, T, K> for Expr<R, T, K> {
///     fn ne_ci<V: IntoExpr<String, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
///         lookup(self, "UPPER($1) <> UPPER($2)", value)
///     }
/// }
///
/// let books = Book::objects().filter(|b| b.author().name().ne_ci("jane austen") & b.in_print());
/// assert_sql!(
///     books,
///     "SELECT … FROM book AS t0 JOIN author AS t1 ON t1.id = t0.author_id WHERE (UPPER(t1.name) <>
///      UPPER($1)) AND t0.in_print"
/// );
/// ```
///
/// # Errors
///
/// A text without `$1` or `$2` is [`Error::Usage`](orm_sql::Error::Usage) of the terminal.
pub fn lookup<R, T, K, V>(
    expr: &Expr<R, T, K>,
    sql: &'static str,
    value: V,
) -> Lookup<R, T, K, V::Null>
where
    T: Column,
    K: Cardinality,
    V: IntoExpr<T::Inner, R>,
{
    Expr::from_node(Node::Raw(RawSql::new(sql), vec![expr.node().clone(), value.into_node()]))
}

/// What is made of an expression in SQL of your own, in which `$1` is the expression: of another type, and
/// NULL only where the expression is.
///
/// A transform of your own is a trait with a method for expressions, as in [`lookup`]. All lookups of its type can
/// follow it.
///
/// ```
/// # use orm_doctest::*;
/// use orm_core::column::Column;
/// use orm_core::expr::{Expr, Like, transform};
/// use orm_core::model::Cardinality;
///
/// trait Words<R, T: Column<Inner = String>, K: Cardinality> {
///     /// How many words there are.
///     fn words(&self) -> Expr<R, Like<T, K, i32>>;
/// }
///
/// impl<R, T: Column<Inner = String>, K: Cardinality> Words<R, T, K> for Expr<R, T, K> {
///     fn words(&self) -> Expr<R, Like<T, K, i32>> {
///         transform::<_, _, _, i32>(self, "CARDINALITY(REGEXP_SPLIT_TO_ARRAY($1, ' '))")
///     }
/// }
///
/// let books = Book::objects().filter(|b| b.name().words().gt(3)).order_by(|b| b.name().words());
/// assert_sql!(
///     books,
///     "SELECT … FROM book AS t0 WHERE (CARDINALITY(REGEXP_SPLIT_TO_ARRAY(t0.name, ' '))) > $1 ORDER BY
///      CARDINALITY(REGEXP_SPLIT_TO_ARRAY(t0.name, ' '))"
/// );
/// ```
///
/// # Errors
///
/// A text without `$1` is [`Error::Usage`](orm_sql::Error::Usage) of the terminal.
pub fn transform<R, T, K, U>(expr: &Expr<R, T, K>, sql: &'static str) -> Expr<R, Like<T, K, U>>
where
    T: Column,
    K: Cardinality,
    U: Column<Inner = U, Null = NotNull>,
{
    Expr::from_node(Node::Raw(RawSql::new(sql), vec![expr.node().clone()]))
}
