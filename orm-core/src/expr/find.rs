//! What a row is found by: columns of its own, or a condition.

use super::{Boolean, Columns, Expr};
use crate::column::Column;
use crate::ir::{FieldMeta, NO_FIELD, Node};
use crate::model::{Computed, Fields, Model, Own, OwnKey, ToOne};

/// What `get_or_create` and `update_or_create` find a row by: columns and keys of the model itself
/// that are unique together, or a condition.
#[diagnostic::on_unimplemented(
    message = "a row of `{R}` cannot be found by `{Self}`",
    label = "expected unique columns of `{R}`, or a condition",
    note = "name the columns that are unique, `|b| (b.name(), b.author())`, or write a condition: \
            `|b| b.name().iexact(\"x\")`"
)]
pub trait FindBy<R> {
    /// The untyped form.
    fn found(self) -> Found;
}

/// What a row is found by, without types.
#[derive(Clone, Debug)]
pub enum Found {
    /// Columns that are unique together.
    Columns(Vec<&'static FieldMeta>),
    /// A condition.
    Condition(Node),
}

impl From<&'static FieldMeta> for Found {
    fn from(field: &'static FieldMeta) -> Self {
        Found::Columns(vec![field])
    }
}

#[diagnostic::do_not_recommend]
impl<R, T> FindBy<R> for Expr<R, T, Own> {
    fn found(self) -> Found {
        match self.into_node() {
            Node::Column { field, .. } => field.into(),
            _ => (&NO_FIELD).into(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<R, T: Column> FindBy<R> for Expr<R, T, Computed>
where
    T::Inner: Boolean,
{
    fn found(self) -> Found {
        Found::Condition(self.into_node())
    }
}

macro_rules! tuple_finds {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<R, $($t: Columns<R>),*> FindBy<R> for ($($t,)*) {
            fn found(self) -> Found {
                let mut list = Vec::new();
                Columns::add_to(self, &mut list);
                Found::Columns(list)
            }
        }
    };
}
tuples!(tuple_finds);

#[diagnostic::do_not_recommend]
impl<M: Model, R: Model, K: ToOne + OwnKey> FindBy<R> for Fields<M, R, K> {
    fn found(self) -> Found {
        Found::Columns(self.path().own_key().iter().collect())
    }
}
