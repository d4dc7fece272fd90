//! Several statements in one round trip, and rows as they are asked for.

mod support;

use orm_sql::Error;
use orm_sql::exec::{Executor, Job, NoRows};
use orm_sql::row::{Cells, RowSink};
use orm_sql::value::{SqlType, SqlValue};
use std::sync::Mutex;
use std::time::Duration;
use support::{Collect, database, numbers, run, select, statement, with};

/// Writes down which statement gave a row.
struct Order<'a>(u32, &'a Mutex<Vec<u32>>);

impl RowSink for Order<'_> {
    fn row(&mut self, _: &dyn Cells) -> orm_sql::Result<()> {
        self.1.lock().unwrap().push(self.0);
        Ok(())
    }
}

async fn batch_on(db: &impl Executor) {
    let order = Mutex::new(Vec::new());
    // Enough rows that a reader which lags behind would stop the others.
    let many = "SELECT repeat('x', 200) FROM generate_series(1, 3000)";
    let statements: Vec<_> =
        (0..40).map(|n| select(&format!("{many} -- {n}"), SqlType::Text)).collect();
    for _ in 0..2 {
        let mut sinks: Vec<_> = (0..40).map(|n| Order(n, &order)).collect();
        let jobs = statements.iter().zip(&mut sinks);
        let jobs = jobs.map(|(statement, sink)| Job { statement, sink }).collect();
        assert_eq!(db.run_all(jobs).await.unwrap(), [3000; 40]);
        let order = std::mem::take(&mut *order.lock().unwrap());
        assert!(order.is_sorted() && order.len() == 40 * 3000);
    }
    assert_eq!(db.run_all(Vec::new()).await.unwrap(), [0; 0]);
}

#[tokio::test]
async fn batches_run_in_order_and_give_all_rows() {
    let db = with(|b| b.max_connections(1)).await;
    batch_on(&db).await;
    db.transaction(async |tx| {
        batch_on(tx).await;
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn batches_do_not_wait_in_between() {
    let db = with(|b| b.max_connections(1)).await;
    let slow = select("SELECT 1 FROM pg_sleep(0.05)", SqlType::Int4);
    let quick = select("SELECT 2", SqlType::Int4);
    let run = async |sinks: &mut [Collect]| {
        let [a, b] = sinks else { unreachable!() };
        let jobs = vec![Job { statement: &slow, sink: a }, Job { statement: &quick, sink: b }];
        db.run_all(jobs).await
    };
    let mut sinks = [Collect::new(1), Collect::new(1)];
    run(&mut sinks).await.unwrap();
    assert_eq!((sinks[0].numbers(), sinks[1].numbers()), (vec![1], vec![2]));
}

#[tokio::test]
async fn the_first_error_ends_a_batch() {
    let db = with(|b| b.max_connections(1)).await;
    run(&db, "CREATE TABLE book (id int PRIMARY KEY)").await.unwrap();
    let one = support::command("INSERT INTO book VALUES (1)");
    let two = select("SELECT 1", SqlType::Int4);
    let text = statement("SELECT $1", vec![(SqlValue::Text("\0".into()), SqlType::Text)], &[]);
    let (mut a, mut b, mut c) = (NoRows, NoRows, NoRows);
    let jobs = vec![
        Job { statement: &one, sink: &mut a },
        Job { statement: &one, sink: &mut b },
        Job { statement: &two, sink: &mut c },
    ];
    let error = db.run_all(jobs).await.unwrap_err();
    assert!(matches!(error, Error::Unique(_)), "{error:?}");
    run(&db, "DELETE FROM book").await.unwrap();
    let jobs = vec![Job { statement: &one, sink: &mut a }, Job { statement: &text, sink: &mut b }];
    let error = db.run_all(jobs).await.unwrap_err();
    assert!(matches!(error, Error::Encode { position: 1, .. }), "{error:?}");
    assert_eq!(
        numbers(&db, "SELECT count(*)::int FROM book").await.unwrap(),
        [0],
        "nothing was sent"
    );
}

const MANY: &str = "SELECT n FROM generate_series(1, 1300) AS n";

async fn read_all(db: &impl Executor) {
    let mut cursor = db.open(select(MANY, SqlType::Int4)).await.unwrap();
    let mut rows = Collect::new(1);
    let mut before = 0;
    while cursor.next(&mut rows).await.unwrap() {
        assert!((1..=500).contains(&(rows.rows.len() - before)));
        before = rows.rows.len();
    }
    assert_eq!(rows.numbers(), (1..=1300).collect::<Vec<_>>());
    assert!(!cursor.next(&mut rows).await.unwrap());
    let mut none = db.open(select("SELECT 1 WHERE false", SqlType::Int4)).await.unwrap();
    assert!(!none.next(&mut NoRows).await.unwrap());
}

#[tokio::test]
async fn cursors_give_rows_in_chunks() {
    let db = with(|b| b.max_connections(1)).await;
    read_all(&db).await;
    read_all(&db).await;
    db.transaction(async |tx| {
        read_all(tx).await;
        read_all(tx).await;
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn cursors_check_columns_and_pass_errors() {
    let db = with(|b| b.max_connections(1)).await;
    let wrong = select("SELECT 1", SqlType::Text);
    assert!(matches!(db.open(wrong.clone()).await, Err(Error::Decode { .. })));
    let tx = db.begin().await.unwrap();
    assert!(matches!(tx.open(wrong).await, Err(Error::Decode { .. })));
    let fails = select("SELECT 10 / (700 - n) FROM generate_series(1, 1000) AS n", SqlType::Int4);
    let mut cursor = tx.open(fails.clone()).await.unwrap();
    assert!(cursor.next(&mut NoRows).await.unwrap());
    assert!(matches!(cursor.next(&mut NoRows).await, Err(Error::Database(_))));
    drop(cursor);
    drop(tx);
    let mut cursor = db.open(fails).await.unwrap();
    loop {
        match cursor.next(&mut NoRows).await {
            Ok(more) => assert!(more),
            Err(error) => break assert!(matches!(error, Error::Database(_))),
        }
    }
    assert_eq!(numbers(&db, "SELECT 1").await.unwrap(), [1]);
}

#[tokio::test]
async fn other_statements_run_between_the_rows_of_a_transaction() {
    let db = database().await;
    let wide = "SELECT n, repeat('x', 1000) FROM generate_series(1, $1) AS n";
    let columns = [("n", SqlType::Int4), ("x", SqlType::Text)];
    let wide = statement(wide, vec![(SqlValue::I32(5000), SqlType::Int4)], &columns);
    db.transaction(async |tx| {
        let mut cursor = tx.open(wide.clone()).await?;
        let mut rows = Collect::new(1);
        while cursor.next(&mut rows).await? {
            assert_eq!(numbers(tx, "SELECT 5").await?, [5]);
            let sp = tx.begin().await?;
            run(&sp, "SELECT 1 / 0").await.unwrap_err();
            sp.rollback().await?;
        }
        assert_eq!(rows.rows.len(), 5000);
        run(tx, "CREATE TABLE book (id int)").await?;
        let writing =
            select("INSERT INTO book SELECT generate_series(1, 700) RETURNING id", SqlType::Int4);
        let mut cursor = tx.open(writing).await?;
        let mut rows = Collect::new(1);
        while cursor.next(&mut rows).await? {
            numbers(tx, "SELECT 6").await?;
        }
        assert_eq!(rows.numbers(), (1..=700).collect::<Vec<_>>());
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_cursor_that_is_dropped_early_leaves_the_pool_usable() {
    let db = with(|b| b.max_connections(1)).await;
    let endless = "SELECT n, repeat('x', 1000) FROM generate_series(1, 10000) AS n, \
                   generate_series(1, 10000)";
    let columns = [("n", SqlType::Int4), ("x", SqlType::Text)];
    for sql in [MANY, endless] {
        let columns = if sql == MANY { &columns[..1] } else { &columns[..] };
        let mut cursor = db.open(statement(sql, vec![], columns)).await.unwrap();
        assert!(cursor.next(&mut NoRows).await.unwrap());
        drop(cursor);
        let next = tokio::time::timeout(Duration::from_secs(5), numbers(&db, "SELECT 7"));
        assert_eq!(next.await.expect("at once").unwrap(), [7]);
    }
    let tx = db.begin().await.unwrap();
    let mut cursor = tx.open(statement(endless, vec![], &columns)).await.unwrap();
    assert!(cursor.next(&mut NoRows).await.unwrap());
    drop(cursor);
    assert_eq!(numbers(&tx, "SELECT 8").await.unwrap(), [8]);
    let open = "SELECT count(*)::int FROM pg_cursors WHERE name LIKE 'orm%'";
    assert_eq!(numbers(&tx, open).await.unwrap(), [0]);
}

/// The peak of this process's memory in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or("0");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

#[tokio::test]
async fn memory_stays_bounded_however_slowly_rows_are_taken() {
    let db = database().await;
    let wide = "SELECT repeat('x', 10000) FROM generate_series(1, 20000)";
    let mut cursor = db.open(select(wide, SqlType::Text)).await.unwrap();
    let before = peak();
    assert!(cursor.next(&mut NoRows).await.unwrap());
    tokio::time::sleep(Duration::from_millis(300)).await;
    while cursor.next(&mut NoRows).await.unwrap() {}
    // All rows are 200 MB; other tests of this file run meanwhile.
    // The kernel's counts of a process are a little off, either way.
    let grown = peak().saturating_sub(before);
    assert!(grown < 80, "{grown} MiB");
}
