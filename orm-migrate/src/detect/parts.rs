//! Indexes and constraints compared.

use crate::operation::{ConstraintState, Operation, check_name, exclude_name, unique_name};
use orm_core::tables::state::{
    CheckState, ExcludeState, IndexState, ModelState, UniqueState, ViolationState,
};

/// What becomes of the indexes and constraints of a model.
pub(super) fn compare(old: &ModelState, new: &ModelState, found: &mut Vec<Operation>) {
    let model = || new.name.clone();
    let name = |of: &ModelState, index: &IndexState| {
        index.made(of).map(|index| index.name).unwrap_or_default()
    };
    let unnamed = |index: &IndexState| IndexState { name: None, ..index.clone() };
    for part in matched((old, &old.indexes), (new, &new.indexes), name, |one| &one.name, unnamed) {
        found.push(match part {
            Part::Renamed(from, to) => Operation::RenameIndex { model: model(), from, to },
            Part::Gone(name) => {
                Operation::RemoveIndex { model: model(), name, concurrently: false }
            }
            Part::New(index) => Operation::AddIndex {
                model: model(),
                index: Box::new(index.clone()),
                concurrently: false,
            },
        });
    }
    let name = |of: &ModelState, one: &UniqueState| unique_name(of, one).unwrap_or_default();
    constraints((old, &old.uniques), (new, &new.uniques), name, ConstraintState::Unique, found);
    constraints((old, &old.checks), (new, &new.checks), check_name, ConstraintState::Check, found);
    let (before, after) = ((old, &*old.exclusions), (new, &*new.exclusions));
    constraints(before, after, exclude_name, ConstraintState::Exclude, found);
}

/// A constraint, with what the database knows nothing of.
trait Said: PartialEq + Clone {
    fn given(&self) -> &Option<String>;
    fn violation(&self) -> &ViolationState;
    /// What it demands.
    fn content(&self) -> Self;
}

macro_rules! said {
    ($($t:ident)*) => {$(
        impl Said for $t {
            fn given(&self) -> &Option<String> {
                &self.name
            }

            fn violation(&self) -> &ViolationState {
                &self.violation
            }

            fn content(&self) -> Self {
                $t { name: None, violation: ViolationState::default(), ..self.clone() }
            }
        }
    )*};
}
said!(UniqueState CheckState ExcludeState);

fn constraints<T: Said>(
    old: (&ModelState, &[T]),
    new: (&ModelState, &[T]),
    name: impl Fn(&ModelState, &T) -> String + Copy,
    state: impl Fn(T) -> ConstraintState,
    found: &mut Vec<Operation>,
) {
    for part in matched(old, new, name, T::given, T::content) {
        found.push(operation(new.0, part, |new: &T| state(new.clone())));
    }
    // What is said of those that stay, by their last names.
    for one in new.1 {
        let same = old.1.iter().filter(|old| old.content() == one.content());
        let same: Vec<&T> = same.collect();
        let is_said = |old: &&T| old.violation() == one.violation();
        if !same.is_empty() && !same.iter().any(is_said) {
            let (model, name) = (new.0.name.clone(), name(new.0, one));
            let violation = one.violation().clone();
            found.push(Operation::AlterConstraint { model, name, violation });
        }
    }
}

fn operation<T>(
    model: &ModelState,
    part: Part<'_, T>,
    state: impl Fn(&T) -> ConstraintState,
) -> Operation {
    let model = model.name.clone();
    match part {
        Part::Renamed(from, to) => Operation::RenameConstraint { model, from, to },
        Part::Gone(name) => Operation::RemoveConstraint { model, name },
        Part::New(new) => {
            Operation::AddConstraint { model, constraint: Box::new(state(new)), not_valid: false }
        }
    }
}

/// What becomes of one of them.
enum Part<'a, T> {
    Renamed(String, String),
    Gone(String),
    New(&'a T),
}

/// Those that say the same are the same, whatever they are called. A name that was made up follows the
/// table, and is no difference.
fn matched<'a, T: PartialEq>(
    (old_model, old): (&'a ModelState, &'a [T]),
    (new_model, new): (&'a ModelState, &'a [T]),
    name: impl Fn(&ModelState, &T) -> String,
    given: impl Fn(&T) -> &Option<String>,
    unnamed: impl Fn(&T) -> T,
) -> Vec<Part<'a, T>> {
    let same_name = |one: &T, other: &T| {
        (given(one).is_none() && given(other).is_none())
            || name(old_model, one) == name(new_model, other)
    };
    let mut new: Vec<&T> = new.iter().collect();
    let mut old: Vec<&T> = old.iter().collect();
    let mut parts = Vec::new();
    for by_name in [true, false] {
        old.retain(|one| {
            let content = unnamed(one);
            let is_it =
                |other: &&T| unnamed(other) == content && (!by_name || same_name(one, other));
            let Some(place) = new.iter().position(is_it) else { return true };
            let other = new.remove(place);
            if !by_name {
                parts.push(Part::Renamed(name(old_model, one), name(new_model, other)));
            }
            false
        });
    }
    parts.extend(old.into_iter().map(|one| Part::Gone(name(old_model, one))));
    parts.extend(new.into_iter().map(Part::New));
    parts
}
