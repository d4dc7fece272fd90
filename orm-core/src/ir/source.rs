//! Where the rows of a query come from.

use super::{ModelMeta, Node, PathBuf, Query};
use orm_sql::ast::Combinator;

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
    Raw(Box<Node>, &'static ModelMeta),
}
