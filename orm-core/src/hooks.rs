//! Hooks: what a model does when its rows are saved, deleted and linked.
//!
//! A model says `#[model(hooks)]` and implements [`Hooks`]. Rows of models that are not yours are
//! watched from outside, by [`crate::signals`]. Both run in the transaction of what they are about,
//! and refuse it with an error.

mod change;
mod context;
mod erased;
mod events;

pub use change::{RelatedAction, RelatedChange};
pub use context::HookCx;
pub(crate) use erased::own;
pub use erased::{ModelHooks, hooks_of, shared_hooks_of};
pub(crate) use events::{CREATING, DELETING, OF_FILES, UPDATING};
pub use events::{Event, Events};

use orm_sql::error::Result;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a model does when its rows are saved, deleted and linked. Every method can be left out, and
/// is written as a plain `async fn`.
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Model, Clone, Debug)]
/// #[model(hooks)]
/// pub struct Venue {
///     pub id: i64,
///     pub name: String,
///     pub slug: String,
///     pub address: String,
///     pub location: Option<String>,
/// }
/// # #[derive(Model, Clone, Debug)]
/// # pub struct Log {
/// #     pub id: i64,
/// #     pub text: String,
/// # }
///
/// impl Hooks for Venue {
///     async fn before_save(&mut self, cx: &HookCx<'_>) -> Result<()> {
///         self.slug = self.name.to_lowercase().replace(' ', "-");
///         if cx.changed(self, |v| v.address()).await? {
///             self.location = None;
///         }
///         Ok(())
///     }
///     async fn after_create(&self, cx: &HookCx<'_>) -> Result<()> {
///         draft!(Log { text: format!("new: {}", self.name) }).save(cx).await.map(drop)
///     }
/// }
/// # fn main() {}
/// ```
///
/// All of it is one transaction (a savepoint, inside of one): an error of a hook refuses the whole,
/// and nothing is written. What `before_…` changes in the row is written. The order is
/// `before_save`, `before_create` or `before_update`, the statement, `after_create` or
/// `after_update`, `after_save`; the model's own hooks come before the receivers of
/// [`crate::signals`].
///
/// They run where rows are written one by one: `save` and `create` of drafts, `save`, `save_fields`,
/// `save_or_insert` and `update` of instances, `delete`. Statements about sets of rows (`bulk_create`,
/// `update` of a query set, COPY) do not ask for the single row, and run none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` says that it has hooks, and does not implement `Hooks`",
    label = "no `impl Hooks for {Self}`",
    note = "write `impl Hooks for {Self} {{ async fn before_save(&mut self, cx: &HookCx<'_>) -> \
            Result<()> {{ … }} }}`, or remove `hooks`"
)]
pub trait Hooks: HasHooks + Sized + Send + Sync + 'static {
    /// Before a row is created or updated.
    ///
    /// # Errors
    ///
    /// Yours, which refuse the row.
    fn before_save(&mut self, cx: &HookCx<'_>) -> impl Future<Output = Result<()>> + Send {
        absent(cx)
    }

    /// After a row was created or updated.
    ///
    /// # Errors
    ///
    /// Yours, which undo it.
    fn after_save(&self, cx: &HookCx<'_>) -> impl Future<Output = Result<()>> + Send {
        absent(cx)
    }

    /// Before a row is created.
    ///
    /// # Errors
    ///
    /// Yours, which refuse the row.
    fn before_create(&mut self, cx: &HookCx<'_>) -> impl Future<Output = Result<()>> + Send {
        absent(cx)
    }

    /// After a row was created.
    ///
    /// # Errors
    ///
    /// Yours, which undo it.
    fn after_create(&self, cx: &HookCx<'_>) -> impl Future<Output = Result<()>> + Send {
        absent(cx)
    }

    /// Before a row is updated.
    ///
    /// # Errors
    ///
    /// Yours, which refuse the change.
    fn before_update(&mut self, cx: &HookCx<'_>) -> impl Future<Output = Result<()>> + Send {
        absent(cx)
    }

    /// After a row was updated.
    ///
    /// # Errors
    ///
    /// Yours, which undo it.
    fn after_update(&self, cx: &HookCx<'_>) -> impl Future<Output = Result<()>> + Send {
        absent(cx)
    }

    /// Before a row is deleted.
    ///
    /// # Errors
    ///
    /// Yours, which keep the row.
    fn before_delete(&self, cx: &HookCx<'_>) -> impl Future<Output = Result<()>> + Send {
        absent(cx)
    }

    /// After a row was deleted.
    ///
    /// # Errors
    ///
    /// Yours, which undo it.
    fn after_delete(&self, cx: &HookCx<'_>) -> impl Future<Output = Result<()>> + Send {
        absent(cx)
    }

    /// Before and after rows come into or go out of a many-to-many relation that this model
    /// declares, from either side.
    ///
    /// # Errors
    ///
    /// Yours, which refuse or undo it.
    fn related_change(
        change: &RelatedChange,
        cx: &HookCx<'_>,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = change;
        absent(cx)
    }
}

/// Models that say `#[model(hooks)]`, so that their hooks are called. The derive implements it.
#[diagnostic::on_unimplemented(
    message = "the hooks of `{Self}` would never run: its derive does not know of them",
    label = "`{Self}` does not say that it has hooks",
    note = "add `#[model(hooks)]` to the struct"
)]
pub trait HasHooks {}

/// What a method that was not written returns. It takes no memory, by which it is told apart: one
/// that was written holds at least its arguments.
struct Absent;

impl Future for Absent {
    type Output = Result<()>;
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn absent(_: &HookCx<'_>) -> Absent {
    Absent
}
