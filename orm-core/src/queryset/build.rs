//! Methods that return another query set: nothing runs.

use super::QuerySet;
use crate::expr::{Condition, Orderings};
use crate::ir::{Distinct, Filter, Node};
use crate::model::{Model, OnFields};
use crate::prefetch::Prefetch;
use crate::row::{Decoder, Row};
use crate::select::{RelatedRow, Select, Selection};

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// Keeps the rows that satisfy a condition.
    ///
    /// Conditions of one call that go through a to-many relation are about one related row;
    /// those of chained calls may be about different ones.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books =
    ///     Book::objects().filter(|b| b.author().name().icontains("lennon") & b.pages().gt(100));
    /// assert_sql!(
    ///     books,
    ///     "SELECT … FROM book AS t0 JOIN author AS t1 ON t1.id = t0.author_id WHERE
    ///      UPPER(t1.name) LIKE UPPER($1) AND t0.pages > $2"
    /// );
    /// ```
    pub fn filter<C: Condition<M>>(mut self, condition: impl OnFields<M, C>) -> Self
    where
        C::Of: Sized,
    {
        let node = condition(&self.root()).into_condition();
        self.push_filter(node, false);
        self
    }

    /// Keeps the rows that do not satisfy a condition: the negation of [`filter`](Self::filter).
    ///
    /// A comparison with NULL does not hold, so its rows are kept, as in Django.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().exclude(|b| b.pages().gt(100));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE NOT (t0.pages > $1)");
    /// ```
    pub fn exclude<C: Condition<M>>(mut self, condition: impl OnFields<M, C>) -> Self {
        let node = condition(&self.root()).into_condition();
        self.push_filter(node, true);
        self
    }

    /// [`filter`](Self::filter) where `apply` is true; the query set as it is otherwise.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let wanted: Option<i32> = None;
    /// let books = Book::objects().filter_if(wanted.is_some(), |b| b.pages().eq(wanted));
    /// assert_sql!(books, "SELECT … FROM book AS t0");
    /// ```
    pub fn filter_if<C: Condition<M>>(self, apply: bool, condition: impl OnFields<M, C>) -> Self {
        if apply { self.filter(condition) } else { self }
    }

    /// Orders the rows, in place of every earlier ordering.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books =
    ///     Book::objects().order_by(|b| (b.author().name(), b.published().desc().nulls_last()));
    /// assert_sql!(
    ///     books,
    ///     "SELECT … FROM book AS t0 JOIN author AS t1 ON t1.id = t0.author_id ORDER BY t1.name,
    ///      t0.published DESC NULLS LAST"
    /// );
    /// ```
    pub fn order_by<X: Orderings<M>>(mut self, ordering: impl OnFields<M, X>) -> Self
    where
        X::Of: Sized,
    {
        let mut by = Vec::new();
        ordering(&self.root()).add_to(&mut by);
        self.query.fail_to_order_once_sliced();
        self.query.order.by = Some(by);
        self.query.order.reversed = false;
        self
    }

    /// No ordering, not even the model's default.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().order_by(|b| b.name()).unordered();
    /// assert_sql!(books, "SELECT … FROM book AS t0");
    /// ```
    pub fn unordered(mut self) -> Self {
        self.query.fail_to_order_once_sliced();
        self.query.order.by = Some(Vec::new());
        self.query.order.reversed = false;
        self
    }

    /// The opposite ordering.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().order_by(|b| b.name()).reverse();
    /// assert_sql!(books, "SELECT … FROM book AS t0 ORDER BY t0.name DESC");
    /// ```
    pub fn reverse(mut self) -> Self {
        self.query.fail_once_sliced("reverse a query", "reverse first");
        self.query.order.reversed = !self.query.order.reversed;
        self
    }

    /// Rows that differ: `SELECT DISTINCT`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let pages = Book::objects().values(|b| b.pages()).distinct();
    /// assert_sql!(pages, "SELECT DISTINCT t0.pages FROM book AS t0");
    /// ```
    pub fn distinct(mut self) -> Self {
        self.query.fail_once_sliced(
            "make rows distinct",
            "call `distinct` first, or `.nested()` before it",
        );
        self.query.distinct = Distinct::Rows;
        self
    }

    /// The first row of those that are equal in some columns: `SELECT DISTINCT ON (…)`.
    ///
    /// The ordering must begin with the same columns. `WHERE` runs first: to filter what is
    /// left, use [`nested`](Self::nested).
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let longest = Book::objects()
    ///     .distinct_on(|b| b.author())
    ///     .order_by(|b| (b.author(), b.pages().desc()));
    /// assert_sql!(
    ///     longest,
    ///     "SELECT DISTINCT ON (t0.author_id) … FROM book AS t0 ORDER BY t0.author_id, t0.pages
    ///      DESC"
    /// );
    /// ```
    pub fn distinct_on<X: Orderings<M>>(mut self, columns: impl OnFields<M, X>) -> Self {
        self.query.fail_once_sliced(
            "make rows distinct",
            "call `distinct_on` first, or `.nested()` before it",
        );
        let mut on = Vec::new();
        columns(&self.root()).add_to(&mut on);
        self.query.distinct = Distinct::On(on.into_iter().map(|item| item.node).collect());
        self
    }

    /// No row, and no query.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// assert!(Book::objects().none().all(&db).await?.is_empty());
    /// assert_sent!(db);
    /// # Ok(()) })
    /// ```
    pub fn none(mut self) -> Self {
        self.query.none = true;
        self
    }

    /// Selects something else in place of the model: a scalar, a tuple, a struct by `row!`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let names = Book::objects().values(|b| (b.name(), b.editor().name()));
    /// assert_sql!(
    ///     names,
    ///     "SELECT t0.name, t1.name FROM book AS t0 LEFT JOIN author AS t1 ON t1.id =
    ///      t0.editor_id"
    /// );
    /// let names: QuerySet<Book, (String, Option<String>)> = names;
    /// ```
    pub fn values<X: Select<M>>(mut self, columns: impl OnFields<M, X>) -> QuerySet<M, X::Out, S> {
        let columns = columns(&self.root());
        let keys = self.query.deselect();
        self.prefetches.clear();
        let decoder = columns.select(&mut Selection::new(&mut self.query, &mut self.prefetches));
        self.query.select_values(keys);
        self.with_decoder(Decoder::new(decoder))
    }

    /// Adds something to the row: `Book` becomes `(Book, i64)`.
    ///
    /// An aggregate groups: by the model's rows, or by what `values` has selected.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let authors: QuerySet<Author, (Author, i64)> =
    ///     Author::objects().annotate(|a| a.books().count());
    /// assert_sql!(
    ///     authors,
    ///     "SELECT …, COUNT(t1.id) FROM author AS t0 LEFT JOIN book AS t1 ON t1.author_id =
    ///      t0.id GROUP BY t0.id"
    /// );
    /// ```
    pub fn annotate<X: Select<M>, P>(mut self, column: impl OnFields<M, X>) -> QuerySet<M, P, S>
    where
        O: Row<With<X::Out> = P> + 'static,
        P: 'static,
    {
        let column = column(&self.root());
        let next = column.select(&mut Selection::new(&mut self.query, &mut self.prefetches));
        let decoder = self.decoder.clone().with(next);
        self.with_decoder(decoder)
    }

    /// Loads to-one relations by a join: `Book` becomes `(Book, Author)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().select_related(|b| (b.author(), b.editor()));
    /// assert_sql!(
    ///     books,
    ///     "SELECT … FROM book AS t0 JOIN author AS t1 ON t1.id = t0.author_id LEFT JOIN author
    ///      AS t2 ON t2.id = t0.editor_id"
    /// );
    /// let books: QuerySet<Book, (Book, (Author, Option<Author>))> = books;
    /// ```
    pub fn select_related<X: RelatedRow<M>, P>(
        self,
        relations: impl OnFields<M, X>,
    ) -> QuerySet<M, P, S>
    where
        O: WithModel<M> + Row<With<<X::Row as Select<M>>::Out> = P> + 'static,
        P: 'static,
    {
        self.annotate(|root| relations(root).row())
    }

    /// Loads relations by one more statement each: `Author` becomes `(Author, Vec<Book>)`.
    ///
    /// Those of one level run in one round trip.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let authors: Vec<(Author, Vec<Book>)> =
    ///     Author::objects().prefetch_related(|a| a.books()).all(&db).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT … FROM author AS t0",
    ///     "SELECT … FROM book AS t0 WHERE t0.author_id = ANY($1)"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn prefetch_related<X: Prefetch<M>, P>(
        mut self,
        relation: impl OnFields<M, X>,
    ) -> QuerySet<M, P, S>
    where
        O: WithModel<M> + Row<With<X::Out> = P> + 'static,
        P: 'static,
    {
        let relation = relation(&self.root());
        let next = relation.prefetch(&mut Selection::new(&mut self.query, &mut self.prefetches));
        let decoder = self.decoder.clone().with(next);
        self.with_decoder(decoder)
    }

    pub(super) fn push_filter(&mut self, node: Node, negated: bool) {
        if self.query.is_sliced() {
            self.query.fail(|| {
                format!(
                    "cannot filter `{}` once a slice has been taken; filter first, or use \
                     `.nested()` to filter the slice's rows",
                    M::meta().name
                )
            });
        }
        if matches!(self.query.distinct, Distinct::On(_)) {
            warn_of_distinct_on(M::meta().name);
        }
        let after = self.query.steps();
        self.query.filters.push(Filter { negated, ..Filter::new(node, after) });
    }

    /// Adds a condition that is not the user's: the rows of a related set.
    pub(crate) fn related_to(mut self, node: Node, sticky: bool) -> Self {
        let after = self.query.steps();
        self.query.filters.push(Filter { sticky, ..Filter::new(node, after) });
        self
    }
}

/// Says once that SQL runs WHERE before DISTINCT ON, which is seldom what such a chain means.
fn warn_of_distinct_on(model: &str) {
    static SAID: std::sync::Once = std::sync::Once::new();
    SAID.call_once(|| {
        tracing::warn!(
            target: "orm::query",
            model,
            "`filter` after `distinct_on` takes rows away before the first of each is chosen; to \
             filter what was chosen, call `.nested()` in between"
        );
    });
}

/// Rows that still begin with the model: relations can be loaded beside it.
#[diagnostic::on_unimplemented(
    message = "relations of `{M}` cannot be loaded into rows of `{Self}`",
    label = "`values` has replaced the model in the row",
    note = "call `select_related` and `prefetch_related` before `values`, or name the relation inside of `values`"
)]
pub trait WithModel<M> {}
#[diagnostic::do_not_recommend]
impl<M: Model> WithModel<M> for M {}

macro_rules! tuples_with_model {
    ($first:ident $($t:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<M: Model, $first: WithModel<M>, $($t),*> WithModel<M> for ($first, $($t,)*) {}
    };
}
tuples!(tuples_with_model);
