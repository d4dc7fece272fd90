//! What is tried with models that `inspect` has written: this file, beside them, is the program that
//! `tests/inspect.rs` builds and runs. Its arguments are an app of models, and the databases: the one
//! that was read, and one with its types and no tables; then the schemas. More may follow, behind `--`.

mod models;
mod readable;

use orm::Database;
use orm_core::tables::state::FieldState;
use orm_migrate::detect::{NoInput, detect};
use orm_migrate::file::Migration;
use orm_migrate::graph::Graph;
use orm_migrate::operation::Operation;
use orm_migrate::run::{Runner, Target};
use orm_migrate::state::ProjectState;
use orm_migrate::{drift, introspect, make};
use orm_sql::schema::{ColumnType, Table};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const MADE: &str = "as the models make it";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    for world in arguments.split(|one| one == "--").filter(|world| !world.is_empty()) {
        let [app, first, second, schemas @ ..] = world else {
            return Err("an app, two databases, schemas".into());
        };
        println!("== {app}");
        let schemas: Vec<&str> = schemas.iter().map(String::as_str).collect();
        try_models(app, first, second, &schemas).await.map_err(|error| format!("{app}: {error}"))?;
    }
    Ok(())
}

async fn try_models(app: &str, first: &str, second: &str, schemas: &[&str]) -> Outcome {
    let db = Database::connect(first).await?;
    let empty = Database::connect(second).await?;
    let mut metas = orm_core::ir::models();
    metas.retain(|model| model.app == app);
    let state = ProjectState::of_models(&metas)?;
    println!("{} models", metas.len());

    is_clean(&db, &state, "as it was read").await?;
    readable::all(app, &db).await?;

    let first = migrations(&Graph::default(), &ProjectState::default(), &state)?;
    let graph = written_and_read(&first)?;
    let left = detect(&graph.state()?, &state, &mut NoInput)?;
    assert_eq!(left, [], "makemigrations finds nothing to do");

    Runner::new(&graph).run(&empty, &Target::Latest).await?;
    is_clean(&empty, &state, MADE).await?;
    count(&introspect::tables(&db, schemas).await?, &introspect::tables(&empty, schemas).await?);

    Runner::new(&graph).fake(true).run(&db, &Target::Latest).await?;
    on_top(&db, &state, first).await
}

/// One more migration, done and undone.
async fn on_top(db: &Database, state: &ProjectState, mut all: Vec<Migration>) -> Outcome {
    let mut more = state.clone();
    let model = state.models.values().find(|model| model.managed).ok_or("no model is managed")?;
    let mut changed = (**model).clone();
    let mut field = FieldState::column("added_on_top", ColumnType::Varchar(20));
    (field.null, field.db_index) = (true, true);
    changed.fields.push(field);
    more.insert(changed);
    let graph = written_and_read(&all)?;
    all.extend(migrations(&graph, state, &more)?);
    let graph = written_and_read(&all)?;
    let ran = Runner::new(&graph).run(db, &Target::Latest).await?;
    assert_eq!(ran, 1);
    is_clean(db, &more, "with a migration on top").await?;
    let last = all.last().ok_or("no migration")?;
    let (app, before) = (last.name.app.clone(), last.dependencies.first().ok_or("the first")?);
    let before = Target::Migration(before.clone());
    Runner::new(&graph).run(db, &before).await?;
    println!("{app}: back");
    is_clean(db, state, "with that migration undone").await
}

async fn is_clean(db: &Database, state: &ProjectState, when: &str) -> Outcome {
    let mut drift = drift::compare(db, state).await?;
    // Views are nothing that migrations of these models make.
    drift.differences.retain(|one| when != MADE || !one.text.ends_with("` reads"));
    if !drift.is_clean() {
        return Err(format!("the database {when}:\n{drift}").into());
    }
    assert_eq!(drift.mend, [], "{when}");
    println!("{when}: clean, {} tables of no model", drift.unknown.len());
    Ok(())
}

fn migrations(graph: &Graph, from: &ProjectState, to: &ProjectState) -> Outcome<Vec<Migration>> {
    let operations: Vec<Operation> = detect(from, to, &mut NoInput)?;
    let mut number = graph.iter().count();
    let mut id = || {
        number += 1;
        format!("id{number}")
    };
    Ok(make::migrations(graph, from, operations, &mut id)?)
}

/// The migrations, once they are files.
fn written_and_read(migrations: &[Migration]) -> Outcome<Graph> {
    let read = migrations.iter().map(|one| Migration::parse(one.name.clone(), &one.to_toml()));
    Ok(Graph::of(read.collect::<Result<Vec<_>, _>>()?)?)
}

/// How much of a database there is in the one that the models make.
fn count(there: &[Table], made: &[Table]) {
    let (mut columns, mut constraints, mut indexes) = ([0; 2], [0; 2], [0; 2]);
    let mut tables = [there.len(), 0];
    for table in there {
        let other = made.iter().find(|other| other.name == table.name);
        tables[1] += usize::from(other.is_some());
        let add = |counts: &mut [usize; 2], is_there: bool, what: String| {
            counts[0] += 1;
            counts[1] += usize::from(is_there);
            if !is_there {
                println!("  not made: {} {what}", table.name);
            }
        };
        for column in &table.columns {
            let is_there = other.is_some_and(|other| other.columns.contains(column));
            add(&mut columns, is_there, format!("{column:?}"));
        }
        for one in &table.constraints {
            let is_there = other.is_some_and(|other| other.constraints.contains(one));
            add(&mut constraints, is_there, format!("{one:?}"));
        }
        for one in &table.indexes {
            let is_there = other.is_some_and(|other| other.indexes.contains(one));
            add(&mut indexes, is_there, format!("{one:?}"));
        }
    }
    for (what, [all, same]) in [
        ("tables", tables),
        ("columns", columns),
        ("constraints", constraints),
        ("indexes", indexes),
    ] {
        println!("{what}: {all}, {same} of them the same where the models make them");
    }
}
