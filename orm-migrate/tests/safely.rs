//! Operations that are done step by step: what they lead to is the same, who uses the table is not held
//! up, and a run that is killed anywhere goes on or goes back.

#[path = "support/mortal.rs"]
mod mortal;
#[path = "property/texts.rs"]
mod texts;

use mortal::Mortal;
use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::introspect;
use orm_migrate::lint::lint;
use orm_migrate::operation::{Operation, safely};
use orm_migrate::run::{Event, Runner, Target};
use orm_migrate::squash::{optimized, squash};
use orm_sql::exec::Executor;
use orm_sql::schema::Table;
use orm_testkit::TestDatabase;
use std::time::Duration;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn name(text: &str) -> MigrationName {
    MigrationName { app: "library".into(), name: text.into() }
}

const FIRST: &str = r#"
id = "one"

[[operations]]
create_model = "Author"
table = "library_author"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "name", type = "text", null = true },
]

[[operations]]
create_model = "Book"
table = "library_book"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "title", type = "text" },
    { name = "isbn", type = "text", null = true },
    { name = "pages", type = "integer", null = true },
    { name = "old_key", type = "bigint" },
]
indexes = [{ name = "by_title", fields = ["title"] }]
"#;

/// What each of them does, by name.
const OPERATIONS: &[(&str, &str)] = &[
    ("index", "add_index = \"Book\"\nname = \"by_pages\"\nfields = [\"-pages\"]"),
    ("remove_index", "remove_index = \"Book\"\nname = \"by_title\""),
    ("check", "add_check = \"Book\"\nname = \"some_pages\"\ncheck = '\"pages\" > 0'"),
    (
        "unique",
        "add_unique = \"Book\"\nname = \"one_isbn\"\nfields = [\"isbn\"]\ninclude = [\"pages\"]",
    ),
    (
        "unique_later",
        "add_unique = \"Book\"\nname = \"one_isbn\"\nfields = [\"isbn\"]\ndeferrable = \"deferred\"",
    ),
    ("not_null", "alter_field = \"Book.isbn\"\ntype = \"text\""),
    ("not_null_fill", "alter_field = \"Book.pages\"\ntype = \"integer\"\nfill = \"1\""),
    ("not_null_default", "alter_field = \"Book.pages\"\ntype = \"integer\"\ndefault = \"7\""),
    ("volatile", "add_field = \"Book.code\"\ntype = \"uuid\"\ndefault = \"gen_random_uuid()\""),
    (
        "volatile_null",
        "add_field = \"Book.code\"\ntype = \"uuid\"\nnull = true\ndefault = \"gen_random_uuid()\"",
    ),
    (
        "volatile_fill",
        "add_field = \"Book.code\"\ntype = \"uuid\"\nunique = true\nfill = \"gen_random_uuid()\"",
    ),
    ("constant", "add_field = \"Book.kind\"\ntype = \"integer\"\nfill = \"1\"\ndb_index = true"),
    (
        "key",
        "add_field = \"Book.author\"\nforeign_key = \"library.Author\"\non_delete = \"cascade\"\nnull = true",
    ),
    (
        "key_with_comment",
        "add_field = \"Book.author\"\nforeign_key = \"library.Author\"\non_delete = \"set_null\"\n\
         null = true\ncomment = \"who wrote it\"",
    ),
    ("primary_key", "alter_primary_key = \"Book\"\nfields = [\"old_key\"]"),
    ("remove_field", "remove_field = \"Book.pages\""),
    ("retype", "alter_field = \"Book.isbn\"\ntype = \"varchar(40)\"\nunique = true"),
];

fn second(operation: &str, is_safe: bool) -> String {
    let safely = if is_safe { "\nsafely = true" } else { "" };
    let head = "id = \"two\"\ndependencies = [\"library.0001\"]\n[[operations]]\n";
    format!("{head}{operation}{safely}\n")
}

fn graph(second: &str) -> Outcome<Graph> {
    let files = [("0001", FIRST), ("0002", second)];
    let files = files.map(|(file, text)| Migration::parse(name(file), text));
    Ok(Graph::of(files.into_iter().collect::<Result<Vec<_>, _>>()?)?)
}

fn first() -> Target {
    Target::Migration(name("0001"))
}

async fn filled(db: &TestDatabase, graph: &Graph) -> Outcome {
    Runner::new(graph).run(&**db, &first()).await?;
    db.batch_execute(
        "INSERT INTO library_author (name) SELECT 'author ' || n FROM generate_series(1, 10) n;
         INSERT INTO library_book (title, isbn, pages, old_key)
         SELECT 'book ' || n, 'isbn ' || n, nullif(n % 3, 0), n FROM generate_series(1, 3000) n",
    )
    .await?;
    Ok(())
}

async fn catalogue(db: &dyn Executor) -> Outcome<Vec<Table>> {
    let mut tables = introspect::tables(db, &[]).await?;
    tables.retain(|table| table.name.name != "orm_migrations");
    // Columns that went and came again come last, and the order of constraints is that of their making.
    for table in &mut tables {
        table.columns.sort_by(|a, b| a.name.cmp(&b.name));
        table.constraints.sort_by(|a, b| a.name.cmp(&b.name));
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(tables)
}

/// What has not looked at its rows, and indexes that cannot be used.
const UNFINISHED: &str = "
SELECT conname::text FROM pg_constraint WHERE NOT convalidated
UNION ALL SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid";

#[tokio::test]
async fn what_it_leads_to_is_the_same() -> Outcome {
    for (name, operation) in OPERATIONS {
        let mut found = Vec::new();
        for is_safe in [false, true] {
            let db = TestDatabase::empty().await?;
            let graph = graph(&second(operation, is_safe))?;
            filled(&db, &graph).await?;
            let start = catalogue(&*db).await?;
            let mut runner = Runner::new(&graph);
            runner.run(&*db, &Target::Latest).await.map_err(|error| format!("{name}: {error}"))?;
            let end = catalogue(&*db).await?;
            let nulls =
                "SELECT count(*)::text FROM library_book b WHERE to_jsonb(b) -> 'code' = 'null'
                         OR to_jsonb(b) -> 'pages' = 'null'";
            let nulls = texts::texts(&*db, nulls).await?;
            let codes = "SELECT count(DISTINCT to_jsonb(b) -> 'code')::text FROM library_book b";
            let codes = texts::texts(&*db, codes).await?;
            assert_eq!(texts::texts(&*db, UNFINISHED).await?, [""; 0], "{name}");
            runner.run(&*db, &first()).await.map_err(|error| format!("{name}: {error}"))?;
            assert_eq!(catalogue(&*db).await?, start, "{name}, backwards");
            assert_eq!(texts::texts(&*db, UNFINISHED).await?, [""; 0], "{name}");
            found.push((end, nulls, codes));
        }
        assert_eq!(found[0], found[1], "{name}");
    }
    Ok(())
}

/// Kills runs at each of their statements, forwards and backwards; they are taken up, or go back.
/// By default each twentieth statement of each operation; `MIGRATE_EVERY=1` is all of them.
#[tokio::test]
async fn a_run_that_is_killed_goes_on_or_goes_back() -> Outcome {
    let every =
        std::env::var("MIGRATE_EVERY").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let mut deaths = 0;
    for (number, (name, operation)) in OPERATIONS.iter().enumerate() {
        let db = TestDatabase::empty().await?;
        let graph = graph(&second(operation, true))?;
        filled(&db, &graph).await?;
        let start = catalogue(&*db).await?;
        Runner::new(&graph).run(&*db, &Target::Latest).await?;
        let end = catalogue(&*db).await?;
        Runner::new(&graph).run(&*db, &first()).await?;
        let ways =
            [(&first(), &Target::Latest, &start, &end), (&Target::Latest, &first(), &end, &start)];
        for (from, to, before, after) in ways {
            for (runs_the_last, goes_back) in
                [(false, false), (true, true), (true, false), (false, true)]
            {
                let begin = 1 + i64::try_from(number % every)?;
                for statement in (begin..).step_by(every) {
                    Runner::new(&graph).run(&*db, from).await?;
                    let mortal = Mortal::new(db.as_dyn(), statement, runs_the_last);
                    let ran = Runner::new(&graph).run(&mortal, to).await;
                    let at = format!("{name}, killed at statement {statement} to {to:?}: {ran:?}");
                    if ran.is_ok() {
                        break;
                    }
                    deaths += 1;
                    let (next, wanted) = if goes_back { (from, before) } else { (to, after) };
                    // A second death on the way.
                    let mortal = Mortal::new(db.as_dyn(), 9, runs_the_last);
                    Runner::new(&graph).run(&mortal, next).await.ok();
                    match Runner::new(&graph).run(&*db, next).await {
                        Err(error)
                            if goes_back && error.to_string().contains("come to its end first") =>
                        {
                            assert!(matches!(*name, "remove_field" | "retype"), "{at}: {error}");
                            Runner::new(&graph).run(&*db, to).await?;
                            assert_eq!(&catalogue(&*db).await?, after, "{at}");
                        }
                        done => {
                            done.map_err(|error| format!("{at}, {goes_back}: {error}"))?;
                            assert_eq!(
                                &catalogue(&*db).await?,
                                wanted,
                                "{at}, goes back: {goes_back}"
                            );
                        }
                    }
                    assert_eq!(texts::texts(&*db, UNFINISHED).await?, [""; 0], "{at}");
                }
            }
        }
    }
    println!("killed {deaths} times");
    assert!(deaths > 150, "{deaths}");
    Ok(())
}

/// What others do meanwhile, which would wait for the operation if it held them up.
const OTHERS: &str = "
SET LOCAL statement_timeout = '10s';
UPDATE library_book SET pages = 6 WHERE id = 2900;
INSERT INTO library_book (title, isbn, pages, old_key) VALUES ('new', 'new', 1, 9999);
DELETE FROM library_book WHERE id = 2901;
SELECT * FROM library_book";

/// Runs an operation whose long step waits for somebody, and has others write meanwhile. The step is
/// known by its statement.
async fn others_write(db: &TestDatabase, graph: &Graph, open: &str, long: &str) -> Outcome {
    let tx = db.begin().await?;
    tx.executor().batch_execute(open).await?;
    let others = async {
        let waits = format!(
            "SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%{long}%'
             AND datname = current_database() AND pid <> pg_backend_pid()"
        );
        while texts::texts(&**db, &waits).await?.is_empty() {
            db.sleep(Duration::from_millis(5)).await;
        }
        let other = db.begin().await?;
        other.executor().batch_execute(OTHERS).await?;
        other.commit().await?;
        tx.commit().await?;
        Outcome::Ok(())
    };
    let mut runner = Runner::new(graph);
    let (ran, written) = tokio::join!(runner.run(&**db, &Target::Latest), others);
    written?;
    ran?;
    assert_eq!(texts::texts(&**db, UNFINISHED).await?, [""; 0]);
    Ok(())
}

/// An index that is made or dropped concurrently waits for whoever has changed a row; others write
/// meanwhile.
#[tokio::test]
async fn others_write_while_an_index_is_made() -> Outcome {
    let long = ["index", "remove_index", "unique", "primary_key"];
    for (name, operation) in OPERATIONS.iter().filter(|(name, _)| long.contains(name)) {
        let db = TestDatabase::empty().await?;
        let graph = graph(&second(operation, true))?;
        filled(&db, &graph).await?;
        let open = "UPDATE library_book SET pages = 5 WHERE id = 1";
        let done = others_write(&db, &graph, open, "INDEX CONCURRENTLY").await;
        done.map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

/// The rows are looked at, or filled, by a function that waits for somebody; others write meanwhile.
#[tokio::test]
async fn others_write_while_rows_are_looked_at_and_filled() -> Outcome {
    let cases = [
        ("add_check = \"Book\"\nname = \"slow\"\ncheck = 'slow()'", "VALIDATE CONSTRAINT"),
        (
            "alter_field = \"Book.pages\"\ntype = \"integer\"\nfill = \"CASE WHEN slow() THEN 1 END\"",
            "AND ctid >= ",
        ),
        (
            "add_field = \"Book.kind\"\ntype = \"integer\"\nfill = \"CASE WHEN slow() THEN 1 END\"",
            "AND ctid >= ",
        ),
    ];
    for (operation, long) in cases {
        let db = TestDatabase::empty().await?;
        let graph = graph(&second(operation, true))?;
        filled(&db, &graph).await?;
        db.batch_execute(&format!(
            "CREATE FUNCTION slow() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
             BEGIN
                 IF current_query() LIKE '%{long}%' THEN PERFORM pg_advisory_xact_lock_shared(42); END IF;
                 RETURN true;
             END $$"
        ))
        .await?;
        let open = "SELECT pg_advisory_xact_lock(42)";
        let done = others_write(&db, &graph, open, long).await;
        done.map_err(|error| format!("{operation}: {error}"))?;
    }
    Ok(())
}

/// Rows that do not fit are said, with the operation; they are mended and the run goes on, or it goes
/// back.
#[tokio::test]
async fn rows_that_do_not_fit_are_an_error_that_can_be_mended() -> Outcome {
    let cases = [
        (
            "unique",
            "UPDATE library_book SET isbn = 'same'",
            "add constraint one_isbn to Book, safely",
        ),
        (
            "check",
            "UPDATE library_book SET pages = -1",
            "add constraint some_pages to Book, safely",
        ),
        (
            "not_null",
            "UPDATE library_book SET isbn = NULL WHERE id = 3",
            "alter field isbn of Book, safely",
        ),
    ];
    let mend = "UPDATE library_book SET isbn = id::text, pages = 1";
    for (which, wrong, words) in cases {
        let (_, operation) = OPERATIONS.iter().find(|(name, _)| *name == which).ok_or("no such")?;
        let graph = graph(&second(operation, true))?;
        for goes_back in [false, true] {
            let db = TestDatabase::empty().await?;
            filled(&db, &graph).await?;
            let start = catalogue(&*db).await?;
            db.batch_execute(wrong).await?;
            for _ in 0..2 {
                let error =
                    Runner::new(&graph).run(&*db, &Target::Latest).await.unwrap_err().to_string();
                assert!(
                    error.starts_with(&format!("migration library.0002, {words}: "))
                        && error.contains("the next run goes on here"),
                    "{error}"
                );
            }
            if goes_back {
                Runner::new(&graph).run(&*db, &first()).await?;
                assert_eq!(catalogue(&*db).await?, start, "{which}");
                continue;
            }
            db.batch_execute(mend).await?;
            Runner::new(&graph).run(&*db, &Target::Latest).await?;
            assert_eq!(texts::texts(&*db, UNFINISHED).await?, [""; 0], "{which}");
        }
    }
    Ok(())
}

/// Rows are filled in transactions of their own, with progress; a run that is killed goes on behind the
/// last one. What others write meanwhile is filled as well.
#[tokio::test]
async fn rows_are_filled_in_batches() -> Outcome {
    let db = TestDatabase::empty().await?;
    let (_, operation) =
        OPERATIONS.iter().find(|(name, _)| *name == "not_null_fill").ok_or("no such")?;
    let graph = graph(&second(operation, true))?;
    Runner::new(&graph).run(&*db, &first()).await?;
    db.batch_execute(
        "INSERT INTO library_book (title, old_key) SELECT repeat('x', 300), n FROM generate_series(1, 30000) n",
    )
    .await?;
    let mortal = Mortal::new(db.as_dyn(), 28, false);
    let mut reached = 0;
    let mut runner = Runner::new(&graph).on_event(|event| {
        if let Event::Pages { done, .. } = event {
            reached = done;
        }
    });
    let error = runner.run(&mortal, &Target::Latest).await.unwrap_err();
    drop(runner);
    let filled = "SELECT count(*)::text FROM library_book WHERE pages = 1";
    let done: u64 = texts::texts(&*db, filled).await?.concat().parse()?;
    assert!(reached > 0 && done > 0 && done < 30000, "{reached} pages, {done} rows: {error}");
    // Somebody moves a row that is not filled yet.
    db.batch_execute("UPDATE library_book SET title = 'moved' WHERE id = 29999").await?;
    let mut told = Vec::new();
    let mut runner = Runner::new(&graph).on_event(|event| {
        if let Event::Pages { done, of, .. } = event {
            told.push((done, of));
        }
    });
    runner.run(&*db, &Target::Latest).await?;
    drop(runner);
    assert!(told.first().is_some_and(|(done, _)| *done >= reached), "{reached}, {told:?}");
    assert_eq!(texts::texts(&*db, filled).await?, ["30000"]);
    Ok(())
}

/// What makes a migration safe, without being told how.
#[test]
fn operations_are_made_safe_where_that_is_of_use() -> Outcome {
    for (name, operation) in OPERATIONS {
        let plain = graph(&second(operation, false))?;
        let before = graph(&second(operation, false))?;
        let migration = before.get(&self::name("0002")).ok_or("none")?;
        let one = Graph::of([plain.get(&self::name("0001")).ok_or("none")?.clone()])?.state()?;
        let safe = safely(&one, migration.operations.clone())?;
        let is_safe = matches!(safe[..], [Operation::Safely(_)]);
        assert_eq!(is_safe, !matches!(*name, "remove_field"), "{name}");
        // Then the linter has nothing to say of locks, and a file says the same.
        let graph = graph(&second(operation, true))?;
        let found = lint(&graph, |one| one.id == "two")?;
        let rules: Vec<&str> = found.iter().map(|one| one.rule.name).collect();
        let expected: &[&str] = match *name {
            "remove_field" => &["remove-column"],
            "retype" => &["type-change"],
            _ => &[],
        };
        assert_eq!(rules, expected, "{name}");
        let migration = graph.get(&self::name("0002")).ok_or("none")?;
        assert_eq!(migration.operations, [migration.operations[0].plain().clone().safely()]);
        assert_eq!(&Migration::parse(migration.name.clone(), &migration.to_toml())?, migration);
    }
    // A table that the same migrations make is used by nobody.
    let first = Migration::parse(name("0001"), FIRST)?;
    let index = &graph(&second(OPERATIONS[0].1, false))?
        .get(&name("0002"))
        .ok_or("none")?
        .operations
        .clone();
    let all = [first.operations.clone(), index.clone()].concat();
    assert_eq!(safely(&orm_migrate::state::ProjectState::default(), all.clone())?, all);
    Ok(())
}

/// A squash of what is done safely is what it stands for, and safe where the table is older.
#[test]
fn squashes_and_shorter_migrations_stay_safe() -> Outcome {
    let add = "add_field = \"Book.kind\"\ntype = \"integer\"\nfill = \"1\"\ndb_index = true\nsafely = true";
    let alter = "alter_field = \"Book.kind\"\ntype = \"integer\"\ndefault = \"1\"\ndb_index = true\nsafely = true";
    let two = format!("{}[[operations]]\n{alter}\n", second(add, false));
    let graph = graph(&two)?;
    let shorter = optimized(&graph, &name("0002"), None)?.migration.operations;
    assert!(
        matches!(&shorter[..], [Operation::Safely(one)] if matches!(&**one, Operation::AddField { .. })),
        "{shorter:?}"
    );
    let all = squash(&graph, "library", None, &name("0002"), "three".into())?.migration.operations;
    let words: Vec<String> = all.iter().map(ToString::to_string).collect();
    assert_eq!(words, ["create model Author", "create model Book"]);
    Ok(())
}
