//! Orderings.

use super::condition::{Fitting, Hosts, Same};
use super::mistakes::Unended;
use super::{Case, Expr, NullOf};
use crate::column::{Column, Null};
use crate::ir::{Node, OrderNode};
use crate::model::{Cardinality, Fields, Model, ToOne};
use orm_sql::ast::NullsOrder;
use orm_sql::value::SqlType;
use std::marker::PhantomData;

/// One item of an ordering over the rows of `R`.
///
/// `N` says whether what it orders by can be NULL.
#[must_use = "an ordering is returned from the closure of `order_by`"]
pub struct Ordering<R, N = Null> {
    node: OrderNode,
    types: PhantomData<fn() -> (R, N)>,
}

impl<R, N> Ordering<R, N> {
    fn new(node: Node, desc: bool, sql_type: SqlType) -> Self {
        let sql_type = Some(sql_type);
        Ordering { node: OrderNode { node, desc, nulls: None, sql_type }, types: PhantomData }
    }

    /// Gives an untyped item its types. For generated code.
    #[doc(hidden)]
    pub fn from_order(node: OrderNode) -> Self {
        Ordering { node, types: PhantomData }
    }

    /// The untyped item.
    #[doc(hidden)]
    pub fn into_order(self) -> OrderNode {
        self.node
    }

    /// The item without what it says about NULL, so that items of every kind fit in one list.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let by_name = true;
    /// let books = Book::objects().order_by(|b| {
    ///     if by_name { b.name().asc().erase() } else { b.published().asc().erase() }
    /// });
    /// assert_sql!(books, "SELECT … FROM book AS t0 ORDER BY t0.name");
    /// ```
    pub fn erase(self) -> Ordering<R> {
        Ordering { node: self.node, types: PhantomData }
    }

    fn nulls(mut self, nulls: NullsOrder) -> Self {
        self.node.nulls = Some(nulls);
        self
    }

    /// NULLs come first.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().order_by(|b| b.published().asc().nulls_first());
    /// assert_sql!(books, "SELECT … FROM book AS t0 ORDER BY t0.published NULLS FIRST");
    /// ```
    pub fn nulls_first(self) -> Self
    where
        N: MayBeNull,
    {
        self.nulls(NullsOrder::First)
    }

    /// NULLs come last.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().order_by(|b| b.published().desc().nulls_last());
    /// assert_sql!(books, "SELECT … FROM book AS t0 ORDER BY t0.published DESC NULLS LAST");
    /// ```
    pub fn nulls_last(self) -> Self
    where
        N: MayBeNull,
    {
        self.nulls(NullsOrder::Last)
    }
}

impl<R, N> Clone for Ordering<R, N> {
    fn clone(&self) -> Self {
        Ordering { node: self.node.clone(), types: PhantomData }
    }
}

impl<R> From<Ordering<R, crate::column::NotNull>> for Ordering<R> {
    fn from(ordering: Ordering<R, crate::column::NotNull>) -> Self {
        ordering.erase()
    }
}

/// Implemented by what can be NULL.
#[diagnostic::on_unimplemented(
    message = "this is never NULL, so there is nothing to test or to order NULLs by",
    label = "never NULL",
    note = "make the column an `Option`, or drop this"
)]
pub trait MayBeNull {}
#[diagnostic::do_not_recommend]
impl MayBeNull for Null {}

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// Ascending. NULLs come last by default, as in PostgreSQL.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().order_by(|b| b.name().asc());
    /// assert_sql!(books, "SELECT … FROM book AS t0 ORDER BY t0.name");
    /// ```
    pub fn asc(&self) -> Ordering<R, NullOf<T, K>> {
        Ordering::new(self.node().clone(), false, T::SQL_TYPE)
    }

    /// Descending. NULLs come first by default, as in PostgreSQL.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().order_by(|b| b.name().desc());
    /// assert_sql!(books, "SELECT … FROM book AS t0 ORDER BY t0.name DESC");
    /// ```
    pub fn desc(&self) -> Ordering<R, NullOf<T, K>> {
        Ordering::new(self.node().clone(), true, T::SQL_TYPE)
    }
}

/// What `order_by` takes: items, expressions (ascending), to-one relations, tuples and lists.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an ordering of rows",
    label = "expected a column, an expression, `.asc()`, `.desc()`, a to-one relation, or a tuple or `Vec` of them"
)]
pub trait Orderings<R> {
    /// What it is about: the model, once more. Bounds that name it have shorter messages.
    #[doc(hidden)]
    type Of;
    /// Adds the items to a list.
    fn add_to(self, list: &mut Vec<OrderNode>);
}

impl<R, X: OrderingLike> Orderings<R> for X
where
    X::Is<R>: Fitting,
{
    type Of = R;
    fn add_to(self, list: &mut Vec<OrderNode>) {
        self.add(list);
    }
}

/// What [`Orderings`] is implemented for, and what is taken for one by mistake.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an ordering of rows",
    label = "expected a column, an expression, `.asc()`, `.desc()`, a to-one relation, or a tuple or `Vec` of them"
)]
pub trait OrderingLike {
    /// What must be so for an ordering of `R`.
    type Is<R>;
    /// Adds the items to a list.
    fn add(self, list: &mut Vec<OrderNode>);
}

/// Something over `S`, where it is to be over `R`.
#[doc(hidden)]
pub struct Of<S, R>(PhantomData<(S, R)>);
impl<S, R> Fitting for Of<S, R> where Same: Hosts<S, R> {}

#[diagnostic::do_not_recommend]
impl<S, N> OrderingLike for Ordering<S, N> {
    type Is<R> = Of<S, R>;
    fn add(self, list: &mut Vec<OrderNode>) {
        list.push(self.node);
    }
}

#[diagnostic::do_not_recommend]
impl<S, T: Column, K: Cardinality> OrderingLike for Expr<S, T, K> {
    type Is<R> = Of<S, R>;
    fn add(self, list: &mut Vec<OrderNode>) {
        let sql_type = Some(T::SQL_TYPE);
        list.push(OrderNode { node: self.into_node(), desc: false, nulls: None, sql_type });
    }
}

macro_rules! lists {
    ($([$($generics:tt)*] $list:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<O: OrderingLike, $($generics)*> OrderingLike for $list {
            type Is<R> = O::Is<R>;
            fn add(self, list: &mut Vec<OrderNode>) {
                for item in self {
                    item.add(list);
                }
            }
        }
    )*};
}
lists! {
    [] Vec<O>;
    [const N: usize] [O; N];
}

macro_rules! tuple_orderings {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($t: OrderingLike),*> OrderingLike for ($($t,)*) {
            type Is<Root> = ($($t::Is<Root>,)*);
            #[allow(non_snake_case)]
            fn add(self, list: &mut Vec<OrderNode>) {
                let ($($t,)*) = self;
                $($t.add(list);)*
            }
        }
    };
}
tuples!(tuple_orderings);

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a to-many relation has no order by itself: order by a column behind it, or by its `.count()`",
    label = "many rows"
)]
pub trait OneToOrder: Cardinality {}
#[diagnostic::do_not_recommend]
impl<K: ToOne> OneToOrder for K {}

/// A path over `S` of this kind.
#[doc(hidden)]
pub struct Row<S, K, R>(PhantomData<(S, K, R)>);
impl<S, K: OneToOrder, R> Fitting for Row<S, K, R> where Same: Hosts<S, R> {}

#[diagnostic::do_not_recommend]
impl<M: Model, S: Model, K: Cardinality> OrderingLike for Fields<M, S, K> {
    type Is<R> = Row<S, K, R>;
    fn add(self, list: &mut Vec<OrderNode>) {
        list.push(OrderNode {
            node: Node::relation(self.into_path()),
            desc: false,
            nulls: None,
            sql_type: None,
        });
    }
}

#[diagnostic::do_not_recommend]
impl<S, T, N> OrderingLike for Case<S, T, N> {
    type Is<R> = Unended<R>;
    fn add(self, _: &mut Vec<OrderNode>) {}
}
