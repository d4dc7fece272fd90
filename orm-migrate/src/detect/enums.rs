//! Enum types compared.

use super::Questions;
use crate::operation::{Misfit, Operation, ValuePlace};
use crate::state::ProjectState;
use orm_sql::schema::TableName;

/// Types that have another name and are the same for the rest, and values that have. They are applied
/// to the state at once.
pub(super) fn renames(
    now: &mut ProjectState,
    to: &ProjectState,
    questions: &mut dyn Questions,
) -> Result<Vec<Operation>, Misfit> {
    let mut operations = Vec::new();
    for (name, values) in &to.enums {
        if now.enums.contains_key(name) {
            continue;
        }
        let gone = now.enums.iter().filter(|(old, _)| is_gone(now, to, old));
        // It makes no difference to rows which one it is.
        let same = gone.filter(|(_, old)| *old == values).map(|(old, _)| old.clone()).next();
        if let Some(from) = same {
            let rename = Operation::RenameEnum { from, to: name.clone() };
            rename.apply(now)?;
            operations.push(rename);
        }
    }
    for (name, values) in &to.enums {
        for to in values {
            let Some(old) = now.enums.get(name).filter(|old| !old.contains(to)) else { continue };
            let gone = old.iter().filter(|value| !values.contains(value));
            let mut gone: Vec<String> = gone.cloned().collect();
            // The one in the same place is the likeliest.
            let place = values.iter().position(|value| value == to);
            gone.sort_by_key(|value| old.iter().position(|one| one == value) != place);
            for from in gone {
                if questions.is_renamed_value(name, &from, to)? {
                    let (name, to) = (name.clone(), to.clone());
                    let rename = Operation::RenameEnumValue { name, from, to };
                    rename.apply(now)?;
                    operations.push(rename);
                    break;
                }
            }
        }
    }
    Ok(operations)
}

/// True for a type that fields had and have no more. What no field ever had is somebody else's.
fn is_gone(now: &ProjectState, to: &ProjectState, name: &TableName) -> bool {
    !to.enums.contains_key(name) && now.has_field_of(name) && !to.has_field_of(name)
}

/// What becomes of types and their values.
pub(super) fn compare(now: &ProjectState, to: &ProjectState) -> Vec<Operation> {
    let mut found = Vec::new();
    for (name, values) in &to.enums {
        match now.enums.get(name) {
            Some(old) => found.extend(compare_values(name, old, values)),
            None => {
                let (name, values) = (name.clone(), values.clone());
                found.push(Operation::CreateEnum { name, values });
            }
        }
    }
    let gone = now.enums.keys().filter(|name| is_gone(now, to, name));
    found.extend(gone.cloned().map(Operation::DropEnum));
    found
}

/// New values are added, so that they can be used; then the type is made anew, if it has to be.
fn compare_values(name: &TableName, old: &[String], new: &[String]) -> Vec<Operation> {
    let mut found = Vec::new();
    let mut now = old.to_vec();
    for (place, value) in new.iter().enumerate() {
        if now.contains(value) {
            continue;
        }
        let after = new.get(place..).unwrap_or_default();
        let next = after.iter().find(|value| now.contains(value));
        let at = next.and_then(|next| now.iter().position(|value| value == next));
        now.insert(at.unwrap_or(now.len()), value.clone());
        let (name, value) = (name.clone(), value.clone());
        let place = next.map_or(ValuePlace::Last, |next| ValuePlace::Before(next.clone()));
        found.push(Operation::AddEnumValue { name, value, place });
    }
    if now != new {
        let (name, values, replace) = (name.clone(), new.to_vec(), Vec::new());
        found.push(Operation::AlterEnum { name, values, replace });
    }
    found
}
