//! Drafts, which are unsaved rows: what their setters take, and the check that nothing required is missing.

mod generic;
pub mod mistakes;
mod nested;
mod of_query;
mod plain;
mod spare;
mod typed;
mod value;

pub use generic::{GenericSlot, Whole};
pub(crate) use nested::Nested;
pub(crate) use of_query::{Given, whole};
pub(crate) use plain::Plain;
pub use typed::{
    AllSet, At, Here, In, Inside, KeySlot, Lacks, Mark, NullableKeySlot, Optional, Put, Requires,
    SharedSlot, Slot, TypedDraft, Unsaved, WideKeySlot, Within,
};
pub use value::IntoField;
#[doc(hidden)]
pub use value::{FieldValue, GivenValue, InDraft};

use crate::ir::tenant::{of_another, tenant_of};
use crate::ir::{Default, FieldMeta, ModelMeta, Node, RelatedSet, Relation, other_kinds};
use crate::model::{GivenKey, KeyOf, Model, ModelFields};
pub(crate) use crate::query::InsertRow as Row;
use crate::query::InsertValue;
use chrono::{DateTime, SubsecRound, Utc};
use orm_sql::error::{Error, Result};
use orm_sql::exec::Tenancy;
use orm_sql::value::SqlValue;
use std::sync::{Arc, OnceLock};

/// An unsaved row: [`Unsaved`], or [`DynDraft`](crate::instance::DynDraft).
pub trait Draft: Sized + Send + 'static {
    /// The model.
    type Model: Model;
    /// The values given so far.
    fn into_raw(self) -> RawDraft;
    /// The values given so far, to look at and to change.
    fn raw_mut(&mut self) -> &mut RawDraft;
}

/// A draft of the model `M`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a draft of `{M}`",
    label = "expected a draft of `{M}`",
    note = "write `draft!({M} {{ … }})`"
)]
pub trait DraftOf<M>: Draft<Model = M> {
    /// The draft, once it is known to be one of `M`: what is asked of it further is no second error.
    #[doc(hidden)]
    type Itself;
}
#[diagnostic::do_not_recommend]
impl<M: Model, D: Draft<Model = M>> DraftOf<M> for D {
    type Itself = D;
}

/// A draft to which nothing required is missing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a draft with every required field",
    label = "expected `draft!(Model {{ … }})`",
    note = "a row that exists is saved by `.save(&db)`, and copied by `draft!(Book {{ ..book }})`; drafts are given themselves, not by reference"
)]
pub trait Complete: Draft {
    /// Nothing. Bounds that name it have shorter messages.
    #[doc(hidden)]
    type Of;
}

/// A draft to which nothing required is missing but the field `F`, which comes from elsewhere.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a draft of the related model with every field but its key",
    label = "expected `draft!(Model {{ … }})`",
    note = "a row that exists is put into the set by `.add(&db, [&row])`"
)]
pub trait CompleteBut<F>: Draft {
    /// Nothing. Bounds that name it have shorter messages.
    #[doc(hidden)]
    type Of;
}

/// A required field has been given.
#[derive(Debug, Clone, Copy)]
pub struct Set;

/// A required field has not been given yet.
#[derive(Debug, Clone, Copy)]
pub struct Unset;

/// The values of a draft, by the places of the model's fields.
#[derive(Clone, Debug)]
pub struct RawDraft {
    model: &'static ModelMeta,
    values: Row,
    /// What few drafts have. In a box: drafts are moved with each value that they are given.
    rest: Option<Box<Rest>>,
}

#[derive(Clone, Debug, std::default::Default)]
struct Rest {
    /// The first mistake, of those that types could not catch.
    mistake: Option<Box<str>>,
    /// What is saved after the row, because it refers to it.
    nested: Vec<Arc<dyn Nested>>,
}

impl RawDraft {
    /// A draft without values.
    pub fn new(model: &'static ModelMeta) -> Self {
        RawDraft { model, values: spare::row(model.width()), rest: None }
    }

    /// What it held is free, and the next draft of this thread may have its place.
    pub(crate) fn reuse(&mut self) {
        spare::keep(std::mem::take(&mut self.values));
    }

    /// Its values as they are.
    pub(crate) fn into_slots(self) -> Row {
        self.values
    }

    /// A draft of a whole row.
    pub(crate) fn of_row(model: &'static ModelMeta, values: Row) -> Self {
        RawDraft { model, values, rest: None }
    }

    /// The model.
    pub fn model(&self) -> &'static ModelMeta {
        self.model
    }

    /// Gives a field its value, by its place.
    pub fn set(&mut self, field: usize, value: InsertValue) {
        if let Some(slot) = self.values.get_mut(field) {
            *slot = Some(value);
        }
    }

    /// [`set`](Self::set) of a value that is made in its place: made elsewhere and moved, it would be
    /// waited for.
    #[inline]
    pub(crate) fn set_with(&mut self, field: usize, value: impl FnOnce() -> InsertValue) {
        let Some(slot) = self.values.get_mut(field) else { return };
        if slot.is_some() {
            empty(slot);
        }
        // There is nothing to drop.
        std::mem::forget(slot.replace(value()));
    }

    /// Gives the columns of a key the values that a related set says, with the kind of a generic one.
    pub(crate) fn set_key_of(&mut self, set: &RelatedSet, fields: &'static [FieldMeta]) {
        self.set_key(fields, &set.key);
        if let Some((kind, value)) = set.step.relation().and_then(Relation::kind_is) {
            self.set_key(std::slice::from_ref(kind), &[value]);
        }
    }

    /// Gives the columns of a key the values that a relation says. Others in the draft are a mistake.
    pub(crate) fn set_key(&mut self, fields: &'static [FieldMeta], key: &[SqlValue]) {
        let first = fields.first().and_then(|first| self.place_of(first));
        let given = first.and_then(|first| self.values.get(first..first + fields.len()));
        let differs = |(slot, value): (&Option<InsertValue>, &SqlValue)| {
            let another = |slot: &InsertValue| *slot != InsertValue::Value(value.clone());
            slot.as_ref().is_some_and(|slot| !slot.is_null() && another(slot))
        };
        let another = other_kinds(fields).any(|field| {
            let given = self.value(self.model, field);
            given.is_some_and(|given| !given.is_null())
        });
        if another || given.is_some_and(|given| given.iter().zip(key).any(differs)) {
            let name = fields.first().map_or("", |field| field.name);
            self.fail(format!(
                "`{name}` of `{}` comes from the relation, and the draft gives another: leave it out",
                self.model.name
            ));
        }
        for (place, value) in key.iter().enumerate().take(fields.len()) {
            let Some(first) = first else { return };
            self.set(first + place, InsertValue::Value(value.clone()));
        }
    }

    fn place_of(&self, field: &FieldMeta) -> Option<usize> {
        self.model.place_of(field)
    }

    /// [`set`](Self::set) of a key of several columns, from the place of its first; what generated
    /// setters call.
    pub fn with_key_of<M: Model>(mut self, first: usize, key: impl KeyOf<M>) -> Self {
        for (place, value) in key.into_values().into_iter().enumerate() {
            self.set(first + place, InsertValue::Value(value));
        }
        self
    }

    /// [`with_key_of`](Self::with_key_of) for a key that may be NULL.
    pub fn with_key_or_null<M: Model, R: Model>(
        mut self,
        first: usize,
        key: impl GivenKey<M, R>,
    ) -> Self {
        let fields = self.model.fields.get(first).and_then(|field| field.relation);
        let fields = fields.map_or(&[][..], crate::ir::Relation::fields);
        for (place, (_, value)) in key.given_key(None).into_parts(fields).into_iter().enumerate() {
            let value = match value {
                Node::Value(value, _) => InsertValue::Value(value),
                node => InsertValue::Node(Box::new(node)),
            };
            self.set(first + place, value);
        }
        self
    }

    /// [`set`](Self::set) with a value of the field's type; what generated setters call.
    pub fn with<T, R>(mut self, field: usize, value: impl IntoField<T, R>) -> Self {
        self.set_with(field, || value.into_field());
        self
    }

    /// [`set`](Self::set) of a key that refers to another field than the primary key.
    pub fn with_key<M: Model, R: Model>(
        mut self,
        field: usize,
        to_field: &'static str,
        key: impl GivenKey<M, R>,
    ) -> Self {
        let value = match key.given_key(Some(to_field)) {
            Node::Row(values) => {
                InsertValue::Value(values.into_iter().next().unwrap_or(SqlValue::Null))
            }
            other => InsertValue::Node(Box::new(other)),
        };
        self.set(field, value);
        self
    }

    /// Gives the fields of a flattened struct their values, from the place of its first.
    pub fn with_fields<T: ModelFields>(mut self, first: usize, fields: &T) -> Self {
        for place in 0..T::WIDTH {
            let field = self.model.fields.get(first + place);
            if field.is_some_and(|field| field.generated.is_none()) {
                self.set(first + place, InsertValue::Value(fields.value(place)));
            }
        }
        self
    }

    /// Gives the fields that are left out their defaults in Rust, and NULL where that is allowed,
    /// so that what is looked at now is what is inserted later.
    pub(crate) fn fill(&mut self) {
        for (field, slot) in self.model.fields.iter().zip(&mut self.values) {
            let automatic = field.is_drawn() || field.version;
            if slot.is_some() || automatic || field.auto_now || field.auto_now_add {
                continue;
            }
            *slot = match field.default {
                Default::Rust(default) => Some(InsertValue::Value(default())),
                Default::Database(_) => None,
                Default::None if field.null => Some(InsertValue::Value(SqlValue::Null)),
                Default::None => None,
            };
        }
    }

    /// What a field was given, by its place.
    pub(crate) fn given(&self, field: usize) -> Option<&InsertValue> {
        self.values.get(field)?.as_ref()
    }

    /// Fills in the tenant of the executor, where the model has tenants.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where the executor has none, and where the draft gives another one.
    pub(crate) fn give_tenant(&mut self, tenancy: &Tenancy) -> Result<()> {
        let mut fields = self.model.tenant_fields();
        fields.try_for_each(|(place, field)| self.give_tenant_to(place, field, tenancy))
    }

    fn give_tenant_to(
        &mut self,
        place: usize,
        field: &'static FieldMeta,
        tenancy: &Tenancy,
    ) -> Result<()> {
        let given = self.values.get(place).and_then(Option::as_ref);
        match (tenant_of(self.model, field, tenancy)?, given) {
            (Some(tenant), None | Some(InsertValue::Default)) => {
                self.set(place, InsertValue::Value(tenant));
                Ok(())
            }
            (Some(tenant), Some(InsertValue::Value(value))) if value.is_same(&tenant) => Ok(()),
            (Some(_), Some(_)) => Err(of_another(self.model, field, "the draft")),
            (None, None | Some(InsertValue::Default)) if matches!(field.default, Default::None) => {
                Err(Error::usage(format!(
                    "the draft of `{}` misses the field `{}`, which an executor of all tenants does \
                     not fill in: give it, or save the draft on `db.for_tenant(…)`",
                    self.model.name, field.name
                )))
            }
            (None, _) => Ok(()),
        }
    }

    /// Takes every field over that is not given and no key, from a row that exists.
    pub fn copy_from<M: Model>(&mut self, row: &M) {
        for (place, (field, slot)) in self.model.fields.iter().zip(&mut self.values).enumerate() {
            // A new row has a key of its own, and was saved never.
            let own = self.model.is_key_at(place) || field.version;
            if slot.is_none() && !own && field.generated.is_none() {
                *slot = Some(InsertValue::Value(row.value(place)));
            }
        }
    }

    /// Remembers the first mistake: it is the error of whoever saves the draft.
    pub(crate) fn fail(&mut self, mistake: String) {
        self.rest.get_or_insert_default().mistake.get_or_insert(mistake.into_boxed_str());
    }

    /// Has something saved after the row.
    pub(crate) fn nest(&mut self, nested: Arc<dyn Nested>) {
        self.rest.get_or_insert_default().nested.push(nested);
    }

    /// True where something is saved after the row.
    pub(crate) fn has_nested(&self) -> bool {
        self.rest.as_ref().is_some_and(|rest| !rest.nested.is_empty())
    }

    /// What is saved after the row; whoever takes it sees to it.
    pub(crate) fn take_nested(&mut self) -> Vec<Arc<dyn Nested>> {
        self.rest.as_mut().map(|rest| std::mem::take(&mut rest.nested)).unwrap_or_default()
    }

    /// The first mistake, where there is one.
    pub(crate) fn mistake(&self) -> Result<()> {
        let mistake = self.rest.as_ref().and_then(|rest| rest.mistake.as_ref());
        mistake.map_or(Ok(()), |mistake| Err(Error::usage(mistake.as_ref())))
    }

    /// Whether the values are right and none is missing.
    ///
    /// # Errors
    ///
    /// The first mistake.
    pub(crate) fn check(&self) -> Result<()> {
        let mut draft = self.clone();
        draft.take_nested();
        draft.into_row(&now()).map(drop)
    }

    /// The places of the fields that are given.
    pub(crate) fn given_places(&self) -> impl Iterator<Item = usize> {
        let given = self.values.iter().enumerate().filter(|(_, value)| value.is_some());
        given.map(|(place, _)| place)
    }

    /// The value of a field, where there is one.
    pub(crate) fn value(&self, model: &ModelMeta, field: &FieldMeta) -> Option<&InsertValue> {
        let place = model.place_of(field)?;
        self.values.get(place)?.as_ref()
    }

    /// The draft with all defaults filled in.
    ///
    /// # Errors
    ///
    /// Those of saving it.
    pub(crate) fn filled(mut self) -> Result<RawDraft> {
        let (model, nested) = (self.model, self.take_nested());
        let values = self.into_row(&now())?;
        let rest = (!nested.is_empty()).then(|| Box::new(Rest { mistake: None, nested }));
        Ok(RawDraft { model, values, rest })
    }

    /// The values to insert, with defaults filled in: one for each field that is not left to the
    /// database in every row.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where a required field is missing, which only drafts made at run time can.
    pub(crate) fn into_values(self, now: &Now) -> Result<Vec<InsertValue>> {
        let row = self.into_row(now)?.into_iter();
        Ok(row.map(|value| value.unwrap_or(InsertValue::Default)).collect())
    }

    /// [`into_values`](Self::into_values) in place: there is a value for each field.
    pub(crate) fn into_row(self, now: &Now) -> Result<Row> {
        self.mistake()?;
        let has_nested = self.has_nested();
        let RawDraft { model, mut values, rest: _ } = self;
        if has_nested {
            return Err(Error::usage(format!(
                "a draft of `{}` with related rows in it is saved by `save` or `create`, not with \
                 many others",
                model.name
            )));
        }
        for (field, slot) in model.fields.iter().zip(&mut values) {
            if slot.is_none() || field.auto_now {
                *slot = Some(filled(model, field, slot.take(), now)?);
            }
            if let (true, Some(InsertValue::Value(value))) = (field.is_bounded(), slot) {
                *value = field.kept(std::mem::replace(value, SqlValue::Null));
            }
        }
        Ok(values)
    }
}

#[cold]
fn empty(slot: &mut Option<InsertValue>) {
    *slot = None;
}

fn filled(
    model: &'static ModelMeta,
    field: &'static FieldMeta,
    value: Option<InsertValue>,
    now: &Now,
) -> Result<InsertValue> {
    if field.auto_now || (field.auto_now_add && value.is_none()) {
        return Ok(InsertValue::Value(now_as(field, now)));
    }
    match (value, field.default) {
        (Some(value), _) => Ok(value),
        (None, _) if field.is_drawn() => Ok(InsertValue::Default),
        (None, Default::Rust(default)) => Ok(InsertValue::Value(default())),
        (None, Default::Database(_)) => Ok(InsertValue::Default),
        (None, Default::None) if field.version => Ok(InsertValue::Value(FIRST_VERSION)),
        (None, Default::None) if field.null => Ok(InsertValue::Value(SqlValue::Null)),
        // The executor gives it.
        (None, Default::None) if model.as_tenant(field).is_some() => Ok(InsertValue::Default),
        (None, Default::None) => Err(Error::usage(format!(
            "the draft of `{}` misses the required field `{}`",
            model.name, field.name
        ))),
    }
}

pub(crate) fn now() -> Now {
    Now(OnceLock::new())
}

/// The present moment, the same for all that ask; no clock is read where nobody does.
pub(crate) struct Now(OnceLock<DateTime<Utc>>);

impl Now {
    fn moment(&self) -> DateTime<Utc> {
        *self.0.get_or_init(|| Utc::now().trunc_subsecs(6))
    }
}

/// The version of a row that is new.
pub(crate) const FIRST_VERSION: SqlValue = SqlValue::I16(1);

/// The present moment as the type of a field.
pub(crate) fn now_as(field: &FieldMeta, now: &Now) -> SqlValue {
    use orm_sql::value::SqlType;
    let moment = now.moment();
    match field.sql_type {
        SqlType::Date => SqlValue::Date(moment.date_naive()),
        SqlType::Time => SqlValue::Time(moment.time()),
        SqlType::Timestamp => SqlValue::Timestamp(moment.naive_utc()),
        _ => SqlValue::TimestampTz(moment),
    }
}
