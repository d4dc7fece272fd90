//! Windows, and what rows are grouped by.

use super::{Expr, Key, Order};

/// A function over a window: `… OVER (…)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window<'a> {
    /// The function, or an aggregate.
    pub function: Expr<'a>,
    /// The window.
    pub over: WindowSpec<'a>,
}

/// A window. One that a SELECT names in `WINDOW` is written there once, as `w0`, `w1`, … by its
/// place, and wherever it stands by that name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowSpec<'a> {
    /// `PARTITION BY`.
    pub partition: &'a [Expr<'a>],
    /// `ORDER BY`.
    pub order: &'a [Order<'a>],
    /// Which rows around the current one.
    pub frame: Option<WindowFrame<'a>>,
}

/// The rows of a window around the current one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowFrame<'a> {
    /// What is counted.
    pub unit: FrameUnit,
    /// The first row.
    pub start: FrameEnd<'a>,
    /// The last row.
    pub end: FrameEnd<'a>,
    /// Which of them are left out.
    pub without: Option<FrameExclusion>,
}

/// What a [`WindowFrame`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum FrameUnit {
    Rows,
    Range,
    Groups,
}

/// An end of a [`WindowFrame`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum FrameEnd<'a> {
    UnboundedPreceding,
    Preceding(FrameOffset<'a>),
    CurrentRow,
    Following(FrameOffset<'a>),
    UnboundedFollowing,
}

/// How far an end of a [`WindowFrame`] is from the current row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FrameOffset<'a> {
    /// So many rows or groups of them: part of the text.
    Rows(u64),
    /// So much less or more of what the rows are ordered by.
    Value(&'a Expr<'a>),
}

/// What a [`WindowFrame`] leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameExclusion {
    /// `EXCLUDE CURRENT ROW`.
    CurrentRow,
    /// `EXCLUDE GROUP`: the current row and those that are ordered like it.
    Group,
    /// `EXCLUDE TIES`: those that are ordered like it.
    Ties,
}

/// An item of GROUP BY.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Group<'a> {
    /// An expression, or a selected item by its place.
    Key(Key<'a>),
    /// `ROLLUP ((a), (b, c))`.
    Rollup(&'a [&'a [Key<'a>]]),
    /// `CUBE ((a), (b, c))`.
    Cube(&'a [&'a [Key<'a>]]),
    /// `GROUPING SETS ((a), ())`.
    Sets(&'a [&'a [Key<'a>]]),
}
