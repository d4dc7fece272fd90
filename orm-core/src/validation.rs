//! Validation: what values must be like, checked before the database is asked.

mod errors;
mod json;
pub mod validators;

pub use errors::{Errors, NON_FIELD_ERRORS, ValidationError};
pub use validators::{FieldValidator, Validator};
