//! Small parts of statements that expressions by path have as well.

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

/// The strength of a [`Lock`](super::Lock).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LockStrength {
    Update,
    NoKeyUpdate,
    Share,
    KeyShare,
}

/// What a [`Lock`](super::Lock) does with rows that are locked already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LockWait {
    Wait,
    NoWait,
    SkipLocked,
}

/// How rows stand in the text of a COPY.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CopyFormat {
    /// Comma-separated values: `1,"a ""b""",` where the last one is NULL.
    #[default]
    Csv,
    /// PostgreSQL's own: columns separated by tabs, `\N` for NULL, backslashes for what would
    /// disturb.
    Text,
}

/// The form of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExplainFormat {
    /// Text for people.
    #[default]
    Text,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// XML.
    Xml,
}

/// What EXPLAIN is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExplainOptions {
    /// `ANALYZE`: the statement runs, and what it took is said.
    pub analyze: bool,
    /// `VERBOSE`: what each step returns.
    pub verbose: bool,
    /// `BUFFERS`: which pages are read.
    pub buffers: bool,
    /// `SETTINGS`: what is set otherwise than by default.
    pub settings: bool,
    /// `WAL`: what is written for the log.
    pub wal: bool,
    /// `FORMAT`.
    pub format: ExplainFormat,
}
