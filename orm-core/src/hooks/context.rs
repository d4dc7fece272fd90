//! What a hook is given: where it runs, and what is happening.

use crate::dyn_row::{self, ErasedRow, merge};
use crate::expr::{Columns, places_of};
use crate::ir::{self, Lock, ModelMeta};
use crate::model::{Model, OnFields};
use crate::query;
use crate::row::encoded_as;
use orm_sql::ast::{LockStrength, LockWait};
use orm_sql::error::{Error, Result};
use orm_sql::exec::{AnyExecutor, Backend, BoxFuture, Executor};
use orm_sql::row::RowBuffer;
use orm_sql::value::{SqlType, SqlValue};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What a hook or receiver is given. It is an executor: what it runs is part of the same transaction.
///
/// ```
/// # use orm_doctest::*;
/// async fn has_many_books(author: &Author, cx: &HookCx<'_>) -> Result<bool> {
///     Ok(Book::objects().filter(|b| b.author().eq(author)).count(cx).await? > 9)
/// }
/// ```
pub struct HookCx<'a> {
    db: &'a dyn Executor,
    model: &'static ModelMeta,
    created: bool,
    fields: Option<Vec<&'static str>>,
    /// The row as the database has it: read when it is first asked for. It is empty where there is
    /// none.
    stored: Mutex<Option<Arc<RowBuffer>>>,
    written: AtomicBool,
}

impl<'a> HookCx<'a> {
    pub(crate) fn new(db: &'a dyn Executor, model: &'static ModelMeta) -> Self {
        HookCx {
            db,
            model,
            created: false,
            fields: None,
            stored: Mutex::new(None),
            written: AtomicBool::new(false),
        }
    }

    /// A row is created.
    pub(crate) fn creating(self) -> Self {
        HookCx { created: true, ..self }
    }

    /// A row is deleted, which was read and locked for that.
    pub(crate) fn deleting(self, row: RowBuffer) -> Self {
        HookCx { stored: Mutex::new(Some(Arc::new(row))), ..self }
    }

    /// Only these fields are written.
    pub(crate) fn only(self, fields: Option<Vec<&'static str>>) -> Self {
        HookCx { fields, ..self }
    }

    /// From here on the database has what was written.
    pub(crate) fn set_written(&self) {
        self.written.store(true, Ordering::Relaxed);
    }

    /// True where the row is a new one.
    pub fn created(&self) -> bool {
        self.created
    }

    /// The fields that are written, by `save_fields` and the like; `None` for all.
    pub fn fields(&self) -> Option<&[&'static str]> {
        self.fields.as_deref()
    }

    /// The model that it is about.
    pub fn model(&self) -> &'static ModelMeta {
        self.model
    }

    /// What runs in the same transaction, for functions of yours. The context itself is an executor
    /// too: `Book::objects().count(cx)`.
    pub fn executor(&self) -> AnyExecutor<'_> {
        AnyExecutor::new(&self.db)
    }

    /// True where one of some fields differs from the row in the database; always for a new row.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// async fn is_renamed(book: &Book, cx: &HookCx<'_>) -> Result<bool> {
    ///     cx.changed(book, |b| (b.name(), b.author())).await
    /// }
    /// ```
    ///
    /// The row is read at the first question, once for all hooks and receivers of a save, and is
    /// locked (`FOR NO KEY UPDATE`), so that it stays what it was until it is written. `after_save`
    /// can ask what was asked before, as by then the database has the new row.
    ///
    /// # Errors
    ///
    /// What the server reports; [`Error::Usage`] where it is asked for the first time after the row
    /// was written.
    pub fn changed<'c, M: Model, X: Columns<M>>(
        &'c self,
        row: &M,
        fields: impl OnFields<M, X>,
    ) -> BoxFuture<'c, Result<bool>> {
        let places = places_of::<M, X>(fields);
        let values = match &places {
            Ok(places) if !self.created => {
                places.iter().map(|place| (*place, row.value(*place))).collect()
            }
            _ => Vec::new(),
        };
        let query = dyn_row::of_row(row);
        Box::pin(async move {
            places?;
            if self.created {
                return Ok(true);
            }
            let cells = self.cells(query).await?;
            if cells.is_empty() {
                return Ok(true);
            }
            let stored: M = merge::decoded(&cells.row(0))?;
            Ok(values.iter().any(|(place, value)| {
                let sql_type = M::meta().fields.get(*place).map_or(SqlType::Text, |f| f.sql_type);
                !is_same(value, &stored.value(*place), sql_type)
            }))
        })
    }

    /// The row as the database has it before it is written; `None` for a new one, and for one that
    /// is gone. Read once, and locked: see [`changed`](Self::changed).
    ///
    /// # Errors
    ///
    /// Those of [`changed`](Self::changed).
    pub fn stored<'c, M: Model>(&'c self, row: &M) -> BoxFuture<'c, Result<Option<M>>> {
        let query = dyn_row::of_row(row);
        Box::pin(async move {
            if self.created {
                return Ok(None);
            }
            let cells = self.cells(query).await?;
            match cells.is_empty() {
                true => Ok(None),
                false => merge::decoded(&cells.row(0)).map(Some),
            }
        })
    }

    async fn cells(&self, mut query: ir::Query) -> Result<Arc<RowBuffer>> {
        let known = self.stored.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known {
            return Ok(known);
        }
        if self.written.load(Ordering::Relaxed) {
            return Err(Error::usage(format!(
                "the row of `{}` is written by now, and nobody has asked before what it was: ask \
                 `changed` or `stored` in a `before_…` hook or receiver",
                self.model.name
            )));
        }
        let (strength, of) = (LockStrength::NoKeyUpdate, Vec::new());
        query.lock = Some(Lock { strength, wait: LockWait::Wait, of });
        let mut cells = RowBuffer::new(query.width());
        self.db.run(&query::select(&query.on(self.db))?, &mut cells).await?;
        let cells = Arc::new(cells);
        *self.stored.lock().unwrap_or_else(PoisonError::into_inner) = Some(cells.clone());
        Ok(cells)
    }

    /// The row as the database has it, read and locked; no row where there is none.
    pub(crate) async fn before(&self, row: &dyn ErasedRow) -> Result<Arc<RowBuffer>> {
        self.cells(dyn_row::of_row(row)).await
    }

    /// Reads and locks the row, and tells whether it is there.
    pub(crate) async fn is_there(&self, row: &dyn ErasedRow) -> Result<bool> {
        Ok(!self.cells(dyn_row::of_row(row)).await?.is_empty())
    }
}

/// Equal, or the same once they are in the database, which has microseconds and no more.
fn is_same(a: &SqlValue, b: &SqlValue, sql_type: SqlType) -> bool {
    let cells = |value: &SqlValue| encoded_as([(value.clone(), sql_type)]);
    a == b || matches!((cells(a), cells(b)), (Some(a), Some(b)) if a == b)
}

impl fmt::Debug for HookCx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("HookCx");
        debug.field("model", &self.model.name).field("created", &self.created);
        debug.finish_non_exhaustive()
    }
}

#[diagnostic::do_not_recommend]
impl Executor for HookCx<'_> {
    fn as_dyn(&self) -> &dyn Backend {
        self.db.as_dyn()
    }
}
