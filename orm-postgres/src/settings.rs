//! What a session was set to for tenants, as far as it was sent: the path in which names are looked
//! up, and the tenant of row level security.
//!
//! Requests of a connection run in the order in which they are sent. So what a request needs is
//! compared with what was sent last, and a change is sent in front of it: nobody waits for it, and a
//! future that is dropped leaves nothing behind that is not known.
//!
//! A change can fail: somebody may cancel it. Then the connection ends, and nobody sees what the requests
//! behind it have found. One that writes must not be carried out either. The change is a part of it once
//! more: alone it would be undone where the request fails. Text of the user's waits for the change, since
//! there is such that must be alone, as VACUUM.
//!
//! On the driver alone one that may write waits for the change. Requests of others wait in any case, since
//! nobody ends the connection.

use crate::error::DriverError;
use crate::event::{Ended, Events};
use crate::wire::Wire;
use futures_util::future::try_join;
use orm_sql::exec::{Settings, Statement};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

/// What a request may do, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    Reads,
    Writes,
    /// It begins a transaction, which is set to what it needs once more.
    Begins,
    /// Text of the user's says it.
    Anything,
}

impl Doing {
    /// That of a statement.
    pub(crate) fn of(statement: &Statement) -> Self {
        match statement.about.work.reads() {
            Some(true) => Doing::Reads,
            Some(false) => Doing::Writes,
            None => Doing::Anything,
        }
    }

    /// True for what may be carried out though it should not, where nobody sees what it finds.
    pub(crate) fn is_harmless(self) -> bool {
        matches!(self, Doing::Reads | Doing::Begins)
    }
}

/// The way of requests to a connection under settings of the session.
#[derive(Clone, Copy)]
pub(crate) struct Lead<'a> {
    pub(crate) wire: Wire<'a>,
    pub(crate) current: &'a Current,
    pub(crate) settings: &'a Settings,
    /// The path of the pool.
    pub(crate) behind: Option<&'a str>,
    pub(crate) events: &'a Events,
}

impl<'a> Lead<'a> {
    /// Sends a request: its first poll, which sends it, comes right behind the change that it needs.
    pub(crate) async fn sent<T, E: From<DriverError>>(
        self,
        doing: Doing,
        request: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let mut request = pin!(request);
        let first = poll_fn(|cx| {
            Poll::Ready(match self.enter(doing) {
                Ok(Some(_behind_it)) => Ok(Some(request.as_mut().poll(cx))),
                Ok(None) => Ok(None),
                Err(error) => Err(error),
            })
        });
        match first.await? {
            Some(Poll::Ready(result)) => result,
            Some(Poll::Pending) => request.await,
            None => Box::pin(self.sent_alone(!doing.is_harmless(), request, false)).await,
        }
    }

    /// Sends a request that is the driver's, with which nothing can go.
    pub(crate) async fn sent_by_driver<T, E: From<DriverError>>(
        self,
        request: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let is_set = {
            let now = self.current.now();
            now.was_set || !now.is(self.settings)
        };
        match is_set {
            true => Box::pin(self.sent_alone(true, pin!(request), true)).await,
            false => request.await,
        }
    }

    /// Has the session set to what a request needs that is sent next, before the result is dropped;
    /// `None` where something must be waited for before.
    pub(crate) fn enter(self, doing: Doing) -> Result<Option<MutexGuard<'a, Now>>, DriverError> {
        let mut now = self.current.now();
        if !now.was_set && now.is(self.settings) {
            return Ok(Some(now));
        }
        if now.is_changing || self.wire.may_overtake() {
            return Ok(None);
        }
        match now.changes(self.settings, self.behind) {
            None if doing.is_harmless() || !self.wire.is_unsure() => {}
            // In a transaction that has failed nothing is carried out.
            None if now.transaction.is_some() => {}
            None => {
                if doing == Doing::Anything {
                    return Ok(None);
                }
                let all = self.settings.changes(None, self.behind, false);
                self.wire.hold(&all.collect::<Vec<_>>(), false)?;
            }
            Some(changes) => {
                let text = changes.join("; ");
                if now.transaction.is_some() {
                    // What fails in a transaction ends all of it.
                    if !self.wire.hold(&changes, false)? {
                        self.wire.send(&text);
                    }
                } else if doing == Doing::Anything || !self.wire.set(&text) {
                    return Ok(None);
                } else if doing == Doing::Writes {
                    self.wire.hold(&changes, false)?;
                }
                changes.iter().for_each(|sql| self.note(sql));
                now.set(self.settings);
            }
        }
        Ok(Some(now))
    }

    /// Sends a request when nobody else changes what is set. What it comes to is known after the change
    /// has succeeded that it needs. `whole`: nobody else may change it before the request has ended.
    async fn sent_alone<T, E: From<DriverError>>(
        self,
        waits: bool,
        mut request: Pin<&mut impl Future<Output = Result<T, E>>>,
        whole: bool,
    ) -> Result<T, E> {
        let turn = self.current.turn.lock().await;
        let changing = Changing::begin(self.current);
        let changes = self.current.now().doubted(self.settings, self.behind);
        let changed = async {
            self.wire.make_sure().await?;
            if let Some(changes) = &changes {
                self.wire.batch(&changes.join("; ")).await.map_err(DriverError::of_preceding)?;
                changes.iter().for_each(|sql| self.note(sql));
                self.current.now().set(self.settings);
            }
            Ok(())
        };
        if !waits && changes.is_some() {
            let changed = async {
                changed.await?;
                drop((changing, turn));
                Ok(())
            };
            return Ok(try_join(changed, request).await?.1);
        }
        changed.await?;
        if whole {
            return request.await;
        }
        let first = poll_fn(|cx| Poll::Ready(request.as_mut().poll(cx))).await;
        drop((changing, turn));
        match first {
            Poll::Ready(result) => result,
            Poll::Pending => request.await,
        }
    }

    fn note(self, sql: &str) {
        let started = self.events.start(None);
        self.events.finish_command(started, sql, || None, Ended::Rows(0));
    }
}

/// What is set is being changed, until this is dropped.
struct Changing<'a>(&'a Current);

impl<'a> Changing<'a> {
    fn begin(current: &'a Current) -> Self {
        current.now().is_changing = true;
        Changing(current)
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.0.now().is_changing = false;
    }
}

/// What a pool's sessions are set to by themselves.
pub(crate) static OWN: Settings = Settings { schema: None, tenant: None };

/// What a session is set to.
#[derive(Debug, Default)]
pub(crate) struct Current {
    now: Mutex<Now>,
    /// Held by who changes it and waits for that.
    turn: tokio::sync::Mutex<()>,
}

/// Held while a request is sent that needs what is set, or the change.
#[derive(Debug)]
pub(crate) struct Now {
    /// For the session; `None` where SQL of the user's may have changed it.
    session: Option<Settings>,
    /// For the transaction that is open.
    transaction: Option<Transaction>,
    /// Somebody changes it.
    is_changing: bool,
    /// The session was set to something.
    was_set: bool,
}

#[derive(Debug)]
struct Transaction {
    /// What is set in it; `None` where that is not known.
    local: Option<Settings>,
    /// Something was set in it, or its session is a tenant's.
    touched: bool,
}

/// For a new session.
impl Default for Now {
    fn default() -> Self {
        let session = Some(Settings::default());
        Now { session, transaction: None, is_changing: false, was_set: false }
    }
}

impl Now {
    /// What is known of it.
    #[inline]
    fn known(&self) -> Option<&Settings> {
        match &self.transaction {
            Some(open) => open.local.as_ref(),
            None => self.session.as_ref(),
        }
    }

    #[inline]
    fn is(&self, wanted: &Settings) -> bool {
        self.known() == Some(wanted)
    }

    /// The commands that change it to what is wanted, if it is another.
    fn changes(&self, wanted: &Settings, behind: Option<&str>) -> Option<Vec<String>> {
        let local = self.transaction.is_some();
        (!self.is(wanted)).then(|| wanted.changes(self.known(), behind, local).collect())
    }

    /// The same; what is set is not known from now on.
    fn doubted(&mut self, wanted: &Settings, behind: Option<&str>) -> Option<Vec<String>> {
        let changes = self.changes(wanted, behind)?;
        match &mut self.transaction {
            Some(open) => *open = Transaction { local: None, touched: true },
            None => self.session = None,
        }
        Some(changes)
    }

    fn set(&mut self, wanted: &Settings) {
        match &mut self.transaction {
            Some(open) => *open = Transaction { local: Some(wanted.clone()), touched: true },
            None => {
                self.session = Some(wanted.clone());
                self.was_set = true;
            }
        }
    }
}

impl Current {
    /// A transaction begins, with settings of its own where its first text has them.
    pub(crate) fn begin(&self, own: Option<Settings>) {
        let mut now = self.now();
        let touched = own.is_some() || now.session.as_ref() != Some(&OWN);
        let local = own.or_else(|| now.session.clone());
        now.transaction = Some(Transaction { local, touched });
    }

    /// The transaction has come to its end, and what was set in it is gone.
    pub(crate) fn end(&self) {
        self.now().transaction = None;
    }

    /// SQL of the user's may have changed what is set, or a savepoint was undone.
    pub(crate) fn doubt(&self) {
        let mut now = self.now();
        match &mut now.transaction {
            Some(open) if open.touched => open.local = None,
            Some(_) => {}
            None => now.session = now.session.take().filter(|session| *session == OWN),
        }
    }

    /// The session was reset.
    pub(crate) fn reset(&self) {
        *self.now() = Now::default();
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Current;
    use orm_sql::exec::Settings;

    fn entered(current: &Current, wanted: &Settings) -> Option<String> {
        let mut now = current.now();
        let changes = now.changes(wanted, None)?;
        now.set(wanted);
        Some(changes.join("; "))
    }

    #[test]
    fn a_change_is_sent_where_it_is_needed() {
        let (current, own) = (Current::default(), Settings::default());
        let [a, b] = ["a", "b"].map(|name| Settings::of_schema(name).expect("a name"));
        assert_eq!(entered(&current, &own), None);
        assert!(entered(&current, &a).expect("a change").contains("\"a\""));
        assert_eq!(entered(&current, &a), None);
        current.begin(None);
        assert_eq!(entered(&current, &a), None, "the transaction has the session's");
        assert!(entered(&current, &b).expect("a change").ends_with(", true)"));
        current.doubt();
        assert!(entered(&current, &b).is_some(), "a savepoint may have taken it back");
        current.end();
        assert_eq!(entered(&current, &a), None, "it ended with the transaction");
        assert_eq!(entered(&current, &own).as_deref(), Some("SET search_path TO DEFAULT"));
    }

    #[test]
    fn without_tenants_nothing_is_sent_after_sql_of_the_users() {
        let (current, own) = (Current::default(), Settings::default());
        current.doubt();
        assert_eq!(entered(&current, &own), None);
        current.begin(None);
        current.doubt();
        assert_eq!(entered(&current, &own), None);
    }
}
