//! Validation: what values must be like, checked before the database is asked.

mod clean;
mod database;
mod fields;
mod json;
pub mod validators;

#[doc(hidden)]
pub use clean::cleaning;
pub use clean::{Clean, FullClean, FullCleanDraft, FullCleanWith, HasClean};
pub(crate) use clean::{before_insert, before_save};
pub use validators::{FieldValidator, Validator};
