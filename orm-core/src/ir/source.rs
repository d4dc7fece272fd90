//! Where the rows of a query come from.

use super::{ModelMeta, Node, PathBuf, Query};
use orm_sql::ast::Combinator;
use orm_sql::ident::RawSql;

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
