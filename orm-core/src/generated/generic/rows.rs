//! How the rows are loaded that a generic key leads to.

use crate::ir::{PathBuf, Step};
use crate::model::{Cardinality, Flat, Model, Opt, ToOne};
use crate::prefetch::{ManyDecoder, Prefetch, load_opt};
use crate::row::{Decoded, Reader, RowDecoder};
use crate::select::{ModelDecoder, Selection, Selects};
use orm_sql::error::Result;
use orm_sql::exec::BoxFuture;
use std::marker::PhantomData;

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
