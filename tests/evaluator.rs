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
//! it has found is kept as tests with names (`api/related_conditions.rs`): seeds change with the
//! generator.

#[path = "evaluator/below.rs"]
mod below;
#[path = "evaluator/build.rs"]
mod build;
#[path = "evaluator/check.rs"]
mod check;
#[path = "evaluator/evaluate.rs"]
mod evaluate;
#[path = "evaluator/expressions.rs"]
mod expressions;
#[path = "evaluator/generate.rs"]
mod generate;
#[path = "evaluator/interpret.rs"]
mod interpret;
#[path = "corpus/library.rs"]
mod library;
#[path = "evaluator/random.rs"]
mod random;
#[path = "evaluator/rows.rs"]
mod rows;
#[path = "evaluator/schema.rs"]
mod schema;
#[path = "evaluator/scope.rs"]
mod scope;
#[path = "evaluator/shrink.rs"]
mod shrink;
#[path = "evaluator/spec.rs"]
mod spec;
#[path = "evaluator/text.rs"]
mod text;
#[path = "evaluator/walk.rs"]
mod walk;

use check::{Tally, World};
use tokio::task::JoinSet;

/// How many queries the default run tries.
const QUERIES: u64 = 2_000;

/// How many sets of rows are asked at once.
const AT_ONCE: usize = 3;

/// How many queries are asked of one set of rows.
const PER_WORLD: u64 = 250;

/// A number that the environment may set.
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_query_sets_have_the_rows_of_the_reference() {
    let queries = setting("EVALUATOR_QUERIES").unwrap_or(QUERIES);
    let start = setting("EVALUATOR_START").unwrap_or(0);
    if let Some(seed) = setting("EVALUATOR_SEED") {
        let world = World::new(seed / PER_WORLD).await.expect("a database");
        world.explain(seed).await;
        return;
    }
    let mut tally = Tally::default();
    let mut running = JoinSet::new();
    for number in start..start + queries.div_ceil(PER_WORLD) {
        if running.len() == AT_ONCE
            && let Some(done) = running.join_next().await
        {
            tally.merge(done.expect("a world that does not panic"));
        }
        running.spawn(asked(number));
    }
    while let Some(done) = running.join_next().await {
        tally.merge(done.expect("a world that does not panic"));
    }
    println!("{tally}");
    assert!(tally.differences.is_empty(), "{tally}");
}

/// All queries of one set of rows.
async fn asked(number: u64) -> Tally {
    let mut tally = Tally::default();
    let world = World::new(number).await.expect("a database");
    for seed in number * PER_WORLD..(number + 1) * PER_WORLD {
        tally.add(seed, world.check(seed).await);
    }
    tally
}
