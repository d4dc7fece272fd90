//! Lookups of text.

use super::compare::compare;
use super::{Expr, IntoExpr, Lookup};
use crate::column::{CiText, Column};
use crate::ir::{Comparison, Node};
use crate::model::Cardinality;
use orm_sql::ast::Template;

/// Columns that have the lookups and functions of text.
///
/// Implement it for a newtype of `String` to give them to it.
#[diagnostic::on_unimplemented(
    message = "text lookups need a text column, but this holds `{Self}`",
    label = "not text",
    note = "every type has `eq`, `ne`, `gt`, `gte`, `lt`, `lte`, `range`, `in_` and, where NULL can be, `isnull`",
    note = "to look at the text of something else: `.cast::<String>()`; at a text inside of JSON: `.text()`"
)]
pub trait Text: Column<Inner = Self> {
    /// The expression as PostgreSQL's functions of text take it.
    #[doc(hidden)]
    fn operand(node: &Node) -> Node {
        node.clone()
    }
}

#[diagnostic::do_not_recommend]
impl Text for String {}

/// In lookups case does not matter, as in all comparisons of such a column.
#[diagnostic::do_not_recommend]
impl Text for CiText {}

static HOST: Template = Template::new("HOST({})");

/// Addresses are compared as text without their network mask.
#[diagnostic::do_not_recommend]
impl Text for std::net::IpAddr {
    fn operand(node: &Node) -> Node {
        Node::template(&HOST, vec![node.clone()])
    }
}

#[diagnostic::do_not_recommend]
impl Text for crate::column::Inet {
    fn operand(node: &Node) -> Node {
        Node::template(&HOST, vec![node.clone()])
    }
}

fn text_lookup<T: Column<Inner: Text>>(lookup: Comparison, left: &Node, right: Node) -> Node {
    compare(lookup, &<T::Inner as Text>::operand(left), right)
}

// The signatures stand here and not in a macro: the compiler shows them in its messages.
impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// Equal but for upper and lower case.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().iexact("emma"));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE UPPER(t0.name) = UPPER($1)");
    /// ```
    pub fn iexact<V: IntoExpr<String, R>>(&self, text: V) -> Lookup<R, T, K, V::Null>
    where
        T::Inner: Text,
    {
        Expr::from_node(text_lookup::<T>(Comparison::IExact, self.node(), text.into_node()))
    }

    /// Contains a text, in any case. `%` and `_` stand for themselves.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().icontains("emma"));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE UPPER(t0.name) LIKE UPPER($1)");
    /// ```
    pub fn icontains<V: IntoExpr<String, R>>(&self, text: V) -> Lookup<R, T, K, V::Null>
    where
        T::Inner: Text,
    {
        Expr::from_node(text_lookup::<T>(Comparison::IContains, self.node(), text.into_node()))
    }

    /// Starts with a text.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().startswith("Em"));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.name LIKE $1");
    /// ```
    pub fn startswith<V: IntoExpr<String, R>>(&self, text: V) -> Lookup<R, T, K, V::Null>
    where
        T::Inner: Text,
    {
        Expr::from_node(text_lookup::<T>(Comparison::StartsWith, self.node(), text.into_node()))
    }

    /// Starts with a text, in any case.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().istartswith("em"));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE UPPER(t0.name) LIKE UPPER($1)");
    /// ```
    pub fn istartswith<V: IntoExpr<String, R>>(&self, text: V) -> Lookup<R, T, K, V::Null>
    where
        T::Inner: Text,
    {
        Expr::from_node(text_lookup::<T>(Comparison::IStartsWith, self.node(), text.into_node()))
    }

    /// Ends with a text.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().endswith("ma"));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.name LIKE $1");
    /// ```
    pub fn endswith<V: IntoExpr<String, R>>(&self, text: V) -> Lookup<R, T, K, V::Null>
    where
        T::Inner: Text,
    {
        Expr::from_node(text_lookup::<T>(Comparison::EndsWith, self.node(), text.into_node()))
    }

    /// Ends with a text, in any case.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().iendswith("MA"));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE UPPER(t0.name) LIKE UPPER($1)");
    /// ```
    pub fn iendswith<V: IntoExpr<String, R>>(&self, text: V) -> Lookup<R, T, K, V::Null>
    where
        T::Inner: Text,
    {
        Expr::from_node(text_lookup::<T>(Comparison::IEndsWith, self.node(), text.into_node()))
    }

    /// Matches a regular expression of PostgreSQL.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().regex("^(A|The) "));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.name ~ $1");
    /// ```
    pub fn regex<V: IntoExpr<String, R>>(&self, text: V) -> Lookup<R, T, K, V::Null>
    where
        T::Inner: Text,
    {
        Expr::from_node(text_lookup::<T>(Comparison::Regex, self.node(), text.into_node()))
    }

    /// Matches a regular expression of PostgreSQL, in any case.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().iregex("^(a|the) "));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.name ~* $1");
    /// ```
    pub fn iregex<V: IntoExpr<String, R>>(&self, text: V) -> Lookup<R, T, K, V::Null>
    where
        T::Inner: Text,
    {
        Expr::from_node(text_lookup::<T>(Comparison::IRegex, self.node(), text.into_node()))
    }
}
