//! From a compiled query to its rows.

use super::{QuerySet, raw};
use crate::execute::{Above, Parents, Plan, rows, rows_ahead, rows_with, traced};
use crate::ir::{ModelMeta, Query};
use crate::query;
use crate::row::Decoder;
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::{Origin, called_at};
use orm_sql::exec::{Executor, Statement};
use std::sync::Arc;

/// A query ready to run.
pub(super) struct Ready<O> {
    /// None where there can be no rows.
    statement: Result<Option<Statement>>,
    decoder: Decoder<O>,
    prefetches: Vec<Arc<Plan>>,
    /// How many cells a row has, where they are kept for prefetches.
    width: usize,
    /// The model of which there must be one row at the most.
    only: Option<&'static str>,
    /// The model that SQL of the user's own is read as.
    raw: Option<&'static ModelMeta>,
    /// Its rows as they are asked for once more, where what is prefetched is loaded together with them.
    above: Option<Box<Above>>,
}

impl<O: Send + 'static> Ready<O> {
    /// Its rows asked for in another way than by a query set.
    pub(super) fn of(mut self, origin: Origin) -> Self {
        if let Ok(Some(statement)) = &mut self.statement {
            statement.about.origin = origin;
        }
        self
    }

    /// The same where there must be one row of a model at the most.
    pub(super) fn only(mut self, model: &'static str) -> Self {
        self.only = Some(model);
        self
    }

    /// Its only row, or none. Nothing is prefetched where there are several.
    pub(super) async fn one(&mut self, db: &dyn Executor) -> Result<Option<O>> {
        let rows = self.rows(db).await?;
        match self.only {
            Some(model) if rows.len() > 1 => Err(Error::MultipleObjectsReturned { model }),
            _ => Ok(rows.into_iter().next()),
        }
    }

    /// Its rows.
    #[expect(clippy::manual_async_fn, reason = "an async fn would move all of it once more")]
    pub(super) fn load<'a>(
        mut self,
        db: &'a dyn Executor,
    ) -> impl Future<Output = Result<Vec<O>>> + Send + use<'a, O> {
        async move { self.rows(db).await }
    }

    async fn rows(&mut self, db: &dyn Executor) -> Result<Vec<O>> {
        let Ready { statement, decoder, prefetches, width, only, raw, above } = self;
        let loaded = match statement {
            Ok(None) => return Ok(Vec::new()),
            Ok(Some(statement)) if prefetches.is_empty() => rows(db, statement, decoder).await,
            Ok(Some(statement)) => {
                let (statement, decoder, prefetches) = (&*statement, &*decoder, &*prefetches);
                let parents = Parents { width: *width, only: *only };
                let rows = async {
                    match above {
                        None => rows_with(db, statement, parents, decoder, prefetches).await,
                        Some(above) => {
                            rows_ahead(db, statement, parents, decoder, prefetches, above).await
                        }
                    }
                };
                match statement.about.place {
                    Some(place) => called_at(place, Box::pin(rows)).await,
                    None => Box::pin(rows).await,
                }
            }
            failed => std::mem::replace(failed, Ok(None)).map(|_| Vec::new()),
        };
        match raw {
            None => loaded,
            Some(model) => loaded.map_err(|error| raw::named(error, model)),
        }
    }
}

impl<M, O, S> QuerySet<M, O, S> {
    /// What runs a query, which may be another one than that of this query set.
    #[track_caller]
    pub(super) fn ready(
        &self,
        query: &Query,
        db: &dyn Executor,
        compile: fn(&Query) -> Result<Statement>,
    ) -> Ready<O> {
        if query::is_empty(query) && query.error.is_none() {
            return Ready { statement: Ok(None), ..self.blank() };
        }
        let width = if self.prefetches.is_empty() { 0 } else { query.width() };
        let statement = traced(compile(&query.on(db)), query);
        let statement =
            statement.and_then(|s| super::lock::inside(query, db).map(|()| s)).map(Some);
        let above = match &statement {
            Ok(Some(statement)) => Above::of(query, &self.prefetches, statement, db),
            _ => None,
        };
        Ready { statement, width, raw: raw::model_of(query), above, ..self.blank() }
    }

    fn blank(&self) -> Ready<O> {
        Ready {
            statement: Ok(None),
            decoder: self.decoder.clone(),
            prefetches: self.prefetches.clone(),
            width: 0,
            only: None,
            raw: None,
            above: None,
        }
    }
}
