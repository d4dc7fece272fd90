//! Two operations of one field as one, where rows have the same values afterwards.

use super::Entry;
use crate::effect::{Kind, Value, filled, value};
use crate::operation::Operation;
use crate::state::ProjectState;
use orm_core::tables::state::{FieldState, ModelName, ModelState};
use orm_sql::ident::RawSql;
use orm_sql::schema::Fill;

pub(super) fn merged(earlier: &Entry, later: &Entry) -> Option<Option<Operation>> {
    let model = || later.operation.model().cloned();
    match (&earlier.operation, &later.operation) {
        (Operation::AddField { field, .. }, Operation::RemoveField { name, .. })
            if field.name == *name =>
        {
            Some(None)
        }
        (
            Operation::AddField { field: old, fill, .. },
            Operation::AlterField { field, fill: later, using, .. },
        ) if field.name == old.name => {
            let fill = added((old, fill.as_ref()), (field, later.as_ref()), using.is_some())?;
            Some(Some(Operation::AddField { model: model()?, field: field.clone(), fill }))
        }
        (Operation::AlterField { field, .. }, Operation::RemoveField { name, .. })
            if field.name == *name =>
        {
            Some(Some(later.operation.clone()))
        }
        (Operation::AlterField { field: one, .. }, Operation::AlterField { field: other, .. })
            if one.name == other.name =>
        {
            altered(earlier.old.as_ref()?, &earlier.operation, &later.operation)
        }
        _ => of_name(&earlier.operation, &later.operation),
    }
}

/// A field that gets another name, or has got it.
fn of_name(one: &Operation, other: &Operation) -> Option<Option<Operation>> {
    let model = || other.model().cloned();
    match (one, other) {
        (Operation::AddField { model, field, fill }, Operation::RenameField { from, to, .. })
            if field.name == *from =>
        {
            let field = Box::new(renamed(model, field, from, to)?);
            Some(Some(Operation::AddField { model: model.clone(), field, fill: fill.clone() }))
        }
        (
            Operation::RenameField { from: first, to: middle, .. },
            Operation::RenameField { from, to, .. },
        ) if middle == from => Some((first != to).then_some(Operation::RenameField {
            model: model()?,
            from: first.clone(),
            to: to.clone(),
        })),
        (Operation::RenameField { from, to, .. }, Operation::RemoveField { name, .. })
            if to == name =>
        {
            Some(Some(Operation::RemoveField { model: model()?, name: from.clone() }))
        }
        _ => None,
    }
}

/// A field under another name, with its columns.
fn renamed(model: &ModelName, field: &FieldState, from: &str, to: &str) -> Option<FieldState> {
    let mut owner = ModelState::new(model.clone(), "");
    // What an expression names is not there, and needs no new name.
    owner.fields.push(field.clone());
    let mut state = ProjectState::default();
    state.insert(owner);
    let (model, from, to) = (model.clone(), from.to_owned(), to.to_owned());
    Operation::RenameField { model, from, to }.apply_unchecked(&mut state).ok()?;
    let owner = state.models.into_values().next()?;
    owner.fields.first().cloned()
}

type Filled<'a> = (&'a FieldState, Option<&'a RawSql>);

/// What rows get that are there, for a field that is added and altered then. `None` where it takes two
/// operations.
#[allow(clippy::option_option)]
fn added(
    (old, fill): Filled<'_>,
    (new, later): Filled<'_>,
    converts: bool,
) -> Option<Option<RawSql>> {
    let first = value(old, fill);
    let same_kind = Kind::of(old) == Kind::of(new);
    match (&first, &new.fill) {
        (_, Fill::Generated(_)) => return Some(None),
        (Some(Value::Calculated(_)), _) => return None,
        (Some(Value::Numbers), Fill::Identity) if same_kind => return Some(None),
        (Some(Value::Numbers), _) | (_, Fill::Identity) => return None,
        _ => {}
    }
    let now = match first {
        None if converts => return None,
        None if old.null && !new.null => filled(new, later),
        None => None,
        Some(Value::Same(_)) if !same_kind || (old.null && !new.null) => return None,
        Some(Value::Same(sql)) => Some(sql),
        Some(_) => return None,
    };
    Some(match (now, &new.fill) {
        (Some(sql), Fill::Default(default)) if sql == *default => None,
        (Some(sql), _) => Some(sql),
        (None, Fill::Default(_)) => Some(RawSql::new("NULL")),
        (None, _) => None,
    })
}

/// A field that is altered twice.
fn altered(old: &FieldState, one: &Operation, other: &Operation) -> Option<Option<Operation>> {
    let (
        Operation::AlterField { field: middle, fill: first_fill, using: first_using, .. },
        Operation::AlterField { model, field, fill: last_fill, using: last_using },
    ) = (one, other)
    else {
        return None;
    };
    let is_generated = |field: &FieldState| matches!(field.fill, Fill::Generated(_));
    if [old, middle, field].into_iter().any(is_generated) {
        return None;
    }
    let converts = |from: &FieldState, to: &FieldState, using: &Option<RawSql>| {
        using.is_some() || Kind::of(from) != Kind::of(to)
    };
    let first = converts(old, middle, first_using);
    let last = converts(middle, field, last_using);
    if first && last {
        return None;
    }
    let fills_first = old.null && !middle.null;
    let fill = match (fills_first, old.null && !field.null) {
        (true, true) if last => return None,
        (true, true) => filled(middle, first_fill.as_ref()),
        (true, false) if filled(middle, first_fill.as_ref()).is_some() => return None,
        (_, true) => filled(field, last_fill.as_ref()),
        (_, false) => None,
    };
    // A default fills what is empty, too.
    let default = filled(field, None);
    let fill = fill.filter(|sql| Some(sql) != default.as_ref());
    let using = if first { first_using } else { last_using }.clone();
    if *old == **field && fill.is_none() && using.is_none() {
        return Some(None);
    }
    Some(Some(Operation::AlterField { model: model.clone(), field: field.clone(), fill, using }))
}
