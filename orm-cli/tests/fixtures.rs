//! `dumpdata` and `loaddata` on a server: what is dumped, emptied, loaded and dumped again is the same
//! text.

#[path = "fixtures/graph.rs"]
mod graph;
#[path = "fixtures/mistakes.rs"]
mod mistakes;
#[path = "fixtures/models.rs"]
#[allow(dead_code, reason = "rows come from files and from SQL")]
mod models;
#[path = "fixtures/natural.rs"]
mod natural;
#[path = "fixtures/types.rs"]
mod types;

use orm::cli::Manage;
use orm_testkit::TestDatabase;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// A database with the tables of the models.
async fn database() -> Outcome<TestDatabase> {
    let db = TestDatabase::from_template("fixtures", async |db| {
        orm_core::tables::create_tables_of(db, &orm_core::ir::models()).await
    });
    Ok(db.await?)
}

/// A file of a test's own.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let file = format!("orm-fixtures-{}-{number}-{name}", std::process::id());
        Scratch(std::env::temp_dir().join(file))
    }

    fn with(name: &str, text: &str) -> Outcome<Scratch> {
        let file = Scratch::new(name);
        std::fs::write(&file.0, text)?;
        Ok(file)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

async fn manage(db: &TestDatabase, arguments: &[&str]) -> Outcome {
    let url = db.url();
    let all = arguments.iter().copied().chain(["--database-url", &url, "--verbosity", "0"]);
    Manage::new(orm::migrations!()).call(all).await?;
    Ok(())
}

async fn dump(db: &TestDatabase, arguments: &[&str]) -> Outcome<String> {
    let file = Scratch::new("dump.jsonl");
    let mut all = vec!["dumpdata", "--output", file.path()];
    all.extend(arguments);
    manage(db, &all).await?;
    Ok(std::fs::read_to_string(&file.0)?)
}

async fn load(db: &TestDatabase, text: &str) -> Outcome {
    let file = Scratch::with("load.jsonl", text)?;
    manage(db, &["loaddata", file.path()]).await
}

async fn flush(db: &TestDatabase) -> Outcome {
    manage(db, &["flush", "--noinput"]).await
}

/// Dumps, removes everything, loads and dumps again.
async fn round_trip(db: &TestDatabase) -> Outcome<String> {
    let first = dump(db, &[]).await?;
    flush(db).await?;
    assert_eq!(dump(db, &[]).await?, "");
    load(db, &first).await?;
    let second = dump(db, &[]).await?;
    for (one, other) in first.lines().zip(second.lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(first.len(), second.len());
    Ok(first)
}
