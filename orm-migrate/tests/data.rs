//! Data migrations: the models as they were, read and changed; batches; what goes wrong.

#[path = "data/functions.rs"]
mod functions;

use orm_migrate::error::Error;
use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::run::{Event, Runner, Target};
use orm_sql::exec::{Executor, Statement};
use orm_sql::row::{Cells, RowSink};
use orm_testkit::TestDatabase;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn name(text: &str) -> MigrationName {
    MigrationName { app: "catalogue".into(), name: text.into() }
}

/// Migrations, each with its operations, one after another.
fn graph(files: &[(&str, &str)]) -> Outcome<Graph> {
    let mut before = None;
    let mut all = Vec::new();
    for (file, operations) in files {
        let needs = before.map(|one| format!("dependencies = [\"catalogue.{one}\"]\n"));
        let text = format!("id = \"{file}\"\n{}{operations}", needs.unwrap_or_default());
        all.push(Migration::parse(name(file), &text)?);
        before = Some(*file);
    }
    Ok(Graph::of(all)?)
}

const INITIAL: (&str, &str) = (
    "0001_initial",
    r#"
[[operations]]
create_model = "Author"
table = "catalogue_author"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "name", type = "varchar(100)" },
    { name = "born", type = "date", null = true },
]

[[operations]]
create_model = "Tag"
table = "catalogue_tag"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "name", type = "text", unique = true },
]

[[operations]]
create_model = "Book"
table = "catalogue_book"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "title", type = "text" },
    { name = "slug", type = "text", default = "''" },
    { name = "pages", type = "integer", default = "0" },
    { name = "price", type = "numeric(8, 2)", null = true },
    { name = "author", foreign_key = "catalogue.Author", on_delete = "cascade" },
    { name = "editor", foreign_key = "catalogue.Author", on_delete = "set_null", null = true },
    { name = "tags", many_to_many = "catalogue.Tag", table = "catalogue_book_tags", sides = ["book", "tag"] },
]

[[operations]]
create_model = "Stock"
table = "catalogue_stock"
primary_key = ["branch", "shelf"]
fields = [
    { name = "branch", type = "integer" },
    { name = "shelf", type = "text" },
    { name = "copies", type = "bigint", default = "0" },
    { name = "book", foreign_key = "catalogue.Book", on_delete = "protect", null = true },
]
"#,
);

/// What a statement returns, as texts.
#[derive(Default)]
struct Texts(Vec<String>);

impl RowSink for Texts {
    fn row(&mut self, cells: &dyn Cells) -> orm_sql::Result<()> {
        let text = |raw: &[u8]| String::from_utf8_lossy(raw).into_owned();
        self.0.push(cells.cell(0).map_or_else(|| "NULL".to_owned(), text));
        Ok(())
    }
}

/// One column of text.
async fn texts(db: &dyn Executor, sql: &str) -> Outcome<Vec<String>> {
    let column = orm_sql::exec::OutputColumn {
        model: "test",
        field: "text",
        sql_type: orm_sql::value::SqlType::Text,
    };
    let (sql, columns) = (sql.into(), [column].into());
    let statement = Statement { sql, columns, ..Statement::default() };
    let mut found = Texts::default();
    db.run(&statement, &mut found).await?;
    Ok(found.0)
}

const ROWS: &str = "
    INSERT INTO catalogue_author (name, born) VALUES
        ('Ursula K. Le Guin', '1929-10-21'), ('Nobody', NULL), ('Jorge Luis Borges', '1899-08-24');
    INSERT INTO catalogue_book (title, pages, price, author_id, editor_id) VALUES
        ('The Dispossessed', 387, 9.50, 1, 3), ('A Wizard of Earthsea', 183, NULL, 1, NULL),
        ('Ficciones', 174, 7, 3, NULL);
    INSERT INTO catalogue_stock (branch, shelf, copies) VALUES (1, 'a', 2), (1, 'b', 3), (2, 'a', 5)";

fn run_rust(name: &str) -> String {
    format!("[[operations]]\nrun_rust = \"{name}\"\nreverse = \"\"\n")
}

/// A database with rows, and the migrations up to a data step that has not run.
async fn with_step(name: &str) -> Outcome<(TestDatabase, Graph)> {
    let step = run_rust(name);
    let graph = graph(&[INITIAL, ("0002_step", &step)])?;
    let db = TestDatabase::empty().await?;
    Runner::new(&graph).run(&*db, &Target::Migration(self::name("0001_initial"))).await?;
    db.batch_execute(ROWS).await?;
    Ok((db, graph))
}

/// Runs a data step.
async fn after(name: &str) -> Outcome<TestDatabase> {
    let (db, graph) = with_step(name).await?;
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    Ok(db)
}

/// Runs a data step that is refused.
async fn refused(name: &str) -> Outcome<String> {
    let (db, graph) = with_step(name).await?;
    let error = Runner::new(&graph).run(&*db, &Target::Latest).await.unwrap_err();
    assert!(matches!(error, Error::Function(_)), "{error}");
    let ran = texts(&*db, "SELECT id FROM orm_migrations").await?;
    assert_eq!(ran, ["0001_initial"]);
    Ok(error.to_string())
}

#[tokio::test]
async fn models_are_those_of_their_time() -> Outcome {
    // The field is renamed, and then gone, in migrations behind the step.
    let step = run_rust("titles_in_capitals");
    let later = "[[operations]]\nrename_field = \"Book.title\"\nto = \"name\"\n\
                 [[operations]]\nrename_model = \"Book\"\nto = \"catalogue.Volume\"\ntable = \"volume\"\n\
                 [[operations]]\nremove_field = \"Volume.pages\"\n";
    let again = run_rust("names_in_small_letters");
    let files = [INITIAL, ("0002_step", &*step), ("0003_later", later), ("0004_again", &*again)];
    let graph = graph(&files)?;
    let db = TestDatabase::empty().await?;
    Runner::new(&graph).run(&*db, &Target::Migration(name("0001_initial"))).await?;
    db.batch_execute(ROWS).await?;
    Runner::new(&graph).run(&*db, &Target::Migration(name("0002_step"))).await?;
    let titles = texts(&*db, "SELECT title FROM catalogue_book ORDER BY id").await?;
    assert_eq!(titles, ["THE DISPOSSESSED", "A WIZARD OF EARTHSEA", "FICCIONES"]);
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    let names = texts(&*db, "SELECT name FROM volume ORDER BY id").await?;
    assert_eq!(names, ["the dispossessed", "a wizard of earthsea", "ficciones"]);
    // All of it at once, on the same connection, and back.
    Runner::new(&graph).run(&*db, &Target::Migration(name("0001_initial"))).await?;
    assert_eq!(Runner::new(&graph).run(&*db, &Target::Latest).await?, 3);
    Ok(())
}

#[tokio::test]
async fn rows_are_found_by_lookups_over_relations() -> Outcome {
    after("lookups").await.map(drop)
}

#[tokio::test]
async fn rows_are_updated_by_values_and_expressions() -> Outcome {
    let db = after("updates").await?;
    let rows = "SELECT concat_ws('|', title, slug, pages, price, editor_id) FROM catalogue_book ORDER BY id";
    assert_eq!(
        texts(&*db, rows).await?,
        [
            "The Dispossessed|long: the-dispossessed|774|20.00|3",
            "A Wizard of Earthsea|short: a-wizard-of-earthsea|366|1.00|1",
            "Ficciones|short: ficciones|348|15.00|1",
        ]
    );
    Ok(())
}

#[tokio::test]
async fn rows_are_created_changed_linked_and_deleted() -> Outcome {
    let db = after("rows").await?;
    let titles = texts(&*db, "SELECT title FROM catalogue_book ORDER BY title").await?;
    // What Borges has written went with him; what he edited stays.
    assert_eq!(titles, ["A Wizard of Earthsea", "Emma", "Persuasion", "The Dispossessed, again"]);
    let links = "SELECT b.title || ': ' || t.name FROM catalogue_book_tags l
                 JOIN catalogue_book b ON b.id = l.book_id JOIN catalogue_tag t ON t.id = l.tag_id ORDER BY 1";
    assert_eq!(texts(&*db, links).await?, ["Emma: novel", "Persuasion: novel"]);
    let stock = "SELECT concat_ws('|', branch, shelf, copies) FROM catalogue_stock ORDER BY 1";
    assert_eq!(texts(&*db, stock).await?, ["1|a|20", "1|b|30", "2|a|50", "7|z|0"]);
    Ok(())
}

#[tokio::test]
async fn mistakes_name_migration_model_and_field() -> Outcome {
    assert_eq!(
        refused("no_such_field").await?,
        "migration catalogue.0002_step, run Rust no_such_field: `catalogue.Author` has no field `age` in \
         migration catalogue.0002_step; it has id, name, born (nothing of it has happened)"
    );
    let text = refused("no_such_model").await?;
    assert!(
        text.contains(
            "there is no model `catalogue.Shop` in migration catalogue.0002_step; there are \
             catalogue.Author, catalogue.Book, catalogue.Stock, catalogue.Tag"
        ),
        "{text}"
    );
    for (function, message) in [
        ("no_such_lookup", "`title__near` ends in `near`, which is no lookup"),
        ("wrong_value", "`pages` of `catalogue.Book`: the value must be"),
        ("null_value", "`title` cannot be NULL"),
        ("wrong_type", "`title` of `catalogue.Book` holds text, which is no `integer`"),
        ("missing_value", "the draft of `catalogue.Book` misses the required field `title`"),
        ("protected", "3 rows of `Stock` refer to `Book` by `book`, which is `Protect`"),
        ("wrong_rows", "`tags` takes no rows of `catalogue.Author`"),
        ("ordered_batches", "no `order_by`"),
    ] {
        let text = refused(function).await?;
        assert!(text.contains(message), "{function}: {text}");
        assert!(text.starts_with("migration catalogue.0002_step, run Rust"), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn functions_that_are_missing_are_said_before_anything_runs() -> Outcome {
    let gone = run_rust("fil_slugs");
    let files = [INITIAL, ("0002_step", &*gone)];
    let with_gone = graph(&files)?;
    let db = TestDatabase::empty().await?;
    let error = Runner::new(&with_gone).run(&*db, &Target::Latest).await.unwrap_err().to_string();
    assert!(
        error.starts_with(
            "migration catalogue.0002_step, run Rust fil_slugs: there is no data migration `fil_slugs` in \
             this program: was it renamed or removed? there are "
        ) && error.contains(", fill_slugs, "),
        "{error}"
    );
    assert!(texts(&*db, "SELECT id FROM orm_migrations").await?.is_empty(), "0001 has not run");

    let twice = run_rust("twice");
    let error = Runner::new(&graph(&[INITIAL, ("0002_step", &*twice)])?)
        .run(&*db, &Target::Latest)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("two data migrations are called `twice`"), "{error}");

    // Noted without being run, it may be gone; and what has run may go.
    Runner::new(&with_gone).fake(true).run(&*db, &Target::Latest).await?;
    let later = "[[operations]]\nremove_field = \"Book.pages\"\n";
    let longer = graph(&[INITIAL, ("0002_step", &*gone), ("0003_later", later)])?;
    let plan = Runner::new(&longer).plan(&*db, &Target::Latest).await?;
    assert_eq!(plan.len(), 1);
    Ok(())
}

#[tokio::test]
async fn steps_are_undone_or_refuse_to_be() -> Outcome {
    let both = "[[operations]]\nrun_rust = \"fill_slugs\"\nreverse = \"empty_slugs\"\n";
    let with_reverse = graph(&[INITIAL, ("0002_step", both)])?;
    let db = TestDatabase::empty().await?;
    let first = Target::Migration(name("0001_initial"));
    Runner::new(&with_reverse).run(&*db, &first).await?;
    db.batch_execute(ROWS).await?;
    let slugs = "SELECT slug FROM catalogue_book ORDER BY id";
    Runner::new(&with_reverse).run(&*db, &Target::Latest).await?;
    assert_eq!(
        texts(&*db, slugs).await?,
        ["the-dispossessed", "a-wizard-of-earthsea", "ficciones"]
    );
    Runner::new(&with_reverse).run(&*db, &first).await?;
    assert_eq!(texts(&*db, slugs).await?, ["", "", ""]);

    let one_way = "[[operations]]\nrun_rust = \"fill_slugs\"\n";
    let later = "[[operations]]\nadd_field = \"Book.isbn\"\ntype = \"text\"\nnull = true\n";
    let one_way = graph(&[INITIAL, ("0002_step", one_way), ("0003_later", later)])?;
    let db = TestDatabase::empty().await?;
    Runner::new(&one_way).run(&*db, &Target::Latest).await?;
    let error = Runner::new(&one_way).run(&*db, &first).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "migration catalogue.0002_step, run Rust fill_slugs: it has no `reverse`, and cannot be undone"
    );
    assert_eq!(
        texts(&*db, "SELECT id FROM orm_migrations ORDER BY id").await?.len(),
        3,
        "nothing was undone, 0003 neither"
    );
    Ok(())
}

#[test]
fn files_say_it_in_three_lines() -> Outcome {
    let text =
        "id = \"x\"\n\n[[operations]]\nrun_rust = \"fill_slugs\"\nreverse = \"\"\natomic = false\n";
    let migration = Migration::parse(name("0001_x"), text)?;
    assert_eq!(migration.to_toml(), text);
    let error = Migration::parse(name("0001_x"), &text.replace("atomic", "atomics")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "migration catalogue.0001_x, line 6: there is no `atomics` here; did you mean `atomic`?"
    );
    Ok(())
}

#[test]
fn a_step_stands_by_itself() -> Outcome {
    let within = "[[operations]]\nseparate_database_and_state = true\n\
                  database = [{ run_rust = \"fill_slugs\" }]\n";
    let error = graph(&[INITIAL, ("0002_step", within)])?.state().unwrap_err().to_string();
    assert!(error.contains("run Rust fill_slugs: a data migration stands by itself"), "{error}");
    Ok(())
}

#[tokio::test]
async fn batches_of_composite_keys_and_in_one_transaction() -> Outcome {
    let (db, graph) = with_step("batches").await?;
    let mut told = Vec::new();
    let mut runner = Runner::new(&graph).on_event(|event| {
        if let Event::Progress { done, of, text } = event {
            assert_eq!(text, "run Rust batches");
            told.push((done, of));
        }
    });
    runner.run(&*db, &Target::Latest).await?;
    drop(runner);
    assert_eq!(told, [(0, 3), (2, 3), (3, 3), (0, 3), (2, 3), (3, 3)]);
    let stock = "SELECT concat_ws('|', branch, shelf, copies) FROM catalogue_stock ORDER BY 1";
    assert_eq!(texts(&*db, stock).await?, ["1|a|21", "1|b|31", "2|a|51"]);
    Ok(())
}

#[tokio::test]
async fn tables_of_earlier_versions_are_brought_up_to_date() -> Outcome {
    let step = run_rust("fill_slugs");
    let graph = graph(&[INITIAL, ("0002_step", &step)])?;
    let db = TestDatabase::empty().await?;
    Runner::new(&graph).run(&*db, &Target::Migration(name("0001_initial"))).await?;
    db.batch_execute("ALTER TABLE orm_migrations DROP COLUMN progress").await?;
    assert_eq!(Runner::new(&graph).plan(&*db, &Target::Latest).await?.len(), 1);
    assert_eq!(Runner::new(&graph).run(&*db, &Target::Latest).await?, 1);
    assert_eq!(Runner::new(&graph).run(&*db, &Target::Latest).await?, 0);
    Ok(())
}
