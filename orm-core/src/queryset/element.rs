//! What closures receive for the rows of other queries: expressions and paths, by place.

use crate::column::Column;
use crate::expr::Expr;
use crate::ir::{Node, PathBuf, Scope, Selected};
use crate::model::{Cardinality, Fields, Model};

/// Where the next element of a row begins.
pub struct Place<'q> {
    items: std::slice::Iter<'q, Selected>,
}

impl<'q> Place<'q> {
    pub(super) fn of(select: &'q [Selected]) -> Self {
        Place { items: select.iter() }
    }
}

/// A column type, or a model, and no more.
#[derive(Debug, Clone, Copy)]
pub struct Plain;

/// A row of another query, or an element of one: a scalar, a model, an `Option` of a model, a tuple of
/// them. `T` tells these kinds apart, and is found by the compiler.
#[diagnostic::on_unimplemented(
    message = "closures cannot receive a `{Self}` of the rows of another query",
    label = "holds what is not a column, not a model, and no tuple of them",
    note = "select single columns, and call `row!` and `prefetch_related` behind `.nested()`, `.join(…)` and the like"
)]
pub trait Element<T = Plain> {
    /// What stands for it on the right side of `in_`: itself, or the model's key.
    type Member;
    /// What closures receive for it.
    type Paths<R: Model>: AtPlace;
    /// The same where there may be no row.
    type Missing<R: Model>: AtPlace;
}

/// What stands for an element of a row by its place.
pub trait AtPlace {
    /// Makes it, and passes over what is selected for it.
    fn at_place(place: &mut Place<'_>) -> Self;
}

/// What closures receive for rows of a model, and for those that may be missing: what the derive
/// calls.
#[doc(hidden)]
#[macro_export]
macro_rules! __elements {
    ($model:ty, $key:ty) => {
        #[diagnostic::do_not_recommend]
        impl $crate::queryset::Element for $model {
            type Member = $key;
            type Paths<R: $crate::model::Model> =
                $crate::model::Fields<$model, R, $crate::model::One>;
            type Missing<R: $crate::model::Model> =
                $crate::model::Fields<$model, R, $crate::model::Opt>;
        }
        #[diagnostic::do_not_recommend]
        impl $crate::queryset::Element<$model> for ::core::option::Option<$model> {
            type Member = ::core::option::Option<$key>;
            type Paths<R: $crate::model::Model> =
                $crate::model::Fields<$model, R, $crate::model::Opt>;
            type Missing<R: $crate::model::Model> =
                $crate::model::Fields<$model, R, $crate::model::Opt>;
        }
        $crate::__raw_rows!(@model $model);
    };
}

const NOT_THERE: &str = "a row has fewer elements than its type says";

impl<R, T, K> AtPlace for Expr<R, T, K> {
    fn at_place(place: &mut Place<'_>) -> Self {
        Expr::from_node(match place.items.next() {
            Some(Selected::Expr(node, _)) => node.clone(),
            Some(Selected::Model(path)) => Node::relation(path.clone()),
            None => Node::Failed(NOT_THERE),
        })
    }
}

impl<M: Model, R: Model, K: Cardinality> AtPlace for Fields<M, R, K> {
    fn at_place(place: &mut Place<'_>) -> Self {
        Fields::at(match place.items.next() {
            Some(Selected::Model(path)) => path.clone(),
            _ => PathBuf::root(Scope::fresh(), M::meta()),
        })
    }
}

#[diagnostic::do_not_recommend]
impl<T: Column> Element for T {
    type Member = T::Inner;
    type Paths<R: Model> = Expr<R, T>;
    type Missing<R: Model> = Expr<R, Option<T::Inner>>;
}

/// What closures receive for a row, to which another element comes: one becomes a pair, as rows do.
pub trait Beside: Sized {
    /// The row with one more element.
    type With<U>;
    /// Appends an element.
    fn beside<U>(self, element: U) -> Self::With<U>;
}

impl<R, T, K> Beside for Expr<R, T, K> {
    type With<U> = (Self, U);
    fn beside<U>(self, element: U) -> (Self, U) {
        (self, element)
    }
}

impl<M: Model, R: Model, K: Cardinality> Beside for Fields<M, R, K> {
    type With<U> = (Self, U);
    fn beside<U>(self, element: U) -> (Self, U) {
        (self, element)
    }
}

macro_rules! tuples_beside {
    ($($t:ident)*) => {
        impl<$($t),*> Beside for ($($t,)*) {
            type With<Next> = ($($t,)* Next,);
            #[allow(non_snake_case)]
            fn beside<Next>(self, element: Next) -> Self::With<Next> {
                let ($($t,)*) = self;
                ($($t,)* element,)
            }
        }
    };
}
tuples_to_15!(tuples_beside);

macro_rules! tuple_elements {
    ($($t:ident)*) => {
        impl<$($t: AtPlace),*> AtPlace for ($($t,)*) {
            fn at_place(place: &mut Place<'_>) -> Self {
                ($($t::at_place(place),)*)
            }
        }
    };
}
tuples!(tuple_elements);

macro_rules! rows_of_elements {
    ($($t:ident $kind:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($t: Element<$kind>, $kind),*> Element<($($kind,)*)> for ($($t,)*) {
            type Member = ();
            type Paths<Root: Model> = ($($t::Paths<Root>,)*);
            type Missing<Root: Model> = ($($t::Missing<Root>,)*);
        }
    };
}
tuples_of_pairs!(rows_of_elements);
