//! Calls the hooks of a model and the receivers of signals, in order.

use super::files;
use crate::dyn_row::{ErasedRow, merge};
use crate::hooks::{
    self, CREATING, DELETING, Event, Events, HookCx, ModelHooks, RelatedChange, UPDATING, own,
};
use crate::ir::ModelMeta;
use crate::signals::{AnyRow, Call, registry};
use orm_sql::error::Result;
use orm_sql::exec::Executor;
use orm_sql::row::{RowBuffer, RowSink};
use smallvec::SmallVec;

/// True where somebody wants to know of one of these events. For most models it is two loads.
#[inline]
pub(crate) fn wanted(model: &'static ModelMeta, events: Events) -> bool {
    let alone = model.link().is_none();
    if alone && model.behaviours.is_empty() && !model.files && registry::is_empty() {
        return false;
    }
    wanted_by(model).meets(events)
}

/// What the model and the receivers want to know of.
pub(crate) fn wanted_by(model: &'static ModelMeta) -> Events {
    let own = own(model).fold(Events::NONE, |events, hooks| events | hooks.events());
    let files = if model.files { hooks::OF_FILES } else { Events::NONE };
    own | files | registry::events(model) | inherited(model)
}

/// What the models that it extends want to know of when a row is saved: when one is deleted, the row of
/// each goes by itself.
fn inherited(model: &'static ModelMeta) -> Events {
    let hooks = model.lineage().skip(1).flat_map(own);
    hooks.fold(Events::NONE, |all, hooks| all | hooks.events().among(CREATING | UPDATING))
}

/// The hooks that a row has: those of the models that its own extends come first.
fn hooks_of_row(
    model: &'static ModelMeta,
) -> impl Iterator<Item = (&'static ModelMeta, &'static dyn ModelHooks)> {
    let mut levels: SmallVec<[&'static ModelMeta; 4]> = model.lineage().collect();
    levels.reverse();
    levels.into_iter().flat_map(|level| own(level).map(move |hooks| (level, hooks)))
}

/// Before a row is written: it can be changed.
pub(crate) async fn before(
    events: &[Event],
    row: &mut dyn ErasedRow,
    cx: &HookCx<'_>,
) -> Result<()> {
    let model = row.model();
    for event in events {
        for (level, hooks) in hooks_of_row(model) {
            if let Some(part) = row.part_mut(level) {
                hooks.before(*event, part, cx).await?;
            }
        }
        for call in registry::calls(model, *event) {
            match call {
                Call::Before(receiver) => receiver(row.any_mut(), cx).await?,
                Call::BeforeAny(receiver) => {
                    let mut any = AnyRow::of(row, cx.created());
                    receiver(&mut any, cx).await?;
                    if let Some(values) = any.into_changed() {
                        let changed = merge::with_values(row, values, cx).await?;
                        row.become_row(changed);
                    }
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// After a row was written, and around its deletion: it is looked at.
pub(crate) async fn with(events: &[Event], row: &dyn ErasedRow, cx: &HookCx<'_>) -> Result<()> {
    let model = row.model();
    let deletes = events.iter().any(|event| DELETING.has(*event));
    for event in events {
        for (level, hooks) in hooks_of_row(model).filter(|(level, _)| !deletes || *level == model) {
            if let Some(part) = row.part(level) {
                hooks.with(*event, part, cx).await?;
            }
        }
        for call in registry::calls(model, *event) {
            match call {
                Call::With(receiver) => receiver(row.any(), cx).await?,
                Call::WithAny(receiver) => receiver(&AnyRow::of(row, cx.created()), cx).await?,
                _ => {}
            }
        }
    }
    Ok(())
}

/// Before and after rows are deleted, those that a cascade takes along included.
pub(crate) async fn deleted(
    event: Event,
    model: &'static ModelMeta,
    rows: &RowBuffer,
    db: &dyn Executor,
) -> Result<()> {
    if !wanted(model, Events::of(&[event])) {
        return Ok(());
    }
    if event == Event::AfterDelete && model.files {
        files::removed(model, rows, db).await?;
    }
    let own = own(model).next().map(|hooks| hooks.reader().0);
    let read = own.or_else(|| registry::reader(model));
    for place in 0..rows.len() {
        let cells = rows.row(place);
        let mut only = RowBuffer::new(model.width());
        RowSink::row(&mut only, &cells)?;
        let cx = HookCx::new(db, model).deleting(only);
        if let Some(read) = read {
            with(&[event], &*read(&cells)?, &cx).await?;
            continue;
        }
        // Only receivers of every model want it, and those need not know its type.
        let row = AnyRow::read(model, &cells);
        for call in registry::calls(model, event) {
            if let Call::WithAny(receiver) = call {
                receiver(&row, &cx).await?;
            }
        }
    }
    Ok(())
}

/// Before and after a many-to-many relation changes.
pub(crate) async fn related(change: &RelatedChange, cx: &HookCx<'_>) -> Result<()> {
    let model = change.model();
    for hooks in own(model) {
        hooks.related(change, cx).await?;
    }
    for call in registry::calls(model, Event::RelatedChange) {
        if let Call::Related(receiver) = call {
            receiver(change, cx).await?;
        }
    }
    Ok(())
}
