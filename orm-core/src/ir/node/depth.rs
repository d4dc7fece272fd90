//! How deep expressions are nested, and where that ends.
//!
//! The passes that compile an expression call themselves for what is inside of it, and so do its
//! comparison, its clone and its drop. So that none of them runs out of stack, whatever the
//! program that puts the expression together does, one that is nested too deeply is given up for
//! [`Node::Failed`] when it is made: all that exists is shallow. Lists are not deep: a condition
//! of a hundred thousand terms under one connective is one level.

use super::{Child, Node};
use crate::ir::Query;

/// How many levels there may be. An unoptimized build takes some 4 KiB of stack for one; threads
/// have 2 MiB.
pub const DEEPEST: u32 = 200;

/// The levels of a query within an expression, beside the one of the expression: so much more stack
/// it takes.
const QUERY: u32 = 4;

pub(crate) const TOO_DEEP: &str = "an expression is nested more than 200 levels deep (a query in \
    it counts as five): put it together flat, by `Q::any_of`, `Q::all_of`, `in_` and one `case` of \
    many branches, or calculate a part of it before, by `annotate` and `nested`, or in Rust";

impl Node {
    /// How many levels of expressions there are, this one included.
    #[inline]
    pub(super) fn depth(&self) -> u32 {
        match self {
            Node::Column { .. } | Node::Value(..) | Node::Relation(_) => 1,
            Node::And(terms) | Node::Or(terms) | Node::Xor(terms) => terms.depth() + 1,
            // What most conditions are is not worth a look through a visitor.
            Node::Compare(_, pair) => match &**pair {
                [Node::Column { .. }, Node::Value(..)] => 2,
                [left, right] => left.depth_within().max(right.depth_within()) + 1,
            },
            other => other.depth_within(),
        }
    }

    /// [`depth`](Self::depth) of what must be looked through.
    fn depth_within(&self) -> u32 {
        if let Node::And(terms) | Node::Or(terms) | Node::Xor(terms) = self {
            return terms.depth() + 1;
        }
        let mut inside = 0;
        self.each_child(&mut |child| inside = inside.max(child.depth()));
        inside + 1
    }

    /// Becomes [`Node::Failed`] where it is nested too deeply.
    #[inline]
    pub fn bound(&mut self) {
        if self.depth() > DEEPEST {
            self.fail();
        }
    }

    #[cold]
    fn fail(&mut self) {
        *self = Node::Failed(TOO_DEEP);
    }
}

impl Child<'_> {
    fn depth(&self) -> u32 {
        match self {
            Child::Node(node) => node.depth(),
            Child::Query(query) => query.depth(),
        }
    }
}

impl Query {
    /// How many levels of expressions and queries there are, this query included.
    fn depth(&self) -> u32 {
        let mut inside = 0;
        self.each_child(&mut |child| inside = inside.max(child.depth()));
        inside + QUERY
    }

    /// True where nothing more can be put around the query.
    pub(crate) fn is_too_deep(&self) -> bool {
        self.depth() > DEEPEST
    }
}
