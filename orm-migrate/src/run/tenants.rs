//! The migrations of tenants that have a schema each: one after another, each with a table of its own
//! of what has run.

use super::{Event, Runner, Target};
use crate::answer::{ask, tell};
use crate::error::{Error, Result};
use orm_sql::exec::{Executor, check_schema};
use orm_sql::schema::Change;
use orm_sql::sql::record as sql;
use orm_sql::value::{SqlType, SqlValue};
use std::time::Instant;

/// What has become of a tenant.
#[derive(Debug)]
pub struct TenantRun {
    /// Its schema.
    pub name: String,
    /// How many migrations were run, or undone. What failed is not among them.
    pub ran: usize,
    /// What failed; its other migrations have run, and those of the other tenants as well.
    pub error: Option<Error>,
}

impl Runner<'_> {
    /// Runs what is missing for each of these tenants, up to a target, or undoes what is beyond it.
    ///
    /// Each tenant has its own table of what has run, in its schema, which must be there:
    /// [`create_schema`] makes one. Where a migration of one fails, those of the others run all the same.
    pub async fn run_tenants(
        &mut self,
        db: &dyn Executor,
        names: &[String],
        target: &Target,
    ) -> Vec<TenantRun> {
        let mut runs = Vec::with_capacity(names.len());
        for (place, name) in names.iter().enumerate() {
            self.tell(Event::Tenant { name, place, of: names.len() });
            let start = Instant::now();
            self.done = 0;
            let error = self.run_tenant(db, name, target).await.err();
            let (ran, time) = (self.done, start.elapsed());
            self.tell(match &error {
                None => Event::TenantDone { name, ran, time },
                Some(error) => Event::TenantFailed { name, ran, error },
            });
            runs.push(TenantRun { name: name.clone(), ran, error });
        }
        runs
    }

    async fn run_tenant(&mut self, db: &dyn Executor, name: &str, target: &Target) -> Result<()> {
        check_schema(name).map_err(Error::Refused)?;
        let there = vec![(SqlValue::Text(name.to_owned()), SqlType::Text)];
        if !ask::<bool>(db, sql::IS_SCHEMA, there).await? {
            return Err(Error::Refused(format!(
                "there is no schema `{name}`: make it by `create_schema`, or by `migrate --tenant {name} \
                 --create-schema`"
            )));
        }
        let tenant = db.tenant(name);
        self.run(tenant.as_executor(), target).await.map(drop)
    }
}

/// Makes the schema of a tenant; one that is there is left as it is.
///
/// ```no_run
/// # async fn f(db: &dyn orm_sql::exec::Executor) -> orm_migrate::error::Result<()> {
/// orm_migrate::run::create_schema(db, "acme").await?;     // CREATE SCHEMA IF NOT EXISTS "acme"
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// A name that cannot be that of a tenant, and what the server says.
pub async fn create_schema(db: &dyn Executor, name: &str) -> Result<()> {
    check_schema(name).map_err(Error::Refused)?;
    let change = Change::CreateSchema { name: name.to_owned(), if_not_exists: true };
    Ok(tell(db, &change.sql(), Vec::new()).await?)
}
