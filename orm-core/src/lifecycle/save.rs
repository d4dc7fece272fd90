//! Rows that are written with hooks and receivers around it: one transaction for all of it.
//!
//! Only models with hooks, receivers or files come here. Nothing is generic: rows are erased, so that this
//! is compiled once.

use super::call::{before, wanted_by, with};
use super::change::{Change, Written, cells_of, differs, gone, is_writable, upsert};
use super::files;
use crate::draft::{RawDraft, now};
use crate::dyn_row::{ErasedRow, ReadRow, merge};
use crate::hooks::{Event, Events, HookCx};
use crate::ir::ModelMeta;
use crate::query::{self, Conflict, Given, Insert, InsertValue, Returning};
use crate::validation;
use orm_sql::error::{Error, Result};
use orm_sql::exec::Executor;
use orm_sql::exec::transaction::Transaction;

const BEFORE_CREATE: [Event; 2] = [Event::BeforeSave, Event::BeforeCreate];
const AFTER_CREATE: [Event; 2] = [Event::AfterCreate, Event::AfterSave];
const BEFORE_UPDATE: [Event; 2] = [Event::BeforeSave, Event::BeforeUpdate];
const AFTER_UPDATE: [Event; 2] = [Event::AfterUpdate, Event::AfterSave];

/// Inserts the row of a draft; `None` where one is there that conflicts with it, which undoes what
/// hooks have done.
///
/// A hook that comes before gets the whole row, which is not there yet: what the database would fill
/// in is asked of it first, unless the draft has all of it.
pub(crate) async fn insert(
    read: ReadRow,
    mut draft: RawDraft,
    conflict: Option<Conflict>,
    db: &dyn Executor,
) -> Result<Option<Box<dyn ErasedRow>>> {
    let model = draft.model();
    draft.give_tenant(db.tenancy())?;
    let looks = wanted_by(model).meets(Events::of(&BEFORE_CREATE));
    if !looks {
        validation::before_insert(model, std::slice::from_mut(&mut draft))?;
    }
    let mut values = draft.into_values(&now())?;
    let unit = db.begin().await?;
    let fresh = {
        let cx = HookCx::new(unit.executor(), model).creating();
        if looks {
            values = looked_at(values, read, &cx, model).await?;
        }
        // Without a conflict clause the row is there, or it is an error.
        if conflict.is_none() && !wanted_by(model).meets(Events::of(&AFTER_CREATE)) {
            unit.ends_with_next();
        }
        let cells = insert_values(model, values, conflict, &cx).await?;
        if cells.is_empty() {
            drop(cx);
            unit.rollback().await?;
            return Ok(None);
        }
        let fresh = read(&cells.row(0))?;
        cx.set_written();
        with(&AFTER_CREATE, &*fresh, &cx).await?;
        fresh
    };
    unit.commit().await?;
    Ok(Some(fresh))
}

/// What is inserted once hooks have seen the row that is to be.
async fn looked_at(
    mut values: Vec<InsertValue>,
    read: ReadRow,
    cx: &HookCx<'_>,
    model: &'static ModelMeta,
) -> Result<Vec<InsertValue>> {
    let uploads = files::taken(model, &mut values);
    let mut row = row_to_be(model, &values, read, cx).await?;
    if !uploads.is_empty() {
        row = files::with_values(&*row, uploads, cx).await?;
    }
    before(&BEFORE_CREATE, &mut *row, cx).await?;
    row.validate(None)?;
    let mut values = values_of(&*row);
    for (place, name) in files::stored(&*row, |_| true, cx).await? {
        if let Some(value) = values.get_mut(place) {
            *value = InsertValue::Value(name);
        }
    }
    Ok(values)
}

/// The row as inserting these values would make it.
async fn row_to_be(
    model: &'static ModelMeta,
    values: &[InsertValue],
    read: ReadRow,
    db: &dyn Executor,
) -> Result<Box<dyn ErasedRow>> {
    let given = values.iter().map(|value| match value {
        InsertValue::Value(value) => Some(value.clone()),
        _ => None,
    });
    if let Some(given) = given.collect::<Option<Vec<_>>>()
        && let Some(cells) = merge::cells(model, &given)
    {
        return read(&cells);
    }
    let cells = cells_of(model, &query::evaluate(model, values)?, db).await?;
    read(&cells.row(0))
}

/// What is inserted of a row: all but what the database calculates.
fn values_of(row: &dyn ErasedRow) -> Vec<InsertValue> {
    let value = |(place, field): (usize, &crate::ir::FieldMeta)| match field.generated {
        Some(_) => InsertValue::Default,
        None => InsertValue::Value(row.value_at(place)),
    };
    row.model().fields.iter().enumerate().map(value).collect()
}

async fn insert_values(
    model: &'static ModelMeta,
    values: Vec<InsertValue>,
    conflict: Option<Conflict>,
    db: &dyn Executor,
) -> Result<orm_sql::row::RowBuffer> {
    let fields = model.fields.iter().collect();
    let rows = Given::Rows(1, values);
    let tenancy = db.tenancy().clone();
    let insert = Insert { model, fields, rows, conflict, returning: Returning::Rows, tenancy };
    cells_of(model, &query::insert(insert)?, db).await
}

/// Writes a row that exists.
pub(crate) async fn save(
    row: &mut dyn ErasedRow,
    fields: Written,
    db: &dyn Executor,
) -> Result<()> {
    let unit = db.begin().await?;
    let fresh = {
        let cx = HookCx::new(unit.executor(), row.model()).only(names(row, &fields));
        updated(row, fields, &cx, Some(&unit)).await?
    };
    let Some(fresh) = fresh else {
        // It may hold the only connection.
        drop(unit);
        return Err(gone(row, db).await);
    };
    unit.commit().await?;
    row.become_row(fresh);
    Ok(())
}

/// The row as it is once it was written, after all hooks and receivers. A transaction that may end with
/// it does where nobody comes after; `None` where the row was gone then.
async fn updated(
    row: &mut dyn ErasedRow,
    fields: Written,
    cx: &HookCx<'_>,
    unit: Option<&Transaction>,
) -> Result<Option<Box<dyn ErasedRow>>> {
    before(&BEFORE_UPDATE, row, cx).await?;
    fields.validate(row)?;
    if row.model().files {
        return updated_with_files(row, fields, cx).await.map(Some);
    }
    let change = Change::new(row, fields, cx)?;
    // Where a row that is gone was all that it was about, it does no harm to commit. A row of which only
    // some fields come back needs another statement where the others cannot be written here.
    let whole = change.places.is_none() || merge::is_written_here(row);
    let last = whole && !wanted_by(row.model()).meets(Events::of(&AFTER_UPDATE));
    let unit = unit.filter(|unit| last && unit.is_untouched());
    unit.iter().for_each(|unit| unit.ends_with_next());
    let Some(fresh) = change.run(row, cx).await? else {
        return match unit {
            Some(_) => Ok(None),
            None => Err(gone(row, cx).await),
        };
    };
    cx.set_written();
    with(&AFTER_UPDATE, &*fresh, cx).await?;
    Ok(Some(fresh))
}

/// The same where fields are files. The row itself keeps its new files until all went well.
async fn updated_with_files(
    row: &mut dyn ErasedRow,
    fields: Written,
    cx: &HookCx<'_>,
) -> Result<Box<dyn ErasedRow>> {
    let earlier = cx.before(row).await?;
    let named = names(row, &fields);
    let written = |place: usize| {
        let field = row.model().fields.get(place);
        let named = named.as_ref().zip(field);
        named.is_none_or(|(names, field)| names.contains(&field.name))
    };
    let stored = files::stored(row, &written, cx).await?;
    let change = match stored.is_empty() {
        true => Change::new(row, fields, cx)?,
        false => Change::new(&*files::with_values(row, stored, cx).await?, fields, cx)?,
    };
    let Some(fresh) = change.run(row, cx).await? else { return Err(gone(row, cx).await) };
    cx.set_written();
    files::replaced(&earlier, &*fresh, written, cx).await?;
    with(&AFTER_UPDATE, &*fresh, cx).await?;
    Ok(fresh)
}

/// The names of the fields that are written; `None` for all.
fn names(row: &dyn ErasedRow, fields: &Written) -> Option<Vec<&'static str>> {
    let meta = row.model();
    let name = |place: usize| meta.fields.get(place).map(|field| field.name);
    match fields {
        Written::All => None,
        Written::Some(places) => Some(places.iter().filter_map(|place| name(*place)).collect()),
        Written::Set(sets) => Some(sets.iter().map(|(field, _)| field.name).collect()),
        Written::Differing(was) => {
            let differs = |place: &usize| differs(row, was, *place);
            let places = (0..meta.width()).filter(|place| is_writable(meta, *place));
            Some(places.filter(differs).filter_map(name).collect())
        }
    }
}

/// Writes a row, or inserts it where it is not there. The row is looked for first, as the hooks must
/// know which of the two it is; one that comes in between makes it begin anew.
pub(crate) async fn save_or_insert(row: &mut dyn ErasedRow, db: &dyn Executor) -> Result<bool> {
    for _ in 0..8 {
        let unit = db.begin().await?;
        let attempt = {
            let cx = HookCx::new(unit.executor(), row.model());
            match cx.is_there(row).await? {
                true => {
                    let written = updated(row, Written::All, &cx, None).await?;
                    written.map(|fresh| (fresh, false))
                }
                false => {
                    let cx = HookCx::new(unit.executor(), row.model()).creating();
                    inserted(row, &cx).await?.map(|fresh| (fresh, true))
                }
            }
        };
        let Some((fresh, inserted)) = attempt else {
            unit.rollback().await?;
            continue;
        };
        unit.commit().await?;
        row.become_row(fresh);
        return Ok(inserted);
    }
    Err(Error::usage(format!(
        "`save_or_insert` of `{}`: others insert and delete the row again and again",
        row.model().name
    )))
}

/// Inserts a row with the key that it has; `None` where one has come in between.
async fn inserted(row: &mut dyn ErasedRow, cx: &HookCx<'_>) -> Result<Option<Box<dyn ErasedRow>>> {
    before(&BEFORE_CREATE, row, cx).await?;
    row.validate(None)?;
    let stored = files::stored(row, |_| true, cx).await?;
    // The row of a model that this one extends may be there, and becomes one of this.
    let only_new = row.model().link().is_none();
    let statement = match stored.is_empty() {
        true => upsert(row, only_new, cx)?,
        false => upsert(&*files::with_values(row, stored, cx).await?, only_new, cx)?,
    };
    let cells = cells_of(row.model(), &statement, cx).await?;
    if cells.is_empty() {
        return Ok(None);
    }
    let fresh = row.another(&cells.row(0))?;
    cx.set_written();
    with(&AFTER_CREATE, &*fresh, cx).await?;
    Ok(Some(fresh))
}
