//! Set operations: `union`, `union_all`, `intersection`, `difference`.

use super::element::Element;
use super::source::SameRows;
use super::{Nested, QuerySet, Runnable};
use crate::ir::{Ordering, Query, Selected, Source};
use crate::model::Model;
use orm_sql::ast::Combinator;
use orm_sql::value::SqlType;

/// The same methods of query sets and of what works on rows.
macro_rules! set_operations {
    ($($(#[$doc:meta])* $name:ident $op:ident;)*) => {
        impl<M: Model, O: 'static, S: Runnable<Of: Sized>> QuerySet<M, O, S> {
            $(
                $(#[$doc])*
                pub fn $name<X, T>(self, other: X) -> Nested<M, O, O::Paths<M>>
                where
                    X: SameRows<O, Of: Sized>,
                    O: Element<T>,
                {
                    put_together(Combinator::$op, self, other.into_rows())
                }
            )*
        }

        impl<M: Model, O: 'static, P> Nested<M, O, P> {
            $(
                $(#[$doc])*
                pub fn $name<X, T>(self, other: X) -> Nested<M, O, O::Paths<M>>
                where
                    X: SameRows<O, Of: Sized>,
                    O: Element<T>,
                {
                    put_together(Combinator::$op, self.set, other.into_rows())
                }
            )*
        }
    };
}
set_operations! {
    /// The rows of both, each once: `UNION`. They may be of other models, as long as they are read as the
    /// same type. What follows works on all rows: it can filter, order, slice and annotate them, and
    /// prefetch where they are models.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().values(|b| (b.name(), value("book")));
    /// let authors = Author::objects().values(|a| (a.name(), value("author")));
    /// let found = books.union(authors).order_by(|(name, kind)| (kind.clone(), name.clone())).limit(10);
    /// assert_sql!(
    ///     found,
    ///     "(SELECT t0.name, $1 FROM book AS t0) UNION (SELECT t1.name, $2 FROM author AS t1) ORDER BY
    ///      2, 1 LIMIT 10"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Usage`](orm_sql::Error::Usage) of the terminal where the columns have other types in the
    /// database.
    union Union;
    /// The rows of both, as often as they are there: `UNION ALL`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let names = Book::objects().values(|b| b.name());
    /// let all = names.union_all(Author::objects().values(|a| a.name()));
    /// assert_sql!(
    ///     all.filter(|name| name.icontains("sea")),
    ///     "SELECT t2.c0 FROM ((SELECT t0.name AS c0 FROM book AS t0) UNION ALL (SELECT t1.name AS
    ///      c0 FROM author AS t1)) AS t2 WHERE UPPER(t2.c0) LIKE UPPER($1)"
    /// );
    /// ```
    union_all UnionAll;
    /// The rows that are in both: `INTERSECT`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let long = Book::objects().filter(|b| b.pages().gt(500)).values(|b| b.author().id());
    /// let short = Book::objects().filter(|b| b.pages().lt(50)).values(|b| b.author().id());
    /// assert_sql!(
    ///     Author::objects().filter(|a| a.id().in_(long.intersection(short))),
    ///     "SELECT … FROM author AS t0 WHERE t0.id IN ((SELECT t1.author_id FROM book AS t1 WHERE
    ///      t1.pages > $1) INTERSECT (SELECT t2.author_id FROM book AS t2 WHERE t2.pages < $2))"
    /// );
    /// ```
    intersection Intersection;
    /// The rows of the first that are not in the second: `EXCEPT`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let names = Author::objects().values(|a| a.name());
    /// assert_sql!(
    ///     names.difference(Book::objects().values(|b| b.name())),
    ///     "(SELECT t0.name FROM author AS t0) EXCEPT (SELECT t1.name FROM book AS t1)"
    /// );
    /// ```
    difference Difference;
}

fn put_together<M: Model, O, S, T>(
    op: Combinator,
    first: QuerySet<M, O, S>,
    second: Query,
) -> Nested<M, O, O::Paths<M>>
where
    O: Element<T> + 'static,
{
    let (first, decoder, prefetches) = first.into_parts();
    Nested::of(combined(op, first, second, M::meta()), decoder, prefetches)
}

fn combined(
    op: Combinator,
    first: Query,
    second: Query,
    model: &'static crate::ir::ModelMeta,
) -> Query {
    let mut query = Query::new(model);
    query.select = first.outputs(query.scope);
    query.order = Ordering::by(Vec::new());
    query.zone = first.zone.clone().or_else(|| second.zone.clone());
    let error = first.error.as_ref().or(second.error.as_ref());
    query.error = error.cloned();
    if !types(&first).eq(types(&second)) {
        query.fail(|| {
            "the rows of a set operation have columns of other types in the database: make them the \
             same by `.cast::<…>()`"
                .to_owned()
        });
    }
    if first.is_too_deep() || second.is_too_deep() {
        query.fail(|| crate::ir::TOO_DEEP.to_owned());
    } else {
        query.source = Source::Combined(op, vec![first, second]);
    }
    query
}

/// The types of the columns of a query.
fn types(query: &Query) -> impl Iterator<Item = SqlType> + '_ {
    query.select.iter().flat_map(|selected| {
        let fields = match selected {
            Selected::Model(path) => path.target().fields,
            Selected::Expr(..) => &[],
        };
        let one = match selected {
            Selected::Expr(_, sql_type) => Some(*sql_type),
            Selected::Model(_) => None,
        };
        fields.iter().map(|field| field.sql_type).chain(one)
    })
}
