//! Models as they were at one point of the graph.

use super::draft::HistoricalDraft;
use super::names::{Names, label};
use super::row::HistoricalRow;
use super::set::HistoricalSet;
use super::write;
use crate::history::History;
use orm_core::ir::{ModelMeta, Query};
use orm_sql::error::Result;
use orm_sql::exec::Executor;
use std::fmt;
use std::sync::Arc;

/// A model as it was when a data migration stands in the graph: with the fields of that time, whatever the
/// struct of today has. It has no hooks, no validation and no defaults in Rust, which only the code of that
/// time knew; and no default ordering.
#[derive(Clone)]
pub struct HistoricalModel {
    pub(super) meta: &'static ModelMeta,
    pub(super) history: &'static History,
    /// The migration, for messages.
    pub(super) migration: Arc<str>,
}

impl fmt::Debug for HistoricalModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HistoricalModel").field(&label(self.meta)).finish()
    }
}

impl HistoricalModel {
    /// Its name with its app: `catalogue.Book`.
    pub fn name(&self) -> String {
        label(self.meta)
    }

    /// The names of its fields.
    pub fn fields(&self) -> Vec<&'static str> {
        let mut names: Vec<&str> = self.meta.fields.iter().map(|field| field.name).collect();
        names.dedup();
        names.extend(self.meta.many_to_many.iter().map(|relation| relation.name));
        names
    }

    /// All rows, in no order.
    pub fn objects(&self) -> HistoricalSet {
        HistoricalSet::new(self.clone())
    }

    /// A row that is not there yet.
    pub fn draft(&self) -> HistoricalDraft {
        HistoricalDraft::new(self.clone())
    }

    /// Inserts rows, any number of them, and returns them in order as the database has them.
    ///
    /// # Errors
    ///
    /// The first mistake in a draft, or the constraint that refuses a row: none is inserted then.
    pub async fn bulk_create(
        &self,
        db: &(impl Executor + ?Sized),
        drafts: impl IntoIterator<Item = HistoricalDraft, IntoIter: Send>,
    ) -> Result<Vec<HistoricalRow>> {
        let drafts = drafts.into_iter().map(HistoricalDraft::finish).collect::<Result<Vec<_>>>()?;
        write::insert(db.as_executor(), self, drafts, false).await
    }

    /// Writes some fields of rows, each with its own values, and returns how many there were.
    ///
    /// # Errors
    ///
    /// When there is no such field, a row is given twice, or a constraint refuses one: none is written then.
    pub async fn bulk_update<'r>(
        &self,
        db: &(impl Executor + ?Sized),
        rows: impl IntoIterator<Item = &'r HistoricalRow, IntoIter: Send>,
        fields: impl IntoIterator<Item = &str, IntoIter: Send>,
    ) -> Result<u64> {
        let (rows, fields) = (rows.into_iter().collect(), fields.into_iter().collect::<Vec<_>>());
        write::update_rows(db.as_executor(), self, rows, &fields).await
    }

    pub(super) fn names(&self, query: &Query) -> Names<'_> {
        Names {
            model: self.meta,
            scope: query.scope,
            migration: &self.migration,
            history: self.history,
        }
    }
}
