//! Rows that are written by many at once: they are locked in the order of their keys before they are
//! written.
//!
//! It is not done always: the rows are read once more, which costs a third of the time. It is done by a
//! call whose keys overlap with those of another one that is on its way in this process, and for good in
//! a table in which a call was the victim of a deadlock, be it with another process.

use super::keys::compare_keys;
use super::table::Values;
use crate::ir::{ModelMeta, Query};
use crate::query;
use orm_sql::error::Result;
use orm_sql::exec::Statement;
use orm_sql::value::SqlValue;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// What has been the victim of a deadlock in this process.
struct Contended {
    /// Asked first: false as long as there is none.
    any: AtomicBool,
    models: RwLock<Vec<&'static ModelMeta>>,
}

static CONTENDED: Contended =
    Contended { any: AtomicBool::new(false), models: RwLock::new(Vec::new()) };

/// What the calls write that are on their way.
static ON_THE_WAY: Mutex<Vec<Arc<Span>>> = Mutex::new(Vec::new());

/// The rows between two keys of a table.
struct Span {
    meta: &'static ModelMeta,
    first: Vec<SqlValue>,
    last: Vec<SqlValue>,
}

impl Span {
    fn overlaps(&self, other: &Span) -> bool {
        is_same_table(self.meta, other.meta)
            && compare_keys(&self.first, &other.last).is_le()
            && compare_keys(&other.first, &self.last).is_le()
    }
}

/// A call that is on its way, until this is dropped.
pub(super) struct OnTheWay {
    span: Arc<Span>,
    meets_others: bool,
}

impl OnTheWay {
    fn new(span: &Arc<Span>) -> OnTheWay {
        let mut all = ON_THE_WAY.lock().unwrap_or_else(PoisonError::into_inner);
        let meets_others = all.iter().any(|other| other.overlaps(span));
        all.push(span.clone());
        OnTheWay { span: span.clone(), meets_others }
    }
}

impl Drop for OnTheWay {
    fn drop(&mut self) {
        let mut all = ON_THE_WAY.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = all.iter().position(|span| Arc::ptr_eq(span, &self.span)) {
            all.swap_remove(place);
        }
    }
}

fn is_same_table(one: &ModelMeta, other: &ModelMeta) -> bool {
    one.schema == other.schema && one.table == other.table
}

/// The rows of a call, by their keys.
pub(super) struct InOrder {
    meta: &'static ModelMeta,
    /// What it writes; none where that is one row, which is no part of a deadlock by itself.
    span: Option<Arc<Span>>,
    query: Query,
    keys: Vec<Values>,
}

impl InOrder {
    /// The rows between two keys.
    pub fn new(
        meta: &'static ModelMeta,
        query: Query,
        keys: Vec<Values>,
        span: Option<(Vec<SqlValue>, Vec<SqlValue>)>,
    ) -> InOrder {
        let span = span.map(|(first, last)| Arc::new(Span { meta, first, last }));
        InOrder { meta, span, query, keys }
    }

    /// The call begins: it is on its way until what is returned is dropped.
    pub fn begin(&self) -> Option<OnTheWay> {
        self.span.as_ref().map(OnTheWay::new)
    }

    /// True where the rows are to be locked before they are written.
    pub fn is_wanted(&self, call: Option<&OnTheWay>) -> bool {
        let is_contended = || CONTENDED.any.load(Ordering::Relaxed) && CONTENDED.has(self.meta);
        call.is_some_and(|call| call.meets_others || is_contended())
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
        let keys = self.keys.iter().map(|(field, items)| (*field, SqlValue::Items(items.clone())));
        query::lock_rows(&self.query, keys.collect())
    }
}

impl Contended {
    fn has(&self, meta: &ModelMeta) -> bool {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        models.iter().any(|known| is_same_table(known, meta))
    }

    fn add(&self, meta: &'static ModelMeta) {
        if !self.has(meta) {
            self.models.write().unwrap_or_else(PoisonError::into_inner).push(meta);
        }
        self.any.store(true, Ordering::Relaxed);
    }
}
