//! Servers and networks that fail: nothing that was acknowledged is lost, nothing runs twice, and
//! the pool goes on.

use crate::options::until;
use crate::proxy::{Proxy, Way};
use crate::support::{address, new_builder, numbers, pid, run, text, url, with};
use orm_postgres::{Database, DatabaseBuilder, HealthCheck, StatementCache, TargetSessionAttrs};
use orm_sql::{Error, Result};
use orm_testkit::server::{Server, ServerError};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Tasks that write rows with numbers of their own, and what came of it.
struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<Vec<i32>>>,
    failed: Arc<AtomicUsize>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    /// Every other write is a transaction with two rows: a number, and the negative of it.
    fn start(db: &Database, tasks: i32) -> Load {
        let (stop, next) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI32::new(1)));
        let (acknowledged, failed) = (Arc::<Mutex<Vec<i32>>>::default(), Arc::default());
        let one = |_| {
            let (db, stop, next) = (db.clone(), stop.clone(), next.clone());
            let (acknowledged, failed) = (acknowledged.clone(), Arc::<AtomicUsize>::clone(&failed));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    match write(&db, n).await {
                        Ok(()) => acknowledged.lock().unwrap().push(n),
                        Err(Error::Connection { .. } | Error::Pool { .. }) => {
                            failed.fetch_add(1, Ordering::Relaxed);
                            tokio::time::sleep(Duration::from_millis(5)).await;
                        }
                        // A key that is there already would mean that a statement ran twice.
                        Err(error) => panic!("{error:?}"),
                    }
                }
            })
        };
        let tasks = (0..tasks).map(one).collect();
        Load { stop, acknowledged, failed, tasks }
    }

    fn done(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    async fn wait_for(&self, more: usize) {
        let wanted = self.done() + more;
        until("more rows are acknowledged", async || self.done() >= wanted).await;
    }

    /// Ends the load, and compares what was acknowledged with what is there.
    async fn check(self, db: &Database) {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
        let rows = numbers(db, "SELECT n FROM load").await.unwrap();
        let rows: HashSet<i32> = rows.into_iter().collect();
        let acknowledged = self.acknowledged.lock().unwrap();
        let lost: Vec<_> = acknowledged.iter().filter(|n| !rows.contains(n)).collect();
        assert!(lost.is_empty(), "{} acknowledged rows are lost: {lost:?}", lost.len());
        let halves: Vec<_> =
            rows.iter().filter(|n| **n % 2 == 0 && !rows.contains(&-**n)).collect();
        assert!(halves.is_empty(), "halves of transactions: {halves:?}");
        let written = rows.iter().filter(|n| **n > 0).count();
        let failed = self.failed.load(Ordering::Relaxed);
        println!("{} acknowledged, {written} written, {failed} failed", acknowledged.len());
        assert!(written <= acknowledged.len() + failed);
    }
}

async fn write(db: &Database, n: i32) -> Result<()> {
    if n % 2 != 0 {
        return run(db, &format!("INSERT INTO load VALUES ({n})")).await.map(|_| ());
    }
    db.transaction(async |tx| {
        run(tx, &format!("INSERT INTO load VALUES ({n})")).await?;
        run(tx, &format!("INSERT INTO load VALUES (-{n})")).await.map(|_| ())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_under_load_loses_nothing() {
    let server = Server::private().unwrap();
    let builder = new_builder().url(server.url()).max_connections(8).statement_cache(20);
    let db = builder.connect().await.unwrap();
    db.batch_execute("CREATE TABLE load (n int PRIMARY KEY)").await.unwrap();
    let load = Load::start(&db, 64);
    for orderly in [false, true] {
        load.wait_for(300).await;
        let server = server.clone();
        let restart = move || {
            if orderly { server.stop() } else { server.kill() }?;
            std::thread::sleep(Duration::from_millis(100));
            server.restart()
        };
        tokio::task::spawn_blocking(restart).await.unwrap().unwrap();
    }
    load.wait_for(300).await;
    assert!(load.failed.load(Ordering::Relaxed) > 0, "nobody has noticed");
    load.check(&db).await;
    assert!(db.status().connections <= 8);
}

/// A transaction is cut after every few bytes, or after every byte with `ORM_TEST_EVERY_BYTE=1`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_cut_after_any_byte_is_whole_or_not_there() {
    let proxy = Proxy::start(address()).await;
    let direct = with(|b| b).await;
    direct.batch_execute("CREATE TABLE load (n int PRIMARY KEY)").await.unwrap();
    let schema = text(&direct, "SELECT current_schema()::text").await.unwrap();
    let connect = async || {
        let builder = new_builder().url(&url()).host("127.0.0.1").port(proxy.port);
        builder.max_connections(1).search_path(&schema).connect().await
    };
    let transaction = async |db: &Database, n: i32| {
        db.transaction(async |tx| {
            run(tx, &format!("INSERT INTO load VALUES ({n})")).await?;
            assert_eq!(numbers(tx, &format!("SELECT {n}")).await?, [n]);
            run(tx, &format!("INSERT INTO load VALUES (-{n})")).await.map(|_| ())
        })
        .await
    };
    let step = if std::env::var_os("ORM_TEST_EVERY_BYTE").is_some() { 1 } else { 11 };
    let (mut n, mut cut, mut committed) = (0, 0, 0);
    for way in [Way::ToServer, Way::ToClient] {
        // Once as a whole, to know how many bytes there are; with the login from the second on.
        for with_login in [false, true] {
            let mut db = connect().await.unwrap();
            let before = proxy.passed(way);
            n += 1;
            if with_login {
                db = connect().await.unwrap();
            }
            transaction(&db, n).await.unwrap();
            let bytes = proxy.passed(way) - before;
            for at in (0..bytes).step_by(step) {
                n += 1;
                // A connection that has nothing prepared yet, as the first one.
                let db = if with_login { None } else { Some(connect().await.unwrap()) };
                proxy.cut_after(way, at);
                let work = async {
                    let db = match db {
                        Some(db) => db,
                        None => connect().await?,
                    };
                    transaction(&db, n).await?;
                    Ok::<_, Error>(())
                };
                let result = tokio::time::timeout(Duration::from_secs(10), work).await;
                let result = result.unwrap_or_else(|_| panic!("{way:?} {at} hangs"));
                cut += usize::from(proxy.heal());
                let rows = format!("SELECT count(*)::int FROM load WHERE n IN ({n}, -{n})");
                // The server may still be reading what has arrived.
                let rows = async || numbers(&direct, &rows).await.unwrap()[0];
                match result {
                    Ok(()) => {
                        committed += 1;
                        assert_eq!(rows().await, 2, "{way:?} {at}");
                    }
                    Err(Error::Connection { .. }) => {
                        until("all or nothing", async || rows().await != 1).await;
                    }
                    Err(error) => panic!("{way:?} {at}: {error:?}"),
                }
            }
        }
    }
    println!("{n} transactions, {cut} cut, {committed} of those committed all the same");
    assert!(cut > 50 && committed < cut, "{cut} {committed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_falls_silent_is_noticed_by_a_round_trip() {
    let proxy = Proxy::start(address()).await;
    let builder = new_builder()
        .url(&url())
        .host("127.0.0.1")
        .port(proxy.port)
        .max_connections(2)
        .health_check(HealthCheck::RoundTrip)
        .recycle_timeout(Duration::from_millis(100));
    let db = builder.connect().await.unwrap();
    let first = pid(&db).await;
    assert_eq!(pid(&db).await, first);
    proxy.fall_silent();
    let started = Instant::now();
    let answer = tokio::time::timeout(Duration::from_secs(5), pid(&db)).await.expect("in time");
    assert_ne!(answer, first);
    assert!(started.elapsed() >= Duration::from_millis(100));
}

const REPLICATED: &[(&str, &str)] = &[
    ("wal_level", "replica"),
    ("max_wal_senders", "4"),
    ("hot_standby", "on"),
    ("wal_receiver_status_interval", "1"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promoted_standby_takes_over_and_nothing_is_lost() {
    let primary = Server::private_with(REPLICATED).unwrap();
    let standby = match primary.standby(REPLICATED) {
        Err(ServerError::Command { program, output, .. }) => panic!("{program}: {output}"),
        Err(error) => {
            return orm_testkit::skipped(&format!("no standby could be made: {error}"));
        }
        Ok(standby) => standby,
    };
    let hosts = [primary.port().unwrap(), standby.port().unwrap()].map(|port| ("127.0.0.1", port));
    let connect = async |attrs, hosts: [(&str, u16); 2]| {
        let builder = new_builder().url(primary.url()).hosts(hosts);
        builder.target_session_attrs(attrs).max_connections(8).connect().await
    };
    let admin = Database::connect(primary.url()).await.unwrap();
    admin.batch_execute("CREATE TABLE load (n int PRIMARY KEY)").await.unwrap();
    // Acknowledged is what both have.
    admin.batch_execute("ALTER SYSTEM SET synchronous_standby_names = '*'").await.unwrap();
    admin.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    let state = "SELECT count(*)::int FROM pg_stat_replication WHERE sync_state = 'sync'";
    until("the standby follows", async || numbers(&admin, state).await.unwrap() == [1]).await;

    use TargetSessionAttrs as T;
    let [a, b] = hosts;
    for (attrs, standby_answers) in [
        (T::ReadWrite, false),
        (T::Primary, false),
        (T::ReadOnly, true),
        (T::Standby, true),
        (T::PreferStandby, true),
    ] {
        for hosts in [[a, b], [b, a]] {
            let db = connect(attrs, hosts).await.unwrap();
            let recovering = numbers(&db, "SELECT pg_is_in_recovery()::int").await.unwrap();
            assert_eq!(recovering == [1], standby_answers, "{attrs:?}");
        }
    }
    let none = connect(T::Standby, [a, a]).await.unwrap_err();
    assert!(matches!(none, Error::Connection { .. }), "{none:?}");
    assert!(none.to_string().contains("not a standby"), "{none}");
    // One that balances reaches both.
    let mut seen = HashSet::new();
    for _ in 0..40 {
        let builder = new_builder().url(primary.url()).hosts(hosts).load_balance_hosts(true);
        let db = builder.max_connections(1).connect().await.unwrap();
        seen.insert(numbers(&db, "SELECT pg_is_in_recovery()::int").await.unwrap()[0]);
        if seen.len() == 2 {
            break;
        }
    }
    assert_eq!(seen.len(), 2, "always the same host");

    let db = connect(T::ReadWrite, hosts).await.unwrap();
    let load = Load::start(&db, 16);
    load.wait_for(100).await;
    let (old, new) = (primary.clone(), standby.clone());
    tokio::task::spawn_blocking(move || old.kill()).await.unwrap().unwrap();
    let promote = Database::connect(new.url()).await.unwrap();
    assert_eq!(numbers(&promote, "SELECT pg_promote()::int").await.unwrap(), [1]);
    load.wait_for(100).await;
    load.check(&db).await;
    // Nobody is there who could be preferred.
    let db = connect(T::PreferStandby, hosts).await.unwrap();
    assert_eq!(numbers(&db, "SELECT pg_is_in_recovery()::int").await.unwrap(), [0]);
}

fn code(error: &Error) -> &str {
    match error {
        Error::Database(error) => &error.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_a_read_only_session_refuses_is_the_servers_word() {
    let builder = new_builder().url(&url());
    let db =
        builder.after_connect("SET default_transaction_read_only = on").connect().await.unwrap();
    let error = run(&db, "CREATE TABLE x (id int)").await.unwrap_err();
    assert_eq!(code(&error), "25006");
    assert!(error.to_string().contains("read-only"), "{error}");
    assert_eq!(numbers(&db, "SELECT 1").await.unwrap(), [1]);
}

/// A file system that is full: a small one, where this user can mount one; else an error of the
/// same kind that SQL raises.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_the_servers_word_and_the_pool_goes_on() {
    let server = Server::private().unwrap();
    let db = Database::connect(server.url()).await.unwrap();
    let disk = Disk::mount();
    let fill = match &disk {
        Some(disk) => {
            let path = disk.0.display();
            let sql = format!("CREATE TABLESPACE small LOCATION '{path}'");
            run(&db, &sql).await.unwrap();
            db.batch_execute("CREATE TABLE load (t text) TABLESPACE small").await.unwrap();
            "INSERT INTO load SELECT repeat(n::text, 100) FROM generate_series(1, 100000) AS n"
        }
        None => {
            eprintln!("no small file system can be mounted: the error is raised by SQL");
            db.batch_execute("CREATE TABLE load (t text)").await.unwrap();
            "DO $$ BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
        }
    };
    for _ in 0..2 {
        let error = run(&db, fill).await.unwrap_err();
        assert_eq!(code(&error), "53100", "{error:?}");
        let error = db.transaction(async |tx| run(tx, fill).await).await.unwrap_err();
        assert_eq!(code(&error), "53100", "{error:?}");
    }
    assert_eq!(numbers(&db, "SELECT count(*)::int FROM load").await.unwrap(), [0]);
    db.close().await;
    server.stop().unwrap();
}

/// A file system of 2 MiB, until it is dropped.
struct Disk(std::path::PathBuf);

impl Disk {
    fn mount() -> Option<Disk> {
        use std::process::{Command, Stdio};
        let dir = std::env::temp_dir().join(format!("orm-full-{}", std::process::id()));
        std::fs::create_dir_all(&dir).ok()?;
        // The user that root runs the server as.
        let id = |user: &&str| {
            let id = Command::new("id").args(["-u", user]).stderr(Stdio::null()).output().ok()?;
            id.status.success().then(|| String::from_utf8_lossy(&id.stdout).trim().to_owned())
        };
        let user = ["postgres", "nobody"].iter().find_map(id)?;
        let options = format!("size=2m,mode=0700,uid={user}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&dir).stderr(Stdio::null());
        let mounted = mount.status().is_ok_and(|status| status.success());
        if !mounted {
            std::fs::remove_dir(&dir).ok();
        }
        mounted.then_some(Disk(dir))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        std::process::Command::new("umount").arg("-l").arg(&self.0).status().ok();
        std::fs::remove_dir(&self.0).ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_ends_or_is_full_is_a_connection_error() {
    let server =
        Server::private_with(&[("max_connections", "4"), ("superuser_reserved_connections", "0")])
            .unwrap();
    let builder = new_builder().url(server.url()).max_connections(9);
    let db = builder.connect().await.unwrap();
    // Too many connections (53300).
    let mut held = Vec::new();
    let error = loop {
        match db.begin().await {
            Ok(tx) => held.push(tx),
            Err(error) => break error,
        }
    };
    assert_eq!(held.len(), 4);
    assert!(matches!(error, Error::Connection { .. }), "{error:?}");
    assert!(error.to_string().contains("too many clients"), "{error}");
    // What is there goes on working, and the pool counts right.
    drop(held);
    assert_eq!(numbers(&db, "SELECT 1").await.unwrap(), [1]);
    assert_eq!(db.status().connections, 4);
    // A statement under way when the server is stopped (57P01).
    let busy = tokio::spawn({
        let db = db.clone();
        async move { run(&db, "SELECT pg_sleep(60)").await }
    });
    let cursor = db.begin().await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let stopped = server.clone();
    tokio::task::spawn_blocking(move || stopped.stop()).await.unwrap().unwrap();
    for error in [
        busy.await.unwrap().unwrap_err(),
        run(&cursor, "SELECT 1").await.unwrap_err(),
        run(&db, "SELECT 1").await.unwrap_err(),
        cursor.commit().await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::Connection { .. }), "{error:?}");
    }
    // Killed (57P02 for its other sessions, or nothing at all), and while it starts (57P03).
    server.restart().unwrap();
    let busy = tokio::spawn({
        let db = db.clone();
        async move { run(&db, "SELECT pg_sleep(60)").await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let killed = server.clone();
    let restart = tokio::task::spawn_blocking(move || {
        killed.kill()?;
        killed.restart()
    });
    let error = busy.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Connection { .. }), "{error:?}");
    let limit = Instant::now() + Duration::from_secs(20);
    while let Err(error) = run(&db, "SELECT 1").await {
        assert!(matches!(error, Error::Connection { .. }), "{error:?}");
        assert!(Instant::now() < limit, "{error}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    restart.await.unwrap().unwrap();
}

/// A pool whose connections go through a proxy.
pub fn through(proxy: &Proxy) -> DatabaseBuilder {
    new_builder().url(&url()).host("127.0.0.1").port(proxy.port)
}

/// What a call came to; `None` where it hung and was given up.
async fn brief<T>(call: impl Future<Output = Result<T>>) -> Option<Result<T>> {
    tokio::time::timeout(Duration::from_millis(300), call).await.ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_none_is_a_connection_error_and_its_connection_is_closed() {
    let proxy = Proxy::start(address()).await;
    for shared in [0, 1] {
        let pool = through(&proxy).max_connections(1).shared_reads(shared);
        let db = pool.recycle_timeout(Duration::from_millis(100)).connect().await.unwrap();
        let mut kinds = HashSet::new();
        // Tags, lengths and what follows, in the answer to a prepared statement.
        for (after, into) in (0..44).step_by(2).flat_map(|n| [(n, 0xff), (n + 1, b'Z')]) {
            assert_eq!(numbers(&db, "SELECT 4711").await.unwrap(), [4711]);
            let used = pid(&db).await;
            proxy.change_after(Way::ToClient, after, into);
            let answer = brief(numbers(&db, "SELECT 4711")).await;
            proxy.keep();
            if let Some(Err(error)) = &answer {
                kinds.insert(error.kind());
                assert!(!matches!(error, Error::Usage(_)), "{after} {into}: {error:?}");
                if error.to_string().contains("no answer") {
                    assert_ne!(brief(async { Ok(pid(&db).await) }).await.unwrap().unwrap(), used);
                }
            }
            // A message that seems longer than it is can swallow what comes next.
            if brief(numbers(&db, "SELECT 1")).await.is_some_and(|next| next.is_ok()) {
                continue;
            }
            let healed = tokio::time::timeout(Duration::from_secs(5), numbers(&db, "SELECT 2"));
            assert_eq!(healed.await.expect("in time").unwrap(), [2], "{after} {into}");
        }
        assert!(kinds.contains("Connection"), "{kinds:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shared_connections_heal_after_a_network_that_swallows_everything() {
    let proxy = Proxy::start(address()).await;
    let patient = |seconds| Duration::from_millis(seconds);
    for gives_up in [true, false] {
        let db = through(&proxy)
            .max_connections(2)
            .shared_reads(2)
            .recycle_timeout(patient(200))
            .wait_timeout(patient(300))
            .connect()
            .await
            .unwrap();
        assert_eq!(numbers(&db, "SELECT 1").await.unwrap(), [1]);
        assert_eq!(numbers(&db, "SELECT 1").await.unwrap(), [1]);
        proxy.fall_silent();
        // More than there is room for.
        let lost: Vec<_> = (0..40)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move {
                    let call = numbers(&db, "SELECT 1");
                    match gives_up {
                        true => drop(brief(call).await),
                        false => drop(call.await),
                    }
                })
            })
            .collect();
        tokio::time::sleep(patient(900)).await;
        let started = Instant::now();
        for _ in 0..20 {
            let call = tokio::time::timeout(patient(2000), numbers(&db, "SELECT 1"));
            assert_eq!(call.await.expect("it has healed").unwrap(), [1]);
        }
        assert!(started.elapsed() < patient(2000));
        if gives_up {
            for task in lost {
                task.await.unwrap();
            }
        }
        proxy.speak();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connecting_has_a_limit_wherever_the_server_falls_silent() {
    let proxy = Proxy::start(address()).await;
    let limit = Duration::from_millis(150);
    for cache in [StatementCache::Unnamed, StatementCache::Named(10)] {
        for shared in [0, 1] {
            let connect = || {
                through(&proxy).connect_timeout(limit).statement_cache(cache).shared_reads(shared)
            };
            let before = proxy.passed(Way::ToClient);
            let all = connect().connect().await.unwrap();
            drop(brief(numbers(&all, "SELECT 1")).await);
            let bytes = proxy.passed(Way::ToClient) - before;
            let mut failed = 0;
            for after in (0..bytes).step_by(bytes / 12) {
                proxy.hush_after(Some(after));
                let connecting = async {
                    let db = connect().connect().await?;
                    // The first read of a shared connection makes it.
                    if shared > 0 { numbers(&db, "SELECT 1").await.map(drop) } else { Ok(()) }
                };
                let ended = tokio::time::timeout(Duration::from_secs(3), connecting).await;
                proxy.hush_after(None);
                match ended {
                    Ok(result) => failed += usize::from(result.is_err()),
                    // What hangs then is the statement, after all of connecting.
                    Err(_) => assert!(shared > 0 && after > bytes / 3, "{cache:?} {after}"),
                }
            }
            assert!(failed > 2, "{cache:?} {failed}");
        }
    }
}
