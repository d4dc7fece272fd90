//! The operations that lead from one state to another: the autodetector.
//!
//! Renames are found first, since they cannot be told from a removal and an addition; whoever is asked
//! decides. What is left is compared model by model. The operations are then put into an order in which
//! each fits the state that those before it lead to; models that refer to each other in a circle are
//! created without the keys of the circle, which are added afterwards.

mod enums;
mod models;
mod parts;
mod renames;
mod schedule;
pub(crate) mod views;

use crate::operation::{Misfit, Operation};
use crate::state::ProjectState;
use orm_core::tables::state::{FieldState, ModelName, ModelState};
use orm_sql::ident::RawSql;
use orm_sql::schema::TableName;

/// Who is asked what the states do not say.
pub trait Questions {
    /// Whether a model that is gone is one that came.
    ///
    /// # Errors
    ///
    /// When there is nobody to ask.
    fn is_renamed_model(&mut self, from: &ModelName, to: &ModelName) -> Result<bool, Misfit>;

    /// Whether a field that is gone is one that came.
    ///
    /// # Errors
    ///
    /// When there is nobody to ask.
    fn is_renamed_field(&mut self, model: &ModelName, from: &str, to: &str)
    -> Result<bool, Misfit>;

    /// Whether a value of an enum type that is gone is one that came.
    ///
    /// # Errors
    ///
    /// When there is nobody to ask.
    fn is_renamed_value(
        &mut self,
        enum_type: &TableName,
        from: &str,
        to: &str,
    ) -> Result<bool, Misfit>;

    /// Whether a column is made anew, without the values of its rows, where it gets another type: these
    /// become values of that type otherwise, or the migration is refused before anything happens.
    ///
    /// # Errors
    ///
    /// When there is nobody to ask.
    fn is_recreated(
        &mut self,
        _model: &ModelState,
        _old: &FieldState,
        _new: &FieldState,
    ) -> Result<bool, Misfit> {
        Ok(false)
    }

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

/// Nobody is asked: what may be a new name, and a column that needs a value for the rows that are there,
/// are errors. To take a new name for something else would drop what is in the old column.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoInput;

impl Questions for NoInput {
    fn is_renamed_model(&mut self, from: &ModelName, to: &ModelName) -> Result<bool, Misfit> {
        Err(Misfit(format!(
            "`{from}` is gone and `{to}` is new, which may be another name for it: say so with \
             `--renamed {from}={to}` or `--not-renamed {from}={to}`, or answer the question at a \
             terminal"
        )))
    }

    fn is_renamed_field(
        &mut self,
        model: &ModelName,
        from: &str,
        to: &str,
    ) -> Result<bool, Misfit> {
        Err(Misfit(format!(
            "`{from}` of `{model}` is gone and `{to}` is new, which may be another name for it: say so \
             with `--renamed {model}.{from}={to}` or `--not-renamed {model}.{from}={to}`, or answer the \
             question at a terminal"
        )))
    }

    fn is_renamed_value(
        &mut self,
        enum_type: &TableName,
        from: &str,
        to: &str,
    ) -> Result<bool, Misfit> {
        Err(Misfit(format!(
            "the value `{from}` of the enum type `{enum_type}` is gone and `{to}` is new, which may be \
             another name for it: say so with `--renamed {enum_type}.{from}={to}` or `--not-renamed \
             {enum_type}.{from}={to}`, or answer the question at a terminal"
        )))
    }

    fn fill(
        &mut self,
        model: &ModelState,
        field: &FieldState,
        _: bool,
    ) -> Result<Option<RawSql>, Misfit> {
        Err(Misfit(format!(
            "`{}` of `{}` is NOT NULL and has no default, and there may be rows that need a value: give \
             it a `db_default`, make it an `Option`, say what they get with `--fill '{}.{}=…'`, or answer \
             the question at a terminal",
            field.name, model.name, model.name, field.name
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
    let renames = renames::find(&mut now, to, questions)?;
    let mut operations = views::out_of_the_way(from, &mut now, to, renames)?;
    let pending = models::compare(&now, to, questions)?;
    operations.extend(schedule::order(&mut now, pending)?);
    Ok(operations)
}
