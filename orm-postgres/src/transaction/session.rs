//! What a transaction and its savepoints share.

use crate::error::Failed;
use crate::pool::Loan;
use crate::sql_text::may_begin_anew;
use orm_sql::exec::Settings;
use orm_sql::exec::transaction::CommitHook;
use orm_sql::{Error, Result};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

const OUTER_USED: &str = "a savepoint of this transaction is open, and what is done on the \
    transaction meanwhile would be undone with it: use the savepoint, or end it first";

const STILL_RUNS: &str = "a statement of this transaction is still under way: wait for it before \
    a savepoint begins, and before the transaction ends";

/// A connection with a transaction open.
pub(super) struct Session {
    pub(super) connection: Loan,
    /// The text that began it.
    begin: String,
    /// What it was begun under.
    settings: Settings,
    /// All its statements see the same state of the tables, as others left it.
    pub(super) one_state: bool,
    /// The transaction itself has ended.
    ended: AtomicBool,
    /// Nothing was done in it so far.
    untouched: AtomicBool,
    /// Text of the user's that may have ended it was sent, and nobody has looked yet.
    suspect: AtomicBool,
    /// How many statements are under way.
    running: AtomicUsize,
    /// A statement has failed, or its end was not waited for, so that COMMIT could be a ROLLBACK
    /// in disguise.
    doubtful: AtomicBool,
    /// A statement was given up, and may still run.
    given_up: AtomicBool,
    /// The last statement failed because of what others did meanwhile.
    outrun: AtomicBool,
    /// The next statement is the last one.
    last: AtomicBool,
    /// For names that are used once.
    names: AtomicU32,
    progress: Mutex<Progress>,
}

/// The error of everything that is done too late.
pub(super) fn has_ended() -> Error {
    Error::usage("the transaction has ended")
}

/// How far it has come.
#[derive(Default)]
struct Progress {
    /// The savepoints that are open, the outermost first.
    savepoints: Vec<Savepoint>,
    /// The cursors that are open. Their numbers and those of savepoints count together.
    cursors: Vec<u32>,
    /// Work that waits for the commit: first that of the transaction, then that of each savepoint,
    /// in the order in which it was asked for.
    hooks: Vec<CommitHook>,
    /// What its last statement ran under.
    settings: Settings,
    /// What is known where text of the user's may have ended it.
    suspicion: Option<Suspicion>,
    /// What came of COMMIT, which was sent with the last statement.
    committed: Option<Result<(), Failed>>,
}

/// Text of the user's may have ended the transaction.
pub(super) struct Suspicion {
    /// When the transaction began, by the server; `None` where it had failed.
    pub(super) began: Option<String>,
    /// The text may have begun another one.
    pub(super) anew: bool,
}

/// An open savepoint.
struct Savepoint {
    number: u32,
    /// How much work waited for the commit when it began.
    hooks: usize,
}

impl Session {
    /// Of a connection on which this text is about to begin a transaction, whose statements may all see
    /// one state of the tables.
    pub(super) fn new(
        connection: Loan,
        settings: Settings,
        begin: String,
        one_state: bool,
    ) -> Self {
        connection.set_busy(true);
        Session {
            connection,
            begin,
            settings,
            one_state,
            ended: AtomicBool::new(false),
            untouched: AtomicBool::new(true),
            suspect: AtomicBool::new(false),
            running: AtomicUsize::new(0),
            doubtful: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            outrun: AtomicBool::new(false),
            last: AtomicBool::new(false),
            names: AtomicU32::new(1),
            progress: Mutex::default(),
        }
    }

    /// A number that no other cursor or savepoint of this transaction has.
    pub(super) fn number(&self) -> u32 {
        self.names.fetch_add(1, Ordering::Relaxed)
    }

    /// An error once the transaction, or this savepoint of it, has ended.
    pub(super) fn check(&self, savepoint: Option<u32>) -> Result<()> {
        if self.ended.load(Ordering::Relaxed) {
            return Err(has_ended());
        }
        match savepoint {
            Some(number) if Self::place(&self.progress(), number).is_none() => Err(Error::usage(
                "the savepoint has ended with the one around it; end the inner one first",
            )),
            _ => Ok(()),
        }
    }

    /// An error where a unit is not the innermost one that is open: what is done on an outer one
    /// would belong to the inner one, and be undone with it.
    pub(super) fn check_innermost(&self, savepoint: Option<u32>) -> Result<()> {
        self.check(savepoint)?;
        match self.progress().savepoints.last().map(|open| open.number) == savepoint {
            true => Ok(()),
            false => Err(Error::usage(OUTER_USED)),
        }
    }

    /// An error while a statement is under way, of which nobody could say on which side of a
    /// savepoint or of the end it will be.
    pub(super) fn check_at_rest(&self) -> Result<()> {
        match self.running.load(Ordering::SeqCst) {
            0 => Ok(()),
            _ => Err(Error::usage(STILL_RUNS)),
        }
    }

    /// The text that began the transaction, where nothing was done in it: it can begin anew. Never
    /// twice.
    pub(super) fn take_beginning(&self) -> Option<&str> {
        let alone = self.running.load(Ordering::SeqCst) == 1;
        (alone && self.untouched.swap(false, Ordering::Relaxed)).then_some(&self.begin)
    }

    /// True where nothing was done in it so far, and nothing is under way.
    pub(super) fn is_untouched(&self) -> bool {
        self.untouched.load(Ordering::Relaxed) && self.running.load(Ordering::SeqCst) == 0
    }

    /// What it was begun under.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// It has begun anew, which has taken back what was set in it.
    pub(super) fn began_anew(&self) {
        let set_inside = self.connection.shared().is_passed_on();
        self.connection.settings().begin(set_inside.then(|| self.settings.clone()));
    }

    /// Text is about to be sent that may end the transaction.
    pub(super) fn suspect(&self, began: Option<String>, sql: &str) {
        self.progress().suspicion = Some(Suspicion { began, anew: may_begin_anew(sql) });
        self.suspect.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_suspect(&self) -> bool {
        self.suspect.load(Ordering::Relaxed)
    }

    pub(super) fn take_suspicion(&self) -> Option<Suspicion> {
        let suspect = self.suspect.swap(false, Ordering::Relaxed);
        suspect.then(|| self.progress().suspicion.take()).flatten()
    }

    /// Opens a savepoint inside of those that are open.
    pub(super) fn open(&self, number: u32) {
        let mut progress = self.progress();
        let hooks = progress.hooks.len();
        progress.savepoints.push(Savepoint { number, hooks });
    }

    /// Ends a savepoint, and those inside of it. What they have registered stays.
    pub(super) fn release(&self, number: u32) {
        let mut progress = self.progress();
        if let Some(place) = Self::place(&progress, number) {
            progress.savepoints.truncate(place);
        }
    }

    /// Ends a savepoint, and those inside of it. What was registered since its beginning is
    /// undone with it: its commit does not come.
    pub(super) fn undo(&self, number: u32) {
        let mut progress = self.progress();
        let open = progress.savepoints.iter().enumerate().find(|(_, open)| open.number == number);
        let Some((place, hooks)) = open.map(|(place, open)| (place, open.hooks)) else { return };
        let from = hooks.min(progress.hooks.len());
        progress.savepoints.truncate(place);
        // Those that were opened inside are gone.
        progress.cursors.retain(|cursor| *cursor < number);
        let undone = progress.hooks.split_off(from);
        self.connection.settings().doubt();
        // What it holds is dropped without the lock.
        drop(progress);
        drop(undone);
    }

    /// Opens a cursor.
    pub(super) fn open_cursor(&self, number: u32) {
        self.progress().cursors.push(number);
    }

    /// An error for a cursor that is gone.
    pub(super) fn check_cursor(&self, number: u32) -> Result<()> {
        if self.progress().cursors.contains(&number) {
            return Ok(());
        }
        Err(Error::usage(
            "the rows of this stream have gone with a savepoint that was rolled back; read them \
             before its end",
        ))
    }

    /// Forgets a cursor; false where it is gone already.
    pub(super) fn close_cursor(&self, number: u32) -> bool {
        let cursors = &mut self.progress().cursors;
        let place = cursors.iter().position(|cursor| *cursor == number);
        place.map(|place| cursors.swap_remove(place)).is_some()
    }

    /// The next statement is the last one.
    pub(super) fn ends_with_next(&self) {
        self.last.store(true, Ordering::Relaxed);
    }

    /// True, once, where COMMIT may go with this statement.
    pub(super) fn takes_end(&self, savepoint: Option<u32>) -> bool {
        self.last.load(Ordering::Relaxed)
            && self.last.swap(false, Ordering::Relaxed)
            && savepoint.is_none()
            && !self.is_doubtful()
            && !self.is_suspect()
            && self.running.load(Ordering::SeqCst) == 0
    }

    /// COMMIT has gone with the last statement.
    pub(super) fn ended_early(&self, result: Result<(), Failed>) {
        self.progress().committed = Some(result);
        self.ended.store(true, Ordering::Relaxed);
    }

    /// What came of a COMMIT that has gone with the last statement.
    pub(super) fn take_committed(&self) -> Option<Result<(), Failed>> {
        self.progress().committed.take()
    }

    /// The transaction itself has come to its end. What is registered does not run any more.
    pub(super) fn end<T>(&self, result: &Result<T, Failed>) {
        self.end_unfinished();
        self.connection.settle(result);
    }

    /// The transaction itself comes to its end, which is still on its way.
    pub(super) fn end_unfinished(&self) {
        self.ended.store(true, Ordering::Relaxed);
        self.connection.settings().end();
        self.connection.set_busy(true);
        drop(self.take_hooks());
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Registers work for the commit. That of an outer unit stays when an inner one is undone.
    pub(super) fn add_hook(&self, savepoint: Option<u32>, work: CommitHook) {
        if self.check(savepoint).is_err() {
            return;
        }
        let mut progress = self.progress();
        let Progress { savepoints, hooks, .. } = &mut *progress;
        let inner = match savepoint {
            None => 0,
            Some(number) => savepoints.iter().take_while(|open| open.number <= number).count(),
        };
        let inner = savepoints.get_mut(inner..).unwrap_or_default();
        let place = inner.first().map_or(hooks.len(), |first| first.hooks.min(hooks.len()));
        hooks.insert(place, work);
        inner.iter_mut().for_each(|open| open.hooks += 1);
    }

    /// What is registered.
    pub(super) fn take_hooks(&self) -> Vec<CommitHook> {
        std::mem::take(&mut self.progress().hooks)
    }

    /// The end of something is not waited for.
    pub(super) fn doubt(&self) {
        self.doubtful.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_doubtful(&self) -> bool {
        self.doubtful.load(Ordering::Relaxed)
    }

    /// A statement begins under settings; it is given up where the returned value is dropped and not
    /// forgotten.
    pub(super) fn begin_statement(&self, settings: &Settings) -> Result<Running<'_>> {
        let mut progress = self.progress();
        if self.running.load(Ordering::SeqCst) > 0 && progress.settings != *settings {
            return Err(Error::usage(
                "a statement of this transaction is still under way for another tenant: wait for \
                 it, since a transaction has one search_path at a time",
            ));
        }
        progress.settings.clone_from(settings);
        self.outrun.store(false, Ordering::Relaxed);
        self.running.fetch_add(1, Ordering::SeqCst);
        Ok(Running { session: self, given_up: true })
    }

    /// A statement has failed, and so has the transaction or the savepoint around it.
    pub(super) fn statement_failed(&self, failed: Failed) -> Error {
        self.doubt();
        if failed.malformed {
            self.connection.retire();
        }
        self.outrun.store(failed.error.is_retryable(), Ordering::Relaxed);
        failed.into_error()
    }

    pub(super) fn was_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    pub(super) fn is_outrun(&self) -> bool {
        self.outrun.load(Ordering::Relaxed)
    }

    fn place(progress: &Progress, number: u32) -> Option<usize> {
        progress.savepoints.iter().position(|savepoint| savepoint.number == number)
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A statement that is under way; given up where this is dropped before it has ended.
pub(super) struct Running<'a> {
    session: &'a Session,
    given_up: bool,
}

impl Running<'_> {
    pub(super) fn ended(mut self) {
        self.given_up = false;
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.session.running.fetch_sub(1, Ordering::SeqCst);
        self.session.untouched.store(false, Ordering::Relaxed);
        if self.given_up {
            self.session.doubt();
            self.session.given_up.store(true, Ordering::Relaxed);
        }
    }
}
