//! What `in_` takes: lists, tuples of mixed expressions, query sets.

use super::IntoExpr;
use crate::column::{Column, Nullness};
use crate::ir::{Members, Node};
use orm_sql::value::SqlType;

/// Something that an expression which holds a `T` can be a member of, over the rows of `R`.
///
/// `W` is what it is, of [`Iterated`], [`Mixed`] and [`Queried`], and found by the compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of `{T}`, nor a query of them",
    label = "expected a list, an iterator, a tuple or a query set of `{T}`",
    note = "one value is written as `[value]`; a query set selects one column: `.values(|b| b.pages())`"
)]
pub trait IntoMembers<T: Column, R, W> {
    /// Whether a member can be NULL.
    type Null: Nullness;
    /// The untyped members.
    fn into_members(self) -> Members;
}

/// Values become one parameter; as soon as an expression is among them they are written one by
/// one. NULLs are left out.
fn members(nodes: Vec<Node>, sql_type: &'static SqlType) -> Members {
    if nodes.iter().any(|node| !matches!(node, Node::Value(..))) {
        let known = |node: &Node| !matches!(node, Node::Value(value, _) if value.is_null());
        return Members::Nodes(nodes.into_iter().filter(known).collect());
    }
    let values = nodes.into_iter().filter_map(|node| match node {
        Node::Value(value, _) if !value.is_null() => Some(value),
        _ => None,
    });
    Members::Values(values.collect(), sql_type)
}

/// Lists, sets, and iterators.
#[derive(Debug, Clone, Copy)]
pub struct Iterated;
/// Tuples of values and expressions.
#[derive(Debug, Clone, Copy)]
pub struct Mixed;
/// Query sets.
#[derive(Debug, Clone, Copy)]
pub struct Queried;

#[diagnostic::do_not_recommend]
impl<T: Column, R, V: IntoIterator<Item: IntoExpr<T, R>>> IntoMembers<T, R, Iterated> for V {
    type Null = <V::Item as IntoExpr<T, R>>::Null;
    fn into_members(self) -> Members {
        members(self.into_iter().map(IntoExpr::into_node).collect(), &T::SQL_TYPE)
    }
}

/// NULL if any of these can be.
macro_rules! any_null {
    ($t:ident) => { $t::Null };
    ($t:ident $($rest:ident)+) => { <$t::Null as Nullness>::Or<any_null!($($rest)+)> };
}

macro_rules! tuple_members {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<Value: Column, R, $($t: IntoExpr<Value, R>),*> IntoMembers<Value, R, Mixed> for ($($t,)*) {
            type Null = any_null!($($t)*);
            #[allow(non_snake_case)]
            fn into_members(self) -> Members {
                let ($($t,)*) = self;
                members(vec![$($t.into_node()),*], &Value::SQL_TYPE)
            }
        }
    };
}
tuples!(tuple_members);
