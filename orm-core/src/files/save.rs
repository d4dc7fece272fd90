//! Files beside the rows that name them: stored before these are written, removed after.

use super::file::{File, Upload, upload_of};
use super::names;
use super::storage::{Storage, storage};
use super::{FileMeta, UploadTo};
use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::instance::ErasedRow;
use crate::model::{FieldMeta, ModelMeta};
use crate::query::InsertValue;
use crate::transaction::CommitHook;
use crate::value::SqlValue;
use chrono::Utc;
use std::fmt::Write;
use std::sync::Arc;

/// A file, or none, that knows its storage. For derived code.
pub trait InStorage {
    #[doc(hidden)]
    fn known_in(self, storage: &'static str) -> Self;
}

impl InStorage for File {
    fn known_in(self, storage: &'static str) -> Self {
        self.in_storage(storage)
    }
}

impl InStorage for Option<File> {
    fn known_in(self, storage: &'static str) -> Self {
        self.map(|file| file.in_storage(storage))
    }
}

/// A field of files that was read. For derived code.
pub fn bound<F: InStorage>(file: F, storage: &'static str) -> F {
    file.known_in(storage)
}

/// The fields of a model that are files, with their places.
fn files(
    model: &'static ModelMeta,
) -> impl Iterator<Item = (usize, &'static FieldMeta, &'static FileMeta)> {
    let fields = model.fields.iter().enumerate();
    fields.filter_map(|(place, field)| Some((place, field, field.file?)))
}

/// Contents that the values of a row to be stand for, by the places of their fields.
pub(crate) struct Uploads(Vec<(usize, Arc<Upload>)>);

impl Uploads {
    /// Takes the contents out of values; what is left are the names that they came by.
    pub fn take(model: &'static ModelMeta, values: &mut [InsertValue]) -> Uploads {
        let mut uploads = Vec::new();
        for (place, ..) in files(model) {
            if let Some(InsertValue::Value(value)) = values.get_mut(place)
                && let Some(upload) = upload_of(value)
            {
                *value = SqlValue::Text(upload.name.clone());
                uploads.push((place, upload));
            }
        }
        Uploads(uploads)
    }

    /// Those that a row stands for now: hooks may have put others into it, or taken some out.
    pub fn of_row(self, row: &dyn ErasedRow) -> Uploads {
        let now = files(row.model()).filter_map(|(place, ..)| {
            let value = row.value_at(place);
            if let Some(upload) = upload_of(&value) {
                return Some((place, upload));
            }
            let earlier = self.0.iter().find(|(other, _)| *other == place)?;
            let same = matches!(&value, SqlValue::Text(name) if *name == earlier.1.name);
            same.then(|| earlier.clone())
        });
        Uploads(now.collect())
    }

    /// Stores the contents of a row, and returns the names that they have then.
    pub async fn store(
        self,
        row: &dyn ErasedRow,
        db: &dyn Executor,
    ) -> Result<Vec<(usize, SqlValue)>> {
        let mut names = Vec::with_capacity(self.0.len());
        for (place, upload) in self.0 {
            let Some(field) = row.model().fields.get(place) else { continue };
            let Some(meta) = field.file else { continue };
            let path = path(row, meta, &upload.name)?;
            let longest = field.max_length.and_then(|length| usize::try_from(length).ok());
            let storage = storage(meta.storage)?;
            let name = kept(&*storage, path, longest, &upload).await?;
            let guard = Unkept { storage, name: name.clone(), kept: false };
            let mut guard = guard;
            db.after_commit(CommitHook::new(move || {
                guard.kept = true;
                async {}
            }))
            .await;
            names.push((place, SqlValue::Text(name)));
        }
        Ok(names)
    }
}

/// Stores the contents that a row stands for, and returns the names that they have then.
pub(crate) async fn stored(
    row: &dyn ErasedRow,
    db: &dyn Executor,
) -> Result<Vec<(usize, SqlValue)>> {
    Uploads(Vec::new()).of_row(row).store(row, db).await
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

impl Drop for Unkept {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let (storage, name) = (self.storage.clone(), std::mem::take(&mut self.name));
        self.storage.spawn(Box::pin(async move { remove(&*storage, &name).await }));
    }
}

/// After the commit, removes the files of a row that is deleted.
pub(crate) async fn removed(row: &dyn ErasedRow, db: &dyn Executor) -> Result<()> {
    for (place, _, meta) in files(row.model()) {
        if let SqlValue::Text(name) = row.value_at(place) {
            later(meta, name, db).await?;
        }
    }
    Ok(())
}

/// After the commit, removes the files that a row named before it was written, and does not now.
pub(crate) async fn replaced(
    before: &dyn ErasedRow,
    now: &dyn ErasedRow,
    db: &dyn Executor,
) -> Result<()> {
    for (place, _, meta) in files(now.model()) {
        let earlier = before.value_at(place);
        if let SqlValue::Text(name) = &earlier
            && earlier != now.value_at(place)
        {
            later(meta, name.clone(), db).await?;
        }
    }
    Ok(())
}

async fn later(meta: &FileMeta, name: String, db: &dyn Executor) -> Result<()> {
    if meta.keep || name.is_empty() || name.contains('\0') {
        return Ok(());
    }
    let storage = storage(meta.storage)?;
    let work = async move || remove(&*storage, &name).await;
    db.after_commit(CommitHook::new(work)).await;
    Ok(())
}

/// Nobody waits for it: what goes wrong is logged.
async fn remove(storage: &dyn Storage, name: &str) {
    if let Err(error) = storage.delete(name).await {
        let error = error.to_string();
        tracing::error!(target: "orm::files", error, file = name, "a file could not be removed");
    }
}
