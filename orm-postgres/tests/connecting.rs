//! Making connections, and the pool.

mod support;

use orm_postgres::Database;
use orm_sql::Error;
use std::time::{Duration, Instant};
use support::{address, new_builder, numbers, pid, run, text, url, with};

fn refused(result: Result<Database, Error>) -> String {
    let error = result.expect_err("must not connect");
    assert!(matches!(error, Error::Connection { .. }), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_never_shown() {
    let db = Database::connect(&url()).await.unwrap();
    let role = format!("orm_locked_{}", std::process::id());
    db.batch_execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 'right'")).await.unwrap();
    let (host, port) = address();
    let url = format!("postgres://{role}:hunter2@{host}:{port}/postgres");
    let message = refused(Database::connect(&url).await);
    db.batch_execute(&format!("DROP ROLE {role}")).await.unwrap();
    for part in ["cannot connect", &host, &port.to_string(), &role, "postgres", "password"] {
        assert!(message.contains(part), "`{part}` in {message}");
    }
    assert!(!message.contains("hunter2"), "{message}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let message = refused(Database::connect("postgres://ann:secret@127.0.0.1:1/shop").await);
    assert!(message.contains("database `shop` at 127.0.0.1:1 as user `ann`"), "{message}");
    assert!(message.contains("refused"), "{message}");
    assert!(!message.contains("secret"), "{message}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let builder = new_builder()
        .url(&format!("postgres://a@127.0.0.1:{port}/a"))
        .connect_timeout(Duration::from_millis(100));
    let message = refused(builder.connect().await);
    assert!(message.contains("no answer within 100ms"), "{message}");
}

#[tokio::test]
async fn a_missing_database_and_an_unknown_time_zone_are_named() {
    let builder = new_builder().url(&url()).dbname("no_such_database");
    let message = refused(builder.connect().await);
    assert!(message.contains("database \"no_such_database\" does not exist"), "{message}");
    let message = refused(new_builder().url(&url()).time_zone("Mars/Base").connect().await);
    assert!(message.contains("Mars/Base"), "{message}");
}

#[tokio::test]
async fn urls_that_cannot_be_read_are_usage_errors() {
    for (url, part) in [
        ("mysql://a@b/c", "scheme `mysql`"),
        ("postgres://a@b:port/c", "port"),
        ("postgres://a@b/c?colour=red", "colour"),
        ("postgres://b/c?Se-cret=1", "unknown option"),
        ("not a url", "cannot be read"),
    ] {
        let error = Database::connect(url).await.expect_err(url);
        assert!(matches!(error, Error::Usage(_)), "{url}: {error:?}");
        assert!(error.to_string().contains(part), "{url}: {error}");
        assert!(!error.to_string().contains("cret"), "{error}");
    }
}

#[tokio::test]
async fn the_builder_names_each_part() {
    let (host, port) = address();
    let db = with(|b| {
        b.host(&host)
            .port(port)
            .dbname("postgres")
            .application_name("shelf")
            .time_zone("Asia/Tokyo")
    })
    .await;
    assert_eq!((db.host(), db.port(), db.dbname()), (host.as_str(), port, "postgres"));
    assert_eq!(text(&db, "SELECT current_setting('application_name')").await.unwrap(), "shelf");
    assert_eq!(text(&db, "SELECT current_setting('TimeZone')").await.unwrap(), "Asia/Tokyo");
    assert_eq!(orm_sql::exec::Executor::time_zone(&db), "Asia/Tokyo");
    let shown = format!("{db:?} {:?}", Database::builder().password("hunter2"));
    assert!(shown.contains(&host) && !shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn an_exhausted_pool_says_so() {
    let db = with(|b| b.max_connections(1).wait_timeout(Duration::from_millis(50))).await;
    let tx = db.begin().await.unwrap();
    let error = run(&db, "SELECT 1").await.unwrap_err();
    assert!(matches!(error, Error::Pool { .. }), "{error:?}");
    let message = error.to_string();
    assert!(message.contains("50ms") && message.contains("all 1 connections"), "{message}");
    tx.rollback().await.unwrap();
    run(&db, "SELECT 1").await.unwrap();
}

#[tokio::test]
async fn a_closed_pool_says_so_and_leaves_no_session() {
    let db = with(|b| b.application_name("closing").min_connections(3)).await;
    let admin = Database::connect(&url()).await.unwrap();
    assert_eq!(db.status().connections, 3);
    db.close().await;
    let error = run(&db, "SELECT 1").await.unwrap_err();
    assert!(matches!(error, Error::Pool { .. }) && error.to_string().contains("closed"), "{error}");
    let count = "SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'closing'";
    let until = Instant::now() + Duration::from_secs(5);
    while numbers(&admin, count).await.unwrap() != [0] {
        assert!(Instant::now() < until, "sessions are left");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn connections_killed_while_idle_are_replaced() {
    let db = with(|b| b.min_connections(3)).await;
    let admin = Database::connect(&url()).await.unwrap();
    for wait in [0, 20] {
        let first = pid(&db).await;
        let kill = format!(
            "SELECT pg_terminate_backend(pid)::int FROM pg_stat_activity WHERE query LIKE \
             '%pg_backend_pid()' AND pid <> pg_backend_pid() AND pid = {first}"
        );
        assert_eq!(numbers(&admin, &kill).await.unwrap(), [1]);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        // Where the connection ends while the statement is on its way, nobody can say whether it
        // ran: it is not sent again. Waited for, the end is seen before.
        match numbers(&db, "SELECT pg_backend_pid()").await {
            Ok(pids) => assert_ne!(pids, [first]),
            Err(error) => {
                assert!(wait == 0 && matches!(error, Error::Connection { .. }), "{error:?}")
            }
        }
        let first = pid(&db).await;
        numbers(&admin, &format!("SELECT pg_terminate_backend({first})::int")).await.unwrap();
        tokio::time::sleep(Duration::from_millis(wait)).await;
        // BEGIN goes with the first statement.
        let tx = db.begin().await.unwrap();
        match numbers(&tx, "SELECT pg_backend_pid()").await {
            Ok(pids) => {
                assert_ne!(pids, [first]);
                tx.commit().await.unwrap();
            }
            Err(error) => {
                assert!(wait == 0 && matches!(error, Error::Connection { .. }), "{error:?}")
            }
        }
    }
}

#[tokio::test]
async fn a_connection_killed_while_busy_is_an_error_and_the_pool_goes_on() {
    let db = with(|b| b.max_connections(1)).await;
    let admin = Database::connect(&url()).await.unwrap();
    let victim = pid(&db).await;
    let busy = tokio::spawn({
        let db = db.clone();
        async move { run(&db, "SELECT pg_sleep(30)").await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    numbers(&admin, &format!("SELECT pg_terminate_backend({victim})::int")).await.unwrap();
    let error = busy.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Connection { .. }), "{error:?}");
    assert_ne!(pid(&db).await, victim);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_the_server_is_survived() {
    let server = orm_testkit::server::Server::private().unwrap();
    let builder = new_builder().url(server.url()).max_connections(4).min_connections(4);
    let db = builder.connect().await.unwrap();
    pid(&db).await;
    server.restart().unwrap();
    pid(&db).await;
    db.transaction(async |tx| run(tx, "SELECT 1").await).await.unwrap();
    server.stop().unwrap();
    let error = run(&db, "SELECT 1").await.unwrap_err();
    assert!(matches!(error, Error::Connection { .. }), "{error:?}");
    server.restart().unwrap();
    pid(&db).await;
}
