//! All levels of a prefetch in one round trip, where an answer takes long to come: the rows of each level are
//! asked for by a sub-select of those above instead of by their keys.
//!
//! All statements see the same state of the tables. Still the rows above must be certain to be found
//! again: that is known of the rows of a table by conditions that compare columns and values, and of
//! the first ones in an order that tells all rows apart.

mod worth;

pub(crate) use worth::Watch;

use super::{Loading, Plan, Sink, children_of, group};
use crate::execute::rows::{Parents, read};
use crate::ir::{
    Distinct, Filter, Group as Grouped, Members, Node, OrderNode, PathBuf, Query, Scope, Selected,
    Source, Step, is_grouped, visit,
};
use crate::query;
use crate::row::Decoder;
use orm_sql::error::{Error, Result};
use orm_sql::exec::{Executor, Job, Statement};
use orm_sql::row::RowBuffer;
use std::sync::Arc;

/// The rows that something is prefetched for, as they can be asked for once more.
pub(crate) struct Above(Query);

impl Above {
    /// Those of a query with its statement; `None` where they, or those of a level, may be others the
    /// next time, or it is not worth it.
    pub(crate) fn of(
        query: &Query,
        plans: &[Arc<Plan>],
        statement: &Statement,
        db: &dyn Executor,
    ) -> Option<Box<Above>> {
        if plans.is_empty() || !worth::is_worth(db, statement) {
            return None;
        }
        let can = can_be_found_again(query) && plans.iter().all(|plan| can_be_asked(plan, query));
        can.then(|| Box::new(Above(query.clone())))
    }

    /// The only one of them. Where there are two, which is an error, it does not matter which they are.
    fn only(&self) -> Query {
        let mut query = self.0.clone();
        query.limit = query.limit.or(Some(2));
        query
    }
}

/// True where the same query finds the same rows.
fn can_be_found_again(query: &Query) -> bool {
    let plain = matches!(query.source, Source::Model(_))
        && query.joins.is_empty()
        && query.group == Grouped::Rows
        && query.sets.is_empty()
        && query.distinct == Distinct::No
        && query.lock.is_none()
        && query.error.is_none()
        && !query.none
        && !is_grouped(query);
    plain
        && query.filters.iter().all(|filter| is_settled(&filter.node))
        && (!query.is_sliced() || tells_rows_apart(query))
}

/// True for a condition that is the same each time.
fn is_settled(node: &Node) -> bool {
    match node {
        Node::Column { .. }
        | Node::Relation(_)
        | Node::Value(..)
        | Node::Row(_)
        | Node::Bool(_) => true,
        Node::In(_, Members::Query(_)) => false,
        Node::And(_)
        | Node::Or(_)
        | Node::Xor(_)
        | Node::Not(_)
        | Node::Compare(..)
        | Node::IsNull(..)
        | Node::Between(_)
        | Node::In(..) => !node.any_child(&mut |child| !is_settled(child)),
        _ => false,
    }
}

/// True where the key of the rows is among what they are ordered by.
fn tells_rows_apart(query: &Query) -> bool {
    let by = query.ordered_by();
    let settled = |item: &OrderNode| item.node.is_column();
    by.iter().all(settled) && by.iter().any(|item| is_own_key(query, &item.node)) && !spreads(query)
}

fn is_own_key(query: &Query, node: &Node) -> bool {
    let Node::Column { path, field } = node else { return false };
    // Default orderings are of any query.
    let is_own_row = path.scope == Scope::ANY || query.owns(path.scope);
    let key = path.root.primary_key;
    let is_it =
        |place: &usize| path.root.fields.get(*place).is_some_and(|own| std::ptr::eq(own, *field));
    path.steps.is_empty() && is_own_row && key.len() == 1 && key.iter().any(is_it)
}

/// True where a row can be found several times.
fn spreads(query: &Query) -> bool {
    let many = |path: &PathBuf| path.steps.iter().any(Step::is_many);
    let selected = |selected: &Selected| match selected {
        Selected::Model(path) => many(path),
        Selected::Expr(node, _) => visit::spreads(node),
    };
    query.filters.iter().any(Filter::joins)
        || query.select.iter().any(selected)
        || query.ordered_by().iter().any(|item| visit::spreads(&item.node))
}

/// True where the rows of a level, and of those below, can be asked for by those above.
fn can_be_asked(plan: &Plan, above: &Query) -> bool {
    let [(Node::Column { .. }, sql_type)] = plan.key.as_slice() else { return false };
    let key = above.selected_at(plan.parent.first());
    matches!(key, Some((Node::Column { .. }, of_parent)) if of_parent == **sql_type)
        && sql_type.has_one_form()
        && plan.query.distinct == Distinct::No
        && (plan.children.is_empty() || !plan.query.is_sliced() && can_be_found_again(&plan.query))
        && plan.children.iter().all(|child| can_be_asked(child, &plan.query))
}

/// A level as it is asked for.
struct Level {
    loading: Loading,
    query: Query,
    /// A row of it is found once, and read once.
    once: bool,
}

/// Runs a statement together with those that load what is prefetched for its rows, and reads all of it.
pub(crate) async fn rows_ahead<O: Send + 'static>(
    db: &dyn Executor,
    statement: &Statement,
    parents: Parents,
    decoder: &Decoder<O>,
    prefetches: &[Arc<Plan>],
    above: &Above,
) -> Result<Vec<O>> {
    let mut levels = match parents.only {
        None => levels(prefetches, &above.0),
        Some(_) => levels(prefetches, &above.only()),
    };
    let statements = levels.iter().map(|level| query::select(&level.query.on(db)));
    let statements: Vec<Statement> = statements.collect::<Result<_>>()?;
    let mut buffer = RowBuffer::new(parents.width);
    let mut sinks: Vec<Sink<'_>> = statements
        .iter()
        .zip(&mut levels)
        .map(|(statement, level)| Sink { statement, loading: &mut level.loading })
        .collect();
    let watch = Watch::of(db, statement);
    let mut jobs = vec![Job { statement, sink: &mut buffer }];
    jobs.extend(sinks.iter_mut().map(|sink| Job { statement: sink.statement, sink }));
    db.as_dyn().run_all_alike(jobs).await?;
    watch.iter().for_each(Watch::note_at_once);
    if let (Some(model), true) = (parents.only, buffer.len() > 1) {
        return Err(Error::MultipleObjectsReturned { model });
    }
    let related = group(levels.into_iter().map(|level| level.loading).collect());
    read(statement, &buffer, decoder, &related)
}

/// All levels, those above before those below.
fn levels(prefetches: &[Arc<Plan>], above: &Query) -> Vec<Level> {
    let once = !spreads(above);
    let first = children_of(None, prefetches);
    let mut all: Vec<Level> =
        first.into_iter().map(|loading| level(loading, above, once)).collect();
    let mut next = 0;
    while let Some(parent) = all.get(next) {
        let below = children_of(Some((next, &parent.loading)), &parent.loading.plan.children);
        let below: Vec<Level> =
            below.into_iter().map(|loading| level(loading, &parent.query, parent.once)).collect();
        all.extend(below);
        next += 1;
    }
    all
}

/// A level, of rows above that are each read once or not.
fn level(mut loading: Loading, above: &Query, once: bool) -> Level {
    let plan = loading.plan.clone();
    let early = plan.early.as_ref().filter(|_| once);
    loading.early = early.map(|early| early.begin(plan.child.clone()));
    let keys = Members::Query(Box::new(keys_of(above, plan.parent.first())));
    let key = plan.key.first().map_or(Node::Bool(false), |(key, _)| key.clone());
    let query = plan.with_keys(Node::In(Box::new(key), keys));
    let once = once && has_own_key(&plan) && !plan.to_one && !spreads(&query);
    Level { loading, query, once }
}

/// True where a child is found by a column of its own, so that it has one parent.
fn has_own_key(plan: &Plan) -> bool {
    let column =
        |(node, _): &(Node, _)| matches!(node, Node::Column { path, .. } if path.steps.is_empty());
    plan.key.iter().all(column)
}

/// What selects one cell of a query's rows.
fn keys_of(query: &Query, cell: usize) -> Query {
    let mut keys = query.clone();
    keys.select.clear();
    if let Some((node, sql_type)) = query.selected_at(cell) {
        keys.select.push(Selected::Expr(node, sql_type));
    }
    keys.filters.iter_mut().for_each(|filter| filter.after = 0);
    if !keys.is_sliced() {
        keys.order.by = Some(Vec::new());
    }
    keys
}
