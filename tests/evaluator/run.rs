//! Many queries: sets of rows side by side, and what came of them so far.

use super::check::described;
use super::constructs::constructs;
use super::tally::Tally;
use super::world::{Ground, Outcome};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

/// How many queries are asked of one set of rows.
pub const PER_WORLD: u64 = 250;

/// How many sets of rows are asked at once.
const AT_ONCE: usize = 3;

/// How often a set of rows is asked again after its connection was lost.
const AGAIN: u32 = 5;

/// After so many sets of rows the figures so far are printed.
const FIGURES_AFTER: u64 = 40;

/// The sets of rows of a run.
struct Run {
    next: AtomicU64,
    end: u64,
    long: bool,
    began: Instant,
    sofar: Mutex<Tally>,
}

/// Asks the queries of some sets of rows, from one number to before another.
pub async fn run(start: u64, end: u64, long: bool) -> Tally {
    let run = Arc::new(Run {
        next: AtomicU64::new(start),
        end,
        long,
        began: Instant::now(),
        sofar: Mutex::default(),
    });
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE.min(usize::try_from(end - start).unwrap_or(AT_ONCE)) {
        workers.spawn(work(run.clone()));
    }
    while let Some(done) = workers.join_next().await {
        done.expect("no query panics");
    }
    std::mem::take(&mut *run.sofar.lock().await)
}

/// Takes the next set of rows until there is none.
async fn work(run: Arc<Run>) {
    let mut ground = None;
    loop {
        let number = run.next.fetch_add(1, Ordering::Relaxed);
        if number >= run.end {
            return;
        }
        let tally = asked(number, run.long, &mut ground).await;
        if run.long {
            tally.print_differences();
        }
        let mut sofar = run.sofar.lock().await;
        sofar.merge(tally);
        if run.long && sofar.worlds % FIGURES_AFTER == 0 {
            let seconds = run.began.elapsed().as_secs();
            println!("{seconds} s, world {number}: {}", sofar.figures());
        }
    }
}

/// All queries of one set of rows; once more on another database where this one is lost.
async fn asked(number: u64, long: bool, ground: &mut Option<Ground>) -> Tally {
    for time in 1..=AGAIN {
        match all_of(number, long, ground).await {
            Ok(tally) => return tally,
            Err(lost) => {
                println!("world {number}, time {time}: {lost}");
                *ground = None;
                tokio::time::sleep(std::time::Duration::from_secs(u64::from(time))).await;
            }
        }
    }
    panic!("world {number}: no database to ask, {AGAIN} times")
}

async fn all_of(number: u64, long: bool, ground: &mut Option<Ground>) -> Outcome<Tally> {
    let ground = match ground {
        Some(ground) => ground,
        none => none.insert(Ground::new(long).await?),
    };
    let world = ground.world(number).await?;
    let mut tally = Tally { worlds: 1, ..Tally::default() };
    for seed in number * PER_WORLD..(number + 1) * PER_WORLD {
        let (query, terminal) = described(seed);
        tally.add(seed, constructs(&query, terminal), world.check(seed).await?);
    }
    Ok(tally)
}
