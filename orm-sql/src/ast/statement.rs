//! Whole statements.

use super::{Combined, CopyFormat, Expr, FrameId, Select, TableId};

/// A statement, with the statements that it names before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statement<'a> {
    /// `WITH`: they are called `d0`, `d1`, … by their places.
    pub with: &'a [Cte<'a>],
    /// The statement itself.
    pub body: &'a Body<'a>,
}

impl<'a> Statement<'a> {
    /// A statement that names no others.
    pub fn of(body: &'a Body<'a>) -> Self {
        Statement { with: &[], body }
    }
}

/// A statement with a name, in front of another one: `d0 (a, b) AS (…)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cte<'a> {
    /// It may read from itself.
    pub recursive: bool,
    /// Statements of the user's own that stand before it, with their names.
    pub before: Option<Expr<'a>>,
    /// The names of its columns, where it does not have them already.
    pub columns: &'a [&'static str],
    /// The statement.
    pub body: Body<'a>,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Body<'a> {
    Select(Select<'a>),
    Combined(Combined<'a>),
    Insert(Insert<'a>),
    Update(Update<'a>),
    Delete(Delete<'a>),
    /// SQL text of the user's own.
    Raw(Expr<'a>),
}

/// `INSERT`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Insert<'a> {
    /// Where the rows go.
    pub table: TableId,
    /// The columns that are given.
    pub columns: &'a [&'static str],
    /// The rows.
    pub rows: Rows<'a>,
    /// `ON CONFLICT`.
    pub conflict: Option<Conflict<'a>>,
    /// `RETURNING`; nothing for none.
    pub returning: &'a [Expr<'a>],
}

/// The rows of an [`Insert`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rows<'a> {
    /// `DEFAULT VALUES`: one row.
    Default,
    /// `VALUES (…), (…)`; [`super::DEFAULT`] may stand among them.
    Values(&'a [&'a [Expr<'a>]]),
    /// Those of a query.
    Query(&'a Body<'a>),
}

/// `ON CONFLICT`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Conflict<'a> {
    /// `DO NOTHING`, whatever is there twice or only for this.
    Nothing(Option<Target<'a>>),
    /// `DO UPDATE`.
    Update {
        /// What must not be there twice.
        target: Target<'a>,
        /// What is assigned.
        sets: &'a [(&'static str, Expr<'a>)],
        /// Only where this holds.
        filter: Expr<'a>,
    },
}

/// What must not be there twice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target<'a> {
    /// Columns with a unique index.
    Columns(&'a [&'static str]),
    /// A unique index over expressions, or over some of the rows.
    Index {
        /// What it is over.
        keys: &'a [Expr<'a>],
        /// Which rows; true for all.
        filter: Expr<'a>,
    },
    /// A constraint.
    Constraint(&'a str),
}

/// `UPDATE`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Update<'a> {
    /// Whose rows change.
    pub table: TableId,
    /// What is assigned; [`super::DEFAULT`] is possible.
    pub sets: &'a [(&'static str, Expr<'a>)],
    /// The tables that values are taken from where they are not the row's own.
    pub from: Option<FrameId>,
    /// `WHERE`; true for none.
    pub filter: Expr<'a>,
    /// `RETURNING`; nothing for none.
    pub returning: &'a [Expr<'a>],
}

/// `DELETE`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delete<'a> {
    /// Whose rows go.
    pub table: TableId,
    /// `WHERE`; true for none.
    pub filter: Expr<'a>,
    /// `RETURNING`; nothing for none.
    pub returning: &'a [Expr<'a>],
}

/// What the server is asked to do with a statement or with rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command<'a> {
    /// Run it.
    Run(Statement<'a>),
    /// `EXPLAIN`: say how it would be run.
    Explain(Statement<'a>),
    /// `COPY (…) TO STDOUT`: write its rows as text.
    CopyOut {
        /// The query.
        statement: Statement<'a>,
        /// How.
        format: CopyFormat,
        /// The names of the columns come first.
        header: bool,
    },
    /// `COPY … FROM STDIN`: take rows.
    CopyIn {
        /// The schema, where one is named.
        schema: Option<&'static str>,
        /// The table.
        table: &'static str,
        /// The columns that are given.
        columns: &'a [&'static str],
        /// In binary form.
        binary: bool,
    },
}
