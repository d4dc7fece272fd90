//! Prefetches for rows that are loaded already.

use crate::error::{Error, Result};
use crate::exec::{BoxFuture, Executor, RowSink};
use crate::model::{Model, Own, Path, PathBuf, Root};
use crate::node::Node;
use crate::prefetch::{self, Prefetch};
use crate::query::{Query, Selected};
use crate::row::{Cells, Reader, RowBuffer, RowDecoder};
use crate::select::Selection;
use crate::value::SqlValue;
use bytes::BytesMut;
use postgres_types::{ToSql, Type};

/// Rows, each with what was loaded for it.
type Paired<M, T> = Vec<(M, T)>;

/// Loads a relation for rows that are loaded already, by the keys that they hold.
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
    X: Prefetch<M>,
{
    if rows.is_empty() {
        return Box::pin(async { Ok(Vec::new()) });
    }
    let mut query = Query::new(M::meta());
    query.select.clear();
    let mut plans = Vec::new();
    let root = PathBuf::root(query.scope, M::meta());
    let relation = relation(&<Root<M> as Path<M, Own>>::at(root));
    let related = relation.prefetch(&mut Selection::new(&mut query, &mut plans));
    let keys = keys_of(&query, &rows);
    Box::pin(async move {
        let keys = keys?;
        let groups = prefetch::load(db, &plans, &keys).await?;
        let pairs = rows.into_iter().enumerate().map(|(place, row)| {
            let cells = keys.row(place);
            let loaded = related.decode(&mut Reader::with_related(&cells, &groups));
            let loaded = loaded.map_err(|error| Error::Decode {
                model: M::meta().name.to_owned(),
                field: "a prefetched relation".to_owned(),
                message: error.error.to_string(),
            })?;
            Ok((row, loaded))
        });
        pairs.collect()
    })
}

/// The keys that prefetches have asked for, as if a statement had selected them.
fn keys_of<M: Model>(query: &Query, rows: &[M]) -> Result<RowBuffer> {
    if let Some(error) = &query.error {
        return Err(Error::usage(error.clone()));
    }
    let mut buffer = RowBuffer::new(query.width());
    for row in rows {
        let cells = query.select.iter().map(|key| key_of(key, row));
        RowSink::row(&mut buffer, &Encoded(cells.collect::<Result<_>>()?))?;
    }
    Ok(buffer)
}

/// One key of a row. Prefetches select columns of the row itself.
fn key_of<M: Model>(key: &Selected, row: &M) -> Result<Option<Vec<u8>>> {
    let meta = M::meta();
    let Selected::Expr(Node::Column { field, .. }, _) = key else {
        return Err(Error::usage("a prefetch needs a relation of the model"));
    };
    let place = meta.field(field.name).map_or(usize::MAX, |(place, _)| place);
    encoded(&row.value(place)).ok_or_else(|| {
        Error::usage(format!(
            "the key `{}` of `{}` cannot be read back from its rows; load them by `prefetch_related`",
            field.name, meta.name
        ))
    })
}

/// The binary form that the server gives a key, so that it is found among the related rows.
fn encoded(value: &SqlValue) -> Option<Option<Vec<u8>>> {
    fn bytes(value: &dyn ToSql, sql_type: &Type) -> Option<Option<Vec<u8>>> {
        let mut out = BytesMut::new();
        value.to_sql_checked(sql_type, &mut out).ok()?;
        Some(Some(out.to_vec()))
    }
    match value {
        SqlValue::Null => Some(None),
        SqlValue::Bool(value) => bytes(value, &Type::BOOL),
        SqlValue::I16(value) => bytes(value, &Type::INT2),
        SqlValue::I32(value) => bytes(value, &Type::INT4),
        SqlValue::I64(value) => bytes(value, &Type::INT8),
        SqlValue::F32(value) => bytes(value, &Type::FLOAT4),
        SqlValue::F64(value) => bytes(value, &Type::FLOAT8),
        SqlValue::Decimal(value) => bytes(value, &Type::NUMERIC),
        SqlValue::Text(value) => bytes(value, &Type::TEXT),
        SqlValue::Bytes(value) => bytes(value, &Type::BYTEA),
        SqlValue::Date(value) => bytes(value, &Type::DATE),
        SqlValue::Time(value) => bytes(value, &Type::TIME),
        SqlValue::Timestamp(value) => bytes(value, &Type::TIMESTAMP),
        SqlValue::TimestampTz(value) => bytes(value, &Type::TIMESTAMPTZ),
        SqlValue::Uuid(value) => bytes(value, &Type::UUID),
        _ => None,
    }
}

struct Encoded(Vec<Option<Vec<u8>>>);

impl Cells for Encoded {
    fn cell(&self, index: usize) -> Option<&[u8]> {
        self.0.get(index)?.as_deref()
    }
}
