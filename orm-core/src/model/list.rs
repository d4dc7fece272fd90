//! What is given as a list.

/// A list or an iterator of `T`.
///
/// It is another name of `IntoIterator<Item = T>`, so that a single value in its place is told apart.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list: write `[…]` around a single one",
    label = "expected an array, a `Vec`, a slice or an iterator"
)]
pub trait List<T>: IntoIterator<Item = T> {}
#[diagnostic::do_not_recommend]
impl<T, L: IntoIterator<Item = T>> List<T> for L {}
