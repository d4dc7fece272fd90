//! Row locks: `select_for_update` and its options.

use super::QuerySet;
use crate::ir::{Lock, PathBuf, Query};
use crate::model::{Cardinality, Fields, Model, OnFields};
use orm_sql::ast::{LockStrength, LockWait};
use orm_sql::error::{Error, Result};
use orm_sql::exec::Executor;

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// Locks the rows until the transaction ends: `FOR UPDATE`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.pages().gt(100)).select_for_update();
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.pages > $1 FOR UPDATE");
    /// ```
    ///
    /// Where it runs, it must be in a transaction: [`Error::Usage`] on a pool. A lock that is not
    /// given in time (`lock_timeout`) or not at once ([`nowait`](Self::nowait)) is
    /// [`Error::Timeout`]. PostgreSQL locks no rows that an outer join may lack: with
    /// `select_related` through a key that can be NULL, say by [`of`](Self::of) which ones are
    /// meant.
    pub fn select_for_update(self) -> Self {
        self.lock(LockStrength::Update)
    }

    /// Locks the rows against writers, together with others who do the same: `FOR SHARE`; then
    /// [`no_key`](Self::no_key) for `FOR KEY SHARE`, which keeps others from deleting a row and
    /// from changing its keys only.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// assert_sql!(Book::objects().select_for_share(), "SELECT … FROM book AS t0 FOR SHARE");
    /// ```
    pub fn select_for_share(self) -> Self {
        self.lock(LockStrength::Share)
    }

    /// After [`select_for_update`](Self::select_for_update): rows may still be referred to, as
    /// `FOR NO KEY UPDATE`; after `select_for_share`: `FOR KEY SHARE`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// assert_sql!(
    ///     Book::objects().select_for_update().no_key(),
    ///     "SELECT … FROM book AS t0 FOR NO KEY UPDATE"
    /// );
    /// assert_sql!(
    ///     Book::objects().select_for_share().no_key(),
    ///     "SELECT … FROM book AS t0 FOR KEY SHARE"
    /// );
    /// ```
    pub fn no_key(self) -> Self {
        self.with_lock("no_key", |lock| {
            lock.strength = match lock.strength {
                LockStrength::Update | LockStrength::NoKeyUpdate => LockStrength::NoKeyUpdate,
                LockStrength::Share | LockStrength::KeyShare => LockStrength::KeyShare,
            };
        })
    }

    /// After `select_for_update`: rows that are locked already are left out.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// assert_sql!(
    ///     Book::objects().select_for_update().skip_locked(),
    ///     "SELECT … FROM book AS t0 FOR UPDATE SKIP LOCKED"
    /// );
    /// ```
    pub fn skip_locked(self) -> Self {
        self.waiting(LockWait::SkipLocked, "skip_locked")
    }

    /// After `select_for_update`: rows that are locked already are an error at once.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// assert_sql!(
    ///     Book::objects().select_for_update().nowait(),
    ///     "SELECT … FROM book AS t0 FOR UPDATE NOWAIT"
    /// );
    /// ```
    pub fn nowait(self) -> Self {
        self.waiting(LockWait::NoWait, "nowait")
    }

    /// After `select_for_update`: only the rows of these paths are locked, not those of all joins.
    /// The closure's argument itself is the model's own row.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().select_related(|b| b.author()).select_for_update();
    /// assert_sql!(
    ///     books.clone().of(|b| b.author()),
    ///     "SELECT … FROM book AS t0 JOIN author AS t1 ON t1.id = t0.author_id FOR UPDATE OF t1"
    /// );
    /// assert_sql!(
    ///     books.of(|b| (b.clone(), b.author())),
    ///     "SELECT … FROM book AS t0 JOIN author AS t1 ON t1.id = t0.author_id FOR UPDATE OF t0, t1"
    /// );
    /// ```
    pub fn of<X: RowPaths<M>>(self, paths: impl OnFields<M, X>) -> Self {
        let paths = paths(&self.root());
        self.with_lock("of", |lock| paths.add_to(&mut lock.of))
    }

    fn lock(mut self, strength: LockStrength) -> Self {
        self.query.lock = Some(Lock { strength, wait: LockWait::Wait, of: Vec::new() });
        self
    }

    fn waiting(mut self, wait: LockWait, method: &str) -> Self {
        let other = self.query.lock.as_ref().map(|lock| lock.wait);
        if other.is_some_and(|other| other != LockWait::Wait && other != wait) {
            self.query.fail(|| "`nowait` and `skip_locked` exclude each other".to_owned());
        }
        self.with_lock(method, |lock| lock.wait = wait)
    }

    fn with_lock(mut self, method: &str, change: impl FnOnce(&mut Lock)) -> Self {
        match &mut self.query.lock {
            Some(lock) => change(lock),
            None => self.query.fail(|| {
                format!("`{method}` is an option of a row lock; call `select_for_update` before it")
            }),
        }
        self
    }
}

/// What `of` takes: the model itself, relations, and tuples of them.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row of this query that can be locked",
    label = "expected the model itself, a relation, or a tuple of them",
    note = "rows are locked, not columns: `.of(|b| b.author())`, `.of(|b| (b.clone(), b.author()))`"
)]
pub trait RowPaths<R> {
    /// Adds the paths to a list.
    fn add_to(self, list: &mut Vec<PathBuf>);
}

#[diagnostic::do_not_recommend]
impl<M: Model, R: Model, K: Cardinality> RowPaths<R> for Fields<M, R, K> {
    fn add_to(self, list: &mut Vec<PathBuf>) {
        list.push(self.into_path());
    }
}

macro_rules! tuple_paths {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<R, $($t: RowPaths<R>),*> RowPaths<R> for ($($t,)*) {
            #[allow(non_snake_case)]
            fn add_to(self, list: &mut Vec<PathBuf>) {
                let ($($t,)*) = self;
                $($t.add_to(list);)*
            }
        }
    };
}
tuples!(tuple_paths);

/// An error for a row lock outside of a transaction, which would be gone before the rows arrive.
pub(super) fn inside(query: &Query, db: &dyn Executor) -> Result<()> {
    if query.lock.is_some() && !db.in_transaction() {
        let model = query.model().map_or("the query", |model| model.name);
        return Err(Error::usage(format!(
            "rows of `{model}` are locked outside of a transaction, where the lock ends with the \
             statement; run the query in `db.transaction(…)`, on the `tx` that the closure gets"
        )));
    }
    Ok(())
}
