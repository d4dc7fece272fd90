//! Migrations that are a part of the program.

use crate::error::Result;
use crate::folder::{Source, parse};
use crate::graph::Graph;
use crate::run::{Runner, Target};
use orm_sql::exec::Executor;

/// A folder of migrations as it was when the program was built: what the macro `migrations!` returns.
#[derive(Clone, Copy, Debug)]
pub struct Embedded {
    folder: &'static str,
    files: &'static [(&'static str, &'static str)],
}

impl Embedded {
    /// The files of a folder, by their paths within it.
    #[doc(hidden)]
    pub const fn new(
        folder: &'static str,
        files: &'static [(&'static str, &'static str)],
    ) -> Embedded {
        Embedded { folder, files }
    }

    /// Where the folder was.
    pub const fn folder(&self) -> &'static str {
        self.folder
    }

    /// The migrations.
    ///
    /// # Errors
    ///
    /// When a file says no migration, or they are no graph.
    pub fn graph(&self) -> Result<Graph> {
        let source = |(path, text): &(&'static str, &'static str)| Source {
            path: (*path).into(),
            text: (*text).into(),
        };
        parse(&self.files.iter().map(source).collect::<Vec<_>>())
    }

    /// Runs those that have not run, and returns how many there were. Several programs that start at
    /// once wait for each other.
    ///
    /// # Errors
    ///
    /// When what has run does not fit the files, or a statement fails. The message says the migration,
    /// the operation, and what has happened.
    pub async fn run(&self, db: &(impl Executor + ?Sized)) -> Result<usize> {
        let graph = self.graph()?;
        Runner::new(&graph).run(db.as_executor(), &Target::Latest).await
    }
}
