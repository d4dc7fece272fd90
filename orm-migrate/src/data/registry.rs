//! The functions of data migrations, by their names.

use super::step::DataStep;
use crate::error::{Error, Result};
use crate::file::MigrationName;
use crate::operation::Operation;
use orm_sql::exec::BoxFuture;

/// A function that migrations name: what `#[orm::data_migration]` registers.
pub struct DataMigration {
    name: &'static str,
    run: Function,
    place: (&'static str, u32),
}

/// What it does.
type Function = for<'a, 'b> fn(&'a DataStep<'b>) -> BoxFuture<'a, orm_sql::Result<()>>;

inventory::collect!(DataMigration);

impl DataMigration {
    /// A function with its name, and where it stands.
    #[doc(hidden)]
    pub const fn new(name: &'static str, run: Function, place: (&'static str, u32)) -> Self {
        DataMigration { name, run, place }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Runs it.
    pub(crate) fn run<'a>(&self, step: &'a DataStep<'_>) -> BoxFuture<'a, orm_sql::Result<()>> {
        (self.run)(step)
    }
}

/// The function of a name.
pub(crate) fn find(
    migration: &MigrationName,
    operation: &Operation,
    name: &str,
) -> Result<&'static DataMigration> {
    let mut found = all().filter(|one| one.name == name);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(one), Some(other)) => {
            let place = |one: &DataMigration| format!("{}:{}", one.place.0, one.place.1);
            let places = [place(one), place(other)];
            Err(Error::TwoFunctions { function: name.to_owned(), places })
        }
        (None, _) => {
            let mut known: Vec<String> = all().map(|one| one.name.to_owned()).collect();
            known.sort_unstable();
            Err(Error::NoFunction {
                migration: migration.clone(),
                operation: operation.to_string(),
                function: name.to_owned(),
                known,
            })
        }
    }
}

fn all() -> impl Iterator<Item = &'static DataMigration> {
    inventory::iter::<DataMigration>.into_iter()
}

/// Whether an operation can be run in a direction at all: its function is there, it can be undone.
pub(crate) fn check(
    migration: &MigrationName,
    operation: &Operation,
    forwards: bool,
) -> Result<()> {
    let function = match operation {
        Operation::RunRust { function, .. } if forwards => Some(function),
        Operation::RunRust { reverse, .. } => match reverse {
            Some(reverse) => Some(reverse).filter(|name| !name.is_empty()),
            None => {
                let (migration, operation) = (migration.clone(), operation.to_string());
                return Err(Error::Irreversible { migration, operation });
            }
        },
        Operation::RunSql { reverse: None, .. } if !forwards => {
            let (migration, operation) = (migration.clone(), operation.to_string());
            return Err(Error::Irreversible { migration, operation });
        }
        _ => None,
    };
    function.map_or(Ok(()), |name| find(migration, operation, name).map(drop))
}
