//! Through pgbouncer in transaction mode, which gives each transaction another connection of the
//! server.

use crate::support::{Outcome, database, scalar};
use orm::prelude::*;
use orm::{SqlType, SqlValue, StatementCache};
use orm_testkit::{TestDatabase, assert_rows};
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "pooler", ordering = [id])]
struct Shelf {
    id: i64,
    name: String,
    mood: Mood,
}

/// A type that only this database has.
#[derive(Clone, Debug, PartialEq)]
struct Mood(String);

impl orm::Column for Mood {
    type Inner = Self;
    type Null = orm::column::NotNull;
    const SQL_TYPE: SqlType = SqlType::Named("mood");

    fn decode(raw: &[u8]) -> Result<Self, orm::column::CellError> {
        Ok(Mood(String::from_utf8(raw.to_vec())?))
    }

    fn to_value(&self) -> SqlValue {
        SqlValue::Text(self.0.clone())
    }
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "pooler", ordering = [id])]
struct Volume {
    id: i64,
    title: String,
    #[field(related_name = "volumes", on_delete = Cascade)]
    shelf: ForeignKey<Shelf>,
}

/// A process of pgbouncer, and the directory of its files.
struct Pooler {
    process: Child,
    dir: PathBuf,
    port: u16,
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
        std::fs::remove_dir_all(&self.dir).ok();
    }
}

impl Pooler {
    /// True when its process is there no more.
    fn has_ended(&mut self) -> bool {
        self.process.try_wait().is_ok_and(|ended| ended.is_some())
    }

    /// A pooler before a database, with two connections to it; `None` where there is no program.
    fn start(
        db: &TestDatabase,
    ) -> Result<Option<Pooler>, Box<dyn std::error::Error + Send + Sync>> {
        let places = ["pgbouncer", "/usr/sbin/pgbouncer", "/usr/local/sbin/pgbouncer"];
        let is_there = |program: &&&str| {
            let version = Command::new(program).arg("--version").stdout(Stdio::null()).status();
            version.is_ok_and(|status| status.success())
        };
        let Some(program) = places.iter().find(is_there) else {
            orm_testkit::skipped("pgbouncer is not installed (apt-get install pgbouncer)");
            return Ok(None);
        };
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let dir = std::env::temp_dir().join(format!("orm-pgbouncer-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&dir)?;
        std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o755))?;
        let config = dir.join("pgbouncer.ini");
        let password = db.url();
        let password = password.split("://").nth(1).and_then(|url| url.split('@').next());
        let password = password.and_then(|user| user.split_once(':')).map_or("", |user| user.1);
        std::fs::write(
            &config,
            format!(
                "[databases]\n\
                 * = host={} port={} user={} password={password}\n\
                 [pgbouncer]\n\
                 listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
                 auth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n\
                 max_client_conn = 200\n",
                db.host(),
                db.port(),
                db.user()
            ),
        )?;
        let mut command = Command::new(program);
        command.arg("--quiet").arg(&config).stdin(Stdio::null());
        if std::fs::metadata(&dir).map(|dir| std::os::unix::fs::MetadataExt::uid(&dir))? == 0 {
            // It does not run as root.
            command.args(["--user", "nobody"]);
        }
        let log = std::fs::File::create(dir.join("log"))?;
        let process = command.stdout(log.try_clone()?).stderr(log).spawn()?;
        let pooler = Pooler { process, dir, port };
        let until = Instant::now() + Duration::from_secs(10);
        while let Err(error) = std::net::TcpStream::connect(("127.0.0.1", port)) {
            let log = std::fs::read_to_string(pooler.dir.join("log")).unwrap_or_default();
            assert!(error.kind() == ErrorKind::ConnectionRefused, "{error}: {log}");
            assert!(Instant::now() < until, "pgbouncer does not start: {log}");
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(Some(pooler))
    }

    async fn connect(&self, db: &TestDatabase, size: usize) -> orm::Result<Database> {
        let url = format!("postgres://{}@127.0.0.1:{}/{}", db.user(), self.port, db.name());
        let builder = Database::builder().url(&url).statement_cache(StatementCache::Unnamed);
        builder.max_connections(size).min_connections(size.min(4)).connect().await
    }
}

async fn fill(db: &Database) -> orm::Result<()> {
    let shelves = (1..=20).map(|n| {
        let mood = if n % 2 == 0 { "glad" } else { "calm" };
        draft!(Shelf { name: format!("shelf {n}"), mood: Mood(mood.to_owned()) })
    });
    let shelves = Shelf::objects().bulk_create(db, shelves).await?;
    let volumes = (0..2000)
        .map(|n| draft!(Volume { title: format!("volume {n}"), shelf: shelves[n % 20].id }));
    Volume::objects().bulk_create(db, volumes).await.map(|_| ())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_runs_without_prepared_statements() -> Outcome {
    let direct = TestDatabase::empty().await?;
    direct.batch_execute("CREATE TYPE mood AS ENUM ('calm', 'glad')").await?;
    create_tables::<(Shelf, Volume)>(&direct).await?;
    let Some(pooler) = Pooler::start(&direct)? else { return Ok(()) };
    let db = pooler.connect(&direct, 8).await?;
    // Many rows in, with a type of the database's own; and rows with relations out again.
    fill(&db).await?;
    assert_eq!(Volume::objects().count(&db).await?, 2000);
    let shelves = Shelf::objects().prefetch_related(|s| s.volumes()).all(&db).await?;
    assert_eq!((shelves.len(), shelves[0].1.len()), (20, 100));
    let glad = Shelf::objects().filter(|s| s.mood().eq(Mood("glad".to_owned())));
    assert_eq!(glad.count(&db).await?, 10);
    assert_eq!(glad.all(&db).await?[0].mood, Mood("glad".to_owned()));
    let joined =
        Volume::objects().select_related(|v| v.shelf()).filter(|v| v.shelf().name().eq("shelf 7"));
    assert_eq!(joined.all(&db).await?.len(), 100);
    // Rows as they arrive, by cursors of the server and without.
    let mut streamed = 0;
    let all = Volume::objects();
    let mut rows = all.stream(&db);
    while let Some(row) = rows.next().await.transpose()? {
        streamed += usize::from(row.id > 0);
    }
    drop(rows);
    db.transaction(async |tx| {
        let all = Volume::objects();
        let mut rows = all.stream(tx);
        while let Some(row) = rows.next().await.transpose()? {
            streamed += usize::from(row.id > 0);
        }
        Ok(())
    })
    .await?;
    assert_eq!(streamed, 4000);
    // Transactions: kept, rolled back, with savepoints.
    db.transaction(async |tx| {
        Shelf::objects().filter(|s| s.id().eq(1)).update(tx, |s| s.name().set("kept")).await?;
        let undone = tx.transaction(async |savepoint| {
            Shelf::objects().delete(savepoint).await?;
            Err::<(), _>(Error::usage("undone"))
        });
        undone.await.unwrap_err();
        Ok(())
    })
    .await?;
    let tx = db.begin().await?;
    Volume::objects().delete(&tx).await?;
    drop(tx);
    assert_rows!(Shelf::objects().limit(1).values(|s| s.name()).all(&db).await?, ["kept"]);
    assert_eq!(Volume::objects().count(&db).await?, 2000);
    // Nothing was prepared, and nothing was left on the connections of the server.
    let left: i64 = scalar(&db, "SELECT count(*) FROM pg_prepared_statements").await?;
    assert_eq!(left, 0);
    db.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_share_two_connections_of_the_server() -> Outcome {
    let direct = database!("pooler_tasks": orm_pooler_tasks::Counter);
    let Some(pooler) = Pooler::start(&direct)? else { return Ok(()) };
    let db = pooler.connect(&direct, 16).await?;
    use orm_pooler_tasks::Counter;
    let tasks: Vec<_> = (0..64)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                for round in 0..5 {
                    let made = draft!(Counter { task: n, round: round }).save(&db).await?;
                    db.transaction(async |tx| {
                        let found: Counter =
                            Counter::objects().filter(|c| c.id().eq(made.id)).get(tx).await?;
                        assert_eq!((found.task, found.round), (n, round));
                        let mine = Counter::objects().filter(|c| c.id().eq(made.id));
                        mine.update(tx, |c| c.hits().set(c.hits() + 1)).await.map(|_| ())
                    })
                    .await?;
                    let mine = Counter::objects().filter(|c| c.task().eq(n));
                    assert_eq!(mine.count(&db).await?, u64::from(round.unsigned_abs()) + 1);
                }
                Ok::<(), Error>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    assert_eq!(Counter::objects().filter(|c| c.hits().eq(1)).count(&direct).await?, 320);
    let name = db.dbname().to_owned();
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid() \
         AND query LIKE '%pooler_counter%'"
    );
    assert!(scalar::<i64>(&direct, &sql).await? <= 2);
    db.close().await;
    Ok(())
}

mod orm_pooler_tasks {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "pooler")]
    pub struct Counter {
        pub id: i64,
        pub task: i32,
        pub round: i32,
        #[field(default = 0)]
        pub hits: i32,
    }
}

/// Two tenants with a schema each, over connections that a pooler gives to everybody in turn: none
/// sees the rows of another, and none leaves its schema to somebody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_with_a_schema_each_share_a_pooler() -> Outcome {
    let direct = TestDatabase::empty().await?;
    direct.batch_execute("CREATE TYPE mood AS ENUM ('calm', 'glad')").await?;
    let names = ["acme", "zoo"];
    for (rows, name) in (1..).zip(names) {
        direct.batch_execute(&format!("CREATE SCHEMA {name}")).await?;
        let tenant = direct.tenant(name);
        create_tables::<(Shelf, Volume)>(&tenant).await?;
        for number in 0..rows {
            let shelf =
                draft!(Shelf { name: format!("{name} {number}"), mood: Mood("calm".into()) });
            shelf.save(&tenant).await?;
        }
    }
    for start in 1.. {
        let Some(mut pooler) = Pooler::start(&direct)? else { return Ok(()) };
        match tenants_share(&pooler.connect(&direct, 8).await?).await {
            // pgbouncer 1.18 can end by itself at requests to cancel that come all at once.
            Err(error) if start < 4 && pooler.has_ended() => eprintln!("again: {error}"),
            result => return Ok(result?),
        }
    }
    Ok(())
}

/// Many tasks of both tenants at the same time.
async fn tenants_share(db: &Database) -> orm::Result<()> {
    let tasks = (0..16).map(|task| {
        let db = db.clone();
        tokio::spawn(async move {
            let (rows, name) = if task % 2 == 0 { (1, "acme") } else { (2, "zoo") };
            for round in 0..30 {
                let mut seen = reads_of_a_tenant(&db, (rows, name), round).await;
                while seen.as_ref().is_err_and(is_of_another_client) {
                    seen = reads_of_a_tenant(&db, (rows, name), round).await;
                }
                seen?;
            }
            Ok::<(), orm::Error>(())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("it sees its own rows")?;
    }
    Ok(())
}

/// What one tenant sees: its own rows, also after a statement that was given up.
async fn reads_of_a_tenant(
    db: &Database,
    (rows, name): (usize, &str),
    round: u64,
) -> orm::Result<()> {
    let tenant = db.tenant(name);
    let shelves = Shelf::objects().all(&tenant).await?;
    assert_eq!(shelves.len(), rows, "{name}");
    assert!(shelves.iter().all(|shelf| shelf.name.starts_with(name)), "{shelves:?}");
    if round.is_multiple_of(5) {
        let limit = Duration::from_micros(100 * round);
        tokio::time::timeout(limit, Shelf::objects().all(&tenant)).await.ok();
        let tx = tenant.begin().await?;
        assert_eq!(Shelf::objects().count(&tx).await?, rows as u64);
        shelves[0].clone().refresh(&tx).await?;
        tx.commit().await?;
    }
    // Those who are nobody's tenant find no table.
    assert!(Shelf::objects().count(db).await.is_err());
    Ok(())
}

/// pgbouncer 1.18 can tell a client that logs in how a request to cancel of another client ended, when
/// that one has closed its connection, and can pass such a request on so late that it ends what runs for
/// another client.
fn is_of_another_client(error: &Error) -> bool {
    let said = error.to_string();
    said.contains("successfully sent cancel request")
        || said.contains("canceling statement due to user request")
}
