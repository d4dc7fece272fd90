//! What the function of a data migration is given.

use super::model::HistoricalModel;
use crate::event::Event;
use crate::file::{Migration, MigrationName};
use crate::history::History;
use crate::record::Progress;
use crate::state::ProjectState;
use orm_core::tables::state::ModelName;
use orm_sql::error::{Error, Result};
use orm_sql::exec::{Backend, Executor};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Who is told what happens.
pub(crate) type Told<'a> = &'a mut (dyn FnMut(Event<'_>) + Send);

/// What the function of a data migration is given: the models as they were at this point of the graph, and
/// a connection. It is an executor itself: the transaction of the migration, or the pool for a step that
/// says `atomic = false`.
pub struct DataStep<'a> {
    pub(super) db: &'a dyn Executor,
    history: &'static History,
    migration: Arc<str>,
    app: &'a str,
    forwards: bool,
    /// The operation, in words.
    pub(super) text: &'a str,
    /// How many calls there were of what goes in batches.
    pub(super) calls: AtomicUsize,
    /// How batches are noted that are a transaction each.
    pub(super) resumable: Option<Resumable<'a>>,
    told: Mutex<Told<'a>>,
}

/// A step whose batches are a transaction each.
pub(crate) struct Resumable<'a> {
    pub(crate) migration: &'a Migration,
    /// The place of the operation.
    pub(crate) place: usize,
    /// How many operations are noted as done meanwhile.
    pub(crate) done: usize,
    /// How far a run came that was cut off.
    pub(crate) before: Option<Progress>,
    pub(crate) lock_timeout: Option<Duration>,
}

#[diagnostic::do_not_recommend]
impl Executor for DataStep<'_> {
    fn as_dyn(&self) -> &dyn Backend {
        self.db.as_dyn()
    }
}

impl<'a> DataStep<'a> {
    pub(crate) fn new(
        db: &'a dyn Executor,
        state: &ProjectState,
        (migration, text, forwards): (&'a MigrationName, &'a str, bool),
        resumable: Option<Resumable<'a>>,
        told: Told<'a>,
    ) -> Self {
        DataStep {
            db,
            history: History::of(state),
            migration: migration.to_string().into(),
            app: &migration.app,
            forwards,
            text,
            calls: AtomicUsize::new(0),
            resumable,
            told: Mutex::new(told),
        }
    }

    /// False where the migration is undone.
    pub fn forwards(&self) -> bool {
        self.forwards
    }

    /// A model as it was: `step.model("catalogue.Book")?`, or `"Book"` for one of the migration's own app.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where there was no such model, with those that there were.
    pub fn model(&self, name: &str) -> Result<HistoricalModel> {
        let full = match name.rsplit_once('.') {
            Some((app, name)) => ModelName::new(app, name),
            None => ModelName::new(self.app, name),
        };
        let meta = self.history.model(&full).ok_or_else(|| {
            let names: Vec<String> = self.history.names().map(ToString::to_string).collect();
            Error::usage(format!(
                "there is no model `{full}` in migration {}; there are {}",
                self.migration,
                names.join(", ")
            ))
        })?;
        let (history, migration) = (self.history, self.migration.clone());
        Ok(HistoricalModel { meta, history, migration })
    }

    /// Tells how many rows are done, of how many: what a progress bar shows. Batches do so themselves.
    pub fn progress(&self, done: u64, of: u64) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told(Event::Progress { text: self.text, done, of });
    }
}
