//! Rows of models that extend others: with such a row goes the one that it extends, and with that
//! everything else.

use super::rows_of;
use crate::execute;
use crate::ir::{Members, ModelMeta, Node, PathBuf, Query};
use crate::model::{Key, Model};
use crate::query::{self, Returning};
use orm_sql::error::Result;
use orm_sql::exec::instrumentation::one_call;
use orm_sql::exec::{BoxFuture, Executor};

/// The last model that one extends, and its rows that are those of a query; `None` where the model
/// extends none.
pub(super) fn outermost(
    model: &'static ModelMeta,
    rows: &Query,
) -> Option<Result<(&'static ModelMeta, Query)>> {
    model.link()?;
    let outermost = model.lineage().last()?;
    if let Err(error) = query::can_be_changed(rows, "delete") {
        return Some(Err(error));
    }
    let mut all = Query::new(outermost);
    all.order.by = Some(Vec::new());
    let root = Node::relation(PathBuf::root(all.scope, outermost));
    let among = Node::In(Box::new(root), Members::Query(Box::new(rows.clone())));
    Some(Ok((outermost, all.with_filter(among))))
}

/// Deletes rows and returns them as they were: those that were locked, by their keys.
#[track_caller]
pub(super) fn rows_returning<'a, M: Model>(
    rows: &Query,
    db: &'a dyn Executor,
) -> BoxFuture<'a, Result<Vec<M>>> {
    let lock = query::lock(&rows.on(db), Returning::Rows);
    one_call(Box::pin(async move {
        let unit = db.begin().await?;
        let inside = unit.executor();
        let gone = execute::write::<M>(inside, &lock?).await?;
        if !gone.is_empty() {
            let keys = gone.iter().map(|row| row.pk().into_values()).collect();
            let mut rows = Query::new(M::meta());
            let root = Node::relation(PathBuf::root(rows.scope, M::meta()));
            rows = rows.with_filter(Node::In(Box::new(root), Members::Keys(keys)));
            rows.order.by = Some(Vec::new());
            rows_of(M::meta(), &rows, inside).await?;
        }
        unit.commit().await?;
        Ok(gone)
    }))
}
