//! Query sets that a relation is looked for in: their rows are whole ones, keys, or begin with a
//! whole row.

use super::path::KeysOrQuery;
use crate::column::Column;
use crate::expr::{Expr, Subquery};
use crate::ir::{Members, Query};
use crate::model::{Fields, Model, One};
use crate::queryset::{Element, Free, Nested, Of, QuerySet, Via};

/// What closures would receive for rows that say which rows of `M` are meant.
#[doc(hidden)]
pub trait KeysOf<M: Model> {
    /// The query, whose rows are these.
    fn rows(query: Query, to_field: Option<&'static str>) -> Members;
}

impl<M: Model> KeysOf<M> for Fields<M, M, One> {
    fn rows(query: Query, _: Option<&'static str>) -> Members {
        Members::Query(Box::new(query))
    }
}

impl<M: Model, T: Column<Inner = M::Pk>> KeysOf<M> for Expr<M, T> {
    fn rows(mut query: Query, to_field: Option<&'static str>) -> Members {
        if let Some(field) = to_field {
            query.fail(|| {
                format!(
                    "the relation refers to `{field}` and not to the primary key of `{}`: give it \
                     a query set of whole rows",
                    M::meta().name
                )
            });
        }
        Members::Query(Box::new(query))
    }
}

/// What was appended to the rows decides which of them there are, and is not read.
fn first_of_each(mut query: Query) -> Members {
    let first = query.select.first().cloned();
    let keys = query.deselect();
    query.select.extend(first);
    query.select_values(keys);
    Members::Query(Box::new(query))
}

macro_rules! query_set_keys {
    ($([$($extra:ident)*] $set:ident $rest:tt;)*) => {$(
        query_set_keys!(@one [$($extra)*] $set $rest);
        query_set_keys!(@rows [$($extra)*] $set $rest; A);
        query_set_keys!(@rows [$($extra)*] $set $rest; A B);
        query_set_keys!(@rows [$($extra)*] $set $rest; A B C);
    )*};
    (@one [$($extra:ident)*] $set:ident ($rest:ty)) => {
        #[diagnostic::do_not_recommend]
        impl<M: Model, R: Model, N: Model, O: Element $(, $extra)*> KeysOrQuery<M, R>
            for $set<N, O, $rest>
        where
            O::Paths<M>: KeysOf<M>,
        {
            fn keys_or_query(self, to_field: Option<&'static str>) -> Members {
                <O::Paths<M>>::rows(Subquery::<R>::into_query(self), to_field)
            }
        }
    };
    (@rows [$($extra:ident)*] $set:ident ($rest:ty); $($t:ident)+) => {
        #[diagnostic::do_not_recommend]
        impl<M: Model, R: Model, N: Model, $($t),+ $(, $extra)*> KeysOrQuery<M, R>
            for $set<N, (M, $($t),+), $rest>
        {
            fn keys_or_query(self, _: Option<&'static str>) -> Members {
                first_of_each(Subquery::<R>::into_query(self))
            }
        }
    };
}
query_set_keys! {
    [] QuerySet (Free);
    [] QuerySet (Of<R>);
    [V F] QuerySet (Via<V, F>);
    [P] Nested (P);
}
