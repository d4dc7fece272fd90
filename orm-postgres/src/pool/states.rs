//! What is known of the connections of a pool of the application's, which has no place for it.

use crate::connection::State;
use crate::shared::Shared;
use deadpool_postgres::{ClientWrapper, StatementCache};
use orm_sql::hash::FoldState;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The states of connections.
pub(crate) struct States {
    shared: Arc<Shared>,
    /// By the address of the pool's own statement cache, which each connection has to itself.
    known: Mutex<HashMap<usize, Known, FoldState>>,
}

struct Known {
    state: Arc<State>,
    /// Gone with the connection. While it is here, no other connection has that address.
    cache: Weak<StatementCache>,
}

impl States {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        States { shared, known: Mutex::default() }
    }

    /// The state of a connection, a new one where it was not seen before.
    pub(super) fn of(&self, client: &ClientWrapper) -> Arc<State> {
        let address = Arc::as_ptr(&client.statement_cache).addr();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&address) {
            return known.state.clone();
        }
        known.retain(|_, known| known.cache.strong_count() > 0);
        let state = Arc::new(State::new(self.shared.clone()));
        let cache = Arc::downgrade(&client.statement_cache);
        known.insert(address, Known { state: state.clone(), cache });
        state
    }
}
