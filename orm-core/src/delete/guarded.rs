//! A row that is there already: what protects it is looked for by its key, before anything is locked.

use super::collect::asking;
use super::duty::Duty;
use super::hindrance::{self, Hindrance};
use super::taken::{kind_of, primary_key};
use crate::hooks::DELETING;
use crate::ir::{ModelMeta, Referrer};
use crate::lifecycle;
use crate::model::Model;
use crate::query::Found;
use orm_sql::error::Result;
use orm_sql::exec::{Executor, Job, Statement};
use orm_sql::row::{RowBuffer, RowSink};
use orm_sql::value::{SqlType, SqlValue};

/// True where the server refuses what begins to refer to a row after it was looked.
pub(super) fn is_guarded(referrer: &Referrer) -> bool {
    Duty::of(referrer) == Duty::Protect && referrer.relation.db_constraint
}

/// True where nothing but such keys refers to a model: once none of them is found, a deletion is one plain
/// DELETE.
pub(super) fn is_only_guarded(model: &'static ModelMeta) -> bool {
    let free = |key: &Referrer| Duty::of(key) == Duty::Nothing || is_guarded(key);
    model.referrers().iter().all(free) && !lifecycle::wanted(model, DELETING)
}

/// The statements that look for what protects a row, of which these are the values.
pub(super) struct Look {
    model: &'static ModelMeta,
    asks: Vec<(&'static Referrer, Statement)>,
}

impl Look {
    /// Looks for what protects a row. Nothing is looked for where the row may have been changed since it was
    /// read, which is said first.
    pub fn of<M: Model>(row: &M) -> Result<Look> {
        let model = M::meta();
        let guarded = model.referrers().iter().filter(|referrer| is_guarded(referrer));
        let guarded: Vec<&Referrer> = guarded.collect();
        if guarded.is_empty() || model.version().is_some() {
            return Ok(Look { model, asks: Vec::new() });
        }
        let values = &row.values();
        let guarded = guarded.into_iter();
        let asks = guarded.filter_map(|referrer| {
            let found = by_key_of(model, referrer, values)?;
            let columns = primary_key(referrer.model);
            Some(asking(referrer, &columns, found, false).map(|statement| (referrer, statement)))
        });
        Ok(Look { model, asks: asks.collect::<Result<_>>()? })
    }

    /// True where nothing can protect it.
    pub fn is_empty(&self) -> bool {
        self.asks.is_empty()
    }

    /// Refuses the deletion where something is found.
    pub async fn refuse(&self, db: &dyn Executor) -> Result<()> {
        let width = |referrer: &Referrer| primary_key(referrer.model).len();
        let mut found: Vec<RowBuffer> =
            self.asks.iter().map(|(referrer, _)| RowBuffer::new(width(referrer))).collect();
        let jobs = self.asks.iter().zip(&mut found).map(|((_, statement), rows)| {
            let sink: &mut dyn RowSink = rows;
            Job { statement, sink }
        });
        db.run_all(jobs.collect()).await?;
        let hindrances = self.asks.iter().zip(&found).filter_map(|((referrer, _), rows)| {
            Hindrance::of(referrer, (0..rows.len()).map(|row| rows.row(row)))
        });
        hindrance::refuse(self.model, hindrances.collect())
    }
}

/// What refers to a row by a key; nothing can where a value that it would refer to is NULL.
fn by_key_of(model: &'static ModelMeta, referrer: &Referrer, values: &[SqlValue]) -> Option<Found> {
    let targets = referrer.relation.targets().into_iter();
    let keys = targets.map(|target| {
        let place = model.fields.iter().position(|field| field == target)?;
        let value = values.get(place).filter(|value| **value != SqlValue::Null)?;
        Some((SqlValue::Array(vec![value.clone()]), SqlType::Array(&target.sql_type)))
    });
    let columns_of_key = referrer.fields().iter().map(|field| field.column).collect();
    let keys = keys.collect::<Option<Vec<_>>>()?;
    Some(Found { columns: columns_of_key, keys, kind: kind_of(referrer) })
}
