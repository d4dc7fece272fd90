//! Data steps in batches that are a transaction each: many rows, killed and resumed. By default 100,000
//! rows; `MIGRATE_ROWS=1000000 cargo test -p orm-migrate --test batches` has a million.

#[path = "support/mortal.rs"]
mod mortal;

use mortal::Mortal;
use orm::migrate::data::{DataStep, f};
use orm::prelude::*;
use orm_migrate::error::Error as MigrateError;
use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::run::{Event, Runner, Target};
use orm_testkit::TestDatabase;

type Outcome<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "counted", table = "counted_row", managed = false)]
struct Row {
    id: i64,
    text: String,
    rust: i64,
    sql: i64,
    at_once: i64,
}

const INITIAL: &str = r#"
id = "one"

[[operations]]
create_model = "Row"
table = "counted_row"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "text", type = "text" },
    { name = "rust", type = "bigint", default = "0" },
    { name = "sql", type = "bigint", default = "0" },
    { name = "at_once", type = "bigint", default = "0" },
]
"#;

/// Counts each row, so that one that is done twice is seen.
const STEPS: &str = r#"
id = "two"
dependencies = ["counted.0001_initial"]

[[operations]]
run_rust = "count_at_once"
reverse = "uncount_at_once"

[[operations]]
run_rust = "count_in_batches"
reverse = "uncount_in_batches"
atomic = false

[[operations]]
add_index = "Row"
name = "counted_by_rust"
fields = ["rust"]
concurrently = true
"#;

#[orm::data_migration]
async fn count_at_once(step: &DataStep<'_>) -> Result<()> {
    step.model("Row")?.objects().update(step, [("at_once", f("at_once") + 1)]).await.map(drop)
}

#[orm::data_migration]
async fn uncount_at_once(step: &DataStep<'_>) -> Result<()> {
    step.model("Row")?.objects().update(step, [("at_once", f("at_once") - 1)]).await.map(drop)
}

/// A batch of the test's rows.
async fn size(step: &DataStep<'_>) -> Result<usize> {
    let rows = step.model("Row")?.objects().count(step).await?;
    Ok(if rows < 100 { 3 } else { 10_000 })
}

async fn count(step: &DataStep<'_>, by: i64) -> Result<()> {
    let (row, size) = (step.model("Row")?, size(step).await?);
    let mut batches = step.in_batches(row.objects(), size).await?;
    while let Some(mut batch) = batches.next().await? {
        for row in &mut batch.rows {
            let counted = row.get::<i64>("rust")? + by;
            row.set("rust", counted)?;
        }
        row.bulk_update(&batch, &batch.rows, ["rust"]).await?;
    }
    step.update_in_batches(row.objects(), size, [("sql", f("sql") + by)]).await.map(drop)
}

#[orm::data_migration]
async fn count_in_batches(step: &DataStep<'_>) -> Result<()> {
    count(step, 1).await
}

#[orm::data_migration]
async fn uncount_in_batches(step: &DataStep<'_>) -> Result<()> {
    count(step, -1).await
}

fn name(text: &str) -> MigrationName {
    MigrationName { app: "counted".into(), name: text.into() }
}

async fn with_rows(count: u64) -> Outcome<(TestDatabase, Graph)> {
    let read = |(file, text)| Migration::parse(name(file), text);
    let files = [("0001_initial", INITIAL), ("0002_steps", STEPS)];
    let graph =
        Graph::of(files.into_iter().map(read).collect::<std::result::Result<Vec<_>, _>>()?)?;
    let db = TestDatabase::empty().await?;
    Runner::new(&graph).run(&*db, &first()).await?;
    let insert = format!(
        "INSERT INTO counted_row (text) SELECT 'row ' || n FROM generate_series(1, {count}) n"
    );
    db.batch_execute(&insert).await?;
    Ok((db, graph))
}

fn first() -> Target {
    Target::Migration(name("0001_initial"))
}

/// That each row was counted so many times, by each way.
async fn all_are(db: &TestDatabase, counted: i64, when: &str) -> Outcome {
    let others = Row::objects()
        .filter(|r| r.rust().ne(counted) | r.sql().ne(counted) | r.at_once().ne(counted))
        .count(&**db)
        .await?;
    assert_eq!(others, 0, "{when}: {others} rows are not counted {counted} times");
    Ok(())
}

#[tokio::test]
async fn a_million_rows_are_done_once_with_progress_though_killed_half_way() -> Outcome {
    let rows = std::env::var("MIGRATE_ROWS").ok().and_then(|rows| rows.parse().ok());
    let rows: u64 = rows.unwrap_or(100_000);
    let (db, graph) = with_rows(rows).await?;
    // Each batch takes some four statements: it ends in the middle.
    let batches = i64::try_from(rows / 10_000)?;
    let mortal = Mortal::new(db.as_dyn(), 20 + batches * 2, false);
    let mut reached = 0;
    let mut runner = Runner::new(&graph).on_event(|event| {
        if let Event::Progress { done, of, .. } = event {
            assert_eq!(of, rows);
            reached = done;
        }
    });
    let error = runner.run(&mortal, &Target::Latest).await.unwrap_err();
    drop(runner);
    assert!(
        error.to_string().starts_with("migration counted.0002_steps, run Rust count_in_batches: ")
            && error.to_string().contains("the next run goes on here"),
        "{error}"
    );
    assert!(reached > 0 && reached < rows, "{reached} of {rows}");
    let done = Row::objects().filter(|r| r.rust().eq(1)).count(&*db).await?;
    assert_eq!(done, reached, "what was told is kept");

    // Back from the middle is refused: some rows would be undone that were never done.
    let error = Runner::new(&graph).run(&*db, &first()).await.unwrap_err();
    assert!(matches!(error, MigrateError::CutOff { .. }), "{error}");
    assert!(error.to_string().contains(&format!("{reached} of its rows are run")), "{error}");

    let mut told = Vec::new();
    let mut runner = Runner::new(&graph).on_event(|event| {
        if let Event::Progress { done, of, .. } = event {
            told.push((done, of));
        }
    });
    runner.run(&*db, &Target::Latest).await?;
    drop(runner);
    assert_eq!(told.first(), Some(&(reached, rows)), "it goes on behind the last batch");
    assert_eq!(told.last(), Some(&(rows, rows)));
    assert!(told.iter().all(|(done, of)| done <= of));
    all_are(&db, 1, "resumed").await
}

/// Kills runs at each of their statements, or at some of them (`MIGRATE_EVERY=1` for all).
#[tokio::test]
async fn a_step_that_is_killed_at_any_statement_does_no_batch_twice() -> Outcome {
    let (db, graph) = with_rows(10).await?;
    let every = std::env::var("MIGRATE_EVERY").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    let ways = [(first(), Target::Latest, 1), (Target::Latest, first(), 0)];
    let mut deaths = 0;
    for (from, to, counted) in ways {
        for (runs_the_last, begin) in [(false, 1), (true, 1 + i64::try_from(every / 2)?)] {
            for statement in (begin..).step_by(every) {
                Runner::new(&graph).run(&*db, &from).await?;
                all_are(&db, 1 - counted, "before").await?;
                let mortal = Mortal::new(db.as_dyn(), statement, runs_the_last);
                if Runner::new(&graph).run(&mortal, &to).await.is_ok() {
                    break;
                }
                deaths += 1;
                // A second death, a little later.
                let mortal = Mortal::new(db.as_dyn(), 12, runs_the_last);
                Runner::new(&graph).run(&mortal, &to).await.ok();
                Runner::new(&graph).run(&*db, &to).await?;
                all_are(&db, counted, &format!("killed at statement {statement}")).await?;
            }
        }
    }
    println!("killed {deaths} times");
    assert!(deaths > 30, "{deaths}");
    Ok(())
}
