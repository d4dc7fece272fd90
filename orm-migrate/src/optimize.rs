//! The shortest list of operations that does what a longer one does.
//!
//! Operations are put together in pairs, where what stands between them can change places with one of
//! the two. What is then left is compared with what the autodetector finds between the states. Nothing
//! goes past an operation that nobody can see through, such as SQL of one's own; nothing is put together
//! that would leave other values in rows. That the result does the same is [looked at](Effect), and not
//! trusted.

mod again;
mod fields;
mod pair;

use crate::effect::Effect;
use crate::footprint::{Footprint, Thing, constraint_name, index_name};
use crate::operation::{Misfit, Operation};
use crate::state::ProjectState;
use orm_core::tables::state::FieldState;

/// The shortest list that does what some operations do in a state.
///
/// ```
/// use orm_core::tables::state::{FieldState, ModelName, ModelState};
/// use orm_migrate::operation::Operation;
/// use orm_migrate::optimize::optimize;
/// use orm_migrate::state::ProjectState;
/// use orm_sql::schema::ColumnType;
///
/// let book = ModelName::new("library", "Book");
/// let title = FieldState::column("title", ColumnType::Varchar(200));
/// let operations = [
///     Operation::CreateModel(Box::new(ModelState::new(book.clone(), "library_book"))),
///     Operation::AddField { model: book, field: Box::new(title), fill: None },
/// ];
/// let shorter = optimize(&ProjectState::default(), &operations)?;
/// assert!(matches!(&shorter[..], [Operation::CreateModel(book)] if book.fields.len() == 1));
/// # Ok::<(), orm_migrate::operation::Misfit>(())
/// ```
///
/// # Errors
///
/// When an operation does not fit.
pub fn optimize(before: &ProjectState, operations: &[Operation]) -> Result<Vec<Operation>, Misfit> {
    let mut state = before.clone();
    let mut shorter = Vec::with_capacity(operations.len());
    let mut part: Vec<Operation> = Vec::new();
    for operation in operations {
        if is_opaque(operation) {
            part_of(&mut state, std::mem::take(&mut part), &mut shorter)?;
            operation.apply(&mut state)?;
            shorter.push(operation.clone());
        } else {
            part.push(operation.clone());
        }
    }
    part_of(&mut state, part, &mut shorter)?;
    Ok(shorter)
}

/// True for what nobody can see through, and for enum types, whose values are in rows.
pub fn is_opaque(operation: &Operation) -> bool {
    let nothing = ProjectState::default();
    let writes = Footprint::of(operation, &nothing, &nothing).writes;
    writes.contains(&Thing::Everything) || writes.contains(&Thing::Types)
}

/// Operations that can all be seen through.
fn part_of(
    state: &mut ProjectState,
    operations: Vec<Operation>,
    shorter: &mut Vec<Operation>,
) -> Result<(), Misfit> {
    let wanted = Effect::of(state, &operations)?;
    let is_same =
        |other: &[Operation]| Effect::of(state, other).is_ok_and(|effect| effect == wanted);
    let mut best = operations;
    loop {
        let count = best.len();
        let pairs = reduced(state, &best)?;
        if is_same(&pairs) {
            best = pairs;
        }
        if let Some(again) = again::detected(state, &best, &wanted)
            && again.len() < best.len()
            && is_same(&again)
        {
            best = again;
        }
        if best.len() >= count {
            break;
        }
    }
    shorter.extend(best);
    *state = wanted.state;
    Ok(())
}

/// An operation in the list, with what is known of it where it stood at first.
#[derive(Clone, Debug)]
struct Entry {
    operation: Operation,
    print: Footprint,
    /// The name of the index or constraint that it adds.
    part: Option<String>,
    /// The field that it alters, as it was.
    old: Option<FieldState>,
}

impl Entry {
    fn of(operation: Operation, before: &ProjectState, after: &ProjectState) -> Entry {
        let print = Footprint::of(&operation, before, after);
        let part = match operation.plain() {
            Operation::AddIndex { model, index, .. } => {
                after.model(model).and_then(|model| index_name(model, index))
            }
            Operation::AddConstraint { model, constraint, .. } => {
                after.model(model).and_then(|model| constraint_name(model, constraint))
            }
            _ => None,
        };
        let old = match operation.plain() {
            Operation::AlterField { model, field, .. } => {
                before.model(model).and_then(|model| model.field(&field.name)).cloned()
            }
            _ => None,
        };
        Entry { operation, print, part, old }
    }
}

/// The operations after all pairs are put together that can be.
fn reduced(before: &ProjectState, operations: &[Operation]) -> Result<Vec<Operation>, Misfit> {
    let mut state = before.clone();
    let mut list: Vec<Entry> = Vec::with_capacity(operations.len());
    for operation in needs_first(operations) {
        let old = state.clone();
        operation.apply_unchecked(&mut state)?;
        if !is_idle(operation, &old, &state) {
            push(&mut list, Entry::of(operation.clone(), &old, &state));
        }
    }
    // What was put together may meet what it did not before.
    loop {
        let count = list.len();
        for entry in std::mem::take(&mut list) {
            push(&mut list, entry);
        }
        if list.len() == count {
            break;
        }
    }
    Ok(list.into_iter().map(|entry| entry.operation).collect())
}

/// True for what says again what is so already.
fn is_idle(operation: &Operation, before: &ProjectState, after: &ProjectState) -> bool {
    match operation.plain() {
        Operation::AlterField { model, fill: None, using: None, .. }
        | Operation::AlterTable { model, .. }
        | Operation::AlterOptions { model, .. }
        | Operation::AlterRowLevelSecurity { model, .. }
        | Operation::AlterPrimaryKey { model, .. } => before.model(model) == after.model(model),
        Operation::RenameModel { from, to, table: None } => from == to,
        _ => false,
    }
}

/// Schemas and extensions come first, so that nothing has to be kept behind them.
fn needs_first(operations: &[Operation]) -> impl Iterator<Item = &Operation> {
    let drops = operations.iter().any(|one| {
        matches!(
            one,
            Operation::DropSchema(_)
                | Operation::DropExtension(_)
                | Operation::DropEnum(_)
                | Operation::RenameEnum { .. }
        )
    });
    let is_need = move |one: &&Operation| {
        !drops
            && matches!(
                one,
                Operation::CreateSchema(_)
                    | Operation::CreateExtension(_)
                    | Operation::CreateEnum { .. }
            )
    };
    let rest = operations.iter().filter(move |one| !is_need(one));
    operations.iter().filter(is_need).chain(rest)
}

/// Adds an entry at the end, or puts it together with an earlier one.
fn push(list: &mut Vec<Entry>, entry: Entry) {
    for place in (0..list.len()).rev() {
        let Some(earlier) = list.get(place) else { continue };
        let Some(merged) = pair::merged(earlier, &entry) else { continue };
        let Some(between) = list.get(place + 1..) else { continue };
        let Some(first) = first_of(earlier, between, &entry) else { continue };
        let mut print = earlier.print.clone();
        print.extend(entry.print);
        let mut rest = list.split_off(place);
        let is_first = |(at, one): (usize, Entry)| (first.contains(&at), one);
        let between = rest.drain(1..).enumerate().map(is_first);
        let (before, after): (Vec<_>, Vec<_>) = between.partition(|(is_first, _)| *is_first);
        list.extend(before.into_iter().map(|(_, one)| one));
        if let Some(operation) = merged {
            let (part, old) =
                (pair::part(&operation, &rest, &entry.part), rest.pop().and_then(|one| one.old));
            push(list, Entry { operation, print, part, old });
        }
        list.extend(after.into_iter().map(|(_, one)| one));
        return;
    }
    list.push(entry);
}

/// Which of the entries between two must come before both, by their places; `None` where that cannot
/// be.
fn first_of(earlier: &Entry, between: &[Entry], entry: &Entry) -> Option<Vec<usize>> {
    let mut first: Vec<usize> = Vec::new();
    for (place, one) in between.iter().enumerate().rev() {
        let is_needed = one.print.conflicts(&entry.print)
            || first
                .iter()
                .filter_map(|place| between.get(*place))
                .any(|later| later.print.conflicts(&one.print));
        if is_needed {
            if one.print.conflicts(&earlier.print) {
                return None;
            }
            first.push(place);
        }
    }
    Some(first)
}
