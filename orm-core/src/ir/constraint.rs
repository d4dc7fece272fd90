//! The metadata of constraints and indexes.

use super::{Node, OrderNode};
use orm_sql::schema::Deferrable;

/// A unique constraint (or, with an expression or a condition, a unique index).
#[derive(Debug, Clone, Copy)]
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
    /// When it is checked, if not at once.
    pub deferrable: Option<Deferrable>,
    /// The operator classes of the parts, in their order; empty for the default one.
    pub operator_classes: &'static [&'static str],
    /// What is said where it is violated.
    pub violation: Violation,
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
            deferrable: None,
            operator_classes: &[],
            violation: Violation::NONE,
            as_index: false,
        }
    }
}

says! { UniqueMeta {
    name(name: &'static str) => Some(name);
    condition(condition: fn() -> Node) => Some(condition);
    nulls_distinct(distinct: bool) => distinct;
    include(names: &'static [&'static str]) => names;
    deferrable(deferrable: Deferrable) => Some(deferrable);
    operator_classes(names: &'static [&'static str]) => names;
    violation(violation: Violation) => violation;
    as_index() => true;
} }

/// What validation says of a row that violates a constraint, where the model says it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Violation {
    /// The message.
    pub message: Option<&'static str>,
    /// The code.
    pub code: Option<&'static str>,
}

impl Violation {
    /// What is said of all constraints.
    pub const NONE: Violation = Violation { message: None, code: None };
}

/// An index.
#[derive(Debug, Clone, Copy)]
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
    /// The operator classes of the parts, in their order; empty for the default one.
    pub operator_classes: &'static [&'static str],
    /// Storage parameters with their values.
    pub storage: &'static [(&'static str, &'static str)],
    /// The tablespace.
    pub tablespace: Option<&'static str>,
}

impl IndexMeta {
    /// An index over these, with nothing else said about it.
    pub const fn new(parts: &'static [IndexPart]) -> Self {
        IndexMeta {
            name: None,
            parts,
            method: None,
            condition: None,
            include: &[],
            operator_classes: &[],
            storage: &[],
            tablespace: None,
        }
    }
}

says! { IndexMeta {
    name(name: &'static str) => Some(name);
    method(name: &'static str) => Some(name);
    condition(condition: fn() -> Node) => Some(condition);
    include(names: &'static [&'static str]) => names;
    operator_classes(names: &'static [&'static str]) => names;
    storage(parameters: &'static [(&'static str, &'static str)]) => parameters;
    tablespace(name: &'static str) => Some(name);
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
    /// An expression with its direction, and where NULL comes.
    Ordered(fn() -> Vec<OrderNode>),
}

impl IndexPart {
    /// A field by name, descending or not.
    pub const fn field(name: &'static str, desc: bool) -> Self {
        IndexPart::Field { name, desc }
    }
}

/// A check constraint.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CheckMeta {
    /// The name; `None` for a made one.
    pub name: Option<&'static str>,
    /// The condition.
    pub condition: fn() -> Node,
    /// What is said where it is violated.
    pub violation: Violation,
}

impl CheckMeta {
    /// A check with a made name.
    pub const fn new(condition: fn() -> Node) -> Self {
        CheckMeta { name: None, condition, violation: Violation::NONE }
    }
}

says! { CheckMeta {
    name(name: &'static str) => Some(name);
    violation(violation: Violation) => violation;
} }

/// An exclusion constraint: no two rows have parts that compare like this, all of them.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ExcludeMeta {
    /// The name; `None` for a made one.
    pub name: Option<&'static str>,
    /// The parts.
    pub parts: &'static [IndexPart],
    /// The operators, one for each part.
    pub operators: &'static [&'static str],
    /// The method of its index; `None` for `gist`.
    pub method: Option<&'static str>,
    /// Only rows where this holds.
    pub condition: Option<fn() -> Node>,
    /// Names of fields carried along.
    pub include: &'static [&'static str],
    /// When it is checked, if not at once.
    pub deferrable: Option<Deferrable>,
    /// The operator classes of the parts, in their order; empty for the default one.
    pub operator_classes: &'static [&'static str],
    /// What is said where it is violated.
    pub violation: Violation,
}

impl ExcludeMeta {
    /// An exclusion constraint over these, with nothing else said about it.
    pub const fn new(parts: &'static [IndexPart], operators: &'static [&'static str]) -> Self {
        ExcludeMeta {
            name: None,
            parts,
            operators,
            method: None,
            condition: None,
            include: &[],
            deferrable: None,
            operator_classes: &[],
            violation: Violation::NONE,
        }
    }
}

says! { ExcludeMeta {
    name(name: &'static str) => Some(name);
    method(name: &'static str) => Some(name);
    condition(condition: fn() -> Node) => Some(condition);
    include(names: &'static [&'static str]) => names;
    deferrable(deferrable: Deferrable) => Some(deferrable);
    operator_classes(names: &'static [&'static str]) => names;
    violation(violation: Violation) => violation;
} }
