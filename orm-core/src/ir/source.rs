//! Where the rows of a query come from.

use super::{FieldMeta, ModelMeta, Node, PathBuf, Query, Scope, SelectList};
use orm_sql::ast::{Combinator, JoinKind};
use orm_sql::ident::RawSql;
use orm_sql::value::SqlType;
use std::sync::Arc;

/// Where the rows of a query come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A model's table.
    Model(&'static ModelMeta),
    /// The rows of a model that an outer query's path leads to: `a.books().objects()`.
    Related(PathBuf),
    /// Another query's rows, frozen: `.nested()`.
    Nested(Box<Query>),
    /// A set operation on other queries' rows.
    Combined(Combinator, Vec<Query>),
    /// The rows of a statement of WITH.
    Cte(CteRows),
    /// The rows of a function, with the types of their columns.
    Function(Box<Node>, Vec<SqlType>),
    /// One row of these values, one for each field of a model.
    Row(Vec<Node>, &'static ModelMeta),
    /// SQL text of the user's own, with the names of the columns that it must have.
    Raw(Box<RawRows>, &'static ModelMeta),
}

/// SQL text of the user's own that returns rows.
#[derive(Clone, Debug, PartialEq)]
pub struct RawRows {
    /// The statements of its WITH, where something of it writes.
    pub with: Option<RawSql>,
    /// That WITH is recursive.
    pub recursive: bool,
    /// What returns the rows.
    pub rows: RawSql,
    /// It writes, so that it cannot stand in parentheses.
    pub writes: bool,
    /// The parameters of both texts.
    pub params: Vec<Node>,
}

/// Rows that stand beside those of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinNode {
    /// What paths to its columns carry.
    pub scope: Scope,
    /// The rows.
    pub query: Query,
    /// Whether rows without one beside them stay.
    pub kind: JoinKind,
    /// Which rows belong together.
    pub on: Node,
    /// They are asked for again for each row, which they can refer to.
    pub lateral: bool,
}

/// A statement of WITH.
#[derive(Clone, Debug)]
pub struct Cte {
    /// Which one: the same one is written once.
    pub id: Scope,
    /// What the user calls it.
    pub name: String,
    /// What it does.
    pub body: CteBody,
    /// Whether it is worked out by itself; `None` where the server decides.
    pub materialized: Option<bool>,
}

/// What a statement of WITH does.
#[derive(Clone, Debug)]
pub enum CteBody {
    /// It selects rows.
    Select(Query),
    /// It selects rows, and others that follow from those, until there are no more.
    Recursive(Box<Recursion>),
    /// It changes the rows of a query, which are its own.
    Change(Query, Change),
    /// It inserts rows of a query.
    Insert(Box<InsertRows>),
}

/// Rows of a query that go into the table of a model.
#[derive(Clone, Debug)]
pub struct InsertRows {
    /// The model.
    pub model: &'static ModelMeta,
    /// The fields that they have values for.
    pub fields: Vec<&'static FieldMeta>,
    /// The rows: a column for each of these fields.
    pub rows: Query,
    /// Rows that a unique constraint does not allow are left out.
    pub ignore: bool,
    /// A query with the columns of the rows as they are inserted.
    pub inserted: Query,
}

/// A statement of WITH that reads from itself.
#[derive(Clone, Debug)]
pub struct Recursion {
    /// The first rows.
    pub first: Query,
    /// What follows from them.
    pub next: Query,
    /// Rows that were there already are left out.
    pub distinct: bool,
    /// In which order its rows are numbered, where that is asked for.
    pub search: Option<Search>,
    /// What tells a row that was passed already: that ends the way.
    pub cycle: Vec<usize>,
}

/// `SEARCH DEPTH FIRST BY …`, in a column behind the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// Siblings come after what follows from the first of them.
    pub depth_first: bool,
    /// The columns that siblings are ordered by, by their places.
    pub by: Vec<usize>,
}

/// How a statement of WITH changes rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// They are deleted.
    Delete,
    /// Columns are assigned to.
    Update(Vec<(&'static FieldMeta, Node)>),
}

/// The rows of a statement of WITH.
#[derive(Clone, Debug)]
pub enum CteRows {
    /// Of one that is complete.
    Of(Arc<Cte>),
    /// Of the one that this stands in, with what its first rows select.
    Itself(Scope, Box<Query>),
}

impl CteRows {
    /// A query with the same columns.
    pub fn rows(&self) -> &Query {
        match self {
            CteRows::Of(cte) => match &cte.body {
                CteBody::Select(query) | CteBody::Change(query, _) => query,
                CteBody::Recursive(recursion) => &recursion.first,
                CteBody::Insert(insert) => &insert.inserted,
            },
            CteRows::Itself(_, first) => first,
        }
    }

    /// Which statement it is.
    pub fn id(&self) -> Scope {
        match self {
            CteRows::Of(cte) => cte.id,
            CteRows::Itself(id, _) => *id,
        }
    }

    /// Its columns, as a scope that reads from it names them, without those that it adds.
    pub fn outputs(&self, scope: Scope) -> SelectList {
        self.rows().outputs(scope)
    }
}

/// The same statement is the same.
impl PartialEq for CteRows {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}
