//! 300 models and 1,000 migrations: reading them, finding what has changed, planning, and a fresh
//! database.
//!
//! ```console
//! $ cargo test --release -p orm-migrate --test scale -- --nocapture
//! ```
//!
//! prints the times, which must be below two seconds, two seconds and five. Without optimisation, the
//! same runs with fewer, and no time is asserted.

use orm_core::tables::state::{
    FieldKind, FieldState, KeyState, ModelName, ModelState, OnDeleteState,
};
use orm_migrate::detect::{NoInput, detect};
use orm_migrate::diff::{Hints, diff};
use orm_migrate::file::Migration;
use orm_migrate::folder::Folder;
use orm_migrate::graph::Graph;
use orm_migrate::make;
use orm_migrate::operation::Operation;
use orm_migrate::run::{Runner, Target};
use orm_migrate::state::ProjectState;
use orm_sql::exec::Executor;
use orm_sql::schema::{Change, ColumnType, Fill};
use orm_sql::value::SqlType;
use orm_testkit::TestDatabase;
use std::time::{Duration, Instant};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const APPS: usize = 30;
const MODELS: usize = if cfg!(debug_assertions) { 60 } else { 300 };
const MIGRATIONS: usize = if cfg!(debug_assertions) { 200 } else { 1_000 };

fn name(number: usize) -> ModelName {
    ModelName::new(format!("app{:02}", number % APPS), format!("Model{number}"))
}

fn column(name: &str, sql_type: SqlType) -> FieldState {
    FieldState::column(name, ColumnType::from(sql_type))
}

/// A model with ten columns, an index, and keys to two others.
fn model(number: usize) -> ModelState {
    let of = name(number);
    let table = format!("{}_model{number}", of.app);
    let mut id = column("id", SqlType::Int8);
    id.fill = Fill::Identity;
    let mut fields = vec![id];
    for place in 0..8 {
        let sql_type = [SqlType::Text, SqlType::Int4, SqlType::TimestampTz, SqlType::Numeric];
        let mut field = column(&format!("field{place}"), sql_type[place % 4]);
        field.db_index = place == 0;
        fields.push(field);
    }
    for to in [number / 2, number / 3].into_iter().filter(|to| *to < number) {
        let kind = FieldKind::Key(KeyState {
            columns: vec![format!("to{to}_id")],
            to: name(to),
            to_field: None,
            one_to_one: false,
            on_delete: OnDeleteState::Cascade,
            db_constraint: true,
            deferrable: None,
        });
        let key = FieldState::new(format!("to{to}"), kind);
        if fields.iter().all(|field| field.name != key.name) {
            fields.push(key);
        }
    }
    let primary_key = vec!["id".to_owned()];
    ModelState { fields, primary_key, ..ModelState::new(of, table) }
}

fn ids() -> impl FnMut() -> String {
    let mut number = 0;
    move || {
        number += 1;
        format!("id{number:06}")
    }
}

/// The first migrations, and one for each of many changes.
fn history(id: &mut dyn FnMut() -> String) -> Outcome<Vec<Migration>> {
    let mut state = ProjectState::default();
    for number in 0..MODELS {
        state.insert(model(number));
    }
    let nothing = ProjectState::default();
    let operations = detect(&nothing, &state, &mut NoInput)?;
    let mut all = make::migrations(&Graph::default(), &nothing, operations, id)?;
    let mut graph = Graph::of(all.clone())?;
    let mut number = 0;
    while all.len() < MIGRATIONS {
        let mut field = column(&format!("more{number}"), SqlType::Text);
        field.null = true;
        let (model, fill) = (name(number % MODELS), None);
        let add = Operation::AddField { model, field: Box::new(field), fill };
        let next = make::migrations(&graph, &state, vec![add.clone()], id)?;
        add.apply(&mut state)?;
        all.extend(next);
        // The last of an app is all that a new one looks at.
        if number % APPS == APPS - 1 {
            graph = Graph::of(all.clone())?;
        }
        number += 1;
    }
    Ok(all)
}

/// Prints how long something took, and asserts that where it was built to be fast.
fn took(what: &str, start: Instant, limit: u64) {
    let time = start.elapsed();
    println!("{what}: {:.3} s", time.as_secs_f64());
    assert!(cfg!(debug_assertions) || time < Duration::from_secs(limit), "{what}: {time:?}");
}

#[tokio::test]
async fn many_models_and_migrations() -> Outcome {
    let path = std::env::temp_dir().join(format!("orm-migrate-scale-{}", std::process::id()));
    let folder = Folder::new(&path);
    let mut id = ids();
    folder.write(&history(&mut id)?)?;

    let start = Instant::now();
    let graph = folder.read()?;
    let before = graph.state()?;
    let mut after = before.clone();
    let mut changed = after.model(&name(7)).cloned().ok_or("the model is there")?;
    let mut field = column("isbn", SqlType::Text);
    field.null = true;
    changed.fields.push(field);
    after.insert(changed);
    let operations = detect(&before, &after, &mut NoInput)?;
    let made = make::migrations(&graph, &before, operations, &mut id)?;
    took("makemigrations", start, 2);
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].operations[0].to_string(), "add field isbn to Model7");

    let db = TestDatabase::empty().await?;
    let start = Instant::now();
    let graph = folder.read()?;
    let plan = Runner::new(&graph).plan(db.as_executor(), &Target::Latest).await?;
    took("migrate --plan, nothing has run", start, 2);
    assert_eq!(plan.len(), MIGRATIONS);
    let start = Instant::now();
    Runner::new(&graph).run(db.as_executor(), &Target::Latest).await?;
    println!("migrate: {:.3} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let graph = folder.read()?;
    let plan = Runner::new(&graph).plan(db.as_executor(), &Target::Latest).await?;
    took("migrate --plan, all has run", start, 2);
    assert!(plan.is_empty());

    let start = Instant::now();
    let fresh = TestDatabase::empty().await?;
    let changes = diff(&[], &before.tables()?, &Hints::default());
    let statements: Vec<String> = changes.iter().map(Change::sql).collect();
    fresh.batch_execute(&statements.join(";\n")).await?;
    took("a fresh database", start, 5);
    std::fs::remove_dir_all(&path)?;
    Ok(())
}
