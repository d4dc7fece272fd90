//! Models as plain values: what migrations freeze of them, and what their tables follow from.
//!
//! Everything here owns its text and can be compared: a state of today, one read from a file and one
//! that older migrations led to are the same kind of thing. Expressions are SQL text over the
//! model's own columns.

mod constraint;
mod field;
mod view;

pub use constraint::{CheckState, IndexState, PartState, UniqueState};
pub use field::{
    FieldKind, FieldState, KeyState, ManyToManyState, OnDeleteState, PartNames, Through,
};
pub use view::ViewState;

use orm_sql::schema::{Fill, RawSql, TableName};
use std::fmt;

/// The name of a model within its app: `library.Book`; `Book` where the model names no app.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelName {
    /// The app; empty for none.
    pub app: String,
    /// The model.
    pub name: String,
}

impl ModelName {
    /// A model of an app.
    ///
    /// ```
    /// use orm_core::tables::state::ModelName;
    ///
    /// assert_eq!(ModelName::new("library", "Book").to_string(), "library.Book");
    /// ```
    pub fn new(app: impl Into<String>, name: impl Into<String>) -> Self {
        ModelName { app: app.into(), name: name.into() }
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.app {
            "" => f.write_str(&self.name),
            app => write!(f, "{app}.{}", self.name),
        }
    }
}

/// A model at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelState {
    /// Its name.
    pub name: ModelName,
    /// Its table.
    pub table: TableName,
    /// Its fields, in order.
    pub fields: Vec<FieldState>,
    /// The fields of its primary key, by name.
    pub primary_key: Vec<String>,
    /// The name of the primary key; `None` for a made one.
    pub primary_key_name: Option<String>,
    /// What no two rows share, besides what fields say of themselves.
    pub uniques: Vec<UniqueState>,
    /// Its indexes, besides those of fields.
    pub indexes: Vec<IndexState>,
    /// What each row must be like.
    pub checks: Vec<CheckState>,
    /// False for a table that is somebody else's.
    pub managed: bool,
    /// The query that its rows come from, where it is a view, which is no table of ours.
    pub view: Option<ViewState>,
    /// A comment for people.
    pub comment: Option<String>,
    /// What happens to rows that refer to a deleted one is done by the library, not by the server.
    pub on_delete_in_library: bool,
}

impl ModelState {
    /// A model of no fields yet.
    ///
    /// ```
    /// use orm_core::tables::state::{ModelName, ModelState};
    ///
    /// let book = ModelState::new(ModelName::new("library", "Book"), "library_book");
    /// assert!(book.fields.is_empty() && book.managed);
    /// ```
    pub fn new(name: ModelName, table: impl Into<String>) -> Self {
        ModelState {
            name,
            table: TableName::new(table),
            fields: Vec::new(),
            primary_key: Vec::new(),
            primary_key_name: None,
            uniques: Vec::new(),
            indexes: Vec::new(),
            checks: Vec::new(),
            managed: true,
            view: None,
            comment: None,
            on_delete_in_library: false,
        }
    }

    /// The field of a name.
    pub fn field(&self, name: &str) -> Option<&FieldState> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The columns of a field; none for a many-to-many field and for a field that there is not.
    pub fn columns_of(&self, name: &str) -> &[String] {
        self.field(name).map_or(&[], FieldState::columns)
    }

    /// The columns of the primary key.
    pub fn key_columns(&self) -> Vec<&str> {
        let columns = self.primary_key.iter().flat_map(|name| self.columns_of(name));
        columns.map(String::as_str).collect()
    }

    /// True for a field whose columns are the whole primary key.
    pub fn is_primary_key(&self, field: &FieldState) -> bool {
        let columns = field.columns();
        !columns.is_empty() && self.key_columns().iter().copied().eq(columns)
    }

    /// All expressions: of defaults, of generated columns, in indexes and constraints.
    pub fn texts(&self) -> Vec<&RawSql> {
        let mut texts = Vec::new();
        for field in &self.fields {
            if let Fill::Default(sql) | Fill::Generated(sql) = &field.fill {
                texts.push(sql);
            }
        }
        let uniques = self.uniques.iter().map(|one| (&one.parts, &one.condition));
        let indexes = self.indexes.iter().map(|one| (&one.parts, &one.condition));
        for (parts, condition) in uniques.chain(indexes) {
            texts.extend(parts.iter().filter_map(PartState::expression));
            texts.extend(condition);
        }
        texts.extend(self.checks.iter().map(|check| &check.condition));
        texts
    }

    /// The same, to be changed.
    pub fn texts_mut(&mut self) -> Vec<&mut RawSql> {
        let mut texts = Vec::new();
        for field in &mut self.fields {
            if let Fill::Default(sql) | Fill::Generated(sql) = &mut field.fill {
                texts.push(sql);
            }
        }
        let uniques = self.uniques.iter_mut().map(|one| (&mut one.parts, &mut one.condition));
        let indexes = self.indexes.iter_mut().map(|one| (&mut one.parts, &mut one.condition));
        for (parts, condition) in uniques.chain(indexes) {
            texts.extend(parts.iter_mut().filter_map(PartState::expression_mut));
            texts.extend(condition);
        }
        texts.extend(self.checks.iter_mut().map(|check| &mut check.condition));
        texts
    }
}
