//! The operations that lead from one state to another: the autodetector.
//!
//! Renames are found first, since they cannot be told from a removal and an addition; whoever is asked
//! decides. What is left is compared model by model. The operations are then put into an order in which
//! each fits the state that those before it lead to; models that refer to each other in a circle are
//! created without the keys of the circle, which are added afterwards.

mod models;
mod parts;
mod renames;
mod schedule;

use crate::operation::{Misfit, Operation};
use crate::state::ProjectState;
use orm_core::tables::state::{FieldState, ModelName, ModelState};
use orm_sql::ident::RawSql;

/// Who is asked what the states do not say.
pub trait Questions {
    /// Whether a model that is gone is one that came.
    fn is_renamed_model(&mut self, from: &ModelName, to: &ModelName) -> bool;

    /// Whether a field that is gone is one that came.
    fn is_renamed_field(&mut self, model: &ModelName, from: &str, to: &str) -> bool;

    /// What rows get, once, that are there already: the field is NOT NULL and has no default in the
    /// database. `None` leaves them alone.
    ///
    /// # Errors
    ///
    /// When there is nobody to ask.
    fn fill(
        &mut self,
        model: &ModelState,
        field: &FieldState,
        is_new: bool,
    ) -> Result<Option<RawSql>, Misfit>;
}

/// Nobody is asked: nothing was renamed, and a column that needs a value for the rows that are there is
/// an error.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoInput;

impl Questions for NoInput {
    fn is_renamed_model(&mut self, _: &ModelName, _: &ModelName) -> bool {
        false
    }

    fn is_renamed_field(&mut self, _: &ModelName, _: &str, _: &str) -> bool {
        false
    }

    fn fill(
        &mut self,
        model: &ModelState,
        field: &FieldState,
        _: bool,
    ) -> Result<Option<RawSql>, Misfit> {
        Err(Misfit(format!(
            "`{}` of `{}` is NOT NULL and has no default, and there may be rows that need a value: give \
             it a `db_default`, make it an `Option`, or answer the question without `--noinput`",
            field.name, model.name
        )))
    }
}

/// The operations that lead from one state to another.
///
/// # Errors
///
/// When a question has no answer, or no order of operations leads there.
pub fn detect(
    from: &ProjectState,
    to: &ProjectState,
    questions: &mut dyn Questions,
) -> Result<Vec<Operation>, Misfit> {
    let mut now = from.clone();
    let mut operations = renames::find(&mut now, to, questions)?;
    let pending = models::compare(&now, to, questions)?;
    operations.extend(schedule::order(&mut now, pending)?);
    Ok(operations)
}
