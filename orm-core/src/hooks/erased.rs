//! The hooks of a model without its type.

use super::{Event, Events, HookCx, Hooks, RelatedChange};
use crate::dyn_row::{self, ReadRow};
use crate::ir::{Behaviour, ModelMeta};
use crate::model::{Model, Place};
use orm_sql::error::Result;
use orm_sql::exec::BoxFuture;
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;

/// The hooks of a model, as its metadata has them. Made by the derive for `#[model(hooks)]`.
pub trait ModelHooks: Send + Sync {
    /// Those that are written.
    fn events(&self) -> Events;

    /// Runs one before a row is written.
    fn before<'a>(
        &self,
        event: Event,
        row: &'a mut (dyn Any + Send + Sync),
        cx: &'a HookCx<'a>,
    ) -> BoxFuture<'a, Result<()>>;

    /// Runs one with a row that is not changed by it.
    fn with<'a>(
        &self,
        event: Event,
        row: &'a (dyn Any + Send + Sync),
        cx: &'a HookCx<'a>,
    ) -> BoxFuture<'a, Result<()>>;

    /// Runs the one about many-to-many relations.
    fn related<'a>(
        &self,
        change: &'a RelatedChange,
        cx: &'a HookCx<'a>,
    ) -> BoxFuture<'a, Result<()>>;

    /// What reads a row of the model.
    #[doc(hidden)]
    fn reader(&self) -> RowReader;
}

impl fmt::Debug for dyn ModelHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ModelHooks").field(&self.events()).finish()
    }
}

/// Reads a row of a model; for the library itself.
#[derive(Clone, Copy)]
pub struct RowReader(pub(crate) ReadRow);

/// The hooks of `H` with the rows of the model `M`: the model itself, or a struct that it flattens.
struct HooksOf<M, H>(Held<M, H>, PhantomData<fn() -> (M, H)>);

/// Where a row holds what has the hooks, if it does: a variant is that of some rows.
type Held<M, H> = (fn(&M) -> Option<&H>, fn(&mut M) -> Option<&mut H>);

/// The hooks among the behaviours of a model, and whether they are those of a struct that it flattens.
struct Own(&'static dyn ModelHooks, bool);

/// What the metadata of a model with hooks has of them. A function, since the bound of one that is
/// missing has a message of ours, and that of a constant has not.
pub const fn hooks_of<M: Hooks + Model>() -> Behaviour {
    const { &Own(&HooksOf::<M, M>((|row| Some(row), |row| Some(row)), PhantomData), false) }
}

/// What the metadata of a model has of the hooks of a struct that it flattens.
pub const fn shared_hooks_of<W: Place>() -> Behaviour
where
    W::Shared: Hooks,
{
    const { &Own(&HooksOf::<W::Model, W::Shared>((W::find, W::find_mut), PhantomData), true) }
}

/// The hooks of a model: those of the structs that it flattens, and its own.
#[inline]
pub(crate) fn own(model: &ModelMeta) -> impl Iterator<Item = &'static dyn ModelHooks> {
    let behaviours: &'static [Behaviour] = model.behaviours;
    let of = move |shared: bool| {
        let all = behaviours.iter().filter_map(|behaviour| behaviour.downcast_ref::<Own>());
        all.filter(move |own| own.1 == shared).map(|own| own.0)
    };
    of(true).chain(of(false))
}

impl<M: Model, H: Hooks> ModelHooks for HooksOf<M, H> {
    fn events(&self) -> Events {
        let written = [
            (Event::BeforeSave, is_written(H::before_save)),
            (Event::AfterSave, is_written(H::after_save)),
            (Event::BeforeCreate, is_written(H::before_create)),
            (Event::AfterCreate, is_written(H::after_create)),
            (Event::BeforeUpdate, is_written(H::before_update)),
            (Event::AfterUpdate, is_written(H::after_update)),
            (Event::BeforeDelete, is_written(H::before_delete)),
            (Event::AfterDelete, is_written(H::after_delete)),
            (Event::RelatedChange, is_written(H::related_change)),
        ];
        let written = written.into_iter().filter(|(_, written)| *written);
        written.fold(Events::NONE, |events, (event, _)| events | Events::of(&[event]))
    }

    fn before<'a>(
        &self,
        event: Event,
        row: &'a mut (dyn Any + Send + Sync),
        cx: &'a HookCx<'a>,
    ) -> BoxFuture<'a, Result<()>> {
        match (event, row.downcast_mut::<M>().and_then(self.0.1)) {
            (Event::BeforeSave, Some(row)) => Box::pin(row.before_save(cx)),
            (Event::BeforeCreate, Some(row)) => Box::pin(row.before_create(cx)),
            (Event::BeforeUpdate, Some(row)) => Box::pin(row.before_update(cx)),
            _ => Box::pin(super::Absent),
        }
    }

    fn with<'a>(
        &self,
        event: Event,
        row: &'a (dyn Any + Send + Sync),
        cx: &'a HookCx<'a>,
    ) -> BoxFuture<'a, Result<()>> {
        match (event, row.downcast_ref::<M>().and_then(self.0.0)) {
            (Event::AfterSave, Some(row)) => Box::pin(row.after_save(cx)),
            (Event::AfterCreate, Some(row)) => Box::pin(row.after_create(cx)),
            (Event::AfterUpdate, Some(row)) => Box::pin(row.after_update(cx)),
            (Event::BeforeDelete, Some(row)) => Box::pin(row.before_delete(cx)),
            (Event::AfterDelete, Some(row)) => Box::pin(row.after_delete(cx)),
            _ => Box::pin(super::Absent),
        }
    }

    fn related<'a>(
        &self,
        change: &'a RelatedChange,
        cx: &'a HookCx<'a>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(H::related_change(change, cx))
    }

    fn reader(&self) -> RowReader {
        RowReader(dyn_row::read::<M>)
    }
}

/// True for a method that somebody has written: see [`super::Absent`].
fn is_written<A, B, F>(_: fn(A, B) -> F) -> bool {
    size_of::<F>() > 0
}
