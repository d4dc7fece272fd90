//! Whether it is worth it: the rows above are found once for each level, and a round trip for each is saved.

use crate::query::Memory;
use orm_sql::exec::{Executor, Handle, Statement};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long statements took the last time, in nanoseconds with their round trips, where something is
/// prefetched for their rows.
static TIMES: LazyLock<Memory<Handle, AtomicU64>> = LazyLock::new(Memory::default);

/// True where the server needs less time for a statement than its answer for the way, or always where
/// the executor wants it so.
pub(super) fn is_worth(db: &dyn Executor, statement: &Statement) -> bool {
    let Some(round_trip) = db.as_dyn().reads_ahead() else { return false };
    if round_trip == Duration::MAX {
        return true;
    }
    let time = statement.handle.and_then(|handle| TIMES.get(&handle));
    time.is_some_and(|time| Duration::from_nanos(time.load(Ordering::Relaxed)) < 2 * round_trip)
}

/// The time of a statement that runs.
pub(crate) struct Watch {
    handle: Handle,
    since: Instant,
    /// A shorter time says nothing.
    least: Duration,
}

impl Watch {
    /// Of a statement that runs before what is prefetched for its rows.
    pub(crate) fn of(db: &dyn Executor, statement: &Statement) -> Option<Watch> {
        Watch::over(db, statement, 0)
    }

    /// Of one that runs together with so many levels: where that takes longer than one after the other
    /// would have, they are loaded so the next time.
    pub(super) fn of_levels(
        db: &dyn Executor,
        statement: &Statement,
        levels: u32,
    ) -> Option<Watch> {
        Watch::over(db, statement, levels + 2)
    }

    fn over(db: &dyn Executor, statement: &Statement, round_trips: u32) -> Option<Watch> {
        let round_trip = db.as_dyn().reads_ahead().filter(|time| *time != Duration::MAX)?;
        let least = round_trip.saturating_mul(round_trips);
        Some(Watch { handle: statement.handle?, since: Instant::now(), least })
    }

    /// It has ended.
    pub(crate) fn note(self) {
        let time = self.since.elapsed();
        if time < self.least {
            return;
        }
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        match TIMES.get(&self.handle) {
            Some(known) => known.store(nanos, Ordering::Relaxed),
            None => TIMES.keep(self.handle.into(), AtomicU64::new(nanos)),
        }
    }
}
