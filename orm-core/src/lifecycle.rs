//! What surrounds the statement that writes a row: hooks, receivers, validation and files, in one
//! transaction and always in the same order.
//!
//! Hooks and receivers see the row before, it is validated, its files are stored, the statement runs,
//! the row is read back, and hooks and receivers see it after.

mod call;
mod change;
mod columns;
mod copied;
mod files;
mod insertion;
mod save;

pub(crate) use call::{deleted, related, wanted};
pub(crate) use change::{
    Change, Written, fields_at, gone, is_writable, next_version, not_stale, partly, upsert,
    writable,
};
pub(crate) use columns::{Columns, InColumns};
pub(crate) use insertion::{Collected, Insertion, compare_values};
pub(crate) use save::{insert, save, save_or_insert};
