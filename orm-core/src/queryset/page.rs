//! Pages by position: `page(20).after(token)`.

mod numbered;
mod token;

pub use numbered::{NumberedPage, Paginator};

use super::{Free, QuerySet, Runnable, raw};
use crate::execute::{Plan, attach, traced};
use crate::ir::{ModelMeta, Query};
use crate::model::Model;
use crate::query::{self, PageOf, PageShape};
use crate::row::Decoder;
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::one_call;
use orm_sql::exec::{BoxFuture, Executor, Job, Statement};
use orm_sql::row::RowBuffer;
use serde::Serialize;
use std::sync::Arc;
use token::{Token, damaged};

/// Some of a query set's rows, and the way to those around them: what [`Paged::get`] returns.
///
/// ```
/// # use orm_doctest::*; run(async |db| {
/// let page: Page<Tag> = Tag::objects().order_by(|t| t.name()).page(20).get(&db).await?;
/// let names: Page<String> = page.map(|tag| tag.name);
/// assert_eq!((names.rows.len(), names.next, names.previous), (1, None, None));
/// # Ok(()) })
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Page<O> {
    /// The rows, in the order of the query set.
    pub rows: Vec<O>,
    /// Where the next page begins, for [`Paged::after`]; `None` where no more rows follow.
    pub next: Option<String>,
    /// Where the page before ends, for [`Paged::before`]; `None` on the first page.
    pub previous: Option<String>,
    /// How many rows there are on all pages, where that was [asked for](Paged::with_total).
    pub total: Option<u64>,
}

impl<O> Page<O> {
    /// The same page of something else, such as what is shown of each row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let page = Tag::objects().page(20).get(&db).await?.map(|tag| tag.name.to_uppercase());
    /// assert_eq!(page.rows, ["X"]);
    /// # Ok(()) })
    /// ```
    pub fn map<P>(self, each: impl FnMut(O) -> P) -> Page<P> {
        let Page { rows, next, previous, total } = self;
        Page { rows: rows.into_iter().map(each).collect(), next, previous, total }
    }
}

/// What [`Paged::after`] and [`Paged::before`] take: the text of a token, or an `Option` of it, as a
/// request may have one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the token of a page",
    label = "expected the text of `page.next` or `page.previous`",
    note = "a page by its number is `.paginate(20)`, and then `.page(&db, 3)`"
)]
pub trait PageToken {
    /// The text.
    fn into_token(self) -> Option<String>;
}

macro_rules! tokens {
    ($($text:ty, |$t:ident| $token:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl PageToken for $text {
            fn into_token(self) -> Option<String> {
                let $t = self;
                $token
            }
        }
    )*};
}
tokens! {
    &str, |text| Some(text.to_owned());
    &String, |text| Some(text.clone());
    String, |text| Some(text);
    Option<String>, |text| text;
    Option<&str>, |text| text.map(str::to_owned);
    Option<&String>, |text| text.cloned();
    &Option<String>, |text| text.clone();
}

/// A page of a query set's rows: what [`QuerySet::page`] returns. [`get`](Self::get) loads it.
#[must_use = "a page is loaded by `.get(&db)`"]
pub struct Paged<M, O> {
    set: QuerySet<M, O, Free>,
    rows: u64,
    after: Option<String>,
    before: Option<String>,
    from_end: bool,
    key: Option<Vec<u8>>,
    total: bool,
}

impl<M: Model, O: Send + 'static, S> QuerySet<M, O, S> {
    /// So many rows at a time, by their places in the ordering: the first ones, or those
    /// [`after`](Paged::after) or [`before`](Paged::before) the token that a page came with.
    ///
    /// No row is passed over or comes twice when others are inserted or deleted meanwhile, and the
    /// hundredth page is as fast as the first: the server begins at the position, by an index on what
    /// the rows are ordered by.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # db.next_finds(21);
    /// let books = Book::objects().order_by(|b| (b.pages().desc(), b.name().desc()));
    /// let first = books.page(20).get(&db).await?;
    /// let second = books.page(20).after(first.next).get(&db).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT … FROM book AS t0 ORDER BY t0.pages DESC, t0.name DESC, t0.id DESC LIMIT 21",
    ///     "SELECT … FROM book AS t0 WHERE (t0.pages, t0.name, t0.id) < ($1, $2, $3) ORDER BY
    ///      t0.pages DESC, t0.name DESC, t0.id DESC LIMIT 21"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// One more row than a page has is asked for, so that the page knows whether it is the last.
    ///
    /// The ordering may have anything in it: expressions, columns of related rows, aggregates, NULL.
    /// Where it does not tell all rows apart, what does is added to it, in the direction of its last
    /// item: the primary key, and the keys of rows that are joined over to-many relations; for groups
    /// what they are grouped by; for rows of `.nested()`, `.union(…)` and the like, and `distinct`
    /// ones, all that is selected (of those that are the same in all of it, one is shown where two
    /// pages meet). Its values are selected beside the rows, which stay as they are.
    ///
    /// Where all directions agree and no NULL comes last, the condition is a comparison of rows, as
    /// above; otherwise it is spelt out:
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # db.next_finds(2);
    /// let books = Book::objects().order_by(|b| (b.pages().desc(), b.name()));
    /// let first = books.page(1).get(&db).await?;
    /// # db.take();
    /// books.page(1).after(first.next).get(&db).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT … FROM book AS t0 WHERE t0.pages <= $1 AND (t0.pages < $1 OR (t0.name, t0.id) >
    ///      ($2, $3)) ORDER BY t0.pages DESC, t0.name, t0.id LIMIT 2"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn page(&self, rows: u64) -> Paged<M, O>
    where
        S: Runnable<Of: Sized>,
    {
        let decoder = self.decoder.clone();
        let set = self.clone().with_decoder(decoder);
        Paged { set, rows, after: None, before: None, from_end: false, key: None, total: false }
    }
}

impl<M: Model, O: Send + 'static> Paged<M, O> {
    /// The rows after those of the page whose [`next`](Page::next) this is. Without a token, the first
    /// ones.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # db.next_finds(3);
    /// let tags = Tag::objects().order_by(|t| t.name());
    /// let first = tags.page(2).get(&db).await?;
    /// tags.page(2).after(first.next).get(&db).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT t0.id, t0.name FROM tag AS t0 ORDER BY t0.name LIMIT 3",
    ///     "SELECT t0.id, t0.name FROM tag AS t0 WHERE t0.name > $1 ORDER BY t0.name LIMIT 3"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn after(self, token: impl PageToken) -> Self {
        Paged { after: token.into_token(), ..self }
    }

    /// The rows before those of the page whose [`previous`](Page::previous) this is, in the order of
    /// the query set. A request has this or [`after`](Self::after), or neither.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # db.next_finds(3);
    /// let tags = Tag::objects().order_by(|t| t.name());
    /// let last = tags.page(2).from_end().get(&db).await?;
    /// tags.page(2).before(last.previous).get(&db).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT t0.id, t0.name FROM tag AS t0 ORDER BY t0.name DESC LIMIT 3",
    ///     "SELECT t0.id, t0.name FROM tag AS t0 WHERE t0.name < $1 ORDER BY t0.name DESC LIMIT 3"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn before(self, token: impl PageToken) -> Self {
        Paged { before: token.into_token(), ..self }
    }

    /// The last rows, where there is no token.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let last = Tag::objects().order_by(|t| t.name()).page(20).from_end().get(&db).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT t0.id, t0.name FROM tag AS t0 ORDER BY t0.name DESC LIMIT 21"
    /// );
    /// assert_eq!(last.next, None);
    /// # Ok(()) })
    /// ```
    pub fn from_end(self) -> Self {
        Paged { from_end: true, ..self }
    }

    /// Signs the tokens, and takes no others: HMAC-SHA256. Nobody can then ask for rows beyond values
    /// of their own making. The values can still be read in a token, by those who look.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let key = b"a secret of the application";
    /// let tags = Tag::objects().order_by(|t| t.name());
    /// let page = tags.page(20).signed_by(key).get(&db).await?;
    /// let next = tags.page(20).signed_by(key).after(page.next).get(&db).await?;
    /// # Ok(()) })
    /// ```
    pub fn signed_by(self, key: impl AsRef<[u8]>) -> Self {
        Paged { key: Some(key.as_ref().to_vec()), ..self }
    }

    /// Counts the rows on all pages as well: one more statement, in the same round trip.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let page = Tag::objects().order_by(|t| t.name()).page(20).with_total().get(&db).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT t0.id, t0.name FROM tag AS t0 ORDER BY t0.name LIMIT 21",
    ///     "SELECT COUNT(*) FROM tag AS t0"
    /// );
    /// assert_eq!(page.total, Some(1));
    /// # Ok(()) })
    /// ```
    pub fn with_total(self) -> Self {
        Paged { total: true, ..self }
    }

    /// Loads the page.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let books: Page<(Book, Author)> = Book::objects()
    ///     .select_related(|b| b.author())
    ///     .order_by(|b| b.author().name())
    ///     .page(20)
    ///     .get(&db)
    ///     .await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT … FROM book AS t0 JOIN author AS t1 ON t1.id = t0.author_id ORDER BY t1.name,
    ///      t0.id LIMIT 21"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Token`] for a token that was cut or changed, or is not signed as it should be;
    /// [`Error::Usage`] for one of another ordering, for pages of no rows, of a slice, after
    /// `distinct_on`, and in a random order.
    #[track_caller]
    pub fn get<'a>(&self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<Page<O>>> {
        let loading = self.loading(db.as_executor());
        let total = self.total.then_some(0);
        one_call(Box::pin(async move {
            match loading? {
                Some(loading) => loading.load(db.as_executor()).await,
                None => Ok(Page { rows: Vec::new(), next: None, previous: None, total }),
            }
        }))
    }

    #[track_caller]
    fn loading(&self, db: &dyn Executor) -> Result<Option<Loading<O>>> {
        self.check()?;
        let key = self.key.as_deref();
        let token = match self.after.as_ref().or(self.before.as_ref()) {
            Some(text) => Some(Token::read(text, key)?),
            None => None,
        };
        let query = &self.set.query;
        if query::is_empty(query) && query.error.is_none() {
            return Ok(None);
        }
        let page = PageOf {
            beyond: token.as_ref().map(Token::position),
            backwards: self.before.is_some() || self.after.is_none() && self.from_end,
            by_number: false,
        };
        let query = query.on(db);
        let some = Query { limit: Some(self.rows.saturating_add(1)), ..(*query).clone() };
        let (statement, shape) = query::select_page(&some, &page)?;
        super::lock::inside(&query, db)?;
        let count = if self.total { Some(traced(query::count(&query), &query)?) } else { None };
        Ok(Some(Loading {
            statement: traced(Ok(statement), &query)?,
            count,
            shape,
            token,
            backwards: page.backwards,
            rows: usize::try_from(self.rows).unwrap_or(usize::MAX),
            key: self.key.clone(),
            decoder: self.set.decoder.clone(),
            prefetches: self.set.prefetches.clone(),
            raw: raw::model_of(&query),
        }))
    }

    fn check(&self) -> Result<()> {
        let model = M::meta().name;
        let wrong = if self.rows == 0 {
            "a page of 0 rows, behind which there is always another one: ask for one row at least"
        } else if self.after.is_some() && self.before.is_some() {
            "a page is `after` one token or `before` one, not both"
        } else if self.set.query.is_sliced() {
            "pages of a slice: call `.nested()` after it, and order its rows; `.page(20)` says itself \
             how many there are"
        } else if self.key.as_ref().is_some_and(Vec::is_empty) {
            "an empty key signs nothing: give `signed_by` a secret of the application"
        } else {
            return Ok(());
        };
        Err(Error::usage(format!("pages of `{model}`: {wrong}")))
    }

    /// The SQL text, without running it.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// assert_sql!(
    ///     Tag::objects().page(1),
    ///     "SELECT t0.id, t0.name FROM tag AS t0 ORDER BY t0.id LIMIT 2"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get) that are known without the server.
    pub fn sql(&self) -> Result<String> {
        self.check()?;
        let text = self.after.as_ref().or(self.before.as_ref());
        let token = text.map(|text| Token::read(text, self.key.as_deref())).transpose()?;
        let page = PageOf {
            beyond: token.as_ref().map(Token::position),
            backwards: self.before.is_some() || self.after.is_none() && self.from_end,
            by_number: false,
        };
        let limit = Some(self.rows.saturating_add(1));
        let some = Query { limit, ..self.set.query.shown().into_owned() };
        Ok(query::select_page(&some, &page)?.0.sql.as_ref().to_owned())
    }
}

/// A page that is ready to be loaded.
struct Loading<O> {
    statement: Statement,
    count: Option<Statement>,
    shape: PageShape,
    token: Option<Token>,
    backwards: bool,
    rows: usize,
    key: Option<Vec<u8>>,
    decoder: Decoder<O>,
    prefetches: Vec<Arc<Plan>>,
    raw: Option<&'static ModelMeta>,
}

impl<O: Send + 'static> Loading<O> {
    async fn load(self, db: &dyn Executor) -> Result<Page<O>> {
        let mut found = RowBuffer::new(self.shape.width);
        let total = run(db, &self.statement, &mut found, self.count.as_ref()).await;
        let total = total.map_err(|error| self.said(error))?;
        let more = found.len() > self.rows;
        found.truncate(self.rows);
        let (statement, decoder) = (&self.statement, &self.decoder);
        let mut rows = attach(db, statement, &found, decoder, &self.prefetches).await?;
        if self.backwards {
            rows.reverse();
        }
        let (next, previous) = self.around(&found, more);
        Ok(Page { rows, next, previous, total })
    }

    /// The tokens of the pages around.
    fn around(&self, found: &RowBuffer, more: bool) -> (Option<String>, Option<String>) {
        let came_from = match (&self.token, found.len().checked_sub(1)) {
            (None, _) => None,
            (Some(_), Some(_)) => Some(self.token_of(found, 0)),
            // All rows on this side are gone: the way back begins where this page would.
            (Some(token), None) => {
                let Token { fingerprint, values, .. } = token;
                let (fingerprint, values) = (*fingerprint, values.clone());
                let inclusive = !token.inclusive;
                Some(Token { fingerprint, inclusive, values }.write(self.key.as_deref()))
            }
        };
        let goes_on = more.then(|| self.token_of(found, found.len().saturating_sub(1)));
        if self.backwards { (came_from, goes_on) } else { (goes_on, came_from) }
    }

    /// The position of a row.
    fn token_of(&self, found: &RowBuffer, row: usize) -> String {
        let row = found.row(row);
        let value = |cell: &usize| row.get(*cell).map(<[u8]>::to_vec);
        let values = self.shape.cells.iter().map(value).collect();
        let token = Token { fingerprint: self.shape.fingerprint, inclusive: false, values };
        token.write(self.key.as_deref())
    }

    /// The server's error about a value of a token that somebody has made up.
    fn said(&self, error: Error) -> Error {
        const NO_VALUE: [&str; 7] = ["08P01", "22003", "22007", "22008", "22021", "22P02", "22P03"];
        let is_value = error.sqlstate().is_some_and(|code| NO_VALUE.contains(&code));
        match self.raw {
            _ if self.token.is_some() && is_value => damaged(),
            Some(model) => raw::named(error, model),
            None => error,
        }
    }
}

/// Runs a statement for its rows, and one that counts.
async fn run(
    db: &dyn Executor,
    statement: &Statement,
    found: &mut RowBuffer,
    count: Option<&Statement>,
) -> Result<Option<u64>> {
    let Some(count) = count else {
        db.run(statement, found).await?;
        return Ok(None);
    };
    let mut counted = RowBuffer::new(1);
    let jobs = vec![Job { statement, sink: found }, Job { statement: count, sink: &mut counted }];
    db.run_all(jobs).await?;
    let total = counted.row(0).get(0).and_then(|raw| raw.try_into().ok()).map(i64::from_be_bytes);
    Ok(Some(total.and_then(|total| u64::try_from(total).ok()).unwrap_or(0)))
}
