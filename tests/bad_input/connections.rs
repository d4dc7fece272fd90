//! Servers that cannot be reached, refuse, or go away.

use super::{Book, one_book, works};
use crate::support::{Outcome, says, scalar};
use orm::prelude::*;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The host and port of a URL.
fn address(url: &str) -> (&str, u16) {
    let place = url.split_once('@').expect("a user").1;
    let (host, rest) = place.split_once(':').expect("a port");
    (host, rest.split('/').next().expect("a port").parse().expect("a number"))
}

/// Stands between a pool and the server, and can be cut.
struct Wire {
    port: u16,
    to: (String, u16),
    open: Option<Arc<Mutex<JoinSet<()>>>>,
    accepting: Option<tokio::task::JoinHandle<()>>,
}

impl Wire {
    async fn new(to: (&str, u16)) -> std::io::Result<Wire> {
        let mut wire = Wire { port: 0, to: (to.0.to_owned(), to.1), open: None, accepting: None };
        wire.mend().await?;
        Ok(wire)
    }

    async fn mend(&mut self) -> std::io::Result<()> {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await?;
        self.port = listener.local_addr()?.port();
        let open: Arc<Mutex<JoinSet<()>>> = Arc::default();
        let (set, to) = (open.clone(), self.to.clone());
        self.open = Some(open);
        self.accepting = Some(tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let to = to.clone();
                set.lock().expect("no panic").spawn(async move {
                    if let Ok(mut far) = TcpStream::connect((to.0.as_str(), to.1)).await {
                        tokio::io::copy_bidirectional(&mut near, &mut far).await.ok();
                    }
                });
            }
        }));
        Ok(())
    }

    async fn cut(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            accepting.await.ok();
        }
        if let Some(open) = self.open.take() {
            let mut tasks = std::mem::take(&mut *open.lock().expect("no panic"));
            tasks.shutdown().await;
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_there() -> Outcome {
    let error = Database::connect("postgres://ann:hunter2@127.0.0.1:1/shop").await;
    let error = error.expect_err("nobody listens");
    assert!(matches!(error, Error::Connection { .. }), "{error:?}");
    says(&error, &["`shop`", "127.0.0.1:1", "`ann`"]);
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_server_that_goes_away_and_comes_back() -> Outcome {
    let (db, _) = one_book().await?;
    let url = db.url();
    let (host, port) = address(&url);
    let mut wire = Wire::new((host, port)).await?;
    let through = url.replace(&format!("{host}:{port}"), &format!("127.0.0.1:{}", wire.port));
    let db = Database::builder().url(&through).max_connections(2).connect().await?;
    assert_eq!(Book::objects().count(&db).await?, 1);
    wire.cut().await;
    for _ in 0..2 {
        let error = Book::objects().all(&db).await.expect_err("the wire is cut");
        assert!(matches!(error, Error::Connection { .. }), "{error:?}");
        says(&error, &[&wire.port.to_string()]);
        let draft = draft!(Book { title: "x", pages: 1 }).save(&db).await;
        assert!(matches!(draft, Err(Error::Connection { .. })), "{draft:?}");
    }
    wire.mend().await?;
    assert_eq!(Book::objects().count(&db).await?, 1);
    works(&db).await?;
    Ok(())
}

#[tokio::test]
async fn a_wrong_password() -> Outcome {
    let (db, _) = one_book().await?;
    let role = format!("orm_seeds_{}", std::process::id());
    db.batch_execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 'right'")).await?;
    let url = db.url();
    let (host, port) = address(&url);
    let with = |password: &str| {
        Database::builder()
            .host(host)
            .port(port)
            .dbname(db.name())
            .user(&role)
            .password(password)
            .connect()
    };
    let error = with("hunter2").await.expect_err("a wrong password");
    let right = with("right").await;
    db.batch_execute(&format!("GRANT SELECT ON bad_book TO {role}")).await?;
    let right = right?;
    let count = Book::objects().count(&right).await;
    let refused = draft!(Book { title: "x", pages: 1 }).save(&right).await;
    right.close().await;
    db.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await?;
    assert!(matches!(error, Error::Connection { .. }), "{error:?}");
    says(&error, &[&role, host, "password"]);
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    // The right one is let in, and may read but not write.
    assert_eq!(count?, 1);
    let refused = refused.expect_err("no right to insert");
    assert!(matches!(&refused, Error::Database(e) if e.code == "42501"), "{refused:?}");
    says(&refused, &["bad_book"]);
    Ok(())
}

#[tokio::test]
async fn an_exhausted_pool() -> Outcome {
    let (db, _) = one_book().await?;
    let wait = Duration::from_millis(50);
    let one = Database::builder().url(&db.url()).max_connections(1).wait_timeout(wait);
    let one = one.connect().await?;
    let tx = one.begin().await?;
    assert_eq!(Book::objects().count(&tx).await?, 1);
    let error = Book::objects().all(&one).await.expect_err("the only connection is in use");
    assert!(matches!(error, Error::Pool { .. }), "{error:?}");
    says(&error, &["50ms", "all 1 connections"]);
    // A stream holds its connection as long as rows are on their way.
    tx.rollback().await?;
    let many = "SELECT b.* FROM bad_book b, generate_series(1, 100000)";
    let mut rows = Book::objects().raw(many, params![]).stream(&one);
    rows.next().await.transpose()?;
    let error = Book::objects().get(&one).await.expect_err("the stream is open");
    assert!(matches!(error, Error::Pool { .. }), "{error:?}");
    drop(rows);
    assert_eq!(Book::objects().get(&one).await?.title, "Mort");
    works(&one).await?;
    one.close().await;
    let error = Book::objects().get(&one).await.expect_err("a closed pool");
    assert!(matches!(error, Error::Pool { .. }), "{error:?}");
    says(&error, &["closed"]);
    Ok(())
}

/// Ends the session behind a connection.
async fn kill(admin: &Database, pid: i32) -> Result<()> {
    let killed = admin.query_as::<(bool,)>("SELECT pg_terminate_backend($1)", params![pid]).await?;
    assert_eq!(killed, [(true,)]);
    Ok(())
}

const PID: &str = "SELECT pg_backend_pid()";

#[tokio::test]
async fn a_connection_killed_while_idle() -> Outcome {
    let (admin, db) = one_book().await?;
    for wait in [0, 20] {
        let pid = scalar(&db, PID).await?;
        kill(&admin, pid).await?;
        tokio::time::sleep(Duration::from_millis(wait)).await;
        assert_eq!(Book::objects().get(&db).await?.title, "Mort");
        let pid = scalar(&db, PID).await?;
        kill(&admin, pid).await?;
        tokio::time::sleep(Duration::from_millis(wait)).await;
        db.transaction(async |tx| Book::objects().update(tx, |b| b.pages().set(1)).await).await?;
    }
    works(&db).await?;
    Ok(())
}

#[tokio::test]
async fn a_connection_killed_while_busy() -> Outcome {
    let (admin, db) = one_book().await?;
    let pid = scalar(&db, PID).await?;
    let busy = tokio::spawn({
        let db = db.clone();
        let slow = "SELECT * FROM bad_book WHERE pg_sleep(30) IS NOT NULL";
        async move { Book::objects().raw(slow, params![]).all(&db).await }
    });
    let active = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%sleep(30)%' \
                  AND datname = current_database() AND pid <> pg_backend_pid()";
    while scalar::<i64>(&*admin, active).await? == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    kill(&admin, pid).await?;
    let error = busy.await?.expect_err("the session was ended");
    assert!(matches!(error, Error::Connection { .. }), "{error:?}");
    assert_ne!(scalar::<i32>(&db, PID).await?, pid);
    works(&db).await?;

    // In the middle of a transaction: nothing of it stays.
    let tx = db.begin().await?;
    draft!(Book { title: "gone", pages: 1 }).save(&tx).await?;
    let pid = scalar(&tx, PID).await?;
    kill(&admin, pid).await?;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let error = Book::objects().all(&tx).await.expect_err("the session was ended");
    assert!(matches!(error, Error::Connection { .. }), "{error:?}");
    assert!(tx.commit().await.is_err());
    assert_eq!(Book::objects().count(&db).await?, 1);
    works(&db).await?;
    Ok(())
}
