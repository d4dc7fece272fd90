//! What goes along with the rows that go: level by level, each locked before the next is looked
//! for.

use super::duty::{self, Duty};
use super::gone::Gone;
use super::guarded;
use super::hindrance::{self, Hindrance};
use super::taken::{KeyBatch, Taken, primary_key, table};
use crate::hooks::{DELETING, Event};
use crate::ir::{FieldMeta, ModelMeta, Referrer};
use crate::lifecycle;
use crate::query::{Found, columns_of, find, find_extended, find_outermost};
use orm_sql::error::Result;
use orm_sql::exec::instrumentation::{About, Work};
use orm_sql::exec::{Executor, Job, Statement};
use orm_sql::row::{RowBuffer, RowSink};
use orm_sql::sql::Param;

/// A deletion in the making.
pub(super) struct Collector {
    /// The model whose rows were asked for.
    root: &'static ModelMeta,
    /// The rows that go, by model; first those that were asked for.
    pub taken: Vec<Taken>,
    /// Rows that go by the key that they refer with.
    pub leaves: Vec<Keys>,
    /// Rows whose key gets another value.
    pub assigned: Vec<Keys>,
    /// Rows that may have to go by another way.
    restricted: Vec<(Referrer, RowBuffer)>,
    /// What protects the rows that were asked for was looked for already.
    looked: bool,
}

/// Rows that have a key, by its values.
pub(super) struct Keys {
    pub referrer: Referrer,
    pub batches: Vec<KeyBatch>,
}

/// A question to the rows that have a key.
struct Ask {
    referrer: Referrer,
    /// The model whose rows go: that of the key, or the last one that it extends.
    model: &'static ModelMeta,
    duty: Duty,
    statement: Statement,
    rows: RowBuffer,
}

impl Collector {
    /// The rows that were asked for, and nothing else yet.
    pub fn new(roots: Taken, looked: bool) -> Collector {
        let (leaves, assigned, restricted) = (Vec::new(), Vec::new(), Vec::new());
        let root = roots.model;
        Collector { root, taken: vec![roots], leaves, assigned, restricted, looked }
    }

    /// True where there is nothing to delete.
    pub fn is_empty(&self) -> bool {
        self.taken.iter().all(|taken| taken.len() == 0)
    }

    /// The model whose rows were asked for.
    pub fn root(&self) -> &'static ModelMeta {
        self.root
    }

    /// Finds all that goes along, and refuses what must not go.
    pub async fn collect(&mut self, db: &dyn Executor) -> Result<()> {
        loop {
            let mut level = self.next_level()?;
            if level.is_empty() {
                break;
            }
            let jobs = level.iter_mut().map(|ask| {
                let sink: &mut dyn RowSink = &mut ask.rows;
                Job { statement: &ask.statement, sink }
            });
            db.run_all(jobs.collect()).await?;
            let protected = level.iter().filter(|ask| ask.duty == Duty::Protect);
            let protected = protected.filter_map(|ask| {
                let rows = (0..ask.rows.len()).map(|row| ask.rows.row(row));
                Hindrance::of(&ask.referrer, rows)
            });
            hindrance::refuse(self.root, protected.collect())?;
            for ask in level {
                self.answered(ask);
            }
        }
        let remaining = self.restricted.iter().filter_map(|(referrer, rows)| {
            let goes = self.taken.iter().find(|taken| taken.model == referrer.model);
            let rows = (0..rows.len()).map(|row| rows.row(row));
            let stays = rows.filter(|row| !goes.is_some_and(|taken| taken.has(row)));
            Hindrance::of(referrer, stays)
        });
        hindrance::refuse(self.root, remaining.collect())
    }

    /// The questions to what refers to the rows that were found last.
    fn next_level(&mut self) -> Result<Vec<Ask>> {
        let mut found = Vec::new();
        let looked = std::mem::take(&mut self.looked);
        for taken in &mut self.taken {
            let batches = taken.batches.get(taken.asked..).unwrap_or_default();
            let referrers = taken.model.referrers().iter();
            for referrer in referrers.filter(|key| !looked || !guarded::is_guarded(key)) {
                let keys = batches.iter().map(|batch| taken.referred(referrer, batch));
                found.extend(keys.filter(|keys| keys.count() > 0).map(|keys| (referrer, keys)));
            }
            taken.asked = taken.batches.len();
        }
        let asks = found.into_iter().map(|(referrer, keys)| self.ask(referrer, keys).transpose());
        asks.flatten().collect()
    }

    /// The question to the rows that have one of the keys; none where it need not be asked now.
    fn ask(&mut self, referrer: &Referrer, keys: KeyBatch) -> Result<Option<Ask>> {
        let duty = Duty::of(referrer);
        // A row that extends another goes with that one.
        let inner = duty == Duty::Delete && !referrer.relation.parent_link;
        let outermost = referrer.model.lineage().last().filter(|_| inner);
        let model = outermost.unwrap_or(referrer.model);
        match duty {
            Duty::Nothing => return Ok(None),
            Duty::Delete if model == referrer.model && duty::is_leaf(model) => {
                keep(&mut self.leaves, referrer, keys);
                return Ok(None);
            }
            Duty::Assign => {
                keep(&mut self.assigned, referrer, keys);
                return Ok(None);
            }
            Duty::Delete | Duty::Protect | Duty::Restrict => {}
        }
        let columns = match duty {
            Duty::Delete => Taken::new(model).read(),
            _ => primary_key(model),
        };
        let found = KeyBatch::found(std::slice::from_ref(&keys), referrer);
        let statement = match model == referrer.model {
            true => asking(referrer, &columns, found, duty == Duty::Delete)?,
            false => {
                let found = find_outermost(table(model), &columns, referrer.model, found)?;
                statement(model, &columns, found)
            }
        };
        let rows = RowBuffer::new(columns.len());
        Ok(Some(Ask { referrer: *referrer, model, duty, statement, rows }))
    }

    fn answered(&mut self, ask: Ask) {
        match ask.duty {
            Duty::Delete if !ask.rows.is_empty() => {
                self.of_model(ask.model).take(&ask.rows);
            }
            Duty::Restrict => self.restricted.push((ask.referrer, ask.rows)),
            _ => {}
        }
    }

    /// The rows of a model.
    #[expect(clippy::indexing_slicing, reason = "the place is one that was found, or the last")]
    fn of_model(&mut self, model: &'static ModelMeta) -> &mut Taken {
        let known = self.taken.iter().position(|taken| taken.model == model);
        let place = known.unwrap_or_else(|| {
            self.taken.push(Taken::new(model));
            self.taken.len() - 1
        });
        &mut self.taken[place]
    }

    /// True where somebody wants to see the rows that go.
    pub fn is_heard(&self) -> bool {
        let gone = self.taken.iter().filter(|taken| taken.len() > 0);
        gone.into_iter().any(|taken| lifecycle::wanted(taken.model, DELETING))
    }

    /// Tells those who want to see the rows before they go.
    pub async fn before(&self, db: &dyn Executor) -> Result<()> {
        for taken in self.taken.iter().filter(|taken| taken.len() > 0) {
            lifecycle::deleted(Event::BeforeDelete, taken.model, taken.gone.cells(), db).await?;
        }
        Ok(())
    }

    /// Tells those who want to see the rows after they have gone.
    pub async fn after(&self, db: &dyn Executor) -> Result<()> {
        for taken in self.taken.iter().filter(|taken| taken.len() > 0) {
            lifecycle::deleted(Event::AfterDelete, taken.model, taken.gone.cells(), db).await?;
        }
        Ok(())
    }

    /// The rows that were asked for.
    pub fn into_roots(self) -> Gone {
        let model = self.root;
        self.taken.into_iter().next().map_or_else(|| Gone::new(model, 0), |roots| roots.gone)
    }
}

/// Adds keys to those of a referrer.
fn keep(all: &mut Vec<Keys>, referrer: &Referrer, keys: KeyBatch) {
    let same =
        |known: &Referrer| known.field == referrer.field && known.relation == referrer.relation;
    match all.iter_mut().find(|known| same(&known.referrer)) {
        Some(known) => known.batches.push(keys),
        None => all.push(Keys { referrer: *referrer, batches: vec![keys] }),
    }
}

/// ```text
/// SELECT "id" FROM "review" WHERE "book_id" = ANY($1) FOR UPDATE
/// ```
pub(super) fn asking(
    referrer: &Referrer,
    columns: &[&'static FieldMeta],
    found: Found,
    lock: bool,
) -> Result<Statement> {
    let model = referrer.model;
    let names: Vec<&'static str> = columns.iter().map(|field| field.column).collect();
    let found = match columns.iter().any(|field| field.inherited.is_some()) {
        true => find_extended(model, columns, found, lock)?,
        false => find(table(model), &names, found, lock)?,
    };
    Ok(statement(model, columns, found))
}

/// The statement of a text that selects columns of a model's rows.
fn statement(
    model: &'static ModelMeta,
    columns: &[&'static FieldMeta],
    (sql, params): (String, Vec<Param>),
) -> Statement {
    let work = Work::Read { by: None, narrowed: false };
    let about = About { model: Some(model), work, ..About::default() };
    let (sql, columns) = (sql.into(), columns_of(model, columns.iter().copied()).into());
    Statement { sql, params, columns, cached: true, about, ..Statement::default() }
}
