//! What goes in front of statements, and fails: somebody cancels it, or a pooler does by mistake. Here the
//! server gets another text.

use crate::faults::through;
use crate::proxy::Proxy;
use crate::support::{address, numbers, pid, run, statement, with};
use orm_postgres::{Database, StatementCache};
use orm_sql::exec::instrumentation::Work;
use orm_sql::exec::{CopyIn, Executor, Job, NoRows, RowSource, Statement, TakesRow};
use orm_sql::value::{SqlType, SqlValue};
use orm_sql::{Error, Result};
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

/// The path of a session becomes what no server knows.
const PATH: (&str, &str) = ("set_config('search_path', CASE", "set_config('search_prth', CASE");

/// A statement of a model, of this kind.
fn of(work: Work, sql: &str) -> Statement {
    let mut statement = statement(sql, vec![], &[("id", SqlType::Int4)]);
    statement.about.work = work;
    statement
}

fn insert(id: i32) -> Statement {
    of(Work::Insert, &format!("INSERT INTO book VALUES ({id}) RETURNING id"))
}

/// Two schemas with a table of one row each, of the pool (1) and of a tenant (2), and a pool of each kind.
struct Both {
    direct: Database,
    tenant: String,
    pools: Vec<(&'static str, Database)>,
}

async fn both(proxy: &Proxy) -> Both {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let direct = with(|b| b.max_connections(1)).await;
    let [own, tenant] = ["own", "tenant"].map(|n| format!("{n}_{}_{number}", std::process::id()));
    for (schema, id) in [(&own, 1), (&tenant, 2)] {
        let table = format!("{schema}.book");
        let sql = format!(
            "CREATE SCHEMA {schema}; CREATE TABLE {table} (id int); INSERT INTO {table} VALUES ({id})"
        );
        direct.batch_execute(&sql).await.unwrap();
    }
    direct.batch_execute(&format!("SET search_path TO {own}")).await.unwrap();
    let builder = || through(proxy).max_connections(1).search_path(&own);
    let unnamed = builder().statement_cache(StatementCache::Unnamed).connect().await.unwrap();
    let shared = builder().shared_reads(1).connect().await.unwrap();
    let named = builder().connect().await.unwrap();
    Both { direct, tenant, pools: vec![("named", named), ("unnamed", unnamed), ("shared", shared)] }
}

impl Both {
    /// What stands in the tables of the pool and of the tenant.
    async fn stand(&self, way: &str, own: &[i32], tenant: &[i32]) {
        let sql = |schema: &str| format!("SELECT id FROM {schema}book ORDER BY id");
        assert_eq!(numbers(&self.direct, &sql("")).await.unwrap(), own, "{way}");
        let found = numbers(&self.direct, &sql(&format!("{}.", self.tenant))).await.unwrap();
        assert_eq!(found, tenant, "{way}");
    }
}

async fn one(db: &impl Executor, statement: Statement) -> Result<u64> {
    db.run(&statement, &mut NoRows).await
}

async fn together(db: &impl Executor, statements: &[Statement]) -> Result<Vec<u64>> {
    let mut sinks: Vec<NoRows> = statements.iter().map(|_| NoRows).collect();
    let jobs = statements.iter().zip(&mut sinks);
    db.run_all(jobs.map(|(statement, sink)| Job { statement, sink: sink as _ }).collect()).await
}

/// Rows of 3, 4 and 5.
struct Three(i32);

impl RowSource for Three {
    fn poll_row(&mut self, _: &mut Context<'_>, row: &mut dyn TakesRow) -> Poll<Result<bool>> {
        if self.0 == 5 {
            return Poll::Ready(Ok(false));
        }
        self.0 += 1;
        row.value(&SqlValue::I32(self.0))?;
        Poll::Ready(Ok(true))
    }

    fn sent(&mut self, _: u64) {}
}

/// One of the ways to read or write.
async fn attempted(tenant: &impl Executor, way: usize, select: &Statement) -> Result<()> {
    match way {
        0 => numbers(tenant, "SELECT id FROM book").await.map(drop),
        1 => one(tenant, select.clone()).await.map(drop),
        2 => one(tenant, insert(3)).await.map(drop),
        3 => together(tenant, &[insert(3), insert(4)]).await.map(drop),
        4 => tenant.batch_execute("INSERT INTO book VALUES (5)").await,
        5 => {
            let both_at_once = (one(tenant, select.clone()), one(tenant, insert(3)));
            tenant.together(both_at_once).await.map(drop)
        }
        6 => {
            let sql = "COPY book (id) FROM STDIN (FORMAT binary)";
            let copy = CopyIn { statement: of(Work::Insert, sql), binary: true };
            tenant.copy_in(&copy, &mut Three(2)).await.map(drop)
        }
        7 => {
            let tx = tenant.begin().await?;
            together(&tx, &[insert(3), insert(4)]).await?;
            tx.commit().await
        }
        _ => {
            let mut cursor = tenant.open(select.clone()).await?;
            cursor.next(&mut NoRows).await.map(drop)
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_read_or_written_where_the_path_of_a_tenant_was_not_set() {
    let proxy = Proxy::start(address()).await;
    let both = both(&proxy).await;
    let select = of(Work::Read { by: None, narrowed: false }, "SELECT id FROM book");
    for (way, db) in &both.pools {
        let tenant = db.tenant(&both.tenant);
        for round in 0..3 {
            for attempt in 0..9 {
                // All of them are prepared, and the sessions are the pool's own again.
                let tx = tenant.begin().await.unwrap();
                together(&tx, &[insert(3), insert(4), select.clone()]).await.unwrap();
                tx.rollback().await.unwrap();
                one(db, select.clone()).await.unwrap();
                db.batch_execute("SELECT 1").await.unwrap();
                proxy.replace(PATH.0, PATH.1);
                let failed = attempted(&tenant, attempt, &select).await;
                // Something may be on its way to the server still.
                tokio::time::sleep(Duration::from_millis(50)).await;
                assert!(proxy.replace_nothing() > 0, "{way}: {round}, {attempt}");
                let error = failed.expect_err(&format!("{way}: {round}, {attempt}"));
                assert!(!matches!(error, Error::Timeout { .. }), "{way}: {attempt}: {error:?}");
            }
            both.stand(way, &[1], &[2]).await;
            // What comes next finds what is its own.
            assert_eq!(numbers(&tenant, "SELECT id FROM book").await.unwrap(), [2], "{way}");
            assert_eq!(numbers(db, "SELECT id FROM book").await.unwrap(), [1], "{way}");
        }
    }
}

/// A statement that fails takes back what went with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_fails_does_not_take_back_the_path() {
    let proxy = Proxy::start(address()).await;
    let both = both(&proxy).await;
    let broken = |work| of(work, "SELECT id / 0 FROM book");
    let select = "SELECT id FROM book";
    for (way, db) in &both.pools {
        let tenant = db.tenant(&both.tenant);
        for work in [Work::Unknown, Work::Insert, Work::Read { by: None, narrowed: false }] {
            one(&tenant, broken(work)).await.unwrap_err();
            assert_eq!(numbers(&tenant, select).await.unwrap(), [2], "{way}");
            one(db, broken(work)).await.unwrap_err();
            assert_eq!(numbers(db, select).await.unwrap(), [1], "{way}");
            let both_at_once = (async { Ok(one(&tenant, broken(work)).await) }, async {
                Ok(one(&tenant, insert(3)).await)
            });
            let (failed, done) = tenant.together(both_at_once).await.unwrap();
            failed.unwrap_err();
            done.unwrap();
            both.stand(way, &[1], &[2, 3]).await;
            run(&tenant, "DELETE FROM book WHERE id = 3").await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_written_where_a_transaction_has_not_begun() {
    let proxy = Proxy::start(address()).await;
    let both = both(&proxy).await;
    for (way, db) in &both.pools {
        let tx = db.begin().await.unwrap();
        together(&tx, &[insert(8), insert(9)]).await.unwrap();
        tx.rollback().await.unwrap();
        proxy.replace("BEGIN", "BEGUN");
        let written = db.transaction(async |tx| {
            // What is sent behind the first is not to be carried out, either.
            together(tx, &[insert(3), insert(4), insert(5)]).await?;
            Ok(())
        });
        let error = written.await.unwrap_err();
        assert!(error.to_string().contains("BEGUN"), "{way}: {error}");
        let last = async {
            let tx = db.begin().await?;
            tx.ends_with_next();
            together(&tx, &[insert(3), insert(4)]).await?;
            tx.commit().await
        };
        let error = last.await.unwrap_err();
        assert!(error.to_string().contains("BEGUN"), "{way}: {error}");
        let script = db.transaction(async |tx| {
            let text = tx.batch_execute("INSERT INTO book VALUES (6)");
            let (first, text) = tokio::join!(one(tx, insert(3)), text);
            first?;
            text
        });
        script.await.unwrap_err();
        assert!(proxy.replace_nothing() >= 3, "{way}");
        both.stand(way, &[1], &[2]).await;
        // A transaction that has failed tells what follows so, and stays what it is.
        let tx = db.begin().await.unwrap();
        let error =
            together(&tx, &[of(Work::Insert, "SELECT 1 / 0"), insert(3)]).await.unwrap_err();
        assert!(error.to_string().contains("division by zero"), "{way}: {error}");
        tx.rollback().await.unwrap();
        both.stand(way, &[1], &[2]).await;
    }
}

/// The next who gets the connection is not in the transaction that did not end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_fails_is_not_left_to_the_next() {
    let proxy = Proxy::start(address()).await;
    let both = both(&proxy).await;
    for (way, db) in &both.pools[..2] {
        for _ in 0..2 {
            let tx = db.begin().await.unwrap();
            one(&tx, insert(3)).await.unwrap();
            let first = pid(&tx).await;
            proxy.replace("ROLLBACK", "ROLLBUCK");
            drop(tx);
            let found = numbers(db, "SELECT id FROM book").await;
            assert_eq!(proxy.replace_nothing(), 1, "{way}");
            match crate::support::driver_only() {
                false => assert_eq!(found.unwrap(), [1], "{way}"),
                // It says nothing of what nobody waits for.
                true => drop(found),
            }
            assert_eq!(numbers(db, "SELECT id FROM book").await.unwrap(), [1], "{way}");
            assert_ne!(pid(db).await, first, "{way}");
        }
        both.stand(way, &[1], &[2]).await;
    }
}

/// The server cancels whatever it has at hand: not carried out is not failed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_behind_something_cancelled_is_run_again() {
    let proxy = Proxy::start(address()).await;
    let both = both(&proxy).await;
    // Every other call is cancelled.
    let cancels = "
        CREATE SEQUENCE calls;
        CREATE FUNCTION set_cancel(text, text, bool) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('calls') % 2 = 1 THEN
                RAISE 'canceling statement due to user request' USING ERRCODE = 'query_canceled';
            END IF;
            RETURN set_config($1, $2, $3);
        END $$";
    both.direct.batch_execute(cancels).await.unwrap();
    let select = of(Work::Read { by: None, narrowed: false }, "SELECT id FROM book");
    for (way, db) in &both.pools {
        let tenant = db.tenant(&both.tenant);
        for attempt in [0, 1, 2, 3, 4, 6] {
            run(&tenant, "DELETE FROM book WHERE id > 2").await.unwrap();
            one(db, select.clone()).await.unwrap();
            both.direct.batch_execute("ALTER SEQUENCE calls RESTART").await.unwrap();
            proxy.replace("set_config('search_path', CASE", "set_cancel('search_path', CASE");
            let done = attempted(&tenant, attempt, &select).await;
            let replaced = proxy.replace_nothing();
            assert!(replaced > 1, "{way}: {attempt}: {replaced}, {done:?}");
            done.unwrap_or_else(|error| panic!("{way}: {attempt}: {error:?}"));
            let written: &[i32] = match attempt {
                2 => &[2, 3],
                3 => &[2, 3, 4],
                4 => &[2, 5],
                6 => &[2, 3, 4, 5],
                _ => &[2],
            };
            both.stand(way, &[1], written).await;
        }
    }
}
