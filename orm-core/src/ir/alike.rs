//! When two queries are the same.

use super::node::ChildMut;
use super::{Node, Query, Scope, Selected, Source};

/// Each closure that writes a subquery makes one of its own, with a scope of its own. What is
/// ordered by is what was annotated, though, where it is written alike: so the same query in another
/// scope is the same.
impl PartialEq for Query {
    fn eq(&self, other: &Query) -> bool {
        if self.scope == other.scope || !(self.also.is_empty() && other.also.is_empty()) {
            return self.parts() == other.parts();
        }
        let differ = self.filters.len() != other.filters.len()
            || self.select.len() != other.select.len()
            || self.model() != other.model();
        if differ {
            return false;
        }
        let mut other = other.clone();
        other.move_to(other.scope, self.scope);
        self.parts() == other.parts()
    }
}

impl Query {
    fn parts(&self) -> impl PartialEq + '_ {
        // Every field is named, so that a new one cannot be forgotten here.
        let Query { scope, source, filters, select, group, order, offset, limit, none, rare } =
            self;
        (scope, source, filters, select, group, order, offset, limit, none, rare)
    }

    /// Gives the paths of one scope another one.
    fn move_to(&mut self, from: Scope, to: Scope) {
        if self.scope == from {
            self.scope = to;
        }
        if let Source::Related(path) = &mut self.source {
            path.move_to(from, to);
        }
        for selected in &mut self.select {
            if let Selected::Model(path) = selected {
                path.move_to(from, to);
            }
        }
        for path in self.lock.iter_mut().flat_map(|lock| &mut lock.of) {
            path.move_to(from, to);
        }
        self.each_child_mut(&mut |child| child.move_to(from, to));
    }
}

impl ChildMut<'_> {
    fn move_to(self, from: Scope, to: Scope) {
        match self {
            ChildMut::Node(Node::Column { path, .. } | Node::Relation(path)) => {
                path.move_to(from, to);
            }
            ChildMut::Node(Node::Output(scope, _, _)) if *scope == from => *scope = to,
            ChildMut::Node(node) => node.each_child_mut(&mut |child| child.move_to(from, to)),
            ChildMut::Query(query) => query.move_to(from, to),
        }
    }
}
