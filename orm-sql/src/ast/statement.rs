//! Whole statements.

use super::{Combined, CopyFormat, ExplainOptions, Expr, FrameId, Select, TableId};

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
    /// Its name, where the user has given it one.
    pub name: Option<&'a str>,
    /// The names of its columns, where it does not have them already.
    pub columns: CteColumns<'a>,
    /// Whether it is worked out by itself; `None` where the server decides.
    pub materialized: Option<bool>,
    /// The statement.
    pub body: Body<'a>,
    /// In which order its rows are numbered.
    pub search: Option<Search<'a>>,
    /// What tells a row that was passed already.
    pub cycle: Option<Cycle<'a>>,
}

impl<'a> Cte<'a> {
    /// A statement with a name of ours.
    pub fn of(body: Body<'a>) -> Self {
        Cte {
            recursive: false,
            before: None,
            name: None,
            columns: CteColumns::Own,
            materialized: None,
            body,
            search: None,
            cycle: None,
        }
    }
}

/// The names of the columns of a [`Cte`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CteColumns<'a> {
    /// Those that it has.
    Own,
    /// These.
    Given(&'a [&'static str]),
    /// `c0`, `c1`, …: so many.
    Places(u16),
}

/// `SEARCH … FIRST BY … SET …`: columns by their places, and that of the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search<'a> {
    /// Depth first, and not breadth first.
    pub depth_first: bool,
    /// What siblings are ordered by.
    pub by: &'a [u16],
    /// The column of the number.
    pub set: u16,
}

/// `CYCLE … SET … USING …`: columns by their places, that of the mark, and that of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycle<'a> {
    /// What tells rows apart.
    pub by: &'a [u16],
    /// Whether the row was passed already.
    pub mark: u16,
    /// The way to it.
    pub path: u16,
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
    Explain(Statement<'a>, ExplainOptions),
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
