//! Rows that exist: saved, changed in the database, read again.

use super::{ErasedRow, hooked, merge, of_row, of_version, typed};
use crate::draft::now_as;
use crate::error::{Error, Result};
use crate::exec::watch::one_call;
use crate::exec::{BoxFuture, Executor, Statement};
use crate::expr::{Assignments, Columns};
use crate::hooks;
use crate::ir::{FieldMeta, ModelMeta, Node, PathBuf, Query, Scope, Selected};
use crate::model::{Fields, Model};
use crate::query::{self, Conflict, ConflictTarget, Given, Insert, InsertValue, Returning};
use crate::queryset::{fetch, load};
use crate::row::{Decoder, RowBuffer};
use crate::validation;
use crate::value::SqlValue;
use chrono::{SubsecRound, Utc};

/// Writes all columns of a row that exists; `auto_now` fields are set.
///
/// # Errors
///
/// [`Error::DoesNotExist`] where the row is gone; [`Error::Stale`] where a field counts the saves
/// of the row, and somebody else has saved it since it was read.
#[track_caller]
pub fn save<'a, M: Model>(row: &'a mut M, db: &'a impl Executor) -> BoxFuture<'a, Result<()>> {
    write(row, Written::All, db)
}

/// Writes some columns of a row that exists. Only those: an `auto_now` field is set where it is
/// named, and what the instance holds in other fields stays as it is, in it and in the database.
///
/// # Errors
///
/// Those of [`save`]; [`Error::Usage`] for the key, for a generated column and for what is behind
/// a relation.
#[track_caller]
pub fn save_fields<'a, M: Model, X: Columns<M>>(
    row: &'a mut M,
    db: &'a impl Executor,
    fields: impl FnOnce(&Fields<M>) -> X,
) -> BoxFuture<'a, Result<()>> {
    match places_of::<M, X>(fields).and_then(|places| writable(M::meta(), places)) {
        Ok(places) if places.is_empty() => Box::pin(async { Ok(()) }),
        Ok(places) => write(row, Written::Some(places), db),
        Err(error) => Box::pin(async { Err(error) }),
    }
}

/// Changes columns of a row in the database, by expressions, and refreshes the instance.
///
/// # Errors
///
/// Those of [`save`].
#[track_caller]
pub fn update<'a, M: Model, X: Assignments<M>>(
    row: &'a mut M,
    db: &'a impl Executor,
    assignments: impl FnOnce(&Fields<M>) -> X,
) -> BoxFuture<'a, Result<()>> {
    write(row, assigned(assignments), db)
}

pub(super) fn assigned<M: Model, X: Assignments<M>>(
    assignments: impl FnOnce(&Fields<M>) -> X,
) -> Written {
    let mut sets = Vec::new();
    assignments(&root::<M>()).add_to(&mut sets);
    Written::Set(sets)
}

/// The only way of a row that exists into the database.
#[track_caller]
pub(super) fn write<'a, M: Model>(
    row: &'a mut M,
    fields: Written,
    db: &'a impl Executor,
) -> BoxFuture<'a, Result<()>> {
    if hooks::wanted(M::meta(), hooks::UPDATING) {
        return one_call(Box::pin(hooked::save(row, fields, db)));
    }
    let change = match fields.validate(row) {
        Ok(()) => Change::new(row, fields),
        Err(error) => Err(error),
    };
    Box::pin(async move {
        let change = change?;
        let fresh = match change.places {
            None => fetch::write::<M>(db, &change.statement).await?.pop(),
            Some(_) => change.run(row, db).await?.map(typed).transpose()?,
        };
        *row = match fresh {
            Some(fresh) => fresh,
            None => return Err(gone(row, db).await),
        };
        Ok(())
    })
}

/// What of a row is written.
#[derive(Clone)]
pub(super) enum Written {
    /// All that can be written, as the instance has it.
    All,
    /// These, as the instance has them.
    Some(Vec<usize>),
    /// Those that differ from what they were, with `auto_now` fields.
    Differing(Vec<SqlValue>),
    /// Expressions.
    Set(Vec<(&'static FieldMeta, Node)>),
}

impl Written {
    /// Checks what is written of a row, where its model asks for it. Expressions are known to the
    /// database only.
    pub(super) fn validate(&self, row: &mut dyn ErasedRow) -> Result<()> {
        if !row.model().validate {
            return Ok(());
        }
        match self {
            Written::All => row.validate(None),
            Written::Some(places) => row.validate(Some(places)),
            Written::Differing(before) => {
                let differs = |place: &usize| before.get(*place) != Some(&row.value_at(*place));
                let places: Vec<usize> = (0..before.len()).filter(differs).collect();
                row.validate(Some(&places))
            }
            Written::Set(_) => Ok(()),
        }
    }
}

/// Reads the row again.
///
/// # Errors
///
/// [`Error::DoesNotExist`] where the row is gone.
#[track_caller]
pub fn refresh<'a, M: Model>(row: &'a mut M, db: &'a impl Executor) -> BoxFuture<'a, Result<()>> {
    let query = of_row(row);
    let statement = fetch::asked(query::select(&query), &query);
    Box::pin(async move {
        let fresh = fetch::write::<M>(db, &statement?).await?.pop();
        *row = fresh.ok_or(Error::DoesNotExist { model: M::meta().name })?;
        Ok(())
    })
}

/// Reads some fields of the row again; the others stay as they are.
///
/// # Errors
///
/// [`Error::DoesNotExist`] where the row is gone; [`Error::Usage`] for what is behind a relation.
#[track_caller]
pub fn refresh_fields<'a, M: Model, X: Columns<M>>(
    row: &'a mut M,
    db: &'a impl Executor,
    fields: impl FnOnce(&Fields<M>) -> X,
) -> BoxFuture<'a, Result<()>> {
    let places = match places_of::<M, X>(fields) {
        Ok(places) if places.is_empty() => return Box::pin(async { Ok(()) }),
        places => places,
    };
    let query = match &places {
        Ok(places) => narrowed(of_row(row), M::meta(), places),
        Err(_) => of_row(row),
    };
    let statement = fetch::asked(query::select(&query), &query);
    Box::pin(async move {
        let (places, statement) = (places?, statement?);
        let fresh = partly(row, &statement, &places, db).await?;
        *row = typed(fresh.ok_or(Error::DoesNotExist { model: M::meta().name })?)?;
        Ok(())
    })
}

/// Writes all columns of a row, which is inserted where it is not there: Django's `save`. True
/// where it was inserted.
///
/// One statement, so that two that do it at once do not disturb each other.
///
/// # Errors
///
/// The constraint that refuses the row; [`Error::Stale`] where a field counts the saves of the row,
/// and somebody else has saved it since it was read.
#[track_caller]
pub fn save_or_insert<'a, M: Model>(
    row: &'a mut M,
    db: &'a impl Executor,
) -> BoxFuture<'a, Result<bool>> {
    if hooks::wanted(M::meta(), hooks::UPDATING | hooks::CREATING) {
        return one_call(Box::pin(hooked::save_or_insert(row, db)));
    }
    // No closure: it would be the caller.
    let valid = validation::before_save(row, None);
    let statement = match valid.and_then(|()| upsert(row, false)) {
        Ok(statement) => Ok(statement.asked_here()),
        Err(error) => Err(error),
    };
    Box::pin(async move {
        let decoder = Decoder::Fn(|reader| Ok((M::decode(reader)?, reader.column::<bool>()?)));
        let meta = M::meta();
        let rows = load::run(db, &statement?, &decoder).await;
        let fresh = rows.map_err(|error| error.of_model(meta.name, meta.table))?.pop();
        // No row comes back where the version was another one.
        let (fresh, inserted) = fresh.ok_or(Error::Stale { model: meta.name })?;
        *row = fresh;
        Ok(inserted)
    })
}

/// `INSERT … ON CONFLICT (key) DO UPDATE SET …`; or `ON CONFLICT DO NOTHING`.
pub(super) fn upsert(row: &dyn ErasedRow, only_insert: bool) -> Result<Statement> {
    let meta = row.model();
    let (there, new) = (Scope::fresh(), Scope::fresh());
    let excluded = |field| Node::Column { path: PathBuf::root(new, meta), field };
    let now = now();
    let (mut fields, mut values, mut set) = (Vec::new(), Vec::new(), Vec::new());
    for (place, field) in meta.fields.iter().enumerate() {
        if field.generated.is_some() {
            continue;
        }
        let own = row.value_at(place);
        let first = field.auto_now || field.auto_now_add;
        fields.push(field);
        values.push(InsertValue::Value(if first { now_as(field, &now) } else { own.clone() }));
        if meta.primary_key.contains(&place) {
            continue;
        }
        set.push((
            field,
            match field {
                field if field.version => Node::Value(next_version(&own), field.sql_type),
                field if field.auto_now_add => Node::Value(own, field.sql_type),
                field => excluded(field),
            },
        ));
    }
    let keys: Vec<_> =
        meta.primary_key.iter().filter_map(|place| meta.fields.get(*place)).collect();
    if set.is_empty() {
        // A model of keys only: it writes the key itself, so that the row comes back.
        set.extend(keys.iter().map(|field| (*field, excluded(*field))));
    }
    let filter = version_of(row).map(|(field, version)| {
        let path = PathBuf::root(there, meta);
        let version = Node::Value(version, field.sql_type);
        Node::compare(crate::ir::Comparison::Eq, Node::Column { path, field }, version)
    });
    let target = ConflictTarget::Fields(keys);
    let conflict = match only_insert {
        true => Conflict::Nothing(None),
        false => Conflict::Update { target, set, filter, row: there, new },
    };
    query::insert(Insert {
        model: meta,
        fields,
        rows: Given::Rows(1, values),
        conflict: Some(conflict),
        returning: Returning::Upserted,
    })
}

/// A statement that writes columns of a row that exists.
pub(super) struct Change {
    pub statement: Statement,
    /// The fields that come back; `None` for all.
    pub places: Option<Vec<usize>>,
}

impl Change {
    #[track_caller]
    pub fn new(row: &dyn ErasedRow, fields: Written) -> Result<Change> {
        let meta = row.model();
        let now = now();
        let value = |place: usize| {
            let field = meta.fields.get(place).filter(|field| !field.version)?;
            let value = if field.auto_now { now_as(field, &now) } else { row.value_at(place) };
            Some((field, Node::Value(value, field.sql_type)))
        };
        let all = || (0..meta.width()).filter(|place| is_writable(meta, *place));
        let (mut sets, back): (Vec<_>, _) = match fields {
            Written::All => (all().filter_map(value).collect(), None),
            Written::Some(places) => {
                (places.iter().copied().filter_map(value).collect(), Some(places))
            }
            Written::Differing(before) => {
                let differs = |place: &usize| {
                    let auto_now = meta.fields.get(*place).is_some_and(|field| field.auto_now);
                    auto_now || before.get(*place) != Some(&row.value_at(*place))
                };
                let places: Vec<usize> = all().filter(differs).collect();
                (places.iter().copied().filter_map(value).collect(), Some(places))
            }
            Written::Set(sets) => (sets, None),
        };
        if let Some((field, version)) = version_of(row)
            && !sets.iter().any(|(other, _)| *other == field)
        {
            sets.push((field, Node::Value(next_version(&version), field.sql_type)));
        }
        if sets.is_empty() {
            // A model of keys only has nothing to write, but the row must be there.
            let statement = query::select(&of_row(row))?.asked_here();
            return Ok(Change { statement, places: None });
        }
        let places = back.map(|mut places| {
            let calculated = |field: &FieldMeta| field.generated.is_some() || field.version;
            let all = meta.fields.iter().enumerate();
            places.extend(all.filter(|(_, field)| calculated(field)).map(|(place, _)| place));
            places
        });
        let returning = match &places {
            None => Returning::Rows,
            Some(places) => Returning::Fields(fields_at(meta, places)),
        };
        let statement = query::update(&of_version(row), &sets, returning)?.asked_here();
        Ok(Change { statement, places })
    }

    /// The row as it is then; `None` where there was none of its version.
    pub async fn run(
        &self,
        row: &dyn ErasedRow,
        db: &dyn Executor,
    ) -> Result<Option<Box<dyn ErasedRow>>> {
        match &self.places {
            Some(places) => partly(row, &self.statement, places, db).await,
            None => {
                let cells = cells_of(row.model(), &self.statement, db).await?;
                let cells = (!cells.is_empty()).then_some(cells);
                cells.map(|cells| row.another(&cells.row(0))).transpose()
            }
        }
    }
}

/// Runs a statement that writes a row of a model, and keeps the cells that come back.
pub(super) async fn cells_of(
    meta: &'static ModelMeta,
    statement: &Statement,
    db: &dyn Executor,
) -> Result<RowBuffer> {
    let mut cells = RowBuffer::new(statement.columns.len());
    let ran = db.run(statement, &mut cells).await;
    ran.map_err(|error| error.of_model(meta.name, meta.table))?;
    Ok(cells)
}

/// Runs a statement that returns some fields of a row, and puts them into it.
async fn partly(
    row: &dyn ErasedRow,
    statement: &Statement,
    places: &[usize],
    db: &dyn Executor,
) -> Result<Option<Box<dyn ErasedRow>>> {
    let cells = cells_of(row.model(), statement, db).await?;
    if cells.is_empty() {
        return Ok(None);
    }
    merge::merged(row, places, &cells.row(0), db).await.map(Some)
}

/// Asked when no row of a version was there to be written: whether there is one of another.
///
/// # Errors
///
/// [`Error::Stale`].
pub(super) async fn not_stale(row: &dyn ErasedRow, db: &dyn Executor) -> Result<()> {
    let meta = row.model();
    if meta.version().is_none() {
        return Ok(());
    }
    let there = load::run(db, &query::exists(&of_row(row))?, &Decoder::Fn(|_| Ok(()))).await?;
    if there.is_empty() { Ok(()) } else { Err(Error::Stale { model: meta.name }) }
}

/// Why no row was there to be written.
pub(super) async fn gone(row: &dyn ErasedRow, db: &dyn Executor) -> Error {
    match not_stale(row, db).await {
        Ok(()) => Error::DoesNotExist { model: row.model().name },
        Err(error) => error,
    }
}

fn root<M: Model>() -> Fields<M> {
    Fields::at(PathBuf::root(Scope::ANY, M::meta()))
}

pub(super) fn now() -> SqlValue {
    SqlValue::TimestampTz(Utc::now().trunc_subsecs(6))
}

/// The field that counts the saves of a row, and where it stands.
fn version_of(row: &dyn ErasedRow) -> Option<(&'static FieldMeta, SqlValue)> {
    row.model().version().map(|(place, field)| (field, row.value_at(place)))
}

/// One more; after the greatest number it begins again, since it only has to be another one.
pub(crate) fn next_version(version: &SqlValue) -> SqlValue {
    match version {
        SqlValue::I16(n) => SqlValue::I16(n.checked_add(1).unwrap_or(1)),
        SqlValue::I32(n) => SqlValue::I32(n.checked_add(1).unwrap_or(1)),
        SqlValue::I64(n) => SqlValue::I64(n.checked_add(1).unwrap_or(1)),
        other => other.clone(),
    }
}

/// The places of the fields that a closure names, each once.
pub(crate) fn places_of<M: Model, X: Columns<M>>(
    fields: impl FnOnce(&Fields<M>) -> X,
) -> Result<Vec<usize>> {
    let meta = M::meta();
    let mut named = Vec::new();
    fields(&root::<M>()).add_to(&mut named);
    let mut places = Vec::with_capacity(named.len());
    for field in named {
        let place = meta.fields.iter().position(|other| other == field);
        let place = place.ok_or_else(|| {
            Error::usage(format!(
                "this names a column that is not one of `{}` itself: a column behind a relation \
                 belongs to another row",
                meta.name
            ))
        })?;
        if !places.contains(&place) {
            places.push(place);
        }
    }
    Ok(places)
}

/// The places, where all of them can be written.
pub(crate) fn writable(meta: &'static ModelMeta, places: Vec<usize>) -> Result<Vec<usize>> {
    let Some(place) = places.iter().find(|place| !is_writable(meta, **place)) else {
        return Ok(places);
    };
    let name = meta.fields.get(*place).map_or("", |field| field.name);
    Err(Error::usage(match meta.primary_key.contains(place) {
        true => format!(
            "`{name}` is the key of `{}`, by which its row is found: it cannot be saved; change it \
             with `update` on a query set",
            meta.name
        ),
        false => format!("`{name}` of `{}` is calculated by the database", meta.name),
    }))
}

pub(super) fn is_writable(meta: &ModelMeta, place: usize) -> bool {
    let generated = meta.fields.get(place).is_none_or(|field| field.generated.is_some());
    !generated && !meta.primary_key.contains(&place)
}

fn fields_at(meta: &'static ModelMeta, places: &[usize]) -> Vec<&'static FieldMeta> {
    places.iter().filter_map(|place| meta.fields.get(*place)).collect()
}

/// The query with nothing but some columns selected.
fn narrowed(mut query: Query, meta: &'static ModelMeta, places: &[usize]) -> Query {
    let path = PathBuf::root(query.scope, meta);
    let column = |field: &'static FieldMeta| {
        Selected::Expr(Node::Column { path: path.clone(), field }, field.sql_type)
    };
    query.select = fields_at(meta, places).into_iter().map(column).collect();
    query
}
