//! What can go wrong with migrations, with the migration and the operation concerned.

use crate::file::{FileError, MigrationName};
use crate::footprint::Thing;
use crate::graph::{Graph, GraphError};
use crate::operation::Misfit;
use orm_sql::schema::TableName;
use std::fmt;
use std::path::PathBuf;

/// What went wrong.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file says no migration.
    File(FileError),
    /// A file or folder cannot be read or written.
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// The files are no graph.
    Graph(GraphError),
    /// Two branches have added migrations to these apps.
    Conflict(Vec<(String, Vec<MigrationName>)>),
    /// What was asked for cannot be done: why.
    Refused(String),
    /// Tables that a first migration would make are there, and others than it would make.
    OtherTables {
        /// The migration.
        migration: MigrationName,
        /// What is different, table by table.
        differences: Vec<String>,
    },
    /// Branches change the same: what.
    Clash(Vec<Clash>),
    /// A migration that has run says something else now.
    Changed {
        /// The migration.
        migration: MigrationName,
        /// What it did, line by line with a minus, and what it says now, with a plus.
        difference: String,
    },
    /// Migrations have run that there are no files of.
    Ahead(Vec<MigrationName>),
    /// A migration has run, and one that it depends on has not.
    Inconsistent {
        /// The migration.
        migration: MigrationName,
        /// What it depends on.
        dependency: MigrationName,
    },
    /// There is no such migration.
    Unknown(MigrationName),
    /// A squash stands for a migration.
    Replaced {
        /// The migration.
        migration: MigrationName,
        /// The squash.
        by: MigrationName,
    },
    /// An operation does not fit.
    Misfit {
        /// The migration.
        migration: MigrationName,
        /// The operation, in words.
        operation: String,
        /// What is wrong.
        misfit: Misfit,
    },
    /// A statement failed.
    Statement(Box<FailedStatement>),
    /// The function of a data migration failed.
    Function(Box<FailedFunction>),
    /// A migration names a function that is not in the program, which was renamed or removed.
    NoFunction {
        /// The migration.
        migration: MigrationName,
        /// The operation, in words.
        operation: String,
        /// The name that it gives.
        function: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// Two functions are registered under one name.
    TwoFunctions {
        /// The name.
        function: String,
        /// Where they stand.
        places: [String; 2],
    },
    /// An operation says of itself that it cannot be undone.
    Irreversible {
        /// The migration.
        migration: MigrationName,
        /// The operation, in words.
        operation: String,
    },
    /// An operation that goes in batches was cut off, and is to be gone back from: some of its rows are
    /// done, and the others not.
    CutOff {
        /// The migration.
        migration: MigrationName,
        /// The operation, in words.
        operation: String,
        /// How many rows are done.
        rows: u64,
        /// False where it was being undone.
        forwards: bool,
    },
    /// The table of migrations cannot be used.
    Record {
        /// What was to be done with it: `made`, `read`, `written`.
        verb: &'static str,
        /// What the server said.
        source: orm_sql::Error,
    },
    /// The server could not be asked.
    Database(orm_sql::Error),
}

/// Operations of two branches that change the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// A migration of the one branch, and its operation in words.
    pub one: (MigrationName, String),
    /// A migration of the other branch, and its operation in words.
    pub other: (MigrationName, String),
    /// What both of them touch, of which one changes it.
    pub things: Vec<Thing>,
}

/// In words.
impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Clash { one: (one, first), other: (other, second), things } = self;
        let things: Vec<String> = things.iter().map(Thing::to_string).collect();
        write!(f, "{one} ({first}) and {other} ({second}): {}", things.join(", "))
    }
}

/// A statement that failed.
#[derive(Debug)]
pub struct FailedStatement {
    /// The migration.
    pub migration: MigrationName,
    /// The operation, in words.
    pub operation: String,
    /// The statement.
    pub sql: String,
    /// True where nothing of the migration has happened; false where the next run goes on with this
    /// operation.
    pub undone: bool,
    /// Who uses its tables, a line each, where it waited for a lock in vain and that is known.
    pub holders: Vec<String>,
    /// The tables and indexes that it locks.
    pub(crate) relations: Vec<TableName>,
    /// What the server said.
    pub source: orm_sql::Error,
}

impl fmt::Display for FailedStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FailedStatement { migration, operation, sql, undone, holders, source, .. } = self;
        let state = left(*undone);
        write!(f, "migration {migration}, {operation}: {source} ({state}); in: {sql}")?;
        match holders.as_slice() {
            [] => Ok(()),
            lines => write!(f, "\nthe tables are used by\n  {}", lines.join("\n  ")),
        }
    }
}

/// A function of a data migration that failed.
#[derive(Debug)]
pub struct FailedFunction {
    /// The migration.
    pub migration: MigrationName,
    /// The operation, in words.
    pub operation: String,
    /// True where nothing of the migration has happened; false where the next run goes on with this
    /// operation.
    pub undone: bool,
    /// What it returned.
    pub source: orm_sql::Error,
}

/// What is left after something failed.
fn left(undone: bool) -> &'static str {
    match undone {
        true => "nothing of it has happened",
        false => "what came before is done; the next run goes on here",
    }
}

/// The result of what is done with migrations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Who uses the tables of a statement that has waited for a lock in vain.
    pub(crate) fn holders(&self) -> &[String] {
        match self {
            Error::Statement(failed) => &failed.holders,
            _ => &[],
        }
    }

    /// Whether two branches have added migrations to an app.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] with the apps, and with the last migrations of each.
    pub fn of_conflicts(graph: &Graph) -> Result<()> {
        let owned = |(app, leaves): (&str, Vec<&MigrationName>)| {
            (app.to_owned(), leaves.into_iter().cloned().collect())
        };
        let conflicts: Vec<(String, Vec<MigrationName>)> =
            graph.conflicts().into_iter().map(owned).collect();
        if conflicts.is_empty() { Ok(()) } else { Err(Error::Conflict(conflicts)) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::File(error) => error.fmt(f),
            Error::Folder { path, message } => write!(f, "{}: {message}", path.display()),
            Error::Graph(error) => error.fmt(f),
            Error::Conflict(apps) => conflict(apps, f),
            Error::Refused(why) => f.write_str(why),
            Error::OtherTables { migration, differences } => {
                other_tables(migration, differences, f)
            }
            Error::Clash(clashes) => {
                f.write_str("the branches change the same; write one of the migrations anew after the other")?;
                clashes.iter().try_for_each(|clash| write!(f, "\n  {clash}"))
            }
            Error::Changed { migration, difference } => write!(
                f,
                "migration {migration} has run, and says something else now; undo the change, or write \
                 a migration for it:\n{difference}"
            ),
            Error::Ahead(names) => ahead(names, f),
            Error::Inconsistent { migration, dependency } => {
                write!(f, "migration {migration} has run before {dependency}, which it depends on")
            }
            Error::Unknown(name) => write!(f, "there is no migration {name}"),
            Error::Replaced { migration, by } => {
                write!(
                    f,
                    "migration {by} stands for {migration}; go to {by}, or to what is before it"
                )
            }
            Error::Misfit { migration, operation, misfit } => {
                write!(f, "migration {migration}, {operation}: {misfit}")
            }
            Error::Statement(failed) => {
                failed.fmt(f)?;
                hint(failed).map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
            }
            _ => self.of_function(f),
        }
    }
}

impl Error {
    /// Errors of data migrations, and of the server.
    fn of_function(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Function(failed) => {
                let FailedFunction { migration, operation, undone, source } = &**failed;
                write!(f, "migration {migration}, {operation}: {source} ({})", left(*undone))
            }
            Error::NoFunction { migration, operation, function, known } => {
                let known = match known.as_slice() {
                    [] => "there are none".to_owned(),
                    known => format!("there are {}", known.join(", ")),
                };
                write!(
                    f,
                    "migration {migration}, {operation}: there is no data migration `{function}` in \
                     this program: was it renamed or removed? {known}"
                )
            }
            Error::TwoFunctions { function, places: [one, other] } => write!(
                f,
                "two data migrations are called `{function}`, at {one} and at {other}: give one another \
                 name by `#[orm::data_migration(name = \"…\")]`"
            ),
            Error::CutOff { migration, operation, rows, forwards } => {
                let (word, other) =
                    if *forwards { ("run", "undone") } else { ("undone", "run again") };
                write!(
                    f,
                    "migration {migration}, {operation}: {rows} of its rows are {word}, and then it was \
                     cut off; let it be {word} to the end before it is {other}"
                )
            }
            Error::Irreversible { migration, operation } => write!(
                f,
                "migration {migration}, {operation}: it has no `reverse`, and cannot be undone"
            ),
            Error::Record { verb, source } => write!(
                f,
                "the table `orm_migrations`, which says what has run, cannot be {verb}: {source}"
            ),
            Error::Database(error) => fmt::Display::fmt(error, f),
            _ => Ok(()),
        }
    }
}

/// What helps, where it is known.
fn hint(failed: &FailedStatement) -> Option<&'static str> {
    match failed.source.sqlstate()? {
        // Something of this name is there.
        "42P07" | "42710" | "42701" => Some(
            "where it is there as the migration would make it, `migrate --fake` notes the migration \
             without running it; `--fake-initial` does so for the first one of an app, where its tables \
             are the same",
        ),
        // A value that is none of the new type, and a key to no row.
        "22P02" | "22003" | "22007" | "22008" | "23503"
            if failed.operation.starts_with("alter field") =>
        {
            Some(
                "`using` in the operation says as SQL what becomes of the old values; or the column is \
                 made anew, without them: `makemigrations --recreate APP.MODEL.FIELD`",
            )
        }
        _ => None,
    }
}

fn other_tables(
    migration: &MigrationName,
    differences: &[String],
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    write!(
        f,
        "tables of migration {migration} are there, and are others than it makes; mend them, or note it \
         as run with `--fake`:\n  {}",
        differences.join("\n  ")
    )
}

fn ahead(names: &[MigrationName], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let names: Vec<String> = names.iter().map(MigrationName::to_string).collect();
    let names = names.join(", ");
    write!(
        f,
        "the database is ahead of the files: {names} have run, and there are no files of them"
    )
}

fn conflict(apps: &[(String, Vec<MigrationName>)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "two branches have added migrations")?;
    for (app, leaves) in apps {
        let names: Vec<&str> = leaves.iter().map(|one| &*one.name).collect();
        write!(f, "; in {app}: {}", names.join(", "))?;
    }
    write!(f, "; run `makemigrations --merge`")
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Statement(failed) => Some(&failed.source),
            Error::Function(failed) => Some(&failed.source),
            Error::Record { source, .. } | Error::Database(source) => Some(source),
            Error::File(error) => Some(error),
            Error::Graph(error) => Some(error),
            Error::Misfit { misfit, .. } => Some(misfit),
            _ => None,
        }
    }
}

impl From<orm_sql::Error> for Error {
    fn from(error: orm_sql::Error) -> Self {
        Error::Database(error)
    }
}

impl From<GraphError> for Error {
    fn from(error: GraphError) -> Self {
        Error::Graph(error)
    }
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        Error::File(error)
    }
}
