//! Prefetches: related rows of many parents by one statement for each relation, those of one
//! level in one round trip.

mod slice;

use crate::error::Result;
use crate::exec::{Executor, Job, Statement};
use crate::hash::FoldState;
use crate::ir::{
    Filter, Members, ModelMeta, Node, PathBuf, Query, Relation, RelationKind, Scope, Selected, Step,
};
use crate::model::{Cardinality, Fields, Many, Model, One, Opt};
use crate::query;
use crate::queryset::{Of, QuerySet};
use crate::row::{Decoded, Decoder, Group, Reader, RowBuffer, RowDecoder, RowSink};
use crate::select::{Select, Selection};
use crate::value::{SqlType, SqlValue};
use std::collections::HashSet;
use std::sync::Arc;

/// What can be prefetched for the rows of `R`: a relation, or a query set over one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relation of `{R}` that can be prefetched",
    label = "expected a relation, or `.objects()` of one",
    note = "relations: `a.books()`; with conditions: `a.books().objects().filter(…)`; columns are added by `annotate`"
)]
pub trait Prefetch<R: Model> {
    /// What is added to the row: `Vec<Book>`, or the model of a to-one relation.
    type Out: Send + 'static;
    /// What reads it.
    type Decoder: RowDecoder<Out = Self::Out>;
    /// Asks for it.
    fn prefetch(self, into: &mut Selection<'_>) -> Self::Decoder;
}

macro_rules! tuple_prefetches {
    ($($t:ident)*) => {
        impl<Root: Model, $($t: Prefetch<Root>),*> Prefetch<Root> for ($($t,)*) {
            type Out = ($($t::Out,)*);
            type Decoder = ($($t::Decoder,)*);
            #[allow(non_snake_case)]
            fn prefetch(self, into: &mut Selection<'_>) -> Self::Decoder {
                let ($($t,)*) = self;
                ($($t.prefetch(into),)*)
            }
        }
    };
}
tuples!(tuple_prefetches);

#[diagnostic::do_not_recommend]
impl<R: Model, M: Model, O: Send + 'static> Prefetch<R> for QuerySet<M, O, Of<R>> {
    type Out = Vec<O>;
    type Decoder = ManyDecoder<O>;
    fn prefetch(self, into: &mut Selection<'_>) -> ManyDecoder<O> {
        let (query, decoder, children) = self.into_parts();
        ManyDecoder { rows: into.ask(query, children), decoder }
    }
}

/// Kinds of paths that can be prefetched.
#[diagnostic::on_unimplemented(
    message = "this is no relation that can be prefetched",
    label = "expected a relation, or `.objects()` of one",
    note = "relations: `a.books()`; with conditions: `a.books().objects().filter(…)`"
)]
pub trait Loaded: Cardinality {
    /// What is added to the row.
    type Out<M: Model>: Send + 'static;
    /// What reads it.
    type Decoder<M: Model>: RowDecoder<Out = Self::Out<M>>;
    /// Asks for what stands at the end of the path.
    fn load<M: Model>(path: &PathBuf, into: &mut Selection<'_>) -> Self::Decoder<M>;
}

#[diagnostic::do_not_recommend]
impl<M: Model, R: Model, K: Loaded> Prefetch<R> for Fields<M, R, K> {
    type Out = K::Out<M>;
    type Decoder = K::Decoder<M>;
    fn prefetch(self, into: &mut Selection<'_>) -> Self::Decoder {
        K::load(self.path(), into)
    }
}

impl Loaded for Many {
    type Out<M: Model> = Vec<M>;
    type Decoder<M: Model> = ManyDecoder<M>;
    fn load<M: Model>(path: &PathBuf, into: &mut Selection<'_>) -> ManyDecoder<M> {
        let rows = into.ask(M::default_query().at(path), Vec::new());
        ManyDecoder { rows, decoder: Decoder::Fn(M::decode) }
    }
}

impl Loaded for One {
    type Out<M: Model> = M;
    type Decoder<M: Model> = OneDecoder<M>;
    fn load<M: Model>(path: &PathBuf, into: &mut Selection<'_>) -> OneDecoder<M> {
        OneDecoder(Opt::load(path, into))
    }
}

impl Loaded for Opt {
    type Out<M: Model> = Option<M>;
    type Decoder<M: Model> = OptDecoder<M>;
    fn load<M: Model>(path: &PathBuf, into: &mut Selection<'_>) -> OptDecoder<M> {
        let rows = into.ask(M::default_query().at(path), Vec::new());
        OptDecoder { rows, decoder: Decoder::Fn(M::decode) }
    }
}

/// Where a prefetch finds what it has loaded for a row.
#[derive(Clone, Copy, Debug)]
struct Asked {
    /// The prefetch's place among those of its query.
    slot: usize,
    /// The cell that holds the row's key.
    key: usize,
    /// True where that cell was selected for the prefetch alone.
    own_cell: bool,
}

impl Asked {
    /// The rows that belong to the row being read, by their places in a group.
    #[inline]
    fn find<'a>(&self, reader: &mut Reader<'a>) -> Option<(&'a Group, &'a [u32])> {
        let key = reader.cell(self.key);
        reader.skip(usize::from(self.own_cell));
        let group = reader.related(self.slot)?;
        Some((group, group.rows(key?)))
    }
}

/// Reads the rows that a prefetch has loaded for the row being read.
pub struct ManyDecoder<O> {
    rows: Asked,
    decoder: Decoder<O>,
}

impl<O: Send + 'static> RowDecoder for ManyDecoder<O> {
    type Out = Vec<O>;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<Vec<O>> {
        let Some((group, rows)) = self.rows.find(reader) else { return Ok(Vec::new()) };
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            all.push(group.read(*row, |reader| self.decoder.decode(reader))?);
        }
        Ok(all)
    }
}

/// Reads the row that a prefetch has loaded, if there is one.
pub struct OptDecoder<O> {
    rows: Asked,
    decoder: Decoder<O>,
}

impl<O: Send + 'static> RowDecoder for OptDecoder<O> {
    type Out = Option<O>;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<Option<O>> {
        let Some((group, rows)) = self.rows.find(reader) else { return Ok(None) };
        let row = rows.first();
        row.map(|row| group.read(*row, |reader| self.decoder.decode(reader))).transpose()
    }
}

/// Reads the row that a prefetch has loaded, which must be there.
pub struct OneDecoder<O>(OptDecoder<O>);

impl<O: Send + 'static> RowDecoder for OneDecoder<O> {
    type Out = O;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<O> {
        let row = self.0.decode(reader)?;
        row.ok_or_else(|| reader.error("the row that this key refers to is not there (any more)"))
    }
}

/// A prefetch as a part of what `values` selects: `prefetched(a.books())`; inside of `row!` it
/// is written `prefetch(a.books())`.
#[derive(Clone)]
pub struct Prefetched<X>(X);

/// Makes a prefetch a part of what `values` selects.
pub fn prefetched<R: Model, X: Prefetch<R>>(what: X) -> Prefetched<X> {
    Prefetched(what)
}

impl<R: Model, X: Prefetch<R>> Select<R> for Prefetched<X> {
    type Out = X::Out;
    type Decoder = X::Decoder;
    fn select(self, into: &mut Selection<'_>) -> Self::Decoder {
        self.0.prefetch(into)
    }
}

/// How one prefetch is run: untyped, so that it is compiled once.
#[derive(Debug)]
pub struct Plan {
    /// The cell of the parent's row that holds the key.
    parent_column: usize,
    /// The children, with their key among what is selected.
    query: Query,
    /// The child's side of the key.
    key: Node,
    key_type: &'static SqlType,
    /// The cell of the child's row that holds the key.
    key_column: usize,
    width: usize,
    children: Vec<Arc<Plan>>,
}

impl Selection<'_> {
    /// Has the parent's key selected and plans the children. The query's source is the path that
    /// leads to them.
    fn ask(&mut self, mut query: Query, children: Vec<Arc<Plan>>) -> Asked {
        let Some(path) = query.take_relation() else {
            // Only `.objects()` of a path makes such a query set, so this cannot be reached by types.
            self.fail("a prefetch needs a relation of the model");
            return Asked { slot: usize::MAX, key: usize::MAX, own_cell: false };
        };
        let (parent, key, key_type) = keys(&path, query.scope);
        let known = self.place_of(&parent, *key_type);
        let parent_column = known.unwrap_or(self.width());
        if known.is_none() {
            self.node(parent, *key_type);
        }
        let key_column = query.place_of(&key, *key_type).unwrap_or_else(|| {
            query.select.push(Selected::Expr(key.clone(), *key_type));
            query.width() - 1
        });
        let width = query.width();
        let plan = Plan { parent_column, query, key, key_type, key_column, width, children };
        Asked { slot: self.prefetch(plan), key: parent_column, own_cell: known.is_none() }
    }
}

/// The two sides of the key that a path's last relation is matched by: of the parent, of the child.
fn keys(path: &PathBuf, child_scope: Scope) -> (Node, Node, &'static SqlType) {
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
    let parents = |loading: &Loading| loading.parent.map_or(top, |place| &all[place].rows);
    level.iter().map(|loading| loading.plan.statement(parents(loading), zone)).collect()
}

/// Groups from the last level to the first, so that each takes its children's groups along.
fn group(mut all: Vec<Loading>) -> Vec<Group> {
    let mut related: Vec<Vec<Group>> = (0..=all.len()).map(|_| Vec::new()).collect();
    while let Some(Loading { plan, parent, rows }) = all.pop() {
        let mut children = std::mem::take(&mut related[all.len() + 1]);
        children.reverse();
        let group = Group::new(rows, plan.key_column, children);
        related[parent.map_or(0, |place| place + 1)].push(group);
    }
    let mut top = std::mem::take(&mut related[0]);
    top.reverse();
    top
}
