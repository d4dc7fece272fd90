//! Benchmarks of the orm crate.
//!
//! ```text
//! cd benches
//! cargo run --release -- book                     # reading and writing as the tables of the book
//! cargo run --release -- read                     # reading, beside hand-written tokio-postgres
//! cargo run --release -- write                    # writing
//! cargo run --release -- build                    # building a query, without a server
//! cargo run --release -- pool                     # 64 tasks through pools of 8 connections
//! cargo run --release                             # all of it
//! cargo run --release -- instructions --check     # instructions of a call, beside those in the file
//! cargo run --release -- lines                    # how much memory a call touches
//! cargo run --release --features peers -- read    # beside sqlx, diesel, SeaORM and toasty, too
//! ```
//!
//! `--quick` for a short run, `--cores apart` for client and server on a core each, `--cores one` for both
//! on one; any other word keeps the scenarios whose name contains it. The tables are
//! printed and written to `target/bench/`: `table.tsv`, `memory.tsv`, `build.tsv`, `pool.tsv`.
//! Allocations and memory are counted by a second program, which is started at the end.
//!
//! - [`clock`]: wall time and the CPU time of this process
//! - [`contest`]: contestants take turns at a scenario; medians and ratios
//! - [`scenario`]: what there is to do
//! - [`contestant`]: who does it, one module each: a peer is one more implementation
//! - [`models`], [`data`]: the tables and what is in them
//! - [`cores`], [`distance`]: where client and server run, and a server far away
//! - [`instructions`], [`lines`]: counts that can be repeated, by valgrind
//! - [`building`]: queries made, not run
//! - [`pooled`]: many tasks at once
//! - [`report`], [`command`]: tables, arguments

pub mod building;
pub mod clock;
pub mod command;
pub mod contest;
pub mod contestant;
pub mod cores;
pub mod data;
pub mod distance;
pub mod instructions;
pub mod lines;
pub mod models;
pub mod pooled;
pub mod report;
pub mod scenario;

/// What can go wrong in a benchmark: whatever a library reports.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
/// The result of a benchmark's step.
pub type Result<T> = std::result::Result<T, Error>;
