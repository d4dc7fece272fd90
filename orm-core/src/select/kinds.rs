//! What a variant of an enum of kinds is selected as.

use super::{Selection, Selects};
use crate::column::{Choices, Column};
use crate::ir::Node;
use crate::model::{Model, ModelFields, OfKind, ToOne};
use crate::row::{Decoded, Reader, RowDecoder};
use std::marker::PhantomData;

/// Reads what a variant holds, where the row is of its kind.
pub struct KindDecoder<S, C> {
    kind: C,
    holds: PhantomData<fn() -> S>,
}

#[diagnostic::do_not_recommend]
impl<S: ModelFields, C: Choices + Column, R: Model, K: ToOne> Selects<R> for OfKind<S, C, R, K> {
    type Out = Option<S>;
    type Decoder = KindDecoder<S, C>;
    fn selects(self, into: &mut Selection<'_>) -> KindDecoder<S, C> {
        for (path, field) in self.columns() {
            into.node(Node::Column { path: path.clone(), field }, field.sql_type);
        }
        KindDecoder { kind: self.kind, holds: PhantomData }
    }
}

impl<S: ModelFields, C: Choices + Column> RowDecoder for KindDecoder<S, C> {
    type Out = Option<S>;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<Option<S>> {
        let kind = match reader.peek(0) {
            Some(_) => Some(reader.column::<C>()?.place()),
            None => {
                reader.skip(1);
                None
            }
        };
        if kind == Some(self.kind.place()) {
            return S::decode(reader).map(Some);
        }
        reader.skip(S::WIDTH);
        Ok(None)
    }
}
