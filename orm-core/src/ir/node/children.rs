//! What stands inside of a node: the one place that knows it of all nodes.

use super::{AggregateNode, CaseNode, Members, Node, OrderNode, WindowNode};
use crate::ir::{Distinct, Query, Selected, Source};

/// Something inside of a node or of a query.
#[derive(Clone, Copy, Debug)]
pub enum Child<'n> {
    /// An expression over the same rows.
    Node(&'n Node),
    /// A query, which has rows of its own.
    Query(&'n Query),
}

impl Node {
    /// Shows what stands directly inside, in the order in which it is written.
    pub fn each_child<'n>(&'n self, look: &mut dyn FnMut(Child<'n>)) {
        match self {
            Node::Column { path: _, field: _ }
            | Node::Relation(_)
            | Node::Value(_, _)
            | Node::Row(_)
            | Node::Bool(_)
            | Node::Output(_, _)
            | Node::Failed(_) => {}
            Node::And(terms) | Node::Or(terms) | Node::Xor(terms) => nodes(terms.iter(), look),
            Node::Template(_, args) | Node::Raw(_, args) => nodes(args, look),
            Node::Compare(_, pair) => nodes(&pair[..], look),
            Node::Between(three) => nodes(&three[..], look),
            Node::Not(one)
            | Node::IsNull(one, _)
            | Node::Cast(one, _)
            | Node::Collate(one, _)
            | Node::Outer(one) => look(Child::Node(one)),
            Node::In(one, members) => {
                look(Child::Node(one));
                members.each_child(look);
            }
            Node::Aggregate(aggregate) => aggregate.each_child(look),
            Node::Window(window) => window.each_child(look),
            Node::Case(case) => case.each_child(look),
            Node::Exists(query) | Node::Subquery(query) => look(Child::Query(query)),
        }
    }

    /// True where this holds for one of the expressions directly inside.
    pub fn any_child(&self, test: &mut dyn FnMut(&Node) -> bool) -> bool {
        let mut found = false;
        self.each_child(&mut |child| {
            if let Child::Node(node) = child {
                found = found || test(node);
            }
        });
        found
    }
}

impl Members {
    fn each_child<'n>(&'n self, look: &mut dyn FnMut(Child<'n>)) {
        match self {
            Members::Values(_, _) | Members::Array(_, _) | Members::Keys(_) => {}
            Members::Nodes(list) => nodes(list, look),
            Members::Query(query) => look(Child::Query(query)),
        }
    }
}

impl AggregateNode {
    fn each_child<'n>(&'n self, look: &mut dyn FnMut(Child<'n>)) {
        let AggregateNode { function: _, args, distinct: _, filter, order, default } = self;
        nodes(args, look);
        nodes(filter, look);
        each_key(order, look);
        nodes(default, look);
    }
}

impl WindowNode {
    fn each_child<'n>(&'n self, look: &mut dyn FnMut(Child<'n>)) {
        let WindowNode { function, partition, order } = self;
        look(Child::Node(function));
        nodes(partition, look);
        each_key(order, look);
    }
}

impl CaseNode {
    fn each_child<'n>(&'n self, look: &mut dyn FnMut(Child<'n>)) {
        let CaseNode { branches, otherwise, sql_type: _ } = self;
        for (when, then) in branches {
            look(Child::Node(when));
            look(Child::Node(then));
        }
        nodes(otherwise, look);
    }
}

impl Query {
    /// Shows the expressions and queries of this query.
    pub(crate) fn each_child<'n>(&'n self, look: &mut dyn FnMut(Child<'n>)) {
        // Every field is named, so that a new one cannot be forgotten here.
        let Query {
            scope: _,
            also: _,
            source,
            filters,
            select,
            group: _,
            earlier,
            grouped,
            order,
            distinct,
            offset: _,
            limit: _,
            lock: _,
            related: _,
            zone: _,
            none: _,
            error: _,
        } = self;
        match source {
            Source::Model(_) | Source::Related(_) => {}
            Source::Nested(query) => look(Child::Query(query)),
            Source::Combined(_, queries) => {
                queries.iter().for_each(|query| look(Child::Query(query)));
            }
            Source::Row(values, _) => nodes(values, look),
            Source::Raw(raw, _) => nodes(&raw.params, look),
        }
        nodes(filters.iter().map(|filter| &filter.node), look);
        for selected in select {
            match selected {
                Selected::Model(_) => {}
                Selected::Expr(node, _) => look(Child::Node(node)),
            }
        }
        nodes(earlier, look);
        nodes(grouped, look);
        each_key(order.by.iter().flatten(), look);
        match distinct {
            Distinct::No | Distinct::Rows => {}
            Distinct::On(list) => nodes(list, look),
        }
    }
}

fn nodes<'n>(nodes: impl IntoIterator<Item = &'n Node>, look: &mut dyn FnMut(Child<'n>)) {
    nodes.into_iter().for_each(|node| look(Child::Node(node)));
}

fn each_key<'n>(order: impl IntoIterator<Item = &'n OrderNode>, look: &mut dyn FnMut(Child<'n>)) {
    for OrderNode { node, desc: _, nulls: _ } in order {
        look(Child::Node(node));
    }
}
