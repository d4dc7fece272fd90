//! What ran: an event for `tracing`, and hooks.

use crate::hosts::Target;
use orm_sql::Error;
use orm_sql::exec::Statement;
use orm_sql::exec::instrumentation::{Caller, Place};
use orm_sql::exec::n_plus_one::{self, Tally};
use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// A statement that ran.
///
/// It never carries the values of parameters, and its `Debug` shows none.
#[derive(Clone)]
#[non_exhaustive]
pub struct QueryEvent<'a> {
    /// The text, with placeholders.
    pub sql: &'a str,
    /// The first word of the text, in capital letters: `SELECT`, `BEGIN`.
    pub operation: Cow<'a, str>,
    /// The model that it reads or writes, where the ORM made the text.
    pub model: Option<&'static str>,
    /// That model's table.
    pub collection: Option<&'static str>,
    /// How many rows it returned or changed; 0 where it failed.
    pub rows: u64,
    /// From before it was sent to after its last row was read; with what came before on the
    /// connection for its sake, such as preparing it.
    pub duration: Duration,
    /// How much of that went into preparing it, where this connection had not done that yet.
    pub prepare: Option<Duration>,
    /// How long the call had waited for a connection of the pool; for the first statement on it.
    pub pool_wait: Option<Duration>,
    /// What it failed with.
    pub error: Option<&'a Error>,
    /// Where in the source a terminal was called that asked for it, such as `all` or `save`.
    pub place: Option<Place>,
    asked: Option<(&'a Statement, Caller)>,
}

impl fmt::Debug for QueryEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryEvent")
            .field("sql", &self.sql)
            .field("rows", &self.rows)
            .field("duration", &self.duration)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl QueryEvent<'_> {
    /// Counts the statement among those that were asked for from its place, if it has one: for
    /// tests that look for N+1 on a whole database.
    pub fn count_in(&self, tally: &mut Tally, limit: usize) {
        if let Some((statement, asker)) = self.asked {
            tally.count(statement, asker, limit);
        }
    }
}

pub(crate) type Hook = Arc<dyn Fn(&QueryEvent<'_>) + Send + Sync>;

/// Keeps a hook of [`crate::Database::on_query`] alive; dropped, it is called no more.
#[must_use = "the hook is removed when this is dropped"]
pub struct Subscription {
    events: Arc<Events>,
    id: usize,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("id", &self.id).finish()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut hooks = self.events.hooks.write().unwrap_or_else(PoisonError::into_inner);
        hooks.retain(|hook| hook.0 != self.id);
        self.events.listeners.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is watched for beside the hooks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Watch {
    /// From this duration on a statement is slow.
    pub(crate) slow: Option<Duration>,
    /// How often a statement may run from one place within a request.
    pub(crate) repeats: Option<usize>,
}

/// Those who want to know what runs.
pub(crate) struct Events {
    /// How many there are: all that is read where there are none.
    listeners: AtomicUsize,
    next: AtomicUsize,
    hooks: RwLock<Vec<(usize, Hook)>>,
    watch: Watch,
    target: Target,
    /// How long statements took to prepare that have not ended yet, by their addresses.
    prepared: Mutex<Vec<(usize, Duration)>>,
}

/// A statement that somebody wants to know about.
#[derive(Clone, Copy)]
pub(crate) struct Started {
    at: Instant,
    asker: Option<Caller>,
}

/// How a statement has ended.
#[derive(Clone, Copy)]
pub(crate) enum Ended<'a> {
    Rows(u64),
    Failed(&'a Error),
}

/// One event with OpenTelemetry's names; the level and the message must be constants.
macro_rules! trace_event {
    ($events:expr, $event:expr, $level:expr, $message:literal) => {{
        let (events, event): (&Events, &QueryEvent<'_>) = ($events, $event);
        tracing::event!(
            target: "orm::query",
            $level,
            db.system.name = "postgresql",
            db.namespace = known(&events.target.database),
            db.operation.name = &*event.operation,
            db.collection.name = event.collection,
            db.query.text = event.sql,
            db.response.returned_rows = event.error.is_none().then_some(event.rows),
            db.response.status_code = event.error.and_then(Error::sqlstate),
            "error.type" = event.error.map(|error| error.sqlstate().unwrap_or(error.kind())),
            db.client.operation.duration = event.duration.as_secs_f64(),
            db.client.operation.prepare = event.prepare.map(|prepare| prepare.as_secs_f64()),
            db.client.connection.wait_time = event.pool_wait.map(|wait| wait.as_secs_f64()),
            server.address = known(&events.target.host),
            server.port = known(&events.target.host).map(|_| events.target.port),
            code.file.path = event.place.map(|place| place.file()),
            code.line.number = event.place.map(|place| place.line()),
            code.column.number = event.place.map(|place| place.column()),
            $message
        );
    }};
}
impl Events {
    pub(crate) fn new(target: Target, watch: Watch) -> Self {
        Events {
            // The threshold is a listener that stays.
            listeners: AtomicUsize::new(usize::from(watch.slow.is_some())),
            next: AtomicUsize::new(0),
            hooks: RwLock::default(),
            watch,
            target,
            prepared: Mutex::default(),
        }
    }

    /// Adds a hook and returns its number.
    pub(crate) fn add(&self, hook: Hook) -> usize {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut hooks = self.hooks.write().unwrap_or_else(PoisonError::into_inner);
        hooks.push((id, hook));
        self.listeners.fetch_add(1, Ordering::Relaxed);
        id
    }

    pub(crate) fn subscribe(self: &Arc<Self>, hook: Hook) -> Subscription {
        Subscription { events: self.clone(), id: self.add(hook) }
    }

    /// True where somebody wants to know what runs and how long it takes.
    #[inline]
    pub(crate) fn is_heard(&self) -> bool {
        self.listeners.load(Ordering::Relaxed) > 0
            || tracing::enabled!(target: "orm::query", tracing::Level::DEBUG)
    }

    /// Begins to watch a statement, if anybody wants to know of it; a command without parameters
    /// has none.
    #[inline]
    pub(crate) fn start(&self, statement: Option<&Statement>) -> Option<Started> {
        let counted = n_plus_one::is_watching();
        if !counted && !self.is_heard() { None } else { Some(self.begin(statement, counted)) }
    }

    #[cold]
    fn begin(&self, statement: Option<&Statement>, counted: bool) -> Started {
        let asker = statement.and_then(Statement::asker);
        if let Some(statement) = statement {
            // What one has left that was given up in the same place.
            self.take_prepared(statement);
        }
        if let (true, Some(statement), Some(asker)) = (counted, statement, asker) {
            n_plus_one::saw(statement, asker, self.watch.repeats);
        }
        Started { at: Instant::now(), asker }
    }

    /// Notes how long a statement took to prepare that is being watched.
    #[cold]
    pub(crate) fn prepared(&self, statement: &Statement, since: Instant) {
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        // Those of statements that were given up are not taken away.
        if prepared.len() > 1_000 {
            prepared.clear();
        }
        prepared.push((address(statement), since.elapsed()));
    }

    fn take_prepared(&self, statement: &Statement) -> Option<Duration> {
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        let place = prepared.iter().position(|(of, _)| *of == address(statement))?;
        Some(prepared.swap_remove(place).1)
    }

    /// Tells of a statement that has ended.
    #[inline]
    pub(crate) fn finish(
        &self,
        started: Option<Started>,
        statement: &Statement,
        pool_wait: impl FnOnce() -> Option<Duration>,
        ended: Ended<'_>,
    ) {
        if let Some(started) = started {
            self.end(started, &statement.sql, Some(statement), pool_wait(), ended);
        }
    }

    /// Tells of a command that has ended.
    #[inline]
    pub(crate) fn finish_command(
        &self,
        started: Option<Started>,
        sql: &str,
        pool_wait: impl FnOnce() -> Option<Duration>,
        ended: Ended<'_>,
    ) {
        if let Some(started) = started {
            self.end(started, sql, None, pool_wait(), ended);
        }
    }

    #[cold]
    fn end(
        &self,
        started: Started,
        sql: &str,
        statement: Option<&Statement>,
        pool_wait: Option<Duration>,
        ended: Ended<'_>,
    ) {
        let model = statement.and_then(|statement| statement.about.model);
        let (rows, error) = match ended {
            Ended::Rows(rows) => (rows, None),
            Ended::Failed(error) => (0, Some(error)),
        };
        self.tell(&QueryEvent {
            sql,
            operation: operation(sql),
            model: model.map(|model| model.name()),
            collection: model.map(|model| model.table()),
            rows,
            duration: started.at.elapsed(),
            prepare: statement.and_then(|statement| self.take_prepared(statement)),
            pool_wait,
            error,
            place: started.asker.map(|asker| asker.place),
            asked: statement.zip(started.asker),
        });
    }

    fn tell(&self, event: &QueryEvent<'_>) {
        if self.watch.slow.is_some_and(|limit| event.duration >= limit) {
            trace_event!(self, event, tracing::Level::WARN, "slow query");
        } else {
            trace_event!(self, event, tracing::Level::DEBUG, "query");
        }
        // Copied, so that a hook may subscribe and unsubscribe.
        let hooks = self.hooks.read().unwrap_or_else(PoisonError::into_inner).clone();
        for (_, hook) in hooks {
            hook(event);
        }
    }
}

/// A part of the target that is known: nothing is, of a pool that the application made.
fn known(part: &str) -> Option<&str> {
    (!part.is_empty()).then_some(part)
}

/// Which statement it is: where its text is kept, which stays when it is moved.
fn address(statement: &Statement) -> usize {
    statement.sql.as_ptr().addr()
}

/// What a statement does: its first word.
fn operation(sql: &str) -> Cow<'_, str> {
    let rest = sql.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    match word.bytes().all(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Borrowed(word),
        false => Cow::Owned(word.to_ascii_uppercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::operation;

    #[test]
    fn the_operation_is_the_first_word() {
        assert_eq!(operation("SELECT 1"), "SELECT");
        assert_eq!(operation("  (select 1) union (select 2)"), "SELECT");
        assert_eq!(operation("ROLLBACK TO SAVEPOINT a"), "ROLLBACK");
        assert_eq!(operation(""), "");
    }
}
