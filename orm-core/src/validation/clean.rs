//! `full_clean`: of rows and of drafts.

use super::database::{self, Known};
use super::fields;
use crate::draft::{Draft, RawDraft, now, now_as};
use crate::expr::Columns;
use crate::ir::{Behaviour, Default, FieldMeta, ModelMeta, Node, Relation};
use crate::model::{Key, Model, OnFields};
use crate::query::InsertValue;
use crate::row::{Reader, encoded};
use orm_sql::error::{Error, Errors, Result};
use orm_sql::exec::{BoxFuture, Executor};
use orm_sql::value::SqlValue;
use std::marker::PhantomData;

/// Rules of a model that concern more than one field. The model says `#[model(clean)]`, and
/// [`full_clean`](FullClean::full_clean) calls it after it has checked the fields.
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Model)]
/// #[model(clean)]
/// struct Event {
///     id: i64,
///     starts: NaiveDate,
///     ends: NaiveDate,
/// }
///
/// impl Clean for Event {
///     fn clean(&mut self, errors: &mut Errors) {
///         if self.ends < self.starts {
///             errors.add("ends", ValidationError::new("order", "It ends before it starts."));
///         }
///     }
/// }
/// # fn main() {
/// let mut event = Event { id: 1, starts: NaiveDate::MAX, ends: NaiveDate::MIN };
/// assert!(event.full_clean().is_err());
/// # }
/// ```
///
/// What it changes is kept. It runs where fields have errors too. Of a draft it sees the unsaved
/// row, with zero (or its like) in what only the database knows: keys that it makes, and generated
/// columns.
#[diagnostic::on_unimplemented(
    message = "`#[model(clean)]` needs `impl Clean for {Self}`",
    label = "no `impl Clean`"
)]
pub trait Clean: HasClean + Sized {
    /// Checks the row, and puts right what can be.
    fn clean(&mut self, errors: &mut Errors);
}

/// Models that say `#[model(clean)]`, so that it is called. The derive implements it.
#[diagnostic::on_unimplemented(
    message = "the `clean` of `{Self}` would never run: its derive does not know of it",
    label = "`{Self}` does not say that it has one",
    note = "add `#[model(clean)]` to the struct"
)]
pub trait HasClean {}

/// Validation of rows. Saving does not validate unless the model says `#[model(validate)]`.
pub trait FullClean: Model {
    /// Checks every field, then the model's [`Clean`]. No query runs.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let mut tag = Tag { id: 1, name: "s".repeat(100) };
    /// let error = tag.full_clean().unwrap_err();
    /// assert!(matches!(error, Error::Validation(_)));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] with everything that is wrong.
    fn full_clean(&mut self) -> Result<()> {
        clean_row(self, &[]).into_result()
    }

    /// [`full_clean`](Self::full_clean) without some fields.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let mut tag = Tag { id: 1, name: "s".repeat(100) };
    /// assert!(tag.full_clean_without(|t| t.name()).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] with everything that is wrong.
    fn full_clean_without<X: Columns<Self>>(
        &mut self,
        excluded: impl OnFields<Self, X>,
    ) -> Result<()> {
        clean_row(self, &names::<Self, X>(excluded)).into_result()
    }

    /// [`full_clean`](Self::full_clean), then everything that the database knows, in one
    /// statement: whether the keys refer to rows (that `limit_choices_to` allows), whether unique
    /// fields and constraints are free for this row, and whether check constraints hold. Fields
    /// that are wrong already are left out of it.
    ///
    /// Another transaction can still come in between: the constraints have the last word.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let mut tag = Tag { id: 1, name: "sea".into() };
    /// let result = tag.full_clean_with(&db).await;
    /// assert_sent!(
    ///     db,
    ///     "SELECT EXISTS (SELECT 1 FROM tag AS t1 WHERE NOT (t1.id = $1) AND t1.name = t0.name)
    ///      FROM (SELECT CAST($2 AS bigint) AS id, CAST($3 AS text) AS name) AS t0"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] with everything that is wrong; what the server or the connection
    /// reports.
    fn full_clean_with<'a, E: Executor + ?Sized>(
        &'a mut self,
        db: &'a E,
    ) -> FullCleanWith<'a, E, Self> {
        FullCleanWith::new(db, move |excluded| {
            let errors = clean_row(self, excluded);
            Ok((errors, Known::of_row(self)))
        })
    }
}
impl<M: Model> FullClean for M {}

/// Validation of drafts.
pub trait FullCleanDraft: Draft {
    /// Checks every field that is known, then the model's [`Clean`]. No query runs. Defaults in
    /// Rust are filled in, so that what is checked is what is saved; expressions and defaults of
    /// the database are not looked at.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let mut draft = draft!(Tag { name: "s".repeat(100) });
    /// assert!(draft.full_clean().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] with everything that is wrong. [`Error::Usage`] where the model has
    /// a [`Clean`] that would see a field which only the database can calculate.
    fn full_clean(&mut self) -> Result<()> {
        clean_draft(self.raw_mut(), &[])?.into_result()
    }

    /// [`full_clean`](Self::full_clean) without some fields.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let mut draft = draft!(Tag { name: "s".repeat(100) });
    /// assert!(draft.full_clean_without(|t| t.name()).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// As [`full_clean`](Self::full_clean).
    fn full_clean_without<X: Columns<Self::Model>>(
        &mut self,
        excluded: impl OnFields<Self::Model, X>,
    ) -> Result<()> {
        let excluded = names::<Self::Model, X>(excluded);
        clean_draft(self.raw_mut(), &excluded)?.into_result()
    }

    /// [`full_clean`](Self::full_clean), then everything that the database knows, as
    /// [`FullClean::full_clean_with`] has it.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let mut draft = draft!(Tag { name: "sea" });
    /// let result = draft.full_clean_with(&db).exclude(|t| t.name()).await;
    /// assert_sent!(db);
    /// let result = draft.full_clean_with(&db).await;
    /// assert_sent!(
    ///     db,
    ///     "SELECT EXISTS (SELECT 1 FROM tag AS t1 WHERE t1.name = t0.name) FROM (SELECT CAST($1
    ///      AS bigint) AS id, CAST($2 AS text) AS name) AS t0"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// As [`full_clean`](Self::full_clean); what the server or the connection reports.
    fn full_clean_with<'a, E: Executor + ?Sized>(
        &'a mut self,
        db: &'a E,
    ) -> FullCleanWith<'a, E, Self::Model> {
        FullCleanWith::new(db, move |excluded| {
            let raw = self.raw_mut();
            let errors = clean_draft(raw, excluded)?;
            Ok((errors, Known::of_draft(raw)))
        })
    }
}
impl<D: Draft> FullCleanDraft for D {}

/// Checks what Rust knows, and says what it is that the database is to check.
type Prepare<'a> = Box<dyn FnOnce(&[&'static str]) -> Result<(Errors, Known)> + Send + 'a>;

/// Validation with the help of the database, to be awaited.
#[must_use = "nothing is checked before it is awaited"]
pub struct FullCleanWith<'a, E: ?Sized, M> {
    prepare: Prepare<'a>,
    db: &'a E,
    excluded: Vec<&'static str>,
    of: PhantomData<fn() -> M>,
}

impl<'a, E: ?Sized, M: Model> FullCleanWith<'a, E, M> {
    fn new(
        db: &'a E,
        prepare: impl FnOnce(&[&'static str]) -> Result<(Errors, Known)> + Send + 'a,
    ) -> Self {
        FullCleanWith { prepare: Box::new(prepare), db, excluded: Vec::new(), of: PhantomData }
    }

    /// Leaves fields out, and the constraints that they are part of:
    /// `.exclude(|b| (b.name(), b.pages()))`.
    pub fn exclude<X: Columns<M>>(mut self, fields: impl OnFields<M, X>) -> Self {
        self.excluded.extend(names::<M, X>(fields));
        self
    }
}

impl<'a, E: Executor + ?Sized, M: Model> IntoFuture for FullCleanWith<'a, E, M> {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'a, Result<()>>;

    fn into_future(mut self) -> Self::IntoFuture {
        let prepared = (self.prepare)(&self.excluded);
        let db = self.db;
        Box::pin(async move {
            let (mut errors, known) = prepared?;
            let wrong = M::meta().fields.iter().map(|field| field.name);
            self.excluded.extend(wrong.filter(|name| !errors.get(name).is_empty()));
            database::check(M::meta(), &known, &self.excluded, db.as_executor(), &mut errors)
                .await?;
            errors.into_result()
        })
    }
}

/// The names of the fields that a closure lists.
fn names<M: Model, X: Columns<M>>(fields: impl OnFields<M, X>) -> Vec<&'static str> {
    let mut list = Vec::new();
    fields(&crate::model::paths::<M>()).add_to(&mut list);
    list.into_iter().map(|field| field.name).collect()
}

fn clean_row<M: Model>(row: &mut M, excluded: &[&'static str]) -> Errors {
    let mut errors = Errors::new();
    for (place, field) in M::meta().fields.iter().enumerate() {
        if field.generated.is_none() && !excluded.contains(&field.name) {
            fields::check(field, &row.value(place), &mut errors);
        }
    }
    row.clean_row(&mut errors);
    errors
}

fn clean_draft(draft: &mut RawDraft, excluded: &[&'static str]) -> Result<Errors> {
    draft.mistake()?;
    draft.fill();
    let mut errors = Errors::new();
    for (place, field) in draft.model().fields.iter().enumerate() {
        if excluded.contains(&field.name) {
            continue;
        }
        match draft.given(place) {
            Some(InsertValue::Value(value)) => fields::check(field, value, &mut errors),
            None if is_missing(field) && speaks(field) => {
                fields::check(field, &SqlValue::Null, &mut errors);
            }
            _ => {}
        }
    }
    if let Some(Cleaning(clean)) = draft.model().behaviour() {
        clean(draft, &mut errors)?;
    }
    Ok(errors)
}

/// What is missing is said once, for all columns of a key.
fn speaks(field: &'static FieldMeta) -> bool {
    let first = |key: &Relation| key.fields().first().is_none_or(|first| first == field);
    field.relation.is_none_or(first)
}

/// Nothing fills the field.
fn is_missing(field: &FieldMeta) -> bool {
    let automatic = field.is_drawn() || field.version;
    !automatic && !field.auto_now && !field.auto_now_add && matches!(field.default, Default::None)
}

/// Checks before a row is inserted, where its model asks for it.
pub(crate) fn before_insert(model: &ModelMeta, drafts: &mut [RawDraft]) -> Result<()> {
    if !model.validate {
        return Ok(());
    }
    let mut all = Errors::new();
    let several = drafts.len() > 1;
    for (place, draft) in drafts.iter_mut().enumerate() {
        let errors = clean_draft(draft, &[])?;
        match several {
            true => all.add_nested(&place.to_string(), errors),
            false => all.extend(errors),
        }
    }
    all.into_result()
}

/// Checks before a row is saved, where its model asks for it.
pub(crate) fn before_save<M: Model>(row: &mut M, places: Option<&[usize]>) -> Result<()> {
    let meta = M::meta();
    if !meta.validate {
        return Ok(());
    }
    let fields = meta.fields.iter().enumerate();
    let others = fields.filter(|(place, _)| places.is_some_and(|saved| !saved.contains(place)));
    let others = others.map(|(_, field)| field.name);
    clean_row(row, &others.collect::<Vec<_>>()).into_result()
}

/// What [`Clean`] says of a draft: [`clean_as_row`] of its model.
struct Cleaning(fn(&mut RawDraft, &mut Errors) -> Result<()>);

/// What the metadata of a model with a [`Clean`] has of it. For derived code.
pub const fn cleaning<M: Model>() -> Behaviour {
    const { &Cleaning(clean_as_row::<M>) }
}

/// Lets the model's [`Clean`] see a draft as the row that it will be, and takes over what it
/// changes.
///
/// # Errors
///
/// [`Error::Usage`] where it would see what only the database can calculate.
fn clean_as_row<M: Model>(draft: &mut RawDraft, errors: &mut Errors) -> Result<()> {
    let meta = M::meta();
    let mut before = Vec::with_capacity(meta.width());
    for (place, field) in meta.fields.iter().enumerate() {
        match as_in_row(meta, field, draft.given(place))? {
            Some(value) => before.push(value),
            // A required field is missing, which was said.
            None => return Ok(()),
        }
    }
    let cells = encoded(before.iter().cloned());
    let row = cells.and_then(|cells| M::decode(&mut Reader::new(&cells)).ok());
    let Some(mut row) = row else {
        // A value that is no value of its field was said; otherwise nobody could tell.
        if errors.is_empty() {
            return Err(Error::usage(format!(
                "a draft of `{0}` cannot be looked at as a row, which `impl Clean for {0}` needs;                  save it, and clean the row inside of the transaction",
                meta.name
            )));
        }
        return Ok(());
    };
    row.clean_row(errors);
    for (place, before) in before.iter().enumerate() {
        let after = row.value(place);
        if after != *before {
            draft.set(place, InsertValue::Value(after));
        }
    }
    Ok(())
}

/// The value of a field as the unsaved row has it. None where a required field is missing.
fn as_in_row(
    meta: &ModelMeta,
    field: &FieldMeta,
    given: Option<&InsertValue>,
) -> Result<Option<SqlValue>> {
    let default = match field.default {
        Default::Database(node) => Some(node()),
        _ => None,
    };
    let node = match given {
        Some(InsertValue::Value(value)) => return Ok(Some(value.clone())),
        Some(InsertValue::Node(node)) => Some((**node).clone()),
        _ => default,
    };
    match node {
        Some(Node::Value(value, _)) => Ok(Some(value)),
        Some(_) => Err(Error::usage(format!(
            "`{}` of `{}` is calculated by the database, and `impl Clean` of the model would have \
             to see it; give the draft a value for it",
            field.name, meta.name
        ))),
        None if field.auto_now || field.auto_now_add => Ok(Some(now_as(field, &now()))),
        None if is_missing(field) && !field.null => Ok(None),
        None if field.null => Ok(Some(SqlValue::Null)),
        None => Ok(Some(field.sql_type.zero())),
    }
}

impl Known {
    fn of_row<M: Model>(row: &M) -> Known {
        let values = row.values().into_iter().zip(M::meta().fields);
        let nodes = values.map(|(value, field)| Some(Node::Value(value, field.sql_type)));
        Known { nodes: nodes.collect(), key: Some(row.pk().to_values()) }
    }

    fn of_draft(draft: &RawDraft) -> Known {
        let fields = draft.model().fields.iter().enumerate();
        let nodes = fields.map(|(place, field)| match (draft.given(place), field.default) {
            (Some(InsertValue::Value(value)), _) => {
                Some(Node::Value(value.clone(), field.sql_type))
            }
            (Some(InsertValue::Node(node)), _) => Some((**node).clone()),
            (_, Default::Database(node)) => Some(node()),
            _ if field.auto_now || field.auto_now_add => {
                Some(Node::Value(now_as(field, &now()), field.sql_type))
            }
            _ => None,
        });
        Known { nodes: nodes.collect(), key: None }
    }
}
