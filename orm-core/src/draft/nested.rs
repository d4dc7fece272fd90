//! Drafts within drafts: what is saved after a row because it refers to it.

use super::rows::Insertion;
use super::{CompleteBut, DraftOf, RawDraft};
use crate::error::{Error, Result};
use crate::exec::{BoxFuture, Executor};
use crate::hooks;
use crate::instance;
use crate::ir::RelatedSet;
use crate::model::Model;
use crate::queryset::{Accessor, bulk};
use crate::relation::{IntoKeys, Keys, insert_related, keys_of, link};
use crate::row::Decoder;
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// Something that is saved once the row that it refers to is there.
pub(crate) trait Nested: fmt::Debug + Send + Sync {
    /// Saves it for a row.
    fn save<'a>(
        &'a self,
        row: &'a (dyn Any + Send + Sync),
        db: &'a dyn Executor,
    ) -> BoxFuture<'a, Result<()>>;
}

/// Related rows that are to be, or that are there and will belong to the row.
struct Related<M: Model, C: Model, F> {
    set: Accessor<M, C, F>,
    what: What,
}

#[derive(Debug)]
enum What {
    Drafts(Vec<RawDraft>),
    Rows(std::result::Result<Keys, String>),
}

impl<M: Model, C: Model, F> fmt::Debug for Related<M, C, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple(C::meta().name).field(&self.what).finish()
    }
}

/// Drafts to save after the row.
pub(crate) fn drafts<M, C, F, D>(
    set: Accessor<M, C, F>,
    drafts: impl IntoIterator<Item = D>,
) -> Arc<dyn Nested>
where
    M: Model,
    C: Model,
    F: 'static,
    D: DraftOf<C> + CompleteBut<F>,
{
    let drafts = drafts.into_iter().map(|draft| draft.into_raw()).collect();
    Arc::new(Related { set, what: What::Drafts(drafts) })
}

/// Rows to add to a related set after the row is there.
pub(crate) fn rows<M: Model, C: Model, F: 'static>(
    set: Accessor<M, C, F>,
    rows: impl IntoKeys<C, C>,
) -> Arc<dyn Nested> {
    let keys = keys_of::<C>(rows.into_keys(None)).map_err(|error| error.to_string());
    Arc::new(Related { set, what: What::Rows(keys) })
}

impl<M: Model, C: Model, F: 'static> Nested for Related<M, C, F> {
    fn save<'a>(
        &'a self,
        row: &'a (dyn Any + Send + Sync),
        db: &'a dyn Executor,
    ) -> BoxFuture<'a, Result<()>> {
        let set = row.downcast_ref::<M>().and_then(|row| (self.set)(row).query().related.clone());
        Box::pin(async move {
            let set: RelatedSet = set.ok_or_else(|| {
                Error::usage(format!("`{}` in a draft is no related set of it", C::meta().name))
            })?;
            match &self.what {
                What::Drafts(drafts) => {
                    insert_related::<C>(db, &set, drafts.clone(), &[]).await?;
                }
                What::Rows(keys) => {
                    let keys = keys.clone().map_err(Error::Usage)?;
                    link::<C>(db, &set, keys, &[]).await?;
                }
            }
            Ok(())
        })
    }
}

/// Inserts the row of a draft, and then what refers to it, in one transaction.
pub(crate) async fn insert<M: Model>(
    mut draft: RawDraft,
    nested: Vec<Arc<dyn Nested>>,
    db: &dyn Executor,
) -> Result<M> {
    draft.nested.clear();
    let unit = db.begin().await?;
    let row: M = instance::insert_raw(draft, &unit.executor()).await?;
    for part in nested {
        part.save(&row, unit.executor()).await?;
    }
    unit.commit().await?;
    Ok(row)
}

/// Inserts the rows of drafts in as few statements as possible, and then what refers to each. A
/// model with hooks has its rows inserted one by one.
pub(crate) async fn insert_many<M: Model>(
    mut drafts: Vec<RawDraft>,
    db: &dyn Executor,
) -> Result<Vec<M>> {
    if hooks::wanted(M::meta(), hooks::CREATING) {
        let mut rows = Vec::with_capacity(drafts.len());
        for draft in drafts {
            rows.push(instance::insert_raw(draft, &db).await?);
        }
        return Ok(rows);
    }
    let nested: Vec<_> = drafts.iter_mut().map(RawDraft::take_nested).collect();
    let parts = Insertion::new(M::meta()).all(drafts)?;
    let decoder = Decoder::Fn(M::decode);
    let rows = bulk::run_all(db, M::meta(), &parts, None, &decoder, |_| Ok(())).await?;
    for (row, nested) in rows.iter().zip(nested) {
        for part in nested {
            part.save(row, db).await?;
        }
    }
    Ok(rows)
}
