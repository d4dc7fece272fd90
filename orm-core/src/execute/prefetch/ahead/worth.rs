//! Whether it is worth it: the rows above are found once for each level, and a round trip for each is saved.

use crate::query::Memory;
use orm_sql::exec::{Executor, Handle, Statement};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long statements took for whose rows something is prefetched.
static TIMES: LazyLock<Memory<Handle, Times>> = LazyLock::new(Memory::default);

/// In nanoseconds; 0 where nothing is known.
#[derive(Default)]
struct Times {
    /// The statement alone, with its round trip.
    above: AtomicU64,
    /// With all levels, one after the other.
    by_keys: AtomicU64,
    /// With all levels at once.
    at_once: AtomicU64,
}

/// One of so many parts of a time is what the last one counts.
const PARTS: u64 = 4;

/// A time of levels at once that was too long is forgotten by as much each time they are loaded by keys: so
/// they are tried again.
const FORGOTTEN: u64 = 64;

/// True where the server needs less time for a statement than its answer for the way, and all levels took no
/// longer at once than one after the other; or always, where the executor wants it so.
pub(super) fn is_worth(db: &dyn Executor, statement: &Statement) -> bool {
    let Some(round_trip) = db.as_dyn().reads_ahead() else { return false };
    round_trip == Duration::MAX
        || statement
            .handle
            .and_then(|handle| TIMES.get(&handle))
            .is_some_and(|times| times.are_short(round_trip))
}

impl Times {
    fn are_short(&self, round_trip: Duration) -> bool {
        let time = |time: &AtomicU64| time.load(Ordering::Relaxed);
        let by_keys = time(&self.by_keys);
        by_keys > 0
            && Duration::from_nanos(time(&self.above)) < 2 * round_trip
            && time(&self.at_once) <= by_keys
    }
}

fn add(time: &AtomicU64, nanos: u64) {
    let known = time.load(Ordering::Relaxed);
    let mean = if known == 0 { nanos } else { known - known / PARTS + nanos / PARTS };
    time.store(mean, Ordering::Relaxed);
}

/// The time of a statement that runs, and of all that is prefetched for its rows.
pub(crate) struct Watch {
    handle: Handle,
    since: Instant,
}

impl Watch {
    /// From now on, where anybody wants to know.
    pub(crate) fn of(db: &dyn Executor, statement: &Statement) -> Option<Watch> {
        db.as_dyn().reads_ahead().filter(|time| *time != Duration::MAX)?;
        Some(Watch { handle: statement.handle?, since: Instant::now() })
    }

    /// The rows are there, and what is prefetched for them is not.
    pub(crate) fn note_above(&self) {
        self.note(|times, nanos| add(&times.above, nanos));
    }

    /// All is there, one level after the other.
    pub(crate) fn note_by_keys(&self) {
        self.note(|times, nanos| {
            add(&times.by_keys, nanos);
            let at_once = times.at_once.load(Ordering::Relaxed);
            times.at_once.store(at_once - at_once / FORGOTTEN, Ordering::Relaxed);
        });
    }

    /// All is there, at once.
    pub(super) fn note_at_once(&self) {
        self.note(|times, nanos| add(&times.at_once, nanos));
    }

    fn note(&self, add: impl FnOnce(&Times, u64)) {
        let nanos = u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX).max(1);
        if let Some(times) = TIMES.get(&self.handle) {
            return add(&times, nanos);
        }
        let times = Times::default();
        add(&times, nanos);
        TIMES.keep(self.handle.into(), times);
    }
}

#[cfg(test)]
mod tests {
    use super::{Times, add};
    use std::time::Duration;

    const ROUND_TRIP: Duration = Duration::from_nanos(1_000);

    #[test]
    fn what_was_faster_is_done_again() {
        let times = Times::default();
        assert!(!times.are_short(ROUND_TRIP), "nothing is known");
        add(&times.above, 1_200);
        add(&times.by_keys, 9_000);
        assert!(times.are_short(ROUND_TRIP), "it is tried");
        add(&times.at_once, 7_000);
        assert!(times.are_short(ROUND_TRIP));
        // One long answer is no reason, several are.
        add(&times.at_once, 12_000);
        assert!(times.are_short(ROUND_TRIP));
        add(&times.at_once, 12_000);
        add(&times.at_once, 12_000);
        assert!(!times.are_short(ROUND_TRIP));
    }

    #[test]
    fn what_takes_the_server_long_is_not_done_twice() {
        let times = Times::default();
        add(&times.above, 2_500);
        add(&times.by_keys, 9_000);
        assert!(!times.are_short(ROUND_TRIP));
    }
}
