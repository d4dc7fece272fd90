//! Random lists of operations: the optimised list leads to the same state, the same catalogue and the
//! same rows as the list itself.
//!
//! The long run: `MIGRATE_LISTS=10000 cargo test --release -p orm-migrate --test optimize`, from
//! `MIGRATE_SEED` on. A failure names the seed of its list.

#[path = "property/generate.rs"]
mod generate;
#[path = "property/mutate.rs"]
#[allow(dead_code)]
mod mutate;
#[path = "property/random.rs"]
mod random;
#[path = "property/rows.rs"]
#[allow(dead_code)]
mod rows;
#[path = "property/views.rs"]
#[allow(dead_code)]
mod views;

use generate::project;
use mutate::mutated;
use orm_migrate::detect::detect;
use orm_migrate::diff::Hints;
use orm_migrate::introspect;
use orm_migrate::operation::{self, Operation, SqlFiles};
use orm_migrate::optimize::{is_opaque, optimize};
use orm_migrate::state::ProjectState;
use orm_sql::exec::Executor;
use orm_sql::ident::RawSql;
use orm_sql::schema::{Change, Table};
use orm_testkit::TestDatabase;
use random::Random;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[derive(Default, Debug)]
struct Seen {
    /// Lists whose own statements fail on the rows, as where all of them get what must be unique.
    failing: usize,
    before: usize,
    after: usize,
    shorter: usize,
}

#[tokio::test]
async fn random_lists() -> Outcome {
    let mut db = TestDatabase::empty().await?;
    let (first, lists) = (setting("MIGRATE_SEED", 1), setting("MIGRATE_LISTS", 60));
    let (mut seen, mut failed) = (Seen::default(), 0);
    for seed in first..first + lists {
        if (seed - first) % 100 == 99 {
            db = TestDatabase::empty().await?;
        }
        if let Err(error) = one(&*db, seed, &mut seen).await {
            failed += 1;
            println!("seed {seed}: {error}");
        }
    }
    println!("{lists} lists, {seen:?}");
    assert_eq!(failed, 0, "of {lists} lists");
    assert!(seen.failing * 4 < lists as usize, "{seen:?}");
    assert!(seen.after * 10 < seen.before * 8, "{seen:?}");
    Ok(())
}

async fn one(db: &dyn Executor, seed: u64, seen: &mut Seen) -> Outcome {
    let mut random = Random::new(seed);
    let walls = random.one_in(3);
    let before = match random.one_in(2) {
        true => ProjectState::default(),
        false => some_project(&mut random, walls),
    };
    let list = list(&before, &mut random, walls)?;
    let shorter = optimize(&before, &list)?;
    let opaque = |list: &[Operation]| list.iter().filter(|one| is_opaque(one)).count();
    if shorter.len() > list.len() || opaque(&shorter) != opaque(&list) {
        return Err(format!("longer: {}", story(&list, &shorter)).into());
    }
    if optimize(&before, &shorter)?.len() < shorter.len() {
        return Err(format!("could be shorter: {}", story(&list, &shorter)).into());
    }
    seen.shorter += usize::from(shorter.len() < list.len());
    // Enum types and views are walls, between which there is little to do.
    if opaque(&list) < 2 {
        seen.before += list.len();
        seen.after += shorter.len();
    }
    let Ok(wanted) = in_database(db, &before, &list).await else {
        seen.failing += 1;
        return Ok(());
    };
    let is = in_database(db, &before, &shorter).await;
    let is = is.map_err(|error| format!("{error}\n{}", story(&list, &shorter)))?;
    let problem = if is.2 != wanted.2 {
        format!("{:#?}\nis not\n{:#?}", is.2, wanted.2)
    } else if let Some((one, other)) = is.0.iter().zip(&wanted.0).find(|(one, other)| one != other)
    {
        format!("{one:#?}\nis not\n{other:#?}")
    } else if let Some((one, other)) = is.1.iter().zip(&wanted.1).find(|(one, other)| one != other)
    {
        format!("{one:?}\nis not\n{other:?}")
    } else if is == wanted {
        return Ok(());
    } else {
        "other tables".to_owned()
    };
    let show = std::env::var_os("MIGRATE_SHOW").is_some();
    let lists = if show { format!("{list:#?}\n{shorter:#?}") } else { String::new() };
    Err(format!("{problem}\n{}\n{lists}", story(&list, &shorter)).into())
}

fn story(list: &[Operation], shorter: &[Operation]) -> String {
    let lines = |list: &[Operation]| {
        let lines: Vec<String> = list.iter().map(|one| format!("  {one}")).collect();
        lines.join("\n")
    };
    format!("before:\n{}\nafter:\n{}", lines(list), lines(shorter))
}

/// True for a project that needs nothing that nobody can see through.
fn is_plain(state: &ProjectState) -> bool {
    state.enums.is_empty() && state.models.values().all(|model| model.view.is_none())
}

fn some_project(random: &mut Random, walls: bool) -> ProjectState {
    loop {
        let state = project(random);
        if walls || is_plain(&state) {
            return state;
        }
    }
}

/// Some rounds of changes, one after the other, with something that nobody can see through.
fn list(before: &ProjectState, random: &mut Random, walls: bool) -> Outcome<Vec<Operation>> {
    let mut operations = Vec::new();
    let mut state = before.clone();
    if state.models.is_empty() {
        let next = some_project(random, walls);
        operations.extend(detect(&state, &next, &mut mutate::Known::default())?);
        state = next;
    }
    for _ in 0..2 + random.below(4) {
        let (next, mut known) = mutated(&state, random);
        if !walls && !is_plain(&next) {
            continue;
        }
        let Ok(found) = detect(&state, &next, &mut known) else { continue };
        for operation in &found {
            operation.apply(&mut state)?;
        }
        operations.extend(found);
        if random.one_in(12) {
            let (sql, reverse) = (RawSql::new("SELECT 1"), Some(RawSql::new("")));
            operations.push(Operation::RunSql { sql, reverse, files: SqlFiles::default() });
        }
    }
    Ok(operations)
}

/// The tables after some operations, the rows in them, and the state.
type Reached = (Vec<Table>, Vec<(String, Vec<String>)>, ProjectState);

async fn in_database(
    db: &dyn Executor,
    before: &ProjectState,
    operations: &[Operation],
) -> Outcome<Reached> {
    let tx = db.begin().await?;
    let inside = tx.executor();
    inside.batch_execute("CREATE SCHEMA live; SET LOCAL search_path = live").await?;
    run(inside, &operation::project(&ProjectState::default(), before, &Hints::default())?).await?;
    rows::insert(inside, before).await?;
    let mut state = before.clone();
    for operation in operations {
        let old = state.clone();
        operation.apply(&mut state)?;
        run(inside, &operation.changes(&old, &state)?)
            .await
            .map_err(|error| format!("{error}, in {operation}"))?;
    }
    let mut tables = introspect::tables(inside, &[]).await?;
    for table in &mut tables {
        // A generated column that is made anew comes last.
        table.columns.sort_by(|a, b| a.name.cmp(&b.name));
        table.constraints.sort_by(|a, b| a.name.cmp(&b.name));
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    }
    let mut all = Vec::new();
    for table in &tables {
        let sql = format!("SELECT to_jsonb(t)::text FROM {} t ORDER BY 1", table.name.quoted());
        all.push((table.name.to_string(), rows::texts::texts(inside, &sql).await?));
    }
    tx.rollback().await?;
    Ok((tables, all, state))
}

async fn run(db: &dyn Executor, changes: &[Change]) -> Outcome {
    for change in changes {
        let sql = change.sql();
        db.batch_execute(&sql).await.map_err(|error| format!("{error}: {sql}"))?;
    }
    Ok(())
}
