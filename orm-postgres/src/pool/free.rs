//! The connections that are free and can be used as they are.

use crate::choices::{HealthCheck, OnReturn, QueueMode};
use crate::connection::Connection;
use crate::shared::Shared;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Connections that came back in order, for whoever comes next. To the pool beneath they are in use:
/// what it does to give one out and to take it back, nobody needs for them.
///
/// Whoever waits, waits at the pool beneath, which knows who came first: while somebody does, all
/// connections go back to it.
pub(super) struct Free {
    shared: Arc<Shared>,
    list: Mutex<List>,
    /// What comes back goes on to the pool beneath.
    passes_on: AtomicBool,
}

#[derive(Default)]
struct List {
    connections: Vec<Connection>,
    /// The pool is closed, and so is what comes back.
    is_shut: bool,
}

impl Free {
    /// For a pool whose connections are used as they are, the last that came back first.
    pub(super) fn of(shared: &Arc<Shared>, order: QueueMode) -> Option<Arc<Self>> {
        let limits = &shared.limits;
        let as_they_are = limits.health_check == HealthCheck::Fast
            && limits.on_return == OnReturn::Keep
            && order == QueueMode::Lifo;
        as_they_are.then(|| {
            let (shared, list) = (shared.clone(), Mutex::default());
            Arc::new(Free { shared, list, passes_on: AtomicBool::new(false) })
        })
    }

    pub(super) fn len(&self) -> usize {
        self.list().connections.len()
    }

    /// The one that came back last. Those that can not be used any more are closed.
    #[inline]
    pub(super) fn take(&self) -> Option<Connection> {
        loop {
            let connection = self.list().connections.pop()?;
            if connection.is_idle() && !connection.has_expired() {
                return Some(connection);
            }
            connection.close();
        }
    }

    /// Brings one back on which nothing is under way.
    #[inline]
    pub(super) fn bring(&self, connection: Connection) {
        let mut list = self.list();
        if list.is_shut || self.passes_on() || self.shared.queue.is_waited() {
            return self.bring_on(list, connection);
        }
        list.connections.push(connection);
        drop(list);
        // Who waits has counted itself before it looked here for the last time: either it has found
        // this one, or it is seen.
        if self.shared.queue.is_waited() {
            self.pass_on_all();
        }
    }

    #[cold]
    fn bring_on(&self, list: MutexGuard<'_, List>, connection: Connection) {
        let is_shut = list.is_shut;
        drop(list);
        match is_shut {
            true => connection.close(),
            false => drop(connection),
        }
    }

    /// Gives all to the pool beneath, the last one last.
    #[cold]
    pub(super) fn pass_on_all(&self) {
        let connections = std::mem::take(&mut self.list().connections);
        connections.into_iter().for_each(drop);
    }

    /// Whether what comes back goes on to the pool beneath from now on.
    pub(super) fn pass_on(&self, all: bool) {
        {
            // Whoever brings one looks while it has the list.
            let _list = self.list();
            self.passes_on.store(all, Ordering::Relaxed);
        }
        if all {
            self.pass_on_all();
        }
    }

    pub(super) fn passes_on(&self) -> bool {
        self.passes_on.load(Ordering::Relaxed)
    }

    /// Those that are free; what comes back later is closed.
    pub(super) fn shut(&self) -> Vec<Connection> {
        let mut list = self.list();
        list.is_shut = true;
        std::mem::take(&mut list.connections)
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
