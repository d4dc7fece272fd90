//! Migrations as files that people read in a review.
//!
//! ```toml
//! id = "9f3c2a71b4d0"
//! dependencies = ["library.0001_initial"]
//!
//! [[operations]]
//! add_field = "Book.isbn"
//! type = "varchar(13)"
//! null = true
//! ```
//!
//! What is not said has its default, so that a file holds what there is to know. A key that nobody knows
//! is an error, with its line.

mod decode;
mod encode;
mod field;
mod keys;
mod model;

use crate::operation::Operation;
use keys::Keys;
use std::fmt;
use toml_edit::{ArrayOfTables, Document, DocumentMut, Item, Value};

/// The name of a migration within its app: `library.0002_book_isbn`; `0002_book_isbn` where models name
/// no app.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MigrationName {
    /// The app; empty for none.
    pub app: String,
    /// The name of the file, without its ending.
    pub name: String,
}

impl fmt::Display for MigrationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.app {
            "" => f.write_str(&self.name),
            app => write!(f, "{app}.{}", self.name),
        }
    }
}

/// A migration.
#[derive(Clone, Debug, PartialEq)]
pub struct Migration {
    /// Its name.
    pub name: MigrationName,
    /// What it is known by, whatever its name becomes.
    pub id: String,
    /// The migrations that come before it.
    pub dependencies: Vec<MigrationName>,
    /// What it does.
    pub operations: Vec<Operation>,
}

/// A file that says no migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The migration.
    pub migration: MigrationName,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "migration {}", self.migration)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for FileError {}

/// What is wrong with a part of a file, and where, in bytes.
#[derive(Debug)]
struct Wrong {
    message: String,
    at: Option<usize>,
}

type Read<T> = Result<T, Wrong>;

impl Migration {
    /// Reads a file.
    ///
    /// ```
    /// use orm_migrate::file::{Migration, MigrationName};
    ///
    /// let name = MigrationName { app: "library".into(), name: "0002_book_isbn".into() };
    /// let text = "id = \"9f3c2a71b4d0\"\n\
    ///             [[operations]]\nadd_field = \"Book.isbn\"\ntype = \"varchar(13)\"\nnul = true\n";
    /// let error = Migration::parse(name, text).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "migration library.0002_book_isbn, line 5: there is no `nul` here; did you mean `null`?"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// What is wrong with it, and in which line.
    pub fn parse(name: MigrationName, text: &str) -> Result<Migration, FileError> {
        let read = || -> Read<Migration> {
            let document = Document::parse(text).map_err(|error| Wrong {
                message: error.message().to_owned(),
                at: error.span().map(|span| span.start),
            })?;
            let keys = Keys::new(document.as_table(), None);
            let id = keys.needed_text("id")?;
            let dependencies = keys.texts("dependencies")?;
            let dependencies = dependencies.iter().map(|text| keys.migration(text)).collect();
            let operations = keys.tables("operations")?;
            let operations =
                operations.into_iter().map(|table| decode::operation(&name.app, table));
            let operations = operations.collect::<Read<_>>()?;
            keys.finish()?;
            Ok(Migration { name: name.clone(), id, dependencies, operations })
        };
        read().map_err(|wrong| FileError {
            migration: name.clone(),
            line: wrong.at.map(|at| line_of(text, at)),
            message: wrong.message,
        })
    }

    /// The file.
    pub fn to_toml(&self) -> String {
        let mut document = DocumentMut::new();
        document.insert("id", Item::Value(Value::from(&*self.id)));
        if !self.dependencies.is_empty() {
            let names = self.dependencies.iter().map(|name| Value::from(name.to_string()));
            document.insert("dependencies", Item::Value(Value::Array(names.collect())));
        }
        let mut operations = ArrayOfTables::new();
        operations.extend(self.operations.iter().map(encode::operation));
        document.insert("operations", Item::ArrayOfTables(operations));
        document.to_string()
    }
}

impl Operation {
    /// The operation as a migration of an app has it: what it does, and no more. Two operations with one
    /// text are the same.
    pub fn to_toml(&self) -> String {
        encode::operation(self).to_string()
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count() + 1
}
