//! Prefetches for rows that are loaded already.

use crate::error::Result;
use crate::exec::{BoxFuture, Executor, cell_error};
use crate::model::{Key, Model, Own, Path, PathBuf, Root};
use crate::node::{Members, Node};
use crate::prefetch::{self, Prefetch};
use crate::query::{self, Filter, Query, Selected};
use crate::row::{Reader, RowBuffer, RowDecoder};
use crate::select::Selection;
use std::collections::HashMap;
use std::hash::Hash;

/// Rows, each with what was loaded for it.
type Paired<M, T> = Vec<(M, T)>;

/// Loads a relation for rows that are loaded already.
///
/// Rows that are gone from the database meanwhile are left out.
///
/// ```text
/// let books = prefetch(&db, books, |b| b.tags()).await?;      // Vec<(Book, Vec<Tag>)>
/// ```
///
/// # Errors
///
/// What the server or the connection reports.
pub fn prefetch<'a, M, X>(
    db: &'a impl Executor,
    rows: Vec<M>,
    relation: impl FnOnce(&Root<M>) -> X,
) -> BoxFuture<'a, Result<Paired<M, X::Out>>>
where
    M: Model,
    M::Pk: Eq + Hash,
    X: Prefetch<M>,
{
    if rows.is_empty() {
        return Box::pin(async { Ok(Vec::new()) });
    }
    let mut query = keys_of(&rows);
    let key_width = query.width();
    let mut plans = Vec::new();
    let root = PathBuf::root(query.scope, M::meta());
    let relation = relation(&<Root<M> as Path<M, Own>>::at(root));
    let related = relation.prefetch(&mut Selection::new(&mut query, &mut plans));
    Box::pin(async move {
        let statement = query::select(&query)?;
        let mut buffer = RowBuffer::new(query.width());
        db.run(&statement, &mut buffer).await?;
        let groups = prefetch::load(db, &plans, &buffer).await?;
        let failed = |e: Box<crate::row::DecodeError>| cell_error(&statement, e.column, &e.error);
        let mut places = HashMap::new();
        for place in 0..buffer.len() {
            let key = M::Pk::decode(&mut Reader::new(&buffer.row(place))).map_err(failed)?;
            places.insert(key, place);
        }
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(place) = places.get(&row.pk()) else { continue };
            let cells = buffer.row(*place);
            let mut reader = Reader::with_related(&cells, &groups);
            reader.skip(key_width);
            all.push((row, related.decode(&mut reader).map_err(failed)?));
        }
        Ok(all)
    })
}

/// The keys of the rows, as a query.
fn keys_of<M: Model>(rows: &[M]) -> Query {
    let meta = M::meta();
    let mut query = Query::new(meta);
    query.order.by = Some(Vec::new());
    let root = PathBuf::root(query.scope, meta);
    let keys = rows.iter().map(|row| row.pk().to_values()).collect();
    let node = Node::In(Box::new(Node::relation(root.clone())), Members::Keys(keys));
    query.filters.push(Filter { node, negated: false, after: 0, sticky: false });
    let columns = meta.primary_key.iter().filter_map(|place| meta.fields.get(*place));
    let select = columns
        .map(|field| Selected::Expr(Node::Column { path: root.clone(), field }, field.sql_type));
    query.select = select.collect();
    query
}
