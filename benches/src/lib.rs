//! Benchmarks of the orm crate.
//!
//! ```text
//! cargo run --release -p orm-bench -- read     # reading, beside hand-written tokio-postgres
//! cargo run --release -p orm-bench -- write    # writing
//! cargo run --release -p orm-bench -- build    # building a query, without a server
//! cargo run --release -p orm-bench -- pool     # 64 tasks through pools of 8 connections
//! cargo run --release -p orm-bench             # all of it
//! ```
//!
//! `--quick` for a short run; any other word keeps the scenarios whose name contains it. The
//! tables are printed and written to `target/bench/`: `table.tsv`, `memory.tsv`, `build.tsv`,
//! `pool.tsv`.
//! Allocations and memory are counted by a second program, which is started at the end.
//!
//! - [`clock`]: wall time and the CPU time of this process
//! - [`contest`]: contestants take turns at a scenario; medians and ratios
//! - [`scenario`]: what there is to do
//! - [`contestant`]: who does it, one module each: a peer is one more implementation
//! - [`models`], [`data`]: the tables and what is in them
//! - [`building`]: queries made, not run
//! - [`pooled`]: many tasks at once
//! - [`report`], [`command`]: tables, arguments

pub mod building;
pub mod clock;
pub mod command;
pub mod contest;
pub mod contestant;
pub mod data;
pub mod models;
pub mod pooled;
pub mod report;
pub mod scenario;

/// What can go wrong in a benchmark: whatever a library reports.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
/// The result of a benchmark's step.
pub type Result<T> = std::result::Result<T, Error>;
