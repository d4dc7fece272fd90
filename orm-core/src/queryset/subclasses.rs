//! Rows of a model as those of the models that extend it: `select_subclasses`.

use super::QuerySet;
use super::build::WithModel;
use crate::column::Single;
use crate::ir::{FieldMeta, ModelMeta, Node, PathBuf, Query, Selected, Step};
use crate::model::Model;
use crate::row::{Decoded, Decoder, Reader, RowDecoder};
use orm_sql::row::{Cells, Described};
use std::cmp::Reverse;

/// An enum with a variant for each of some models that extend `B`, and one for `B` itself where its
/// other rows are wanted too. Derived by `#[derive(Subclasses)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no enum of the models that extend `{B}`",
    label = "expected an enum of models",
    note = "add `#[derive(Subclasses)]` to `enum Content {{ Thread(Thread), Post(Post), Plain(Entry) }}`"
)]
pub trait Subclasses<B: Model>: Single + WithModel<B> + Sized + Send + 'static {
    /// Its variants.
    #[doc(hidden)]
    const KINDS: &'static [Kind<Self>];
}

/// A variant of an enum of models.
#[doc(hidden)]
pub struct Kind<E> {
    model: fn() -> &'static ModelMeta,
    read: fn(&mut Reader<'_>) -> Decoded<E>,
}

impl<E> Kind<E> {
    /// The variant that holds rows of a model.
    pub const fn new<M: Model>(read: fn(&mut Reader<'_>) -> Decoded<E>) -> Self {
        Kind { model: M::meta, read }
    }
}

impl<M: Model, S> QuerySet<M, M, S> {
    /// Reads each row as that of the model that extends this one which it belongs to, into an enum: one
    /// query, which joins the tables of the models that the enum names and no others.
    ///
    /// A row that belongs to several is read as that of the one which extends the others, or of the first
    /// in the enum. Where no variant holds rows of this model itself, rows that belong to none are left out.
    ///
    /// Conditions, orderings and relations go on as before, also over the models that extend this one:
    /// `filter(|p| p.restaurant().rating().gt(3))`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// # #[derive(Model)]
    /// # pub struct Place { pub id: i64, pub name: String }
    /// #[derive(Model)]
    /// #[model(extends = Place)]
    /// pub struct Bar { pub place: Place, pub stools: i32 }
    ///
    /// #[derive(Subclasses)]
    /// enum Kind { Bar(Bar), Other(Place) }
    ///
    /// let places: QuerySet<Place, Kind> = Place::objects().select_subclasses::<Kind>();
    /// assert_sql!(
    ///     places,
    ///     "SELECT t0.id, t0.name, t1.place_ptr_id, t1.stools FROM place AS t0
    ///      LEFT JOIN bar AS t1 ON t1.place_ptr_id = t0.id"
    /// );
    /// ```
    pub fn select_subclasses<E: Subclasses<M>>(mut self) -> QuerySet<M, E, S> {
        let base = M::meta();
        let root = self.query.select.iter().find_map(|selected| match selected {
            Selected::Model(path) => Some(path.clone()),
            Selected::Expr(..) => None,
        });
        let root = root.unwrap_or_else(|| PathBuf::root(self.query.scope, base));
        let mut levels = Vec::new();
        let mut kinds = Vec::new();
        let mut any: Option<Node> = None;
        for kind in E::KINDS {
            let model = (kind.model)();
            let (parts, path) = columns_of(model, base, &root, &mut self.query, &mut levels);
            let there = Node::relation(path).is_null(false);
            any = Some(match any {
                Some(any) => any.or(there),
                None => there,
            });
            let key = model.primary_key.first().copied().unwrap_or_default();
            kinds.push(KindOfRow { read: kind.read, key, parts });
        }
        // What extends most of the others says most of a row.
        kinds.sort_by_key(|kind| Reverse(kind.parts.len()));
        if let (Some(any), true) = (any, kinds.iter().all(|kind| kind.parts.len() > 1)) {
            self.push_filter(any, false);
        }
        let width = self.query.width();
        self.with_decoder(Decoder::new(KindDecoder { kinds, width }))
    }
}

/// Selects the columns that a model has beyond those of another which it extends, and returns where they
/// stand, with the path to its row. What was selected for another model already is not selected again.
fn columns_of(
    model: &'static ModelMeta,
    base: &'static ModelMeta,
    root: &PathBuf,
    query: &mut Query,
    levels: &mut Vec<(&'static ModelMeta, usize)>,
) -> (Vec<(usize, usize)>, PathBuf) {
    let (mut path, mut parts) = (root.clone(), vec![(0, 0)]);
    let mut chain: Vec<_> = model.lineage().take_while(|level| *level != base).collect();
    chain.reverse();
    for level in chain {
        let Some(link) = level.link() else { continue };
        path = path.then(Step::Reverse(link));
        let known = levels.iter().find(|(known, _)| *known == level).map(|(_, first)| *first);
        let first = known.unwrap_or_else(|| {
            let first = query.width();
            levels.push((level, first));
            let column = |field: &'static FieldMeta| {
                let path = path.clone();
                Selected::Expr(Node::Column { path, field }, field.sql_type)
            };
            query.select.extend(level.own_fields().iter().map(column));
            first
        });
        parts.push((level.width() - level.own_fields().len(), first));
    }
    (parts, path)
}

/// A variant with where its columns stand in a row.
struct KindOfRow<E> {
    read: fn(&mut Reader<'_>) -> Decoded<E>,
    /// The place of its key among its columns.
    key: usize,
    /// From which of its columns on they stand from which cell on.
    parts: Vec<(usize, usize)>,
}

struct KindDecoder<E> {
    kinds: Vec<KindOfRow<E>>,
    width: usize,
}

impl<E: Send + 'static> RowDecoder for KindDecoder<E> {
    type Out = E;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<E> {
        let (cells, first) = (reader.cells(), reader.place());
        reader.skip(self.width);
        for kind in &self.kinds {
            let part = PartOfRow { cells, first, parts: &kind.parts };
            if part.cell(kind.key).is_some() {
                return (kind.read)(&mut Reader::new(&part)).map_err(|mut error| {
                    error.column = part.place(error.column);
                    error
                });
            }
        }
        Err(reader.error("the row belongs to none of the models that the enum names"))
    }
}

/// The cells of a row that are those of one model.
struct PartOfRow<'a> {
    cells: &'a dyn Cells,
    first: usize,
    parts: &'a [(usize, usize)],
}

impl PartOfRow<'_> {
    fn place(&self, index: usize) -> usize {
        let part = self.parts.iter().rev().find(|(from, _)| *from <= index);
        let (from, cell) = part.copied().unwrap_or_default();
        self.first + cell + index - from
    }
}

impl Cells for PartOfRow<'_> {
    fn cell(&self, index: usize) -> Option<&[u8]> {
        self.cells.cell(self.place(index))
    }

    fn described(&self, index: usize) -> Option<Described<'_>> {
        self.cells.described(self.place(index))
    }
}
