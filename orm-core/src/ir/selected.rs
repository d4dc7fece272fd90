//! What a query selects, and how its rows are grouped.

use super::{Node, PathBuf};
use orm_sql::value::SqlType;
use smallvec::SmallVec;

/// What is selected, in order. One item is the rule.
pub type SelectList = SmallVec<[Selected; 1]>;

/// One selected item.
#[derive(Clone, Debug, PartialEq)]
pub enum Selected {
    /// All columns of the model at the end of a path, in the order of its fields.
    Model(PathBuf),
    /// One expression.
    Expr(Node, SqlType),
}

impl Selected {
    /// How many cells it has.
    pub(crate) fn width(&self) -> usize {
        match self {
            Selected::Model(path) => path.target().width(),
            Selected::Expr(..) => 1,
        }
    }
}

/// Groups of groups: one after the other, each with a NULL in the columns that it is not by.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSets {
    /// Which of them there are.
    pub kind: SetsKind,
    /// The expressions, by what belongs together.
    pub sets: Vec<Vec<Node>>,
}

/// The kind of [`GroupSets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetsKind {
    /// `ROLLUP`: by all, by all but the last, …, by none.
    Rollup,
    /// `CUBE`: by any of them.
    Cube,
    /// `GROUPING SETS`: these.
    Sets,
}

/// How the rows of a query are grouped, once an aggregate is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// By what is selected and not an aggregate: for rows of models, by their keys.
    Rows,
    /// By the first items selected, as `values(x).annotate(aggregate)` asks.
    Values(usize),
}
