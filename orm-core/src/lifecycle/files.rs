//! Files beside the rows that name them: stored before these are written, removed after.

use crate::column::{FileMeta, UploadTo};
use crate::dyn_row::{self, ErasedRow};
use crate::execute;
use crate::files::{Storage, names, storage};
use crate::ir::{FieldMeta, Filter, Members, ModelMeta, Node, PathBuf, Query, Selected};
use crate::query::{self, InsertValue};
use crate::row::Decoder;
use chrono::Utc;
use orm_sql::error::{Error, Result};
use orm_sql::exec::Executor;
use orm_sql::exec::transaction::CommitHook;
use orm_sql::row::{Cells, RowBuffer};
use orm_sql::value::{SqlValue, Upload};
use smallvec::smallvec;
use std::collections::HashSet;
use std::fmt::Write;
use std::sync::Arc;

/// The fields of a model that are files, with their places.
fn files(
    model: &'static ModelMeta,
) -> impl Iterator<Item = (usize, &'static FieldMeta, &'static FileMeta)> {
    let fields = model.fields.iter().enumerate();
    fields.filter_map(|(place, field)| Some((place, field, field.file?)))
}

/// Takes new files out of the values of an unsaved row, which then have the names that they came by.
pub(crate) fn taken(
    model: &'static ModelMeta,
    values: &mut [InsertValue],
) -> Vec<(usize, SqlValue)> {
    let mut uploads = Vec::new();
    for (place, ..) in files(model) {
        if let Some(InsertValue::Value(value)) = values.get_mut(place)
            && let Some(upload) = Upload::of_value(value)
        {
            let name = SqlValue::Text(upload.name.clone());
            uploads.push((place, std::mem::replace(value, name)));
        }
    }
    uploads
}

/// The row with other values at some places.
pub(crate) async fn with_values(
    row: &dyn ErasedRow,
    others: Vec<(usize, SqlValue)>,
    db: &dyn Executor,
) -> Result<Box<dyn ErasedRow>> {
    let mut values = dyn_row::values(row);
    for (place, value) in others {
        if let Some(slot) = values.get_mut(place) {
            *slot = value;
        }
    }
    dyn_row::merge::with_values(row, values, db).await
}

/// Stores the new files of a row, and returns the names that they have then, by place. They are
/// removed again where the transaction is rolled back.
pub(crate) async fn stored(
    row: &dyn ErasedRow,
    places: impl Fn(usize) -> bool,
    db: &dyn Executor,
) -> Result<Vec<(usize, SqlValue)>> {
    let mut names = Vec::new();
    for (place, field, meta) in files(row.model()).filter(|(place, ..)| places(*place)) {
        let value = row.value_at(place);
        let Some(upload) = Upload::of_value(&value) else { continue };
        let path = path(row, meta, &upload.name)?;
        let longest = field.max_length.and_then(|length| usize::try_from(length).ok());
        let storage = storage(meta.storage)?;
        let name = kept(&*storage, path, longest, upload).await?;
        let guard = Unkept { storage, name: name.clone(), kept: false };
        let keep = CommitHook::new(move || {
            guard.keep();
            async {}
        });
        db.after_commit(keep).await;
        names.push((place, SqlValue::Text(name)));
    }
    Ok(names)
}

/// The path that `upload_to` says.
fn path(row: &dyn ErasedRow, meta: &FileMeta, name: &str) -> Result<String> {
    match meta.upload_to {
        UploadTo::Function(function) => names::path(&function(row.any(), name)),
        UploadTo::Template(template) => {
            let mut path = String::new();
            if write!(path, "{}", Utc::now().format(template)).is_err() {
                return Err(Error::usage(format!(
                    "`upload_to` of `{}` has a code that is not one of `strftime`",
                    row.model().name
                )));
            }
            if !path.is_empty() && !path.ends_with('/') {
                path.push('/');
            }
            path.push_str(&names::valid_name(name)?);
            names::path(&path)
        }
    }
}

/// Stores a content under the first name that is free: its own, then one with random letters.
async fn kept(
    storage: &dyn Storage,
    path: String,
    longest: Option<usize>,
    upload: &Upload,
) -> Result<String> {
    let mut name = path.clone();
    if longest.is_some_and(|longest| name.chars().count() > longest) {
        name = names::another(&path, longest)?;
    }
    for _ in 0..100 {
        if storage.create(&name, upload.content.clone()).await? {
            return Ok(name);
        }
        name = names::another(&path, longest)?;
    }
    Err(Error::usage("the storage refuses every name for an uploaded file"))
}

/// A new file that is removed unless its row is committed.
struct Unkept {
    storage: Arc<dyn Storage>,
    name: String,
    kept: bool,
}

impl Unkept {
    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Unkept {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let (storage, name) = (self.storage.clone(), std::mem::take(&mut self.name));
        self.storage.spawn(Box::pin(async move { remove(&*storage, &name).await }));
    }
}

/// After the commit, removes the files of rows that were deleted.
pub(crate) async fn removed(
    model: &'static ModelMeta,
    rows: &RowBuffer,
    db: &dyn Executor,
) -> Result<()> {
    // The files of a row that it extends go with that one.
    let own = files(model).filter(|(_, field, _)| field.inherited.is_none());
    for (place, _, meta) in own {
        let names = (0..rows.len()).filter_map(|row| name_in(rows, row, place)).collect();
        later(model, meta, names, db).await?;
    }
    Ok(())
}

/// After the commit, removes the files that a row named before it was written, and does not now.
pub(crate) async fn replaced(
    before: &RowBuffer,
    now: &dyn ErasedRow,
    places: impl Fn(usize) -> bool,
    db: &dyn Executor,
) -> Result<()> {
    if before.is_empty() {
        return Ok(());
    }
    let model = now.model();
    for (place, _, meta) in files(model).filter(|(place, ..)| places(*place)) {
        let Some(earlier) = name_in(before, 0, place) else { continue };
        if SqlValue::Text(earlier.clone()) != now.value_at(place) {
            later(model, meta, vec![earlier], db).await?;
        }
    }
    Ok(())
}

fn name_in(rows: &RowBuffer, row: usize, place: usize) -> Option<String> {
    rows.row(row).cell(place).map(|raw| String::from_utf8_lossy(raw).into_owned())
}

/// Removes files after the commit, but for those that a row still names.
async fn later(
    model: &'static ModelMeta,
    meta: &'static FileMeta,
    mut names: Vec<String>,
    db: &dyn Executor,
) -> Result<()> {
    names.retain(|name| !name.is_empty() && !name.contains('\0'));
    if meta.keep || names.is_empty() {
        return Ok(());
    }
    let named = still_named(model, meta, &names, db).await?;
    names.retain(|name| !named.contains(name));
    names.sort_unstable();
    names.dedup();
    let storage = storage(meta.storage)?;
    let work = async move || {
        for name in names {
            remove(&*storage, &name).await;
        }
    };
    db.after_commit(CommitHook::new(work)).await;
    Ok(())
}

/// Which of some names a row of the model has, in any of its columns of that storage.
async fn still_named(
    model: &'static ModelMeta,
    meta: &FileMeta,
    names: &[String],
    db: &dyn Executor,
) -> Result<HashSet<String>> {
    let mut found = HashSet::new();
    for (_, field, _) in files(model).filter(|(.., other)| other.storage == meta.storage) {
        let mut query = Query::new(model);
        query.order.by = Some(Vec::new());
        let column = Node::Column { path: PathBuf::root(query.scope, model), field };
        let values = names.iter().cloned().map(SqlValue::Text).collect();
        let among = Node::In(Box::new(column.clone()), Members::Values(values, &field.sql_type));
        query.filters.push(Filter::new(among, 0));
        query.select = smallvec![Selected::Expr(column, field.sql_type)];
        let rows = execute::rows(
            db,
            &query::select(&query.of_all_tenants())?,
            &Decoder::Fn(|row| row.column()),
        )
        .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Nobody waits for it: what goes wrong is logged.
async fn remove(storage: &dyn Storage, name: &str) {
    if let Err(error) = storage.delete(name).await {
        let error = error.to_string();
        tracing::error!(target: "orm::files", error, file = name, "a file could not be removed");
    }
}
