//! Prefetches as they run: related rows of many parents by one statement for each relation, those
//! of one level in one round trip.

mod ahead;
pub(crate) mod keys;
pub(crate) mod same;
mod slice;

pub(crate) use ahead::{Above, Watch, rows_ahead};

use crate::ir::{Distinct, Filter, Node, Query, Selected};
use crate::query;
use crate::row::{Arriving, Early, Group, KeyCells};
use keys::SideKey;
use orm_sql::error::Result;
use orm_sql::exec::{Executor, Job, Statement, row_error};
use orm_sql::row::{Cells, RowBuffer, RowSink};
use same::Same;
use std::sync::Arc;

/// How one prefetch is run: untyped, so that it is compiled once.
#[derive(Debug)]
pub struct Plan {
    /// The cells of the parent's row that hold the key.
    pub(crate) parent: KeyCells,
    /// The children, with their key among what is selected.
    pub(crate) query: Query,
    /// The child's side of the key.
    pub(crate) key: SideKey,
    /// The cells of the child's row that hold the key.
    pub(crate) child: KeyCells,
    pub(crate) width: usize,
    /// Each parent has one child at most, whose key it holds.
    pub(crate) to_one: bool,
    pub(crate) children: Vec<Arc<Plan>>,
    /// What reads the children as they come, where nothing is loaded for them in turn.
    pub(crate) early: Option<Arc<dyn Early>>,
}

/// What loads the children of some rows.
#[derive(Default)]
struct Request {
    /// None where no row has a key.
    statement: Option<Statement>,
    /// Two of the rows have the same children.
    repeated: bool,
}

impl Plan {
    /// The statement that loads the children of the rows in a buffer.
    fn request(&self, parents: &RowBuffer, db: &dyn Executor) -> Result<Request> {
        let keys = keys::distinct(parents, &self.parent, self.key.len());
        if keys.count == 0 || query::is_empty(&self.query) {
            return Ok(Request::default());
        }
        let repeated = keys.repeated;
        let statement = Some(self.statement(keys, db)?);
        Ok(Request { statement, repeated })
    }

    fn statement(&self, keys: keys::Keys, db: &dyn Executor) -> Result<Statement> {
        let (query, sliced) = (&self.query, self.query.is_sliced());
        if matches!(query.distinct, Distinct::On(_)) || query.distinct == Distinct::Rows && sliced {
            let (query, keys) = (query.on(db), keys.into_arrays());
            return query::select_for_each(&query, &self.key, keys, self.before_own_key());
        }
        let query = self.with_keys(keys::among(&self.key, keys));
        query::select(&query.on(db))
    }

    /// The children of which a condition on their key holds.
    fn with_keys(&self, among: Node) -> Query {
        let mut query = self.query.clone();
        // Last of the filters, and before a key selected for us, which is read from the join made
        // here.
        query.filters.push(Filter::new(among, self.before_own_key()));
        match self.query.is_sliced() {
            true => slice::for_each(query, &keys::nodes(&self.key)),
            false => query,
        }
    }

    /// How many items are selected before a key that is selected for us.
    fn before_own_key(&self) -> usize {
        let own = |selected: &&Selected| match selected {
            Selected::Expr(node, _) => self.key.iter().any(|(key, _)| key == node),
            Selected::Model(_) => false,
        };
        let selected = &self.query.select;
        let own = selected.iter().rev().take(self.key.len()).take_while(own).count();
        selected.len() - own
    }
}

/// A prefetch being loaded; `parent` is its place in the list, none for those of the query itself.
struct Loading {
    plan: Arc<Plan>,
    parent: Option<usize>,
    /// Each of the parents is read once.
    once: bool,
    rows: RowBuffer,
    /// The rows, where they are read as they come.
    early: Option<Box<dyn Arriving>>,
    same: Vec<Same>,
}

/// Takes the rows of a prefetch.
struct Sink<'l> {
    statement: &'l Statement,
    loading: &'l mut Loading,
}

impl RowSink for Sink<'_> {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        match &mut self.loading.early {
            None => RowSink::row(&mut self.loading.rows, cells),
            Some(rows) => rows.add(cells).map_err(|error| {
                row_error(self.statement, cells, None, error.column, &error.error)
            }),
        }
    }
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
        let statements = statements(&mut level, &all, parents, db)?;
        let sinks = statements.iter().zip(&mut level).filter_map(|(statement, loading)| {
            statement.as_ref().map(|statement| Sink { statement, loading })
        });
        let mut sinks: Vec<Sink<'_>> = sinks.collect();
        let jobs = sinks.iter_mut().map(|sink| Job { statement: sink.statement, sink });
        let jobs: Vec<_> = jobs.collect();
        if !jobs.is_empty() {
            db.run_all(jobs).await?;
        }
        for loading in &mut level {
            let parent = loading.parent.and_then(|place| all.get(place));
            let parents = parent.map_or(parents, |parent| &parent.rows);
            loading.same = same::find(db, &loading.plan, parents, &loading.rows).await?;
        }
        let first = all.len();
        all.append(&mut level);
        for (place, loaded) in all.iter().enumerate().skip(first) {
            level.extend(children_of(Some((place, loaded)), &loaded.plan.children));
        }
    }
    Ok(group(all))
}

fn children_of(parent: Option<(usize, &Loading)>, plans: &[Arc<Plan>]) -> Vec<Loading> {
    let loading = |plan: &Arc<Plan>| Loading {
        plan: plan.clone(),
        parent: parent.map(|(place, _)| place),
        once: parent.is_none_or(|(_, parent)| parent.once),
        rows: RowBuffer::new(plan.width),
        early: None,
        same: Vec::new(),
    };
    plans.iter().map(loading).collect()
}

/// A statement for each prefetch of a level; none where no parent has a key. Where the rows are read once,
/// this begins as they come.
fn statements(
    level: &mut [Loading],
    all: &[Loading],
    top: &RowBuffer,
    db: &dyn Executor,
) -> Result<Vec<Option<Statement>>> {
    let mut statements = Vec::with_capacity(level.len());
    for loading in level {
        let parent = loading.parent.and_then(|place| all.get(place));
        let parents = parent.map_or(top, |parent| &parent.rows);
        let Request { statement, repeated } = loading.plan.request(parents, db)?;
        loading.once &= !repeated;
        let early = loading.plan.early.as_ref().filter(|_| loading.once && statement.is_some());
        loading.early = early.map(|early| early.begin(loading.plan.child.clone()));
        statements.push(statement);
    }
    Ok(statements)
}

/// Groups from the last level to the first, so that each takes its children's groups along.
fn group(mut all: Vec<Loading>) -> Vec<Group> {
    let mut related: Vec<Vec<Group>> = (0..=all.len()).map(|_| Vec::new()).collect();
    while let Some(Loading { plan, parent, rows, same, early, .. }) = all.pop() {
        let mut children = related.get_mut(all.len() + 1).map(std::mem::take).unwrap_or_default();
        children.reverse();
        let group = match (early, plan.to_one) {
            (Some(rows), _) => rows.group(),
            (None, true) => Group::new(rows, &plan.child, &[], children).with_others(&same),
            (None, false) => Group::new(rows, &plan.child, &same, children),
        };
        if let Some(siblings) = related.get_mut(parent.map_or(0, |place| place + 1)) {
            siblings.push(group);
        }
    }
    let mut top = related.into_iter().next().unwrap_or_default();
    top.reverse();
    top
}
