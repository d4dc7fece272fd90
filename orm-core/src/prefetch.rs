//! Prefetches: related rows of many parents by one statement for each relation, those of one
//! level in one round trip.

mod keys;
mod slice;

use crate::error::Result;
use crate::exec::{Executor, Job, Statement};
use crate::ir::{Filter, PathBuf, Query, Selected};
use crate::model::{Cardinality, Fields, Many, Model, One, Opt};
use crate::query;
use crate::queryset::{Of, QuerySet};
use crate::row::{
    Decoded, Decoder, Group, KeyBuffer, KeyCells, Reader, RowBuffer, RowDecoder, RowSink,
};
use crate::select::{Select, Selection};
use keys::SideKey;
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
#[derive(Clone, Debug)]
struct Asked {
    /// The prefetch's place among those of its query.
    slot: usize,
    /// The cells that hold the row's key.
    key: KeyCells,
    /// How many of these cells were selected for the prefetch alone.
    own_cells: usize,
}

impl Asked {
    /// The rows that belong to the row being read, by their places in a group.
    #[inline]
    fn find<'a>(&self, reader: &mut Reader<'a>) -> Option<(&'a Group, &'a [u32])> {
        reader.skip(self.own_cells);
        let group = reader.related(self.slot)?;
        let mut buffer = KeyBuffer::new();
        let key = self.key.read(|cell| reader.cell(cell), &mut buffer)?;
        Some((group, group.rows(key)))
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
    /// The cells of the parent's row that hold the key.
    parent: KeyCells,
    /// The children, with their key among what is selected.
    query: Query,
    /// The child's side of the key.
    key: SideKey,
    /// The cells of the child's row that hold the key.
    child: KeyCells,
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
            let key = KeyCells::new(usize::MAX, []);
            return Asked { slot: usize::MAX, key, own_cells: 0 };
        };
        let (parent_key, key) = keys::both_sides(&path, query.scope);
        let before = self.width();
        let parent = keys::cells(&parent_key, |node, sql_type| {
            self.place_of(node, sql_type).unwrap_or_else(|| {
                self.node(node.clone(), sql_type);
                self.width() - 1
            })
        });
        let own_cells = self.width() - before;
        let child = keys::cells(&key, |node, sql_type| {
            query.place_of(node, sql_type).unwrap_or_else(|| {
                query.select.push(Selected::Expr(node.clone(), sql_type));
                query.width() - 1
            })
        });
        let width = query.width();
        let plan = Plan { parent: parent.clone(), query, key, child, width, children };
        Asked { slot: self.prefetch(plan), key: parent, own_cells }
    }
}

impl Plan {
    /// The statement that loads the children of the rows in a buffer.
    fn statement(&self, parents: &RowBuffer, zone: &str) -> Result<Option<Statement>> {
        let keys = keys::distinct(parents, &self.parent, self.key.len());
        if keys.count == 0 || query::is_empty(&self.query) {
            return Ok(None);
        }
        let node = keys::among(&self.key, keys);
        let mut query = self.query.clone();
        // Last of the filters, and before a key selected for us, which is read from the join made
        // here.
        let own = |selected: &&Selected| match selected {
            Selected::Expr(node, _) => self.key.iter().any(|(key, _)| key == node),
            Selected::Model(_) => false,
        };
        let own = query.select.iter().rev().take(self.key.len()).take_while(own).count();
        let after = query.select.len() - own;
        query.filters.push(Filter { node, negated: false, after, sticky: false });
        if query.is_sliced() {
            query = slice::for_each(query, &keys::nodes(&self.key));
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
        let group = Group::new(rows, &plan.child, children);
        related[parent.map_or(0, |place| place + 1)].push(group);
    }
    let mut top = std::mem::take(&mut related[0]);
    top.reverse();
    top
}
