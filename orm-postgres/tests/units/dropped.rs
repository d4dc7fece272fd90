//! Futures dropped at every await of a transaction, and limits that pass in the middle of one.

use crate::support::{new_builder, numbers, pid, run, text, url, with};
use orm_postgres::Database;
use orm_sql::exec::transaction::IsolationLevel::Serializable;
use orm_sql::exec::transaction::Transactions;
use orm_sql::exec::{Executor, NoRows};
use orm_sql::value::SqlType;
use orm_sql::{Error, Result};
use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

/// Where a future is given up.
#[derive(Clone, Copy, Debug)]
enum Drop {
    /// Right after a poll, before what it has sent is on its way.
    AfterPoll,
    /// When it is woken, so that an answer is there and nobody reads it.
    AtWake,
}

/// Polls a future so many times and drops it; its value, if it came to its end before.
async fn polled<T>(times: usize, drop: Drop, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut left = times;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match (work.as_mut().poll(cx), drop) {
            (Poll::Ready(value), _) => Poll::Ready(Some(value)),
            (Poll::Pending, Drop::AfterPoll) if left == 0 => Poll::Ready(None),
            (Poll::Pending, _) => Poll::Pending,
        }
    })
    .await
}

/// A pool of one connection, and who looks at it from outside.
struct Bench {
    db: Database,
    observer: Database,
    name: String,
    /// The work that ran after a commit.
    told: Arc<Mutex<BTreeSet<i32>>>,
}

impl Bench {
    async fn new() -> Bench {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("dropped_{}_{n}", std::process::id());
        let db = with(|b| b.max_connections(1).application_name(&name)).await;
        run(&db, "CREATE TABLE entry (unit int, part int)").await.unwrap();
        let observer = new_builder().url(&url()).max_connections(1).connect().await.unwrap();
        Bench { db, observer, name, told: Arc::default() }
    }

    /// Three parts of one unit: in the transaction, in a savepoint kept, and none of one undone.
    async fn parts(&self, tx: &(impl Executor + ?Sized), unit: i32) -> Result<()> {
        let insert = async |tx: &dyn Executor, part: i32| {
            run(&tx, &format!("INSERT INTO entry VALUES ({unit}, {part})")).await
        };
        insert(&tx, 1).await?;
        tx.transaction(async |sp| insert(sp, 2).await).await?;
        let undone = tx.begin().await?;
        insert(&undone, 100).await?;
        undone.rollback().await?;
        let told = self.told.clone();
        tx.on_commit(async move || {
            tokio::task::yield_now().await;
            told.lock().unwrap().insert(unit);
        });
        let many = crate::support::select("SELECT generate_series(1, 700)", SqlType::Int4);
        let mut cursor = tx.open(many).await?;
        while cursor.next(&mut NoRows).await? {}
        std::mem::drop(cursor);
        insert(&tx, 3).await?;
        Ok(())
    }

    /// The pool works, and nothing of the transaction is left, on the pool or on the server.
    async fn check_clean(&self, what: &str) {
        let now = "SELECT now()::text";
        let (a, b) = (text(&self.db, now).await.unwrap(), text(&self.db, now).await.unwrap());
        assert_ne!(a, b, "{what}: the pool's connection is in a transaction");
        let status = self.db.status();
        assert_eq!((status.connections, status.idle), (1, 1), "{what}");
        let open = format!(
            "SELECT count(*)::int FROM pg_stat_activity WHERE application_name = '{}' \
             AND (state LIKE 'idle in transaction%' OR xact_start IS NOT NULL)",
            self.name
        );
        // A connection that was closed may take its time to see that.
        for _ in 0..500 {
            if numbers(&self.observer, &open).await.unwrap() == [0] {
                return;
            }
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
        panic!("{what}: a transaction is left open on the server");
    }

    async fn units_with(&self, parts: i32) -> BTreeSet<i32> {
        let sql = format!(
            "SELECT unit FROM entry GROUP BY unit HAVING array_agg(part ORDER BY part) = \
             (SELECT array_agg(n) FROM generate_series(1, {parts}) n)"
        );
        numbers(&self.db, &sql).await.unwrap().into_iter().collect()
    }

    /// All of a unit or nothing; what was acknowledged is there, and was told.
    async fn check_units(&self, acknowledged: &BTreeSet<i32>) {
        let whole = self.units_with(3).await;
        let all = "SELECT DISTINCT unit FROM entry";
        let all: BTreeSet<i32> = numbers(&self.db, all).await.unwrap().into_iter().collect();
        assert_eq!(all, whole, "some units are there in part");
        assert!(acknowledged.is_subset(&whole), "acknowledged units are missing");
        let told = self.told.lock().unwrap();
        assert!(told.is_subset(&whole), "told of units that are not there");
        assert!(acknowledged.is_subset(&told), "not told of acknowledged units");
        // Those whose COMMIT was sent and not waited for, one for each way to drop it.
        assert!(whole.len() <= acknowledged.len() + 4, "{whole:?} {acknowledged:?}");
    }
}

/// Drops a piece of work at every one of its polls, in both ways.
async fn at_every_await(bench: &Bench, work: impl AsyncFn(i32) -> Result<()>) -> usize {
    let (mut unit, mut acknowledged, mut awaits) = (0, BTreeSet::new(), 0);
    for drop in [Drop::AfterPoll, Drop::AtWake] {
        for times in 0.. {
            assert!(times < 500, "it comes to no end");
            unit += 1;
            let ended = polled(times, drop, work(unit)).await;
            bench.check_clean(&format!("{drop:?} {times}")).await;
            awaits = awaits.max(times);
            if let Some(result) = ended {
                result.unwrap();
                acknowledged.insert(unit);
                break;
            }
        }
    }
    assert_eq!(acknowledged.len(), 2);
    bench.check_units(&acknowledged).await;
    awaits
}

#[tokio::test]
async fn a_closure_dropped_at_every_await() {
    let bench = Bench::new().await;
    let awaits = at_every_await(&bench, async |unit| {
        bench.db.transaction(async |tx| bench.parts(tx, unit).await).await
    });
    assert!(awaits.await > 12, "there are more awaits than that");
}

#[tokio::test]
async fn a_guard_dropped_at_every_await() {
    let bench = Bench::new().await;
    at_every_await(&bench, async |unit| {
        let tx =
            bench.db.begin().isolation(Serializable).lock_timeout(Duration::from_secs(9)).await?;
        bench.parts(&tx, unit).await?;
        tx.commit().await
    })
    .await;
}

#[tokio::test]
async fn a_retry_dropped_at_every_await() {
    const FAIL: &str = "DO $$ BEGIN RAISE 'try again' USING ERRCODE = '40001'; END $$";
    let bench = Bench::new().await;
    at_every_await(&bench, async |unit| {
        let failed = AtomicU32::new(0);
        let retry = bench.db.retry(3).base_delay(Duration::from_millis(1));
        retry
            .transaction(async |tx| {
                bench.parts(tx, unit).await?;
                match failed.fetch_add(1, Ordering::Relaxed) {
                    0 => tx.batch_execute(FAIL).await,
                    _ => Ok(()),
                }
            })
            .await
    })
    .await;
}

#[tokio::test]
async fn a_rollback_dropped_at_every_await() {
    let bench = Bench::new().await;
    let mut unit = 0;
    for drop in [Drop::AfterPoll, Drop::AtWake] {
        for times in 0..500 {
            unit += 1;
            let work = bench.db.transaction(async |tx| {
                bench.parts(tx, unit).await?;
                Err::<(), _>(Error::usage("enough"))
            });
            let ended = polled(times, drop, work).await;
            bench.check_clean(&format!("{drop:?} {times}")).await;
            if let Some(result) = ended {
                assert!(matches!(result, Err(Error::Usage(_))), "{result:?}");
                break;
            }
        }
    }
    bench.check_units(&BTreeSet::new()).await;
    assert!(bench.units_with(3).await.is_empty());
    assert!(bench.told.lock().unwrap().is_empty());
}

#[tokio::test]
async fn limits_that_pass_while_it_is_dropped() {
    let bench = Bench::new().await;
    let limit = Duration::from_millis(4);
    let mut acknowledged = BTreeSet::new();
    for unit in 0..40 {
        // From before the limit to after it.
        let patience = Duration::from_micros(300 * u64::try_from(unit).unwrap());
        let work = bench.db.begin().statement_timeout(limit).transaction(async |tx| {
            bench.parts(tx, unit).await?;
            let nap = if unit % 3 == 0 { "0.001" } else { "1" };
            tx.batch_execute(&format!("SELECT pg_sleep({nap})")).await
        });
        match tokio::time::timeout(patience, work).await {
            Ok(Ok(())) => {
                acknowledged.insert(unit);
            }
            Ok(Err(error)) => assert!(matches!(error, Error::Timeout { .. }), "{error:?}"),
            Err(_) => {}
        }
        bench.check_clean(&format!("{patience:?}")).await;
        // The limit was that of the transaction.
        run(&bench.db, "SELECT pg_sleep(0.006)").await.unwrap();
    }
    let whole = bench.units_with(3).await;
    assert!(acknowledged.is_subset(&whole));
}

#[tokio::test]
async fn a_cancelled_statement_leaves_no_transaction_open() {
    let bench = Bench::new().await;
    let victim = pid(&bench.db).await;
    let work = bench.db.transaction(async |tx| {
        bench.parts(tx, 1).await?;
        tx.batch_execute("SELECT pg_sleep(30)").await
    });
    let cancel = async {
        let sleeping = format!(
            "SELECT count(*)::int FROM pg_stat_activity WHERE pid = {victim} \
             AND wait_event = 'PgSleep'"
        );
        while numbers(&bench.observer, &sleeping).await.unwrap() == [0] {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let cancel = format!("SELECT pg_cancel_backend({victim})::int");
        numbers(&bench.observer, &cancel).await.unwrap();
    };
    let (result, ()) = tokio::join!(work, cancel);
    assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");
    bench.check_clean("cancelled").await;
    assert_eq!(pid(&bench.db).await, victim, "its connection is kept");
    assert!(bench.units_with(3).await.is_empty());
}
