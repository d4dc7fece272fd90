//! Seeing without SQL that a query has at most one row.

use crate::ir::{Comparison, Distinct, Filter, Node, PathBuf, Query, Selected, Source};
use orm_sql::value::SqlValue;

/// True where the only condition is that the primary key, or a unique field, of the query's own
/// model has a value, and nothing is joined that there can be more of. Other queries may have at
/// most one row as well.
pub(super) fn is_single(query: &Query) -> bool {
    let [Filter { node: Node::Compare(Comparison::Eq, pair), negated: false, .. }] =
        query.filters.as_slice()
    else {
        return false;
    };
    let plain = matches!(query.source, Source::Model(_)) && query.distinct == Distinct::No;
    let [left, right] = &**pair;
    plain && is_unique(left) && has_value(right) && query.select.iter().all(is_single_model)
}

fn is_unique(node: &Node) -> bool {
    match node {
        Node::Relation(path) => path.steps.is_empty(),
        Node::Column { path, field } => {
            let key = || path.root.single_key().is_some_and(|key| key == *field);
            path.steps.is_empty() && (field.unique || key())
        }
        _ => false,
    }
}

fn has_value(node: &Node) -> bool {
    match node {
        Node::Value(value, _) => *value != SqlValue::Null,
        Node::Row(values) => !values.contains(&SqlValue::Null),
        _ => false,
    }
}

fn is_single_model(selected: &Selected) -> bool {
    let to_one = |path: &PathBuf| !path.steps.iter().any(|step| step.is_many());
    matches!(selected, Selected::Model(path) if to_one(path))
}
