//! Prefetches as they run: related rows of many parents by one statement for each relation, those
//! of one level in one round trip.

mod slice;

use crate::ir::{
    Filter, Members, ModelMeta, Node, PathBuf, Query, Relation, RelationKind, Scope, Selected, Step,
};
use crate::query;
use crate::row::Group;
use orm_sql::error::Result;
use orm_sql::exec::{Executor, Job, Statement};
use orm_sql::hash::FoldState;
use orm_sql::row::{RowBuffer, RowSink};
use orm_sql::value::{SqlType, SqlValue};
use std::collections::HashSet;
use std::sync::Arc;

/// How one prefetch is run: untyped, so that it is compiled once.
#[derive(Debug)]
pub struct Plan {
    /// The cell of the parent's row that holds the key.
    pub(crate) parent_column: usize,
    /// The children, with their key among what is selected.
    pub(crate) query: Query,
    /// The child's side of the key.
    pub(crate) key: Node,
    pub(crate) key_type: &'static SqlType,
    /// The cell of the child's row that holds the key.
    pub(crate) key_column: usize,
    pub(crate) width: usize,
    pub(crate) children: Vec<Arc<Plan>>,
}

/// The two sides of the key that a path's last relation is matched by: of the parent, of the child.
#[expect(clippy::indexing_slicing, reason = "a model has a key, and the fields of it")]
pub(crate) fn keys(path: &PathBuf, child_scope: Scope) -> (Node, Node, &'static SqlType) {
    let child = path.target();
    let child_root = || PathBuf::root(child_scope, child);
    if let [step] = path.steps.as_slice()
        && let Some(key) = direct_keys(path, step, child_root())
    {
        return key;
    }
    // Over a table between, or several relations: the root's own key, read from the far end.
    let pk = &path.root.fields[path.root.primary_key.first().copied().unwrap_or(0)];
    let parent = Node::Column { path: PathBuf::root(path.scope, path.root), field: pk };
    let mut back = child_root();
    back.steps.extend(path.steps.iter().rev().map(Step::back));
    let child = Node::Column { path: back, field: pk };
    (parent, child, &pk.sql_type)
}

/// The key's column itself, where one relation with a key is followed.
fn direct_keys(
    path: &PathBuf,
    step: &Step,
    child: PathBuf,
) -> Option<(Node, Node, &'static SqlType)> {
    let relation = step.relation()?;
    if relation.kind == RelationKind::ManyToMany {
        return None;
    }
    let target = relation.target()?;
    let key = key_field((relation.from)(), relation)?;
    let parent = PathBuf::root(path.scope, path.root);
    let (parent_field, child_field) = match step {
        Step::Forward(_) => (key, target),
        Step::Reverse(_) => (target, key),
        Step::Output(..) => return None,
    };
    let parent = Node::Column { path: parent, field: parent_field };
    let child = Node::Column { path: child, field: child_field };
    Some((parent, child, &target.sql_type))
}

fn key_field(
    model: &'static ModelMeta,
    relation: &Relation,
) -> Option<&'static crate::ir::FieldMeta> {
    model.fields.iter().find(|field| field.column == relation.column)
}

impl Plan {
    /// The statement that loads the children of the rows in a buffer.
    #[expect(clippy::cast_possible_truncation, reason = "a cell has less than 2^30 bytes")]
    fn statement(&self, parents: &RowBuffer, zone: &str) -> Result<Option<Statement>> {
        let mut seen = HashSet::with_capacity_and_hasher(parents.len(), FoldState::default());
        let mut encoded = Vec::new();
        for row in 0..parents.len() {
            if let Some(key) = parents.row(row).get(self.parent_column)
                && seen.insert(key)
            {
                encoded.extend_from_slice(&(key.len() as i32).to_be_bytes());
                encoded.extend_from_slice(key);
            }
        }
        if seen.is_empty() || query::is_empty(&self.query) {
            return Ok(None);
        }
        let keys = SqlValue::Cells { count: seen.len(), encoded };
        let node = Node::In(Box::new(self.key.clone()), Members::Array(keys, self.key_type));
        let mut query = self.query.clone();
        // Last of the filters, and before a key selected for us, which is read from the join made
        // here.
        let own = Selected::Expr(self.key.clone(), *self.key_type);
        let after = query.select.len() - usize::from(query.select.last() == Some(&own));
        query.filters.push(Filter { node, negated: false, after, sticky: false });
        if query.is_sliced() {
            query = slice::for_each(query, &self.key);
        }
        query::select(&query.in_zone(zone)).map(Some)
    }
}

/// A prefetch being loaded; `parent` is its place in the list, none for those of the query itself.
struct Loading {
    plan: Arc<Plan>,
    parent: Option<usize>,
    rows: RowBuffer,
}

/// Loads what the plans ask for, one round trip for each level, and groups it by parent.
pub(crate) async fn load(
    db: &dyn Executor,
    plans: &[Arc<Plan>],
    parents: &RowBuffer,
) -> Result<Vec<Group>> {
    let mut all: Vec<Loading> = Vec::new();
    let mut level = children_of(None, plans);
    while !level.is_empty() {
        let statements = statements(&level, &all, parents, db.time_zone())?;
        let jobs = statements.iter().zip(&mut level).filter_map(|(statement, loading)| {
            let sink: &mut dyn RowSink = &mut loading.rows;
            statement.as_ref().map(|statement| Job { statement, sink })
        });
        let jobs: Vec<_> = jobs.collect();
        if !jobs.is_empty() {
            db.run_all(jobs).await?;
        }
        let first = all.len();
        all.append(&mut level);
        for (place, loaded) in all.iter().enumerate().skip(first) {
            level.extend(children_of(Some(place), &loaded.plan.children));
        }
    }
    Ok(group(all))
}

fn children_of(parent: Option<usize>, plans: &[Arc<Plan>]) -> Vec<Loading> {
    let loading =
        |plan: &Arc<Plan>| Loading { plan: plan.clone(), parent, rows: RowBuffer::new(plan.width) };
    plans.iter().map(loading).collect()
}

/// A statement for each prefetch of a level; none where no parent has a key.
fn statements(
    level: &[Loading],
    all: &[Loading],
    top: &RowBuffer,
    zone: &str,
) -> Result<Vec<Option<Statement>>> {
    let parents = |loading: &Loading| {
        let parent = loading.parent.and_then(|place| all.get(place));
        parent.map_or(top, |parent| &parent.rows)
    };
    level.iter().map(|loading| loading.plan.statement(parents(loading), zone)).collect()
}

/// Groups from the last level to the first, so that each takes its children's groups along.
fn group(mut all: Vec<Loading>) -> Vec<Group> {
    let mut related: Vec<Vec<Group>> = (0..=all.len()).map(|_| Vec::new()).collect();
    while let Some(Loading { plan, parent, rows }) = all.pop() {
        let mut children = related.get_mut(all.len() + 1).map(std::mem::take).unwrap_or_default();
        children.reverse();
        let group = Group::new(rows, plan.key_column, children);
        if let Some(siblings) = related.get_mut(parent.map_or(0, |place| place + 1)) {
            siblings.push(group);
        }
    }
    let mut top = related.into_iter().next().unwrap_or_default();
    top.reverse();
    top
}
