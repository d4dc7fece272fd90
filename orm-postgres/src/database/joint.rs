//! One connection for statements that are under way at the same time.

use super::Database;
use crate::connection::Outdated;
use crate::error::Failed;
use crate::pool::{Loan, Pool};
use orm_sql::exec::{BoxFuture, Settings, Statement};
use orm_sql::row::RowSink;
use orm_sql::{Error, Result};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

tokio::task_local! {
    /// That of the work that is being polled.
    static JOINT: Arc<Joint>;
}

/// A connection of a pool that several statements of one task share, so that the driver sends them
/// without waiting in between.
pub(super) struct Joint {
    pool: usize,
    /// `None` once it was found dead, so that its place in the pool is free.
    loan: Mutex<Option<Arc<Loan>>>,
    /// A statement was given up on it, or its answer did not end.
    unfinished: AtomicBool,
}

impl Joint {
    /// That of the current work, where it is one of this pool.
    #[inline]
    pub(super) fn of(pool: &Pool) -> Option<Arc<Joint>> {
        let of_pool = |joint: &Arc<Joint>| (joint.pool == address(pool)).then(|| joint.clone());
        JOINT.try_with(of_pool).ok().flatten()
    }

    /// Runs a statement beside the others.
    pub(super) async fn run(
        &self,
        settings: &Settings,
        statement: &Statement,
        sink: &mut dyn RowSink,
    ) -> Result<u64, Failed> {
        let Some(loan) = self.loan().clone() else {
            let dead = Error::connection("the connection to the server was closed", None);
            return Err(Failed::from(dead).having_run(false));
        };
        let mut running = Running { joint: self, given_up: true };
        let result = loan.at(settings).run(statement, sink, Outdated::PrepareAgain).await;
        let failed = result.as_ref().err();
        if failed.is_some_and(|failed| failed.malformed) {
            loan.retire();
        }
        if failed.is_some_and(|failed| failed.nothing_ran) {
            self.loan().take();
        }
        running.given_up = failed.is_some_and(|failed| failed.unfinished);
        drop(running);
        result
    }

    fn loan(&self) -> MutexGuard<'_, Option<Arc<Loan>>> {
        self.loan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A statement that is under way; given up where this is dropped before it has ended.
struct Running<'a> {
    joint: &'a Joint,
    given_up: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.joint.unfinished.fetch_or(self.given_up, Ordering::Relaxed);
    }
}

impl Database {
    /// Carries out work whose statements share a connection.
    pub(super) fn jointly<'a>(&'a self, work: BoxFuture<'a, ()>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let loan = self.inner.pool.check_out().await?;
            loan.set_busy(true);
            let unfinished = AtomicBool::new(false);
            let loan = Mutex::new(Some(Arc::new(loan)));
            let joint = Arc::new(Joint { pool: address(&self.inner.pool), loan, unfinished });
            JOINT.scope(joint.clone(), work).await;
            if let Some(loan) = &*joint.loan() {
                loan.set_busy(joint.unfinished.load(Ordering::Relaxed));
            }
            Ok(())
        })
    }
}

fn address(pool: &Pool) -> usize {
    std::ptr::from_ref(pool).addr()
}
