//! Query sets that a relation is looked for in: their rows are whole ones, keys, or begin with a
//! whole row.

use super::path::KeysOrQuery;
use crate::column::Column;
use crate::expr::{Expr, Subquery};
use crate::ir::{Members, Query};
use crate::model::{Fields, Model, One};
use crate::queryset::{Free, NestedRow, Of, QuerySet, Via};

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

macro_rules! rows_of_several {
    ($($($t:ident)+;)*) => {$(
        impl<M: Model, $($t),+> KeysOf<M> for (Fields<M, M, One>, $($t),+) {
            fn rows(query: Query, _: Option<&'static str>) -> Members {
                first_of_each(query)
            }
        }
    )*};
}
rows_of_several! {
    A;
    A B;
    A B C;
}

macro_rules! query_set_keys {
    ($([$($extra:ident)*] $place:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<M: Model, R: Model, N: Model, O: NestedRow $(, $extra)*> KeysOrQuery<M, R>
            for QuerySet<N, O, $place>
        where
            O::Paths<M>: KeysOf<M>,
        {
            fn keys_or_query(self, to_field: Option<&'static str>) -> Members {
                <O::Paths<M>>::rows(Subquery::<R>::into_query(self), to_field)
            }
        }
    )*};
}
query_set_keys! {
    [] Free;
    [] Of<R>;
    [A F] Via<A, F>;
}
