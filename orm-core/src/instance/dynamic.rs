//! Drafts whose fields are named at run time.

use crate::column::{Choice, Column};
use crate::draft::{Complete, CompleteBut, Draft, RawDraft};
use crate::expr::{Expr, Hosts, RawExpr, Same};
use crate::ir::FieldMeta;
use crate::model::{Key, Model};
use crate::query::InsertValue;
use orm_sql::error::Result;
use orm_sql::value::{BoundValue, Numeric, RangeValue, SqlType, SqlValue};
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::marker::PhantomData;

/// An unsaved row whose fields are named at run time: what `Book::dyn_draft()` returns.
///
/// It can be saved, created, bulk-created like any other draft. Names, types and missing fields
/// are checked then: the first mistake is the error.
///
/// ```
/// # use orm_doctest::*; run(async |db| {
/// let draft = Book::dyn_draft().set("name", "Emma").set("pages", json!(279)).set("price", 5);
/// let book: Book = draft.set("author", 3).save(&db).await?;
/// assert_sent!(
///     db,
///     "INSERT INTO book AS t0 (name, pages, price, discount, published, in_print, author_id,
///      editor_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING …"
/// );
/// # Ok(()) })
/// ```
#[derive(Debug)]
#[must_use = "a draft is saved by `.save(&db)`, `create` or `bulk_create`"]
pub struct DynDraft<M> {
    raw: RawDraft,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> DynDraft<M> {
    /// A draft without values; what generated code calls.
    pub fn new() -> Self {
        DynDraft { raw: RawDraft::new(M::meta()), model: PhantomData }
    }

    /// Gives a field its value: a value of the field's type, an [`SqlValue`], an expression, or JSON.
    ///
    /// Numbers widen and narrow where they fit. Text and JSON strings are read as the field's type
    /// (`"2026-01-31"` for a date). JSON null is NULL, but for a JSON field, which then holds JSON's
    /// null.
    ///
    /// A field of files takes a [`File`](crate::files::File): text that comes from outside must not
    /// choose among the files that are stored.
    pub fn set(mut self, field: &str, value: impl IntoDynValue<M>) -> Self {
        let meta = M::meta();
        let is_file = value.is_file();
        let value = match (meta.field(field), meta.columns_of(field)) {
            (Some((place, _)), key @ [_, _, ..]) => {
                key_parts(key, value.into_dyn()).map(|values| (place, values))
            }
            (Some((_, known)), _) if known.file.is_some() && !is_file => Err(NOT_A_NAME.to_owned()),
            (Some((place, known)), _) => {
                fitted(known, value.into_dyn()).map(|value| (place, vec![value]))
            }
            (None, _) => {
                let mut names: Vec<&str> = meta.fields.iter().map(|field| field.name).collect();
                names.dedup();
                Err(format!("there is no such field; the fields are {}", names.join(", ")))
            }
        };
        match value {
            Ok((first, values)) => values
                .into_iter()
                .enumerate()
                .for_each(|(place, value)| self.raw.set(first + place, value)),
            Err(why) => self.raw.fail(format!("`{field}` of `{}`: {why}", meta.name)),
        }
        self
    }

    /// Whether the draft can be saved, as far as that is known without a database.
    ///
    /// # Errors
    ///
    /// [`orm_sql::Error::Usage`] with the first mistake: an unknown field, a value of another type, a
    /// required field that is missing.
    pub fn check(&self) -> Result<()> {
        self.raw.check()
    }
}

impl<M: Model> Default for DynDraft<M> {
    fn default() -> Self {
        DynDraft::new()
    }
}

impl<M> Clone for DynDraft<M> {
    fn clone(&self) -> Self {
        DynDraft { raw: self.raw.clone(), model: PhantomData }
    }
}

impl<M: Model> Draft for DynDraft<M> {
    type Model = M;
    fn into_raw(self) -> RawDraft {
        self.raw
    }
    fn raw_mut(&mut self) -> &mut RawDraft {
        &mut self.raw
    }
}
#[diagnostic::do_not_recommend]
impl<M: Model> Complete for DynDraft<M> {
    type Of = M;
}
#[diagnostic::do_not_recommend]
impl<M: Model, F> CompleteBut<F> for DynDraft<M> {
    type Of = M;
}

/// What [`DynDraft::set`] takes in a draft of `R`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a field",
    label = "expected a column type, an `SqlValue`, an expression or JSON",
    note = "a relation takes its key: `.set(\"author\", author.id)`"
)]
pub trait IntoDynValue<R> {
    /// The value.
    fn into_dyn(self) -> InsertValue;

    /// True where it says that it is a file.
    #[doc(hidden)]
    fn is_file(&self) -> bool {
        false
    }
}

/// A value without its type in Rust.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a value here",
    label = "expected a column type, or a list of one"
)]
pub trait IntoPlainValue {
    /// The value.
    fn into_plain(self) -> SqlValue;
}

#[diagnostic::do_not_recommend]
impl<T: Column> IntoPlainValue for T {
    fn into_plain(self) -> SqlValue {
        self.into_value()
    }
}

#[diagnostic::do_not_recommend]
impl IntoPlainValue for SqlValue {
    fn into_plain(self) -> SqlValue {
        self
    }
}

#[diagnostic::do_not_recommend]
impl IntoPlainValue for &str {
    fn into_plain(self) -> SqlValue {
        SqlValue::Text(self.to_owned())
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoPlainValue, const N: usize> IntoPlainValue for [T; N] {
    fn into_plain(self) -> SqlValue {
        SqlValue::Array(self.into_iter().map(T::into_plain).collect())
    }
}

#[diagnostic::do_not_recommend]
impl IntoPlainValue for Vec<&str> {
    fn into_plain(self) -> SqlValue {
        SqlValue::Array(self.into_iter().map(IntoPlainValue::into_plain).collect())
    }
}

const NOT_A_NAME: &str = "a field of files takes a file: `File::upload(content, name)`, or \
    `File::stored(name)` for one that is stored";

#[diagnostic::do_not_recommend]
impl<R, T: Column> IntoDynValue<R> for T {
    fn into_dyn(self) -> InsertValue {
        InsertValue::Value(self.into_value())
    }

    fn is_file(&self) -> bool {
        // NULL names none, whatever it is the NULL of.
        let null = |value| matches!(value, SqlValue::Null | SqlValue::Json(Value::Null));
        T::FILE.is_some() || null(self.to_value())
    }
}

macro_rules! tuple_values {
    ($($t:ident)+) => {
        /// The key of a row, where it has several columns.
        #[diagnostic::do_not_recommend]
        impl<R, $($t: Key),+> IntoDynValue<R> for ($($t,)+) {
            fn into_dyn(self) -> InsertValue {
                InsertValue::Value(SqlValue::Array(self.to_values()))
            }
        }
    };
}
key_tuples!(tuple_values);

#[diagnostic::do_not_recommend]
impl<R> IntoDynValue<R> for SqlValue {
    fn into_dyn(self) -> InsertValue {
        InsertValue::Value(self)
    }
}

#[diagnostic::do_not_recommend]
impl<R> IntoDynValue<R> for &str {
    fn into_dyn(self) -> InsertValue {
        InsertValue::Value(SqlValue::Text(self.to_owned()))
    }
}

#[diagnostic::do_not_recommend]
impl<R, S, T, K> IntoDynValue<R> for Expr<S, T, K>
where
    Same: Hosts<S, R>,
{
    fn into_dyn(self) -> InsertValue {
        InsertValue::Node(Box::new(self.into_node()))
    }
}

#[diagnostic::do_not_recommend]
impl<R, T> IntoDynValue<R> for RawExpr<T> {
    fn into_dyn(self) -> InsertValue {
        InsertValue::Node(Box::new(self.into_node()))
    }
}

type Fitted<T> = Result<T, String>;

/// The values of a key of several columns: a tuple, or a list in JSON.
fn key_parts(columns: &'static [FieldMeta], value: InsertValue) -> Fitted<Vec<InsertValue>> {
    let values: Vec<SqlValue> = match value {
        InsertValue::Value(SqlValue::Array(values)) => values,
        InsertValue::Value(SqlValue::Json(Value::Array(values))) => {
            values.into_iter().map(SqlValue::Json).collect()
        }
        InsertValue::Value(SqlValue::Null | SqlValue::Json(Value::Null)) => {
            vec![SqlValue::Null; columns.len()]
        }
        _ => Vec::new(),
    };
    if values.len() != columns.len() {
        return Err(format!("the value must be a key of {} columns", columns.len()));
    }
    let fitted = |(field, value)| fitted(field, InsertValue::Value(value));
    columns.iter().zip(values).map(fitted).collect()
}

fn fitted(field: &'static FieldMeta, value: InsertValue) -> Fitted<InsertValue> {
    if field.generated.is_some() {
        return Err("the database calculates it".to_owned());
    }
    let InsertValue::Value(value) = value else { return Ok(value) };
    let value = fit(field.sql_type, value)?;
    if value.is_null() {
        // In rows of another kind also a column whose type has no NULL is empty.
        let allowed = field.null.then_some(InsertValue::Value(value));
        return allowed.ok_or_else(|| "it cannot be NULL".to_owned());
    }
    if !chosen(field.choices, &value) {
        let choices: Vec<&str> = field.choices.iter().map(|choice| choice.value).collect();
        return Err(format!("the value must be one of {}", choices.join(", ")));
    }
    // A document of a type of one's own may have no null: then the column's is meant.
    if field.null && value == SqlValue::Json(Value::Null) && (field.reads)(&value).is_err() {
        return Ok(InsertValue::Value(SqlValue::Null));
    }
    let value = match &value {
        SqlValue::Array(items) if (field.reads)(&value).is_err() => without_null_documents(items),
        _ => value,
    };
    // A file's name is written by its storage, and what is wrong with a value of the right type is
    // said when it is sent.
    if field.file.is_none() && value.check().is_ok() {
        (field.reads)(&value)
            .map_err(|why| format!("the field's type could not read the value again: {why}"))?;
    }
    Ok(InsertValue::Value(value))
}

/// A list of documents whose nulls are those of the database.
fn without_null_documents(items: &[SqlValue]) -> SqlValue {
    let item = |item: &SqlValue| match item {
        SqlValue::Json(Value::Null) => SqlValue::Null,
        SqlValue::Array(items) => without_null_documents(items),
        other => other.clone(),
    };
    SqlValue::Array(items.iter().map(item).collect())
}

/// Whether a value is one of the choices. What is not could not be read back.
fn chosen(choices: &[Choice], value: &SqlValue) -> bool {
    let value = match value {
        SqlValue::Text(text) => text.clone(),
        SqlValue::I16(number) => number.to_string(),
        SqlValue::I32(number) => number.to_string(),
        SqlValue::I64(number) => number.to_string(),
        _ => return true,
    };
    choices.is_empty() || choices.iter().any(|choice| choice.value == value)
}

/// A value as one of the field's type.
///
/// # Errors
///
/// What the value must be, where it is not.
#[doc(hidden)]
pub fn fit(sql_type: SqlType, value: SqlValue) -> Fitted<SqlValue> {
    use {SqlType as T, SqlValue as V};
    let right = match (sql_type, &value) {
        (T::Array(item), V::Array(_)) => return fit_items(*item, value),
        (_, V::Json(_)) if sql_type != T::Jsonb => return from_json(sql_type, value),
        (T::Text | T::Named(_), V::Text(_)) | (T::Text, V::Upload(_)) => true,
        (_, V::Text(text)) => return read(sql_type, text),
        (_, V::I16(_) | V::I32(_) | V::I64(_)) => return whole(sql_type, &value),
        (T::Float8, V::F32(number)) => return Ok(V::F64(f64::from(*number))),
        (T::Float4, V::F64(number)) => return single(*number).ok_or_else(|| large(sql_type)),
        (_, V::Null) | (T::Named(_), _) => true,
        _ => sql_type.holds(&value),
    };
    if right { Ok(value) } else { Err(wanted(sql_type)) }
}

fn wanted(sql_type: SqlType) -> String {
    format!("the value must be `{}`", sql_type.name())
}

fn fit_items(item: SqlType, value: SqlValue) -> Fitted<SqlValue> {
    let SqlValue::Array(items) = value else { return Err(wanted(item)) };
    let items = items.into_iter().map(|value| fit(item, value));
    Ok(SqlValue::Array(items.collect::<Fitted<_>>()?))
}

/// A whole number as one of the field's type, where it is not too large for it.
fn whole(sql_type: SqlType, value: &SqlValue) -> Fitted<SqlValue> {
    let number = match value {
        SqlValue::I16(number) => i64::from(*number),
        SqlValue::I32(number) => i64::from(*number),
        SqlValue::I64(number) => *number,
        _ => return Err(wanted(sql_type)),
    };
    let large = || large(sql_type);
    Ok(match sql_type {
        SqlType::Int2 => SqlValue::I16(i16::try_from(number).map_err(|_| large())?),
        SqlType::Int4 => SqlValue::I32(i32::try_from(number).map_err(|_| large())?),
        SqlType::Int8 => SqlValue::I64(number),
        SqlType::Numeric => SqlValue::Decimal(Decimal::from(number)),
        SqlType::Float8 => SqlValue::F64(float(number).ok_or_else(large)?),
        SqlType::Float4 => float(number).and_then(single).ok_or_else(large)?,
        SqlType::Named(_) => value.clone(),
        _ => return Err(wanted(sql_type)),
    })
}

fn large(sql_type: SqlType) -> String {
    format!("the number is out of range for `{}`, or not exact in it", sql_type.name())
}

/// A whole number as a float, where there is one that is equal to it.
fn float(number: i64) -> Option<f64> {
    let float = number as f64;
    #[expect(clippy::cast_possible_truncation, reason = "a whole number, within the range")]
    let back = float as i128;
    (back == i128::from(number)).then_some(float)
}

/// A float as one of half the size, where there is one that is equal to it.
fn single(number: f64) -> Option<SqlValue> {
    #[expect(clippy::cast_possible_truncation, reason = "compared with what it was")]
    let single = number as f32;
    (f64::from(single) == number || number.is_nan()).then_some(SqlValue::F32(single))
}

fn read(sql_type: SqlType, text: &str) -> Fitted<SqlValue> {
    match (sql_type, sql_type.parse(text)) {
        (_, Ok(value)) => Ok(value),
        // The field's type may have room for more digits than `Decimal`.
        (SqlType::Numeric, Err(wanted)) => match Numeric::parse(text) {
            Some(number) => Ok(SqlValue::Numeric(number)),
            None => Err(format!("the value must be {wanted}")),
        },
        (_, Err(wanted)) => Err(format!("the value must be {wanted}")),
    }
}

fn from_json(sql_type: SqlType, value: SqlValue) -> Fitted<SqlValue> {
    let SqlValue::Json(json) = value else { return Err(wanted(sql_type)) };
    match (sql_type, json) {
        (SqlType::Jsonb, json) => Ok(SqlValue::Json(json)),
        (_, Value::Null) => Ok(SqlValue::Null),
        (_, Value::Bool(bool)) => fit(sql_type, SqlValue::Bool(bool)),
        (_, Value::String(text)) => fit(sql_type, SqlValue::Text(text)),
        (SqlType::Array(item), Value::Array(items)) => {
            let items = items.into_iter().map(|json| from_json(*item, SqlValue::Json(json)));
            Ok(SqlValue::Array(items.collect::<Fitted<_>>()?))
        }
        (SqlType::Numeric, Value::Number(number)) => read(sql_type, &number.to_string()),
        #[expect(clippy::cast_possible_truncation, reason = "`real` is that coarse")]
        (SqlType::Float4, Value::Number(number)) => {
            let single = number.as_f64().map(|n| n as f32).filter(|n| n.is_finite());
            single.map(SqlValue::F32).ok_or_else(|| large(sql_type))
        }
        (SqlType::Float8, Value::Number(number)) => {
            number.as_f64().map(SqlValue::F64).ok_or_else(|| wanted(sql_type))
        }
        (_, Value::Number(number)) => match number.as_i64() {
            Some(number) => whole(sql_type, &SqlValue::I64(number)),
            None => Err(wanted(sql_type)),
        },
        (_, Value::Object(map)) if sql_type.bounds().is_some() => range(sql_type, map),
        // A vector of numbers is written as they are in JSON.
        (SqlType::Named(_), Value::Array(items)) if items.iter().all(Value::is_number) => {
            Ok(SqlValue::Text(Value::Array(items).to_string()))
        }
        (_, json) => sql_type.of_json(json).ok_or_else(|| wanted(sql_type)),
    }
}

/// True of two bounds the wrong way round.
fn is_above(lower: &BoundValue, upper: &BoundValue) -> bool {
    use SqlValue as V;
    let (Some(lower), Some(upper)) = (value_of(lower), value_of(upper)) else { return false };
    match (lower, upper) {
        (V::I32(lower), V::I32(upper)) => lower > upper,
        (V::I64(lower), V::I64(upper)) => lower > upper,
        (V::Decimal(lower), V::Decimal(upper)) => lower > upper,
        (V::Date(lower), V::Date(upper)) => lower > upper,
        (V::Timestamp(lower), V::Timestamp(upper)) => lower > upper,
        (V::TimestampTz(lower), V::TimestampTz(upper)) => lower > upper,
        _ => false,
    }
}

/// True of the last whole number in a bound that the server writes by the next one.
fn is_last(bound: &BoundValue, included: bool) -> bool {
    matches!(bound, BoundValue::Included(_)) == included
        && matches!(value_of(bound), Some(SqlValue::I32(i32::MAX) | SqlValue::I64(i64::MAX)))
}

fn value_of(bound: &BoundValue) -> Option<&SqlValue> {
    match bound {
        BoundValue::Unbounded => None,
        BoundValue::Included(value) | BoundValue::Excluded(value) => Some(value),
    }
}

/// A range in the form that serde and Django give it:
/// `{"lower": 1, "upper": 5, "bounds": "[)"}`, `{"empty": true}`.
fn range(sql_type: SqlType, mut map: Map<String, Value>) -> Fitted<SqlValue> {
    let bounds = sql_type.bounds().unwrap_or(sql_type);
    if map.get("empty") == Some(&Value::Bool(true)) {
        return Ok(SqlValue::Range(Box::new(RangeValue::Empty)));
    }
    let ends = match map.get("bounds") {
        None => "[)".to_owned(),
        Some(Value::String(text)) if matches!(text.as_str(), "[)" | "[]" | "(]" | "()") => {
            text.clone()
        }
        Some(_) => {
            return Err("the value must have `bounds` of `[)`, `[]`, `(]` or `()`".to_owned());
        }
    };
    let mut end = |name, included| {
        Ok::<_, String>(match map.remove(name) {
            None | Some(Value::Null) => BoundValue::Unbounded,
            Some(json) => match (from_json(bounds, SqlValue::Json(json))?, included) {
                (value, true) => BoundValue::Included(value),
                (value, false) => BoundValue::Excluded(value),
            },
        })
    };
    let lower = end("lower", ends.starts_with('['))?;
    let upper = end("upper", ends.ends_with(']'))?;
    if is_above(&lower, &upper) {
        return Err("the value must have a `lower` that is not above its `upper`".to_owned());
    }
    if is_last(&lower, false) || is_last(&upper, true) {
        return Err(format!(
            "the value must not end with the last of `{}`, which PostgreSQL keeps by the one after \
             it: leave this side of the range open",
            bounds.name()
        ));
    }
    Ok(SqlValue::Range(Box::new(RangeValue::Bounds { lower, upper })))
}
