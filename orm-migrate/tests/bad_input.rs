//! What goes wrong outside of the migrations, and in them: each is an error that names the migration and the
//! operation, and the database is as it was, or the next run goes on.

#[path = "property/texts.rs"]
mod texts;

use orm::Database;
use orm_migrate::error::Error;
use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::introspect;
use orm_migrate::run::{Runner, Target};
use orm_sql::exec::Executor;
use orm_sql::schema::Table;
use orm_testkit::TestDatabase;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn name(text: &str) -> MigrationName {
    MigrationName { app: "library".into(), name: text.into() }
}

const FIRST: &str = r#"
id = "one"

[[operations]]
create_model = "Book"
table = "library_book"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "title", type = "text" },
]
"#;

fn second(operations: &[&str]) -> String {
    let operations = operations.iter().map(|one| format!("[[operations]]\n{one}\n"));
    let operations: Vec<String> = operations.collect();
    format!("id = \"two\"\ndependencies = [\"library.0001\"]\n{}", operations.concat())
}

fn graph(second: &str) -> Outcome<Graph> {
    let files = [("0001", FIRST), ("0002", second)];
    let files = files.map(|(file, text)| Migration::parse(name(file), text));
    Ok(Graph::of(files.into_iter().collect::<Result<Vec<_>, _>>()?)?)
}

const FIELD: &str = "add_field = \"Book.pages\"\ntype = \"integer\"\nnull = true";
const INDEX: &str = "add_index = \"Book\"\nname = \"by_title\"\nfields = [\"title\"]";

fn first() -> Target {
    Target::Migration(name("0001"))
}

async fn catalogue(db: &dyn Executor) -> Outcome<Vec<Table>> {
    let mut tables = introspect::tables(db, &[]).await?;
    tables.retain(|table| table.name.name != "orm_migrations");
    Ok(tables)
}

/// A database whose first migration has run.
async fn with_books(rows: u32) -> Outcome<TestDatabase> {
    let db = TestDatabase::empty().await?;
    Runner::new(&graph(&second(&[FIELD]))?).run(&*db, &first()).await?;
    db.batch_execute(&format!(
        "INSERT INTO library_book (title)
         SELECT repeat(md5(n::text), 10) || md5(n::text) FROM generate_series(1, {rows}) n"
    ))
    .await?;
    Ok(db)
}

/// A connection with settings of its own.
async fn with_settings(db: &TestDatabase, settings: &str) -> Outcome<Database> {
    let options = settings.replace(' ', "%20").replace('=', "%3D");
    let url = db.url();
    let mark = if url.contains('?') { '&' } else { '?' };
    Ok(Database::connect(&format!("{url}{mark}options={options}")).await?)
}

/// A disk that is soon full.
struct Disk(PathBuf);

impl Disk {
    /// None where nobody lets us mount one.
    async fn new(db: &TestDatabase) -> Outcome<Option<Disk>> {
        let data = texts::texts(&**db, "SELECT current_setting('data_directory')").await?.concat();
        let Ok(owner) = std::fs::metadata(data) else { return Ok(None) };
        let path = std::env::temp_dir().join(format!("orm-full-disk-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(&path);
        let is_mounted = mount.output().is_ok_and(|output| output.status.success());
        let disk = Disk(path);
        if !is_mounted {
            return Ok(None);
        }
        chown(&disk.0, Some(owner.uid()), Some(owner.gid()))?;
        Ok(Some(disk))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).output().ok();
        std::fs::remove_dir(&self.0).ok();
    }
}

/// An index that has no room: nothing of the migration has happened, or the next run goes on once there
/// is room; or it goes back.
async fn has_no_room(db: &TestDatabase, settings: &str, said: &str) -> Outcome {
    let full = with_settings(db, settings).await?;
    let start = catalogue(&**db).await?;
    let at_once = graph(&second(&[FIELD, INDEX]))?;
    let error = Runner::new(&at_once).run(&full, &Target::Latest).await.unwrap_err().to_string();
    assert!(
        error.starts_with("migration library.0002, add index by_title to Book: ")
            && error.contains(said)
            && error.contains("nothing of it has happened"),
        "{error}"
    );
    assert_eq!(catalogue(&**db).await?, start);

    let safely = format!("{INDEX}\nsafely = true");
    let by_steps = graph(&second(&[FIELD, &safely]))?;
    for _ in 0..2 {
        let error =
            Runner::new(&by_steps).run(&full, &Target::Latest).await.unwrap_err().to_string();
        assert!(
            error.starts_with("migration library.0002, add index by_title to Book, safely: ")
                && error.contains(said)
                && error.contains("the next run goes on here"),
            "{error}"
        );
    }
    Runner::new(&by_steps).run(&full, &first()).await?;
    assert_eq!(catalogue(&**db).await?, start);
    assert!(Runner::new(&by_steps).run(&full, &Target::Latest).await.is_err());
    full.close().await;
    // Now there is room.
    Runner::new(&by_steps).run(&**db, &Target::Latest).await?;
    let book = catalogue(&**db).await?;
    assert!(book.iter().any(|table| table.index("by_title").is_some()));
    let left = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid";
    assert_eq!(texts::texts(&**db, left).await?, [""; 0]);
    Runner::new(&by_steps).run(&**db, &first()).await?;
    assert_eq!(catalogue(&**db).await?, start);
    Ok(())
}

#[tokio::test]
async fn a_full_disk() -> Outcome {
    let db = with_books(20_000).await?;
    // Where sorting has no room.
    let settings =
        "-c temp_file_limit=64kB -c maintenance_work_mem=1MB -c max_parallel_maintenance_workers=0";
    has_no_room(&db, settings, "temporary file size exceeds").await?;
    let Some(disk) = Disk::new(&db).await? else {
        println!("no disk can be mounted here");
        return Ok(());
    };
    let tablespace = format!("tiny_{}", std::process::id());
    let path = disk.0.display();
    db.batch_execute(&format!("CREATE TABLESPACE {tablespace} LOCATION '{path}'")).await?;
    let done =
        has_no_room(&db, &format!("-c default_tablespace={tablespace}"), "No space left on device")
            .await;
    db.batch_execute(&format!("DROP TABLESPACE {tablespace}")).await?;
    done
}

/// Passes on what is said, until it cuts.
struct Proxy {
    port: u16,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    fn new(server: String) -> Outcome<Proxy> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let streams: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let all = streams.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(&server)) else {
                    continue;
                };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (Ok(mut from), Ok(mut to)) = (from.try_clone(), to.try_clone()) else {
                        continue;
                    };
                    std::thread::spawn(move || std::io::copy(&mut from, &mut to).ok());
                }
                all.lock().unwrap().extend([client, server]);
            }
        });
        Ok(Proxy { port, streams })
    }

    fn cut(&self) {
        for stream in self.streams.lock().unwrap().drain(..) {
            stream.shutdown(Shutdown::Both).ok();
        }
    }
}

/// Waits until a statement of another connection waits for a lock; its process.
async fn waiting(db: &TestDatabase) -> Outcome<String> {
    let sql = "SELECT pid::text FROM pg_stat_activity WHERE wait_event_type = 'Lock'
               AND wait_event = 'relation' AND datname = current_database()";
    for _ in 0..2000 {
        if let [pid] = &texts::texts(&**db, sql).await?[..] {
            return Ok(pid.clone());
        }
        db.sleep(Duration::from_millis(5)).await;
    }
    Err("nobody waits".into())
}

/// The connection is lost while an operation waits for a table: it ends by itself, or is cut off.
#[tokio::test]
async fn a_lost_connection() -> Outcome {
    let alter = "add_field = \"Book.pages\"\ntype = \"integer\"\nnull = true\ndb_index = true";
    let safely = format!("{alter}\nsafely = true");
    for (operation, left) in
        [(alter, "nothing of it has happened"), (&*safely, "the next run goes on here")]
    {
        for is_cut in [false, true] {
            let db = with_books(10).await?;
            let start = catalogue(&*db).await?;
            let graph = graph(&second(&[INDEX, operation]))?;
            let server = db.url();
            let server = server.split_once('@').ok_or("no host")?.1.split(['/', '?']).next();
            let proxy = Proxy::new(server.ok_or("no host")?.to_owned())?;
            let url =
                db.url().replace(server.ok_or("no host")?, &format!("127.0.0.1:{}", proxy.port));
            let through = Database::connect(&url).await?;
            let lock = db.begin().await?;
            lock.executor().batch_execute("LOCK TABLE library_book IN ROW EXCLUSIVE MODE").await?;
            let mut runner = Runner::new(&graph);
            let kill = async {
                let pid = waiting(&db).await?;
                match is_cut {
                    true => proxy.cut(),
                    false => {
                        db.batch_execute(&format!("SELECT pg_terminate_backend({pid})")).await?
                    }
                }
                Outcome::Ok(())
            };
            let (ran, killed) = tokio::join!(runner.run(&through, &Target::Latest), kill);
            killed?;
            let error = ran.unwrap_err().to_string();
            // The first operation waits as well, and it is the same for both.
            assert!(error.starts_with("migration library.0002, add "), "{error}");
            assert!(
                error.contains(if operation == alter { left } else { "the next run goes on here" }),
                "{error}"
            );
            println!("{error}");
            lock.rollback().await?;
            drop(runner);
            if operation == alter {
                // The server notices by and by that nobody listens.
                let free =
                    "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database()
                            AND state <> 'idle' AND pid <> pg_backend_pid()";
                while !texts::texts(&*db, free).await?.is_empty() {
                    db.sleep(Duration::from_millis(5)).await;
                }
                assert_eq!(catalogue(&*db).await?, start);
            }
            Runner::new(&graph).run(&*db, &Target::Latest).await?;
            let tables = catalogue(&*db).await?;
            let book =
                tables.iter().find(|table| table.name.name == "library_book").ok_or("no table")?;
            assert!(book.column("pages").is_some() && book.indexes.len() == 2);
            Runner::new(&graph).run(&*db, &first()).await?;
            assert_eq!(catalogue(&*db).await?, start);
        }
    }
    Ok(())
}

/// What a user may not do is said of what it was: the table of migrations, or the operation.
#[tokio::test]
async fn a_user_without_rights() -> Outcome {
    let role = format!("limited_{}", std::process::id());
    let db = TestDatabase::empty().await?;
    db.batch_execute(&format!("CREATE ROLE {role}; REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
        .await?;
    let limited = with_settings(&db, &format!("-c role={role}")).await?;
    let graph = graph(&second(&[FIELD]))?;
    let said = async |target: &Target| -> Outcome<String> {
        Ok(Runner::new(&graph).run(&limited, target).await.unwrap_err().to_string())
    };
    // It may make no table.
    let error = said(&Target::Latest).await?;
    assert!(
        error.starts_with("the table `orm_migrations`, which says what has run, cannot be made: ")
            && error.contains("permission denied for schema public"),
        "{error}"
    );
    assert_eq!(catalogue(&*db).await?, []);
    // It may not read what has run.
    Runner::new(&graph).run(&*db, &first()).await?;
    let start = catalogue(&*db).await?;
    let error = said(&Target::Latest).await?;
    assert!(error.contains("`orm_migrations`") && error.contains("permission denied"), "{error}");
    // It may, and is not the owner of the table.
    db.batch_execute(&format!(
        "GRANT CREATE ON SCHEMA public TO {role}; GRANT SELECT ON orm_migrations TO {role}"
    ))
    .await?;
    let error = said(&Target::Latest).await?;
    assert!(
        error.starts_with("migration library.0002, add field pages to Book: ")
            && error.contains("must be owner of table library_book")
            && error.contains("nothing of it has happened"),
        "{error}"
    );
    // It is, and may not note it.
    db.batch_execute(&format!("ALTER TABLE library_book OWNER TO {role}")).await?;
    let error = said(&Target::Latest).await?;
    assert!(
        error.starts_with(
            "the table `orm_migrations`, which says what has run, cannot be written: "
        ) && error.contains("permission denied for table orm_migrations"),
        "{error}"
    );
    assert_eq!(catalogue(&*db).await?, start);
    db.batch_execute(&format!("GRANT INSERT, UPDATE, DELETE ON orm_migrations TO {role}")).await?;
    assert_eq!(Runner::new(&graph).run(&limited, &Target::Latest).await?, 1);
    limited.close().await;
    db.batch_execute(&format!(
        "ALTER TABLE library_book OWNER TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}"
    ))
    .await?;
    Ok(())
}

/// A table that somebody holds is said, with who does; nothing has happened, and it works afterwards.
#[tokio::test]
async fn a_table_that_is_locked() -> Outcome {
    let safely = format!("{FIELD}\ndb_index = true\nsafely = true");
    for (operation, words, left) in [
        (FIELD, "add field pages to Book", "nothing of it has happened"),
        (&*safely, "add field pages to Book, safely", "the next run goes on here"),
    ] {
        let db = with_books(10).await?;
        let start = catalogue(&*db).await?;
        let graph = graph(&second(&[operation]))?;
        let lock = db.begin().await?;
        lock.executor().batch_execute("LOCK TABLE library_book IN SHARE MODE").await?;
        let mut runner = Runner::new(&graph).lock_timeout(Duration::from_millis(20)).retries(1);
        let error = runner.run(&*db, &Target::Latest).await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("migration library.0002, {words}: ")), "{error}");
        assert!(error.contains(left), "{error}");
        let (_, holders) = error.split_once("the tables are used by\n").ok_or("who holds it?")?;
        assert!(
            holders.contains("idle in transaction") && holders.contains("LOCK TABLE library_book"),
            "{error}"
        );
        assert_eq!(catalogue(&*db).await?, start);
        lock.rollback().await?;
        assert_eq!(runner.run(&*db, &Target::Latest).await?, 1);
    }
    Ok(())
}

/// Names that the server would cut off are refused, and those that are words of SQL are names like
/// others.
#[tokio::test]
async fn names_that_are_too_long_or_reserved() -> Outcome {
    let long = "x".repeat(64);
    let wide = "ß".repeat(32);
    let refused = [
        (format!("add_index = \"Book\"\nname = \"{long}\"\nfields = [\"title\"]"), "add index"),
        (
            format!("add_unique = \"Book\"\nname = \"{wide}\"\nfields = [\"title\"]"),
            "add constraint",
        ),
        (
            format!("add_check = \"Book\"\nname = \"{long}\"\ncheck = '\"id\" > 0'"),
            "add constraint",
        ),
        (
            format!("add_field = \"Book.a\"\ncolumn = \"{long}\"\ntype = \"integer\"\nnull = true"),
            "add field a",
        ),
        (format!("add_field = \"Book.{wide}\"\ntype = \"integer\"\nnull = true"), "add field"),
        (format!("rename_field = \"Book.title\"\nto = \"{long}\""), "rename field"),
        (format!("alter_table = \"Book\"\ntable = \"{long}\""), "rename the table"),
        (
            format!("rename_model = \"Book\"\nto = \"library.Volume\"\ntable = \"{wide}\""),
            "rename model",
        ),
        (format!("create_schema = \"{long}\""), "create schema"),
        (format!("create_enum = \"{long}\"\nvalues = [\"a\"]"), "create enum"),
        ("create_schema = \"pg_mine\"".to_owned(), "create schema"),
        (
            "add_field = \"Book.a\"\ncolumn = \"ctid\"\ntype = \"integer\"\nnull = true".to_owned(),
            "add field a",
        ),
    ];
    let db = with_books(1).await?;
    let start = catalogue(&*db).await?;
    let mut passed = Vec::new();
    for (operation, words) in &refused {
        let graph = graph(&second(&[FIELD, operation]))?;
        match Runner::new(&graph).run(&*db, &Target::Latest).await {
            Ok(_) => {
                passed.push(operation);
                Runner::new(&graph).run(&*db, &first()).await.ok();
            }
            Err(error) => {
                let error = error.to_string();
                println!("{error}");
                assert!(error.starts_with("migration library.0002, "), "{error}");
                assert!(error.contains(words), "{error}");
            }
        }
        assert_eq!(catalogue(&*db).await?, start, "{operation}");
    }
    assert_eq!(passed, [""; 0]);
    for word in
        ["select", "user", "order by", "Tablé \\\"x\\\"", "a.b", "'; DROP TABLE library_book; --"]
    {
        let operations = [
            format!("add_field = \"Book.word\"\ncolumn = \"{word}\"\ntype = \"integer\"\nnull = true\nsafely = true"),
            format!("add_index = \"Book\"\nname = \"{word}\"\nfields = [\"word\"]\nsafely = true"),
            format!("add_unique = \"Book\"\nname = \"u {word}\"\nfields = [\"word\"]\nsafely = true"),
            "alter_field = \"Book.word\"\ncolumn = \"COLUMN\"\ntype = \"integer\"\nfill = \"id\"\nsafely = true"
                .replace("COLUMN", word),
            format!("alter_table = \"Book\"\ntable = \"{word} t\""),
        ];
        let operations: Vec<&str> = operations.iter().map(String::as_str).collect();
        let graph = graph(&second(&operations))?;
        Runner::new(&graph).run(&*db, &Target::Latest).await.map_err(|e| format!("{word}: {e}"))?;
        let tables = catalogue(&*db).await?;
        assert!(tables.iter().any(|table| table.name.name.ends_with(" t")), "{tables:?}");
        Runner::new(&graph).run(&*db, &first()).await?;
        assert_eq!(catalogue(&*db).await?, start, "{word}");
    }
    Ok(())
}

/// An operation that does not fit the state is said before any of the migration happens.
#[tokio::test]
async fn an_operation_that_does_not_fit() -> Outcome {
    let db = with_books(1).await?;
    let start = catalogue(&*db).await?;
    let cases = [
        ("remove_field = \"Book.isbn\"", "remove field isbn from Book", "has no field `isbn`"),
        (
            "add_field = \"Book.title\"\ntype = \"text\"",
            "add field title to Book",
            "a field `title` already",
        ),
        (
            "add_field = \"Shelf.x\"\ntype = \"text\"",
            "add field x to Shelf",
            "no model `library.Shelf`",
        ),
        (
            "add_field = \"Book.shelf\"\nforeign_key = \"library.Shelf\"\non_delete = \"cascade\"",
            "add field shelf to Book",
            "refers to `library.Shelf`, and there is no such model",
        ),
        (
            "remove_index = \"Book\"\nname = \"x\"\nsafely = true",
            "remove index x from Book, safely",
            "has no index `x`",
        ),
        (
            "validate_constraint = \"Book\"\nname = \"x\"",
            "validate constraint x of Book",
            "has no constraint `x`",
        ),
        (
            "add_check = \"Book\"\nname = \"c\"\ncheck = '\"isbn\" > 0'",
            "add constraint c to Book",
            "names the column `isbn`",
        ),
    ];
    for (operation, words, why) in cases {
        for before in [
            &[FIELD][..],
            &[
                FIELD,
                "add_index = \"Book\"\nname = \"i\"\nfields = [\"title\"]\nconcurrently = true",
            ],
        ] {
            let graph = graph(&second(&[before, &[operation]].concat()))?;
            let error =
                Runner::new(&graph).run(&*db, &Target::Latest).await.unwrap_err().to_string();
            assert!(error.starts_with(&format!("migration library.0002, {words}: ")), "{error}");
            assert!(error.contains(why), "{error}");
            assert_eq!(catalogue(&*db).await?, start, "{operation}");
        }
    }
    Ok(())
}

/// Files that are no graph, or contradict each other.
#[test]
fn files_that_contradict_each_other() -> Outcome {
    let file = |name: &str, id: &str, dependencies: &[&str]| Migration {
        name: self::name(name),
        id: id.into(),
        dependencies: dependencies.iter().map(|name| self::name(name)).collect(),
        ..Migration::default()
    };
    let said = |files: Vec<Migration>| Graph::of(files).unwrap_err().to_string();
    let missing = said(vec![file("0001", "1", &[]), file("0003", "3", &["0002"])]);
    assert!(missing.contains("library.0003") && missing.contains("library.0002"), "{missing}");
    let circle = said(vec![
        file("0001", "1", &["0003"]),
        file("0002", "2", &["0001"]),
        file("0003", "3", &["0002"]),
    ]);
    for name in ["library.0001", "library.0002", "library.0003"] {
        assert!(circle.contains(name), "{circle}");
    }
    let itself = said(vec![file("0001", "1", &["0001"])]);
    assert!(itself.contains("library.0001"), "{itself}");
    let twice = said(vec![file("0001", "1", &[]), file("0002", "1", &["0001"])]);
    assert!(twice.contains("library.0001") && twice.contains("library.0002"), "{twice}");
    println!("{missing}\n{circle}\n{itself}\n{twice}");

    let parse = |text: &str| Migration::parse(name("0002"), text).unwrap_err().to_string();
    let cases = [
        ("id = \"2\"\n[[operations]\n", "line 2"),
        ("[[operations]]\nadd_field = \"Book.x\"\ntype = \"text\"\n", "`id` is missing"),
        ("id = \"2\"\n[[operations]]\nadd_field = \"x\"\ntype = \"text\"\n", "`Book.title`"),
        (
            "id = \"2\"\n[[operations]]\nadd_field = \"Book.x\"\nremove_field = \"Book.y\"\n",
            "one word",
        ),
        (
            "id = \"2\"\n[[operations]]\ndelete_model = \"Book\"\nsafely = true\n",
            "there is no `safely` here",
        ),
        (
            "id = \"2\"\n[[operations]]\nadd_index = \"Book\"\nname = \"x\"\nfields = [\"a\"]\nsafely = 1\n",
            "`safely` is not",
        ),
        ("id = 2\n", "`id` is not a text"),
        ("\u{0}", "migration library.0002, line 1"),
    ];
    for (text, why) in cases {
        let error = parse(text);
        assert!(
            error.starts_with("migration library.0002") && error.contains(why),
            "{text}: {error}"
        );
    }
    Ok(())
}

/// A database that has run what there is no file of, which was done half as well.
#[tokio::test]
async fn a_database_that_is_ahead() -> Outcome {
    let db = with_books(1).await?;
    let safely = "add_unique = \"Book\"\nname = \"one\"\nfields = [\"title\"]\nsafely = true";
    let both = graph(&second(&[FIELD, safely]))?;
    db.batch_execute("INSERT INTO library_book (title) SELECT title FROM library_book").await?;
    let cut = Runner::new(&both).run(&*db, &Target::Latest).await.unwrap_err().to_string();
    assert!(cut.contains("add constraint one to Book, safely"), "{cut}");
    let start = catalogue(&*db).await?;
    let only = Graph::of([Migration::parse(name("0001"), FIRST)?])?;
    for target in [Target::Latest, first(), Target::Zero("library".into())] {
        let error = Runner::new(&only).run(&*db, &target).await.unwrap_err();
        assert!(matches!(&error, Error::Ahead(names) if *names == [name("0002")]), "{error}");
        assert!(error.to_string().contains("library.0002"), "{error}");
    }
    // What has run in part cannot be another one either.
    let other = graph(&second(&[FIELD, &safely.replace("title", "id")]))?;
    let error = Runner::new(&other).run(&*db, &Target::Latest).await.unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error}");
    assert_eq!(catalogue(&*db).await?, start);
    Ok(())
}
