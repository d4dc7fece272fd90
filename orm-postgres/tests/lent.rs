//! A pool that the application has already: both use its connections in turn.

mod support;

#[path = "lent/given_up.rs"]
mod given_up;
#[path = "lent/prepared.rs"]
mod prepared;
#[path = "lent/turns.rs"]
mod turns;

use deadpool_postgres::tokio_postgres::{Config, NoTls};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use orm_postgres::{Database, HealthCheck};
use orm_sql::Error;
use orm_sql::exec::transaction::Transactions;
use orm_sql::exec::{Executor, NoRows};
use orm_sql::value::SqlType;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Collect, command, numbers, pid, run, select, text, url};

/// The application's pool.
fn pool(size: usize, recycling: RecyclingMethod) -> Pool {
    let config = url().parse::<Config>().expect("a URL");
    let manager = ManagerConfig { recycling_method: recycling };
    Pool::builder(Manager::from_config(config, NoTls, manager))
        .max_size(size)
        .wait_timeout(Some(Duration::from_secs(5)))
        .runtime(Runtime::Tokio1)
        .build()
        .expect("a pool")
}

/// A table of the test's own.
async fn table(db: &Database, name: &str) -> String {
    let name = format!("lent_{name}_{}", std::process::id());
    db.batch_execute(&format!("DROP TABLE IF EXISTS {name}; CREATE TABLE {name} (id int)"))
        .await
        .unwrap();
    name
}

#[tokio::test]
async fn everything_runs_on_it() {
    let db = Database::from_pool(pool(2, RecyclingMethod::Fast));
    let book = table(&db, "everything").await;
    assert_eq!(run(&db, &format!("INSERT INTO {book} VALUES (1), (2)")).await.unwrap(), 2);
    let all = format!("SELECT id FROM {book} ORDER BY id");
    let insert = format!("INSERT INTO {book} VALUES (3)");
    db.transaction(async |tx| {
        run(tx, &insert).await?;
        tx.transaction(async |savepoint| {
            run(savepoint, &format!("DELETE FROM {book}")).await?;
            Err::<(), _>(Error::usage("no"))
        })
        .await
        .unwrap_err();
        let mut cursor = tx.open(select(&all, SqlType::Int4)).await?;
        let mut rows = Collect::new(1);
        while cursor.next(&mut rows).await? {}
        assert_eq!(rows.numbers(), [1, 2, 3]);
        Ok(())
    })
    .await
    .unwrap();
    let failed: Result<(), Error> = db
        .transaction(async |tx| {
            run(tx, &insert).await?;
            Err(Error::usage("no"))
        })
        .await;
    failed.unwrap_err();
    drop(db.begin().await.unwrap());
    assert_eq!(numbers(&db, &all).await.unwrap(), [1, 2, 3]);
    let mut cursor = db.open(select(&all, SqlType::Int4)).await.unwrap();
    let mut rows = Collect::new(1);
    while cursor.next(&mut rows).await.unwrap() {}
    drop(cursor);
    assert_eq!(rows.numbers(), [1, 2, 3]);
    let error = run(&db, "SELECT 1 / 0").await.unwrap_err();
    assert!(matches!(&error, Error::Database(e) if e.code == "22012"), "{error:?}");
    // Text that begins a transaction and does not end it.
    db.batch_execute(&format!("BEGIN; INSERT INTO {book} VALUES (4)")).await.unwrap();
    assert_eq!(numbers(&db, &all).await.unwrap(), [1, 2, 3]);
    run(&db, &format!("DROP TABLE {book}")).await.unwrap();
}

#[tokio::test]
async fn listening_says_what_to_do_and_notifying_works() {
    let db = Database::from_pool(pool(1, RecyclingMethod::Fast));
    let error = db.listen("orders").await.unwrap_err();
    let Error::Usage(message) = &error else { panic!("{error:?}") };
    assert!(message.contains("`Database::connect`"), "{message}");
    db.transaction(async |tx| tx.notify("orders", "one").await).await.unwrap();
}

#[tokio::test]
async fn the_builder_takes_what_is_not_the_pools() {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let list = seen.clone();
    let db = Database::builder()
        .on_query(move |event| list.lock().unwrap().push(event.sql.to_owned()))
        .time_zone("Europe/Berlin")
        .from_pool(pool(1, RecyclingMethod::Fast))
        .unwrap();
    run(&db, "SELECT 1").await.unwrap();
    assert_eq!(*seen.lock().unwrap(), ["SELECT 1"]);
    assert_eq!(db.time_zone(), "Europe/Berlin");
    assert_eq!((db.host(), db.port(), db.user(), db.dbname()), ("", 0, "", ""));
    assert!(format!("{db:?}").contains("application"), "{db:?}");
    for (builder, setting) in [
        (Database::builder().url("postgres://ann@localhost/shop"), "url"),
        (Database::builder().user("ann"), "url"),
        (Database::builder().port(5433), "port"),
        (Database::builder().max_connections(3), "max_connections"),
        (Database::builder().health_check(HealthCheck::RoundTrip), "health_check"),
        (Database::builder().shared_reads(1), "shared_reads"),
        (Database::builder().after_connect("SET work_mem = '5MB'"), "after_connect"),
    ] {
        let error = builder.from_pool(pool(1, RecyclingMethod::Fast)).unwrap_err();
        assert!(
            matches!(&error, Error::Usage(m) if m.contains(&format!("`{setting}`"))),
            "{error}"
        );
    }
}

#[tokio::test]
async fn what_the_pool_refuses_is_told() {
    let short = pool(1, RecyclingMethod::Fast);
    let db = Database::from_pool(short.clone());
    let held = short.get().await.unwrap();
    let waiting = db.status();
    assert_eq!((waiting.max_connections, waiting.connections, waiting.idle), (1, 1, 0));
    let impatient = Pool::builder(Manager::new(url().parse().unwrap(), NoTls))
        .max_size(1)
        .wait_timeout(Some(Duration::from_millis(20)))
        .runtime(Runtime::Tokio1)
        .build()
        .unwrap();
    let other = Database::from_pool(impatient.clone());
    let _held = impatient.get().await.unwrap();
    let error = run(&other, "SELECT 1").await.unwrap_err();
    assert!(matches!(&error, Error::Pool { message } if message.contains("20ms")), "{error:?}");
    drop(held);
    db.close().await;
    assert!(short.is_closed());
    let error = run(&db, "SELECT 1").await.unwrap_err();
    assert!(matches!(error, Error::Pool { .. }), "{error:?}");
    // Its own way to connect fails with its own words.
    let nowhere: Config = "host=127.0.0.1 port=1 user=ann dbname=shop".parse().unwrap();
    let lost = Pool::builder(Manager::new(nowhere, NoTls)).build().unwrap();
    let error = run(&Database::from_pool(lost), "SELECT 1").await.unwrap_err();
    assert!(matches!(error, Error::Connection { .. }), "{error:?}");
    assert!(std::error::Error::source(&error).is_some(), "{error:?}");
}

#[tokio::test]
async fn connections_that_were_lost_are_replaced() {
    let shared = pool(2, RecyclingMethod::Fast);
    let db = Database::from_pool(shared.clone());
    let admin = Database::connect(&url()).await.unwrap();
    let first = pid(&db).await;
    for wait in [0, 30] {
        let victim = pid(&db).await;
        numbers(&admin, &format!("SELECT pg_terminate_backend({victim})::int")).await.unwrap();
        tokio::time::sleep(Duration::from_millis(wait)).await;
        let tx = db.begin().await.unwrap();
        assert_ne!(pid(&tx).await, victim);
        tx.commit().await.unwrap();
    }
    assert_ne!(pid(&db).await, first);
    db.run(&command("SELECT 1"), &mut NoRows).await.unwrap();
    assert_eq!(text(&db, "SELECT 'x'").await.unwrap(), "x");
}
