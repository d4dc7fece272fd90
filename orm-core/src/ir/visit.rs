//! Looking through nodes.

use super::{AggregateNode, Child, FieldMeta, Node, PathBuf, Query, Selected, Step, WindowNode};
use smallvec::SmallVec;

/// Shows every path of a condition that its own rows are joined by: not those of negations inside,
/// which have rows of their own, nor those of aggregates and of other queries, unless these refer to
/// it by `outer_ref`.
pub(crate) fn each_path<'n>(node: &'n Node, look: &mut dyn FnMut(&'n PathBuf)) {
    match node {
        Node::And(terms) | Node::Or(terms) | Node::Xor(terms) => {
            terms.iter().for_each(|term| each_path(term, look));
        }
        Node::Not(inner) => {
            if let Node::Not(twice) = &**inner {
                each_path(twice, look);
            }
        }
        value => each_joined(value, look),
    }
}

/// Shows every path that the rows of a value are joined by: also those of negations inside, which
/// are a part of it, as in `case`.
pub(crate) fn each_joined<'n>(node: &'n Node, look: &mut dyn FnMut(&'n PathBuf)) {
    match node {
        Node::Column { path, .. } | Node::Relation(path) => look(path),
        Node::Aggregate(_) | Node::Outer(_) => {}
        _ => node.each_child(&mut |child| match child {
            Child::Node(node) => each_joined(node, look),
            Child::Query(query) => each_outer(query, look),
        }),
    }
}

/// Shows every path of the queries around that a query reads by `outer_ref`: the rows are joined as
/// any other.
pub(crate) fn each_outer<'n>(query: &'n Query, look: &mut dyn FnMut(&'n PathBuf)) {
    each_outer_of(Child::Query(query), &mut SmallVec::new(), look);
}

/// `inside`: the queries in which it stands.
fn each_outer_of<'n>(
    child: Child<'n>,
    inside: &mut SmallVec<[&'n Query; 4]>,
    look: &mut dyn FnMut(&'n PathBuf),
) {
    match child {
        Child::Node(Node::Outer(inner)) => each_joined(inner, &mut |path| {
            if !inside.iter().any(|query| query.owns(path.scope)) {
                look(path);
            }
        }),
        Child::Node(node) => node.each_child(&mut |child| each_outer_of(child, inside, look)),
        Child::Query(query) => {
            inside.push(query);
            query.each_child(&mut |child| each_outer_of(child, inside, look));
            inside.pop();
        }
    }
}

/// Shows every column of a row that an expression over it reads.
pub(crate) fn each_column(node: &Node, look: &mut dyn FnMut(&'static FieldMeta)) {
    match node {
        Node::Column { field, .. } => look(field),
        Node::Relation(path) => {
            let key = path.steps.first().and_then(Step::relation);
            let fields = path.root.fields.iter();
            fields.filter(|field| field.relation.is_some() && field.relation == key).for_each(look);
        }
        Node::Aggregate(_) => {}
        _ => node.each_child(&mut |child| {
            if let Child::Node(node) = child {
                each_column(node, look);
            }
        }),
    }
}

/// True when a condition joins rows over a to-many relation.
pub(crate) fn is_over_many(node: &Node) -> bool {
    let mut many = false;
    each_path(node, &mut |path| many |= path.steps.iter().any(Step::is_many));
    many
}

/// True when a value, selected or ordered by, joins rows over a to-many relation.
pub(crate) fn spreads(node: &Node) -> bool {
    let mut many = false;
    each_joined(node, &mut |path| many |= path.steps.iter().any(Step::is_many));
    many
}

/// True when a query has an aggregate of its own, so that its rows are grouped.
pub fn is_grouped(query: &Query) -> bool {
    let selected = query.select.iter().any(|selected| match selected {
        Selected::Expr(node, _) => has_aggregate(node),
        Selected::Model(_) => false,
    });
    selected
        || !query.grouped.is_empty()
        || query.filters.iter().any(|filter| has_aggregate(&filter.node))
}

/// True when an aggregate of this query is part of an expression.
pub(crate) fn has_aggregate(node: &Node) -> bool {
    match node {
        Node::Aggregate(_) => true,
        Node::Outer(_) => false,
        Node::Window(window) => {
            let WindowNode { function, over } = &**window;
            // An aggregate over a window groups nothing.
            let inside = match function {
                Node::Aggregate(_) => function.any_child(&mut has_aggregate),
                function => has_aggregate(function),
            };
            inside
                || over.partition.iter().any(has_aggregate)
                || over.order.iter().any(|item| has_aggregate(&item.node))
        }
        _ => node.any_child(&mut has_aggregate),
    }
}

/// Shows every aggregate of this query that is part of an expression.
pub(crate) fn each_aggregate<'n>(node: &'n Node, look: &mut dyn FnMut(&'n AggregateNode)) {
    match node {
        Node::Aggregate(aggregate) => look(aggregate),
        Node::Outer(_) => {}
        Node::Window(window) => {
            let WindowNode { function, over } = &**window;
            match function {
                Node::Aggregate(_) => each_aggregate_inside(function, look),
                function => each_aggregate(function, look),
            }
            over.partition.iter().for_each(|node| each_aggregate(node, look));
            over.order.iter().for_each(|item| each_aggregate(&item.node, look));
        }
        _ => each_aggregate_inside(node, look),
    }
}

fn each_aggregate_inside<'n>(node: &'n Node, look: &mut dyn FnMut(&'n AggregateNode)) {
    node.each_child(&mut |child| {
        if let Child::Node(node) = child {
            each_aggregate(node, look);
        }
    });
}

/// True when a function over a window is part of an expression.
pub(crate) fn has_window(node: &Node) -> bool {
    match node {
        Node::Window(_) => true,
        Node::Outer(_) => false,
        _ => node.any_child(&mut has_window),
    }
}

/// True when an expression is part of another one.
pub(super) fn contains(node: &Node, part: &Node) -> bool {
    node == part || node.any_child(&mut |child| contains(child, part))
}

/// True when an aggregate stands inside of another one.
pub(crate) fn aggregates_twice(node: &Node) -> bool {
    match node {
        Node::Aggregate(aggregate) => {
            aggregate.args.iter().any(has_aggregate)
                || aggregate.filter.iter().any(has_aggregate)
                || aggregate.order.iter().any(|item| has_aggregate(&item.node))
        }
        Node::Outer(_) => false,
        _ => node.any_child(&mut aggregates_twice),
    }
}
