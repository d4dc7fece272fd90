//! The runtime half of what `#[derive(GenericForeignKey)]` writes.

use crate::expr::{Assignment, Expr, Q};
use crate::ir::{
    CheckMeta, Comparison, Members, Node, OnDelete, PathBuf, Relation, Scope, Step, TextBuffer,
};
use crate::model::{Cardinality, Flat, GenericForeignKey, IntoGeneric, Model, Opt, Place, ToOne};
use crate::prefetch::{ManyDecoder, Prefetch, load_opt};
use crate::row::{Decoded, Reader, RowDecoder};
use crate::select::{ModelDecoder, Selection, Selects};
use orm_sql::ast::Template;
use orm_sql::error::Result;
use orm_sql::exec::BoxFuture;
use std::marker::PhantomData;

/// The place of a value among the columns, and the value of a generic key there.
pub fn generic_value<G: GenericForeignKey>(key: &G, place: usize) -> orm_sql::value::SqlValue {
    let (kind, values) = (key.kind_place(), key.key_values());
    let first: usize = G::WIDTHS.iter().take(kind).sum();
    let value = place.checked_sub(first).and_then(|place| values.into_iter().nth(place));
    value.unwrap_or(orm_sql::value::SqlValue::Null)
}

/// Finds the kind whose key is there, and goes to that; how many columns are left after it.
///
/// # Errors
///
/// When there is none, or are several.
fn kind_of_key<G: GenericForeignKey>(reader: &mut Reader<'_>) -> Decoded<(usize, usize)> {
    let (mut first, mut found) = (0, None);
    for (kind, width) in G::WIDTHS.iter().enumerate() {
        if (first..first + width).any(|ahead| reader.peek(ahead).is_some()) {
            if found.is_some() {
                reader.skip(first + 1);
                return Err(
                    reader.error("the row has keys of several kinds, of which one may be set")
                );
            }
            found = Some((kind, first, *width));
        }
        first += width;
    }
    let Some((kind, before, width)) = found else {
        reader.skip(1);
        return Err(reader.error("the row has no key of any kind, and one must be set"));
    };
    reader.skip(before);
    Ok((kind, first - before - width))
}

/// Reads a generic key.
///
/// # Errors
///
/// When no key is set, or several, and when a cell holds something else.
pub fn decode_generic<G: GenericForeignKey>(reader: &mut Reader<'_>) -> Decoded<G> {
    let (kind, after) = kind_of_key::<G>(reader)?;
    let key = G::read_key(kind, reader)?;
    reader.skip(after);
    Ok(key)
}

/// Whether the next cells are those of a generic key that is not set.
pub fn no_generic<G: GenericForeignKey>(reader: &Reader<'_>) -> bool {
    (0..G::WIDTH).all(|ahead| reader.peek(ahead).is_none())
}

/// A relation of a generic key, with what the model that has the key says of it. `own` is whether the
/// variant says itself what becomes of the row when the one it leads to goes.
pub const fn generic_key<W: Place>(mut relation: Relation, own: bool) -> Relation {
    relation.null = true;
    relation.reverse = W::GENERIC.reverse;
    relation.whole = Some(whole::<W>);
    if !own {
        match W::GENERIC.on_delete {
            Some(on_delete) => relation.on_delete = on_delete,
            None => panic!(
                "a generic key must say what happens when the row it leads to is deleted: `#[field(generic, \
                 on_delete = Cascade)]` in the model, or `#[field(on_delete = …)]` on each variant"
            ),
        }
    }
    assert!(
        W::GENERIC.optional || !matches!(relation.on_delete, OnDelete::SetNull),
        "`SetNull` needs a key that can be NULL: make the generic key an `Option<…>`, or choose another `on_delete`"
    );
    relation
}

/// All columns of a generic key.
fn whole<W: Place>() -> &'static [crate::ir::FieldMeta] {
    let fields = W::flat().fields;
    fields.get(..<W::Shared as crate::model::ModelFields>::WIDTH).unwrap_or_default()
}

/// How many arguments are not NULL.
static NUM_NONNULLS: Template = Template::new("num_nonnulls({*})");

/// That exactly one key is set, or one at the most.
pub fn one_is_set<W: Place<Shared: GenericForeignKey>>() -> Node {
    let (path, mut fields) = (PathBuf::root(Scope::ANY, W::Model::meta()), W::flat().fields);
    let column = |field| Node::Column { path: path.clone(), field };
    let (mut firsts, mut halves) = (Vec::new(), Vec::new());
    for width in <W::Shared as GenericForeignKey>::WIDTHS {
        let (key, rest) = fields.split_at(fields.len().min(*width));
        fields = rest;
        let Some((first, more)) = key.split_first() else { continue };
        firsts.push(column(first));
        // All columns of a key, or none.
        let all =
            |null: bool| key.iter().map(|field| column(field).is_null(null)).reduce(Node::and);
        if let (false, Some(none), Some(all)) = (more.is_empty(), all(true), all(false)) {
            halves.push(none.or(all));
        }
    }
    let one = if W::GENERIC.optional { Comparison::Lte } else { Comparison::Eq };
    let count = Node::template(&NUM_NONNULLS, firsts);
    let value = Node::Value(orm_sql::value::SqlValue::I32(1), orm_sql::value::SqlType::Int4);
    halves.into_iter().fold(Node::compare(one, count, value), Node::and)
}

/// The name of the check, where that is not too long for the server.
struct NameOfCheck<W>(PhantomData<W>);

impl<W: Place> NameOfCheck<W> {
    const PATTERN: &'static str =
        if W::APP.is_empty() { "{model}_{field}_one" } else { "{app}_{model}_{field}_one" };
    const BUFFER: &'static TextBuffer =
        &TextBuffer::of_field(Self::PATTERN, W::APP, W::MODEL, W::NAME);
    const NAME: Option<&'static str> =
        if Self::BUFFER.text().len() < 64 { Some(Self::BUFFER.text()) } else { None };
}

/// The check of the columns of a generic key.
pub const fn generic_check<W: Place<Shared: GenericForeignKey>>() -> CheckMeta {
    let check = CheckMeta::new(one_is_set::<W>);
    match NameOfCheck::<W>::NAME {
        Some(name) => check.name(name),
        None => check,
    }
}

/// The row that the kind at a place leads to.
fn row_of(path: &PathBuf, flat: Flat, kind: usize) -> Node {
    Node::relation(path.then(Step::Forward(flat.relation(kind))))
}

/// That the key leads to a row.
pub fn generic_eq<R, G: GenericForeignKey>(
    path: &PathBuf,
    flat: Flat,
    op: bool,
    key: impl IntoGeneric<G>,
) -> Q<R> {
    let Some(key) = key.into_generic() else {
        return generic_isnull::<R, G>(path, flat, op);
    };
    let row = row_of(path, flat, key.kind_place());
    let is = Node::compare(Comparison::Eq, row, Node::row(key.key_values()));
    Expr::from_node(if op { is } else { is.not() })
}

/// That the key leads to one of several rows.
pub fn generic_in<R, G: GenericForeignKey, V: IntoGeneric<G>>(
    path: &PathBuf,
    flat: Flat,
    keys: impl IntoIterator<Item = V>,
) -> Q<R> {
    let mut kinds: Vec<Vec<_>> = G::WIDTHS.iter().map(|_| Vec::new()).collect();
    for key in keys.into_iter().filter_map(IntoGeneric::into_generic) {
        if let Some(kind) = kinds.get_mut(key.kind_place()) {
            kind.push(key.key_values());
        }
    }
    let one_of = |(kind, keys)| Node::In(Box::new(row_of(path, flat, kind)), Members::Keys(keys));
    let none = kinds.iter().all(Vec::is_empty);
    let kinds = kinds
        .into_iter()
        .enumerate()
        .filter(|(kind, keys)| !keys.is_empty() || (none && *kind == 0));
    Expr::from_node(kinds.map(one_of).reduce(Node::or).unwrap_or(Node::Bool(false)))
}

/// That the key is of a kind.
pub fn generic_is_kind<R>(path: &PathBuf, flat: Flat, kind: usize) -> Q<R> {
    Expr::from_node(row_of(path, flat, kind).is_null(false))
}

/// That there is no key, or that there is one.
pub fn generic_isnull<R, G: GenericForeignKey>(path: &PathBuf, flat: Flat, null: bool) -> Q<R> {
    let kinds = 0..G::WIDTHS.len();
    let kinds = kinds.map(|kind| row_of(path, flat, kind).is_null(null));
    let all = if null { kinds.reduce(Node::and) } else { kinds.reduce(Node::or) };
    Expr::from_node(all.unwrap_or(Node::Bool(null)))
}

/// Assigns all columns of the key.
pub fn set_generic<R, G: GenericForeignKey>(flat: Flat, key: impl IntoGeneric<G>) -> Assignment<R> {
    super::set_fields(flat, &key.into_generic())
}

/// The row that a key has led to, as one of the enum of rows.
pub fn fetched<'a, M: Send + 'a, Row: 'a>(
    row: BoxFuture<'a, Result<M>>,
    of: fn(M) -> Row,
) -> BoxFuture<'a, Result<Row>> {
    Box::pin(async move { row.await.map(of) })
}

/// Reads the rows of one kind that a prefetch has loaded.
pub type Loader<Row> = Box<dyn RowDecoder<Out = Option<Row>>>;

/// Reads what stands before it, as one of the enum of rows.
struct As<D: RowDecoder, T, Row>(D, fn(D::Out) -> Option<T>, fn(T) -> Row);

impl<D: RowDecoder, T: 'static, Row: 'static> RowDecoder for As<D, T, Row> {
    type Out = Option<Row>;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<Option<Row>> {
        Ok((self.1)(self.0.decode(reader)?).map(self.2))
    }
}

/// Loads the rows of one kind.
pub fn load_row<M: Model, Row: 'static>(
    path: &PathBuf,
    (flat, kind): (Flat, usize),
    into: &mut Selection<'_>,
    of: fn(M) -> Row,
) -> Loader<Row> {
    let path = path.then(Step::Forward(flat.relation(kind)));
    Box::new(As(load_opt::<M>(&path, into), |row| row, of))
}

/// Selects the rows of one kind.
pub type Join<Row> = Box<dyn FnOnce(&mut Selection<'_>) -> Loader<Row>>;

/// Joins the rows of one kind.
pub fn join_row<M: Model, Row: 'static>(
    path: &PathBuf,
    (flat, kind): (Flat, usize),
    of: fn(M) -> Row,
) -> Join<Row> {
    let path = path.then(Step::Forward(flat.relation(kind)));
    Box::new(move |into| {
        into.model(path);
        Box::new(As(ModelDecoder::<M, Opt>::default(), |row| row, of))
    })
}

/// The rows of all kinds, joined: what `select_related` makes of a generic key.
pub struct JoinedKinds<Row, K> {
    kinds: Vec<Join<Row>>,
    path: PhantomData<fn() -> K>,
}

/// Joins the rows of all kinds.
pub fn join_generic<Row, K>(kinds: Vec<Join<Row>>) -> JoinedKinds<Row, K> {
    JoinedKinds { kinds, path: PhantomData }
}

#[diagnostic::do_not_recommend]
impl<R: Model, Row: Send + 'static, K: ToOne> Selects<R> for JoinedKinds<Row, K> {
    type Out = K::Wrap<Row>;
    type Decoder = GenericDecoder<Row, K>;
    fn selects(self, into: &mut Selection<'_>) -> Self::Decoder {
        load_generic(self.kinds.into_iter().map(|kind| kind(into)).collect())
    }
}

/// Loads the rows of one kind by a query set over them.
pub fn load_rows<R: Model, T: Send + 'static, Row: 'static>(
    rows: impl Prefetch<R, Out = Vec<T>, Decoder = ManyDecoder<T>>,
    into: &mut Selection<'_>,
    of: fn(T) -> Row,
) -> Loader<Row> {
    Box::new(As(rows.prefetch(into), |rows: Vec<T>| rows.into_iter().next(), of))
}

/// Reads the row that a generic key leads to.
pub struct GenericDecoder<Row, K> {
    kinds: Vec<Loader<Row>>,
    path: PhantomData<fn() -> K>,
}

/// Reads the rows of all kinds.
pub fn load_generic<Row, K>(kinds: Vec<Loader<Row>>) -> GenericDecoder<Row, K> {
    GenericDecoder { kinds, path: PhantomData }
}

impl<Row: Send + 'static, K: Cardinality> RowDecoder for GenericDecoder<Row, K> {
    type Out = K::Wrap<Row>;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<K::Wrap<Row>> {
        let mut found = None;
        for kind in &self.kinds {
            found = kind.decode(reader)?.or(found);
        }
        let missing = "the row that this key refers to is not there (any more)";
        K::wrap(found).ok_or_else(|| reader.error(missing))
    }
}
