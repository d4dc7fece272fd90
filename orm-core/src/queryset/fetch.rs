//! Terminals: what runs a query set.

use super::{QuerySet, Runnable};
use crate::execute::{rows, traced};
use crate::expr::Orderings;
use crate::ir::{
    Comparison, Distinct, Group, Members, ModelMeta, Node, OrderNode, PathBuf, Query, Source,
};
use crate::model::{HasLatest, Key, Model, OnFields};
use crate::query;
use crate::row::{Decoder, Reader, encoded};
use crate::select::{OverRows, Select, Selection, Totals};
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::Origin;
use orm_sql::exec::{BoxFuture, Executor, Statement, cell_error};
use orm_sql::value::SqlValue;

impl<M: Model, O: Send + 'static, S> QuerySet<M, O, S> {
    /// All rows.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let books: Vec<Book> = Book::objects().filter(|b| b.pages().gt(100)).all(&db).await?;
    /// assert_sent!(db, "SELECT … FROM book AS t0 WHERE t0.pages > $1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server or the connection reports; [`Error::Usage`] for a query that has no SQL.
    #[track_caller]
    pub fn all<'a>(&self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<Vec<O>>>
    where
        S: Runnable<Of: Sized>,
    {
        Box::pin(self.ready(&self.query, db.as_executor(), query::select).load(db.as_executor()))
    }

    /// The only row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tag: Tag = Tag::objects().filter(|t| t.name().eq("sea")).get(&db).await?;
    /// assert_sent!(db, "SELECT t0.id, t0.name FROM tag AS t0 WHERE t0.name = $1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`] and [`Error::MultipleObjectsReturned`].
    #[track_caller]
    pub fn get<'a>(&self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<O>>
    where
        S: Runnable<Of: Sized>,
    {
        let model = M::meta().name;
        let db = db.as_executor();
        let mut ready = self.ready(&self.query, db, query::select_only).only(model);
        Box::pin(async move { ready.one(db).await?.ok_or(Error::DoesNotExist { model }) })
    }

    /// The only row, or none.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tag: Option<Tag> = Tag::objects().filter(|t| t.name().eq("sea")).get_opt(&db).await?;
    /// assert_sent!(db, "SELECT t0.id, t0.name FROM tag AS t0 WHERE t0.name = $1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::MultipleObjectsReturned`].
    #[track_caller]
    pub fn get_opt<'a>(&self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<Option<O>>>
    where
        S: Runnable<Of: Sized>,
    {
        let db = db.as_executor();
        let mut ready = self.ready(&self.query, db, query::select_only).only(M::meta().name);
        Box::pin(async move { ready.one(db).await })
    }

    /// [`get_opt`](Self::get_opt) of the row that a key refers to.
    #[track_caller]
    pub(crate) fn get_opt_by_key<'a>(
        &self,
        db: &'a (impl Executor + ?Sized),
    ) -> BoxFuture<'a, Result<Option<O>>> {
        let db = db.as_executor();
        let ready = self.ready(&self.query, db, query::select_only).only(M::meta().name);
        let mut ready = ready.of(Origin::Key);
        Box::pin(async move { ready.one(db).await })
    }

    /// The first row, by the key where there is no ordering.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let first: Option<Tag> = Tag::objects().first(&db).await?;
    /// assert_sent!(db, "SELECT t0.id, t0.name FROM tag AS t0 ORDER BY t0.id LIMIT 1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server or the connection reports; [`Error::Usage`] for groups without an
    /// ordering.
    #[track_caller]
    pub fn first<'a>(&self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<Option<O>>>
    where
        S: Runnable<Of: Sized>,
    {
        let mut query = (*self.query).clone();
        order_by_key(&mut query);
        self.single(db, query)
    }

    /// The last row, by the key where there is no ordering.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let last: Option<Tag> = Tag::objects().order_by(|t| t.name()).last(&db).await?;
    /// assert_sent!(db, "SELECT t0.id, t0.name FROM tag AS t0 ORDER BY t0.name DESC LIMIT 1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server or the connection reports; [`Error::Usage`] after a slice, and for groups
    /// without an ordering.
    #[track_caller]
    pub fn last<'a>(&self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<Option<O>>>
    where
        S: Runnable<Of: Sized>,
    {
        let mut query = (*self.query).clone();
        query.fail_once_sliced("reverse a query", "reverse first");
        order_by_key(&mut query);
        query.order.reversed = !query.order.reversed;
        self.single(db, query)
    }

    /// The row at a place of the ordering, from 0.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let third: Tag = Tag::objects().order_by(|t| t.name()).nth(&db, 2).await?;
    /// assert_sent!(db, "SELECT t0.id, t0.name FROM tag AS t0 ORDER BY t0.name LIMIT 1 OFFSET $1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`] where there are not so many rows.
    #[track_caller]
    pub fn nth<'a>(&self, db: &'a (impl Executor + ?Sized), place: u64) -> BoxFuture<'a, Result<O>>
    where
        S: Runnable<Of: Sized>,
    {
        let row = self.single(db, (*self.clone().slice(place..=place).query).clone());
        Box::pin(async move { row.await?.ok_or(Error::DoesNotExist { model: M::meta().name }) })
    }

    /// The row with the greatest value of the model's `get_latest_by`.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// // Of a model with `#[model(get_latest_by = published)]`.
    /// let newest: Book = Book::objects().latest(&db).await?;
    /// assert_sent!(db, "SELECT … FROM book AS t0 ORDER BY t0.published DESC LIMIT 1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`].
    #[track_caller]
    pub fn latest<'a>(&self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<O>>
    where
        M: HasLatest,
        S: Runnable<Of: Sized>,
    {
        self.extreme(db, latest_by::<M>(), true)
    }

    /// The row with the smallest value of the model's `get_latest_by`.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let oldest: Book = Book::objects().earliest(&db).await?;
    /// assert_sent!(db, "SELECT … FROM book AS t0 ORDER BY t0.published LIMIT 1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`].
    #[track_caller]
    pub fn earliest<'a>(&self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<O>>
    where
        M: HasLatest,
        S: Runnable<Of: Sized>,
    {
        self.extreme(db, latest_by::<M>(), false)
    }

    /// The row with the greatest value of some columns.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let longest: Book = Book::objects().latest_by(&db, |b| (b.pages(), b.name())).await?;
    /// assert_sent!(db, "SELECT … FROM book AS t0 ORDER BY t0.pages DESC, t0.name DESC LIMIT 1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`].
    #[track_caller]
    pub fn latest_by<'a, X: Orderings<M>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        by: impl OnFields<M, X>,
    ) -> BoxFuture<'a, Result<O>>
    where
        S: Runnable<Of: Sized>,
    {
        let mut order = Vec::new();
        by(&self.root()).add_to(&mut order);
        self.extreme(db, Ok(order), true)
    }

    /// The row with the smallest value of some columns.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let shortest: Book = Book::objects().earliest_by(&db, |b| b.pages()).await?;
    /// assert_sent!(db, "SELECT … FROM book AS t0 ORDER BY t0.pages LIMIT 1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`].
    #[track_caller]
    pub fn earliest_by<'a, X: Orderings<M>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        by: impl OnFields<M, X>,
    ) -> BoxFuture<'a, Result<O>>
    where
        S: Runnable<Of: Sized>,
    {
        let mut order = Vec::new();
        by(&self.root()).add_to(&mut order);
        self.extreme(db, Ok(order), false)
    }

    /// How many rows there are.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let long: u64 = Book::objects().filter(|b| b.pages().gt(100)).count(&db).await?;
    /// assert_sent!(db, "SELECT COUNT(*) FROM book AS t0 WHERE t0.pages > $1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server or the connection reports.
    #[track_caller]
    pub fn count<'a>(&self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<u64>>
    where
        S: Runnable<Of: Sized>,
    {
        if query::is_empty(&self.query) && self.query.error.is_none() {
            return Box::pin(async { Ok(0) });
        }
        let statement = query::count(&self.query.on(db));
        let statement = traced(statement, &self.query);
        Box::pin(async move {
            let rows =
                rows(db.as_executor(), &statement?, &Decoder::Fn(|r| r.column::<i64>())).await?;
            Ok(rows.first().map_or(0, |count| u64::try_from(*count).unwrap_or(0)))
        })
    }

    /// Whether there is a row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let any: bool = Book::objects().filter(|b| b.pages().gt(100)).exists(&db).await?;
    /// assert_sent!(db, "SELECT 1 FROM book AS t0 WHERE t0.pages > $1 LIMIT 1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server or the connection reports.
    #[track_caller]
    pub fn exists<'a>(&self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<bool>>
    where
        S: Runnable<Of: Sized>,
    {
        exists(db, &self.query)
    }

    /// Aggregates over all rows, as one value or a tuple.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let (books, longest): (i64, Option<i32>) =
    ///     Book::objects().aggregate(&db, |b| (count_all(), b.pages().max())).await?;
    /// assert_sent!(db, "SELECT COUNT(*), MAX(t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server or the connection reports.
    #[track_caller]
    pub fn aggregate<'a, X: Select<M> + Totals>(
        &self,
        db: &'a (impl Executor + ?Sized),
        aggregates: impl OnFields<M, X>,
    ) -> BoxFuture<'a, Result<X::Out>>
    where
        X::Is: OverRows,
        S: Runnable<Of: Sized>,
    {
        aggregate(db, &self.query, aggregates(&self.root()))
    }

    #[track_caller]
    fn single<'a>(
        &self,
        db: &'a (impl Executor + ?Sized),
        mut query: Query,
    ) -> BoxFuture<'a, Result<Option<O>>> {
        query.limit = Some(query.limit.map_or(1, |limit| limit.min(1)));
        let db = db.as_executor();
        let mut ready = self.ready(&query, db, query::select);
        Box::pin(async move { ready.one(db).await })
    }

    #[track_caller]
    pub(super) fn extreme<'a>(
        &self,
        db: &'a (impl Executor + ?Sized),
        by: Result<Vec<OrderNode>>,
        latest: bool,
    ) -> BoxFuture<'a, Result<O>> {
        let by = match by {
            Ok(by) => by,
            Err(error) => return Box::pin(async { Err(error) }),
        };
        let mut query = (*self.query).clone();
        query.fail_to_order_once_sliced();
        query.order.by = Some(by);
        query.order.reversed = latest;
        let row = self.single(db, query);
        Box::pin(async move { row.await?.ok_or(Error::DoesNotExist { model: M::meta().name }) })
    }
}

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// Whether a row is one of these.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let tag = Tag { id: 1, name: "sea".into() };
    /// let is_short: bool =
    ///     Tag::objects().filter(|t| t.name().length().lt(5)).contains(&db, &tag).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT 1 FROM tag AS t0 WHERE LENGTH(t0.name) < $1 AND t0.id = $2 LIMIT 1"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server or the connection reports.
    #[track_caller]
    pub fn contains<'a>(
        &self,
        db: &'a (impl Executor + ?Sized),
        row: &M,
    ) -> BoxFuture<'a, Result<bool>>
    where
        S: Runnable<Of: Sized>,
    {
        exists(db, &containing(&self.query, M::meta(), row.pk().to_values()))
    }
}

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// The SQL text, without running it.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let sql = Tag::objects().sql()?;
    /// assert_eq!(sql, r#"SELECT t0."id", t0."name" FROM "tag" AS t0"#);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for a query that has no SQL, with the reason.
    pub fn sql(&self) -> Result<String> {
        self.shown().map(|statement| statement.sql.as_ref().to_owned())
    }

    /// The SQL text and the values of its parameters, without running it.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let (sql, params) = Tag::objects().filter(|t| t.name().eq("sea")).sql_with_params()?;
    /// assert_eq!(sql, r#"SELECT t0."id", t0."name" FROM "tag" AS t0 WHERE t0."name" = $1"#);
    /// assert_eq!(params, [SqlValue::Text("sea".into())]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for a query that has no SQL, with the reason.
    pub fn sql_with_params(&self) -> Result<(String, Vec<SqlValue>)> {
        let statement = self.shown()?;
        let values = statement.params.into_iter().map(|(value, _)| value);
        Ok((statement.sql.as_ref().to_owned(), values.collect()))
    }

    /// The statement where there is no executor: of some tenant, where its rows belong to tenants.
    fn shown(&self) -> Result<Statement> {
        match query::select(&self.query) {
            Err(_) if self.query.tenancy.is_none() => query::select(&self.query.shown()),
            known => known,
        }
    }
}

#[track_caller]
pub(super) fn aggregate<'a, M: Model, X: Select<M>>(
    db: &'a (impl Executor + ?Sized),
    query: &Query,
    aggregates: X,
) -> BoxFuture<'a, Result<X::Out>> {
    let mut selected = Query::new(M::meta());
    selected.select.clear();
    let decoder = aggregates.select(&mut Selection::new(&mut selected, &mut Vec::new()));
    let decoder = Decoder::new(decoder);
    let expressions = selected.expressions();
    if let (true, None, Ok(expressions)) = (query::is_empty(query), &query.error, &expressions) {
        let totals = expressions.iter().map(|(node, _)| query::over_nothing(node));
        if let Some(row) = totals.collect::<Option<Vec<_>>>().and_then(encoded) {
            let totals = decoder.decode(&mut Reader::new(&row));
            let totals = totals.map_err(|e| cell_error(&Statement::default(), e.column, &e.error));
            return Box::pin(async move { totals });
        }
    }
    let statement = expressions.and_then(|list| query::aggregate(&query.on(db), &list));
    let statement = crate::execute::traced(statement, query);
    Box::pin(async move {
        let rows = rows(db.as_executor(), &statement?, &decoder).await?;
        rows.into_iter().next().ok_or_else(|| Error::usage("the server returned no row"))
    })
}

#[track_caller]
fn exists<'a>(db: &'a (impl Executor + ?Sized), query: &Query) -> BoxFuture<'a, Result<bool>> {
    if query::is_empty(query) && query.error.is_none() {
        return Box::pin(async { Ok(false) });
    }
    let statement = traced(query::exists(&query.on(db)), query);
    Box::pin(async move {
        let rows = rows(db.as_executor(), &statement?, &Decoder::Fn(|_| Ok(()))).await?;
        Ok(!rows.is_empty())
    })
}

/// The rows of a query that are the row of a key.
fn containing(query: &Query, model: &'static ModelMeta, key: Vec<SqlValue>) -> Query {
    let mut query = query.clone();
    if query.group != Group::Rows {
        query.fail(|| {
            format!(
                "`contains` after `values`: the rows are no longer those of `{}`; ask before \
                 `values`, or filter by what is selected and call `exists`",
                model.name
            )
        });
    }
    let is_cut = query.is_sliced() || matches!(query.distinct, Distinct::On(_));
    if is_cut || matches!(query.source, Source::Combined(..)) {
        // Which rows there are must not depend on which one is looked for.
        query.lock = None;
        let error = query.error.take();
        let mut all = Query::new(model);
        all.error = error;
        let root = Node::relation(PathBuf::root(all.scope, model));
        let among = Node::In(Box::new(root), Members::Query(Box::new(query)));
        query = all.with_filter(among);
    }
    let root = Node::relation(PathBuf::root(query.scope, model));
    query.with_filter(Node::compare(Comparison::Eq, root, Node::row(key)))
}

fn latest_by<M: Model>() -> Result<Vec<OrderNode>> {
    let meta = M::meta();
    meta.latest_by().map(|by| by()).ok_or_else(|| {
        Error::usage(format!(
            "`{}` does not say `get_latest_by`; add it to the model, or use `latest_by` and `earliest_by`",
            meta.name
        ))
    })
}

/// Orders by the primary key where nothing else does.
fn order_by_key(query: &mut Query) {
    let Some(model) = query.model() else { return };
    let grouped = crate::ir::is_grouped(query);
    let ordered = match &query.order.by {
        Some(by) => !by.is_empty(),
        // Groups leave the default ordering out.
        None => query.default_order().is_some() && !grouped,
    };
    if ordered {
        return;
    }
    if grouped && !query.groups_by_row() {
        query.fail(|| {
            format!(
                "groups of `{}` have no key to be ordered by; say by `order_by` which is the first",
                model.name
            )
        });
    }
    let node = Node::relation(PathBuf::root(query.scope, model));
    query.order.by = Some(vec![OrderNode { node, desc: false, nulls: None, sql_type: None }]);
}
