//! Random pairs of states: the operations between them bring a database from the one to the other, with
//! its rows, and back.
//!
//! For each pair, a database in the first state with rows in all tables goes through the operations that
//! are detected. Then its catalogue is that of a database made in the second state, what was not removed
//! has kept its values, nothing more is detected, and going backwards leads to the first catalogue.
//!
//! The long run: `MIGRATE_PAIRS=100000 cargo test --release -p orm-migrate --test property`, from
//! `MIGRATE_SEED` on. A failure names the seed of its pair.

#[path = "property/generate.rs"]
mod generate;
#[path = "property/mutate.rs"]
mod mutate;
#[path = "property/random.rs"]
mod random;
#[path = "property/rows.rs"]
mod rows;
#[path = "property/views.rs"]
mod views;

use generate::project;
use mutate::mutated;
use orm_core::tables::Enums;
use orm_migrate::detect::{NoInput, detect};
use orm_migrate::diff::Hints;
use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::operation::{self, Operation};
use orm_migrate::state::ProjectState;
use orm_migrate::{introspect, make};
use orm_sql::exec::Executor;
use orm_sql::schema::{Change, Table};
use orm_testkit::TestDatabase;
use random::Random;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::test]
async fn random_pairs() -> Outcome {
    let mut db = TestDatabase::empty().await?;
    let (first, pairs) = (setting("MIGRATE_SEED", 1), setting("MIGRATE_PAIRS", 60));
    let mut operations = std::collections::BTreeMap::new();
    let mut failed = 0;
    for seed in first..first + pairs {
        // What is rolled back stays in the catalogue, which grows slow.
        if (seed - first) % 100 == 99 {
            db = TestDatabase::empty().await?;
        }
        if (seed - first) % 1_000 == 999 {
            println!("{} pairs, {failed} failed", seed - first);
        }
        let tx = db.begin().await?;
        match pair(tx.executor(), seed, &mut operations).await {
            Ok(()) => {}
            Err(error) => {
                failed += 1;
                println!("seed {seed}: {error}");
            }
        }
        tx.rollback().await?;
    }
    println!("{pairs} pairs, operations: {operations:?}");
    assert_eq!(failed, 0, "of {pairs} pairs");
    Ok(())
}

async fn pair(
    db: &dyn Executor,
    seed: u64,
    seen: &mut std::collections::BTreeMap<String, usize>,
) -> Outcome {
    let mut random = Random::new(seed);
    let before = project(&mut random);
    let (after, mut known) = mutated(&before, &mut random);
    before.check()?;
    after.check()?;
    let mut operations = match detect(&before, &after, &mut known) {
        // It may have an index whose name it needs again.
        Err(misfit) if known.models_changed_much(&before, &after) => {
            drop(misfit);
            return Ok(());
        }
        other => other?,
    };
    if seed.is_multiple_of(3) {
        operations = operation::safely(&before, operations)?;
    }
    for operation in &operations {
        let text = operation.to_string();
        let kind: Vec<&str> = text.split(' ').take(2).collect();
        *seen.entry(kind.join(" ")).or_default() += 1;
    }
    // A model that has changed too much is another one, and its rows are not there.
    if !known.keep_found(&operations) {
        return Ok(());
    }
    if std::env::var_os("MIGRATE_SHOW").is_some() {
        println!("{before:#?}\n{after:#?}\n{operations:#?}");
    }
    let story = || {
        let lines: Vec<String> = operations.iter().map(|one| format!("  {one}")).collect();
        lines.join("\n")
    };

    in_files(&operations)?;
    in_migrations(&before, &after, &operations)?;
    let wanted = built(db, "wanted", &after).await?;
    let start = built(db, "live", &before).await?;
    // Rows have nothing for a field that is another one now, if all of them must be different in it.
    if !known.fields_are_lost {
        rows::insert(db, &before).await?;
    }
    let kept = rows::kept(db, &before, &known).await?;

    let mut states = vec![before.clone()];
    for operation in &operations {
        let now = states.last().cloned().unwrap_or_default();
        let mut next = now.clone();
        operation.apply(&mut next)?;
        cut_off(db, operation, (&now, &next), &mut random)
            .await
            .map_err(|error| format!("{error}\ncut off in {operation}, of\n{}", story()))?;
        let changes = operation.changes(&now, &next)?;
        run(db, &changes)
            .await
            .map_err(|error| format!("{error}\nin {operation}, of\n{}", story()))?;
        states.push(next);
    }
    let live = catalogue(db).await?;
    same(&live, &wanted).map_err(|error| format!("forwards: {error}\nafter\n{}", story()))?;
    rows::compare(db, &after, &kept).await.map_err(|e| format!("{e}\nafter\n{}", story()))?;
    let end = states.last().cloned().unwrap_or_default();
    let again = detect(&end, &after, &mut known)?;
    if !again.is_empty() {
        return Err(format!("detected again: {again:?}\nafter\n{}", story()).into());
    }

    rows::clear(db, &after).await?;
    for (place, operation) in operations.iter().enumerate().rev() {
        let changes = operation.changes_back(&states[place], &states[place + 1])?;
        run(db, &changes)
            .await
            .map_err(|error| format!("back: {error}\nin {operation}, of\n{}", story()))?;
    }
    let live = catalogue(db).await?;
    same(&live, &start).map_err(|error| format!("backwards: {error}\nafter\n{}", story()))?;
    Ok(())
}

/// Some steps of what is done step by step, and what undoes them: the catalogue is as it was.
async fn cut_off(
    db: &dyn Executor,
    operation: &Operation,
    (before, after): (&ProjectState, &ProjectState),
    random: &mut Random,
) -> Outcome {
    if !matches!(operation, Operation::Safely(_)) {
        return Ok(());
    }
    let mut stages = operation::stages(operation, before, after, true)?;
    stages.truncate(random.below(stages.len() + 1));
    let undo: Option<Vec<_>> = stages.iter().map(|stage| stage.undo.clone()).collect();
    let Some(undo) = undo else { return Ok(()) };
    let start = catalogue(db).await?;
    for stage in stages {
        run(db, &stage.work.changes()).await?;
    }
    for changes in undo.iter().rev() {
        run(db, changes).await?;
    }
    Ok(same(&catalogue(db).await?, &start)?)
}

/// What a file says is what was written to it.
fn in_files(operations: &[Operation]) -> Outcome {
    for operation in operations {
        let app = operation.app().unwrap_or("library").to_owned();
        let name = MigrationName { app, name: "0001_one".into() };
        let (id, operations) = ("1".to_owned(), vec![operation.clone()]);
        let migration = Migration { name: name.clone(), id, operations, ..Migration::default() };
        let text = migration.to_toml();
        let read = Migration::parse(name, &text).map_err(|error| format!("{error} of\n{text}"))?;
        if read != migration {
            return Err(format!("{read:#?}\nwas read of\n{text}").into());
        }
    }
    Ok(())
}

/// Migrations that are made of the operations, after those that lead to the first state, run in the
/// order of their dependencies and lead to the same.
fn in_migrations(before: &ProjectState, after: &ProjectState, operations: &[Operation]) -> Outcome {
    let mut number = 0;
    let mut id = || {
        number += 1;
        number.to_string()
    };
    let nothing = ProjectState::default();
    let first = detect(&nothing, before, &mut NoInput)?;
    let mut all = make::migrations(&Graph::default(), &nothing, first, &mut id)?;
    let graph = Graph::of(all.clone())?;
    let start = graph.state()?;
    let rest = detect(&start, before, &mut NoInput)?;
    if !rest.is_empty() {
        return Err(format!("migrations from nothing leave {rest:?}").into());
    }
    all.extend(make::migrations(&graph, &start, operations.to_vec(), &mut id)?);
    let graph = Graph::of(all)?;
    let rest = detect(&graph.state()?, after, &mut NoInput)?;
    if !rest.is_empty() || !graph.conflicts().is_empty() {
        return Err(format!("migrations leave {rest:?}, {:?}", graph.conflicts()).into());
    }
    Ok(())
}

/// The catalogue of a database that is made in a state, in a schema of its own.
async fn built(db: &dyn Executor, schema: &str, state: &ProjectState) -> Outcome<Catalogue> {
    db.batch_execute(&format!("CREATE SCHEMA {schema}; SET LOCAL search_path = {schema}")).await?;
    let changes = operation::project(&ProjectState::default(), state, &Hints::default())?;
    run(db, &changes).await?;
    catalogue(db).await
}

async fn run(db: &dyn Executor, changes: &[Change]) -> Outcome {
    for change in changes {
        let sql = match change.clone() {
            // All of a pair is one transaction.
            Change::CreateIndex { table, index, .. } => {
                Change::CreateIndex { table, index, concurrently: false }.sql()
            }
            Change::DropIndex { name, if_exists, .. } => {
                Change::DropIndex { name, if_exists, concurrently: false }.sql()
            }
            fill @ Change::FillNulls { .. } => {
                format!("{}; {}", fill.sql(), Change::CheckNow.sql())
            }
            other => other.sql(),
        };
        db.batch_execute(&sql).await.map_err(|error| format!("{error}: {sql}"))?;
    }
    Ok(())
}

type Catalogue = (Vec<Table>, Enums, Vec<String>);

/// The tables, with what has no order in the order of names, the enum types, and the views.
async fn catalogue(db: &dyn Executor) -> Outcome<Catalogue> {
    let mut tables = introspect::tables(db, &[]).await?;
    for table in &mut tables {
        table.columns.sort_by(|a, b| a.name.cmp(&b.name));
        table.constraints.sort_by(|a, b| a.name.cmp(&b.name));
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok((tables, introspect::enums(db, &[]).await?, views::catalogue(db).await?))
}

fn same(
    (live, enums, views): &Catalogue,
    (wanted, other, wanted_views): &Catalogue,
) -> Result<(), String> {
    if enums != other {
        return Err(format!("{enums:?}\nis not\n{other:?}"));
    }
    if views != wanted_views {
        return Err(format!("views {views:#?}\nare not\n{wanted_views:#?}"));
    }
    if live == wanted {
        return Ok(());
    }
    for table in wanted {
        match live.iter().find(|one| one.name == table.name) {
            Some(one) if one == table => {}
            Some(one) => return Err(format!("{one:#?}\nis not\n{table:#?}")),
            None => return Err(format!("no table {}", table.name)),
        }
    }
    Err("a table too many".to_owned())
}
