//! Many tasks that write the same rows: none of them is the victim of a deadlock.

use crate::support::{Outcome, database, scalar};
use orm::Upserted;
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_rows};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

mod shelf {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "contended", ordering = [id])]
    pub struct Word {
        pub id: i64,
        #[field(max_length = 20, unique)]
        pub word: String,
        #[field(default = 1)]
        pub times: i32,
        #[field(related_name = "words")]
        pub marks: ManyToMany<Mark>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "contended", ordering = [id])]
    pub struct Mark {
        #[field(primary_key)]
        pub id: i32,
    }
}
use shelf::{Mark, Word};

const TASKS: usize = 64;
const ROWS: usize = 30;

/// The numbers of some rows, beginning with another one in each task.
fn rotated(task: usize) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..ROWS).collect();
    numbers.rotate_left(task % ROWS);
    if task.is_multiple_of(2) {
        numbers.reverse();
    }
    numbers
}

/// Runs it in many tasks at once, and counts those that failed.
async fn at_once<F>(work: impl Fn(usize) -> F) -> Result<usize>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let tasks: Vec<_> = (0..TASKS).map(|task| tokio::spawn(work(task))).collect();
    let mut deadlocks = 0;
    for task in tasks {
        match task.await.map_err(Error::other)? {
            Err(Error::Deadlock(_)) => deadlocks += 1,
            other => other?,
        }
    }
    Ok(deadlocks)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_many_tasks_write_are_locked_in_one_order() -> Outcome {
    let db = database!("api_contention": Word, Mark);
    let pool = Database::builder().url(&db.url()).max_connections(16).connect().await?;
    let upserted = at_once(|task| {
        let pool = pool.clone();
        async move {
            let drafts = rotated(task).into_iter().map(|n| draft!(Word { word: format!("w{n}") }));
            let upsert = Word::objects().bulk_create(&pool, drafts).on_conflict(|w| w.word());
            let rows = upsert.update_set(|w, new| w.times().set(w.times() + new.times())).await?;
            // They come back in the order of the drafts.
            let words = rows.iter().map(|row| row.row.word.clone());
            assert!(words.eq(rotated(task).iter().map(|n| format!("w{n}"))));
            Ok(())
        }
    });
    assert_eq!(upserted.await?, 0);
    let words = Word::objects().all(&db).await?;
    assert!(words.len() == ROWS && words.iter().all(|word| word.times == TASKS as i32));

    let marks = (0..ROWS as i32).map(|id| draft!(Mark { id: id }));
    Mark::objects().bulk_create(&db, marks).await?;
    let linked = at_once(|task| {
        let (pool, word) = (pool.clone(), words[0].clone());
        async move {
            let keys: Vec<i32> = rotated(task).into_iter().map(|n| n as i32).collect();
            word.marks().add(&pool, keys).await
        }
    });
    assert_eq!(linked.await?, 0);
    assert_eq!(words[0].marks().count(&db).await?, ROWS as u64);
    Ok(())
}

/// Rows of bulk updates are locked in the order in which the server comes upon them, until one call was
/// the victim of a deadlock: from then on, in the order of their keys.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_are_those_of_other_conflicts_and_of_bulk_updates() -> Outcome {
    let db = database!("api_contention": Word, Mark);
    let pool = Database::builder().url(&db.url()).max_connections(16).connect().await?;
    let drafts = |task: usize, times: i32| {
        let word = move |n| draft!(Word { word: format!("w{n}"), times: times });
        rotated(task).into_iter().map(word).collect::<Vec<_>>()
    };
    let named = "SELECT conname::text FROM pg_constraint WHERE conrelid = 'contended_word'::regclass \
                 AND contype = 'u'";
    let named: String = scalar(&db, named).await?;
    for round in 0..3 {
        let ignored = at_once(|task| {
            let pool = pool.clone();
            async move {
                let order: Vec<i32> = rotated(task).into_iter().map(|n| n as i32).collect();
                let marks = order.iter().map(|id| draft!(Mark { id: *id }));
                let made = Mark::objects().bulk_create(&pool, marks).on_conflict_ignore().await?;
                // Those that were inserted come back in the order of the drafts.
                let place = |mark: &Mark| order.iter().position(|id| *id == mark.id);
                assert!(made.iter().map(place).is_sorted());
                Ok(())
            }
        });
        assert_eq!(ignored.await?, 0);
        assert_eq!(Mark::objects().delete(&db).await?.total, ROWS as u64);
        let upserted = at_once(|task| {
            let (pool, named) = (pool.clone(), named.clone());
            async move {
                let upsert = Word::objects().bulk_create(&pool, drafts(task, 1));
                let upsert = upsert.on_constraint(named);
                upsert.update_set(|w, new| w.times().set(w.times() + new.times())).await.map(drop)
            }
        });
        assert_eq!(upserted.await?, 0);
        let words = Word::objects().all(&db).await?;
        assert!(words.iter().all(|word| word.times == TASKS as i32));
        let updated = at_once(|task| {
            let pool = pool.clone();
            let rows = rotated(task).into_iter().map(|n| Word { times: round, ..words[n].clone() });
            let rows: Vec<Word> = rows.collect();
            async move { Word::objects().bulk_update(&pool, &rows, |w| w.times()).await.map(drop) }
        });
        assert_eq!(updated.await?, 0);
        let words = Word::objects().all(&db).await?;
        assert!(words.len() == ROWS && words.iter().all(|word| word.times == round));
        Word::objects().delete(&db).await?;
    }
    Ok(())
}

mod ledger {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "contended", ordering = [name, number], primary_key = [name, number])]
    pub struct Entry {
        #[field(max_length = 20)]
        pub name: String,
        pub number: Decimal,
        pub amount: i32,
        #[field(default = true)]
        pub open: bool,
    }
}
use ledger::Entry;

/// The statements that a database runs from now on, in order.
fn watched(db: &TestDatabase) -> (Arc<Mutex<Vec<String>>>, impl Drop) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = seen.clone();
    let watch = db.on_query(move |event| {
        into.lock().unwrap_or_else(PoisonError::into_inner).push(event.sql.to_owned());
    });
    (seen, watch)
}

fn taken(seen: &Mutex<Vec<String>>) -> Vec<String> {
    std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner))
}

const LOCKS: &str = "SELECT 1 FROM \"contended_entry\" AS t0 WHERE (t0.\"name\", t0.\"number\") IN \
                     (SELECT t1.c0, t1.c1 FROM UNNEST($1::text[], $2::numeric[]) AS t1 (c0, c1))";
const IN_ORDER: &str = " ORDER BY t0.\"name\", t0.\"number\" FOR NO KEY UPDATE";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_deadlock_bulk_updates_lock_their_rows_in_the_order_of_the_keys() -> Outcome {
    let db = database!("api_contention_ledger": Entry);
    let entries = |count: i32, amount: i32| {
        let entry = move |n| draft!(Entry { name: "a", number: Decimal::from(n), amount: amount });
        (0..count).map(entry)
    };
    let mut made = Entry::objects().bulk_create(&db, entries(20_000, 0)).await?;
    let (one, two) = (made[0].clone(), made[1].clone());
    let amount = |entry: &Entry, amount| Entry { amount, ..entry.clone() };
    // A transaction has the second row and wants the first; the call has the first and wants the second.
    let other = db.begin().await?;
    other.execute("SET LOCAL deadlock_timeout = '1min'", params![]).await?;
    amount(&two, 2).save(&other).await?;
    let (seen, _watch) = watched(&db);
    let both = [amount(&one, 10), amount(&two, 20)];
    let pool = Database::clone(&db);
    let call =
        tokio::spawn(
            async move { Entry::objects().bulk_update(&pool, &both, |e| e.amount()).await },
        );
    tokio::time::sleep(Duration::from_millis(200)).await;
    amount(&one, 1).save(&other).await?;
    other.commit().await?;
    assert_eq!(call.await.map_err(Error::other)??, 2);
    let first = Entry::objects().limit(2).values(|e| e.amount()).all(&db).await?;
    assert_rows!(first, [10, 20]);
    let ran = taken(&seen);
    assert!(ran.iter().any(|sql| *sql == format!("{LOCKS}{IN_ORDER}")), "{ran:#?}");

    // Later calls do so at once: those of several rows, in transactions too, with the conditions of
    // their query set.
    let tx = db.begin().await?;
    let open = Entry::objects().filter(|e| e.open());
    taken(&seen);
    assert_eq!(open.bulk_update(&tx, &made[..2], |e| e.amount()).await?, 2);
    let ran = taken(&seen);
    assert_eq!(ran[1], format!("{LOCKS} AND t0.\"open\"{IN_ORDER}"), "{ran:#?}");
    assert!(ran[2].starts_with("UPDATE "), "{ran:#?}");
    tx.commit().await?;
    taken(&seen);
    assert_eq!(Entry::objects().bulk_update(&db, &made[..1], |e| e.amount()).await?, 1);
    assert!(matches!(taken(&seen).as_slice(), [one] if one.starts_with("UPDATE ")));

    // Several statements have one that locks.
    for entry in &mut made {
        entry.amount = 7;
    }
    assert_eq!(Entry::objects().bulk_update(&db, &made, |e| e.amount()).await?, 20_000);
    let ran = taken(&seen);
    assert_eq!(ran.iter().filter(|sql| sql.starts_with("SELECT 1")).count(), 1);
    assert_eq!(ran.iter().filter(|sql| sql.starts_with("UPDATE ")).count(), 2);
    assert_eq!(Entry::objects().filter(|e| e.amount().eq(7)).count(&db).await?, 20_000);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_that_many_replace_is_one_of_theirs() -> Outcome {
    let db = database!("api_contention": Word, Mark);
    let pool = Database::builder().url(&db.url()).max_connections(16).connect().await?;
    let marks = (0..ROWS as i32).map(|id| draft!(Mark { id: id }));
    Mark::objects().bulk_create(&db, marks).await?;
    let word = draft!(Word { word: "w" }).save(&db).await?;
    let of_task = |task: usize| -> Vec<i32> {
        let numbers = rotated(task).into_iter().map(|n| n as i32);
        numbers.filter(|n| (*n as usize) % 4 == task % 4 || (*n as usize) < task % 7).collect()
    };
    let set = at_once(|task| {
        let (pool, word) = (pool.clone(), word.clone());
        async move { word.marks().set(&pool, of_task(task)).await }
    });
    assert_eq!(set.await?, 0);
    let end = word.marks().values(|m| m.id()).all(&db).await?;
    let mut sets = (0..TASKS).map(of_task);
    assert!(
        sets.any(|mut set| {
            set.sort_unstable();
            set == end
        }),
        "{end:?}"
    );
    Ok(())
}

#[tokio::test]
async fn rows_come_back_in_the_order_of_their_drafts_where_some_are_left_out() -> Outcome {
    let db = database!("api_contention": Word, Mark);
    let drafts = |words: &[&str], times: i32| -> Vec<_> {
        words.iter().map(|word| draft!(Word { word: *word, times: times })).collect()
    };
    let there = Word::objects().bulk_create(&db, drafts(&["c", "m"], 5)).await?;
    assert_eq!(there.len(), 2);
    let words = ["z", "m", "b", "c", "y", "a"];
    let made = Word::objects().bulk_create(&db, drafts(&words, 1)).on_conflict(|w| w.word());
    let made = made.ignore().await?;
    assert_rows!(made.iter().map(|w| &*w.word).collect::<Vec<_>>(), ["z", "b", "y", "a"]);
    let words = ["y", "m", "q", "c", "b"];
    let upsert = Word::objects().bulk_create(&db, drafts(&words, 3)).on_conflict(|w| w.word());
    let upsert = upsert.update(|w| w.times()).update_where(|w, new| w.times().lt(new.times()));
    let rows: Vec<Upserted<Word>> = upsert.await?;
    let rows: Vec<_> = rows.iter().map(|row| (&*row.row.word, row.inserted)).collect();
    assert_rows!(rows, [("y", false), ("q", true), ("b", false)]);
    // And by columns, of which there are more than fit into VALUES.
    let many: Vec<String> = (0..40).rev().map(|n| format!("n{n:02}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    Word::objects().bulk_create(&db, drafts(&many[..20], 1)).await?;
    let made = Word::objects().bulk_create(&db, drafts(&many, 1)).on_conflict(|w| w.word());
    let made = made.ignore().await?;
    assert_rows!(made.iter().map(|w| &*w.word).collect::<Vec<_>>(), many[20..]);
    Ok(())
}
