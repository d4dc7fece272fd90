//! The metadata of constraints and indexes.

use super::Node;

/// A unique constraint (or, with an expression or a condition, a unique index).
#[derive(Debug)]
#[non_exhaustive]
pub struct UniqueMeta {
    /// The name, with `{app}` and `{model}` already filled in; `None` for a made one.
    pub name: Option<&'static str>,
    /// The parts.
    pub parts: &'static [IndexPart],
    /// A condition: a partial unique index.
    pub condition: Option<fn() -> Node>,
    /// `NULLS NOT DISTINCT` when false.
    pub nulls_distinct: bool,
    /// Names of fields carried along.
    pub include: &'static [&'static str],
    /// `DEFERRABLE INITIALLY DEFERRED`.
    pub deferrable: bool,
    /// A unique index, even where it could be a constraint.
    pub as_index: bool,
}

impl UniqueMeta {
    /// A unique constraint over these, with nothing else said about it.
    pub const fn new(parts: &'static [IndexPart]) -> Self {
        UniqueMeta {
            name: None,
            parts,
            condition: None,
            nulls_distinct: true,
            include: &[],
            deferrable: false,
            as_index: false,
        }
    }
}

says! { UniqueMeta {
    name(name: &'static str) => Some(name);
    condition(condition: fn() -> Node) => Some(condition);
    nulls_distinct(distinct: bool) => distinct;
    include(names: &'static [&'static str]) => names;
    deferrable() => true;
    as_index() => true;
} }

/// An index.
#[derive(Debug)]
#[non_exhaustive]
pub struct IndexMeta {
    /// The name; `None` for a made one.
    pub name: Option<&'static str>,
    /// The parts.
    pub parts: &'static [IndexPart],
    /// The method: `gin`, `gist`, `brin`, `hash`; `None` for `btree`.
    pub method: Option<&'static str>,
    /// A condition: a partial index.
    pub condition: Option<fn() -> Node>,
    /// Names of fields carried along.
    pub include: &'static [&'static str],
}

impl IndexMeta {
    /// An index over these, with nothing else said about it.
    pub const fn new(parts: &'static [IndexPart]) -> Self {
        IndexMeta { name: None, parts, method: None, condition: None, include: &[] }
    }
}

says! { IndexMeta {
    name(name: &'static str) => Some(name);
    method(name: &'static str) => Some(name);
    condition(condition: fn() -> Node) => Some(condition);
    include(names: &'static [&'static str]) => names;
} }

/// One part of an index.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum IndexPart {
    /// A field by name, descending or not.
    Field {
        /// The field's name.
        name: &'static str,
        /// Descending.
        desc: bool,
    },
    /// An expression.
    Expression(fn() -> Node),
}

impl IndexPart {
    /// A field by name, descending or not.
    pub const fn field(name: &'static str, desc: bool) -> Self {
        IndexPart::Field { name, desc }
    }
}

/// A check constraint.
#[derive(Debug)]
#[non_exhaustive]
pub struct CheckMeta {
    /// The name; `None` for a made one.
    pub name: Option<&'static str>,
    /// The condition.
    pub condition: fn() -> Node,
}

impl CheckMeta {
    /// A check with a made name.
    pub const fn new(condition: fn() -> Node) -> Self {
        CheckMeta { name: None, condition }
    }
}

says! { CheckMeta {
    name(name: &'static str) => Some(name);
} }
