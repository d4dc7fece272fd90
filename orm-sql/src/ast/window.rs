//! Windows, and what rows are grouped by.

use super::{Expr, Key, Order};

/// A function over a window: `… OVER (…)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window<'a> {
    /// The function, or an aggregate.
    pub function: Expr<'a>,
    /// The window.
    pub over: Over<'a>,
}

/// Which window a function is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Over<'a> {
    /// One that the SELECT names: `OVER w0`, by its place.
    Named(u16),
    /// One of its own.
    Spec(WindowSpec<'a>),
}

/// A window. Those of a SELECT's `WINDOW` are called `w0`, `w1`, … by their places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowSpec<'a> {
    /// `PARTITION BY`.
    pub partition: &'a [Expr<'a>],
    /// `ORDER BY`.
    pub order: &'a [Order<'a>],
    /// Which rows around the current one.
    pub frame: Option<WindowFrame>,
}

/// The rows of a window around the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowFrame {
    /// What is counted.
    pub unit: FrameUnit,
    /// The first row.
    pub start: FrameEnd,
    /// The last row.
    pub end: FrameEnd,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum FrameEnd {
    UnboundedPreceding,
    Preceding(u32),
    CurrentRow,
    Following(u32),
    UnboundedFollowing,
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
