//! What is asked of a column, and what must come out.

use orm::prelude::*;
use serde_json::Value;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

type Answer<'a, T> = Pin<Box<dyn Future<Output = orm::Result<T>> + Send + 'a>>;

/// A question to the database, without the type that it is about.
pub type Asked<T> = Box<dyn for<'a> Fn(&'a Database) -> Answer<'a, T> + Send + Sync>;

/// One that has rows as its answer.
pub type Run<T> = Asked<Vec<T>>;

/// What is asked of a column. It knows nothing of its type, so that asking is compiled once.
pub struct Probe<M> {
    pub name: &'static str,
    /// Lookups, and the rows that they find.
    pub conditions: Vec<(&'static str, Q<M>, Vec<i64>)>,
    /// How many different values there are.
    pub distinct: usize,
    /// The values, as JSON.
    pub json: Vec<Value>,
    pub values: Run<DynRow>,
    /// The values, annotated.
    pub annotated: Run<Value>,
    pub different: Run<DynRow>,
    pub groups: Asked<u64>,
    pub ordered: Run<i64>,
    /// The values as Rust shows them, without their `Option`.
    pub shown: Vec<Option<String>>,
    /// The greatest and the least of them.
    pub extremes: Asked<[Option<String>; 2]>,
    /// The values, another in place of NULL.
    pub coalesced: Option<(Vec<Value>, Run<DynRow>)>,
}

type Outcome = Result<(), String>;

/// The error, with what it is about.
fn at<T>(what: &str, result: orm::Result<T>) -> Result<T, String> {
    result.map_err(|error| format!("{what}: {error:?}"))
}

fn expect<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Outcome {
    match found == expected {
        true => Ok(()),
        false => Err(format!("{what}: {found:?} and not {expected:?}")),
    }
}

/// As [`expect`]; rows with names have texts for the floats that JSON does not have.
fn expect_json(what: &str, found: &[Value], expected: &[Value]) -> Outcome {
    fn same(found: &Value, expected: &Value) -> bool {
        match (found, expected) {
            (Value::Array(found), Value::Array(expected)) => {
                found.len() == expected.len() && found.iter().zip(expected).all(|(f, e)| same(f, e))
            }
            (Value::String(text), Value::Null) => {
                ["NaN", "Infinity", "-Infinity"].contains(&&**text)
            }
            (found, expected) => found == expected,
        }
    }
    let all = found.len() == expected.len() && found.iter().zip(expected).all(|(f, e)| same(f, e));
    match all {
        true => Ok(()),
        false => Err(format!("{what}: {found:?} and not {expected:?}")),
    }
}

impl<M: super::models::Swept> Probe<M> {
    pub async fn run(&self, db: &Database) -> Outcome {
        let all: Vec<i64> = (1..).take(self.json.len()).collect();
        expect_json("values", &plain(&at("values", (self.values)(db).await)?), &self.json)?;
        expect("annotate", at("annotate", (self.annotated)(db).await)?, self.json.clone())?;
        expect("distinct", at("distinct", (self.different)(db).await)?.len(), self.distinct)?;
        expect("group by", at("group by", (self.groups)(db).await)?, self.distinct as u64)?;
        let mut ordered = at("order by", (self.ordered)(db).await)?;
        // In the server's own order, in which NULL is the last one.
        let mut shown = ordered.iter().filter_map(|id| self.shown[*id as usize - 1].clone());
        let least = shown.next();
        let extremes = [shown.next_back().or(least.clone()), least];
        expect("extremes", at("extremes", (self.extremes)(db).await)?, extremes)?;
        ordered.sort_unstable();
        expect("order by", &ordered, &all)?;
        if let Some((expected, run)) = &self.coalesced {
            expect_json("coalesce", &plain(&at("coalesce", run(db).await)?), expected)?;
        }
        for (name, q, found) in &self.conditions {
            // Maps have no order.
            if (self.name, *name) == ("pairs", "range") && M::meta().name.len() < 9 {
                continue;
            }
            self.lookup(db, name, q, found, &all).await?;
        }
        Ok(())
    }

    async fn lookup(
        &self,
        db: &Database,
        name: &str,
        q: &Q<M>,
        equal: &[i64],
        all: &[i64],
    ) -> Outcome {
        let others: Vec<i64> = all.iter().filter(|id| !equal.contains(id)).copied().collect();
        let (expected, others) = match name {
            "ne" => (others.as_slice(), equal),
            _ => (equal, others.as_slice()),
        };
        let rows = M::objects().filter(|_| q.clone());
        let found = rows.clone().values(M::key).all(db).await;
        expect(name, at(name, found)?.as_slice(), expected)?;
        let exists = at(&format!("{name} exists"), rows.clone().exists(db).await)?;
        expect(&format!("{name} exists"), exists, !expected.is_empty())?;
        let rest = M::objects().exclude(|_| q.clone()).count(db).await;
        expect(&format!("not {name}"), at(name, rest)?, others.len() as u64)?;
        let mut lines = Vec::new();
        let copied = at(&format!("{name} as literals"), rows.copy_out(db, &mut lines).await)?;
        expect(&format!("{name} as literals"), copied, expected.len() as u64)
    }
}

/// What is in rows of one value.
fn plain(rows: &[DynRow]) -> Vec<Value> {
    rows.iter().map(|row| json(row)["value"].take()).collect()
}

pub fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

/// The second of each pair, as JSON.
pub fn seconds<T: serde::Serialize>(pairs: &[(i64, T)]) -> Vec<Value> {
    pairs.iter().map(|(_, value)| json(value)).collect()
}

fn same<T: PartialEq + Debug>(a: &T, b: &T) -> bool {
    // A NaN is equal to itself for the server.
    a == b || format!("{a:?}") == format!("{b:?}")
}

/// A value as Rust shows it.
pub fn shown<T: Debug>(value: &Option<T>) -> Option<String> {
    value.as_ref().map(|value| format!("{value:?}"))
}

/// A few of the values, each once.
pub fn some<T: PartialEq + Debug + Clone>(values: &[Option<T>], count: usize) -> Vec<T> {
    let mut some: Vec<T> = Vec::new();
    for value in values.iter().flatten() {
        if !some.iter().any(|other| same(other, value)) {
            some.push(value.clone());
        }
    }
    some.truncate(count);
    some
}

/// The keys of the rows with a value.
pub fn found<T: PartialEq + Debug>(values: &[Option<T>], value: &T) -> Vec<i64> {
    let has = |(_, known): &(i64, &Option<T>)| known.as_ref().is_some_and(|k| same(k, value));
    (1..).zip(values).filter(has).map(|(id, _)| id).collect()
}

/// How many different values there are.
pub fn distinct<T: PartialEq + Debug>(values: &[T]) -> usize {
    let first = |place: &usize| !values[..*place].iter().any(|other| same(other, &values[*place]));
    (0..values.len()).filter(first).count()
}
