//! What each session of a pool is given when its connection is made, and again when it was reset.

use crate::choices::OnReturn;
use crate::error::DriverError;
use crate::wire::Wire;
use orm_sql::sql::catalogue;
use postgres_types::Type;

/// The settings of sessions.
#[derive(Debug)]
pub(crate) struct SessionSettings {
    pub(crate) time_zone: String,
    pub(crate) search_path: Option<String>,
    /// SQL that each new connection runs.
    pub(crate) after_connect: Vec<String>,
}

impl SessionSettings {
    /// Gives a session its settings, in one round trip where nothing else is asked for.
    pub(crate) async fn give(&self, wire: Wire<'_>) -> Result<(), DriverError> {
        let time_zone = &self.time_zone;
        match &self.search_path {
            None => {
                wire.ask(catalogue::TIME_ZONE, &[(time_zone, Type::TEXT)]).await?;
            }
            Some(path) => {
                let sql = catalogue::TIME_ZONE_AND_SCHEMAS;
                wire.ask(sql, &[(time_zone, Type::TEXT), (path, Type::TEXT)]).await?;
            }
        }
        for sql in &self.after_connect {
            wire.batch(sql).await?;
        }
        Ok(())
    }

    /// Undoes what the last user has changed in a session, and gives it its settings again.
    pub(crate) async fn renew(&self, how: OnReturn, wire: Wire<'_>) -> Result<(), DriverError> {
        match how {
            OnReturn::Keep => return Ok(()),
            OnReturn::ResetAll => wire.batch(catalogue::RESET).await?,
            OnReturn::DiscardAll => wire.batch(catalogue::DISCARD).await?,
        }
        self.give(wire).await
    }
}
