//! What queries run on.

use super::transaction::{Begin, CommitHook, OnCommit};
use super::{
    Backend, BoxFuture, ByteSink, Command, CopyIn, CopyOut, Cursor, InZone, Job, RowSource,
    Statement, Tenancy, Tenant, Together,
};
use crate::error::{Error, Result};
use crate::row::RowSink;
use std::sync::Arc;
use std::time::Duration;

/// Runs statements: a pool, a connection, a transaction.
///
/// Functions of yours take `&impl Executor`. A type of yours that stands for an executor says which:
///
/// ```
/// use orm_sql::exec::{Backend, Executor};
///
/// struct Request<'a, E> {
///     db: &'a E,
///     path: String,
/// }
/// impl<E: Executor> Executor for Request<'_, E> {
///     fn as_dyn(&self) -> &dyn Backend {
///         self.db.as_dyn()
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot run queries",
    label = "expected a `&Database`, a `&Transaction` or another executor"
)]
pub trait Executor: Send + Sync {
    /// What does the work. Everything else here is what that offers.
    fn as_dyn(&self) -> &dyn Backend;

    /// The same for what is not generic: most of the library.
    #[doc(hidden)]
    fn as_executor(&self) -> &dyn Executor {
        self.as_dyn().as_executor()
    }

    /// Runs one statement, gives its rows to the sink, and returns how many rows it touched.
    #[inline]
    fn run<'a>(
        &'a self,
        statement: &'a Statement,
        sink: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64>> {
        self.as_dyn().run(statement, sink)
    }

    /// Runs several statements on one connection without waiting in between: one round trip.
    /// The first error ends the batch.
    #[inline]
    fn run_all<'a>(&'a self, jobs: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>> {
        self.as_dyn().run_all(jobs)
    }

    /// Opens a cursor whose rows arrive as they are asked for.
    #[inline]
    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn Cursor + 'a>>> {
        self.as_dyn().open(statement)
    }

    /// Sends rows by COPY, and returns how many there were. All of them are there then, or none.
    fn copy_in<'a>(
        &'a self,
        copy: &'a CopyIn,
        rows: &'a mut dyn RowSource,
    ) -> BoxFuture<'a, Result<u64>> {
        self.as_dyn().command(Command::CopyIn(copy, rows))
    }

    /// Writes the rows of a query as text, and returns how many lines there were.
    fn copy_out<'a>(
        &'a self,
        copy: &'a CopyOut,
        sink: &'a mut dyn ByteSink,
    ) -> BoxFuture<'a, Result<u64>> {
        self.as_dyn().command(Command::CopyOut(copy, sink))
    }

    /// Runs SQL without parameters, such as a script of DDL, on one connection. Several
    /// statements run as one transaction, unless they say otherwise.
    fn batch_execute<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.as_dyn().command(Command::Script(sql)).await.map(drop) })
    }

    /// Begins a transaction, or a savepoint inside of one. Without
    /// [`commit`](crate::exec::transaction::Transaction::commit) it is rolled back.
    ///
    /// ```
    /// use orm_sql::exec::Executor;
    /// use orm_sql::exec::transaction::IsolationLevel::Serializable;
    /// # async fn f(db: &impl Executor) -> orm_sql::Result<()> {
    /// let tx = db.begin().isolation(Serializable).await?;
    /// tx.commit().await?;
    /// # Ok(())
    /// # }
    /// ```
    fn begin(&self) -> Begin<'_> {
        Begin::new(self.as_dyn())
    }

    /// Runs work after the commit of the outermost transaction, or at once where there is none:
    /// [`Transactions::on_commit`](crate::exec::transaction::Transactions::on_commit).
    fn after_commit(&self, work: CommitHook) -> OnCommit {
        self.as_dyn().after_commit(work)
    }

    /// True inside of a transaction.
    fn in_transaction(&self) -> bool {
        self.as_dyn().in_transaction()
    }

    /// Waits, by the timer of the executor's runtime.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        self.as_dyn().sleep(time)
    }

    /// The same executor with another time zone, such as that of a request: date parts and
    /// truncations of moments, and what is compared with them, are those of this zone, also in
    /// transactions that are begun on it. Django has `timezone.override` for it.
    ///
    /// Values are read as they are, and the sessions keep their own zone, which SQL of your own
    /// sees.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let berlin = db.in_zone("Europe/Berlin");
    /// let morning = Review::objects().filter(|r| r.created().hour().lt(12)).count(&berlin).await?;
    /// # let _ = morning; Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// None here. A name that the server does not know is the error of the statement that needs it.
    fn in_zone(&self, zone: &str) -> InZone<'_> {
        InZone::new(self.as_dyn(), zone)
    }

    /// The same executor for the tables of a tenant that has a schema of its own: unqualified
    /// names are looked up there first, and then in those of the pool, which are `public` where
    /// nothing is said. One pool serves all tenants. Transactions that begin on it stay with the
    /// tenant.
    ///
    /// The path of the session is set in front of the first statement that needs another one, in the
    /// same round trip. Behind a pooler in transaction mode it is set for a transaction around
    /// each statement, in the same round trip as well.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let acme = db.tenant("acme");
    /// let books = Book::objects().all(&acme).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT set_config('search_path', CASE WHEN to_regnamespace('\"acme\"') IS NULL THEN \
    ///      '\"acme\"' ELSE '\"acme\", public' END, false)",
    ///     &Book::objects().sql()?
    /// );
    /// # let _ = books; Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// None here. A name that no schema can have is the [`Error::Usage`] of each statement. Where there is
    /// no such schema, the tables of `public` do not take its place: the server says that the
    /// table does not exist.
    fn tenant(&self, schema: &str) -> Tenant<'_> {
        Tenant::of_schema(self.as_dyn(), schema)
    }

    /// Asks several queries before the first has answered: a tuple of up to ten, or a list. They take
    /// one connection and one round trip, once they are prepared there; what is prefetched for them
    /// goes along.
    ///
    /// They need not see the same state of the database, unless this is a transaction whose isolation
    /// level says so. All of them run to their end, also where one fails. One that opens a transaction
    /// or a stream takes a connection of its own.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let (books, authors, tags) = db
    ///     .together((
    ///         Book::objects().filter(|b| b.pages().gt(100)).all(&db),
    ///         Author::objects().limit(3).all(&db),
    ///         Tag::objects().count(&db),
    ///     ))
    ///     .await?;
    /// # let _: (Vec<Book>, Vec<Author>, u64) = (books, authors, tags);
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// The first one by the order of the queries.
    fn together<'a, Q: Together<'a> + Send + 'a>(
        &'a self,
        queries: Q,
    ) -> BoxFuture<'a, Result<Q::Answers>>
    where
        Self: Sized,
    {
        let (db, asked) = (self.as_dyn(), queries.ask());
        Box::pin(async move {
            let mut answers = None;
            db.at_once(Box::pin(async { answers = Some(asked.await) })).await?;
            answers.unwrap_or_else(|| Err(Error::usage("the queries were not carried out")))
        })
    }

    /// The time zone of date parts and truncations.
    fn time_zone(&self) -> &str {
        self.as_dyn().time_zone()
    }

    /// The tenant whose rows are seen of models that have tenants.
    #[doc(hidden)]
    fn tenancy(&self) -> &Tenancy {
        self.as_dyn().tenancy()
    }
}

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<E: Executor + ?Sized> Executor for $pointer {
            fn as_dyn(&self) -> &dyn Backend {
                (**self).as_dyn()
            }
        }
    )*};
}
pointers!(&E, Box<E>, Arc<E>);

/// Any executor in one type, for structs and trait objects of yours.
///
/// ```
/// use orm_sql::exec::{AnyExecutor, Executor};
///
/// struct Repository<'a> {
///     db: AnyExecutor<'a>,
/// }
/// fn repository(db: &impl Executor) -> Repository<'_> {
///     Repository { db: AnyExecutor::new(db) }
/// }
/// ```
#[derive(Clone, Copy)]
pub struct AnyExecutor<'a>(&'a dyn Executor);

impl<'a> AnyExecutor<'a> {
    /// Borrows an executor and forgets its type.
    pub fn new(executor: &'a (impl Executor + ?Sized)) -> Self {
        AnyExecutor(executor.as_executor())
    }
}

impl<'a, E: Executor + ?Sized> From<&'a E> for AnyExecutor<'a> {
    fn from(executor: &'a E) -> Self {
        AnyExecutor::new(executor)
    }
}

#[diagnostic::do_not_recommend]
impl Executor for AnyExecutor<'_> {
    fn as_dyn(&self) -> &dyn Backend {
        self.0.as_dyn()
    }
}
