//! Runs cases and compares what they answer, write and send with what Django did.

use super::answer::Line;
use super::effects::{self, Effect};
use super::listed::{self, Listed};
use orm::prelude::*;
use orm_sql::exec::BoxFuture;
use orm_testkit::{QueryCounter, TestDatabase, same_rows, same_rows_unordered};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A case as it is asked through our API.
pub struct Case {
    /// Its id in the corpus.
    pub id: &'static str,
    /// What asks.
    pub ask: Ask,
}

/// What asks: within the case's transaction, or on connections of its own for what only reads.
pub enum Ask {
    Inside(for<'a> fn(&'a Transaction) -> BoxFuture<'a, orm::Result<Value>>),
    OnPool(for<'a> fn(&'a Database) -> BoxFuture<'a, orm::Result<Value>>),
}

/// A case: its id, and an expression that ends in a terminal, or a block whose value is the answer.
///
/// ```text
/// case!("basic/count", |db| Book::objects().count(db))
/// case!("order/index", |db| { Book::objects().order_by(|b| b.id()).nth(db, 4).await?.title })
/// ```
///
/// `|db: Database|` asks on a pool instead of in a transaction.
macro_rules! case {
    ($id:literal, |$db:ident| $($ask:tt)+) => {
        $crate::corpus::harness::Case {
            id: $id,
            ask: $crate::corpus::harness::Ask::Inside(|$db| {
                ::std::boxed::Box::pin(async move { asked!($($ask)+) })
            }),
        }
    };
    ($id:literal, |$db:ident: Database| $($ask:tt)+) => {
        $crate::corpus::harness::Case {
            id: $id,
            ask: $crate::corpus::harness::Ask::OnPool(|$db| {
                ::std::boxed::Box::pin(async move { asked!($($ask)+) })
            }),
        }
    };
}
pub(crate) use case;

macro_rules! asked {
    ({ $($block:tt)* }) => {{
        let answer = { $($block)* };
        Ok($crate::corpus::answer::Answer::answer(&answer))
    }};
    ($terminal:expr) => {{
        let answer = $terminal.await?;
        Ok($crate::corpus::answer::Answer::answer(&answer))
    }};
}
pub(crate) use asked;

/// A case as the corpus has it.
#[derive(Deserialize)]
struct Asked {
    id: String,
    django: String,
    ordered: Option<bool>,
    rows: Option<Vec<Value>>,
    result: Option<Value>,
    error: Option<Failure>,
    n_queries: usize,
    #[serde(default)]
    effects: BTreeMap<String, Effect>,
}

#[derive(Deserialize)]
struct Failure {
    r#type: String,
    message: String,
}

impl Asked {
    fn section(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    fn writes(&self) -> bool {
        ["update", "insert", "delete", "writes"].contains(&self.section())
            || !self.effects.is_empty()
    }
}

/// The cases of one corpus, as it has them and as we ask them.
pub struct Corpus {
    name: &'static str,
    data: PathBuf,
    asked: Vec<(Asked, Keys)>,
    cases: Vec<Case>,
    listed: Listed,
}

impl Corpus {
    /// Reads the corpus of a name.
    pub fn load(name: &'static str, cases: Vec<Case>) -> Corpus {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
        let data = directory.join("data").join(name);
        let lines = text(&data.join("cases.jsonl"));
        let asked = lines.lines().map(|line| {
            let read = serde_json::from_str(line).and_then(|asked| Ok((asked, keys(line)?)));
            read.unwrap_or_else(|error| panic!("{error} in {line}"))
        });
        let asked = asked.collect();
        let listed = listed::read(&text(&directory.join("not_applicable.toml")), name);
        Corpus { name, data, asked, cases, listed }
    }

    /// Asks every case and panics with all that is wrong.
    pub async fn check(&self) {
        let mut failures = self.unaccounted();
        let schema = text(&self.data.join("schema.sql"));
        let fixture = text(&self.data.join("fixture.sql"));
        let template = format!("corpus_{}", self.name);
        let db = TestDatabase::from_template(&template, async |db| {
            db.batch_execute(&schema).await?;
            db.batch_execute(&fixture).await
        });
        let db = db.await.expect("a database with the corpus in it");
        let statement = effects::reading_statement(&db).await.expect("the tables");
        let sequences = fixture.lines().filter(|line| line.starts_with("SELECT setval("));
        let run = Run { db: &db, reading: statement, sequences: sequences.collect() };
        let by_id: BTreeMap<&str, &(Asked, Keys)> =
            self.asked.iter().map(|asked| (asked.0.id.as_str(), asked)).collect();
        let mut implemented = 0;
        for case in &self.cases {
            let Some((asked, keys)) = by_id.get(case.id) else { continue };
            implemented += 1;
            if let Err(problem) = run.case(case, asked, keys).await {
                failures.push(format!(
                    "── {}\n{}\n{problem}",
                    asked.id,
                    indented("django", &asked.django)
                ));
            }
        }
        // What must not compile is asked by a test of the compiler.
        let refused = self.listed.not_applicable.values();
        let refused = refused.filter(|reason| reason.contains("tests/ui/")).count();
        let not_applicable = self.listed.not_applicable.len() - refused;
        implemented += refused;
        let waiting = self.asked.len() - implemented - not_applicable;
        if !failures.is_empty() {
            panic!("{}\n{} problems\n", failures.join("\n"), failures.len());
        }
        // Past the test's capture: this line is for those who count.
        let line = format!(
            "corpus {}: {implemented} implemented, {not_applicable} not applicable, {waiting} waiting \
             ({refused} of the first do not compile)",
            self.name
        );
        writeln!(std::io::stderr(), "{line}").expect("stderr");
    }

    /// Cases that are neither asked nor listed, and those that are listed wrongly.
    fn unaccounted(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut asked = BTreeSet::new();
        for case in &self.cases {
            if !asked.insert(case.id) {
                problems.push(format!("── {} is asked twice", case.id));
            }
        }
        let ids: BTreeSet<&str> = self.asked.iter().map(|(case, _)| case.id.as_str()).collect();
        let sections: BTreeSet<&str> = self.asked.iter().map(|(case, _)| case.section()).collect();
        let Listed { not_applicable, waiting } = &self.listed;
        for id in not_applicable.keys().chain(waiting.keys()) {
            if asked.contains(id.as_str()) {
                problems.push(format!("── {id} is asked, and listed in not_applicable.toml"));
            }
            let known = ids.contains(id.as_str()) || sections.contains(id.as_str());
            if !known || (not_applicable.contains_key(id) && !ids.contains(id.as_str())) {
                problems.push(format!("── {id}, listed in not_applicable.toml, is no case"));
            }
        }
        problems.extend(
            asked.iter().filter(|id| !ids.contains(*id)).map(|id| format!("── {id} is no case")),
        );
        problems.extend(missing_files(not_applicable).chain(missing_files(waiting)));
        for (case, _) in &self.asked {
            let listed = not_applicable.contains_key(&case.id)
                || waiting.contains_key(&case.id)
                || waiting.contains_key(case.section());
            if !listed && !asked.contains(case.id.as_str()) {
                let django = indented("django", &case.django);
                problems.push(format!("── {} is neither asked nor listed\n{django}", case.id));
            }
        }
        problems
    }
}

/// Tests and decisions that a reason refers to and that are not there.
fn missing_files(listed: &BTreeMap<String, String>) -> impl Iterator<Item = String> {
    let files = listed.iter().flat_map(|(id, reason)| {
        let files = reason
            .split(' ')
            .filter(|word| word.starts_with("tests/") || word.starts_with("docs/"));
        files.map(move |file| (id, file))
    });
    let missing =
        files.filter(|(_, file)| !Path::new(env!("CARGO_MANIFEST_DIR")).join(file).exists());
    missing.map(|(id, file)| format!("── {id} refers to {file}, which is not there"))
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn indented(label: &str, text: &str) -> String {
    let text = text.replace('\n', "\n        ");
    format!("{label:<8}{text}")
}

/// What all cases of a run share.
struct Run<'a> {
    db: &'a TestDatabase,
    reading: String,
    sequences: Vec<&'a str>,
}

impl Run<'_> {
    async fn case(&self, case: &Case, asked: &Asked, keys: &Keys) -> Result<(), String> {
        let broken = |error: Error| format!("the harness failed: {error}");
        let tx = self.db.begin().await.map_err(broken)?;
        let mut before = BTreeMap::new();
        if asked.writes() {
            tx.batch_execute(&self.sequences.join("\n")).await.map_err(broken)?;
            before = effects::read(&tx, &self.reading).await.map_err(broken)?;
        }
        let counter = QueryCounter::new(self.db);
        let found = match case.ask {
            Ask::Inside(ask) => ask(&tx).await,
            Ask::OnPool(ask) => ask(self.db).await,
        };
        let statements = counter.statements();
        drop(counter);
        let mut problems = Vec::new();
        problems.extend(count(asked, &statements).err());
        match (found, &asked.error) {
            (Ok(found), None) => {
                problems.extend(compare(asked, keys, found).err());
                if asked.writes() {
                    let after = effects::read(&tx, &self.reading).await.map_err(broken)?;
                    let found = effects::found(&before, &after);
                    let expected = effects::expected(&asked.effects);
                    problems.extend(
                        unordered(&found, &expected).err().map(|d| format!("effects: {d}")),
                    );
                }
            }
            (Err(found), Some(expected)) => problems.extend(same_error(&found, expected).err()),
            (Err(error), None) => problems.push(format!("failed: {error}")),
            (Ok(found), Some(expected)) => problems.push(format!(
                "answered {found}, where {} ({}) is expected",
                expected.r#type, expected.message
            )),
        }
        tx.rollback().await.map_err(broken)?;
        if problems.is_empty() {
            return Ok(());
        }
        let statements = statements.iter().map(|sql| indented("sql", sql));
        Err(statements.chain(problems).collect::<Vec<_>>().join("\n"))
    }
}

/// At most as many statements as Django runs. Transactions and the ends of
/// cursors are not counted, as there.
fn count(asked: &Asked, statements: &[String]) -> Result<(), String> {
    const UNCOUNTED: [&str; 6] = ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "CLOSE"];
    let counted = |sql: &&String| !UNCOUNTED.iter().any(|word| sql.starts_with(word));
    match statements.iter().filter(counted).count() {
        count if count <= asked.n_queries => Ok(()),
        count => Err(format!("{count} statements ran, where Django runs {}", asked.n_queries)),
    }
}

fn compare(asked: &Asked, keys: &Keys, found: Value) -> Result<(), String> {
    match &asked.rows {
        Some(expected) => {
            let Value::Array(found) = found else {
                return Err(format!("answered {found}, where rows are expected"));
            };
            let expected: Vec<Value> =
                expected.iter().map(|row| as_tuple(row, keys, &found)).collect();
            if asked.ordered == Some(true) {
                let difference = same_rows(&lines(&found), &lines(&expected)).err();
                difference.map_or(Ok(()), |difference| Err(difference.to_string()))
            } else {
                unordered(&found, &expected)
            }
        }
        None => {
            let expected = asked.result.clone().unwrap_or_default();
            let expected = as_tuple(&expected, keys, std::slice::from_ref(&found));
            let difference = same_rows(&[Line(&found)], &[Line(&expected)]).err();
            difference.map_or(Ok(()), |difference| Err(difference.to_string()))
        }
    }
}

fn unordered(found: &[Value], expected: &[Value]) -> Result<(), String> {
    let difference = same_rows_unordered(&lines(found), &lines(expected)).err();
    difference.map_or(Ok(()), |difference| Err(difference.to_string()))
}

fn lines(values: &[Value]) -> Vec<Line<'_>> {
    values.iter().map(Line).collect()
}

/// A dict as the tuple of its values, in order, where we answer with tuples (or, for a single
/// value, with scalars).
fn as_tuple(expected: &Value, keys: &Keys, found: &[Value]) -> Value {
    let Value::Object(object) = expected else { return expected.clone() };
    if object.contains_key("$model") || found.iter().all(Value::is_object) {
        return expected.clone();
    }
    let values: Vec<Value> = keys.0.iter().filter_map(|key| object.get(key).cloned()).collect();
    match values.as_slice() {
        [one] => one.clone(),
        _ => values.into(),
    }
}

/// The kinds of our errors for those of Django.
fn same_error(found: &Error, expected: &Failure) -> Result<(), String> {
    let kind = match found {
        Error::DoesNotExist { .. } => "does not exist",
        Error::MultipleObjectsReturned { .. } => "multiple",
        Error::Unique(_) => "duplicate key",
        Error::ForeignKey(_) => "foreign key",
        Error::NotNull(_) => "null value",
        Error::Check(_) => "check constraint",
        Error::Protected { .. } => "protected",
        Error::Usage(_) => "usage",
        Error::Database(error) if error.code.starts_with("22") => "data",
        _ => "another",
    };
    let wanted = match expected.r#type.as_str() {
        "DoesNotExist" | "RelatedObjectDoesNotExist" | "IndexError" | "DatabaseError" => {
            "does not exist"
        }
        "MultipleObjectsReturned" => "multiple",
        "ProtectedError" => "protected",
        "IntegrityError" => {
            let kinds = ["duplicate key", "foreign key", "null value", "check constraint"];
            kinds.into_iter().find(|kind| expected.message.contains(kind)).unwrap_or("another")
        }
        "FieldError" | "TypeError" | "ValueError" | "NotSupportedError" | "FieldDoesNotExist" => {
            "usage"
        }
        "DataError" => "data",
        _ => "no",
    };
    let Failure { r#type, message } = expected;
    if kind != wanted {
        return Err(format!("failed with {found:?}, where {type} ({message}) is expected"));
    }
    // The constraint that Django's message quotes is the one that ours names.
    let constraint = found.constraint().is_none_or(|name| message.contains(name));
    constraint
        .then_some(())
        .ok_or_else(|| format!("{found:?} has another constraint than {message}"))
}

/// The keys of a dict in the order in which Django has them.
#[derive(Default)]
struct Keys(Vec<String>);

fn keys(line: &str) -> serde_json::Result<Keys> {
    #[derive(Deserialize)]
    struct Dicts {
        #[serde(default)]
        rows: Keys,
        #[serde(default)]
        result: Keys,
    }
    let Dicts { rows, result } = serde_json::from_str(line)?;
    Ok(if rows.0.is_empty() { result } else { rows })
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Keys;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("anything")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, IgnoredAny)) = map.next_entry()? {
                    keys.push(key);
                }
                Ok(Keys(keys))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Keys, A::Error> {
                let first = rows.next_element::<Keys>()?.unwrap_or_default();
                while rows.next_element::<IgnoredAny>()?.is_some() {}
                Ok(first)
            }
            fn visit_unit<E>(self) -> Result<Keys, E> {
                Ok(Keys::default())
            }
            fn visit_bool<E>(self, _: bool) -> Result<Keys, E> {
                Ok(Keys::default())
            }
            fn visit_i64<E>(self, _: i64) -> Result<Keys, E> {
                Ok(Keys::default())
            }
            fn visit_u64<E>(self, _: u64) -> Result<Keys, E> {
                Ok(Keys::default())
            }
            fn visit_f64<E>(self, _: f64) -> Result<Keys, E> {
                Ok(Keys::default())
            }
            fn visit_str<E>(self, _: &str) -> Result<Keys, E> {
                Ok(Keys::default())
            }
        }
        deserializer.deserialize_any(InOrder)
    }
}
