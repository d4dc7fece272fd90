//! A run that is killed at any statement, before the server gets it or before its answer comes: the next
//! run goes on, and leads to the same. `MIGRATE_EVERY=1 cargo test -p orm-migrate --test killed` kills at
//! every single one.

#[path = "support/mortal.rs"]
mod mortal;

use mortal::Mortal;
use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::introspect;
use orm_migrate::run::{Runner, Target};
use orm_sql::error::Result;
use orm_sql::exec::Executor;
use orm_sql::schema::Table;
use orm_testkit::TestDatabase;

const FILES: [(&str, &str); 3] = [
    (
        "0001_initial",
        r#"
id = "one"

[[operations]]
create_model = "Author"
table = "author"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "name", type = "varchar(100)" },
]

[[operations]]
create_model = "Book"
table = "book"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "title", type = "text", comment = "as printed" },
    { name = "author", foreign_key = "Author", on_delete = "cascade" },
    { name = "editors", many_to_many = "Author", table = "book_editors", sides = ["book", "author"] },
]
"#,
    ),
    (
        "0002_indexes",
        r#"
id = "two"
dependencies = ["0001_initial"]

[[operations]]
add_index = "Book"
name = "book_by_title"
fields = ["title"]
concurrently = true

[[operations]]
add_field = "Book.pages"
type = "integer"
fill = "0"

[[operations]]
add_index = "Book"
name = "book_by_pages"
fields = ["-pages"]
concurrently = true
"#,
    ),
    (
        "0003_names",
        r#"
id = "three"
dependencies = ["0002_indexes"]

[[operations]]
rename_model = "Book"
to = "Volume"
table = "volume"

[[operations]]
rename_field = "Author.name"
to = "full_name"

[[operations]]
add_check = "Volume"
name = "pages"
check = '"pages" >= 0'
"#,
    ),
];

async fn catalogue(db: &dyn Executor) -> Result<Vec<Table>> {
    let mut tables = introspect::tables(db, &[]).await?;
    tables.retain(|table| table.name.name != "orm_migrations");
    Ok(tables)
}

/// Kills runs to a target at each of their statements; each is followed by one that lives. Returns how
/// many statements that were.
async fn killed(
    db: &TestDatabase,
    graph: &Graph,
    (from, to): (&Target, &Target),
    wanted: &[Table],
) -> std::result::Result<i64, Box<dyn std::error::Error>> {
    let mut deaths = 0;
    // Every statement: `MIGRATE_EVERY=1`. By default each fourth, the others in between.
    let every = std::env::var("MIGRATE_EVERY").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    for (runs_the_last, first) in [(false, 1), (true, 1 + i64::try_from(every / 2)?)] {
        for statements in (first..).step_by(every) {
            Runner::new(graph).run(&**db, from).await?;
            let mortal = Mortal::new(db.as_dyn(), statements, runs_the_last);
            if Runner::new(graph).run(&mortal, to).await.is_ok() {
                break;
            }
            deaths += 1;
            Runner::new(graph).run(&**db, to).await?;
            assert_eq!(catalogue(&**db).await?, wanted, "killed at statement {statements}");
        }
    }
    Ok(deaths)
}

#[tokio::test]
async fn a_run_that_is_killed_is_taken_up_by_the_next()
-> std::result::Result<(), Box<dyn std::error::Error>> {
    let name = |name: &str| MigrationName { app: String::new(), name: name.into() };
    let read = |(file, text): (&str, &str)| Migration::parse(name(file), text);
    let graph =
        Graph::of(FILES.into_iter().map(read).collect::<std::result::Result<Vec<_>, _>>()?)?;
    let db = TestDatabase::empty().await?;
    let (zero, latest) = (Target::Zero(String::new()), Target::Latest);
    Runner::new(&graph).run(&*db, &latest).await?;
    let wanted = catalogue(&*db).await?;
    let forwards = killed(&db, &graph, (&zero, &latest), &wanted).await?;
    let backwards = killed(&db, &graph, (&latest, &zero), &[]).await?;
    println!("killed {forwards} times forwards, {backwards} times backwards");
    assert!(forwards > 20 && backwards > 20, "{forwards}, {backwards}");
    Ok(())
}
