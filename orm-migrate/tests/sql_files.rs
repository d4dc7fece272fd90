//! SQL in files of its own, and operations on the database and the state apart from each other.

use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::folder::{Folder, Source, parse};
use orm_migrate::graph::Graph;
use orm_migrate::introspect;
use orm_migrate::run::{Runner, Target};
use orm_sql::exec::Executor;
use orm_testkit::TestDatabase;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const FIRST: &str = r#"
id = "one"

[[operations]]
create_model = "Book"
table = "book"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "title", type = "text" },
]

[[operations]]
run_sql_file = "sql/0001_titles.sql"
reverse_file = "sql/0001_titles_back.sql"
"#;

const VIEW: &str = "-- What people read.\nCREATE VIEW titles AS SELECT title FROM book;\n";

fn graph(view: &str) -> Result<Graph, orm_migrate::error::Error> {
    let files = [
        ("library/0001_initial.toml", FIRST),
        ("library/head", "0001_initial\n"),
        ("library/sql/0001_titles.sql", view),
        ("library/sql/0001_titles_back.sql", "DROP VIEW titles"),
    ];
    parse(&files.map(|(path, text)| Source { path: path.into(), text: text.into() }))
}

fn zero() -> Target {
    Target::Zero("library".into())
}

#[tokio::test]
async fn sql_of_a_file_runs_and_is_known_by_what_it_says() -> Outcome {
    let db = TestDatabase::empty().await?;
    Runner::new(&graph(VIEW)?).run(&*db, &Target::Latest).await?;
    db.batch_execute("SELECT * FROM titles").await?;

    // Other ends of lines, and the same text in the migration itself, are no change.
    let windows = VIEW.replace('\n', "\r\n");
    assert_eq!(Runner::new(&graph(&windows)?).run(&*db, &Target::Latest).await?, 0);
    let within = FIRST.replace(
        "run_sql_file = \"sql/0001_titles.sql\"\nreverse_file = \"sql/0001_titles_back.sql\"",
        &format!("run_sql = {VIEW:?}\nreverse = \"DROP VIEW titles\""),
    );
    let name = MigrationName { app: "library".into(), name: "0001_initial".into() };
    let moved = Graph::of([Migration::parse(name, &within)?])?;
    assert_eq!(Runner::new(&moved).run(&*db, &Target::Latest).await?, 0);

    let changed = VIEW.replace("SELECT title", "SELECT id, title");
    let error = Runner::new(&graph(&changed)?).run(&*db, &Target::Latest).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("has run, and says something else now")
            && text.contains("- CREATE VIEW titles AS SELECT title FROM book;")
            && text.contains("+ CREATE VIEW titles AS SELECT id, title FROM book;"),
        "{text}"
    );
    Runner::new(&graph(VIEW)?).run(&*db, &zero()).await?;
    assert!(db.batch_execute("SELECT * FROM titles").await.is_err());
    Ok(())
}

#[test]
fn a_file_that_is_not_there_is_said_with_its_line() -> Outcome {
    let said = |path: &str| {
        let text = FIRST.replace("sql/0001_titles.sql", path);
        let files = [Source { path: "library/0001_initial.toml".into(), text: text.into() }];
        parse(&files).unwrap_err().to_string()
    };
    assert_eq!(
        said("sql/no.sql"),
        "migration library.0001_initial, line 13: there is no file `sql/no.sql` in the folder of the app"
    );
    assert!(said("/etc/passwd").contains("ends with `.sql`"));
    assert!(said("../../secret.sql").contains("there is no file"));
    Ok(())
}

#[test]
fn files_stay_files_when_a_migration_is_written() -> Outcome {
    let path = std::env::temp_dir().join(format!("orm-migrate-sql-{}", std::process::id()));
    std::fs::create_dir_all(path.join("library/sql"))?;
    std::fs::write(path.join("library/sql/0001_titles.sql"), VIEW)?;
    std::fs::write(path.join("library/sql/0001_titles_back.sql"), "DROP VIEW titles")?;
    let graph = graph(VIEW)?;
    let folder = Folder::new(&path);
    folder.write(&graph.iter().cloned().collect::<Vec<_>>())?;
    let text = std::fs::read_to_string(path.join("library/0001_initial.toml"))?;
    assert!(text.contains("run_sql_file = \"sql/0001_titles.sql\""), "{text}");
    assert_eq!(folder.read()?, graph);
    std::fs::remove_dir_all(&path)?;
    Ok(())
}

const SEPARATE: &str = r#"
id = "two"
dependencies = ["library.0001_initial"]

[[operations]]
separate_database_and_state = true

[[operations.database]]
run_sql = "ALTER TABLE book ADD COLUMN pages integer NOT NULL DEFAULT 0"
reverse = "ALTER TABLE book DROP COLUMN pages"

[[operations.database]]
add_index = "Book"
name = "book_title"
fields = ["title"]

[[operations.state]]
add_field = "Book.pages"
type = "integer"
default = "0"

[[operations.state]]
add_index = "Book"
name = "book_title"
fields = ["title"]
"#;

#[tokio::test]
async fn the_database_and_the_state_change_apart_from_each_other() -> Outcome {
    let first = graph(VIEW)?;
    let name = MigrationName { app: "library".into(), name: "0002_pages".into() };
    let second = Migration::parse(name.clone(), SEPARATE)?;
    assert_eq!(Migration::parse(name.clone(), &second.to_toml())?, second);
    let all = Graph::of(first.iter().cloned().chain([second]))?;
    let state = all.state()?;
    let book = state.models.values().next().ok_or("no model")?;
    assert!(book.field("pages").is_some() && book.indexes.len() == 1);

    let db = TestDatabase::empty().await?;
    Runner::new(&all).run(&*db, &Target::Latest).await?;
    let live = async |db: &dyn Executor| -> Outcome<(usize, usize)> {
        let tables = introspect::tables(db, &[]).await?;
        let book = tables.iter().find(|one| one.name.name == "book").ok_or("no table")?;
        Ok((book.columns.len(), book.indexes.len()))
    };
    assert_eq!(live(&*db).await?, (3, 1));
    let before = MigrationName { name: "0001_initial".into(), ..name.clone() };
    Runner::new(&all).run(&*db, &Target::Migration(before)).await?;
    assert_eq!(live(&*db).await?, (2, 0));

    let wrong = SEPARATE.replacen("add_index = \"Book\"", "add_index = \"Boot\"", 1);
    let graph = Graph::of(first.iter().cloned().chain([Migration::parse(name, &wrong)?]))?;
    assert_eq!(
        graph.state().unwrap_err().to_string(),
        "migration library.0002_pages, operation 1 (separate database and state): add index book_title to \
         Boot: there is no model `library.Boot`"
    );
    Ok(())
}
