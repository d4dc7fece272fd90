//! What of a row is written, and the statements that write it.

use crate::draft::{Now, now, now_as};
use crate::dyn_row::{ErasedRow, merge, of_row, of_version};
use crate::execute;
use crate::ir::tenant::check_tenant;
use crate::ir::{Comparison, FieldMeta, ModelMeta, Node, PathBuf, Scope};
use crate::query::{self, Conflict, ConflictTarget, Given, Insert, InsertValue, Returning};
use crate::row::Decoder;
use orm_sql::error::{Error, Result};
use orm_sql::exec::{Executor, Statement};
use orm_sql::row::RowBuffer;
use orm_sql::value::SqlValue;

/// What of a row is written.
#[derive(Clone)]
pub(crate) enum Written {
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
    pub(crate) fn validate(&self, row: &mut dyn ErasedRow) -> Result<()> {
        if !row.model().validate {
            return Ok(());
        }
        match self {
            Written::All => row.validate(None),
            Written::Some(places) => row.validate(Some(places)),
            Written::Differing(before) => {
                let differs = |place: &usize| differs(row, before, *place);
                let places: Vec<usize> = (0..before.len()).filter(differs).collect();
                row.validate(Some(&places))
            }
            Written::Set(_) => Ok(()),
        }
    }
}

/// `INSERT … ON CONFLICT (key) DO UPDATE SET …`; or `ON CONFLICT DO NOTHING`.
pub(crate) fn upsert(row: &dyn ErasedRow, only_new: bool, db: &dyn Executor) -> Result<Statement> {
    let meta = row.model();
    let tenancy = db.tenancy().clone();
    check_tenant(meta, |place| row.value_at(place), &tenancy)?;
    let (there, new) = (Scope::fresh(), Scope::fresh());
    let excluded = |field| Node::Column { path: PathBuf::root(new, meta), field };
    let now = now();
    let (mut fields, mut values, mut set) = (Vec::new(), Vec::new(), Vec::new());
    for (place, field) in meta.fields.iter().enumerate() {
        if field.generated.is_some() {
            continue;
        }
        let own = row.value_at(place);
        fields.push(field);
        values.push(InsertValue::Value(inserted(field, &own, &now)));
        let assigned = match field {
            _ if meta.is_key_at(place) => continue,
            field if field.version => Node::Value(next_version(&own), field.sql_type),
            field if field.auto_now_add => Node::Value(own, field.sql_type),
            field => excluded(field),
        };
        set.push((field, assigned));
    }
    let keys: Vec<_> = meta.key_fields().into_iter().collect();
    if set.is_empty() {
        // A model of keys only: it writes the key itself, so that the row comes back.
        set.extend(keys.iter().map(|field| (*field, excluded(*field))));
    }
    let filter = has_version(row, PathBuf::root(there, meta));
    let target = ConflictTarget::Fields(keys);
    let conflict = match only_new {
        true => Conflict::Nothing(None),
        false => Conflict::Update { target, set, filter, row: there, new },
    };
    query::insert(Insert {
        model: meta,
        fields,
        rows: Given::Rows(1, values),
        conflict: Some(conflict),
        returning: Returning::Upserted,
        tenancy,
    })
}

/// The value of a field in a row that may be new.
fn inserted(field: &FieldMeta, own: &SqlValue, now: &Now) -> SqlValue {
    match field.auto_now || field.auto_now_add {
        true => now_as(field, now),
        false => field.kept(own.clone()),
    }
}

/// Fields that were written, and those that the database or a new version changes with them.
fn with_calculated(meta: &ModelMeta, mut places: Vec<usize>) -> Vec<usize> {
    let calculated = |field: &FieldMeta| field.generated.is_some() || field.version;
    let all = meta.fields.iter().enumerate();
    places.extend(all.filter(|(_, field)| calculated(field)).map(|(place, _)| place));
    places
}

/// The condition that a row has the version of this one; none for models without versions.
fn has_version(row: &dyn ErasedRow, path: PathBuf) -> Option<Node> {
    let (field, version) = version_of(row)?;
    let version = Node::Value(version, field.sql_type);
    Some(Node::compare(Comparison::Eq, Node::Column { path, field }, version))
}

/// A statement that writes columns of a row that exists.
pub(crate) struct Change {
    pub statement: Statement,
    /// The fields that come back; `None` for all.
    pub places: Option<Vec<usize>>,
}

impl Change {
    #[track_caller]
    pub fn new(row: &dyn ErasedRow, fields: Written, db: &dyn Executor) -> Result<Change> {
        let meta = row.model();
        check_tenant(meta, |place| row.value_at(place), db.tenancy())?;
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
                    auto_now || differs(row, &before, *place)
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
            let statement = query::select(&of_row(row).on(db))?.called_here();
            return Ok(Change { statement, places: None });
        }
        let places = back.map(|places| with_calculated(meta, places));
        let returning = match &places {
            None => Returning::Rows,
            Some(places) => Returning::Fields(fields_at(meta, places)),
        };
        let statement = query::update(&of_version(row).on(db), &sets, returning)?.called_here();
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
pub(crate) async fn cells_of(
    meta: &'static ModelMeta,
    statement: &Statement,
    db: &dyn Executor,
) -> Result<RowBuffer> {
    let mut cells = RowBuffer::new(statement.columns.len());
    let ran = db.run(statement, &mut cells).await;
    ran.map_err(|error| execute::named(error, meta, statement))?;
    Ok(cells)
}

/// Runs a statement that returns some fields of a row, and puts them into it.
pub(crate) async fn partly(
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
pub(crate) async fn not_stale(row: &dyn ErasedRow, db: &dyn Executor) -> Result<()> {
    let meta = row.model();
    if meta.version().is_none() {
        return Ok(());
    }
    let exists = query::exists(&of_row(row).on(db))?;
    let there = execute::rows(db, &exists, &Decoder::Fn(|_| Ok(()))).await?;
    if there.is_empty() { Ok(()) } else { Err(Error::Stale { model: meta.name }) }
}

/// Whether a field holds something else than before.
pub(crate) fn differs(row: &dyn ErasedRow, before: &[SqlValue], place: usize) -> bool {
    before.get(place).is_none_or(|before| !before.is_same(&row.value_at(place)))
}

/// Why no row was there to be written.
pub(crate) async fn gone(row: &dyn ErasedRow, db: &dyn Executor) -> Error {
    match not_stale(row, db).await {
        Ok(()) => Error::DoesNotExist { model: row.model().name },
        Err(error) => error,
    }
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

/// The places, where all of them can be written.
pub(crate) fn writable(meta: &'static ModelMeta, places: Vec<usize>) -> Result<Vec<usize>> {
    let Some(place) = places.iter().find(|place| !is_writable(meta, **place)) else {
        return Ok(places);
    };
    let name = meta.fields.get(*place).map_or("", |field| field.name);
    Err(Error::usage(match meta.is_key_at(*place) {
        true => format!(
            "`{name}` is the key of `{}`, by which its row is found: it cannot be saved; change it \
             with `update` on a query set",
            meta.name
        ),
        false => format!("`{name}` of `{}` is calculated by the database", meta.name),
    }))
}

pub(crate) fn is_writable(meta: &'static ModelMeta, place: usize) -> bool {
    let generated = meta.fields.get(place).is_none_or(|field| field.generated.is_some());
    !generated && !meta.is_key_at(place)
}

pub(crate) fn fields_at(meta: &'static ModelMeta, places: &[usize]) -> Vec<&'static FieldMeta> {
    places.iter().filter_map(|place| meta.fields.get(*place)).collect()
}
