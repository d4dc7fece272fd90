//! SQL text as an expression.

use super::condition::{ConditionLike, Holding};
use super::into_expr::Beside;
use super::order::{Of, OrderingLike};
use super::{AsExpr, Expr, IntoParam, Param};
use crate::column::Column;
use crate::ir::{Node, OrderNode};
use crate::model::Model;
use orm_sql::ident::RawSql;
use std::marker::PhantomData;

/// SQL of your own as an expression. `$1`, `$2`, … stand for the arguments: `params![…]` of values, or a tuple
/// of values and expressions. Values travel as parameters, and expressions are written in their places.
///
/// The text is taken as it is: columns that it names itself are named as the tables are, which is clear
/// only where one table of the query has a column of that name. Expressions are clear everywhere.
///
/// ```
/// # use orm_doctest::*;
/// let books = Book::objects().annotate(|_| raw_expr::<i32>("length(name) + $1", params![1]));
/// assert_sql!(books, "SELECT …, length(name) + $1 FROM book AS t0");
/// let names = Book::objects().values(|b| raw_expr::<String>("overlay($1 placing $2 from 1)", (b.name(), "x")));
/// assert_sql!(names, "SELECT overlay(t0.name placing $1 from 1) FROM book AS t0");
/// ```
///
/// # Errors
///
/// A placeholder without an argument, an argument without a placeholder, and an expression of another query
/// are [`Error::Usage`](orm_sql::Error::Usage) of the terminal.
pub fn raw_expr<T: Column>(sql: impl Into<String>, args: impl RawArguments) -> RawExpr<T> {
    RawExpr { node: Node::Raw(RawSql::new(sql), args.into_nodes()), types: PhantomData }
}

/// What SQL of your own is given: `params![…]`, or a tuple of values and expressions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of arguments for SQL",
    label = "expected `params![…]`, or a tuple of values and expressions",
    note = "one argument is a tuple as well: `(b.name(),)`"
)]
pub trait RawArguments {
    /// The untyped arguments.
    #[doc(hidden)]
    fn into_nodes(self) -> Vec<Node>;
}

#[diagnostic::do_not_recommend]
impl RawArguments for Vec<Param> {
    fn into_nodes(self) -> Vec<Node> {
        Param::nodes(self)
    }
}

/// A value, or an expression, that SQL of your own is given.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of SQL",
    label = "expected a value of a column type, or an expression",
    note = "of a related row name a column: `b.author().pk()`"
)]
pub trait RawArgument {
    /// The untyped argument.
    #[doc(hidden)]
    fn into_argument(self) -> Node;
}

#[diagnostic::do_not_recommend]
impl<V: IntoParam> RawArgument for V {
    fn into_argument(self) -> Node {
        let Param(value, sql_type) = self.into_param();
        Node::Value(value, sql_type)
    }
}

#[diagnostic::do_not_recommend]
impl<R, T, K> RawArgument for Expr<R, T, K> {
    fn into_argument(self) -> Node {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<R, T, K> RawArgument for &Expr<R, T, K> {
    fn into_argument(self) -> Node {
        self.node().clone()
    }
}

macro_rules! tuple_arguments {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($t: RawArgument),*> RawArguments for ($($t,)*) {
            #[allow(non_snake_case)]
            fn into_nodes(self) -> Vec<Node> {
                let ($($t,)*) = self;
                vec![$($t.into_argument()),*]
            }
        }
    };
}
tuples!(tuple_arguments);

/// What [`raw_expr`] makes.
pub struct RawExpr<T> {
    node: Node,
    types: PhantomData<fn() -> T>,
}

impl<T> Clone for RawExpr<T> {
    fn clone(&self) -> Self {
        RawExpr { node: self.node.clone(), types: PhantomData }
    }
}

impl<T> RawExpr<T> {
    /// The untyped expression.
    pub(crate) fn into_node(self) -> Node {
        self.node
    }
}

impl<T: Column> RawExpr<T> {
    /// The expression over the rows of a model, with all its methods.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects()
    ///     .filter(|b| raw_expr::<i32>("length(name)", vec![]).over().gt(b.pages()));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE (length(name)) > t0.pages");
    /// ```
    pub fn over<R: Model>(self) -> Expr<R, T> {
        Expr::from_node(self.node)
    }
}

#[diagnostic::do_not_recommend]
impl<R, T: Column> Beside<T::Inner, R> for RawExpr<T> {
    type Null = T::Null;
    fn beside(self) -> Node {
        self.node
    }
}

impl<R, T: Column> AsExpr<R> for RawExpr<T> {
    type Ty = T;
    type Inner = T::Inner;
    type Null = T::Null;
    fn as_node(self) -> Node {
        self.node
    }
}

#[diagnostic::do_not_recommend]
impl<T: Column> ConditionLike for RawExpr<T> {
    type Is<R> = Holding<R, T::Inner, R>;
    type Null = T::Null;
    fn condition(self) -> Node {
        self.node
    }
}

#[diagnostic::do_not_recommend]
impl<T: Column> OrderingLike for RawExpr<T> {
    type Is<R> = Of<R, R>;
    fn add(self, list: &mut Vec<OrderNode>) {
        let sql_type = Some(T::SQL_TYPE);
        list.push(OrderNode { node: self.node, desc: false, nulls: None, sql_type });
    }
}
