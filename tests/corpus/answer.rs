//! Answers in the canonical form of the corpus, and their comparison.

use chrono::Timelike;
use orm::Deleted;
use orm::column::Range;
use orm::prelude::*;
use orm_sql::value::SqlValue;
use serde_json::Map;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

/// What a case can answer with.
pub trait Answer {
    /// The canonical form.
    fn answer(&self) -> Value;
}

/// The canonical form of one value of the database.
pub fn scalar(value: SqlValue) -> Value {
    match value {
        SqlValue::Null => Value::Null,
        SqlValue::Bool(value) => value.into(),
        SqlValue::I16(value) => value.into(),
        SqlValue::I32(value) => value.into(),
        SqlValue::I64(value) => value.into(),
        SqlValue::F32(value) => value.into(),
        SqlValue::F64(value) => value.into(),
        SqlValue::Decimal(value) => value.to_string().into(),
        SqlValue::Text(value) => value.into(),
        SqlValue::Date(value) => value.to_string().into(),
        SqlValue::Time(value) => time(value).into(),
        SqlValue::TimestampTz(value) => {
            let day = value.date_naive();
            format!("{day}T{}+00:00", time(value.time())).into()
        }
        SqlValue::Timestamp(value) => format!("{}T{}", value.date(), time(value.time())).into(),
        SqlValue::Interval(value) => {
            let days = i64::from(value.months) * 30 + i64::from(value.days);
            duration(i128::from(days) * 86_400_000_000 + i128::from(value.microseconds)).into()
        }
        SqlValue::Uuid(value) => value.to_string().into(),
        SqlValue::Json(value) => value,
        SqlValue::Bytes(value) => {
            let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("\\x{hex}").into()
        }
        SqlValue::Array(items) => items.into_iter().map(scalar).collect(),
        other => panic!("the corpus has no form for {other:?}"),
    }
}

fn time(time: NaiveTime) -> String {
    let micros = time.nanosecond() / 1000;
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    format!("{}{fraction}", time.format("%H:%M:%S"))
}

fn duration(micros: i128) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let (seconds, micros) = (micros.abs() / 1_000_000, micros.abs() % 1_000_000);
    let fraction = format!(".{micros:06}");
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (hours, minutes, seconds) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{sign}P{days}DT{hours:02}H{minutes:02}M{seconds:02}{fraction}S")
}

/// The canonical form of an instance: its model and its columns.
pub fn instance<M: Model>(row: &M) -> Value {
    let meta = M::meta();
    let mut object = Map::new();
    object.insert("$model".into(), meta.name.into());
    for (field, value) in meta.fields.iter().zip(row.values()) {
        object.insert(field.column.into(), scalar(value));
    }
    object.into()
}

/// Models as they answer: their instances.
macro_rules! instances {
    ($($model:ident)*) => {$(
        impl $crate::corpus::answer::Answer for $model {
            fn answer(&self) -> ::serde_json::Value {
                $crate::corpus::answer::instance(self)
            }
        }
    )*};
}
pub(crate) use instances;

/// What was deleted: the count of all, and those by model under the names that Django has for them.
pub fn deleted(app: &str, gone: &Deleted) -> Value {
    let named =
        gone.by_model.iter().map(|(model, rows)| (format!("{app}.{model}"), (*rows).into()));
    json!([gone.total, Value::Object(named.collect::<Map<_, _>>())])
}

/// An instance of which only some columns were selected, by their names.
pub fn part_of(model: &str, columns: &DynRow) -> Value {
    let mut part = columns.answer();
    part["$model"] = model.into();
    part
}

/// The columns of instances, without their model.
pub fn columns<M: Model>(rows: Vec<M>) -> Value {
    let without_model = |row: &M| {
        let mut row = instance(row);
        row.as_object_mut().and_then(|row| row.remove("$model"));
        row
    };
    rows.iter().map(without_model).collect()
}

/// Rows of several parts as Django has them: the first part, and the others inside of it under
/// their names. `a.b` stands inside of `a`, and nowhere if that is not there.
pub fn nest<T: Answer>(rows: Vec<T>, names: &[&str]) -> Value {
    let nested = rows.iter().map(|row| {
        let mut parts = Vec::new();
        flatten(row.answer(), &mut parts);
        assert_eq!(parts.len(), names.len() + 1, "{parts:?} has other parts than {names:?}");
        let mut parts = parts.into_iter();
        let mut whole = parts.next().unwrap_or_default();
        for (name, part) in names.iter().zip(parts) {
            place(&mut whole, name, part);
        }
        whole
    });
    nested.collect()
}

/// The models and scalars of a row of nested tuples. Tuples are told from arrays by what begins them.
fn flatten(row: Value, parts: &mut Vec<Value>) {
    match row {
        Value::Array(items) if items.iter().any(is_part) => {
            items.into_iter().for_each(|item| flatten(item, parts));
        }
        part => parts.push(part),
    }
}

fn is_part(value: &Value) -> bool {
    value.is_null() || value.is_array() || value.get("$model").is_some()
}

fn place(whole: &mut Value, name: &str, part: Value) {
    match (name.split_once('.'), whole) {
        (Some((first, rest)), Value::Object(object)) => {
            if let Some(inner) = object.get_mut(first) {
                place(inner, rest, part);
            }
        }
        (None, Value::Object(object)) => {
            object.insert(name.into(), part);
        }
        _ => {}
    }
}

macro_rules! by_value {
    ($($t:ty)*) => {$(
        impl Answer for $t {
            fn answer(&self) -> Value {
                scalar(orm_core::column::Column::to_value(self))
            }
        }
    )*};
}
by_value!(bool i16 i32 i64 f64 String Decimal Uuid NaiveDate NaiveTime DateTime<Utc> TimeDelta);

impl Answer for Range<NaiveDate> {
    fn answer(&self) -> Value {
        self.to_string().into()
    }
}

impl Answer for IpAddr {
    fn answer(&self) -> Value {
        self.to_string().into()
    }
}

impl Answer for DynRow {
    fn answer(&self) -> Value {
        serde_json::to_value(self).expect("a row as JSON")
    }
}

impl Answer for Value {
    fn answer(&self) -> Value {
        self.clone()
    }
}

impl Answer for u64 {
    fn answer(&self) -> Value {
        (*self).into()
    }
}

impl Answer for usize {
    fn answer(&self) -> Value {
        (*self).into()
    }
}

impl Answer for () {
    fn answer(&self) -> Value {
        Value::Null
    }
}

impl Answer for &str {
    fn answer(&self) -> Value {
        (*self).into()
    }
}

impl<T: Answer> Answer for Option<T> {
    fn answer(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::answer)
    }
}

impl<T: Answer> Answer for Vec<T> {
    fn answer(&self) -> Value {
        self.iter().map(T::answer).collect()
    }
}

impl<T: Answer> Answer for BTreeSet<T> {
    fn answer(&self) -> Value {
        self.iter().map(T::answer).collect()
    }
}

macro_rules! maps {
    ($($map:ident)*) => {$(
        impl<K: Answer, V: Answer> Answer for $map<K, V> {
            fn answer(&self) -> Value {
                let entries = self.iter().map(|(key, value)| (key_text(key.answer()), value.answer()));
                Value::Object(entries.collect())
            }
        }
    )*};
}
maps!(HashMap BTreeMap);

fn key_text(key: Value) -> String {
    match key {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

macro_rules! tuples {
    ($($($t:ident)+;)*) => {$(
        impl<$($t: Answer),+> Answer for ($($t,)+) {
            #[allow(non_snake_case)]
            fn answer(&self) -> Value {
                let ($($t,)+) = self;
                json!([$($t.answer()),+])
            }
        }
    )*};
}
tuples! {
    A; A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; A B C D E F G H;
    A B C D E F G H I; A B C D E F G H I J; A B C D E F G H I J K; A B C D E F G H I J K L;
}

/// Equal, but for the last digits of floating point numbers.
pub fn same(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Number(a), Value::Number(b)) => {
            match (a.as_i64(), b.as_i64(), a.as_f64(), b.as_f64()) {
                (Some(a), Some(b), ..) => a == b,
                (.., Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
                _ => a == b,
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let in_b = |(key, a): (&String, &Value)| b.get(key).is_some_and(|b| same(a, b));
            a.len() == b.len() && a.iter().all(in_b)
        }
        _ => found == expected,
    }
}

/// A row that is compared by [`same`] and shown as JSON.
pub struct Line<'a>(pub &'a Value);

impl PartialEq for Line<'_> {
    fn eq(&self, other: &Self) -> bool {
        same(self.0, other.0)
    }
}

impl std::fmt::Debug for Line<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}
