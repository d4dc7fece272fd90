//! The metadata of constraints and indexes.

use super::Node;

/// A unique constraint (or, with an expression or a condition, a unique index).
#[derive(Debug)]
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
}

/// An index.
#[derive(Debug)]
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

/// One part of an index.
#[derive(Debug, Clone, Copy)]
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

/// A check constraint.
#[derive(Debug)]
pub struct CheckMeta {
    /// The name; `None` for a made one.
    pub name: Option<&'static str>,
    /// The condition.
    pub condition: fn() -> Node,
}
