//! Migrations run against a database, forwards and backwards.
//!
//! A migration is one transaction: its statements and the note that it has run. Two runs at once wait
//! for each other by an advisory lock of that transaction, which works behind poolers as well; each
//! looks at what has run once it has the lock.
//!
//! What cannot stand in a transaction (`CREATE INDEX CONCURRENTLY`) runs operation by operation, and
//! each is noted as it is done. A second connection holds the lock meanwhile, so the pool must have two.
//! A run that ends half-way is taken up where it ended; an index that cannot be used is made anew.

mod holders;
mod initial;
mod known;
mod plan;
mod prove;
mod prune;
mod safely;
mod secured;
mod steps;
mod tenants;

pub use crate::event::Event;
pub use crate::record::Applied;
pub use plan::{Step, Target};
pub use prove::{Proof, prove};
pub use prune::{prunable, prune};
pub use tenants::{TenantRun, create_schema};

use crate::data;
use crate::error::{Error, Result};
use crate::file::MigrationName;
use crate::graph::Graph;
use crate::operation::Operation;
use crate::record;
use known::Known;
use orm_sql::exec::Executor;
use std::collections::HashSet;
use std::time::Duration;

/// Runs the migrations of a graph.
pub struct Runner<'a> {
    graph: &'a Graph,
    fake: bool,
    fake_initial: bool,
    lock_timeout: Option<Duration>,
    retries: u32,
    /// The apps whose migrations run; all without any.
    apps: Option<HashSet<String>>,
    /// How many migrations are done.
    done: usize,
    told: Option<Told<'a>>,
}

/// The migrations for a database, and what it has run.
struct Now {
    graph: Graph,
    applied: Vec<Applied>,
    /// Squashes that count as run, and are not noted yet.
    covered: Vec<MigrationName>,
    /// Migrations that count as run, since they are run elsewhere, by identifier.
    elsewhere: HashSet<String>,
}

/// Who is told what happens.
type Told<'a> = Box<dyn FnMut(Event<'_>) + Send + 'a>;

impl<'a> Runner<'a> {
    /// Runs the migrations of a graph.
    pub fn new(graph: &'a Graph) -> Self {
        Runner {
            graph,
            fake: false,
            fake_initial: false,
            lock_timeout: None,
            retries: 5,
            apps: None,
            done: 0,
            told: None,
        }
    }

    /// Notes the migrations as run, or as not run, without running them.
    pub fn fake(mut self, fake: bool) -> Self {
        self.fake = fake;
        self
    }

    /// Notes the first migration of an app as run, without running it, where its tables are all there.
    /// They must be as it would make them, with their columns, constraints and indexes; otherwise the
    /// differences are the error.
    pub fn fake_initial(mut self, fake: bool) -> Self {
        self.fake_initial = fake;
        self
    }

    /// How long a statement waits for a lock. Where it waits in vain, the migration is undone and
    /// begins again after a while, a few times; what comes meanwhile is not held up behind it.
    pub fn lock_timeout(mut self, time: Duration) -> Self {
        self.lock_timeout = Some(time);
        self
    }

    /// How many times a migration begins again because of a lock; 5 without this.
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// Runs only the migrations of these apps. Those of others count as run: their tables are
    /// somewhere else in the `search_path`, such as those that tenants share.
    pub fn apps(mut self, apps: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.apps = Some(apps.into_iter().map(Into::into).collect());
        self
    }

    /// Tells what happens.
    pub fn on_event(mut self, told: impl FnMut(Event<'_>) + Send + 'a) -> Self {
        self.told = Some(Box::new(told));
        self
    }

    /// What would run.
    ///
    /// # Errors
    ///
    /// When what has run does not fit the files.
    pub async fn plan(&self, db: &dyn Executor, target: &Target) -> Result<Vec<Step<'a>>> {
        let applied = record::read(db).await?;
        self.plan_after(&applied, target)
    }

    fn plan_after(&self, applied: &[Applied], target: &Target) -> Result<Vec<Step<'a>>> {
        let now = self.now(applied)?;
        if let Target::Latest = target {
            Error::of_conflicts(&now.graph)?;
        }
        plan::check(&now.graph, &now.applied)?;
        let steps = plan::steps(&now.graph, &now.applied, target)?;
        let of_files = |step: Step<'_>| {
            let is_here = |apps: &HashSet<String>| apps.contains(&step.migration.name.app);
            if !self.apps.as_ref().is_none_or(is_here) {
                return None;
            }
            let migration = self.graph.file(&step.migration.name)?;
            Some(Step { migration, forwards: step.forwards, done: step.done })
        };
        Ok(steps.into_iter().filter_map(of_files).collect())
    }

    /// The migrations as this database needs them, and what it has run of them.
    fn now(&self, applied: &[Applied]) -> Result<Now> {
        let begun: HashSet<&str> = applied.iter().map(|one| &*one.id).collect();
        let is_done = |one: &&Applied| one.done >= one.operations.len();
        let done: HashSet<&str> = applied.iter().filter(is_done).map(|one| &*one.id).collect();
        let on = self.graph.on(&|id| begun.contains(id), &|id| done.contains(id))?;
        let mut applied = applied.to_vec();
        for name in &on.covered {
            applied.extend(on.graph.get(name).map(Applied::of));
        }
        let elsewhere = self.elsewhere(&on.graph, &begun);
        let counting = on.graph.iter().filter(|one| elsewhere.contains(&one.id));
        applied.extend(counting.map(Applied::of));
        Ok(Now { graph: on.graph, applied, covered: on.covered, elsewhere })
    }

    /// What those that run here depend on, and others have run, by identifier.
    fn elsewhere(&self, graph: &Graph, begun: &HashSet<&str>) -> HashSet<String> {
        let Some(apps) = &self.apps else { return HashSet::new() };
        let mut needed: HashSet<&MigrationName> = HashSet::new();
        let all: Vec<_> = graph.iter().collect();
        // Dependencies stand before what depends on them.
        for one in all.iter().rev() {
            if apps.contains(&one.name.app) || needed.contains(&one.name) {
                needed.extend(&one.dependencies);
            }
        }
        let others = all.into_iter().filter(|one| !apps.contains(&one.name.app));
        let others = others.filter(|one| needed.contains(&one.name));
        others.map(|one| one.id.clone()).filter(|id| !begun.contains(&**id)).collect()
    }

    /// Notes the squashes of which all has run that they stand for.
    async fn note_covered(&self, db: &dyn Executor) -> Result<()> {
        if self.now(&record::read(db).await?)?.covered.is_empty() {
            return Ok(());
        }
        let tx = record::lock(db).await?;
        let now = self.now(&record::read(tx.executor()).await?)?;
        for squash in now.covered.iter().filter_map(|name| now.graph.get(name)) {
            record::note(tx.executor(), squash, squash.operations.len()).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Runs what is missing up to a target, or undoes what is beyond it; returns how many migrations
    /// that were. Where migrations make policies, the statements see the rows of all tenants.
    ///
    /// # Errors
    ///
    /// When what has run does not fit the files, or a statement fails. The message says the migration,
    /// the operation, and what has happened.
    pub async fn run(&mut self, db: &dyn Executor, target: &Target) -> Result<usize> {
        let all = secured::of_all(db, self.graph);
        let db = all.as_executor();
        record::create(db).await?;
        let mut count = 0;
        // Others may run migrations as well: where they do, what is left is planned anew.
        loop {
            // The last migration that a squash stands for may just have run.
            self.note_covered(db).await?;
            let applied = record::read(db).await?;
            let steps = self.plan_after(&applied, target)?;
            if steps.is_empty() {
                return Ok(count);
            }
            if count == 0 && !self.fake {
                steps.iter().try_for_each(|step| can_run(step, &applied))?;
            }
            let mut known = Known::new(self.now(&applied)?);
            for step in &steps {
                let Some(is_planned) = self.step(db, step, &mut known).await? else { break };
                count += 1;
                if !is_planned {
                    break;
                }
            }
        }
    }

    fn tell(&mut self, event: Event<'_>) {
        self.done += usize::from(matches!(event, Event::Done { .. }));
        if let Some(told) = &mut self.told {
            told(event);
        }
    }
}

/// Whether all that a step has to do can be done at all, as far as that is known beforehand.
fn can_run(step: &Step<'_>, applied: &[Applied]) -> Result<()> {
    let begun = applied.iter().find(|one| one.id == step.migration.id);
    if let Some(progress) = begun.and_then(|one| one.progress.as_ref())
        && progress.forwards != step.forwards
        && let operation = step.migration.operations.get(progress.operation)
        && !operation.is_some_and(Operation::is_undone_half_way)
    {
        return Err(Error::CutOff {
            migration: step.migration.name.clone(),
            operation: operation.map(ToString::to_string).unwrap_or_default(),
            rows: progress.rows,
            forwards: progress.forwards,
        });
    }
    let operations = step.migration.operations.iter().enumerate();
    let due = operations.filter(|(place, _)| step.forwards == (*place >= step.done));
    let mut due = due.flat_map(|(_, operation)| operation.database_operations());
    due.try_for_each(|one| data::check(&step.migration.name, one, step.forwards))
}

/// What has run, or has begun to, oldest first.
///
/// # Errors
///
/// When the server cannot be asked.
pub async fn applied(db: &dyn Executor) -> Result<Vec<Applied>> {
    record::read(db).await
}
