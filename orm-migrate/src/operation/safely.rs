//! Operations that are done without holding up who uses their tables: step by step, each step with a
//! lock that is short, or that holds nobody up.
//!
//! What an operation leads to is the same. The steps follow from its statements: see [`stages`].

mod expand;
mod undo;

pub use expand::{Stage, Work, stages};
pub(crate) use expand::{is_checked, is_volatile};

use super::{Misfit, Operation};
use crate::state::ProjectState;
use orm_core::tables::state::ModelName;
use std::collections::BTreeSet;

impl Operation {
    /// The operation without how it is done.
    pub fn plain(&self) -> &Operation {
        match self {
            Operation::Safely(inner) => inner.plain(),
            other => other,
        }
    }

    /// The same, done safely, where there are statements that could be done so: of fields, indexes and
    /// constraints.
    ///
    /// ```
    /// use orm_core::tables::state::ModelName;
    /// use orm_migrate::operation::Operation;
    ///
    /// let model = ModelName::new("library", "Book");
    /// let remove = Operation::RemoveField { model: model.clone(), name: "isbn".into() };
    /// assert_eq!(remove.safely().to_string(), "remove field isbn from Book, safely");
    /// assert_eq!(Operation::DeleteModel(model).safely().to_string(), "delete model Book");
    /// ```
    pub fn safely(self) -> Operation {
        if self.can_be_safe() { Operation::Safely(Box::new(self)) } else { self }
    }

    /// True for what has statements that could be done safely, forwards or backwards.
    pub(crate) fn can_be_safe(&self) -> bool {
        matches!(
            self,
            Operation::AddField { .. }
                | Operation::RemoveField { .. }
                | Operation::AlterField { .. }
                | Operation::AddIndex { .. }
                | Operation::RemoveIndex { .. }
                | Operation::AddConstraint { .. }
                | Operation::RemoveConstraint { .. }
                | Operation::AlterPrimaryKey { .. }
        )
    }
}

/// Operations from a state on, of which those are done safely that would hold up others: on tables that
/// there are before them, and where there is a safe way.
///
/// ```
/// use orm_core::tables::state::{IndexState, ModelName, ModelState, PartState};
/// use orm_migrate::operation::{Operation, safely};
/// use orm_migrate::state::ProjectState;
///
/// let book = ModelName::new("library", "Book");
/// let model = ModelState::new(book.clone(), "library_book");
/// let mut before = ProjectState::default();
/// before.insert(model);
/// let remove = Operation::DeleteModel(book);
/// // A table goes with a short lock, whatever one does.
/// assert_eq!(safely(&before, vec![remove.clone()])?, [remove]);
/// # Ok::<(), orm_migrate::operation::Misfit>(())
/// ```
///
/// # Errors
///
/// When an operation does not fit.
pub fn safely(before: &ProjectState, operations: Vec<Operation>) -> Result<Vec<Operation>, Misfit> {
    let mut state = before.clone();
    let mut made: BTreeSet<ModelName> = BTreeSet::new();
    let mut all = Vec::with_capacity(operations.len());
    for operation in operations {
        let old = state.clone();
        operation.apply(&mut state)?;
        match &operation {
            Operation::CreateModel(model) => drop(made.insert(model.name.clone())),
            Operation::RenameModel { from, to, .. } if made.remove(from) => {
                made.insert(to.clone());
            }
            _ => {}
        }
        let is_made = operation.model().is_some_and(|model| made.contains(model));
        let is_better = !is_made && operation.can_be_safe() && {
            let stages = stages(&operation, &old, &state, true)?;
            stages.len() > 1 || stages.iter().any(|one| !matches!(one.work, Work::Together(_)))
        };
        all.push(if is_better { operation.safely() } else { operation });
    }
    Ok(all)
}
