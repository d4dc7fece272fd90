//! Counts allocations and memory. A program of its own, because its allocator would slow down
//! the one that measures time.

use orm_bench::command::{self, Counted};

fn main() -> std::process::ExitCode {
    command::counted(&|work| {
        let info = allocation_counter::measure(&mut *work);
        Counted { allocations: info.count_total, peak_bytes: info.bytes_max }
    })
}
