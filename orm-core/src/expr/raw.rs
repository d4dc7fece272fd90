//! SQL text as an expression.

use super::condition::{ConditionLike, Holding};
use super::into_expr::Beside;
use super::order::{Of, OrderingLike};
use super::{AsExpr, Expr, Param};
use crate::column::Column;
use crate::ir::{Node, OrderNode};
use crate::model::Model;
use orm_sql::ident::RawSql;
use std::marker::PhantomData;

/// SQL of your own as an expression of any model. Values travel as parameters, `$1`, `$2`, ….
///
/// The text is taken as it is: columns are named as the tables are, which is clear only where one
/// table of the query has a column of that name.
///
/// ```
/// # use orm_doctest::*;
/// let books = Book::objects().annotate(|_| raw_expr::<i32>("length(name) + $1", params![1]));
/// assert_sql!(books, "SELECT …, length(name) + $1 FROM book AS t0");
/// ```
pub fn raw_expr<T: Column>(sql: impl Into<String>, params: Vec<Param>) -> RawExpr<T> {
    let params = Param::nodes(params);
    RawExpr { node: Node::Raw(RawSql::new(sql), params), types: PhantomData }
}

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
