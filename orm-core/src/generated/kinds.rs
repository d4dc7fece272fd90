//! The runtime half of what `#[derive(Kinds)]` writes.

use super::shared::check_of_field;
use crate::column::{Choices, Column, NotNull};
use crate::expr::{Assignment, Expr, Lookup};
use crate::ir::{CheckMeta, Comparison, FieldMeta, NO_FIELD, Node, PathBuf, Scope, SharedPart};
use crate::model::{Cardinality, Flat, Model, ModelFields, Place};
use crate::row::{DecodeError, Decoded, Reader, RowDecoder};
use crate::select::Selection;
use std::marker::PhantomData;
use std::ops::Deref;

/// What drafts have beside an enum of kinds, which is one field of theirs.
pub struct AlsoShared<N>(pub N);

impl<N> Deref for AlsoShared<N> {
    type Target = N;
    fn deref(&self) -> &N {
        &self.0
    }
}

/// Reads what a variant holds, from the place of its first column among `all` of the enum.
///
/// # Errors
///
/// When a cell holds something else than the variant says, or one of another variant holds anything.
pub fn read_kind<S: ModelFields>(
    reader: &mut Reader<'_>,
    kind: &'static str,
    first: usize,
    all: usize,
) -> Decoded<S> {
    no_kind(reader, kind, first.saturating_sub(1))?;
    let held = S::decode(reader).map_err(|mut error| {
        error.error = format!("in a row of the kind `{kind}`: {}", error.error).into();
        error
    })?;
    no_kind(reader, kind, all.saturating_sub(first + S::WIDTH))?;
    Ok(held)
}

/// Passes over the columns of other variants.
///
/// # Errors
///
/// When one of them holds anything.
pub fn no_kind(reader: &mut Reader<'_>, kind: &'static str, columns: usize) -> Decoded<()> {
    let filled = (0..columns).find(|ahead| reader.peek(*ahead).is_some());
    if let Some(ahead) = filled {
        let error = format!("a row of the kind `{kind}` has no value in this column").into();
        return Err(Box::new(DecodeError { column: reader.place() + ahead, error }));
    }
    reader.skip(columns);
    Ok(())
}

/// That a row is of a kind.
pub fn is_kind<R, C: Column, K: Cardinality>(
    column: &Expr<R, C, K>,
    kind: &C,
) -> Lookup<R, C, K, NotNull> {
    let value = Node::Value(kind.to_value(), C::SQL_TYPE);
    Expr::from_node(Node::compare(Comparison::Eq, column.node().clone(), value))
}

/// The check of the columns of an enum: those of the row's kind are there where they must be, and all others
/// are empty. `parts` are those of each variant, in order.
pub fn check_of_kinds<C: Choices + Column, W: Place>(parts: &[&[SharedPart]]) -> Node {
    let (path, fields) = (PathBuf::root(Scope::ANY, W::Model::meta()), W::flat().fields);
    let column = |field| Node::Column { path: path.clone(), field };
    let (type_of, columns) = fields.split_first().unwrap_or((&NO_FIELD, &[]));
    let mut required = Vec::new();
    for (variant, parts) in parts.iter().enumerate() {
        required_of(parts, variant, &mut required);
    }
    let kinds = C::ALL.iter().enumerate().map(|(variant, kind)| {
        let value = Node::Value(kind.to_value(), C::SQL_TYPE);
        let is = Node::compare(Comparison::Eq, column(type_of), value);
        columns.iter().zip(&required).fold(is, |all, (field, (of, required))| {
            match of == &variant {
                true if *required => all.and(column(field).is_null(false)),
                true => all,
                false => all.and(column(field).is_null(true)),
            }
        })
    });
    kinds.reduce(Node::or).unwrap_or(Node::Bool(true))
}

/// The check of the columns of an enum.
pub const fn kind_check<W: Place>(condition: fn() -> Node) -> CheckMeta {
    check_of_field::<W, true>(condition)
}

/// Of each column, the variant that has it, and whether that needs it.
fn required_of(parts: &[SharedPart], variant: usize, all: &mut Vec<(usize, bool)>) {
    for part in parts {
        match part {
            SharedPart::Fields(fields) => {
                all.extend(fields.iter().map(|field| (variant, !field.null)));
            }
            SharedPart::Nested(nested) => required_of(nested.parts, variant, all),
            SharedPart::Kind(nested) => {
                let first = all.len();
                required_of(nested.parts, variant, all);
                all.iter_mut().skip(first).for_each(|(_, required)| *required = false);
            }
        }
    }
}

/// Assigns all columns of a struct.
pub fn set_fields<R, S: ModelFields>(flat: Flat, value: &S) -> Assignment<R> {
    let columns = flat.fields.iter().take(S::WIDTH).enumerate();
    Assignment::of_columns(
        columns.map(|(place, field)| (field, Node::Value(value.value(place), field.sql_type))),
    )
}

/// Lists all columns of a struct.
pub fn columns_of<S: ModelFields>(flat: Flat, list: &mut Vec<&'static FieldMeta>) {
    list.extend(flat.fields.iter().take(S::WIDTH));
}

/// Selects all columns of a struct.
pub fn select_fields<S: ModelFields, K>(
    path: &PathBuf,
    flat: Flat,
    into: &mut Selection<'_>,
) -> FieldsDecoder<S, K> {
    for field in flat.fields.iter().take(S::WIDTH) {
        into.node(Node::Column { path: path.clone(), field }, field.sql_type);
    }
    FieldsDecoder(PhantomData)
}

/// Reads the fields of a struct at the end of a path of kind `K`.
pub struct FieldsDecoder<S, K>(PhantomData<fn() -> (S, K)>);

impl<S: ModelFields, K: Cardinality> RowDecoder for FieldsDecoder<S, K> {
    type Out = K::Wrap<S>;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<K::Wrap<S>> {
        K::decode_fields(reader)
    }
}
