//! What surrounds the statement that writes a row: validation, hooks, files and receivers, in one
//! transaction and always in the same order.
//!
//! A row is cleaned, hooks and receivers see it before, its files are stored, the statement runs,
//! the row is read back, and hooks and receivers see it after.

mod call;
mod change;
mod files;
mod insertion;
mod save;

pub(crate) use call::{deleted, related, wanted};
pub(crate) use change::{
    Change, Written, fields_at, gone, is_writable, next_version, not_stale, partly, upsert,
    writable,
};
pub(crate) use insertion::{BYTES, Insertion, ROWS};
pub(crate) use save::{insert, save, save_or_insert};
