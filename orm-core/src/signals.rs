//! Signals: receivers of what happens to rows, registered from outside of their models.
//!
//! ```
//! # use orm_doctest::*;
//! let subscription = signals::after_save::<Profile>().connect(|profile, cx| {
//!     Box::pin(async move {
//!         if cx.created() {
//!             draft!(Tag { name: profile.bio.clone() }).save(cx).await?;
//!         }
//!         Ok(())
//!     })
//! });
//! # run(async |db| {
//! # db.take();
//! draft!(Profile { author: 3, bio: "poet" }).save(&db).await?;
//! assert_sent!(
//!     db,
//!     "BEGIN",
//!     "INSERT INTO profile …",
//!     "INSERT INTO tag AS t0 (name) VALUES ($1) RETURNING …",
//!     "COMMIT"
//! );
//! # Ok(()) })
//! ```
//!
//! A receiver runs in the transaction of what it is about, after the model's own
//! [`Hooks`](crate::hooks::Hooks), in the order of registration. An error refuses the whole, and so
//! does a panic. It is called until its [`Subscription`] is dropped.

mod any;
pub(crate) mod registry;

pub use any::AnyRow;
pub(crate) use registry::Call;

use crate::dyn_row;
use crate::hooks::{Event, HookCx, RelatedChange};
use crate::model::Model;
use orm_sql::error::Result;
use orm_sql::exec::BoxFuture;
use registry::Receiver;
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Keeps a receiver connected; dropped, it is called no more.
#[must_use = "the receiver is disconnected when this is dropped; `.forever()` keeps it"]
pub struct Subscription(Option<u64>);

impl Subscription {
    /// Keeps the receiver until the process ends.
    pub fn forever(mut self) {
        self.0 = None;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(id) = self.0 {
            registry::remove(id);
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Subscription").field(&self.0).finish()
    }
}

/// A signal that is sent before a row of `M` is written: receivers can change it.
pub struct Before<M>(Event, PhantomData<fn() -> M>);

impl<M: Model> Before<M> {
    /// Connects a receiver: `|book, cx| Box::pin(async move { … Ok(()) })`.
    pub fn connect<F>(self, receiver: F) -> Subscription
    where
        F: for<'a> Fn(&'a mut M::First, &'a HookCx<'a>) -> BoxFuture<'a, Result<()>>,
        F: Send + Sync + 'static,
    {
        let call: registry::BeforeCall =
            Arc::new(move |row, cx| match row.downcast_mut::<M::First>() {
                Some(row) => receiver(row, cx),
                None => done(),
            });
        let model = Some(M::meta());
        let read = Some(dyn_row::read::<M::First> as _);
        connect(Receiver { event: self.0, model, call: Call::Before(call), read })
    }
}

/// A signal that is sent with a row of `M` as it is: after it was written, and around its deletion.
pub struct With<M>(Event, PhantomData<fn() -> M>);

impl<M: Model> With<M> {
    /// Connects a receiver: `|book, cx| Box::pin(async move { … Ok(()) })`.
    pub fn connect<F>(self, receiver: F) -> Subscription
    where
        F: for<'a> Fn(&'a M::First, &'a HookCx<'a>) -> BoxFuture<'a, Result<()>>,
        F: Send + Sync + 'static,
    {
        let call: registry::WithCall = Arc::new(move |row: &(dyn Any + Send + Sync), cx| {
            match row.downcast_ref::<M::First>() {
                Some(row) => receiver(row, cx),
                None => done(),
            }
        });
        let model = Some(M::meta());
        let read = Some(dyn_row::read::<M::First> as _);
        connect(Receiver { event: self.0, model, call: Call::With(call), read })
    }
}

/// A signal that is sent before a row of any model is written: receivers can change it.
pub struct BeforeAny(Event);

impl BeforeAny {
    /// Connects a receiver: `|row, cx| Box::pin(async move { … Ok(()) })`.
    pub fn connect<F>(self, receiver: F) -> Subscription
    where
        F: for<'a> Fn(&'a mut AnyRow, &'a HookCx<'a>) -> BoxFuture<'a, Result<()>>,
        F: Send + Sync + 'static,
    {
        let call = Call::BeforeAny(Arc::new(receiver));
        connect(Receiver { event: self.0, model: None, call, read: None })
    }
}

/// A signal that is sent with a row of any model as it is.
pub struct WithAny(Event);

impl WithAny {
    /// Connects a receiver: `|row, cx| Box::pin(async move { … Ok(()) })`.
    pub fn connect<F>(self, receiver: F) -> Subscription
    where
        F: for<'a> Fn(&'a AnyRow, &'a HookCx<'a>) -> BoxFuture<'a, Result<()>>,
        F: Send + Sync + 'static,
    {
        let call = Call::WithAny(Arc::new(receiver));
        connect(Receiver { event: self.0, model: None, call, read: None })
    }
}

/// A signal that is sent before and after a many-to-many relation that `M` declares changes, from
/// either side.
pub struct Related<M>(PhantomData<fn() -> M>);

impl<M: Model> Related<M> {
    /// Connects a receiver: `|change, cx| Box::pin(async move { … Ok(()) })`.
    pub fn connect<F>(self, receiver: F) -> Subscription
    where
        F: for<'a> Fn(&'a RelatedChange, &'a HookCx<'a>) -> BoxFuture<'a, Result<()>>,
        F: Send + Sync + 'static,
    {
        let call = Call::Related(Arc::new(receiver));
        let model = Some(M::meta());
        connect(Receiver { event: Event::RelatedChange, model, call, read: None })
    }
}

fn connect(receiver: Receiver) -> Subscription {
    Subscription(Some(registry::add(receiver)))
}

fn done<'a>() -> BoxFuture<'a, Result<()>> {
    Box::pin(async { Ok(()) })
}

macro_rules! signals {
    ($($(#[$doc:meta])* $name:ident, $any:ident: $signal:ident $any_signal:ident $event:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name<M: Model>() -> $signal<M> {
            $signal(Event::$event, PhantomData)
        }
        $(#[$doc])*
        ///
        /// Of every model.
        pub fn $any() -> $any_signal {
            $any_signal(Event::$event)
        }
    )*};
}
signals! {
    /// Before a row is created or updated.
    before_save, before_save_any: Before BeforeAny BeforeSave;
    /// After a row was created or updated.
    after_save, after_save_any: With WithAny AfterSave;
    /// Before a row is created.
    before_create, before_create_any: Before BeforeAny BeforeCreate;
    /// After a row was created.
    after_create, after_create_any: With WithAny AfterCreate;
    /// Before a row is updated.
    before_update, before_update_any: Before BeforeAny BeforeUpdate;
    /// After a row was updated.
    after_update, after_update_any: With WithAny AfterUpdate;
    /// Before a row is deleted.
    before_delete, before_delete_any: With WithAny BeforeDelete;
    /// After a row was deleted.
    after_delete, after_delete_any: With WithAny AfterDelete;
}

/// Before and after rows come into or go out of a many-to-many relation that `M` declares.
pub fn related_change<M: Model>() -> Related<M> {
    Related(PhantomData)
}
