//! Resolved statements as plain values: tables have numbers, values have slots, joins have kinds.
//!
//! The passes in `orm_core::query` build them in an arena, [`crate::sql`] writes them. They know
//! neither models nor the text that becomes of them. Everything here is `Copy`, so that one
//! expression can stand in the select list, in GROUP BY and in ORDER BY and is the same text,
//! with the same parameters, in all of them.

mod number;
mod statement;
mod syntax;
mod template;
mod walk;
mod window;

pub use number::number;
pub use statement::{
    Body, Command, Conflict, Cte, CteColumns, Cycle, Delete, Insert, Rows, Search, Statement,
    Target, Update,
};
pub use syntax::{
    Combinator, CopyFormat, ExplainFormat, ExplainOptions, LockStrength, LockWait, NullsOrder,
};
pub use template::{
    ALL, ALL_OF_ROWS, ANY, ANY_AS_TEXT, ANY_OF_ROWS, ARRAY_OF_ROWS, DEFAULT, DEFAULT_ZONE,
    GROUPING, Nulls, ONE, OverNothing, Template, UNACCENT, UNNEST,
};
pub use window::{
    FrameEnd, FrameExclusion, FrameOffset, FrameUnit, Group, Window, WindowFrame, WindowSpec,
};

use crate::value::SqlType;

/// A table of a statement, by its place in [`Tables`].
pub type TableId = u16;

/// A SELECT of a statement, as the tables that it reads from name it.
pub type FrameId = u16;

/// A value of a statement, by its place among the values.
pub type Slot = u16;

/// All tables of a statement, those of nested queries included, in the order of their joins.
pub type Tables<'a> = &'a [Table<'a>];

/// A table as one SELECT reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Table<'a> {
    /// The SELECT that reads it.
    pub frame: FrameId,
    /// Where its rows come from.
    pub source: From<'a>,
    /// How it is joined; `None` for the first of its SELECT.
    pub join: Option<Join<'a>>,
    /// How columns name it; `None` where nothing needs it, so that it is not joined at all.
    pub label: Option<Label>,
    /// It is a part of another table's rows, and not read from by itself.
    pub part: bool,
    /// Names of its columns, where it gives them others: `AS new ("a", "b")`.
    pub columns: &'a [&'static str],
    /// `LATERAL`: it may read from the tables before it.
    pub lateral: bool,
}

impl Table<'_> {
    /// True where the join can leave the columns NULL.
    pub fn is_outer(&self) -> bool {
        self.join.is_some_and(|join| join.kind == JoinKind::Left)
    }
}

/// What columns are prefixed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// `t3`
    Number(u16),
    /// A name of ours: `old`, and `EXCLUDED` for the row that an INSERT could not insert.
    Name(&'static str),
    /// A name that FROM gives it, but that columns need not say.
    Silent(&'static str),
    /// Nothing: its table is the only one.
    Bare,
}

/// Where the rows of a [`Table`] come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum From<'a> {
    /// A table of the database.
    Table {
        /// Its schema, where one is named.
        schema: Option<&'static str>,
        /// Its name.
        name: &'static str,
    },
    /// Another query's rows; the columns are `c0`, `c1`, ….
    Query(&'a Body<'a>),
    /// SQL text of the user's own.
    Raw(&'a Expr<'a>),
    /// Values that travel as an array for each column, with the arrays' types; the columns are
    /// `c0`, `c1`, ….
    Unnest(&'a [(Slot, SqlType)]),
    /// `VALUES (…), (…)`.
    Values(&'a [&'a [Expr<'a>]]),
    /// A function that gives rows.
    Function(&'a Expr<'a>),
    /// A statement of WITH, by its place.
    Cte(u16),
}

/// A join.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Join<'a> {
    /// Inner or left.
    pub kind: JoinKind,
    /// Which rows belong together.
    pub on: On<'a>,
}

/// The condition of a [`Join`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum On<'a> {
    /// Columns of tables joined before equal columns of this table, which are given by name.
    Columns(&'a [(Column, &'static str)]),
    /// The same, and a condition.
    Both(&'a [(Column, &'static str)], &'a Expr<'a>),
    /// Any condition.
    Expr(&'a Expr<'a>),
}

impl<'a> On<'a> {
    /// The pairs of equal columns; none where it is another condition.
    pub fn columns(self) -> &'a [(Column, &'static str)] {
        match self {
            On::Columns(pairs) | On::Both(pairs, _) => pairs,
            On::Expr(_) => &[],
        }
    }
}

/// The kind of a [`Join`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum JoinKind {
    Inner,
    Left,
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// The table.
    pub table: TableId,
    /// The column's name there.
    pub name: Name,
    /// The column itself can hold NULL.
    pub null: bool,
    /// Its type.
    pub sql_type: SqlType,
}

impl Column {
    /// True for the same column of the same table.
    pub fn is(&self, other: &Column) -> bool {
        self.table == other.table && self.name == other.name
    }
}

/// The name of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// As the database knows it.
    Known(&'static str),
    /// `c3`: a column of a nested query, by its place.
    Output(u16),
}

/// An expression or a condition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expr<'a> {
    /// A column.
    Column(Column),
    /// Several expressions compared as one: `(a, b)`.
    Row(&'a [Expr<'a>]),
    /// A value.
    Param(Slot),
    /// A constant condition.
    Bool(bool),
    /// Conditions under one connective; at least two.
    Junction(Connective, &'a [Expr<'a>]),
    /// `NOT (…)`.
    Not(&'a Expr<'a>),
    /// `… AND column IS NOT NULL` for those of the columns that can be NULL: what a negated
    /// comparison needs, so that NULL counts as different.
    Guarded(&'a Expr<'a>, &'a [Column]),
    /// `… IS TRUE`: what a negated condition needs that can be NULL in other ways. With columns, only
    /// where one of them can be NULL.
    IsTrue(&'a Expr<'a>, &'a [Column]),
    /// An operator between two operands.
    Binary(&'static str, &'a [Expr<'a>; 2]),
    /// `IS NULL`, or `IS NOT NULL` when false.
    IsNull(&'a Expr<'a>, bool),
    /// A function, an operator or any other form.
    Template(&'static Template, &'a [Expr<'a>]),
    /// `CAST(… AS type)`.
    Cast(&'a Expr<'a>, SqlType),
    /// `…::type`, the same of a column.
    Typed(&'a Expr<'a>, SqlType),
    /// `… COLLATE "name"`.
    Collate(&'a Expr<'a>, &'a str),
    /// An aggregate.
    Aggregate(&'a Aggregate<'a>),
    /// A function over a window.
    Window(&'a Window<'a>),
    /// `CASE`.
    Case(&'a Case<'a>),
    /// `EXISTS (…)`.
    Exists(&'a Body<'a>),
    /// `(…)` as a scalar.
    Subquery(&'a Body<'a>),
    /// `… IN (…)`.
    InQuery(&'a Expr<'a>, &'a Body<'a>),
    /// SQL text of the user's own.
    Raw(&'a str, &'a [Expr<'a>]),
}

/// What joins conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Connective {
    And,
    Or,
    /// An odd number of them.
    Xor,
}

/// An aggregate function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aggregate<'a> {
    /// The function around its arguments.
    pub function: &'static Template,
    /// The arguments.
    pub args: &'a [Expr<'a>],
    /// `DISTINCT`.
    pub distinct: bool,
    /// `FILTER (WHERE …)`.
    pub filter: Option<Expr<'a>>,
    /// `ORDER BY`.
    pub order: &'a [Order<'a>],
    /// `COALESCE(…, default)`.
    pub default: Option<Expr<'a>>,
}

/// `CASE WHEN … THEN … ELSE … END`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case<'a> {
    /// Conditions and results.
    pub branches: &'a [(Expr<'a>, Expr<'a>)],
    /// The result where no condition holds.
    pub otherwise: Option<Expr<'a>>,
}

/// A set operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Combined<'a> {
    /// Which one.
    pub op: Combinator,
    /// The queries.
    pub parts: &'a [Body<'a>],
    /// `ORDER BY` places.
    pub order: &'a [Order<'a>],
    /// `LIMIT`.
    pub limit: Option<Bound>,
    /// `OFFSET`.
    pub offset: Option<Bound>,
}

/// A SELECT.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Select<'a> {
    /// Which tables it reads from.
    pub frame: FrameId,
    /// `DISTINCT`.
    pub distinct: Distinct<'a>,
    /// The select list; nothing for `SELECT 1`.
    pub items: &'a [Expr<'a>],
    /// What its columns are called.
    pub names: Names<'a>,
    /// `WHERE`; true for none.
    pub filter: Expr<'a>,
    /// `GROUP BY`.
    pub group: &'a [Group<'a>],
    /// `HAVING`; true for none.
    pub having: Expr<'a>,
    /// `WINDOW`: those that stand at several places.
    pub windows: &'a [WindowSpec<'a>],
    /// `ORDER BY`.
    pub order: &'a [Order<'a>],
    /// `LIMIT`.
    pub limit: Option<Bound>,
    /// `OFFSET`.
    pub offset: Option<Bound>,
    /// `FOR UPDATE` and its relatives.
    pub lock: Option<Lock<'a>>,
}

/// What the columns of a [`Select`] are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names<'a> {
    /// Whatever the server calls them.
    Any,
    /// `c0`, `c1`, …, by their places.
    Places,
    /// By these names, one for each item.
    Given(&'a [&'static str]),
}

/// `DISTINCT` of a [`Select`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Distinct<'a> {
    No,
    Rows,
    On(&'a [Expr<'a>]),
}

/// What rows are grouped or ordered by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Key<'a> {
    /// An expression.
    Expr(Expr<'a>),
    /// A selected item by its place, from 1.
    Place(u16),
}

/// One item of an ordering.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order<'a> {
    /// What to order by.
    pub key: Key<'a>,
    /// Descending.
    pub desc: bool,
    /// Where NULLs go, if it is said.
    pub nulls: Option<NullsOrder>,
}

/// The number of a LIMIT or OFFSET.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Written out: part of the text.
    Fixed(u64),
    /// A value.
    Slot(Slot),
}

/// A row lock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lock<'a> {
    /// How strong.
    pub strength: LockStrength,
    /// What to do with rows that are locked already.
    pub wait: LockWait,
    /// The tables whose rows are locked; none for all.
    pub of: &'a [TableId],
}
