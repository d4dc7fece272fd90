//! Who is connected.

use super::AnyRow;
use crate::dyn_row::ReadRow;
use crate::hooks::{Event, Events, HookCx, RelatedChange};
use crate::ir::ModelMeta;
use orm_sql::error::Result;
use orm_sql::exec::BoxFuture;
use std::any::Any;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

type Outcome<'a> = BoxFuture<'a, Result<()>>;

pub(crate) type BeforeCall = Arc<
    dyn for<'a> Fn(&'a mut (dyn Any + Send + Sync), &'a HookCx<'a>) -> Outcome<'a> + Send + Sync,
>;
pub(crate) type WithCall =
    Arc<dyn for<'a> Fn(&'a (dyn Any + Send + Sync), &'a HookCx<'a>) -> Outcome<'a> + Send + Sync>;
pub(crate) type BeforeAnyCall =
    Arc<dyn for<'a> Fn(&'a mut AnyRow, &'a HookCx<'a>) -> Outcome<'a> + Send + Sync>;
pub(crate) type WithAnyCall =
    Arc<dyn for<'a> Fn(&'a AnyRow, &'a HookCx<'a>) -> Outcome<'a> + Send + Sync>;
pub(crate) type RelatedCall =
    Arc<dyn for<'a> Fn(&'a RelatedChange, &'a HookCx<'a>) -> Outcome<'a> + Send + Sync>;

/// How a receiver is called.
#[derive(Clone)]
pub(crate) enum Call {
    Before(BeforeCall),
    With(WithCall),
    BeforeAny(BeforeAnyCall),
    WithAny(WithAnyCall),
    Related(RelatedCall),
}

/// A receiver.
pub(crate) struct Receiver {
    pub event: Event,
    /// The model whose rows it wants; `None` for all.
    pub model: Option<&'static ModelMeta>,
    pub call: Call,
    /// What reads a row of its model.
    pub read: Option<ReadRow>,
}

impl Receiver {
    fn wants(&self, model: &'static ModelMeta) -> bool {
        self.model.is_none_or(|wanted| wanted == model)
    }
}

/// In the order in which they came. The lock is held for looking only, never while one is called.
static RECEIVERS: RwLock<Vec<(u64, Receiver)>> = RwLock::new(Vec::new());
/// How many there are: all that is read where there are none.
static COUNT: AtomicUsize = AtomicUsize::new(0);

#[inline]
pub(crate) fn is_empty() -> bool {
    COUNT.load(Ordering::Relaxed) == 0
}

pub(crate) fn add(receiver: Receiver) -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut receivers = RECEIVERS.write().unwrap_or_else(PoisonError::into_inner);
    receivers.push((id, receiver));
    COUNT.store(receivers.len(), Ordering::Relaxed);
    id
}

pub(crate) fn remove(id: u64) {
    let mut receivers = RECEIVERS.write().unwrap_or_else(PoisonError::into_inner);
    let place = receivers.iter().position(|(other, _)| *other == id);
    let removed = place.map(|place| receivers.remove(place));
    COUNT.store(receivers.len(), Ordering::Relaxed);
    drop(receivers);
    // What a receiver holds may do anything when it is dropped, such as disconnect another one.
    drop(removed);
}

/// Looks at the receivers of a model.
fn each<T>(model: &'static ModelMeta, look: impl FnMut(&Receiver) -> Option<T>) -> Vec<T> {
    if is_empty() {
        return Vec::new();
    }
    let receivers = RECEIVERS.read().unwrap_or_else(PoisonError::into_inner);
    let all = receivers.iter().map(|(_, receiver)| receiver);
    all.filter(|receiver| receiver.wants(model)).filter_map(look).collect()
}

/// What the receivers of a model want to know of.
pub(crate) fn events(model: &'static ModelMeta) -> Events {
    let events = each(model, |receiver| Some(Events::of(&[receiver.event])));
    events.into_iter().fold(Events::NONE, |all, event| all | event)
}

/// The receivers of an event, in their order.
pub(crate) fn calls(model: &'static ModelMeta, event: Event) -> Vec<Call> {
    each(model, |receiver| (receiver.event == event).then(|| receiver.call.clone()))
}

/// What reads a row of a model, where a receiver of its rows knows.
pub(crate) fn reader(model: &'static ModelMeta) -> Option<ReadRow> {
    each(model, |receiver| receiver.read).first().copied()
}
