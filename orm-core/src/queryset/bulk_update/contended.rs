//! Tables whose rows are written by many at once: those in which a call was the victim of a deadlock.
//! From then on their rows are locked in the order of their keys before they are written.
//!
//! It is not done always: the rows are read once more, which costs a third of the time.

use super::Part;
use crate::ir::{FieldMeta, ModelMeta, Query};
use crate::query;
use orm_sql::error::Result;
use orm_sql::exec::Statement;
use orm_sql::value::{Items, SqlValue};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// What has been the victim of a deadlock in this process.
struct Contended {
    /// Asked first: false as long as there is none.
    any: AtomicBool,
    models: RwLock<Vec<&'static ModelMeta>>,
}

static CONTENDED: Contended =
    Contended { any: AtomicBool::new(false), models: RwLock::new(Vec::new()) };

/// The rows of a call, by their keys.
pub(super) struct InOrder {
    meta: &'static ModelMeta,
    query: Query,
    keys: Vec<(&'static FieldMeta, Arc<Vec<SqlValue>>)>,
}

impl InOrder {
    pub fn new(
        meta: &'static ModelMeta,
        query: Query,
        keys: Vec<(&'static FieldMeta, Arc<Vec<SqlValue>>)>,
    ) -> InOrder {
        InOrder { meta, query, keys }
    }

    /// True where the rows are to be locked before they are written.
    pub fn is_wanted(&self) -> bool {
        CONTENDED.any.load(Ordering::Relaxed)
            && self.keys.first().is_some_and(|(_, values)| values.len() > 1)
            && CONTENDED.has(self.meta)
    }

    /// From now on they are.
    pub fn remember(&self) {
        CONTENDED.add(self.meta);
    }

    /// The statement that locks them: one for all of them, whatever number of statements writes them,
    /// since the order of the keys is the server's.
    ///
    /// # Errors
    ///
    /// Those of the statements that write the rows.
    pub fn statement(&self) -> Result<Statement> {
        let keys = self.keys.iter().map(|(field, values)| {
            let part = Part { range: 0..values.len(), values: values.clone() };
            (*field, SqlValue::Items(Items::new(part)))
        });
        query::lock_rows(&self.query, keys.collect())
    }
}

impl Contended {
    fn has(&self, meta: &ModelMeta) -> bool {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        models.iter().any(|known| known.schema == meta.schema && known.table == meta.table)
    }

    fn add(&self, meta: &'static ModelMeta) {
        if !self.has(meta) {
            self.models.write().unwrap_or_else(PoisonError::into_inner).push(meta);
        }
        self.any.store(true, Ordering::Relaxed);
    }
}
