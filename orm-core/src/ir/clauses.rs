//! The conditions, the ordering and the other clauses of a query.

use super::visit::is_over_many;
use super::{Node, OrderNode, PathBuf, Step};
use orm_sql::ast::{LockStrength, LockWait};
use orm_sql::value::SqlValue;
use smallvec::SmallVec;

/// One call of `filter` or `exclude`.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// The condition.
    pub node: Node,
    /// The call was `exclude`.
    pub negated: bool,
    /// How many items were selected so far ([`Query::steps`](super::Query::steps)): annotations made later do not
    /// share its joins.
    pub after: usize,
    /// The next call shares the joins of this one: set by related sets over a many-to-many relation.
    pub sticky: bool,
    /// Whether it joins rows over to-many relations, where that is known without looking.
    pub joins: Option<bool>,
}

impl Filter {
    /// A call of `filter`.
    pub fn new(node: Node, after: usize) -> Self {
        Filter { node, negated: false, after, sticky: false, joins: None }
    }

    /// Whether it joins rows over to-many relations.
    pub fn joins(&self) -> bool {
        self.joins.unwrap_or_else(|| match (self.negated, &self.node) {
            (false, node) => is_over_many(node),
            // Beside others it is what it says twice.
            (true, Node::Not(twice)) => is_over_many(twice),
            (true, _) => false,
        })
    }
}

/// The calls of `filter` and `exclude`, in order. One is the rule.
pub type Filters = SmallVec<[Filter; 1]>;

/// The ordering of a query.
#[derive(Clone, Debug)]
pub struct Ordering {
    /// What `order_by` was given; `None` for the model's default.
    pub by: Option<Vec<OrderNode>>,
    /// `reverse` was called, an odd number of times.
    pub reversed: bool,
    /// The default, where it is not the model's: that of a proxy.
    pub default: Option<fn() -> Vec<OrderNode>>,
}

impl PartialEq for Ordering {
    fn eq(&self, other: &Self) -> bool {
        let default = |ordering: &Self| ordering.default.map(|by| by as usize);
        (&self.by, self.reversed, default(self)) == (&other.by, other.reversed, default(other))
    }
}

impl Ordering {
    /// An ordering that was asked for.
    pub(crate) fn by(order: Vec<OrderNode>) -> Self {
        Ordering { by: Some(order), reversed: false, default: None }
    }
}

/// `DISTINCT`.
#[derive(Clone, Debug, PartialEq)]
pub enum Distinct {
    /// All rows.
    No,
    /// Rows that differ.
    Rows,
    /// The first row of those that are equal in these.
    On(Vec<Node>),
}

/// The values of a key. One is the rule.
pub type KeyValues = SmallVec<[SqlValue; 1]>;

/// The relation and the instance that a related set hangs on.
#[derive(Clone, Debug, PartialEq)]
pub struct RelatedSet {
    /// From the instance to the rows.
    pub step: Step,
    /// The instance's key: the values that the relation refers to.
    pub key: KeyValues,
}

/// A row lock.
#[derive(Clone, Debug, PartialEq)]
pub struct Lock {
    /// How strong.
    pub strength: LockStrength,
    /// What to do with rows that are locked already.
    pub wait: LockWait,
    /// The relations whose rows are locked; none for all.
    pub of: Vec<PathBuf>,
}
