//! The runtime half of what `#[derive(ModelFields)]` writes.

use crate::column::Column;
use crate::expr::{AsExpr, Condition, IntoExpr, Orderings};
use crate::ir::{CheckMeta, Node, OrderNode, PathBuf, Scope, TextBuffer};
use crate::model::{Model, ModelFields, Own, Place};
use std::marker::PhantomData;

/// The paths of a struct in a model, without a query.
fn shared_paths<S: ModelFields, W: Place>() -> S::Paths<W::Model, Own> {
    S::at(&PathBuf::root(Scope::ANY, W::Model::meta()), W::flat())
}

/// The condition of a constraint or an index of a struct.
pub fn shared_condition<S: ModelFields, W: Place, C: Condition<W::Model>>(
    condition: impl FnOnce(&S::Paths<W::Model, Own>) -> C,
) -> Node {
    condition(&shared_paths::<S, W>()).into_condition()
}

/// The expression of an index of a struct.
pub fn shared_expression<S: ModelFields, W: Place, X: AsExpr<W::Model>>(
    expression: impl FnOnce(&S::Paths<W::Model, Own>) -> X,
) -> Node {
    expression(&shared_paths::<S, W>()).as_node()
}

/// The expression of a generated column of a struct.
pub fn shared_generated<S: ModelFields, W: Place, T: Column, X: IntoExpr<T::Inner, W::Model>>(
    expression: impl FnOnce(&S::Paths<W::Model, Own>) -> X,
) -> Node {
    expression(&shared_paths::<S, W>()).into_node()
}

/// The default ordering of a struct.
pub fn shared_ordering<S: ModelFields, W: Place, X: Orderings<W::Model>>(
    ordering: impl FnOnce(&S::Paths<W::Model, Own>) -> X,
) -> Vec<OrderNode> {
    let mut list = Vec::new();
    ordering(&shared_paths::<S, W>()).add_to(&mut list);
    list
}

/// The name of a check of all columns that a field has: those of an enum of kinds, or of a generic key.
struct NameOfCheck<W, const KINDS: bool>(PhantomData<W>);

impl<W: Place, const KINDS: bool> NameOfCheck<W, KINDS> {
    const PATTERN: &'static str = match (W::APP.is_empty(), KINDS) {
        (false, true) => "{app}_{model}_{field}_kind",
        (false, false) => "{app}_{model}_{field}_one",
        (true, true) => "{model}_{field}_kind",
        (true, false) => "{model}_{field}_one",
    };
    const BUFFER: &'static TextBuffer =
        &TextBuffer::of_field(Self::PATTERN, W::APP, W::MODEL, W::NAME);
}

/// Such a check, with a name where that is not too long for the server.
pub(super) const fn check_of_field<W: Place, const KINDS: bool>(
    condition: fn() -> Node,
) -> CheckMeta {
    let check = CheckMeta::new(condition);
    let name = NameOfCheck::<W, KINDS>::BUFFER.text();
    if name.len() < 64 { check.name(name) } else { check }
}
