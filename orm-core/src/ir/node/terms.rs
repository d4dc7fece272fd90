//! The conditions under one connective.

use super::Node;
use std::collections::VecDeque;
use std::fmt;

/// The conditions under AND, OR or XOR: one list, however they were put together, and how deep
/// they go, so that it need not be asked of each of them again.
#[derive(Clone, Default)]
pub struct Terms {
    list: VecDeque<Node>,
    depth: u32,
}

impl Terms {
    /// Two conditions, with room for the others of a chain.
    pub(super) fn pair(one: Node, other: Node) -> Self {
        let depth = one.depth().max(other.depth());
        let mut list = VecDeque::with_capacity(6);
        list.push_back(one);
        list.push_back(other);
        Terms { list, depth }
    }

    /// One more condition, behind the others.
    pub(super) fn push(&mut self, node: Node) {
        self.depth = self.depth.max(node.depth());
        self.list.push_back(node);
    }

    /// One more condition, before the others.
    pub(super) fn push_front(&mut self, node: Node) {
        self.depth = self.depth.max(node.depth());
        self.list.push_front(node);
    }

    /// These conditions and the others behind them. The shorter list is moved to the longer one,
    /// so that it does not matter in which order a long list is put together.
    pub(super) fn append(mut self, mut others: Terms) -> Terms {
        let depth = self.depth.max(others.depth);
        let list = if self.list.len() >= others.list.len() {
            self.list.append(&mut others.list);
            self.list
        } else {
            while let Some(node) = self.list.pop_back() {
                others.list.push_front(node);
            }
            others.list
        };
        Terms { list, depth }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// True where there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The conditions in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Node> + Clone {
        self.list.iter()
    }

    /// The conditions, to change what they refer to: not how deep they are.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Node> {
        self.list.iter_mut()
    }

    /// How deep the deepest of them is.
    pub(super) fn depth(&self) -> u32 {
        self.depth
    }
}

impl From<Vec<Node>> for Terms {
    fn from(nodes: Vec<Node>) -> Self {
        let depth = nodes.iter().map(Node::depth).max().unwrap_or_default();
        Terms { list: nodes.into(), depth }
    }
}

impl PartialEq for Terms {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.list.fmt(f)
    }
}
