//! What runs in a transaction.

use super::Transaction;
use crate::error::{Error, Result};

/// An async closure that is given the transaction: `async |tx| { … }`.
///
/// It is another name of `AsyncFnOnce(&Transaction) -> Result<T, E>`, so that what is none of them
/// is told apart.
#[diagnostic::on_unimplemented(
    message = "a transaction runs an async closure that is given it, and returns a `Result`: `async |tx| {{ …; Ok(()) }}`",
    label = "not an async closure over the transaction",
    note = "neither `|tx| async move {{ … }}`, nor `async {{ … }}`: what it does goes to the `tx` that it is given"
)]
pub trait Work<T, E = Error>: AsyncFnOnce(&Transaction) -> Result<T, E> {
    /// Nothing. Bounds that name it have shorter messages.
    #[doc(hidden)]
    type Of;
}

#[diagnostic::do_not_recommend]
impl<T, E, F: AsyncFnOnce(&Transaction) -> Result<T, E>> Work<T, E> for F {
    type Of = ();
}
