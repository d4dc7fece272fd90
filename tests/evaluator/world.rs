//! Rows in memory, and the same in a database.

use super::library;
use super::random::Random;
use super::schema::{Rows, TABLES};
use super::spec::{Ty, Val};
use orm::prelude::*;
use orm_testkit::TestDatabase;

pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What keeps planning short: with so few rows every plan is fast, and most of the time is spent
/// on choosing one. No answer depends on it.
const FEW_PLANS: &str = "SET join_collapse_limit = 1; SET from_collapse_limit = 1; SET jit = off; \
    SET max_parallel_workers_per_gather = 0; SET enable_hashjoin = off; \
    SET enable_mergejoin = off; SET enable_material = off; SET enable_memoize = off; \
    SET enable_bitmapscan = off; SET enable_incremental_sort = off";

/// A database that sets of rows are put into, one after the other.
pub struct Ground {
    db: Database,
    /// Dropped with this value.
    _made: TestDatabase,
}

/// Rows in memory, and the same in a database.
pub struct World<'g> {
    pub rows: Rows,
    pub db: &'g Database,
}

impl Ground {
    /// Empty tables. `long`: for many queries, which are planned in short.
    pub async fn new(long: bool) -> Outcome<Ground> {
        let made = TestDatabase::from_template("evaluator", async |db| {
            use library::*;
            create_tables::<(
                Publisher,
                Author,
                Profile,
                Tag,
                Book,
                Authorship,
                Store,
                Stock,
                Review,
                Award,
            )>(db)
            .await?;
            Ok(())
        })
        .await?;
        // Hardly a text comes twice, so that nothing is gained by preparing it.
        let db = Database::builder().url(&made.url()).max_connections(1).statement_cache(0);
        let db = if long { db.after_connect(FEW_PLANS) } else { db };
        Ok(Ground { db: db.connect().await?, _made: made })
    }

    /// The rows of a number, in place of those that are there.
    pub async fn world(&self, number: u64) -> Outcome<World<'_>> {
        let rows = Rows::random(&mut Random::new(number ^ 0xDA7A));
        let names: Vec<String> =
            TABLES.iter().map(|table| format!("library_{}", table.name)).collect();
        let mut script = format!("BEGIN; TRUNCATE {} CASCADE;", names.join(", "));
        for table in TABLES {
            for row in rows.table(table.name) {
                script += &insert(table.name, table.columns, row);
            }
        }
        self.db.batch_execute(&(script + "COMMIT")).await?;
        Ok(World { rows, db: &self.db })
    }
}

/// A row as a statement; what queries do not speak of gets some value.
fn insert(table: &str, columns: &[(&'static str, Ty, bool)], row: &[Val]) -> String {
    let mut cells: Vec<(&str, String)> = Vec::new();
    let mut document = Vec::new();
    for ((name, ..), value) in columns.iter().zip(row) {
        let text = literal(value);
        match (table, *name) {
            ("book", "lang" | "size") => document.push((*name, value)),
            ("book", "score") => cells.push(("scores", format!("ARRAY[{text}]::int[]"))),
            ("book", "year" | "month") => {}
            _ => cells.push((name, text)),
        }
    }
    cells.extend(match table {
        "book" => vec![
            ("isbn", "gen_random_uuid()".to_owned()),
            ("created_at", "now()".to_owned()),
            ("keywords", "'{}'".to_owned()),
            ("meta", documented(&document)),
        ],
        "review" => vec![("created", "now()".to_owned())],
        "publisher" => vec![("country", "''".to_owned())],
        _ => Vec::new(),
    });
    let (names, values): (Vec<&str>, Vec<String>) = cells.into_iter().unzip();
    format!("INSERT INTO library_{table} ({}) VALUES ({});", names.join(", "), values.join(", "))
}

fn literal(value: &Val) -> String {
    match value {
        Val::Null => "NULL".to_owned(),
        Val::Bool(yes) => yes.to_string(),
        Val::Int(n) => n.to_string(),
        Val::Decimal(n) => format!("{}.{:02}", n / 100, n % 100),
        Val::Date(date) => format!("'{date}'"),
        Val::Text(text) => format!("'{text}'"),
    }
}

/// A document with these keys: a key may be there and NULL, or not be there, and where none is
/// known there may be no document.
fn documented(keys: &[(&str, &Val)]) -> String {
    let pairs: Vec<String> = keys
        .iter()
        .filter(|(name, value)| **value != Val::Null || *name == "lang")
        .map(|(name, value)| format!("'{name}', {}", literal(value)))
        .collect();
    match keys.iter().all(|(_, value)| **value == Val::Null) {
        true => "NULL".to_owned(),
        false => format!("jsonb_build_object({})", pairs.join(", ")),
    }
}
