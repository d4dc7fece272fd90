//! Seeing without SQL that a query has at most one row.

use crate::ir::{
    Comparison, Distinct, FieldMeta, Filter, IndexPart, ModelMeta, Node, PathBuf, Query, Selected,
    Source, Step, UniqueMeta, is_grouped,
};
use orm_sql::value::SqlValue;
use smallvec::SmallVec;

/// True where the only condition is that the primary key, or a unique field, of the query's own
/// model has a value, and nothing is joined that there can be more of. Other queries may have at
/// most one row as well.
pub(super) fn is_single(query: &Query) -> bool {
    let [Filter { node: Node::Compare(Comparison::Eq, pair), negated: false, .. }] =
        query.filters.as_slice()
    else {
        return false;
    };
    let plain = matches!(query.source, Source::Model(_))
        && query.joins.is_empty()
        && query.distinct == Distinct::No;
    let [left, right] = &**pair;
    plain && is_unique(left) && has_value(right) && query.select.iter().all(is_single_model)
}

/// True where a query that stands for a value is said to have one row at the most: by its limit, by
/// an aggregate, or by what identifies a row.
pub(super) fn has_one_row(query: &Query) -> bool {
    // An aggregate that is one of each row of the model says nothing of how many rows there are.
    let summed = is_grouped(query) && !query.groups_by_row();
    if query.limit.is_some_and(|limit| limit <= 1) || query.none || summed {
        return true;
    }
    if !query.joins.is_empty() {
        return false;
    }
    match &query.source {
        Source::Model(model) => is_identified(query, model),
        Source::Related(path) => {
            !path.steps.iter().any(Step::is_many) || is_identified(query, path.target())
        }
        Source::Nested(inner) => has_one_row(inner),
        Source::Combined(..) | Source::Cte(_) | Source::Function(..) => false,
        Source::Row(..) | Source::Raw(..) => true,
    }
}

/// True where conditions give a value to all columns of a key or of a unique constraint.
fn is_identified(query: &Query, model: &'static ModelMeta) -> bool {
    let mut given: SmallVec<[&'static FieldMeta; 4]> = SmallVec::new();
    for filter in query.filters.iter().filter(|filter| !filter.negated) {
        values_of(&filter.node, model, &mut given);
    }
    let all =
        |names: &[&str]| names.iter().all(|name| given.iter().any(|field| field.name == *name));
    let of_unique = |unique: &UniqueMeta| {
        let name = |part: &IndexPart| match part {
            IndexPart::Field { name, .. } => Some(*name),
            IndexPart::Expression(_) | IndexPart::Ordered(_) => None,
        };
        let names = unique.parts.iter().map(name).collect::<Option<SmallVec<[_; 4]>>>();
        names.is_some_and(|names| all(&names))
    };
    let key = model.key_fields();
    (!key.is_empty() && key.iter().all(|field| given.contains(field)))
        || given.iter().any(|field| field.unique)
        || model.uniques.iter().any(of_unique)
}

fn values_of(
    node: &Node,
    model: &'static ModelMeta,
    given: &mut SmallVec<[&'static FieldMeta; 4]>,
) {
    match node {
        Node::And(all) => all.iter().for_each(|node| values_of(node, model, given)),
        Node::Compare(Comparison::Eq, pair) => {
            for side in pair.iter() {
                match side {
                    Node::Column { path, field } if path.steps.is_empty() => given.push(field),
                    Node::Relation(path) if path.steps.is_empty() => {
                        given.extend(model.key_fields())
                    }
                    Node::Relation(path) => given.extend(path.own_key()),
                    _ => {}
                }
            }
        }
        _ => {}
    }
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
