//! A connection for statements under settings of the session.

use super::Connection;
use crate::names::Names;
use crate::settings::{Lead, OWN};
use orm_sql::exec::Settings;
use std::ops::Deref;

/// A connection for statements under settings of the session.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    connection: &'a Connection,
    settings: &'a Settings,
}

impl<'a> At<'a> {
    pub(super) fn new(connection: &'a Connection, settings: &'a Settings) -> Self {
        At { connection, settings }
    }

    /// The way of requests under these settings.
    pub(crate) fn lead(self) -> Lead<'a> {
        let connection = self.connection;
        Lead {
            wire: connection.wire(),
            current: connection.settings(),
            settings: self.settings,
            behind: connection.path(),
            events: &connection.shared().events,
        }
    }

    /// The named types, as these settings have them.
    pub(crate) fn names(self) -> Names<'a> {
        Names { types: self.connection.named_types(), schema: self.settings.schema.as_ref() }
    }

    pub(crate) fn connection(self) -> &'a Connection {
        self.connection
    }

    /// What the session is set to for them.
    pub(crate) fn settings(self) -> &'a Settings {
        self.settings
    }

    /// True where what is set must not outlast a transaction.
    pub(crate) fn is_enclosed(self) -> bool {
        *self.settings != OWN && self.connection.shared().is_passed_on()
    }
}

impl Deref for At<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}
