//! Prefetches: related rows of many parents by one statement for each relation, those of one
//! level in one round trip.

use crate::column::Column;
use crate::execute::{Plan, keys, same};
use crate::expr::Expr;
use crate::ir::{Filter, PathBuf, Query, Selected};
use crate::model::{Cardinality, FarOne, FarOpt, Fields, Many, Model, One, Opt};
use crate::row::{Decoded, Decoder, Early, Group, KeyBuffer, KeyCells, Reader, RowDecoder};
use crate::select::{Selection, Selects};
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
        #[diagnostic::do_not_recommend]
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

/// What a column is not.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`prefetch_related` loads the rows of relations, and this is a column: `.annotate(|b| …)` adds it to the rows",
    label = "not a relation",
    note = "relations: `a.books()`; with conditions: `a.books().objects().filter(…)`"
)]
pub trait RowsOfRelations {}
impl<M: Model, R: Model, T: Column, K: Cardinality> Prefetch<R> for Expr<M, T, K>
where
    (M,): RowsOfRelations,
    Self: Selects<R>,
{
    type Out = <Self as Selects<R>>::Out;
    type Decoder = <Self as Selects<R>>::Decoder;
    fn prefetch(self, into: &mut Selection<'_>) -> Self::Decoder {
        self.selects(into)
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
        ManyDecoder::asked(into, M::default_query().at(path), Vec::new(), Decoder::Fn(M::decode))
    }
}

macro_rules! loads_one {
    ($($one:ident $opt:ident)*) => {$(
        impl Loaded for $one {
            type Out<M: Model> = M;
            type Decoder<M: Model> = OneDecoder<M>;
            fn load<M: Model>(path: &PathBuf, into: &mut Selection<'_>) -> OneDecoder<M> {
                OneDecoder($opt::load(path, into))
            }
        }

        impl Loaded for $opt {
            type Out<M: Model> = Option<M>;
            type Decoder<M: Model> = OptDecoder<M>;
            fn load<M: Model>(path: &PathBuf, into: &mut Selection<'_>) -> OptDecoder<M> {
                let rows = into.ask(M::default_query().at(path), Vec::new(), None);
                OptDecoder { rows, decoder: Decoder::Fn(M::decode) }
            }
        }
    )*};
}
loads_one!(One Opt FarOne FarOpt);

/// Asks for the row at the end of a path of any kind, where there is one.
pub(crate) fn load_opt<M: Model>(path: &PathBuf, into: &mut Selection<'_>) -> OptDecoder<M> {
    Opt::load(path, into)
}

/// Where a prefetch finds what it has loaded for a row.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
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

impl<O: Send + 'static> ManyDecoder<O> {
    /// Asks for the rows of a query.
    pub(crate) fn asked(
        into: &mut Selection<'_>,
        query: Query,
        children: Vec<Arc<Plan>>,
        decoder: Decoder<O>,
    ) -> Self {
        let early: Arc<dyn Early> = Arc::new(decoder.clone());
        ManyDecoder { rows: into.ask(query, children, Some(early)), decoder }
    }
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

#[diagnostic::do_not_recommend]
impl<R: Model, X: Prefetch<R>> Selects<R> for Prefetched<X> {
    type Out = X::Out;
    type Decoder = X::Decoder;
    fn selects(self, into: &mut Selection<'_>) -> Self::Decoder {
        self.0.prefetch(into)
    }
}

impl Selection<'_> {
    /// Has the parent's key selected and plans the children. The query's source is the path that
    /// leads to them; `early` reads them as they come, where each is read once.
    fn ask(
        &mut self,
        mut query: Query,
        children: Vec<Arc<Plan>>,
        early: Option<Arc<dyn Early>>,
    ) -> Asked {
        let Some(path) = query.take_relation() else {
            // Only `.objects()` of a path makes such a query set, so this cannot be reached by types.
            self.fail("a prefetch needs a relation of the model");
            let key = KeyCells::new(usize::MAX, []);
            return Asked { slot: usize::MAX, key, own_cells: 0 };
        };
        let (parent_key, key) = keys::both_sides(&path, query.scope);
        let of_kind = keys::children_are(&path, query.scope);
        query.filters.extend(of_kind.map(|of_kind| Filter::new(of_kind, 0)));
        let to_one = same::is_to_one(&path.steps);
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
        let bytes_tell = key.iter().all(|(_, sql_type)| sql_type.has_one_form());
        let early = early.filter(|_| bytes_tell && !to_one && children.is_empty());
        let plan =
            Plan { parent: parent.clone(), query, key, child, width, to_one, children, early };
        Asked { slot: self.prefetch(plan), key: parent, own_cells }
    }
}
