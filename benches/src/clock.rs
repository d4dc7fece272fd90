//! Wall time and the CPU time of this process. The server is another process: its CPU time is
//! in the wall time only.

use rustix::time::{ClockId, clock_gettime};
use std::ops::Sub;
use std::time::{Duration, Instant};

/// A point in time on both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    wall: Instant,
    cpu: Duration,
}

/// A span on both clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// Passed on the wall.
    pub wall: Duration,
    /// Spent by this process, its kernel time included.
    pub cpu: Duration,
}

impl Clock {
    /// Now.
    pub fn now() -> Clock {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        let seconds = Duration::from_secs(cpu.tv_sec.unsigned_abs());
        let rest = Duration::from_nanos(cpu.tv_nsec.unsigned_abs());
        Clock { wall: Instant::now(), cpu: seconds + rest }
    }

    /// The time since then.
    pub fn elapsed(self) -> Span {
        Clock::now() - self
    }
}

impl Sub for Clock {
    type Output = Span;
    fn sub(self, before: Clock) -> Span {
        Span { wall: self.wall - before.wall, cpu: self.cpu.saturating_sub(before.cpu) }
    }
}
