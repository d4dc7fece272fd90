//! Assignments: what `update` writes.

use super::arithmetic::Never;
use super::{Expr, IntoExpr};
use crate::column::{Column, NotNull, Null};
use crate::ir::{FieldMeta, KeyParts, Node};
use crate::model::{InKind, Own};
use smallvec::smallvec;
use std::marker::PhantomData;

/// A column and its new value; several of them for a key of several columns.
#[must_use = "an assignment is returned from the closure: several of them as a tuple"]
pub struct Assignment<R> {
    columns: KeyParts,
    types: PhantomData<fn() -> R>,
}

impl<R> Assignment<R> {
    /// An assignment to a field; what generated code calls for relations.
    pub fn new(field: &'static FieldMeta, value: Node) -> Self {
        Assignment { columns: smallvec![(field, value)], types: PhantomData }
    }

    /// An assignment to several columns.
    pub(crate) fn of_columns(columns: impl Iterator<Item = (&'static FieldMeta, Node)>) -> Self {
        Assignment { columns: columns.collect(), types: PhantomData }
    }

    /// An assignment to the columns of a key.
    pub(crate) fn of_key(fields: &'static [FieldMeta], key: Node) -> Self {
        Assignment { columns: key.into_parts(fields), types: PhantomData }
    }
}

/// Columns of the row itself: the only ones that can be assigned to.
#[diagnostic::on_unimplemented(
    message = "`set` works on the model's own columns, and this one is reached through a relation",
    label = "a column of another row",
    note = "update the other model's query set instead"
)]
pub trait IsOwn {}
#[diagnostic::do_not_recommend]
impl IsOwn for Own {}
#[diagnostic::do_not_recommend]
impl IsOwn for InKind {}

/// Whether a column can be NULL, and whether its value can: everything fits but NULL into NOT NULL.
#[diagnostic::on_unimplemented(
    message = "this column cannot be NULL, and the value can be: give another in place of NULL, by `coalesce((value, …))` or `unwrap_or(…)`",
    label = "may be NULL",
    note = "or make the column an `Option`"
)]
pub trait FitsNull {}

/// [`FitsNull`], as a bound with a shorter message.
#[diagnostic::on_unimplemented(
    message = "this column cannot be NULL, and the value can be: give another in place of NULL, by `coalesce((value, …))` or `unwrap_or(…)`",
    label = "may be NULL",
    note = "or make the column an `Option`"
)]
pub trait NullFits {}
impl<P: FitsNull> NullFits for P {}

/// What a column that holds `T` can be set to: what can be compared with it, and is not NULL where
/// the column cannot be.
pub trait IntoColumn<T: Column, R> {
    /// What it is about. Bounds that name it have shorter messages.
    #[doc(hidden)]
    type Of;
    /// The untyped expression.
    fn into_column(self) -> Node;
}

impl<T: Column, R, V: IntoExpr<T::Inner, R>> IntoColumn<T, R> for V
where
    (T::Null, V::Null): FitsNull,
{
    type Of = R;
    fn into_column(self) -> Node {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<C> FitsNull for (C, NotNull) {}
#[diagnostic::do_not_recommend]
impl FitsNull for (Null, Null) {}
// With one implementation for columns of NOT NULL, a value would have to be what it is for, and the
// sentence would be one of the compiler's.
#[diagnostic::do_not_recommend]
impl FitsNull for (NotNull, Never) {}

impl<R, T: Column, K> Expr<R, T, K> {
    /// Assigns a value or an expression.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().update(&db, |b| b.pages().set(b.pages() + 1)).await?;
    /// assert_sent!(db, "UPDATE book AS t0 SET pages = (t0.pages + $1)");
    /// # Ok(()) })
    /// ```
    pub fn set<V: IntoColumn<T, R>>(&self, value: V) -> Assignment<R>
    where
        K: IsOwn,
        V::Of: Sized,
    {
        // `IsOwn` holds for plain columns only, and those are made from fields.
        let field = match self.node() {
            Node::Column { field, .. } => field,
            _ => &crate::ir::NO_FIELD,
        };
        Assignment::new(field, value.into_column())
    }
}

/// What `update` takes: one assignment, a tuple or a list.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an assignment to columns of `{R}`",
    label = "expected `.set(…)`, or a tuple of them",
    note = "assign with `|b| b.pages().set(1)` or `|b| (b.pages().set(1), b.name().set(\"x\"))`"
)]
pub trait Assignments<R> {
    /// What it is about: the model, once more. Bounds that name it have shorter messages.
    #[doc(hidden)]
    type Of;
    /// Adds the assignments to a list.
    fn add_to(self, list: &mut Vec<(&'static FieldMeta, Node)>);
}

impl<R, X: AsAssignments<R>> Assignments<R> for X {
    type Of = R;
    fn add_to(self, list: &mut Vec<(&'static FieldMeta, Node)>) {
        self.add_assignments(list);
    }
}

/// What [`Assignments`] is implemented for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an assignment to columns of `{R}`",
    label = "expected `.set(…)`, or a tuple of them",
    note = "assign with `|b| b.pages().set(1)` or `|b| (b.pages().set(1), b.name().set(\"x\"))`"
)]
#[doc(hidden)]
pub trait AsAssignments<R> {
    /// Adds the assignments to a list.
    fn add_assignments(self, list: &mut Vec<(&'static FieldMeta, Node)>);
}

#[diagnostic::do_not_recommend]
impl<R> AsAssignments<R> for Assignment<R> {
    fn add_assignments(self, list: &mut Vec<(&'static FieldMeta, Node)>) {
        list.extend(self.columns);
    }
}

#[diagnostic::do_not_recommend]
impl<R, X: Assignments<R>, const N: usize> AsAssignments<R> for [X; N] {
    fn add_assignments(self, list: &mut Vec<(&'static FieldMeta, Node)>) {
        for assignment in self {
            assignment.add_to(list);
        }
    }
}

#[diagnostic::do_not_recommend]
impl<R, X: Assignments<R>> AsAssignments<R> for Vec<X> {
    fn add_assignments(self, list: &mut Vec<(&'static FieldMeta, Node)>) {
        for assignment in self {
            assignment.add_to(list);
        }
    }
}

macro_rules! tuple_assignments {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
impl<R, $($t: Assignments<R>),*> AsAssignments<R> for ($($t,)*) {
            #[allow(non_snake_case)]
            fn add_assignments(self, list: &mut Vec<(&'static FieldMeta, Node)>) {
                let ($($t,)*) = self;
                $($t.add_to(list);)*
            }
        }
    };
}
tuples!(tuple_assignments);
