//! Compiled statements as they run: rows, writes, and prefetches with their loading.

mod insert;
mod prefetch;
mod room;
mod rows;
mod statement;

pub(crate) use insert::{
    KnownBy, Part, insert, insert_all, insert_counted, insert_rows, key_text, twice,
};
pub use prefetch::Plan;
pub(crate) use prefetch::{Above, keys, load, rows_ahead, same};
pub(crate) use rows::{Parents, attach, rows, rows_with};
pub(crate) use statement::{again, change, named, overflowing, trace, traced, write};
