//! What rows are found by: columns of their own, or a condition.

use super::{Boolean, Expr};
use crate::column::Column;
use crate::error::{Error, Result};
use crate::model::{Computed, FieldMeta, ModelMeta, Own, Step};
use crate::node::Node;

/// What `on_conflict` and `update` of an insertion take: columns and keys of the model itself. A
/// condition too, where [`By`](Self::By) is [`ByCondition`]: `get_or_create` takes either.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name columns of `{R}` itself",
    label = "expected a column or key of `{R}` itself, or a tuple of them",
    note = "write `|b| b.name()` or `|b| (b.name(), b.author())`"
)]
pub trait FindBy<R> {
    /// [`ByFields`] or [`ByCondition`].
    type By;
    /// Adds the fields, or the condition.
    fn add_to(self, list: &mut Vec<Node>);
}

/// By columns of the row.
#[derive(Debug, Clone, Copy)]
pub struct ByFields;
/// By a condition.
#[derive(Debug, Clone, Copy)]
pub struct ByCondition;

/// Holds where rows are found by their columns.
#[diagnostic::on_unimplemented(
    message = "columns are asked for here, and this is a condition",
    label = "a condition",
    note = "name the columns: `|b| b.name()` or `|b| (b.name(), b.author())`"
)]
pub trait AreFields {}
impl AreFields for ByFields {}

/// How rows are found.
pub trait Finding {
    /// By columns.
    const FIELDS: bool;
}
impl Finding for ByFields {
    const FIELDS: bool = true;
}
impl Finding for ByCondition {
    const FIELDS: bool = false;
}

#[diagnostic::do_not_recommend]
impl<R, T: Column> FindBy<R> for Expr<R, T, Own> {
    type By = ByFields;
    fn add_to(self, list: &mut Vec<Node>) {
        list.push(self.into_node());
    }
}

#[diagnostic::do_not_recommend]
impl<R, T: Column> FindBy<R> for Expr<R, T, Computed>
where
    T::Inner: Boolean,
{
    type By = ByCondition;
    fn add_to(self, list: &mut Vec<Node>) {
        list.push(self.into_node());
    }
}

macro_rules! tuple_finds {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<R, $($t: FindBy<R, By: AreFields>),*> FindBy<R> for ($($t,)*) {
            type By = ByFields;
            #[allow(non_snake_case)]
            fn add_to(self, list: &mut Vec<Node>) {
                let ($($t,)*) = self;
                $($t.add_to(list);)*
            }
        }
    };
}
tuples!(tuple_finds);

/// The fields that columns and keys of a model name.
///
/// # Errors
///
/// [`Error::Usage`] for a column behind a relation, which types cannot tell from a key.
pub(crate) fn fields_of(
    model: &'static ModelMeta,
    nodes: &[Node],
    method: &str,
) -> Result<Vec<&'static FieldMeta>> {
    let fields = nodes.iter().map(|node| {
        own_field(model, node).ok_or_else(|| {
            Error::usage(format!(
                "`{method}` of `{}` takes columns and keys of the model itself, and one of these \
                 is reached through a relation",
                model.name
            ))
        })
    });
    fields.collect()
}

fn own_field(model: &'static ModelMeta, node: &Node) -> Option<&'static FieldMeta> {
    match node {
        Node::Column { path, field } if path.steps.is_empty() => Some(field),
        Node::Relation(path) => match path.steps.as_slice() {
            [Step::Forward(relation)] if !relation.column.is_empty() => {
                model.fields.iter().find(|field| field.column == relation.column)
            }
            _ => None,
        },
        _ => None,
    }
}
