//! Migrations run on a server: forwards, backwards, by two at once, and after they were cut off.

use orm_migrate::error::Error;
use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::introspect;
use orm_migrate::run::{Event, Runner, Target};
use orm_sql::exec::Executor;
use orm_testkit::TestDatabase;
use std::time::Duration;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn name(text: &str) -> MigrationName {
    let (app, name) = text.split_once('.').unwrap_or(("library", text));
    MigrationName { app: app.into(), name: name.into() }
}

const FIRST: &str = r#"
id = "one"

[[operations]]
create_model = "Author"
table = "library_author"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "name", type = "varchar(100)" },
]

[[operations]]
create_model = "Book"
table = "library_book"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "title", type = "text" },
    { name = "author", foreign_key = "library.Author", on_delete = "cascade" },
]
"#;

const SECOND: &str = r#"
id = "two"
dependencies = ["library.0001_initial"]

[[operations]]
add_field = "Book.pages"
type = "integer"
fill = "0"

[[operations]]
rename_field = "Author.name"
to = "full_name"
"#;

const THIRD: &str = r#"
id = "three"
dependencies = ["library.0002_book_pages"]

[[operations]]
add_check = "Book"
name = "book_pages"
check = '"pages" >= 0'

[[operations]]
add_index = "Book"
name = "book_by_title"
fields = ["title"]
concurrently = true

[[operations]]
add_index = "Book"
name = "book_by_pages"
fields = ["-pages"]
concurrently = true
"#;

fn graph() -> Graph {
    let files =
        [("0001_initial", FIRST), ("0002_book_pages", SECOND), ("0003_book_by_title", THIRD)];
    graph_of(&files)
}

fn graph_of(files: &[(&str, &str)]) -> Graph {
    let read = |(file, text): &(&str, &str)| Migration::parse(name(file), text).unwrap();
    Graph::of(files.iter().map(read)).unwrap()
}

async fn columns(db: &dyn Executor, table: &str) -> Outcome<Vec<String>> {
    let tables = introspect::tables(db, &[]).await?;
    let table = tables.iter().find(|one| one.name.name == table).ok_or("no such table")?;
    Ok(table.columns.iter().map(|column| column.name.clone()).collect())
}

#[tokio::test]
async fn forwards_and_backwards() -> Outcome {
    let db = TestDatabase::empty().await?;
    let db: &dyn Executor = &*db;
    let graph = graph();
    let mut runner = Runner::new(&graph);
    let plan = runner.plan(db, &Target::Latest).await?;
    let names: Vec<String> = plan.iter().map(|step| step.migration.name.to_string()).collect();
    assert_eq!(
        names,
        ["library.0001_initial", "library.0002_book_pages", "library.0003_book_by_title"]
    );

    let first = Target::Migration(name("0001_initial"));
    assert_eq!(runner.run(db, &first).await?, 1);
    db.batch_execute(
        "INSERT INTO library_author (name) VALUES ('Ann');
         INSERT INTO library_book (title, author_id) VALUES ('x', 1)",
    )
    .await?;
    assert_eq!(runner.run(db, &Target::Latest).await?, 2);
    assert_eq!(runner.run(db, &Target::Latest).await?, 0);
    assert_eq!(columns(db, "library_author").await?, ["id", "full_name"]);
    assert_eq!(columns(db, "library_book").await?, ["id", "title", "author_id", "pages"]);
    let tables = introspect::tables(db, &[]).await?;
    let book = tables.iter().find(|one| one.name.name == "library_book").unwrap();
    assert!(book.index("book_by_title").is_some() && book.index("book_by_pages").is_some());
    db.batch_execute("INSERT INTO library_book (title, author_id, pages) VALUES ('y', 1, 3)")
        .await?;

    assert_eq!(runner.run(db, &first).await?, 2);
    assert_eq!(columns(db, "library_author").await?, ["id", "name"]);
    assert_eq!(columns(db, "library_book").await?, ["id", "title", "author_id"]);
    assert_eq!(runner.run(db, &Target::Zero("library".into())).await?, 1);
    let left = introspect::tables(db, &[]).await?;
    assert_eq!(left.iter().map(|one| &*one.name.name).collect::<Vec<_>>(), ["orm_migrations"]);
    Ok(())
}

#[tokio::test]
async fn what_fails_leaves_the_database_as_it_was() -> Outcome {
    let db = TestDatabase::empty().await?;
    let db: &dyn Executor = &*db;
    let wrong = SECOND.replace(
        "to = \"full_name\"",
        "to = \"full_name\"\n\n[[operations]]\n\
        add_check = \"Book\"\nname = \"c\"\ncheck = 'no_such_function(1)'",
    );
    let graph = graph_of(&[("0001_initial", FIRST), ("0002_book_pages", &wrong)]);
    let error = Runner::new(&graph).run(db, &Target::Latest).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("migration library.0002_book_pages, add constraint c to Book: ")
            && text.contains("nothing of it has happened"),
        "{text}"
    );
    assert_eq!(columns(db, "library_book").await?, ["id", "title", "author_id"]);
    Ok(())
}

#[tokio::test]
async fn a_migration_that_has_run_cannot_change() -> Outcome {
    let db = TestDatabase::empty().await?;
    let db: &dyn Executor = &*db;
    let all = graph_of(&[("0001_initial", FIRST), ("0002_book_pages", SECOND)]);
    Runner::new(&all).run(db, &Target::Latest).await?;

    // A comment and a new number are no change.
    let same = format!("# a remark\n{SECOND}");
    let renumbered = graph_of(&[("0001_initial", FIRST), ("0007_pages", &same)]);
    assert_eq!(Runner::new(&renumbered).run(db, &Target::Latest).await?, 0);

    let changed = SECOND.replace("integer", "bigint");
    let changed = graph_of(&[("0001_initial", FIRST), ("0002_book_pages", &changed)]);
    let error = Runner::new(&changed).run(db, &Target::Latest).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "migration library.0002_book_pages has run, and says something else now; undo the change, or \
         write a migration for it:\noperation 1:\n- type = \"integer\"\n+ type = \"bigint\""
    );
    let behind = graph_of(&[("0001_initial", FIRST)]);
    let error = Runner::new(&behind).run(db, &Target::Latest).await.unwrap_err();
    assert!(matches!(&error, Error::Ahead(names) if names.len() == 1), "{error}");
    Ok(())
}

#[tokio::test]
async fn two_runs_at_once_do_each_migration_once() -> Outcome {
    let db = TestDatabase::empty().await?;
    let graph = graph();
    let run = async || Runner::new(&graph).run(&*db, &Target::Latest).await;
    let (one, other, third) = tokio::join!(run(), run(), run());
    assert_eq!(one? + other? + third?, 3);
    Ok(())
}

#[tokio::test]
async fn an_index_that_was_left_half_made_is_made_anew() -> Outcome {
    let db = TestDatabase::empty().await?;
    let graph = graph();
    let second = Target::Migration(name("0002_book_pages"));
    Runner::new(&graph).run(&*db, &second).await?;
    // A unique index over rows that are not: what a failed CREATE INDEX CONCURRENTLY leaves behind.
    db.batch_execute(
        "INSERT INTO library_author (full_name) VALUES ('Ann');
         INSERT INTO library_book (title, author_id, pages) VALUES ('x', 1, 1), ('x', 1, 2)",
    )
    .await?;
    let half =
        db.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY book_by_title ON library_book (title)");
    assert!(half.await.is_err());
    assert_eq!(Runner::new(&graph).run(&*db, &Target::Latest).await?, 1);
    let tables = introspect::tables(&*db, &[]).await?;
    let book = tables.iter().find(|one| one.name.name == "library_book").unwrap();
    assert!(book.index("book_by_title").is_some_and(|index| !index.unique));
    Ok(())
}

#[tokio::test]
async fn a_locked_table_is_waited_for_without_holding_others_up() -> Outcome {
    let db = TestDatabase::empty().await?;
    let graph = graph();
    let first = Target::Migration(name("0001_initial"));
    Runner::new(&graph).run(&*db, &first).await?;
    let lock = db.begin().await?;
    lock.executor().batch_execute("LOCK TABLE library_book IN ACCESS SHARE MODE").await?;
    let mut waited = 0;
    let mut runner =
        Runner::new(&graph).lock_timeout(Duration::from_millis(50)).on_event(|event| {
            if let Event::Waits { holders, .. } = event {
                assert!(holders.iter().any(|line| line.contains("LOCK TABLE")), "{holders:?}");
                waited += 1;
            }
        });
    let second = Target::Migration(name("0002_book_pages"));
    let run = runner.run(&*db, &second);
    let freed = async {
        db.sleep(Duration::from_millis(300)).await;
        lock.commit().await
    };
    let (run, freed) = tokio::join!(run, freed);
    freed?;
    assert_eq!(run?, 1);
    drop(runner);
    assert!(waited > 0);
    Ok(())
}

/// From a text to a key: the values are cast, and checked by the constraint.
#[tokio::test]
async fn a_text_becomes_a_foreign_key_or_nothing_happens() -> Outcome {
    let text = FIRST.replace(
        "{ name = \"author\", foreign_key = \"library.Author\", on_delete = \"cascade\" }",
        "{ name = \"author\", type = \"varchar(20)\", db_index = true }",
    );
    let key = r#"
id = "two"
dependencies = ["library.0001_initial"]

[[operations]]
alter_field = "Book.author"
foreign_key = "library.Author"
on_delete = "cascade"
"#;
    let graph = graph_of(&[("0001_initial", &text), ("0002_key", key)]);
    for (author, works) in [("1", true), ("2", false), ("Ann", false)] {
        let db = TestDatabase::empty().await?;
        let first = Target::Migration(name("0001_initial"));
        Runner::new(&graph).run(&*db, &first).await?;
        db.batch_execute(&format!(
            "INSERT INTO library_author (name) VALUES ('Ann');
             INSERT INTO library_book (title, author) VALUES ('x', '{author}')"
        ))
        .await?;
        let before = introspect::tables(&*db, &[]).await?;
        let ran = Runner::new(&graph).run(&*db, &Target::Latest).await;
        assert_eq!(ran.is_ok(), works, "{author}: {ran:?}");
        let after = introspect::tables(&*db, &[]).await?;
        if works {
            let book = after.iter().find(|one| one.name.name == "library_book").unwrap();
            assert_eq!(book.foreign_keys().next().unwrap().columns, ["author_id"]);
        } else {
            assert_eq!(after, before);
        }
    }
    Ok(())
}

#[tokio::test]
async fn sql_of_ones_own_runs_forwards_and_backwards() -> Outcome {
    let db = TestDatabase::empty().await?;
    let own = r#"
id = "two"
dependencies = ["library.0001_initial"]

[[operations]]
run_sql = "INSERT INTO library_author (name) VALUES ('Ann'), ('Bob')"
reverse = "DELETE FROM library_author"

[[operations]]
run_sql = "UPDATE library_author SET name = upper(name)"
"#;
    let graph = graph_of(&[("0001_initial", FIRST), ("0002_authors", own)]);
    let first = Target::Migration(name("0001_initial"));
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    let taken =
        db.batch_execute("DO $$ BEGIN ASSERT (SELECT count(*) = 2 FROM library_author); END $$");
    taken.await?;
    let error = Runner::new(&graph).run(&*db, &first).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "migration library.0002_authors, run SQL: it has no `reverse`, and cannot be undone"
    );
    let back = own.replace("SET name = upper(name)\"", "SET name = upper(name)\"\nreverse = \"\"");
    let db = TestDatabase::empty().await?;
    let graph = graph_of(&[("0001_initial", FIRST), ("0002_authors", &back)]);
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    assert_eq!(Runner::new(&graph).run(&*db, &first).await?, 1);
    db.batch_execute("DO $$ BEGIN ASSERT (SELECT count(*) = 0 FROM library_author); END $$")
        .await?;
    Ok(())
}

/// What rows get may be made of their other columns, or of other rows, in one transaction or safely.
#[tokio::test]
async fn a_new_column_is_filled_from_others() -> Outcome {
    for safely in ["", "safely = true"] {
        let db = TestDatabase::empty().await?;
        let more = format!(
            r#"
id = "two"
dependencies = ["library.0001_initial"]

[[operations]]
add_field = "Book.slug"
type = "varchar(40)"
fill = "lower(title)"
{safely}

[[operations]]
add_field = "Book.place"
type = "integer"
default = "7"
fill = "(SELECT count(*) FROM library_author)"
{safely}

[[operations]]
add_field = "Book.note"
type = "text"
null = true
fill = "'of ' || author_id"
{safely}
"#
        );
        let graph = graph_of(&[("0001_initial", FIRST), ("0002_more", &more)]);
        let start = Target::Migration(name("0001_initial"));
        Runner::new(&graph).run(&*db, &start).await?;
        db.batch_execute(
            "INSERT INTO library_author (name) VALUES ('Ann'), ('Bob');
             INSERT INTO library_book (title, author_id) VALUES ('One', 1), ('Two', 2)",
        )
        .await?;
        Runner::new(&graph).run(&*db, &Target::Latest).await?;
        db.batch_execute("INSERT INTO library_book (title, author_id, slug) VALUES ('Z', 1, 'z')")
            .await?;
        db.batch_execute(
            "DO $$ BEGIN ASSERT (SELECT string_agg(concat_ws(' ', slug, place, note), ', ' ORDER BY title)
             = 'one 2 of 1, two 2 of 2, z 7' FROM library_book); END $$",
        )
        .await?;
        let forbids = "INSERT INTO library_book (title, author_id) VALUES ('Y', 1)";
        let error = db.batch_execute(forbids).await.unwrap_err();
        assert!(error.to_string().contains("slug"), "{error}");
        Runner::new(&graph).run(&*db, &start).await?;
        assert_eq!(columns(&*db, "library_book").await?, ["id", "title", "author_id"]);
    }
    Ok(())
}

#[tokio::test]
async fn a_conversion_is_that_of_the_way_forwards() -> Outcome {
    let db = TestDatabase::empty().await?;
    let first = FIRST.replace("type = \"text\"", "type = \"integer\"");
    let text = r#"
id = "two"
dependencies = ["library.0001_initial"]

[[operations]]
alter_field = "Book.title"
type = "text"
using = '("title" + 1)::text'
"#;
    let graph = graph_of(&[("0001_initial", &first), ("0002_text", text)]);
    let start = Target::Migration(name("0001_initial"));
    Runner::new(&graph).run(&*db, &start).await?;
    db.batch_execute(
        "INSERT INTO library_author (name) VALUES ('Ann');
         INSERT INTO library_book (title, author_id) VALUES (1, 1)",
    )
    .await?;
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    Runner::new(&graph).run(&*db, &start).await?;
    let kept = "DO $$ BEGIN ASSERT (SELECT title = 2 FROM library_book); END $$";
    db.batch_execute(kept).await?;
    Ok(())
}

/// Tables of somebody else are taken over where they are what the first migration makes.
#[tokio::test]
async fn tables_that_are_there_are_compared_before_they_count_as_made() -> Outcome {
    let db = TestDatabase::empty().await?;
    let graph = graph();
    let first = Target::Migration(name("0001_initial"));
    Runner::new(&graph).run(&*db, &first).await?;
    let lost = "DELETE FROM orm_migrations";
    db.batch_execute(lost).await?;
    assert!(Runner::new(&graph).run(&*db, &first).await.is_err(), "the tables are there");
    assert_eq!(Runner::new(&graph).fake_initial(true).run(&*db, &Target::Latest).await?, 3);

    Runner::new(&graph).run(&*db, &first).await?;
    db.batch_execute(lost).await?;
    db.batch_execute(
        "ALTER TABLE library_author ALTER name TYPE varchar(50), ALTER name DROP NOT NULL;
         ALTER TABLE library_book ADD isbn text",
    )
    .await?;
    let error = Runner::new(&graph).fake_initial(true).run(&*db, &first).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("tables of migration library.0001_initial are there, and are others")
            && text.contains("library_author")
            && text.contains("name")
            && text.contains("library_book")
            && text.contains("isbn"),
        "{text}"
    );
    println!("{text}");
    Ok(())
}

/// What a column would lose by its new type is refused, and nothing has happened.
#[tokio::test]
async fn no_part_of_a_value_is_lost() -> Outcome {
    let file = |name: &str, text: &str| Migration::parse(self::name(name), text);
    let first = r#"
id = "one"

[[operations]]
create_model = "Item"
table = "item"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "title", type = "text" },
    { name = "price", type = "numeric(8, 2)" },
    { name = "weight", type = "double precision" },
    { name = "seen", type = "timestamptz" },
]
"#;
    let to = |field: &str, new: &str| {
        format!(
            "id = \"two\"\ndependencies = [\"library.0001\"]\n[[operations]]\nalter_field = \
             \"Item.{field}\"\ntype = \"{new}\"\n"
        )
    };
    let db = TestDatabase::empty().await?;
    Runner::new(&Graph::of([file("0001", first)?])?).run(&*db, &Target::Latest).await?;
    db.batch_execute(
        "INSERT INTO item (title, price, weight, seen) VALUES
         ('The Dispossessed', 9.50, 0.1, '2024-01-01 12:30Z')",
    )
    .await?;
    let lossy = [
        ("title", "varchar(3)", "value too long for type character varying(3)"),
        ("price", "integer", "a part of it would be lost"),
        ("weight", "real", "a part of it would be lost"),
        ("seen", "date", "a part of it would be lost"),
        ("price", "numeric(8, 1)", ""),
    ];
    for (field, new, said) in lossy {
        let graph = Graph::of([file("0001", first)?, file("0002", &to(field, new))?])?;
        let ran = Runner::new(&graph).run(&*db, &Target::Latest).await;
        if said.is_empty() {
            // 9.50 is 9.5.
            assert_eq!(ran?, 1, "{field} to {new}");
            continue;
        }
        let error = ran.unwrap_err().to_string();
        assert!(error.contains(said) && error.contains("alter field"), "{error}");
        assert!(error.contains("nothing of it has happened"), "{error}");
    }
    Ok(())
}
