//! What the autodetector finds between the states that a list of operations lies between.

use crate::detect::{Questions, detect};
use crate::effect::{Conversion, Effect, Value};
use crate::footprint::{constraint_name, index_name};
use crate::operation::{Misfit, Operation};
use crate::state::ProjectState;
use orm_core::tables::state::{FieldState, ModelName, ModelState};
use orm_sql::ident::RawSql;
use orm_sql::schema::TableName;
use std::collections::BTreeSet;

/// The operations that are detected, with the names that are known, and done as in the list. `None` where
/// nothing is.
pub(super) fn detected(
    before: &ProjectState,
    list: &[Operation],
    wanted: &Effect,
) -> Option<Vec<Operation>> {
    let mut known = Known(wanted);
    let mut found = detect(before, &wanted.state, &mut known).ok()?;
    let ways = Ways::of(before, list);
    let mut state = before.clone();
    for operation in &mut found {
        operation.apply_unchecked(&mut state).ok()?;
        ways.follow(operation, &state);
    }
    Some(found)
}

/// Answers from what the operations did.
struct Known<'a>(&'a Effect);

impl Questions for Known<'_> {
    fn is_renamed_model(&mut self, from: &ModelName, to: &ModelName) -> Result<bool, Misfit> {
        Ok(self.0.models.get(to).is_some_and(|origin| origin.as_ref() == Some(from)))
    }

    fn is_renamed_field(
        &mut self,
        model: &ModelName,
        from: &str,
        to: &str,
    ) -> Result<bool, Misfit> {
        let history = self.0.fields.get(&(model.clone(), to.to_owned()));
        Ok(history.is_some_and(|history| history.origin.as_deref() == Some(from)))
    }

    // Enum types are not seen through.
    fn is_renamed_value(&mut self, _: &TableName, _: &str, _: &str) -> Result<bool, Misfit> {
        Ok(false)
    }

    fn fill(
        &mut self,
        model: &ModelState,
        field: &FieldState,
        _: bool,
    ) -> Result<Option<RawSql>, Misfit> {
        let history = self.0.fields.get(&(model.name.clone(), field.name.clone()));
        let last = history.and_then(|history| match (history.steps.last(), &history.value) {
            (Some(Conversion::Fill(sql)), _) | (None, Some(Value::Same(sql))) => Some(sql),
            _ => None,
        });
        Ok(last.cloned())
    }
}

/// How things are done in a list: with locks or without, looking at rows or not.
#[derive(Default)]
struct Ways {
    /// Models of which something is done safely.
    safely: BTreeSet<ModelName>,
    concurrently: BTreeSet<(ModelName, String)>,
    not_valid: BTreeSet<(ModelName, String)>,
}

impl Ways {
    fn of(before: &ProjectState, list: &[Operation]) -> Ways {
        let (mut state, mut ways) = (before.clone(), Ways::default());
        for operation in list {
            if operation.apply_unchecked(&mut state).is_err() {
                break;
            }
            let name = |model: &ModelName, name: Option<String>| Some((model.clone(), name?));
            if let Operation::Safely(inner) = operation {
                ways.safely.extend(inner.model().cloned());
            }
            match operation.plain() {
                Operation::AddIndex { model, index, concurrently: true } => {
                    let of = state.model(model).and_then(|model| index_name(model, index));
                    ways.concurrently.extend(name(model, of));
                }
                Operation::RemoveIndex { model, name, concurrently: true } => {
                    ways.concurrently.insert((model.clone(), name.clone()));
                }
                Operation::AddConstraint { model, constraint, not_valid: true } => {
                    let of =
                        state.model(model).and_then(|model| constraint_name(model, constraint));
                    ways.not_valid.extend(name(model, of));
                }
                _ => {}
            }
        }
        ways
    }

    fn follow(&self, operation: &mut Operation, state: &ProjectState) {
        match operation {
            Operation::AddIndex { model, index, concurrently } => {
                let name = state.model(model).and_then(|model| index_name(model, index));
                *concurrently =
                    name.is_some_and(|name| self.concurrently.contains(&(model.clone(), name)));
            }
            Operation::RemoveIndex { model, name, concurrently } => {
                *concurrently = self.concurrently.contains(&(model.clone(), name.clone()));
            }
            Operation::AddConstraint { model, constraint, not_valid } => {
                let name = state.model(model).and_then(|model| constraint_name(model, constraint));
                *not_valid =
                    name.is_some_and(|name| self.not_valid.contains(&(model.clone(), name)));
            }
            _ => {}
        }
        if operation.model().is_some_and(|model| self.safely.contains(model)) {
            *operation = operation.clone().safely();
        }
    }
}
