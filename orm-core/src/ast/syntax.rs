//! Small parts of statements that expressions by path have as well.

/// Constant SQL around arguments: each `{}` takes the next one, `{*}` takes the rest, separated
/// by commas; `{0}` takes one by its place.
#[derive(Debug, PartialEq, Eq)]
pub struct Template {
    /// The text: `LOWER({})`.
    pub sql: &'static str,
    /// True where NULL goes in and something else can come out, as for `COALESCE`: the expression
    /// is then never taken for a plain column that is NULL or not.
    pub null_opaque: bool,
}

impl Template {
    /// A function or operator that gives NULL when an argument is NULL. It may give NULL for other
    /// reasons too, as a key that is missing from JSON does.
    pub const fn new(sql: &'static str) -> Self {
        Template { sql, null_opaque: false }
    }

    /// A function that can make something else of NULL.
    pub const fn opaque(sql: &'static str) -> Self {
        Template { sql, null_opaque: true }
    }
}

/// The time zone of moments without one of their own. Where an executor has another zone, that
/// takes this place.
pub static DEFAULT_ZONE: Template = Template::new("'UTC'");

/// Where NULLs go in an ordering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum NullsOrder {
    First,
    Last,
}

/// A set operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Combinator {
    Union,
    UnionAll,
    Intersection,
    Difference,
}

/// The strength of a [`Lock`](super::Lock)(super::Lock).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LockStrength {
    Update,
    NoKeyUpdate,
    Share,
    KeyShare,
}

/// What a [`Lock`] does with rows that are locked already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LockWait {
    Wait,
    NoWait,
    SkipLocked,
}
