//! Which tenants a command is about, of those that have a schema each.

use crate::Result;
use crate::args::Tenants;
use crate::context::Context;
use orm_migrate::file::Migration;
use orm_migrate::graph::Graph;
use orm_migrate::run::Runner;
use orm_postgres::Database;

impl Tenants {
    /// True where the command is about tenants, and not about what they share.
    pub(crate) fn are_said(&self) -> bool {
        self.all_tenants || !self.tenant.is_empty()
    }

    /// Which tenants.
    pub(crate) async fn names(&self, context: &Context, db: &Database) -> Result<Vec<String>> {
        if !self.all_tenants {
            return Ok(self.tenant.clone());
        }
        let missing = "which tenants are there? Say it in the program: \
                       `Manage::new(…).tenants(async |db| …)`, or name some by `--tenant`";
        let list = context.tenants.list.as_ref().ok_or(missing)?;
        Ok(list(db.clone()).await?)
    }
}

impl Context {
    /// True for migrations that run for tenants, or for what they share. Where the program says
    /// nothing of it, all of them run for both.
    pub(crate) fn runs_for(&self, of_tenants: bool, migration: &Migration) -> bool {
        let apps = self.tenants.apps.as_ref();
        apps.is_none_or(|apps| apps.contains(&migration.name.app) == of_tenants)
    }

    /// What runs these migrations.
    pub(crate) fn runner<'g>(&self, graph: &'g Graph, of_tenants: bool) -> Runner<'g> {
        let runner = Runner::new(graph);
        if self.tenants.apps.is_none() {
            return runner;
        }
        let here = graph.iter().filter(|migration| self.runs_for(of_tenants, migration));
        runner.apps(here.map(|migration| &migration.name.app))
    }
}
