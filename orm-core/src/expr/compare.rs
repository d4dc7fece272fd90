//! The lookups that every type has: comparisons, ranges, lists, NULL.

use super::years::by_year;
use super::{Between, Expr, IntoExpr, IntoMembers, Lookup, MayBeNull, NullOf};
use crate::column::Column;
use crate::ir::{Comparison, Node};
use crate::model::Cardinality;

/// A comparison; with a value that is NULL it is a test for NULL, as in Django.
pub(super) fn compare(op: Comparison, left: &Node, right: Node) -> Node {
    let is_null = matches!(&right, Node::Value(value, _) if value.is_null());
    match left {
        Node::Column { path, field } if !is_null => {
            Node::compare(op, Node::Column { path: path.clone(), field }, right)
        }
        _ => compare_rare(op, left, right),
    }
}

/// The same of what is no column, or of NULL.
#[inline(never)]
fn compare_rare(op: Comparison, left: &Node, right: Node) -> Node {
    match (op, right) {
        (Comparison::Eq | Comparison::IExact, Node::Value(value, _)) if value.is_null() => {
            left.clone().is_null(true)
        }
        (Comparison::Ne, Node::Value(value, _)) if value.is_null() => left.clone().is_null(false),
        (op, right) => {
            by_year(op, left, &right).unwrap_or_else(|| Node::compare(op, left.clone(), right))
        }
    }
}

// The signatures stand here and not in a macro: the compiler shows them in its messages.
impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// Equal. `eq(None)` tests for NULL.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().eq("Emma"));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.name = $1");
    /// let books = Book::objects().filter(|b| b.published().eq(None));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.published IS NULL");
    /// ```
    pub fn eq<V: IntoExpr<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(compare(Comparison::Eq, self.node(), value.into_node()))
    }

    /// Equal: [`Expr::eq`] by the name that Django gives it.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().exact("Emma"));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.name = $1");
    /// ```
    pub fn exact<V: IntoExpr<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(compare(Comparison::Eq, self.node(), value.into_node()))
    }

    /// Not equal. `ne(None)` tests for what is not NULL.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().ne("Emma"));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE NOT (t0.name = $1)");
    /// ```
    pub fn ne<V: IntoExpr<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(compare(Comparison::Ne, self.node(), value.into_node()))
    }

    /// Greater than.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.pages().gt(100));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.pages > $1");
    /// ```
    pub fn gt<V: IntoExpr<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(compare(Comparison::Gt, self.node(), value.into_node()))
    }

    /// Greater than or equal.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.pages().gte(100));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.pages >= $1");
    /// ```
    pub fn gte<V: IntoExpr<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(compare(Comparison::Gte, self.node(), value.into_node()))
    }

    /// Less than.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.pages().lt(100));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.pages < $1");
    /// ```
    pub fn lt<V: IntoExpr<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(compare(Comparison::Lt, self.node(), value.into_node()))
    }

    /// Less than or equal.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.pages().lte(100));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.pages <= $1");
    /// ```
    pub fn lte<V: IntoExpr<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(compare(Comparison::Lte, self.node(), value.into_node()))
    }
}

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// Within a range of values or expressions. Any of the standard ranges; `a..=b` is BETWEEN.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.pages().range(100..=200));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.pages BETWEEN $1 AND $2");
    /// let books = Book::objects().filter(|b| b.pages().range(100..200));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.pages >= $1 AND t0.pages < $2");
    /// ```
    pub fn range<V: Between<T::Inner, R>>(&self, range: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(range.between(self.node()))
    }

    /// One of a list or of what an iterator gives, of a tuple of mixed values and expressions, or of a
    /// query's rows.
    ///
    /// NULLs in a list are left out, as Django does; nothing is in an empty list.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.pages().in_([100, 200]));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.pages = ANY($1)");
    /// let books = Book::objects().filter(|b| b.price().in_((b.discount(), 5)));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.price IN (t0.discount, $1)");
    /// let books = Book::objects().filter(|b| b.author().in_(Author::objects()));
    /// assert_sql!(
    ///     books,
    ///     "SELECT … FROM book AS t0 WHERE t0.author_id IN (SELECT t1.id FROM author AS t1)"
    /// );
    /// ```
    pub fn in_<V, W>(&self, members: V) -> Lookup<R, T, K, V::Null>
    where
        V: IntoMembers<T::Inner, R, W>,
    {
        Expr::from_node(Node::In(Box::new(self.node().clone()), members.into_members()))
    }

    /// NULL, or not NULL when `yes` is false. Only where NULL can be.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.published().isnull(true));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.published IS NULL");
    /// ```
    pub fn isnull(&self, yes: bool) -> Expr<R, bool>
    where
        NullOf<T, K>: MayBeNull,
    {
        Expr::from_node(self.node().clone().is_null(yes))
    }
}
