//! What closures receive: [`Fields`], the paths of a model.

use super::{Cardinality, Model, Own};
use crate::ir::PathBuf;
use std::marker::PhantomData;
use std::ops::Deref;

/// The paths of the model `M`: what the closures of its queries receive, and what relations lead to.
///
/// It derefs to the accessors that `#[derive(Model)]` writes, one for each field and for each
/// relation that leads here: `b.pages()`, `b.author().name()`, `a.books()`. What every relation
/// has (`eq`, `in_`, `isnull`, `objects`, `count`, …) are its own methods.
///
/// `R` is the model that the query starts at, `K` how the path leads from there to `M`
/// ([`Cardinality`]). A closure of a query of books has a `&Fields<Book>`, and functions of yours
/// can take one:
///
/// ```
/// # use orm_doctest::*;
/// fn long(b: &Fields<Book>) -> Q<Book> {
///     b.pages().gt(500)
/// }
/// fn works<R: Model, K: Cardinality>(a: &Fields<Author, R, K>) -> Expr<R, i64> {
///     a.books().count().into()
/// }
/// assert_sql!(Book::objects().filter(long), "SELECT … FROM book AS t0 WHERE t0.pages > $1");
/// assert_sql!(
///     Author::objects().filter(|a| works(a).gt(3)),
///     "SELECT … FROM author AS t0 LEFT JOIN book AS t1 ON t1.author_id = t0.id GROUP BY t0.id
///      HAVING COUNT(t1.id) > $1"
/// );
/// ```
pub struct Fields<M: Model, R: Model = M, K: Cardinality = Own>(M::Fields<R, K>);

/// The path that accessors of fields begin at, with the types that [`Fields`] has.
#[doc(hidden)]
pub struct Path<R, K> {
    path: PathBuf,
    types: PhantomData<fn() -> (R, K)>,
}

impl<R, K> From<PathBuf> for Path<R, K> {
    fn from(path: PathBuf) -> Self {
        Path { path, types: PhantomData }
    }
}

impl<R, K> Deref for Path<R, K> {
    type Target = PathBuf;
    fn deref(&self) -> &PathBuf {
        &self.path
    }
}

/// The accessors of a model's fields, over a path. Implemented by the derive.
#[doc(hidden)]
pub trait Accessors {
    /// The model.
    type Model;
    /// The accessors at the end of a path.
    fn at(path: PathBuf) -> Self;
    /// The untyped path.
    fn path(&self) -> &PathBuf;
}

impl<M: Model, R: Model, K: Cardinality> Fields<M, R, K> {
    /// The fields of `M` at the end of an untyped path. For generated code and extensions.
    #[doc(hidden)]
    pub fn at(path: PathBuf) -> Self {
        Fields(Accessors::at(path))
    }

    /// The untyped path.
    pub(crate) fn path(&self) -> &PathBuf {
        self.0.path()
    }

    /// The untyped path.
    pub(crate) fn into_path(self) -> PathBuf {
        self.path().clone()
    }
}

impl<M: Model, R: Model, K: Cardinality> Deref for Fields<M, R, K> {
    type Target = M::Fields<R, K>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<M: Model, R: Model, K: Cardinality> Clone for Fields<M, R, K> {
    fn clone(&self) -> Self {
        Fields::at(self.path().clone())
    }
}

/// A closure over the paths of `M` that returns a `C`: what `filter`, `order_by`, `update` and the
/// others take.
///
/// It is another name of `FnOnce(&Fields<M>) -> C`, so that a text in its place is told apart.
#[diagnostic::on_unimplemented(
    message = "this takes a closure over the fields of `{M}`, `|x| …`, and not a `{Self}`",
    label = "expected a closure",
    note = "fields are methods of what the closure receives: `.filter(|b| b.title().eq(\"x\"))`, \
            `.order_by(|b| b.title().desc())`; names that are known at run time only go to \
            `filter_names` and `order_by_names`"
)]
pub trait OnFields<M: Model, C>: FnOnce(&Fields<M>) -> C {}
#[diagnostic::do_not_recommend]
impl<M: Model, C, F: FnOnce(&Fields<M>) -> C> OnFields<M, C> for F {}

/// A closure over two rows of `M`, the one that is there and the one that was refused.
#[diagnostic::on_unimplemented(
    message = "this takes a closure over two rows of `{M}`, and not a `{Self}`",
    label = "expected a closure: `|row, new| …`",
    note = "the row that is there, and the one that was to be inserted: \
            `.update_set(|row, new| row.copies().set(row.copies() + new.copies()))`"
)]
pub trait OnBothFields<M: Model, C>: FnOnce(&Fields<M>, &Fields<M>) -> C {}
#[diagnostic::do_not_recommend]
impl<M: Model, C, F: FnOnce(&Fields<M>, &Fields<M>) -> C> OnBothFields<M, C> for F {}
