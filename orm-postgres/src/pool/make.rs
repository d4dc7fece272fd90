//! What makes the connections of a pool of ours.

use super::OpenCount;
use crate::connect::Connector;
use crate::error::DriverError;
use crate::session::SessionSettings;
use crate::wire::{Driven, Make};
use orm_sql::exec::BoxFuture;
use orm_sql::{Error, Result};
use std::sync::Arc;

/// Makes connections with the settings of the pool.
pub(crate) struct Maker {
    pub(crate) connector: Arc<Connector>,
    pub(crate) session: Arc<SessionSettings>,
    /// How many connections are open.
    pub(crate) open: OpenCount,
}

impl Make for Maker {
    fn make(&self) -> BoxFuture<'_, Result<Driven>> {
        Box::pin(self.connect())
    }
}

impl Maker {
    async fn connect(&self) -> Result<Driven> {
        let line = self.connector.open().await?;
        let driven = line.drive(Open::new(&self.open));
        let limit = self.connector.limit;
        match tokio::time::timeout(limit, self.session.give(driven.wire())).await {
            Ok(Ok(())) => Ok(driven),
            Ok(Err(error)) => Err(self.refused(error)),
            Err(_) => {
                driven.abort();
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
        match error.as_db_error() {
            Some(db) => Error::connection(message, Some(Box::new(db.clone()))),
            None => {
                let kind = error.to_string();
                let source = error.into_source().unwrap_or_else(|| kind.into());
                Error::connection(message, Some(source))
            }
        }
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
