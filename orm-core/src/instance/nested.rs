//! Rows inserted with what is saved after them, because it refers to them.

use super::insert_raw;
use crate::draft::{Nested, RawDraft};
use crate::execute;
use crate::hooks;
use crate::lifecycle::{self, Insertion};
use crate::model::Model;
use crate::row::Decoder;
use orm_sql::error::Result;
use orm_sql::exec::Executor;
use orm_sql::exec::transaction::Transaction;
use std::any::Any;
use std::sync::Arc;

/// Inserts the row of a draft, and then what refers to it, in one transaction; once more where a
/// statement in it was prepared before its table was changed, and no hook was called.
pub(crate) async fn insert<M: Model>(
    draft: RawDraft,
    nested: Vec<Arc<dyn Nested>>,
    db: &dyn Executor,
) -> Result<M> {
    let mut heard = lifecycle::wanted(M::meta(), hooks::CREATING);
    match insert_once(draft.clone(), &nested, db, &mut heard).await {
        Err(error) if error.is_outdated() && !heard && !db.in_transaction() => {
            insert_once(draft, &nested, db, &mut heard).await
        }
        result => result,
    }
}

async fn insert_once<M: Model>(
    draft: RawDraft,
    nested: &[Arc<dyn Nested>],
    db: &dyn Executor,
    heard: &mut bool,
) -> Result<M> {
    let unit = db.begin().await?;
    let row: M = insert_raw(draft, &unit.executor()).await?;
    let saved = nested.iter().filter_map(|part| Some((row_of(&row, &**part)?, part)));
    let saved: Vec<_> = saved.collect();
    for (place, (of, part)) in saved.iter().enumerate() {
        *heard |= part.is_heard(*of);
        let ends = (place + 1 == saved.len()).then_some(&unit);
        part.save(*of, unit.executor(), ends).await?;
    }
    unit.commit().await?;
    Ok(row)
}

/// Inserts the rows of drafts in as few statements as possible, and then what refers to each. A
/// model with hooks has its rows inserted one by one. A transaction ends with the last of them, where
/// one is given.
pub(crate) async fn insert_many<M: Model>(
    mut drafts: Vec<RawDraft>,
    db: &dyn Executor,
    ends: Option<&Transaction>,
) -> Result<Vec<M>> {
    if lifecycle::wanted(M::meta(), hooks::CREATING) {
        let mut rows = Vec::with_capacity(drafts.len());
        for draft in drafts {
            rows.push(insert_raw(draft, &db).await?);
        }
        return Ok(rows);
    }
    let nested: Vec<_> = drafts.iter_mut().map(RawDraft::take_nested).collect();
    let parts = Insertion::new(M::meta(), db).all(drafts)?;
    if let ([_], Some(unit)) = (parts.as_slice(), ends.filter(|_| nested.iter().all(Vec::is_empty)))
    {
        unit.ends_with_next();
    }
    let decoder = Decoder::Fn(M::decode);
    let check = |_: &[Vec<M>]| Ok(());
    let rows = execute::insert_all(db, M::meta(), &parts, None, &decoder, M::value, check).await?;
    let saved = rows.iter().zip(&nested).flat_map(|(row, parts)| {
        parts.iter().filter_map(move |part| Some((row_of(row, &**part)?, part)))
    });
    let saved: Vec<_> = saved.collect();
    for (place, (of, part)) in saved.iter().enumerate() {
        let ends = ends.filter(|_| place + 1 == saved.len());
        part.save(*of, db, ends).await?;
    }
    Ok(rows)
}

/// The row that something is saved for: the draft's own, or that of a model which its own extends.
fn row_of<'r, M: Model>(row: &'r M, part: &dyn Nested) -> Option<&'r (dyn Any + Send + Sync)> {
    match part.of() == M::meta() {
        true => Some(row),
        false => row.part(part.of()),
    }
}
