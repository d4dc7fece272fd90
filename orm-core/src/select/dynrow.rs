//! Rows whose fields have names but no struct: `row!{ id: b.id(), author: b.author().name() }`.

use super::{Select, Selection, Selects, Totals};
use crate::column::{Finite, NOT_FINITE};
use crate::model::Model;
use crate::row::{Decoded, Reader, RowDecoder};
use orm_sql::error::{Error, Result};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use serde_json::Value;
use std::any::{Any, type_name};
use std::fmt;

/// A row with named values of any types.
///
/// ```
/// # use orm_doctest::*; run(async |db| {
/// let rows: Vec<DynRow> =
///     Book::objects().values(|b| row! { id: b.id(), author: b.author().name() }).all(&db).await?;
/// assert_sent!(
///     db,
///     "SELECT t0.id, t1.name FROM book AS t0 JOIN author AS t1 ON t1.id = t0.author_id"
/// );
/// assert_eq!(rows[0].get::<i64>("id")?, 1);
/// # Ok(()) })
/// ```
pub struct DynRow {
    names: &'static [&'static str],
    values: Vec<Box<dyn DynValue>>,
}

impl DynRow {
    /// The value of a name, as the type that was selected.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where there is no such name, or its value is of another type.
    pub fn get<T: Clone + 'static>(&self, name: &str) -> Result<T> {
        let Some(value) = self.value(name) else {
            let names = self.names.join("`, `");
            return Err(Error::usage(format!("the row has no `{name}`; it has `{names}`")));
        };
        value.as_any().downcast_ref::<T>().cloned().ok_or_else(|| {
            let (is, asked) = (value.type_name(), type_name::<T>());
            Error::usage(format!("`{name}` of the row is a `{is}`, not a `{asked}`"))
        })
    }

    /// The names, in the order of the selection.
    pub fn names(&self) -> &'static [&'static str] {
        self.names
    }

    fn value(&self, name: &str) -> Option<&dyn DynValue> {
        let place = self.names.iter().position(|other| *other == name)?;
        self.values.get(place).map(|value| &**value)
    }
}

impl Serialize for DynRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.names.len()))?;
        for (name, value) in self.names.iter().zip(&self.values) {
            map.serialize_entry(name, &value.to_json().map_err(S::Error::custom)?)?;
        }
        map.end()
    }
}

impl fmt::Debug for DynRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = f.debug_map();
        for (name, value) in self.names.iter().zip(&self.values) {
            match value.to_json() {
                Ok(json) => row.entry(name, &format_args!("{json}")),
                Err(_) => row.entry(name, &value.type_name()),
            };
        }
        row.finish()
    }
}

/// A value of a [`DynRow`]: anything that can be kept and serialized.
pub trait DynValue: Send + Sync {
    /// The value as what it is.
    fn as_any(&self) -> &dyn Any;
    /// The name of its type, for messages.
    fn type_name(&self) -> &'static str;
    /// The value as JSON.
    ///
    /// # Errors
    ///
    /// What its own serialization reports.
    fn to_json(&self) -> Result<Value, serde_json::Error>;
}

impl<T: Serialize + Send + Sync + 'static> DynValue for T {
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn type_name(&self) -> &'static str {
        type_name::<T>()
    }
    fn to_json(&self) -> Result<Value, serde_json::Error> {
        let json = serde_json::to_value(self)?;
        // A float that JSON does not have would be `null` by now.
        if !has_null(&json) || self.serialize(Finite).is_ok() {
            return Ok(json);
        }
        floats(self).ok_or_else(|| serde_json::Error::custom(NOT_FINITE))
    }
}

fn has_null(json: &Value) -> bool {
    match json {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(map) => map.values().any(has_null),
        _ => false,
    }
}

/// Floats, and lists of them, with `"NaN"` and `"Infinity"` as the server's `to_jsonb` has them, and as
/// they are read again.
fn floats(value: &dyn Any) -> Option<Value> {
    macro_rules! any_of {
        ($($t:ty)*) => {$(
            if let Some(value) = value.downcast_ref::<$t>() {
                return Some(value.json());
            }
            if let Some(value) = value.downcast_ref::<Option<$t>>() {
                return Some(value.json());
            }
        )*};
    }
    any_of!(f64 Vec<f64> Vec<Option<f64>> Vec<Vec<f64>>);
    any_of!(f32 Vec<f32> Vec<Option<f32>> Vec<Vec<f32>>);
    None
}

trait Floats {
    fn json(&self) -> Value;
}

macro_rules! float {
    ($($t:ty)*) => {$(
        impl Floats for $t {
            fn json(&self) -> Value {
                match self {
                    finite if finite.is_finite() => Value::from(*finite),
                    nan if nan.is_nan() => "NaN".into(),
                    infinite if *infinite > 0.0 => "Infinity".into(),
                    _ => "-Infinity".into(),
                }
            }
        }
    )*};
}
float!(f32 f64);

impl<T: Floats> Floats for Option<T> {
    fn json(&self) -> Value {
        self.as_ref().map_or(Value::Null, Floats::json)
    }
}

impl<T: Floats> Floats for Vec<T> {
    fn json(&self) -> Value {
        Value::Array(self.iter().map(Floats::json).collect())
    }
}

/// Named selections. `row!{ … }` without a struct expands to it.
#[derive(Clone)]
pub struct Named<S> {
    names: &'static [&'static str],
    select: S,
}

/// Names what nested pairs select: `(a, (b, ()))`.
pub fn named<R: Model, S: NamedSelect<R>>(names: &'static [&'static str], select: S) -> Named<S> {
    Named { names, select }
}

#[diagnostic::do_not_recommend]
impl<R: Model, S: NamedSelect<R>> Selects<R> for Named<S> {
    type Out = DynRow;
    type Decoder = NamedDecoder;
    fn selects(self, into: &mut Selection<'_>) -> NamedDecoder {
        let mut decoders = Vec::with_capacity(self.names.len());
        self.select.add_to(into, &mut decoders);
        NamedDecoder { names: self.names, decoders }
    }
}

#[diagnostic::do_not_recommend]
impl<S: Totals> Totals for Named<S> {
    type Is = S::Is;
}

/// Nested pairs of selections whose values can be kept in a [`DynRow`].
pub trait NamedSelect<R: Model> {
    /// Adds them to a selection, in order.
    fn add_to(self, into: &mut Selection<'_>, decoders: &mut Vec<Box<dyn DynDecoder>>);
}

impl<R: Model> NamedSelect<R> for () {
    fn add_to(self, _: &mut Selection<'_>, _: &mut Vec<Box<dyn DynDecoder>>) {}
}

impl<R: Model, S: Select<R>, N: NamedSelect<R>> NamedSelect<R> for (S, N)
where
    S::Out: DynValue,
{
    fn add_to(self, into: &mut Selection<'_>, decoders: &mut Vec<Box<dyn DynDecoder>>) {
        decoders.push(Box::new(self.0.select(into)));
        self.1.add_to(into, decoders);
    }
}

/// A decoder whose value's type is forgotten.
pub trait DynDecoder: Send + Sync {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// When a cell holds something else than was selected.
    fn decode_dyn(&self, reader: &mut Reader<'_>) -> Decoded<Box<dyn DynValue>>;
}

impl<D: RowDecoder> DynDecoder for D
where
    D::Out: DynValue + 'static,
{
    fn decode_dyn(&self, reader: &mut Reader<'_>) -> Decoded<Box<dyn DynValue>> {
        Ok(Box::new(self.decode(reader)?))
    }
}

/// Reads a [`DynRow`].
pub struct NamedDecoder {
    names: &'static [&'static str],
    decoders: Vec<Box<dyn DynDecoder>>,
}

impl RowDecoder for NamedDecoder {
    type Out = DynRow;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<DynRow> {
        let values = self.decoders.iter().map(|decoder| decoder.decode_dyn(reader));
        Ok(DynRow { names: self.names, values: values.collect::<Decoded<_>>()? })
    }
}
