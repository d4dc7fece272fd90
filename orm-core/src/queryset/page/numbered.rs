//! Pages by their numbers, as Django's `Paginator` has them: `paginate(20)`.

use super::run;
use crate::execute::{attach, traced};
use crate::model::Model;
use crate::query::{self, PageOf};
use crate::queryset::{Free, QuerySet, Runnable};
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::one_call;
use orm_sql::exec::{BoxFuture, Executor, Statement};
use orm_sql::row::RowBuffer;
use serde::Serialize;

/// The rows of a query set by pages that have numbers: what [`QuerySet::paginate`] returns.
#[must_use = "a page is loaded by `.page(&db, 1)`"]
pub struct Paginator<M, O> {
    set: QuerySet<M, O, Free>,
    rows: u64,
    orphans: u64,
    no_empty_page: bool,
}

/// A page with its number: what [`Paginator::page`] returns.
///
/// ```
/// # use orm_doctest::*; run(async |db| {
/// let page: NumberedPage<Tag> = Tag::objects().paginate(20).page(&db, 1).await?;
/// assert_eq!((page.number, page.pages, page.total), (1, 1, 1));
/// assert_eq!((page.start_index(), page.end_index()), (1, 1));
/// assert_eq!((page.has_next(), page.previous_number()), (false, None));
/// # Ok(()) })
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NumberedPage<O> {
    /// The rows.
    pub rows: Vec<O>,
    /// The number of the page, from 1.
    pub number: u64,
    /// How many pages there are.
    pub pages: u64,
    /// How many rows there are on all of them.
    pub total: u64,
    /// How many rows come before those of this page.
    pub before: u64,
}

impl<O> NumberedPage<O> {
    /// True where a page follows.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// assert!(!Tag::objects().paginate(20).page(&db, 1).await?.has_next());
    /// # Ok(()) })
    /// ```
    pub fn has_next(&self) -> bool {
        self.number < self.pages
    }

    /// True where a page comes before.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// assert!(!Tag::objects().paginate(20).page(&db, 1).await?.has_previous());
    /// # Ok(()) })
    /// ```
    pub fn has_previous(&self) -> bool {
        self.number > 1
    }

    /// True where there are pages beside this one.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// assert!(!Tag::objects().paginate(20).page(&db, 1).await?.has_other_pages());
    /// # Ok(()) })
    /// ```
    pub fn has_other_pages(&self) -> bool {
        self.has_next() || self.has_previous()
    }

    /// The number of the next page, where there is one.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// assert_eq!(Tag::objects().paginate(20).page(&db, 1).await?.next_number(), None);
    /// # Ok(()) })
    /// ```
    pub fn next_number(&self) -> Option<u64> {
        self.has_next().then_some(self.number.saturating_add(1))
    }

    /// The number of the page before, where there is one.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// assert_eq!(Tag::objects().paginate(20).page(&db, 1).await?.previous_number(), None);
    /// # Ok(()) })
    /// ```
    pub fn previous_number(&self) -> Option<u64> {
        self.number.checked_sub(1).filter(|number| *number > 0)
    }

    /// The place of the first row among all rows, from 1; 0 where there are none.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// assert_eq!(Tag::objects().paginate(20).page(&db, 1).await?.start_index(), 1);
    /// # Ok(()) })
    /// ```
    pub fn start_index(&self) -> u64 {
        if self.total == 0 { 0 } else { self.before.saturating_add(1) }
    }

    /// The place of the last row among all rows, from 1; 0 where there are none.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// assert_eq!(Tag::objects().paginate(20).page(&db, 1).await?.end_index(), 1);
    /// # Ok(()) })
    /// ```
    pub fn end_index(&self) -> u64 {
        self.before.saturating_add(self.rows.len() as u64)
    }

    /// The same page of something else, such as what is shown of each row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let page = Tag::objects().paginate(20).page(&db, 1).await?.map(|tag| tag.name);
    /// assert_eq!(page.rows, ["x"]);
    /// # Ok(()) })
    /// ```
    pub fn map<P>(self, each: impl FnMut(O) -> P) -> NumberedPage<P> {
        let NumberedPage { rows, number, pages, total, before } = self;
        NumberedPage { rows: rows.into_iter().map(each).collect(), number, pages, total, before }
    }
}

impl<M: Model, O: Send + 'static, S> QuerySet<M, O, S> {
    /// Pages of so many rows, by their numbers, as Django's `Paginator` has them.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let books = Book::objects().order_by(|b| b.name()).paginate(20);
    /// let page = books.page(&db, 1).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT … FROM book AS t0 ORDER BY t0.name, t0.id LIMIT 20",
    ///     "SELECT COUNT(*) FROM book AS t0"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// Where the ordering does not tell all rows apart, the same is added to it as by
    /// [`page`](Self::page), so that no row is on two pages. So a query set without an ordering, of
    /// which Django warns, has one. The server reads all rows before those of a page: deep pages are
    /// slow, and rows move on to other pages when some are inserted. [`page`](Self::page) has neither.
    pub fn paginate(&self, rows: u64) -> Paginator<M, O>
    where
        S: Runnable<Of: Sized>,
    {
        let decoder = self.decoder.clone();
        let set = self.clone().with_decoder(decoder);
        Paginator { set, rows, orphans: 0, no_empty_page: false }
    }
}

impl<M: Model, O: Send + 'static> Paginator<M, O> {
    /// So many rows at most are no page of their own, and go to the page before.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tags = Tag::objects().order_by(|t| t.name()).paginate(20).orphans(3);
    /// tags.page(&db, 1).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT t0.id, t0.name FROM tag AS t0 ORDER BY t0.name LIMIT 23",
    ///     "SELECT COUNT(*) FROM tag AS t0"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn orphans(self, rows: u64) -> Self {
        Paginator { orphans: rows, ..self }
    }

    /// Whether there is a first page where there are no rows; true unless it is said.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let pages = Tag::objects().none().paginate(20).allow_empty_first_page(false);
    /// assert!(matches!(pages.page(&db, 1).await, Err(Error::EmptyPage { pages: 0, .. })));
    /// # Ok(()) })
    /// ```
    pub fn allow_empty_first_page(self, allow: bool) -> Self {
        Paginator { no_empty_page: !allow, ..self }
    }

    /// How many rows there are on all pages.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// assert_eq!(Tag::objects().paginate(20).count(&db).await?, 1);
    /// assert_sent!(db, "SELECT COUNT(*) FROM tag AS t0");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server or the connection reports.
    #[track_caller]
    pub fn count<'a>(&self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<u64>> {
        self.set.count(db)
    }

    /// How many pages there are.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// assert_eq!(Tag::objects().paginate(20).pages(&db).await?, 1);
    /// assert_sent!(db, "SELECT COUNT(*) FROM tag AS t0");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server or the connection reports.
    #[track_caller]
    pub fn pages<'a>(&self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<u64>> {
        let sizes = self.sizes();
        let total = self.set.count(db);
        Box::pin(async move { Ok(sizes?.pages(total.await?)) })
    }

    /// The page of a number, from 1: its rows and a count, in one round trip.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tags = Tag::objects().order_by(|t| t.name()).paginate(20);
    /// let third = tags.page(&db, 3).await;
    /// assert_sent!(
    ///     db,
    ///     "SELECT t0.id, t0.name FROM tag AS t0 ORDER BY t0.name LIMIT 20 OFFSET $1",
    ///     "SELECT COUNT(*) FROM tag AS t0"
    /// );
    /// assert!(matches!(third, Err(Error::EmptyPage { number: 3, pages: 1, .. })));
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::EmptyPage`] for the number 0, and for one beyond the last page.
    #[track_caller]
    pub fn page<'a>(
        &self,
        db: &'a (impl Executor + ?Sized),
        number: u64,
    ) -> BoxFuture<'a, Result<NumberedPage<O>>> {
        let loading = self.loading(db.as_executor(), number);
        one_call(Box::pin(async move { loading?.load(db.as_executor()).await }))
    }

    /// The page of a number, or the last one where there is none of that number: what a request asks
    /// for always has an answer, as by Django's `get_page`.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let page = Tag::objects().order_by(|t| t.name()).paginate(20).nearest_page(&db, 99).await?;
    /// assert_eq!(page.number, 1);
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server or the connection reports.
    #[track_caller]
    pub fn nearest_page<'a>(
        &self,
        db: &'a (impl Executor + ?Sized),
        number: u64,
    ) -> BoxFuture<'a, Result<NumberedPage<O>>> {
        let asked = self.loading(db.as_executor(), number.max(1));
        let pages = Paginator { no_empty_page: false, ..self.clone() };
        one_call(Box::pin(async move {
            let last = match asked?.load(db.as_executor()).await {
                Err(Error::EmptyPage { pages, .. }) => pages.max(1),
                Ok(page) if number == 0 => page.pages,
                page => return page,
            };
            pages.loading(db.as_executor(), last)?.load(db.as_executor()).await
        }))
    }

    fn sizes(&self) -> Result<Sizes> {
        if self.rows == 0 {
            let model = M::meta().name;
            return Err(Error::usage(format!(
                "pages of `{model}`: a page of 0 rows, of which there would be no end: ask for one row \
                 at least"
            )));
        }
        let (rows, orphans) = (self.rows, self.orphans);
        Ok(Sizes { rows, orphans, no_empty_page: self.no_empty_page })
    }

    #[track_caller]
    fn loading(&self, db: &dyn Executor, number: u64) -> Result<Loading<M, O>> {
        let sizes = self.sizes()?;
        let before = number.saturating_sub(1).saturating_mul(self.rows);
        let most = self.rows.saturating_add(self.orphans);
        let set = self.set.clone();
        let query = set.query.on(db).into_owned();
        let statements = if query::is_empty(&query) && query.error.is_none() || number == 0 {
            None
        } else {
            let some = set.clone().slice(before..before.saturating_add(most));
            let some = some.query.on(db).into_owned();
            let page = PageOf { by_number: true, ..PageOf::default() };
            let (rows, shape) = query::select_page(&some, &page)?;
            super::super::lock::inside(&query, db)?;
            let count = traced(query::count(&query), &query)?;
            Some((traced(Ok(rows), &query)?, count, shape.width))
        };
        Ok(Loading { set, sizes, statements, before, number })
    }
}

impl<M, O> Clone for Paginator<M, O> {
    fn clone(&self) -> Self {
        Paginator { set: self.set.clone(), ..*self }
    }
}

#[derive(Clone, Copy)]
struct Sizes {
    rows: u64,
    orphans: u64,
    no_empty_page: bool,
}

impl Sizes {
    /// How many pages so many rows have.
    fn pages(self, total: u64) -> u64 {
        if total == 0 && self.no_empty_page {
            return 0;
        }
        total.saturating_sub(self.orphans).max(1).div_ceil(self.rows)
    }
}

/// A page that is ready to be loaded.
struct Loading<M, O> {
    set: QuerySet<M, O, Free>,
    sizes: Sizes,
    /// The rows, the count, and how many cells a row has; none where there can be no rows.
    statements: Option<(Statement, Statement, usize)>,
    before: u64,
    number: u64,
}

impl<M: Model, O: Send + 'static> Loading<M, O> {
    async fn load(self, db: &dyn Executor) -> Result<NumberedPage<O>> {
        let Loading { set, sizes, statements, before, number } = self;
        let Some((statement, count, width)) = statements else {
            let pages = if number == 0 { 0 } else { sizes.pages(0) };
            return match number {
                1 if pages == 1 => {
                    Ok(NumberedPage { rows: Vec::new(), number, pages, total: 0, before: 0 })
                }
                _ => Err(Error::EmptyPage { model: M::meta().name, number, pages }),
            };
        };
        let mut found = RowBuffer::new(width);
        let total = run(db, &statement, &mut found, Some(&count)).await?.unwrap_or(0);
        let pages = sizes.pages(total);
        if number > pages {
            return Err(Error::EmptyPage { model: M::meta().name, number, pages });
        }
        if number < pages {
            found.truncate(usize::try_from(sizes.rows).unwrap_or(usize::MAX));
        }
        let rows = attach(db, &statement, &found, &set.decoder, &set.prefetches).await?;
        Ok(NumberedPage { rows, number, pages, total, before })
    }
}
