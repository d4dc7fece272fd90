//! N+1 found while developing: the same statement from the same place in the source, over and over.
//!
//! [`scope`] watches a piece of work and returns a [`Report`] beside its value; [`request`] is for
//! a middleware and reports as the [`DatabaseBuilder`] of each database says. Who is watched is the
//! task: [`inherit`] takes the scope along into a task that is spawned, and [`allow`] leaves a
//! piece of work out.
//!
//! [`DatabaseBuilder`]: https://docs.rs/orm/latest/orm/struct.DatabaseBuilder.html
//!
//! ```
//! # async fn list_books() -> usize { 0 }
//! # async fn test() {
//! use orm_sql::exec::n_plus_one;
//!
//! // No statement runs more than once from one place.
//! let books = n_plus_one::scope(1, list_books()).await.or_panic();
//! # }
//! ```

mod cure;
mod report;
mod tally;

pub use report::{Finding, Report, Watched};
pub use tally::Tally;

use crate::exec::Statement;
use crate::exec::instrumentation::Caller;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

/// How many scopes there are in this process: all that is read where there are none.
static SCOPES: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The scope of the task that is being polled.
    static CURRENT: RefCell<Option<Arc<Open>>> = const { RefCell::new(None) };
}

/// An open scope.
struct Open {
    /// How often a statement may run from one place; `None` where the database says it.
    limit: Option<usize>,
    tally: Mutex<Tally>,
    /// The scope around this one, which counts as well.
    outer: Option<Arc<Open>>,
}

impl Open {
    fn new(limit: Option<usize>) -> Arc<Open> {
        SCOPES.fetch_add(1, Ordering::Relaxed);
        let outer = CURRENT.with_borrow(Clone::clone);
        Arc::new(Open { limit, tally: Mutex::default(), outer })
    }

    fn report(&self) -> Report {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).report()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        SCOPES.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether anything is watched in this process, which costs a read of one number to ask.
#[inline]
pub fn is_watching() -> bool {
    SCOPES.load(Ordering::Relaxed) > 0
}

/// Counts a statement in the scopes of the task that runs it; what executors call before they send
/// it. `limit` is what their configuration says for scopes that have no limit of their own.
pub fn saw(statement: &Statement, asker: Caller, limit: Option<usize>) {
    let mut scope = CURRENT.with_borrow(Clone::clone);
    while let Some(open) = scope {
        if let Some(limit) = open.limit.or(limit) {
            let mut tally = open.tally.lock().unwrap_or_else(PoisonError::into_inner);
            tally.count(statement, asker, limit);
        }
        scope = open.outer.clone();
    }
}

/// Work inside of a scope. Its box keeps it in place.
struct Inside<F> {
    scope: Option<Arc<Open>>,
    work: Pin<Box<F>>,
}

impl<F: Future> Inside<F> {
    fn new(scope: Option<Arc<Open>>, work: F) -> Self {
        Inside { scope, work: Box::pin(work) }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<F::Output> {
        let _restore = Restore(CURRENT.replace(self.scope.clone()));
        self.work.as_mut().poll(cx)
    }
}

/// Puts the scope around back, also when the work panics.
struct Restore(Option<Arc<Open>>);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

/// Watches a piece of work: statements that run more often than `limit` times from one place in
/// the source are reported beside its value.
///
/// What counts is the text of a statement, without its values, together with the file, line and
/// column of the terminal (`all`, `get`, `fetch`, `save`, …) that asked for it. Different places
/// are different, and so is a call that runs several statements itself, such as a prefetch in
/// chunks: it counts once.
///
/// ```
/// # async fn handler() -> Result<usize, orm_sql::Error> { Ok(1) }
/// # async fn test() -> Result<(), orm_sql::Error> {
/// let watched = orm_sql::exec::n_plus_one::scope(3, handler()).await;
/// for finding in &watched.report.findings {
///     eprintln!("{finding}");
/// }
/// let answer = watched.value?;
/// # Ok(())
/// # }
/// ```
pub fn scope<F: Future>(limit: usize, work: F) -> Scope<F> {
    let open = Open::new(Some(limit));
    Scope { inside: Inside::new(Some(open.clone()), work), open }
}

/// The future of [`scope`].
#[must_use = "nothing runs before `.await`"]
pub struct Scope<F> {
    inside: Inside<F>,
    open: Arc<Open>,
}

impl<F: Future> Future for Scope<F> {
    type Output = Watched<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let value = ready!(self.inside.poll(cx));
        Poll::Ready(Watched { value, report: self.open.report() })
    }
}

/// Watches the work of one request, by the limits that databases were given with
/// `detect_n_plus_one`. Findings are events of `tracing`, with the target `orm::n_plus_one` and
/// the level WARN, when the work ends, or is dropped before.
///
/// A middleware can wrap every request in this: where no database has a limit, nothing is counted.
pub fn request<F: Future>(work: F) -> Request<F> {
    let open = Open::new(None);
    Request { inside: Inside::new(Some(open.clone()), work), _tell: Tell(open) }
}

/// The future of [`request`].
#[must_use = "nothing runs before `.await`"]
pub struct Request<F> {
    inside: Inside<F>,
    _tell: Tell,
}

/// Tells what was found when it is dropped.
struct Tell(Arc<Open>);

impl Drop for Tell {
    fn drop(&mut self) {
        self.0.report().warn();
    }
}

impl<F: Future> Future for Request<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.inside.poll(cx)
    }
}

/// Leaves a piece of work out: its statements may repeat. For loops that are meant, such as pages
/// read one after another.
pub fn allow<F: Future>(work: F) -> Within<F> {
    Within(Inside::new(None, work))
}

/// Takes the scope that this is called in along, for a task that is spawned: scopes belong to a
/// task.
///
/// ```
/// # async fn work() {}
/// # async fn test() {
/// # fn spawn<F: Future>(_: F) {}
/// spawn(orm_sql::exec::n_plus_one::inherit(work()));
/// # }
/// ```
pub fn inherit<F: Future>(work: F) -> Within<F> {
    Within(Inside::new(CURRENT.with_borrow(Clone::clone), work))
}

/// The future of [`allow`] and [`inherit`].
#[must_use = "nothing runs before `.await`"]
pub struct Within<F>(Inside<F>);

impl<F: Future> Future for Within<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.0.poll(cx)
    }
}
