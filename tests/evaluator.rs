//! A reference evaluator: random query sets, answered by PostgreSQL and by a plain interpreter
//! over the same rows in memory, must have the same rows, in the same order where it is defined.
//!
//! The default run takes seconds. A long one, with its figures:
//!
//! ```text
//! EVALUATOR_QUERIES=1000000 cargo test --release --test evaluator -- --nocapture
//! ```
//!
//! A query that differs is printed with its seed; `EVALUATOR_SEED=…` runs that one alone. What
//! it has found is kept as tests with names (`api/related_conditions.rs`, `api/grouping.rs`): seeds
//! change with the generator. `EVALUATOR_START=…` goes on from a set of rows, of 250 queries each;
//! one whose connection is lost is asked again.

#[path = "evaluator/answer.rs"]
mod answer;
#[path = "evaluator/below.rs"]
mod below;
#[path = "evaluator/beside.rs"]
mod beside;
#[path = "evaluator/build.rs"]
mod build;
#[path = "evaluator/check.rs"]
mod check;
#[path = "evaluator/conditions.rs"]
mod conditions;
#[path = "evaluator/constructs.rs"]
mod constructs;
#[path = "evaluator/evaluate.rs"]
mod evaluate;
#[path = "evaluator/expressions.rs"]
mod expressions;
#[path = "evaluator/generate.rs"]
mod generate;
#[path = "evaluator/interpret.rs"]
mod interpret;
#[path = "evaluator/last.rs"]
mod last;
#[path = "corpus/library.rs"]
mod library;
#[path = "evaluator/outer.rs"]
mod outer;
#[path = "evaluator/over.rs"]
mod over;
#[path = "evaluator/own.rs"]
mod own;
#[path = "evaluator/random.rs"]
mod random;
#[path = "evaluator/rows.rs"]
mod rows;
#[path = "evaluator/run.rs"]
mod run;
#[path = "evaluator/schema.rs"]
mod schema;
#[path = "evaluator/scope.rs"]
mod scope;
#[path = "evaluator/shapes.rs"]
mod shapes;
#[path = "evaluator/shrink.rs"]
mod shrink;
#[path = "evaluator/sides.rs"]
mod sides;
#[path = "evaluator/spec.rs"]
mod spec;
#[path = "evaluator/steps.rs"]
mod steps;
#[path = "evaluator/tally.rs"]
mod tally;
#[path = "evaluator/text.rs"]
mod text;
#[path = "evaluator/walk.rs"]
mod walk;
#[path = "evaluator/windowed.rs"]
mod windowed;
#[path = "evaluator/windows.rs"]
mod windows;
#[path = "evaluator/world.rs"]
mod world;

use run::{PER_WORLD, run};
use world::Ground;

/// How many queries the default run tries.
const QUERIES: u64 = 2_000;

/// A number that the environment may set.
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_query_sets_have_the_rows_of_the_reference() {
    if let Some(seed) = setting("EVALUATOR_SEED") {
        let ground = Ground::new(false).await.expect("a database");
        let world = ground.world(seed / PER_WORLD).await.expect("rows in it");
        world.explain(seed).await.expect("an answer");
        return;
    }
    let queries = setting("EVALUATOR_QUERIES");
    let start = setting("EVALUATOR_START").unwrap_or(0);
    let worlds = queries.unwrap_or(QUERIES).div_ceil(PER_WORLD);
    let tally = run(start, start + worlds, queries.is_some()).await;
    println!("{tally}");
    assert!(tally.differences.is_empty(), "{tally}");
}
