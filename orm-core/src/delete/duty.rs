//! What has to be done for the rows that refer to those that go, and who does it.

use crate::hooks;
use crate::ir::{Default, FieldMeta, ModelMeta, OnDelete, Referrer};
use crate::lifecycle;
use crate::query::Assign;
use crate::tables::action_of;
use orm_sql::schema::Action;
use orm_sql::value::SqlValue;

/// What the library has to do about the rows that have a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duty {
    /// Nothing: the database does it, or nobody does.
    Nothing,
    /// Delete them, and count them.
    Delete,
    /// Refuse, if there are any.
    Protect,
    /// Refuse, if some of them do not go by another way.
    Restrict,
    /// Give their key another value.
    Assign,
}

impl Duty {
    /// What a key demands of the library.
    pub fn of(referrer: &Referrer) -> Duty {
        match referrer.relation.on_delete {
            OnDelete::DoNothing => Duty::Nothing,
            OnDelete::Cascade => Duty::Delete,
            OnDelete::Protect => Duty::Protect,
            OnDelete::Restrict => Duty::Restrict,
            OnDelete::SetNull | OnDelete::SetDefault | OnDelete::Set(_) => {
                if in_database(referrer) { Duty::Nothing } else { Duty::Assign }
            }
        }
    }
}

/// True where the database gives the key its new value.
fn in_database(referrer: &Referrer) -> bool {
    let Referrer { model, field, relation } = referrer;
    let action = action_of(relation.on_delete, field);
    let knows = relation.db_constraint && !model.on_delete_in_library;
    knows && matches!(action, Action::SetNull | Action::SetDefault)
}

/// True where the database gives some key of a model a new value when rows go.
///
/// It does so after it has checked the other keys of rows that were changed, so the library changes
/// rows of such a model in a statement of its own, before anything goes.
pub(super) fn is_shared(model: &'static ModelMeta) -> bool {
    let keys = model.own_fields().iter().filter_map(|field| Some((field, field.relation?)));
    keys.into_iter().any(|(field, relation)| in_database(&Referrer { model, field, relation }))
}

/// Why rows of a model cannot go by a statement of SQL alone, as in WITH: something is done in Rust for
/// them, or for rows that go with them. None where the database does all that follows.
pub(crate) fn needs_library(model: &'static ModelMeta) -> Option<String> {
    if model.link().is_some() {
        return Some(format!("rows of `{}` stand in several tables", model.name));
    }
    let mut reached = vec![model];
    let mut at = 0;
    while let Some(next) = reached.get(at).copied() {
        at += 1;
        if lifecycle::wanted(next, hooks::DELETING) {
            return Some(format!(
                "hooks, receivers or files go with rows of `{}` that are deleted",
                next.name
            ));
        }
        for referrer in next.referrers() {
            let Referrer { model, field: _, relation } = referrer;
            let goes = matches!(relation.on_delete, OnDelete::Cascade);
            if goes && model.link().is_some() && !relation.parent_link {
                return Some(format!(
                    "rows of `{}`, which go too, stand in several tables",
                    model.name
                ));
            }
            if !follows(referrer) {
                return Some(format!(
                    "what becomes of the rows of `{}` whose `{}` refers to rows of `{}` is up to the \
                     library",
                    model.name, relation.name, next.name
                ));
            }
            if goes && !reached.contains(model) {
                reached.push(model);
            }
        }
    }
    None
}

/// True where the database does all that a key demands.
fn follows(referrer: &Referrer) -> bool {
    let Referrer { model, field, relation } = referrer;
    let knows = relation.db_constraint && !model.on_delete_in_library;
    match relation.on_delete {
        OnDelete::DoNothing => true,
        OnDelete::Protect | OnDelete::Restrict => relation.db_constraint,
        OnDelete::Cascade => knows && action_of(relation.on_delete, field) == Action::Cascade,
        OnDelete::SetNull | OnDelete::SetDefault | OnDelete::Set(_) => in_database(referrer),
    }
}

/// True where deleting rows of a model is one DELETE and its count all there is to tell.
pub(super) fn is_plain(model: &'static ModelMeta) -> bool {
    let nothing = |referrer: &Referrer| Duty::of(referrer) == Duty::Nothing;
    model.referrers().iter().all(nothing) && !lifecycle::wanted(model, hooks::DELETING)
}

/// True where rows of a model can be deleted by their key to rows that go, without looking at them
/// first: nothing follows from it, and nothing else is done with them.
pub(super) fn is_leaf(model: &'static ModelMeta) -> bool {
    let free = |field: &'static FieldMeta| {
        field.relations().all(|relation| {
            let duty = Duty::of(&Referrer { model, field, relation });
            !matches!(duty, Duty::Restrict | Duty::Assign)
        })
    };
    is_plain(model) && model.own_fields().iter().all(free)
}

/// What the columns of a key become.
pub(super) fn assigned(referrer: &Referrer) -> Vec<(&'static str, Assign)> {
    let assigned = |field: &'static FieldMeta| {
        let value = match (referrer.relation.on_delete, field.default) {
            (OnDelete::Set(value), _) | (OnDelete::SetDefault, Default::Rust(value)) => value(),
            (OnDelete::SetDefault, Default::Database(_)) => return (field.column, Assign::Default),
            _ => SqlValue::Null,
        };
        (field.column, Assign::Value((value, field.sql_type)))
    };
    // Another row of the kind that it was, where it is given one.
    let keeps = matches!(referrer.relation.on_delete, OnDelete::Set(_));
    let kind = referrer.relation.kind_is().map(|(field, _)| field).filter(|_| !keeps);
    referrer.fields().iter().chain(kind).map(assigned).collect()
}
