//! What a transaction and its savepoints share.

use crate::pool::Loan;
use orm_sql::exec::transaction::CommitHook;
use orm_sql::{Error, Result};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A connection with a transaction open.
pub(super) struct Session {
    pub(super) connection: Loan,
    /// The transaction itself has ended.
    ended: AtomicBool,
    /// A statement has failed, or its end was not waited for, so that COMMIT could be a ROLLBACK
    /// in disguise.
    doubtful: AtomicBool,
    /// A statement was given up, and may still run.
    given_up: AtomicBool,
    /// The last statement failed because of what others did meanwhile.
    outrun: AtomicBool,
    /// For names that are used once.
    names: AtomicU32,
    progress: Mutex<Progress>,
}

/// How far it has come.
#[derive(Default)]
struct Progress {
    /// The savepoints that are open, the outermost first.
    savepoints: Vec<Savepoint>,
    /// The cursors that are open. Their numbers and those of savepoints count together.
    cursors: Vec<u32>,
    /// Work that waits for the commit, in the order in which it was asked for.
    hooks: Vec<CommitHook>,
}

/// An open savepoint.
struct Savepoint {
    number: u32,
    /// How much work waited for the commit when it began.
    hooks: usize,
}

impl Session {
    pub(super) fn new(connection: Loan) -> Self {
        connection.set_busy(true);
        Session {
            connection,
            ended: AtomicBool::new(false),
            doubtful: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            outrun: AtomicBool::new(false),
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
            return Err(Error::usage("the transaction has ended"));
        }
        match savepoint {
            Some(number) if Self::place(&self.progress(), number).is_none() => Err(Error::usage(
                "the savepoint has ended with the one around it; end the inner one first",
            )),
            _ => Ok(()),
        }
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

    /// The transaction itself comes to its end, at which its connection is clean or not. What is
    /// registered does not run any more.
    pub(super) fn end(&self, unfinished: bool) {
        self.ended.store(true, Ordering::Relaxed);
        self.connection.set_busy(unfinished);
        drop(self.take_hooks());
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Registers work for the commit.
    pub(super) fn add_hook(&self, work: CommitHook) {
        if !self.has_ended() {
            self.progress().hooks.push(work);
        }
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

    /// A statement begins; it is given up where the returned value is dropped and not forgotten.
    pub(super) fn begin_statement(&self) -> GivenUp<'_> {
        self.outrun.store(false, Ordering::Relaxed);
        GivenUp(self)
    }

    /// A statement has failed, and so has the transaction or the savepoint around it.
    pub(super) fn statement_failed(&self, error: &Error) {
        self.doubt();
        self.outrun.store(error.is_retryable(), Ordering::Relaxed);
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

/// A statement that was given up when this is dropped.
pub(super) struct GivenUp<'a>(&'a Session);

impl Drop for GivenUp<'_> {
    fn drop(&mut self) {
        self.0.doubt();
        self.0.given_up.store(true, Ordering::Relaxed);
    }
}
