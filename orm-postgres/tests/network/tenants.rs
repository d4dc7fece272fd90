//! One pool for tenants with a schema each.

use crate::faults::through;
use crate::proxy::Proxy;
use crate::support::{Collect, address, numbers, run, select, statement, text, with};
use deadpool_postgres::tokio_postgres::{Config, NoTls};
use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod, Runtime};
use orm_postgres::{Database, StatementCache, deadpool_postgres};
use orm_sql::Error;
use orm_sql::exec::instrumentation::{Subject, SubjectField, Work};
use orm_sql::exec::transaction::Transactions;
use orm_sql::exec::{Executor, Job, NoRows, Statement};
use orm_sql::value::{SqlType, SqlValue};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ID: &str = "SELECT id FROM book";

/// Names of schemas that nobody else has, each with a table of one row: 1, 2, …
async fn schemas<const N: usize>(db: &impl Executor) -> [String; N] {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let names = std::array::from_fn(|n| format!("O'{n}\"{}_{number}", std::process::id()));
    for (n, name) in names.iter().enumerate() {
        let name = name.replace('"', "\"\"");
        let sql = format!(
            "CREATE SCHEMA \"{name}\"; CREATE TABLE \"{name}\".book (id int);
             INSERT INTO \"{name}\".book VALUES ({})",
            n + 1
        );
        db.batch_execute(&sql).await.unwrap();
    }
    names
}

/// A model, whose statements are not SQL of the user's that may have set something.
struct Book;

impl Subject for Book {
    fn name(&self) -> &'static str {
        "Book"
    }

    fn table(&self) -> &'static str {
        "book"
    }

    fn field(&self, _: &str) -> Option<SubjectField> {
        None
    }

    fn key(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

/// A statement of a model.
fn of_model(sql: &str) -> Statement {
    let mut statement = select(sql, SqlType::Int4);
    statement.about.model = Some(&Book);
    statement.about.work = Work::Read { by: None, narrowed: false };
    statement
}

/// The same pool in the ways that it can be used in: with sessions of its own, behind a pooler,
/// with reads that share connections, and of the application's.
async fn ways(connections: usize) -> Vec<(&'static str, Database)> {
    let lent = || {
        let config = crate::support::url().parse::<Config>().unwrap();
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        deadpool_postgres::Pool::builder(Manager::from_config(config, NoTls, recycling))
            .max_size(connections)
            .runtime(Runtime::Tokio1)
            .build()
            .unwrap()
    };
    let lent_unnamed = Database::builder().statement_cache(StatementCache::Unnamed);
    vec![
        ("named", with(|b| b.max_connections(connections)).await),
        (
            "unnamed",
            with(|b| b.max_connections(connections).statement_cache(StatementCache::Unnamed)).await,
        ),
        ("shared", with(|b| b.max_connections(connections).shared_reads(1)).await),
        ("lent, unnamed", lent_unnamed.from_pool(lent()).unwrap()),
        ("lent", Database::from_pool(lent())),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_sees_the_tables_of_its_schema_and_the_pool_its_own() {
    for (way, db) in ways(1).await {
        let [a, b] = schemas::<2>(&db).await;
        let path = text(&db, "SHOW search_path").await.unwrap();
        for _ in 0..3 {
            assert_eq!(numbers(&db.tenant(&a), ID).await.unwrap(), [1], "{way}");
            assert_eq!(numbers(&db.tenant(&b), ID).await.unwrap(), [2], "{way}");
            let error = numbers(&db, ID).await.unwrap_err();
            assert!(matches!(&error, Error::Database(e) if e.code == "42P01"), "{way}: {error:?}");
            assert_eq!(text(&db, "SHOW search_path").await.unwrap(), path, "{way}");
        }
        // Writes, streams, batches, scripts.
        let b = db.tenant(&b);
        run(&b, "INSERT INTO book VALUES (3)").await.unwrap();
        for sql in [ID, "UPDATE book SET id = id RETURNING id"] {
            let mut cursor = b.open(select(sql, SqlType::Int4)).await.unwrap();
            let mut rows = Collect::new(1);
            while cursor.next(&mut rows).await.unwrap() {}
            assert_eq!(rows.numbers(), [2, 3], "{way}");
        }
        b.batch_execute("INSERT INTO book VALUES (4)").await.unwrap();
        let all = select(ID, SqlType::Int4);
        let (mut one, mut two) = (Collect::new(1), Collect::new(1));
        let jobs =
            vec![Job { statement: &all, sink: &mut one }, Job { statement: &all, sink: &mut two }];
        b.run_all(jobs).await.unwrap();
        assert_eq!((one.numbers(), two.numbers()), (vec![2, 3, 4], vec![2, 3, 4]), "{way}");
        let both = b.together((numbers(&b, ID), numbers(&b, ID))).await.unwrap();
        assert_eq!(both.0, both.1, "{way}");
        // What is written for one is committed.
        assert_eq!(numbers(&b, "SELECT count(*)::int FROM book").await.unwrap(), [3], "{way}");
        assert_eq!(text(&db, "SHOW search_path").await.unwrap(), path, "{way}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_of_them_go_together() {
    for (way, db) in ways(2).await {
        let [a, b] = schemas::<2>(&db).await;
        let (a, b) = (db.tenant(&a), db.tenant(&b));
        for _ in 0..5 {
            let asked =
                (numbers(&a, ID), numbers(&b, ID), numbers(&a, ID), numbers(&db, "SELECT 9"));
            let answers = db.together(asked).await.unwrap();
            assert_eq!(answers, (vec![1], vec![2], vec![1], vec![9]), "{way}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_of_many_tenants_never_see_each_other() {
    for (way, db) in ways(2).await {
        let names = schemas::<6>(&db).await;
        let tasks = (0..24).map(|task| {
            let (db, name) = (db.clone(), names[task % 6].clone());
            tokio::spawn(async move {
                let tenant = db.tenant(&name);
                for round in 0..40 {
                    if (round + task) % 7 == 0 {
                        // Given up in the middle.
                        let limit = Duration::from_micros(50 * round as u64);
                        tokio::time::timeout(limit, numbers(&tenant, ID)).await.ok();
                    }
                    let expected = [task as i32 % 6 + 1];
                    assert_eq!(numbers(&tenant, ID).await.unwrap(), expected);
                    if round % 10 == 0 {
                        let tx = tenant.begin().await.unwrap();
                        assert_eq!(numbers(&tx, ID).await.unwrap(), expected);
                        tx.rollback().await.unwrap();
                    }
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap_or_else(|error| panic!("{way}: {error}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_stay_with_their_tenant_and_savepoints_take_back_what_was_set() {
    for (way, db) in ways(1).await {
        let [a, b] = schemas::<2>(&db).await;
        let acme = db.tenant(&a);
        let tx = acme.begin().await.unwrap();
        assert_eq!(numbers(&tx, ID).await.unwrap(), [1], "{way}");
        assert_eq!(numbers(&tx.tenant(&b), ID).await.unwrap(), [2], "{way}");
        assert_eq!(numbers(&tx, ID).await.unwrap(), [1], "{way}");
        let savepoint = tx.begin().await.unwrap();
        assert_eq!(numbers(&savepoint.tenant(&b), ID).await.unwrap(), [2], "{way}");
        savepoint.rollback().await.unwrap();
        assert_eq!(numbers(&tx.tenant(&b), ID).await.unwrap(), [2], "{way}");
        // A savepoint of another tenant, undone after an error.
        let other = tx.tenant(&b);
        let failed = other.transaction(async |savepoint| {
            assert_eq!(numbers(savepoint, ID).await?, [2]);
            numbers(savepoint, "SELECT 1 / 0").await
        });
        failed.await.unwrap_err();
        drop(other);
        assert_eq!(numbers(&tx, ID).await.unwrap(), [1], "{way}");
        let mut cursor = tx.open(select(ID, SqlType::Int4)).await.unwrap();
        assert_eq!(numbers(&tx.tenant(&b), ID).await.unwrap(), [2], "{way}");
        let mut rows = Collect::new(1);
        while cursor.next(&mut rows).await.unwrap() {}
        assert_eq!(rows.numbers(), [1], "{way}");
        drop(cursor);
        tx.commit().await.unwrap();
        // In a transaction of the pool, too.
        let tx = db.begin().await.unwrap();
        assert_eq!(numbers(&tx.tenant(&b), ID).await.unwrap(), [2], "{way}");
        let error = tx.transaction(async |tx| numbers(tx, ID).await).await.unwrap_err();
        assert!(matches!(&error, Error::Database(e) if e.code == "42P01"), "{way}: {error:?}");
        drop(tx);
        assert_eq!(numbers(&acme, ID).await.unwrap(), [1], "{way}");
    }
}

#[tokio::test]
async fn a_transaction_has_one_path_at_a_time() {
    let db = with(|b| b.max_connections(1)).await;
    let [a, b] = schemas::<2>(&db).await;
    let tx = db.begin().await.unwrap();
    let (a, b) = (tx.tenant(&a), tx.tenant(&b));
    let (one, two) = tokio::join!(numbers(&a, ID), numbers(&b, ID));
    assert_eq!(one.unwrap(), [1]);
    let error = two.unwrap_err().to_string();
    assert!(error.contains("still under way for another tenant"), "{error}");
    assert_eq!(numbers(&b, ID).await.unwrap(), [2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_round_trip_more_and_nothing_sent_where_the_path_is_right() {
    let proxy = Proxy::start(address()).await;
    for mode in [StatementCache::Named(20), StatementCache::Unnamed] {
        let db = through(&proxy).max_connections(1).statement_cache(mode).connect().await.unwrap();
        let [a, b] = schemas::<2>(&db).await;
        let (a, b) = (db.tenant(&a), db.tenant(&b));
        a.run(&of_model(ID), &mut NoRows).await.unwrap();
        b.run(&of_model(ID), &mut NoRows).await.unwrap();
        db.run(&of_model("SELECT 1"), &mut NoRows).await.unwrap();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let heard = sent.clone();
        let _events = db.on_query(move |event| heard.lock().unwrap().push(event.sql.to_owned()));
        proxy.hold_answers(Duration::from_millis(30));
        let before = proxy.round_trips();
        a.run(&of_model(ID), &mut NoRows).await.unwrap();
        b.run(&of_model(ID), &mut NoRows).await.unwrap();
        b.run(&of_model(ID), &mut NoRows).await.unwrap();
        db.run(&of_model("SELECT 1"), &mut NoRows).await.unwrap();
        assert_eq!(proxy.round_trips() - before, 4, "{mode:?}");
        let sent = std::mem::take(&mut *sent.lock().unwrap());
        let expected = match mode {
            // a; b; nothing; back; and the four statements.
            StatementCache::Named(_) => 4 + 3,
            // BEGIN with the path, and COMMIT, around three of them.
            _ => 4 + 3 * 2,
        };
        assert_eq!(sent.len(), expected, "{sent:#?}");
        // A transaction: BEGIN, and what sets the path behind it, with the statement, and COMMIT.
        let with_begin = !crate::support::driver_only();
        let before = proxy.round_trips();
        let tx = a.begin().await.unwrap();
        tx.run(&of_model(ID), &mut NoRows).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(proxy.round_trips() - before, if with_begin { 2 } else { 3 }, "{mode:?}");
        // A batch.
        let one = of_model(ID);
        let before = proxy.round_trips();
        let jobs = (0..3).map(|_| &one).collect::<Vec<_>>();
        let mut sinks = [NoRows, NoRows, NoRows];
        let jobs = jobs.into_iter().zip(&mut sinks);
        let jobs = jobs.map(|(statement, sink)| Job { statement, sink: sink as _ }).collect();
        b.run_all(jobs).await.unwrap();
        // The driver alone waits until the path of the session is set.
        let waits = mode != StatementCache::Unnamed && crate::support::driver_only();
        assert_eq!(proxy.round_trips() - before, if waits { 2 } else { 1 }, "{mode:?}");
        proxy.hold_answers(Duration::ZERO);
    }
}

#[tokio::test]
async fn a_schema_that_is_not_there_has_no_tables_of_public() {
    for (way, db) in ways(1).await {
        let [a] = schemas::<1>(&db).await;
        let shared = format!("shared_{}_{}", std::process::id(), way.len());
        db.batch_execute(&format!(
            "DROP TABLE IF EXISTS public.{shared}; CREATE TABLE public.{shared} (id int)"
        ))
        .await
        .unwrap();
        let sql = format!("SELECT id FROM {shared}");
        if way.starts_with("lent") {
            // `public` stands behind the schema of a tenant.
            assert_eq!(numbers(&db.tenant(&a), &sql).await.unwrap(), [] as [i32; 0], "{way}");
        }
        let error = numbers(&db.tenant("nobody"), &sql).await.unwrap_err();
        assert!(matches!(&error, Error::Database(e) if e.code == "42P01"), "{way}: {error:?}");
        let text = error.to_string();
        assert!(text.contains("`nobody`") && text.contains("migrate"), "{way}: {text}");
        db.batch_execute(&format!("DROP TABLE public.{shared}")).await.unwrap();
    }
}

#[tokio::test]
async fn names_that_no_schema_can_have_are_refused() {
    let db = with(|b| b.max_connections(1)).await;
    let long = "x".repeat(64);
    for name in ["", "a\0b", "pg_temp", "information_schema", long.as_str()] {
        let tenant = db.tenant(name);
        for error in [
            numbers(&tenant, "SELECT 1").await.unwrap_err(),
            tenant.begin().await.unwrap_err(),
            tenant.batch_execute("SELECT 1").await.unwrap_err(),
            db.begin().await.unwrap().tenant(name).begin().await.unwrap_err(),
        ] {
            assert!(matches!(error, Error::Usage(_)), "{error:?}");
            assert!(error.to_string().contains("cannot be the schema of a tenant"), "{error}");
        }
    }
    assert_eq!(numbers(&db.tenant(&"x".repeat(63)), "SELECT 1").await.unwrap(), [1]);
}

#[tokio::test]
async fn each_has_types_of_its_own() {
    for (way, db) in ways(1).await {
        let [a, b] = schemas::<2>(&db).await;
        for (name, label) in [(&a, "sad"), (&b, "glad")] {
            let sql = format!(
                "CREATE TYPE mood AS ENUM ('{label}'); CREATE TABLE diary (id int, mood mood)"
            );
            db.tenant(name).batch_execute(&sql).await.unwrap();
        }
        let db = match way {
            // Its connections learn the types when they are made.
            "unnamed" | "lent, unnamed" => {
                ways(1).await.into_iter().find(|(other, _)| *other == way).unwrap().1
            }
            _ => db,
        };
        let mood = SqlType::Named("mood");
        let insert = |label: &str| {
            let value = vec![(SqlValue::Text(label.into()), mood)];
            statement("INSERT INTO diary VALUES (1, $1) RETURNING mood", value, &[("mood", mood)])
        };
        let all = statement("SELECT mood FROM diary", vec![], &[("mood", mood)]);
        for round in 1..4 {
            for (name, label) in [(&a, "sad"), (&b, "glad")] {
                let tenant = db.tenant(name);
                let mut rows = Collect::new(1);
                tenant.run(&insert(label), &mut rows).await.unwrap();
                assert_eq!(rows.rows[0][0].as_deref(), Some(label.as_bytes()), "{way}");
                let mut rows = Collect::new(1);
                tenant.run(&all, &mut rows).await.unwrap();
                assert_eq!(rows.rows.len(), round, "{way}");
                let tx = tenant.begin().await.unwrap();
                assert_eq!(tx.run(&all, &mut NoRows).await.unwrap(), round as u64, "{way}");
                assert!(tx.run(&insert("neither"), &mut NoRows).await.is_err(), "{way}");
            }
        }
    }
}

#[tokio::test]
async fn tables_that_differ_are_prepared_apart() {
    for (way, db) in ways(1).await {
        let [a, b] = schemas::<2>(&db).await;
        db.tenant(&b).batch_execute("ALTER TABLE book ALTER id TYPE bigint").await.unwrap();
        let four = select(ID, SqlType::Int4);
        let eight = select(ID, SqlType::Int8);
        for _ in 0..4 {
            db.tenant(&a).run(&four, &mut NoRows).await.unwrap();
            db.tenant(&b).run(&eight, &mut NoRows).await.unwrap();
        }
        // In a transaction, where nothing can be prepared anew, it is known by now.
        let tx = db.begin().await.unwrap();
        for _ in 0..2 {
            tx.tenant(&a).run(&four, &mut NoRows).await.unwrap_or_else(|e| panic!("{way}: {e}"));
            tx.tenant(&b).run(&eight, &mut NoRows).await.unwrap_or_else(|e| panic!("{way}: {e}"));
        }
    }
}

#[tokio::test]
async fn sql_of_the_users_does_not_stay_for_the_next_one() {
    for (way, db) in ways(1).await {
        let [a, b] = schemas::<2>(&db).await;
        let tenant = db.tenant(&a);
        let set = format!("SET search_path TO \"{}\"", b.replace('"', "\"\""));
        assert_eq!(numbers(&tenant, ID).await.unwrap(), [1]);
        tenant.batch_execute(&set).await.unwrap();
        if !way.starts_with("lent") && way != "unnamed" {
            assert_eq!(numbers(&tenant, ID).await.unwrap(), [1], "{way}");
        }
        db.batch_execute("SET search_path TO DEFAULT").await.unwrap();
        let tx = tenant.begin().await.unwrap();
        tx.batch_execute(&set.replace("SET", "SET LOCAL")).await.unwrap();
        assert_eq!(numbers(&tx, ID).await.unwrap(), [1], "{way}");
        // A transaction that the text leaves open is rolled back with what it has set.
        drop(tx);
        tenant.batch_execute(&format!("BEGIN; {set}")).await.ok();
        assert_eq!(numbers(&tenant, ID).await.unwrap(), [1], "{way}");
    }
}

/// Such a statement is not carried out with another in one transaction, not even with what sets the path.
#[tokio::test]
async fn text_that_must_be_alone_is() {
    for (way, db) in ways(1).await {
        let [a] = schemas::<1>(&db).await;
        for _ in 0..2 {
            let done = run(&db.tenant(&a), "VACUUM book").await;
            // Behind a pooler it stands in a transaction with the path.
            match way == "unnamed" || way.starts_with("lent") {
                false => assert_eq!(done.unwrap(), 0, "{way}"),
                true => assert!(done.is_err(), "{way}"),
            }
            run(&db, "VACUUM pg_catalog.pg_am").await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_error_of_the_commit_is_that_of_the_statement() {
    for (way, db) in ways(1).await {
        let [a] = schemas::<1>(&db).await;
        let tenant = db.tenant(&a);
        let sql = "ALTER TABLE book ADD UNIQUE (id) DEFERRABLE INITIALLY DEFERRED";
        tenant.batch_execute(sql).await.unwrap();
        let error = run(&tenant, "INSERT INTO book VALUES (1)").await.unwrap_err();
        assert!(matches!(error, Error::Unique(_)), "{way}: {error:?}");
        assert_eq!(numbers(&tenant, ID).await.unwrap(), [1], "{way}");
    }
}
