//! What happens while migrations run.

use crate::error::Error;
use crate::file::MigrationName;
use std::time::Duration;

/// What happens while migrations run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A migration begins.
    Begins {
        /// The migration.
        migration: &'a MigrationName,
        /// False where it is undone.
        forwards: bool,
    },
    /// An operation is done.
    Operation {
        /// In words.
        text: &'a str,
        /// How long it took.
        time: Duration,
    },
    /// An operation is on its way, as far as rows can be counted.
    Progress {
        /// In words.
        text: &'a str,
        /// How many rows are done.
        done: u64,
        /// Of how many.
        of: u64,
    },
    /// Rows of a table are filled on its way, some pages of the table at a time.
    Pages {
        /// In words.
        text: &'a str,
        /// How many pages are done.
        done: u64,
        /// Of how many.
        of: u64,
    },
    /// A lock was not to be had in time; the migration begins again after a while.
    Waits {
        /// The migration.
        migration: &'a MigrationName,
        /// How long.
        time: Duration,
        /// Who uses the tables of the statement, a line each, as far as that is known.
        holders: &'a [String],
    },
    /// A migration is noted, as run or as undone, without any of its statements.
    Noted {
        /// The migration.
        migration: &'a MigrationName,
    },
    /// The migrations of a tenant begin.
    Tenant {
        /// Its schema.
        name: &'a str,
        /// Which of them it is, from 0.
        place: usize,
        /// How many there are.
        of: usize,
    },
    /// The migrations of a tenant are done.
    TenantDone {
        /// Its schema.
        name: &'a str,
        /// How many have run.
        ran: usize,
        /// How long they took.
        time: Duration,
    },
    /// A migration of a tenant has failed; the next tenant comes.
    TenantFailed {
        /// Its schema.
        name: &'a str,
        /// How many have run before.
        ran: usize,
        /// What failed.
        error: &'a Error,
    },
    /// A migration is done.
    Done {
        /// The migration.
        migration: &'a MigrationName,
        /// How long it took.
        time: Duration,
    },
}
