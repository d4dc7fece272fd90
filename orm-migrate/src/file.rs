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
mod enums;
mod field;
mod keys;
mod model;
mod parts;

use crate::operation::Operation;
use keys::Keys;
use std::fmt;
use toml_edit::{ArrayOfTables, Document, DocumentMut, Item, Value};

/// The name of a migration within its app: `library.0002_book_isbn`; `0002_book_isbn` where models name
/// no app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
///
/// ```
/// use orm_migrate::file::Migration;
///
/// let empty = Migration { id: "9f3c2a71b4d0".into(), ..Migration::default() };
/// assert!(empty.operations.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Migration {
    /// Its name.
    pub name: MigrationName,
    /// What it is known by, whatever its name becomes.
    pub id: String,
    /// The migrations that come before it.
    pub dependencies: Vec<MigrationName>,
    /// The migrations that it stands for: it is a squash of them.
    pub replaces: Vec<Replaced>,
    /// The rules of the linter that say nothing about it, by name.
    pub silence: Vec<String>,
    /// What it does.
    pub operations: Vec<Operation>,
}

/// A migration that another one stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replaced {
    /// Its name.
    pub name: MigrationName,
    /// What it is known by.
    pub id: String,
    /// What it stood for itself.
    pub replaces: Vec<Replaced>,
}

impl Replaced {
    /// True where it has run, or all that it stood for.
    ///
    /// ```
    /// use orm_migrate::file::Replaced;
    ///
    /// let of = |id: &str, replaces| Replaced { id: id.into(), replaces, ..Replaced::default() };
    /// let squash = of("s", vec![of("a", vec![]), of("b", vec![])]);
    /// assert!(squash.is_covered(&|id| id == "s") && squash.is_covered(&|id| id != "s"));
    /// assert!(!squash.is_covered(&|id| id == "a") && squash.is_touched(&|id| id == "a"));
    /// ```
    pub fn is_covered(&self, ran: &impl Fn(&str) -> bool) -> bool {
        let mut all = self.replaces.iter();
        ran(&self.id) || (!self.replaces.is_empty() && all.all(|one| one.is_covered(ran)))
    }

    /// True where it has run, or something that it stood for.
    pub fn is_touched(&self, ran: &impl Fn(&str) -> bool) -> bool {
        ran(&self.id) || self.replaces.iter().any(|one| one.is_touched(ran))
    }

    /// It, and all that it stood for.
    pub fn all(&self) -> Vec<&Replaced> {
        std::iter::once(self).chain(self.replaces.iter().flat_map(Replaced::all)).collect()
    }
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

/// What a file says, by its path; or why that is not known.
pub type Files<'a> = dyn Fn(&str) -> Result<String, String> + 'a;

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
        let files = |path: &str| {
            Err(format!("the file `{path}` can be read only with the folder that it is in"))
        };
        Migration::parse_with(name, text, &files)
    }

    /// Reads a file that may name files of SQL. `files` says what is in one of them, by its path from
    /// the folder of the app.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and in which line.
    pub fn parse_with(
        name: MigrationName,
        text: &str,
        files: &Files<'_>,
    ) -> Result<Migration, FileError> {
        let read = || -> Read<Migration> {
            let document = Document::parse(text).map_err(|error| Wrong {
                message: error.message().to_owned(),
                at: error.span().map(|span| span.start),
            })?;
            let keys = Keys::new(document.as_table(), None);
            let id = keys.needed_text("id")?;
            let dependencies = keys.texts("dependencies")?;
            let dependencies = dependencies.iter().map(|text| keys.migration(text)).collect();
            let replaces = decode::replaced(&keys)?;
            let silence = keys.texts("silence")?;
            let operations = keys.tables("operations")?;
            let around = decode::Around { app: &name.app, files };
            let operations = operations.into_iter().map(|table| decode::operation(&around, table));
            let operations = operations.collect::<Read<_>>()?;
            keys.finish()?;
            let name = name.clone();
            Ok(Migration { name, id, dependencies, replaces, silence, operations })
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
        if !self.replaces.is_empty() {
            document.insert("replaces", Item::Value(encode::replaced(&self.replaces)));
        }
        if !self.silence.is_empty() {
            let names = self.silence.iter().map(|name| Value::from(&**name));
            document.insert("silence", Item::Value(Value::Array(names.collect())));
        }
        let mut operations = ArrayOfTables::new();
        operations.extend(self.operations.iter().map(encode::operation));
        document.insert("operations", Item::ArrayOfTables(operations));
        document.to_string()
    }
}

impl Operation {
    /// The operation as a migration of an app has it: what it does, and no more. Two operations with one
    /// text are the same, wherever their SQL stands.
    pub fn to_toml(&self) -> String {
        encode::operation(&self.without_files()).to_string()
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count() + 1
}
