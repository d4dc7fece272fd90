//! Many tasks that get rows by key at the same time: through a pool, and over shared connections.

use crate::Result;
use crate::clock::Clock;
use crate::contestant::{Digest, Seen};
use crate::models::Book;
use crate::scenario::is_named;
use crate::{data, report};
use futures_util::future::BoxFuture;
use orm::ForeignKey;
use orm::prelude::*;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_postgres::NoTls;

const TASKS: usize = 64;
const CONNECTIONS: usize = 8;
/// How many connections the tasks share where they share some.
const SHARED: usize = 4;
const BOOKS: u64 = 100_000;

/// How long, and how often, each contestant works.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    rounds: usize,
    time: Duration,
}

impl Effort {
    /// For results.
    pub const FULL: Effort = Effort { rounds: 9, time: Duration::from_millis(1500) };
    /// For a look.
    pub const QUICK: Effort = Effort { rounds: 3, time: Duration::from_millis(500) };
}

/// One operation, by a key.
type Get = Arc<dyn Fn(i64) -> BoxFuture<'static, Result<Digest>> + Send + Sync>;

struct Contestant {
    name: &'static str,
    get: Get,
    rounds: Vec<Round>,
}

/// What came of one round.
#[derive(Clone, Copy, Debug)]
struct Round {
    per_second: f64,
    p50: Duration,
    p99: Duration,
    /// CPU time of this process for each operation.
    cpu: Duration,
}

/// Prints the table of all contestants, the reference first; or of those with such names.
///
/// # Errors
///
/// Where there is no server, or a statement fails.
pub fn run(effort: Effort, only: &[String]) -> Result<()> {
    // As many threads as a small machine has: the server needs some, too.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(contest(effort, only))
}

async fn contest(effort: Effort, only: &[String]) -> Result<()> {
    let database = data::database().await?;
    let url = database.url();
    let mut contestants = vec![
        contestant("by hand", by_hand(&url)?),
        contestant("orm, pool", ours(&url, 0).await?),
        contestant("orm, shared reads", ours(&url, SHARED).await?),
    ];
    contestants.retain(|contestant| is_named(contestant.name, only));
    for contestant in &contestants {
        round(&contestant.get, effort.time / 3).await?;
    }
    for _ in 0..effort.rounds {
        for contestant in &mut contestants {
            let round = round(&contestant.get, effort.time).await?;
            contestant.rounds.push(round);
        }
    }
    print(&contestants)
}

fn contestant(name: &'static str, get: Get) -> Contestant {
    Contestant { name, get, rounds: Vec::new() }
}

/// A connection for each query, and a statement that it keeps, as with deadpool-postgres.
fn by_hand(url: &str) -> Result<Get> {
    let manager = deadpool_postgres::Manager::from_config(
        url.parse()?,
        NoTls,
        deadpool_postgres::ManagerConfig {
            recycling_method: deadpool_postgres::RecyclingMethod::Fast,
        },
    );
    let pool = deadpool_postgres::Pool::builder(manager).max_size(CONNECTIONS).build()?;
    Ok(Arc::new(move |id| {
        let pool = pool.clone();
        Box::pin(async move {
            const SQL: &str =
                "SELECT id, title, pages, published, author_id FROM book WHERE id = $1";
            let client = pool.get().await?;
            let statement = client.prepare_cached(SQL).await?;
            let row = client.query_one(&statement, &[&id]).await?;
            let book = Book {
                id: row.try_get(0)?,
                title: row.try_get(1)?,
                pages: row.try_get(2)?,
                published: row.try_get(3)?,
                author: ForeignKey::new(row.try_get::<_, i64>(4)?),
            };
            Ok(seen(&book))
        })
    }))
}

async fn ours(url: &str, shared: usize) -> Result<Get> {
    let builder = Database::builder().url(url).max_connections(CONNECTIONS).shared_reads(shared);
    let db = builder.connect().await?;
    Ok(Arc::new(move |id| {
        let db = db.clone();
        Box::pin(async move {
            let book = Book::objects().filter(|b| b.id().eq(id)).get(&db).await?;
            Ok(seen(&book))
        })
    }))
}

fn seen(book: &Book) -> Digest {
    let mut digest = Digest::default();
    book.seen(&mut digest);
    digest
}

/// All tasks at once, for so long.
async fn round(get: &Get, time: Duration) -> Result<Round> {
    let (started, clock) = (Instant::now(), Clock::now());
    let tasks: Vec<_> = (0..TASKS as u64)
        .map(|task| {
            let get = get.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                let mut key = task;
                while started.elapsed() < time {
                    // A linear congruence over the keys: cheap, and nobody guesses the next.
                    key = key.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
                    let id = ((key >> 33) % BOOKS) as i64 + 1;
                    let before = Instant::now();
                    let digest = get(id).await?;
                    times.push(before.elapsed());
                    assert_eq!(digest.rows, 1);
                }
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    let (passed, spent) = (started.elapsed(), clock.elapsed().cpu);
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    let per_second = times.len() as f64 / passed.as_secs_f64();
    let cpu = spent / u32::try_from(times.len())?;
    Ok(Round { per_second, p50: at(0.5), p99: at(0.99), cpu })
}

fn print(contestants: &[Contestant]) -> Result<()> {
    let Some(Contestant { rounds: reference, .. }) = contestants.first() else { return Ok(()) };
    println!(
        "\n{TASKS} tasks get rows by key; {CONNECTIONS} connections, {SHARED} where they are shared\n\
         {:<20} {:>10} {:>10} {:>10} {:>8} {:>10}",
        "", "per second", "p50", "p99", "ratio", "CPU"
    );
    let mut table = String::from("contestant\tper second\tp50 µs\tp99 µs\tratio\tCPU µs\n");
    for contestant in contestants {
        let rounds = &contestant.rounds;
        let per_second = median(rounds.iter().map(|round| round.per_second));
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let p50 = median(rounds.iter().map(|round| micros(round.p50)));
        let p99 = median(rounds.iter().map(|round| micros(round.p99)));
        let cpu = median(rounds.iter().map(|round| micros(round.cpu)));
        let ratios = rounds
            .iter()
            .zip(reference)
            .map(|(ours, by_hand)| ours.per_second / by_hand.per_second);
        let (name, ratio) = (contestant.name, median(ratios));
        println!(
            "{name:<20} {per_second:>10.0} {:>7.2} ms {:>7.2} ms {ratio:>8.2} {cpu:>7.1} µs",
            p50 / 1e3,
            p99 / 1e3
        );
        writeln!(table, "{name}\t{per_second:.0}\t{p50:.0}\t{p99:.0}\t{ratio:.3}\t{cpu:.1}")?;
    }
    report::write("pool.tsv", &table)?;
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
