//! Looking through nodes.

use super::{FieldMeta, Members, Node, PathBuf, Query, Selected, Step};

/// Shows every path of a condition that its own rows are joined by: not those of negations inside,
/// which have rows of their own, nor those of aggregates and other queries.
pub(crate) fn each_path<'n>(node: &'n Node, look: &mut dyn FnMut(&'n PathBuf)) {
    match node {
        Node::Column { path, .. } | Node::Relation(path) => look(path),
        Node::Not(inner) => {
            if let Node::Not(twice) = &**inner {
                each_path(twice, look);
            }
        }
        Node::Aggregate(_)
        | Node::Exists(_)
        | Node::Subquery(_)
        | Node::Outer(_)
        | Node::Value(..)
        | Node::Row(_)
        | Node::Bool(_)
        | Node::Output(..) => {}
        Node::And(all) | Node::Or(all) | Node::Xor(all) => each_of(all, look),
        Node::Template(_, args) | Node::Raw(_, args) => each_of(args, look),
        Node::Compare(_, pair) => each_of(&pair[..], look),
        Node::Between(three) => each_of(&three[..], look),
        Node::IsNull(one, _) | Node::Cast(one, _) | Node::Collate(one, _) => each_path(one, look),
        Node::In(one, members) => {
            each_path(one, look);
            if let Members::Nodes(nodes) = members {
                each_of(nodes, look);
            }
        }
        Node::Case(case) => {
            for (when, then) in &case.branches {
                each_path(when, look);
                each_path(then, look);
            }
            each_of(case.otherwise.as_slice(), look);
        }
    }
}

fn each_of<'n>(nodes: &'n [Node], look: &mut dyn FnMut(&'n PathBuf)) {
    for node in nodes {
        each_path(node, look);
    }
}

/// Shows every column of a row that an expression over it reads.
pub(crate) fn each_column(node: &Node, look: &mut dyn FnMut(&'static FieldMeta)) {
    let mut all = |nodes: &[Node]| nodes.iter().for_each(|node| each_column(node, look));
    match node {
        Node::Column { field, .. } => look(field),
        Node::Relation(path) => {
            let key = path.steps.first().and_then(Step::relation);
            let fields = path.root.fields.iter();
            fields.filter(|field| field.relation.is_some() && field.relation == key).for_each(look);
        }
        Node::And(nodes) | Node::Or(nodes) | Node::Xor(nodes) => all(nodes),
        Node::Template(_, nodes) | Node::Raw(_, nodes) => all(nodes),
        Node::Compare(_, pair) => all(&pair[..]),
        Node::Between(three) => all(&three[..]),
        Node::Not(one)
        | Node::IsNull(one, _)
        | Node::Cast(one, _)
        | Node::Collate(one, _)
        | Node::Outer(one) => each_column(one, look),
        Node::In(one, members) => {
            all(std::slice::from_ref(one));
            if let Members::Nodes(nodes) = members {
                all(nodes);
            }
        }
        Node::Case(case) => {
            for (when, then) in &case.branches {
                all(&[when.clone(), then.clone()]);
            }
            all(case.otherwise.as_slice());
        }
        Node::Aggregate(_)
        | Node::Exists(_)
        | Node::Subquery(_)
        | Node::Value(..)
        | Node::Row(_)
        | Node::Bool(_)
        | Node::Output(..) => {}
    }
}

/// True when a condition joins rows over a to-many relation.
pub(crate) fn is_over_many(node: &Node) -> bool {
    let mut many = false;
    each_path(node, &mut |path| many |= path.steps.iter().any(Step::is_many));
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
        Node::Column { .. }
        | Node::Relation(_)
        | Node::Exists(_)
        | Node::Subquery(_)
        | Node::Outer(_)
        | Node::Value(..)
        | Node::Row(_)
        | Node::Bool(_)
        | Node::Output(..) => false,
        Node::And(all) | Node::Or(all) | Node::Xor(all) => all.iter().any(has_aggregate),
        Node::Template(_, args) | Node::Raw(_, args) => args.iter().any(has_aggregate),
        Node::Compare(_, pair) => pair.iter().any(has_aggregate),
        Node::Between(three) => three.iter().any(has_aggregate),
        Node::Not(one) | Node::IsNull(one, _) | Node::Cast(one, _) | Node::Collate(one, _) => {
            has_aggregate(one)
        }
        Node::In(one, members) => {
            let listed =
                matches!(members, Members::Nodes(nodes) if nodes.iter().any(has_aggregate));
            listed || has_aggregate(one)
        }
        Node::Case(case) => {
            let branch = |(when, then): &(Node, Node)| has_aggregate(when) || has_aggregate(then);
            case.branches.iter().any(branch) || case.otherwise.iter().any(has_aggregate)
        }
    }
}

/// True when an aggregate stands inside of another one.
pub(crate) fn aggregates_twice(node: &Node) -> bool {
    match node {
        Node::Aggregate(aggregate) => {
            aggregate.args.iter().any(has_aggregate)
                || aggregate.filter.iter().any(has_aggregate)
                || aggregate.order.iter().any(|item| has_aggregate(&item.node))
        }
        Node::Template(_, args) | Node::Raw(_, args) => args.iter().any(aggregates_twice),
        Node::Cast(one, _) => aggregates_twice(one),
        Node::Case(case) => {
            let branch = |(_, then): &(Node, Node)| aggregates_twice(then);
            case.branches.iter().any(branch) || case.otherwise.iter().any(aggregates_twice)
        }
        _ => false,
    }
}
