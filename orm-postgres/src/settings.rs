//! What a session was set to for tenants, as far as it was sent: the path in which names are looked
//! up, and the tenant of row level security.
//!
//! Requests of a connection run in the order in which they are put into the driver's queue. So what
//! a request needs is compared with what was put there last, and a change is put in front of it:
//! nobody waits for it, and a future that is dropped leaves nothing behind that is not known.

use crate::event::{Ended, Events};
use crate::wire::Wire;
use orm_sql::exec::Settings;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    /// Sends a request: its first poll, which puts it into the queue, comes right behind the change
    /// that it needs.
    pub(crate) async fn sent<T>(self, request: impl Future<Output = T>) -> T {
        let mut request = pin!(request);
        let mut is_first = true;
        poll_fn(|cx| {
            let _behind_it = std::mem::take(&mut is_first).then(|| self.enter());
            request.as_mut().poll(cx)
        })
        .await
    }

    /// Has the session set to what a request needs that is sent next, before the result is dropped.
    pub(crate) fn enter(self) -> MutexGuard<'a, Now> {
        self.current.enter(self.settings, self.behind, |sql| {
            let started = self.events.start(None);
            self.wire.send(sql);
            self.events.finish_command(started, sql, || None, Ended::Rows(0));
        })
    }
}

/// What a pool's sessions are set to by themselves.
pub(crate) static OWN: Settings = Settings { schema: None, tenant: None };

/// What a session is set to.
#[derive(Debug)]
pub(crate) struct Current(Mutex<Now>);

/// Held while a change and the request that needs it are put into the queue.
#[derive(Debug)]
pub(crate) struct Now {
    /// For the session; `None` where SQL of the user's may have changed it.
    session: Option<Settings>,
    /// For the transaction that is open.
    transaction: Option<Transaction>,
}

#[derive(Debug)]
struct Transaction {
    /// What is set in it; `None` where that is not known.
    local: Option<Settings>,
    /// Something was set in it, or its session is a tenant's.
    touched: bool,
}

impl Default for Current {
    /// For a new session.
    fn default() -> Self {
        Current(Mutex::new(Now { session: Some(Settings::default()), transaction: None }))
    }
}

impl Current {
    /// The change that a request needs, which is known as sent from now on. The request is to be
    /// put into the queue behind it before the result is dropped.
    pub(crate) fn enter(
        &self,
        wanted: &Settings,
        behind: Option<&str>,
        send: impl FnOnce(&str),
    ) -> MutexGuard<'_, Now> {
        let mut now = self.now();
        let (known, local) = match &now.transaction {
            Some(open) => (open.local.as_ref(), true),
            None => (now.session.as_ref(), false),
        };
        if known == Some(wanted) {
            return now;
        }
        if let Some(sql) = wanted.sql(known, behind, local) {
            send(&sql);
        }
        match &mut now.transaction {
            Some(open) => *open = Transaction { local: Some(wanted.clone()), touched: true },
            None => now.session = Some(wanted.clone()),
        }
        now
    }

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
        *self.now() = Now { session: Some(Settings::default()), transaction: None };
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Current;
    use orm_sql::exec::Settings;

    fn entered(current: &Current, wanted: &Settings) -> Option<String> {
        let mut sent = None;
        drop(current.enter(wanted, None, |sql| sent = Some(sql.to_owned())));
        sent
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
