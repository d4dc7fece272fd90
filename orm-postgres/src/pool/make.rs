//! What makes the connections of a pool of ours.

use super::OpenCount;
use crate::connect::Connector;
use crate::connection::State;
use crate::error::DriverError;
use crate::session::SessionSettings;
use crate::shared::Shared;
use crate::wire::{Driven, Make, Member};
use orm_sql::exec::BoxFuture;
use orm_sql::{Error, Result};
use std::sync::Arc;
use std::time::Duration;

/// Makes connections with the settings of the pool.
pub(crate) struct Maker {
    pub(crate) connector: Arc<Connector>,
    pub(crate) session: Arc<SessionSettings>,
    /// How many connections are open.
    pub(crate) open: OpenCount,
    pub(crate) shared: Arc<Shared>,
}

impl Make<Arc<State>> for Maker {
    fn make(&self) -> BoxFuture<'_, Result<Member<Arc<State>>>> {
        Box::pin(async move {
            let driven = self.connect().await?;
            Ok(Member { driven, known: Arc::new(State::new(self.shared.clone())) })
        })
    }

    #[inline]
    fn is_ready(&self, member: &Member<Arc<State>>, age: Duration) -> Result<bool, &'static str> {
        if member.known.is_too_old(age) {
            return Err("it is too old, or was idle too long");
        }
        Ok(member.known.is_ready(member.driven.wire()))
    }

    fn becomes_ready<'a>(
        &'a self,
        member: &'a Member<Arc<State>>,
    ) -> BoxFuture<'a, Result<(), &'static str>> {
        Box::pin(async move {
            let (state, wire) = (&member.known, member.driven.wire());
            if state.becomes_ready(wire).await {
                return Ok(());
            }
            state.cancel(wire);
            Err("it was lost, or is still at work")
        })
    }
}

impl Maker {
    /// Connects, with the settings of the pool.
    pub(super) async fn connect(&self) -> Result<Driven> {
        let line = self.connector.open().await?;
        let driven = line.drive(Open::new(&self.open));
        let limit = self.connector.limit;
        match tokio::time::timeout(limit, self.session.give(driven.wire())).await {
            Ok(Ok(())) => Ok(driven),
            Ok(Err(error)) => Err(self.refused(error)),
            Err(_) => {
                drop(driven);
                let message = format!(
                    "cannot connect to {}: the settings of the session were not taken within \
                     {limit:?}",
                    self.connector.target
                );
                Err(Error::connection(message, None))
            }
        }
    }

    fn refused(&self, error: DriverError) -> Error {
        let message = format!("cannot connect to {}", self.connector.target);
        let kind = error.to_string();
        let source = error.into_source().unwrap_or_else(|| kind.into());
        Error::connection(message, Some(source))
    }
}

/// Counts a connection for as long as it is open.
struct Open(OpenCount);

impl Open {
    fn new(count: &OpenCount) -> Self {
        count.send_modify(|n| *n += 1);
        Open(count.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|n| *n = n.saturating_sub(1));
    }
}
