//! One query asked of both, and what is said of it.

use super::build::{self, Answer};
use super::generate::Generator;
use super::interpret::{self, TooLarge, compare_keys};
use super::library;
use super::random::Random;
use super::schema::{NUMBERS, Rows, TABLES, WORDS};
use super::shrink::simpler;
use super::spec::{Query, Terminal, Val};
use orm::prelude::*;
use orm_testkit::TestDatabase;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

/// Rows in memory, and the same in a database.
pub struct World {
    rows: Rows,
    db: TestDatabase,
}

/// What came of a query.
pub enum Checked {
    Same,
    /// Joins more rows than are worth the time.
    TooLarge,
    /// The library says that it cannot be asked.
    Refused(String),
    Differs(String),
}

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

impl World {
    /// The rows of a number.
    pub async fn new(number: u64) -> Outcome<World> {
        let rows = Rows::random(&mut Random::new(number ^ 0xDA7A));
        let db = TestDatabase::from_template("evaluator", async |db| {
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
        let mut script = String::new();
        for table in TABLES {
            for row in rows.table(table.name) {
                script += &insert(table.name, table.columns, row);
            }
        }
        db.batch_execute(&script).await?;
        Ok(World { rows, db })
    }

    /// Asks the query of a seed; one that differs is made as simple as it can be.
    pub async fn check(&self, seed: u64) -> Checked {
        let (mut query, terminal) = described(seed);
        let mut checked = self.ask(&query, terminal).await;
        'simpler: while matches!(checked, Checked::Differs(_)) {
            for other in simpler(&query) {
                let outcome = self.ask(&other, terminal).await;
                if matches!(outcome, Checked::Differs(_)) {
                    (query, checked) = (other, outcome);
                    continue 'simpler;
                }
            }
            break;
        }
        checked
    }

    async fn ask(&self, query: &Query, terminal: Terminal) -> Checked {
        let db: &Database = &self.db;
        let asked = match build::ask(db, query, terminal).await {
            Ok(asked) => asked,
            Err(Error::Usage(why)) => return Checked::Refused(why),
            // Arithmetic that leaves its type is nobody's fault.
            Err(error) if error.to_string().contains("22003") => return Checked::TooLarge,
            Err(error) => {
                let sql = build::sql(query).unwrap_or_default();
                return Checked::Differs(format!("{terminal:?} of {query}\n{sql}\n{error}"));
            }
        };
        let said = self.said(query, terminal, &asked);
        match said {
            Err(TooLarge) => Checked::TooLarge,
            Ok(None) => match text(query, &asked) {
                None => Checked::Same,
                Some(what) => Checked::Differs(format!("{what}\n{query}\n{}", asked.sql)),
            },
            Ok(Some(what)) => {
                let (sql, answer) = (&asked.sql, &asked.answer);
                Checked::Differs(format!("{terminal:?} of {query}\n{sql}\n{what}\nhave {answer:?}"))
            }
        }
    }

    /// Prints what came of the query of a seed.
    pub async fn explain(&self, seed: u64) {
        let (query, terminal) = described(seed);
        println!("{terminal:?} of {query}");
        println!("{:?}", build::sql(&query));
        match self.check(seed).await {
            Checked::Same => println!("the same"),
            Checked::TooLarge => println!("too large"),
            Checked::Refused(why) => println!("refused: {why}"),
            Checked::Differs(what) => println!("{what}"),
        }
        for table in TABLES {
            println!("{}", table.name);
            self.rows.table(table.name).iter().for_each(|row| println!("    {row:?}"));
        }
    }

    /// What is wrong with an answer.
    fn said(
        &self,
        query: &Query,
        terminal: Terminal,
        asked: &build::Asked,
    ) -> Result<Option<String>, TooLarge> {
        Ok(match (&asked.answer, terminal) {
            (Answer::Rows(have), _) => {
                let want = interpret::answer(&self.rows, query, None, false)?;
                differ(&want, have)
            }
            (Answer::Count(have), _) => {
                let want = interpret::rows(&self.rows, query, None, true)?.rows.len() as u64;
                (want != *have).then(|| format!("want {want}"))
            }
            (Answer::Exists(have), _) => {
                let want = !interpret::rows(&self.rows, query, None, true)?.rows.is_empty();
                (want != *have).then(|| format!("want {want}"))
            }
        })
    }
}

/// The query of a seed, and what is done with it.
fn described(seed: u64) -> (Query, Terminal) {
    let mut random = Random::new(seed);
    let terminal = match random.below(6) {
        0 => Terminal::Count,
        1 => Terminal::Exists,
        _ => Terminal::All,
    };
    (Generator::new(&mut random).query(), terminal)
}

/// What is wrong with the text of a statement: a value in it, or another one the next time.
fn text(query: &Query, asked: &build::Asked) -> Option<String> {
    if build::sql(query).ok().as_ref() != Some(&asked.sql) {
        return Some("another text the second time".to_owned());
    }
    let word = WORDS.iter().find(|word| asked.sql.contains(**word)).map(|word| (*word).to_owned());
    let number = || NUMBERS.map(|n| n.to_string()).find(|n| asked.sql.contains(n.as_str()));
    if let Some(value) = word.or_else(number) {
        return Some(format!("`{value}` stands in the text"));
    }
    let last = format!("${}", asked.params);
    let next = format!("${}", asked.params + 1);
    let counted = asked.params == 0 || asked.sql.contains(&last);
    (!counted || asked.sql.contains(&next)).then(|| format!("{} parameters", asked.params))
}

/// How the rows differ: within each run of rows that the ordering does not tell apart they may
/// come in any order, and a slice may take any of them.
fn differ(want: &interpret::Answer, have: &[Vec<Val>]) -> Option<String> {
    let skip = usize::try_from(want.offset).unwrap_or(usize::MAX);
    let total = want.rows.len().saturating_sub(skip);
    let take = want.limit.map_or(total, |n| total.min(usize::try_from(n).unwrap_or(total)));
    let expected = || {
        let rows = want.rows.iter().map(|row| (&row.cells, &row.keys)).collect::<Vec<_>>();
        format!("want {take} from {skip} of {rows:?}")
    };
    if have.len() != take {
        return Some(expected());
    }
    let mut start = 0;
    while start < want.rows.len() {
        let first = &want.rows[start];
        let alike = |row: &&interpret::Row| {
            compare_keys(&want.by, &first.keys, &row.keys) == Ordering::Equal
        };
        let run = want.rows[start..].iter().take_while(alike).count();
        let from = start.max(skip).min(skip + take);
        let to = (start + run).max(skip).min(skip + take);
        let mut there: BTreeMap<&Vec<Val>, i64> = BTreeMap::new();
        for row in &want.rows[start..start + run] {
            *there.entry(&row.cells).or_default() += 1;
        }
        for row in &have[from - skip..to - skip] {
            let left = there.entry(row).or_default();
            *left -= 1;
            if *left < 0 {
                return Some(expected());
            }
        }
        start += run;
    }
    None
}

/// What came of many queries.
#[derive(Default)]
pub struct Tally {
    same: u64,
    too_large: u64,
    refused: BTreeMap<String, u64>,
    pub differences: Vec<(u64, String)>,
}

impl Tally {
    pub fn add(&mut self, seed: u64, checked: Checked) {
        match checked {
            Checked::Same => self.same += 1,
            Checked::TooLarge => self.too_large += 1,
            Checked::Refused(why) => *self.refused.entry(why).or_default() += 1,
            Checked::Differs(what) => self.differences.push((seed, what)),
        }
    }
}

impl Tally {
    pub fn merge(&mut self, other: Tally) {
        self.same += other.same;
        self.too_large += other.too_large;
        for (why, count) in other.refused {
            *self.refused.entry(why).or_default() += count;
        }
        self.differences.extend(other.differences);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused: u64 = self.refused.values().sum();
        writeln!(
            f,
            "{} the same, {} too large, {refused} refused, {} differ",
            self.same,
            self.too_large,
            self.differences.len()
        )?;
        for (why, count) in &self.refused {
            writeln!(f, "refused {count} times: {why}")?;
        }
        for (seed, what) in self.differences.iter().take(40) {
            writeln!(f, "\nseed {seed}: {what}")?;
        }
        Ok(())
    }
}

/// A row as a statement; what queries do not speak of gets some value.
fn insert(table: &str, columns: &[(&'static str, super::spec::Ty, bool)], row: &[Val]) -> String {
    let mut cells: Vec<(&str, String)> = Vec::new();
    let mut document = Vec::new();
    for ((name, ..), value) in columns.iter().zip(row) {
        let text = literal(value);
        match (table, *name) {
            ("book", "lang" | "size") => document.push((*name, value)),
            ("book", "score") => cells.push(("scores", format!("ARRAY[{text}]::int[]"))),
            ("book", "year") if *value == Val::Null => {}
            ("book", "year") => cells.push(("published", format!("'{text}-01-01'"))),
            _ => cells.push((name, text)),
        }
    }
    cells.extend(match table {
        "book" => vec![
            ("isbn", "gen_random_uuid()".to_owned()),
            ("price", "1".to_owned()),
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
