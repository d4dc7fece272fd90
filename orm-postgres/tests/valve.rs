//! Statements that go past the driver's task: on the same socket, beside its own requests.

mod support;

use futures_util::future::join_all;
use orm_sql::Error;
use orm_sql::exec::{CopyIn, Executor, Job, RowSource, TakesRow};
use orm_sql::value::{SqlType, SqlValue};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;
use support::{Collect, driver_only, number, numbers, run, select, statement, text, with};

/// Long enough for what does not hang.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work).await.expect("it hangs")
}

#[tokio::test]
async fn statements_have_names_of_ours_and_the_server_forgets_them() {
    let db = with(|b| b.max_connections(1).statement_cache(3)).await;
    for n in 0..10 {
        assert_eq!(numbers(&db, &format!("SELECT {n}")).await.unwrap(), [n]);
    }
    let names = text(&db, "SELECT string_agg(name, ' ') FROM pg_prepared_statements").await;
    let names = names.unwrap();
    let ours = names.split(' ').filter(|name| name.starts_with("orm")).count();
    assert_eq!(ours, if driver_only() { 0 } else { 3 }, "{names}");
}

#[tokio::test]
async fn both_sides_can_send_much_at_the_same_time() {
    let db = with(|b| b.max_connections(1)).await;
    let much = select("SELECT repeat('x', 1000) FROM generate_series(1, 20000)", SqlType::Text);
    let long = SqlValue::Text("y".repeat(20_000_000));
    let long =
        statement("SELECT length($1)", vec![(long, SqlType::Text)], &[("length", SqlType::Int4)]);
    let (mut rows, mut length) = (Collect::new(1), Collect::new(1));
    let jobs = vec![
        Job { statement: &much, sink: &mut rows },
        Job { statement: &long, sink: &mut length },
    ];
    assert_eq!(soon(db.run_all(jobs)).await.unwrap(), [20_000, 1]);
    assert!(rows.rows.iter().all(|row| row[0].as_ref().is_some_and(|cell| cell.len() == 1000)));
    assert_eq!(length.numbers(), [20_000_000]);
}

#[tokio::test]
async fn who_does_not_look_after_a_statement_does_not_hold_up_the_others() {
    if driver_only() {
        return;
    }
    let db = with(|b| b.max_connections(1)).await;
    db.transaction(async |tx| {
        run(tx, "SELECT 1").await?;
        let mut slow = pin!(numbers(tx, "SELECT generate_series(1, 200000)"));
        poll_fn(|cx| match slow.as_mut().poll(cx) {
            Poll::Pending => Poll::Ready(()),
            Poll::Ready(_) => panic!("it has not even been sent"),
        })
        .await;
        // Its rows come first, and nobody asks for them.
        assert_eq!(soon(numbers(tx, "SELECT 5")).await?, [5]);
        assert_eq!(soon(slow).await?, (1..=200_000).collect::<Vec<_>>());
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn many_statements_at_once_each_have_their_own_rows() {
    let db = with(|b| b.max_connections(1)).await;
    db.transaction(async |tx| {
        for _ in 0..3 {
            let texts: Vec<String> = (0..50)
                .map(|n| format!("SELECT {n} FROM generate_series(1, {})", n * 20))
                .collect();
            let all = soon(join_all(texts.iter().map(|sql| numbers(tx, sql)))).await;
            for (n, rows) in (0..).zip(all) {
                assert_eq!(rows?, vec![n; usize::try_from(n).unwrap() * 20]);
            }
        }
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn what_the_driver_does_and_what_we_do_keep_their_order() {
    let db = with(|b| b.max_connections(1)).await;
    run(&db, "CREATE TYPE mood AS ENUM ('sad', 'happy')").await.unwrap();
    run(&db, "CREATE TABLE day (id int, mood mood)").await.unwrap();
    // The driver looks up the type, between two statements of ours, and again in a transaction.
    let happy = || {
        let value = (SqlValue::Text("happy".to_owned()), SqlType::Named("mood"));
        statement(
            "INSERT INTO day VALUES (1, $1) RETURNING mood",
            vec![value],
            &[("mood", SqlType::Named("mood"))],
        )
    };
    for _ in 0..2 {
        let mut rows = Collect::new(1);
        assert_eq!(db.run(&happy(), &mut rows).await.unwrap(), 1);
        assert_eq!(rows.rows, [[Some(b"happy".to_vec())]]);
    }
    assert_eq!(numbers(&db, "SELECT count(*)::int FROM day").await.unwrap(), [2]);
    let left = db
        .transaction(async |tx| {
            tx.run(&happy(), &mut Collect::new(1)).await?;
            tx.run(&happy(), &mut Collect::new(1)).await?;
            numbers(tx, "SELECT count(*)::int FROM day").await
        })
        .await;
    assert_eq!(left.unwrap(), [4]);
}

/// So many rows of one number, none of which the table takes.
struct Refused(u32);

impl RowSource for Refused {
    fn poll_row(
        &mut self,
        _: &mut Context<'_>,
        row: &mut dyn TakesRow,
    ) -> Poll<orm_sql::Result<bool>> {
        if self.0 == 0 {
            return Poll::Ready(Ok(false));
        }
        self.0 -= 1;
        row.value(&SqlValue::I32(-1))?;
        Poll::Ready(Ok(true))
    }

    fn sent(&mut self, _: u64) {}
}

#[tokio::test]
async fn a_copy_that_is_refused_on_its_way_leaves_the_connection() {
    let db = with(|b| b.max_connections(1)).await;
    run(&db, "CREATE TABLE positive (n int CHECK (n > 0))").await.unwrap();
    let pid = support::pid(&db).await;
    let copy =
        statement("COPY positive (n) FROM STDIN (FORMAT binary)", vec![], &[("n", SqlType::Int4)]);
    let copy = CopyIn { statement: copy, binary: true };
    for rows in [1, 300_000] {
        let tx = db.begin().await.unwrap();
        let error = soon(tx.copy_in(&copy, &mut Refused(rows))).await.unwrap_err();
        assert!(matches!(error, Error::Check(_)), "{error:?}");
        soon(tx.rollback()).await.unwrap();
        let error = soon(db.copy_in(&copy, &mut Refused(rows))).await.unwrap_err();
        assert!(matches!(error, Error::Check(_)), "{error:?}");
        assert_eq!(support::pid(&db).await, pid, "{rows}");
    }
}

#[tokio::test]
async fn notices_and_parameters_in_the_middle_of_rows_are_passed_over() {
    let db = with(|b| b.max_connections(1)).await;
    run(
        &db,
        "CREATE FUNCTION loud(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN \
         RAISE NOTICE 'it is %', n; \
         PERFORM set_config('application_name', 'loud ' || n, false); \
         RETURN n; END $$",
    )
    .await
    .unwrap();
    for _ in 0..3 {
        let rows = soon(numbers(&db, "SELECT loud(n) FROM generate_series(1, 300) AS n")).await;
        assert_eq!(rows.unwrap(), (1..=300).collect::<Vec<_>>());
    }
    assert_eq!(text(&db, "SHOW application_name").await.unwrap(), "loud 300");
}

#[tokio::test]
async fn a_statement_is_not_sent_to_a_server_that_has_gone() {
    let db = with(|b| b.max_connections(1)).await;
    let observer = with(|b| b.max_connections(1)).await;
    for _ in 0..5 {
        let pid = support::pid(&db).await;
        assert!(run(&observer, &format!("SELECT pg_terminate_backend({pid})")).await.is_ok());
        // Time for its goodbye to come, but none for anybody to look at it.
        std::thread::sleep(Duration::from_millis(50));
        if support::driver_only() {
            // Nobody but the driver's task looks there.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // On a new connection, without an error.
        assert_ne!(soon(numbers(&db, "SELECT pg_backend_pid()")).await.unwrap(), [pid]);
    }
}

#[tokio::test]
async fn a_value_that_cannot_be_sent_leaves_the_connection_as_it_was() {
    let db = with(|b| b.max_connections(1)).await;
    db.transaction(async |tx| {
        let sql = "SELECT $1 || $2";
        let of = |text: &str| (SqlValue::Text(text.to_owned()), SqlType::Text);
        for _ in 0..2 {
            let bad = statement(sql, vec![of("a"), of("b\0")], &[("text", SqlType::Text)]);
            let error = tx.run(&bad, &mut Collect::new(1)).await.unwrap_err();
            assert!(matches!(error, Error::Encode { position: 2, .. }), "{error:?}");
            let good = statement(sql, vec![of("a"), of("b")], &[("text", SqlType::Text)]);
            let mut rows = Collect::new(1);
            tx.run(&good, &mut rows).await?;
            assert_eq!(rows.rows, [[Some(b"ab".to_vec())]]);
        }
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn cells_of_rows_are_whole_however_they_are_cut_by_reads() {
    let db = with(|b| b.max_connections(1)).await;
    // From a few bytes to more than is read at once, and back.
    let sql = "SELECT n, repeat(chr(65 + n % 26), n * n * 7), NULL::text, n * 2 \
               FROM generate_series(1, 120) AS n";
    let columns = [("n", SqlType::Int4), ("a", SqlType::Text)];
    let wide = statement(
        sql,
        vec![],
        &[&columns[..], &[("b", SqlType::Text), ("c", SqlType::Int4)]].concat(),
    );
    let mut rows = Collect::new(4);
    soon(db.run(&wide, &mut rows)).await.unwrap();
    for (n, row) in (1..).zip(&rows.rows) {
        assert_eq!(row[0].as_deref().map(number), Some(n));
        let letter = b'A' + u8::try_from(n % 26).unwrap();
        assert_eq!(row[1], Some(vec![letter; usize::try_from(n * n * 7).unwrap()]));
        assert_eq!((&row[2], row[3].as_deref().map(number)), (&None, Some(n * 2)));
    }
    assert_eq!(rows.rows.len(), 120);
}
