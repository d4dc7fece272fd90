//! How long the server's answers take to come at the least: the way there and back.

use crate::choices::PrefetchMode;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// So many answers are timed before anything is known, and again where a connection is made: the server
/// may be another one by then.
const TIMED: u32 = 16;

/// An answer from further than this is worth more than finding some rows twice.
const FAR: Duration = Duration::from_millis(1);

/// The shortest of some answers: what the server needs for the easiest of its work is little beside a
/// long way.
pub(crate) struct Distance {
    /// What it is for.
    mode: PrefetchMode,
    /// So many are still timed.
    left: AtomicU32,
    /// The shortest of those that are timed now, in nanoseconds.
    shortest: AtomicU64,
    /// The shortest of those that were; 0 where there were none.
    known: AtomicU64,
}

impl Distance {
    pub(crate) fn new(mode: PrefetchMode) -> Self {
        let (shortest, known) = (AtomicU64::new(u64::MAX), AtomicU64::new(0));
        let distance = Distance { mode, left: AtomicU32::new(0), shortest, known };
        distance.measure();
        distance
    }

    /// Times some answers anew, where anybody wants to know.
    pub(crate) fn measure(&self) {
        if self.mode == PrefetchMode::Auto {
            self.left.store(TIMED, Ordering::Relaxed);
        }
    }

    /// The time at which a statement is sent whose answer is timed.
    #[inline]
    pub(crate) fn start(&self) -> Option<Instant> {
        (self.left.load(Ordering::Relaxed) > 0).then(Instant::now)
    }

    /// An answer has come.
    #[inline]
    pub(crate) fn note(&self, since: Option<Instant>) {
        if let Some(since) = since {
            self.note_time(since.elapsed());
        }
    }

    #[cold]
    fn note_time(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(1);
        self.shortest.fetch_min(nanos, Ordering::Relaxed);
        let less = |left: u32| left.checked_sub(1);
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less) == Ok(1) {
            let shortest = self.shortest.swap(u64::MAX, Ordering::Relaxed);
            self.known.store(shortest, Ordering::Relaxed);
        }
    }

    /// How long a round trip takes at the least, where the levels of prefetches may better be loaded in
    /// one.
    pub(crate) fn reads_ahead(&self) -> Option<Duration> {
        let known = || Duration::from_nanos(self.known.load(Ordering::Relaxed));
        match self.mode {
            PrefetchMode::Auto => Some(known()).filter(|time| *time >= FAR),
            PrefetchMode::ByKeys => None,
            PrefetchMode::AtOnce => Some(Duration::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Distance, PrefetchMode, TIMED};
    use std::time::Duration;

    fn answers(distance: &Distance, times: impl IntoIterator<Item = u64>) {
        times.into_iter().for_each(|micros| distance.note_time(Duration::from_micros(micros)));
    }

    #[test]
    fn the_shortest_of_some_answers_counts() {
        let distance = Distance::new(PrefetchMode::Auto);
        assert!(distance.start().is_some());
        answers(&distance, (0..u64::from(TIMED) - 1).map(|n| 1_500 + n));
        assert!(distance.reads_ahead().is_none(), "nothing is known before all are there");
        answers(&distance, [9_000]);
        assert_eq!(distance.reads_ahead(), Some(Duration::from_micros(1_500)));
        assert!(distance.start().is_none());
    }

    #[test]
    fn one_short_answer_says_that_the_server_is_near() {
        let distance = Distance::new(PrefetchMode::Auto);
        answers(&distance, [700].into_iter().chain((1..u64::from(TIMED)).map(|_| 30_000)));
        assert!(distance.reads_ahead().is_none());
    }

    #[test]
    fn a_new_connection_may_lead_elsewhere() {
        let distance = Distance::new(PrefetchMode::Auto);
        answers(&distance, (0..TIMED).map(|_| 3_000));
        distance.measure();
        assert!(distance.reads_ahead().is_some(), "what was known holds until more is");
        answers(&distance, (0..TIMED).map(|_| 90));
        assert!(distance.reads_ahead().is_none());
    }

    #[test]
    fn nothing_is_timed_where_it_is_said() {
        for mode in [PrefetchMode::ByKeys, PrefetchMode::AtOnce] {
            let distance = Distance::new(mode);
            distance.measure();
            assert!(distance.start().is_none());
        }
        assert_eq!(Distance::new(PrefetchMode::ByKeys).reads_ahead(), None);
        assert_eq!(Distance::new(PrefetchMode::AtOnce).reads_ahead(), Some(Duration::MAX));
    }
}
