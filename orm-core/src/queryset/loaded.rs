//! Prefetches for rows that are loaded already.

use super::{Of, QuerySet};
use crate::execute;
use crate::ir::held_as::as_type;
use crate::ir::{Node, PathBuf, Query, Selected};
use crate::model::{Fields, Model, OnFields};
use crate::prefetch::{ManyDecoder, Prefetch};
use crate::row::{Reader, RowDecoder, encoded};
use crate::select::Selection;
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::one_call;
use orm_sql::exec::{BoxFuture, Executor};
use orm_sql::row::{RowBuffer, RowSink};
use orm_sql::value::{SqlType, SqlValue};

#[diagnostic::do_not_recommend]
impl<R: Model, M: Model, O: Send + 'static> Prefetch<R> for QuerySet<M, O, Of<R>> {
    type Out = Vec<O>;
    type Decoder = ManyDecoder<O>;
    fn prefetch(self, into: &mut Selection<'_>) -> ManyDecoder<O> {
        let (query, decoder, children) = self.into_parts();
        ManyDecoder::asked(into, query, children, decoder)
    }
}

/// Rows, each with what was loaded for it.
type Paired<M, T> = Vec<(M, T)>;

/// Loads a relation for rows that are loaded already, by the keys that they hold.
///
/// ```
/// # use orm_doctest::*; run(async |db| {
/// # let books = Book::objects().all(&db).await?;
/// # db.take();
/// let books: Vec<(Book, Vec<Tag>)> = prefetch(&db, books, |b| b.tags()).await?;
/// assert_sent!(
///     db,
///     "SELECT t0.id, t0.name, t1.book_id FROM tag AS t0 JOIN book_tags AS t1 ON t1.tag_id =
///      t0.id WHERE t1.book_id = ANY($1)"
/// );
/// # Ok(()) })
/// ```
///
/// # Errors
///
/// What the server or the connection reports.
#[track_caller]
pub fn prefetch<'a, M, X>(
    db: &'a (impl Executor + ?Sized),
    rows: Vec<M>,
    relation: impl OnFields<M, X>,
) -> BoxFuture<'a, Result<Paired<M, X::Out>>>
where
    M: Model,
    X: Prefetch<M>,
{
    if rows.is_empty() {
        return Box::pin(async { Ok(Vec::new()) });
    }
    let mut query = Query::new(M::meta());
    query.select.clear();
    let mut plans = Vec::new();
    let root = PathBuf::root(query.scope, M::meta());
    let relation = relation(&Fields::at(root));
    let related = relation.prefetch(&mut Selection::new(&mut query, &mut plans));
    let keys = keys_of(&query, &rows);
    one_call(Box::pin(async move {
        let keys = keys?;
        let groups = execute::load(db.as_executor(), &plans, &keys).await?;
        let pairs = rows.into_iter().enumerate().map(|(place, row)| {
            let cells = keys.row(place);
            let loaded = related.decode(&mut Reader::with_related(&cells, &groups));
            let loaded = loaded.map_err(|error| Error::Decode {
                model: M::meta().name.to_owned(),
                field: "a prefetched relation".to_owned(),
                message: error.error.to_string().into(),
            })?;
            Ok((row, loaded))
        });
        pairs.collect()
    }))
}

/// The keys that prefetches have asked for, as if a statement had selected them.
fn keys_of<M: Model>(query: &Query, rows: &[M]) -> Result<RowBuffer> {
    if let Some(error) = &query.error {
        return Err(Error::usage(error.clone()));
    }
    let keys: Vec<Key> = query.select.iter().map(key_in::<M>).collect();
    let mut buffer = RowBuffer::new(query.width());
    for row in rows {
        let keys = encoded(keys.iter().map(|key| key.of(row))).ok_or_else(|| {
            Error::usage(format!(
                "the keys of `{}` are of a type that is only read from the server; load its rows \
                 and these by `prefetch_related`",
                M::meta().name
            ))
        })?;
        RowSink::row(&mut buffer, &keys)?;
    }
    Ok(buffer)
}

/// What a prefetch selects: a column of the rows themselves, and what has to be in another one.
struct Key {
    place: usize,
    kind: Option<(usize, SqlValue)>,
    /// Its type, where the column of the rows has another.
    as_type: Option<SqlType>,
}

impl Key {
    fn of<M: Model>(&self, row: &M) -> SqlValue {
        match &self.kind {
            Some((place, kind)) if !row.value(*place).is_same(kind) => SqlValue::Null,
            _ => match self.as_type {
                None => row.value(self.place),
                // Where it is no value of that type, it leads nowhere.
                Some(sql_type) => {
                    as_type(&row.value(self.place), sql_type).unwrap_or(SqlValue::Null)
                }
            },
        }
    }
}

/// Where that stands in a row.
fn key_in<M: Model>(selected: &Selected) -> Key {
    let place = |node: &Node| match node {
        Node::Column { field, .. } => M::meta().field(field.name).map(|(place, _)| place),
        _ => None,
    };
    let plain = |place: Option<usize>| Key {
        place: place.unwrap_or(usize::MAX),
        kind: None,
        as_type: None,
    };
    let none = plain(None);
    match selected {
        Selected::Expr(Node::Case(case), _) => {
            // The key of one kind of a generic key.
            let [(Node::Compare(_, sides), own)] = case.branches.as_slice() else { return none };
            let [kind, Node::Value(value, _)] = sides.as_ref() else { return none };
            let kind = place(kind).map(|kind| (kind, value.clone()));
            let (own, as_type) = match own {
                Node::Cast(own, sql_type) => (&**own, Some(*sql_type)),
                own => (own, None),
            };
            Key { kind, as_type, ..plain(place(own)) }
        }
        Selected::Expr(node, _) => plain(place(node)),
        _ => none,
    }
}
