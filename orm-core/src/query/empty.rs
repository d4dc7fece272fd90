//! Pass: see without SQL that a query has no rows.

use crate::ir::visit::{has_aggregate, spreads};
use crate::ir::{Comparison, Filter, Group, Members, Node, Query, Selected, Source, Terms};
use orm_sql::ast::Combinator;
use orm_sql::ast::OverNothing;
use orm_sql::value::SqlValue;

/// True when a query is known to have no rows: `none`, `in_` of an empty list, conditions that
/// cannot hold. Nothing needs to be asked then.
pub fn is_empty(query: &Query) -> bool {
    let totals = |selected: &Selected| match selected {
        Selected::Expr(node, _) => has_aggregate(node),
        Selected::Model(_) => false,
    };
    if query.limit == Some(0) {
        return true;
    }
    if query.group == Group::Values(0) && query.select.iter().any(totals) {
        return false;
    }
    // A total over all rows is there, also where there are none.
    query.none
        || query.sets.is_empty()
            && (query.filters.iter().any(is_never) || has_no_source(&query.source))
}

/// What an aggregate is over no rows, where that is known.
pub(crate) fn over_nothing(node: &Node) -> Option<SqlValue> {
    match node {
        Node::Aggregate(aggregate) => match &aggregate.default {
            Some(default) => over_nothing(default),
            None => match aggregate.function.over_nothing {
                OverNothing::Zero => Some(SqlValue::I64(0)),
                OverNothing::Null => Some(SqlValue::Null),
                OverNothing::Unknown => None,
            },
        },
        Node::Value(value, _) => Some(value.clone()),
        Node::Cast(inner, _) => over_nothing(inner).filter(SqlValue::is_null),
        Node::Template(template, args) if !template.hides_null() => args
            .iter()
            .any(|arg| over_nothing(arg) == Some(SqlValue::Null))
            .then_some(SqlValue::Null),
        _ => None,
    }
}

fn is_never(filter: &Filter) -> bool {
    constant(&filter.node) == Some(filter.negated)
}

fn has_no_source(source: &Source) -> bool {
    match source {
        Source::Model(_)
        | Source::Related(_)
        | Source::Cte(_)
        | Source::Function(..)
        | Source::Row(..)
        | Source::Raw(..) => false,
        Source::Nested(inner) => is_empty(inner),
        Source::Combined(op, parts) => match op {
            Combinator::Union | Combinator::UnionAll => parts.iter().all(is_empty),
            Combinator::Intersection => parts.iter().any(is_empty),
            Combinator::Difference => parts.first().is_some_and(is_empty),
        },
    }
}

/// What a condition is for every row, where that is known.
fn constant(node: &Node) -> Option<bool> {
    match node {
        Node::Bool(constant) => Some(*constant),
        Node::And(all) => decided(all, false),
        Node::Or(any) => decided(any, true),
        Node::Xor(odd) => odd.iter().try_fold(false, |parity, node| Some(parity ^ constant(node)?)),
        Node::Not(inner) => constant(inner).map(|constant| !constant),
        Node::In(_, members) => has_no_members(members).then_some(false),
        Node::Exists(query) => is_empty(query).then_some(false),
        Node::Compare(op, pair) => match &**pair {
            // Of a related row it is said only where there is one.
            [left, Node::Subquery(query)] if is_empty(query) => match op {
                Comparison::Ne => (!spreads(left)).then_some(true),
                _ => Some(false),
            },
            _ => None,
        },
        _ => None,
    }
}

/// The constant of conditions under a connective that one of them, or all of them, decide.
fn decided(nodes: &Terms, decisive: bool) -> Option<bool> {
    let mut all = true;
    for node in nodes.iter() {
        match constant(node) {
            Some(constant) if constant == decisive => return Some(decisive),
            Some(_) => {}
            None => all = false,
        }
    }
    all.then_some(!decisive)
}

fn has_no_members(members: &Members) -> bool {
    match members {
        Members::Values(values, _) => values.iter().all(SqlValue::is_null),
        Members::Array(..) => false,
        Members::Keys(keys) => keys.iter().all(|key| key.iter().any(SqlValue::is_null)),
        Members::Nodes(nodes) => {
            nodes.iter().all(|node| matches!(node, Node::Value(SqlValue::Null, _)))
        }
        Members::Query(query) => is_empty(query),
    }
}
