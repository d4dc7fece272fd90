//! An operation that is done step by step. How many steps are done is noted with each of them, so that
//! a run which was cut off goes on there, or goes back from there.

use super::steps::{is_done, statements};
use super::{Event, Runner, Step};
use crate::answer::ask;
use crate::error::{Error, Result};
use crate::operation::{Misfit, Operation, Stage, Work, stages};
use crate::record::{self, Progress};
use crate::state::ProjectState;
use orm_sql::exec::Executor;
use orm_sql::ident::RawSql;
use orm_sql::schema::{Change, TableName};
use orm_sql::sql::record as sql;
use orm_sql::value::{SqlType, SqlValue};

/// How many pages of a table are filled in one transaction: two megabytes.
const PAGES: u32 = 256;

/// An operation on its way.
struct Way<'a> {
    db: &'a dyn Executor,
    step: &'a Step<'a>,
    operation: &'a Operation,
    /// Its place.
    place: usize,
    /// The direction of the steps: that in which they were begun.
    forwards: bool,
}

impl Way<'_> {
    /// How many operations are noted as done meanwhile.
    fn done(&self) -> usize {
        if self.forwards { self.place } else { self.place + 1 }
    }

    /// Notes how many steps are done, and how many pages of the next one.
    async fn note(&self, db: &dyn Executor, call: usize, page: u32) -> Result<()> {
        let key = if page == 0 { Vec::new() } else { vec![page.to_string()] };
        let (operation, forwards, rows) = (self.place, self.forwards, 0);
        let progress = Progress { operation, forwards, call, key, rows };
        let migration = self.step.migration;
        Ok(record::note_progress(db, migration, self.done(), Some(&progress)).await?)
    }

    async fn statements(&self, db: &dyn Executor, changes: &[Change]) -> Result<()> {
        statements(db, self.step.migration, (self.operation, changes), false).await
    }
}

impl Runner<'_> {
    /// Does the steps of an operation that are not done yet; or undoes those that are, where they were
    /// begun in the other direction.
    pub(super) async fn safely(
        &mut self,
        db: &dyn Executor,
        step: &Step<'_>,
        place: usize,
        states: &[ProjectState],
        begun: Option<Progress>,
    ) -> Result<()> {
        let (Some(operation), Some(before), Some(after)) =
            (step.migration.operations.get(place), states.get(place), states.get(place + 1))
        else {
            return Ok(());
        };
        let misfit = |misfit| Error::Misfit {
            migration: step.migration.name.clone(),
            operation: operation.to_string(),
            misfit,
        };
        let mut begun =
            begun.unwrap_or(Progress { forwards: step.forwards, ..Progress::default() });
        let way = |forwards| Way { db, step, operation, place, forwards };
        if begun.forwards != step.forwards {
            let there = stages(operation, before, after, begun.forwards).map_err(misfit)?;
            if begun.call < there.len() {
                return self.back(&way(begun.forwards), &there, begun.call).await;
            }
            // It had come to its end, and that was not noted.
            begun = Progress { forwards: step.forwards, ..Progress::default() };
        }
        let mut page = begun.key.first().and_then(|page| page.parse().ok()).unwrap_or(0);
        let stages = stages(operation, before, after, step.forwards).map_err(misfit)?;
        for (call, stage) in stages.iter().enumerate().skip(begun.call) {
            self.stage(&way(step.forwards), call, stage, page).await?;
            page = 0;
        }
        Ok(())
    }

    /// Undoes the steps that are done, and one that stands in no transaction and may have begun.
    async fn back(&mut self, way: &Way<'_>, stages: &[Stage], reached: usize) -> Result<()> {
        let is_begun = |(call, stage): &(usize, &Stage)| {
            *call < reached || (*call == reached && matches!(stage.work, Work::Alone(_)))
        };
        let begun: Vec<(usize, &Stage)> = stages.iter().enumerate().filter(is_begun).collect();
        if let Some((_, stage)) = begun.iter().find(|(_, stage)| stage.undo.is_none()) {
            let sql = stage.work.clone().changes().first().map(Change::sql).unwrap_or_default();
            return Err(Error::Misfit {
                migration: way.step.migration.name.clone(),
                operation: way.operation.to_string(),
                misfit: Misfit(format!(
                    "it was cut off, and nothing undoes a step that is done: let it come to its end \
                     first ({sql})"
                )),
            });
        }
        for (call, stage) in begun.into_iter().rev() {
            let undo = stage.undo.as_deref().unwrap_or_default();
            match &stage.work {
                Work::Alone(_) => {
                    for change in undo {
                        alone(way, change, call).await?;
                    }
                }
                Work::Together(_) | Work::Fill { .. } => self.together(way, undo, call).await?,
            }
        }
        Ok(())
    }

    async fn stage(&mut self, way: &Way<'_>, call: usize, stage: &Stage, page: u32) -> Result<()> {
        match &stage.work {
            Work::Together(changes) => self.together(way, changes, call + 1).await,
            Work::Alone(change) => alone(way, change, call + 1).await,
            Work::Fill { table, column, value } => {
                self.fill(way, (table, column, value), call, page).await
            }
        }
    }

    /// The statements of one transaction, with the note.
    async fn together(&self, way: &Way<'_>, changes: &[Change], call: usize) -> Result<()> {
        let tx = way.db.begin().await?;
        record::limit_locks(tx.executor(), self.lock_timeout).await?;
        way.statements(tx.executor(), changes).await?;
        way.note(tx.executor(), call, 0).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Rows get a value, so many pages in each transaction. Rows that move meanwhile are seen to by the
    /// next step.
    async fn fill(
        &mut self,
        way: &Way<'_>,
        (table, column, value): (&TableName, &str, &RawSql),
        call: usize,
        mut page: u32,
    ) -> Result<()> {
        let name = (SqlValue::Text(table.quoted()), SqlType::Text);
        let count: Option<u32> = ask(way.db, sql::PAGES, vec![name]).await?;
        let count = count.unwrap_or(0);
        let text = way.operation.to_string();
        while page < count {
            self.tell(Event::Pages { text: &text, done: page.into(), of: count.into() });
            let end = page.saturating_add(PAGES);
            let tx = way.db.begin().await?;
            record::limit_locks(tx.executor(), self.lock_timeout).await?;
            let (table, column, value) = (table.clone(), column.to_owned(), value.clone());
            let fill = Change::FillNulls { table, column, value, pages: Some(page..end) };
            way.statements(tx.executor(), &[fill]).await?;
            way.note(tx.executor(), call, end).await?;
            tx.commit().await?;
            page = end;
        }
        way.note(way.db, call + 1, 0).await
    }
}

/// A statement that stands in no transaction, and the note behind it.
async fn alone(way: &Way<'_>, change: &Change, call: usize) -> Result<()> {
    if !is_done(way.db, change).await? {
        way.statements(way.db, std::slice::from_ref(change)).await?;
    }
    way.note(way.db, call, 0).await
}
