//! Models as plain values: what migrations freeze of them, and what their tables follow from.
//!
//! Everything here owns its text and can be compared: a state of today, one read from a file and one
//! that older migrations led to are the same kind of thing. Expressions are SQL text over the
//! model's own columns.

mod constraint;
mod field;
mod view;

pub use constraint::{
    CheckState, ExcludeState, IndexState, PartKey, PartState, UniqueState, ViolationState,
};
pub use field::{
    FieldKind, FieldState, KeyState, ManyToManyState, OnDeleteState, PartNames, Through,
};
pub use view::ViewState;

use orm_sql::schema::{Fill, RawSql, Storage, TableName};
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
    /// What no two rows have that compare in some way.
    pub exclusions: Vec<ExcludeState>,
    /// False for a table that is somebody else's.
    pub managed: bool,
    /// The query that its rows come from, where it is a view, which is no table of ours.
    pub view: Option<ViewState>,
    /// Its default ordering, as `order_by` takes names: `name`, `-edition`, `author__name`. What is no
    /// field stands as SQL. The database knows nothing of it.
    pub ordering: Vec<String>,
    /// A comment for people.
    pub comment: Option<String>,
    /// Storage parameters of the table: `fillfactor`, …
    pub storage: Storage,
    /// The tablespace of the table, where it is not the default one.
    pub tablespace: Option<String>,
    /// The field that says to which tenant a row belongs, where the database itself keeps the rows of
    /// others apart.
    pub row_level_security: Option<String>,
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
            exclusions: Vec::new(),
            managed: true,
            view: None,
            ordering: Vec::new(),
            comment: None,
            storage: Storage::new(),
            tablespace: None,
            row_level_security: None,
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

    /// True where no two rows may have the same value of a field, as far as is known.
    ///
    /// ```
    /// use orm_core::tables::state::{FieldState, ModelName, ModelState, PartState, UniqueState};
    /// use orm_sql::schema::ColumnType;
    ///
    /// let mut book = ModelState::new(ModelName::new("library", "Book"), "library_book");
    /// book.fields.push(FieldState::column("isbn", ColumnType::Varchar(13)));
    /// assert!(!book.is_unique_by_itself("isbn"));
    /// book.uniques.push(UniqueState::new(vec![PartState::field("isbn")]));
    /// assert!(book.is_unique_by_itself("isbn"));
    /// ```
    pub fn is_unique_by_itself(&self, name: &str) -> bool {
        let Some(field) = self.field(name) else { return true };
        let only = |unique: &UniqueState| {
            unique.condition.is_none()
                && matches!(&*unique.parts, [part] if part.name() == Some(name))
        };
        let one_to_one = field.key().is_some_and(|key| key.one_to_one);
        !self.managed
            || field.unique
            || one_to_one
            || self.is_primary_key(field)
            || self.uniques.iter().any(only)
    }

    /// All expressions: of defaults, of generated columns, in indexes and constraints.
    pub fn texts(&self) -> Vec<&RawSql> {
        let mut texts = Vec::new();
        for field in &self.fields {
            if let Fill::Default(sql) | Fill::Generated(sql) = &field.fill {
                texts.push(sql);
            }
        }
        texts.extend(self.parts().into_iter().filter_map(PartState::expression));
        texts.extend(self.uniques.iter().filter_map(|one| one.condition.as_ref()));
        texts.extend(self.indexes.iter().filter_map(|one| one.condition.as_ref()));
        texts.extend(self.exclusions.iter().filter_map(|one| one.condition.as_ref()));
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
        for UniqueState { parts, condition, .. } in &mut self.uniques {
            texts.extend(parts.iter_mut().filter_map(PartState::expression_mut));
            texts.extend(condition);
        }
        for IndexState { parts, condition, .. } in &mut self.indexes {
            texts.extend(parts.iter_mut().filter_map(PartState::expression_mut));
            texts.extend(condition);
        }
        for ExcludeState { parts, condition, .. } in &mut self.exclusions {
            texts.extend(parts.iter_mut().filter_map(|(part, _)| part.expression_mut()));
            texts.extend(condition);
        }
        texts.extend(self.checks.iter_mut().map(|check| &mut check.condition));
        texts
    }

    /// The parts of all indexes and constraints.
    pub fn parts(&self) -> Vec<&PartState> {
        let uniques = self.uniques.iter().flat_map(|one| &one.parts);
        let indexes = self.indexes.iter().flat_map(|one| &one.parts);
        let exclusions = self.exclusions.iter().flat_map(|one| &one.parts);
        uniques.chain(indexes).chain(exclusions.map(|(part, _)| part)).collect()
    }

    /// The names of fields in indexes and constraints, in the primary key, and of the tenant's where the
    /// database asks for it.
    pub fn named_fields(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.primary_key.iter().map(String::as_str).collect();
        names.extend(self.parts().into_iter().filter_map(PartState::name));
        names.extend(self.uniques.iter().flat_map(|one| &one.include).map(String::as_str));
        names.extend(self.indexes.iter().flat_map(|one| &one.include).map(String::as_str));
        names.extend(self.exclusions.iter().flat_map(|one| &one.include).map(String::as_str));
        names.extend(self.row_level_security.as_deref());
        names
    }

    /// The same, to be changed.
    pub fn named_fields_mut(&mut self) -> Vec<&mut String> {
        let mut names: Vec<&mut String> = self.primary_key.iter_mut().collect();
        for UniqueState { parts, include, .. } in &mut self.uniques {
            names.extend(parts.iter_mut().filter_map(PartState::name_mut));
            names.extend(include);
        }
        for IndexState { parts, include, .. } in &mut self.indexes {
            names.extend(parts.iter_mut().filter_map(PartState::name_mut));
            names.extend(include);
        }
        for ExcludeState { parts, include, .. } in &mut self.exclusions {
            names.extend(parts.iter_mut().filter_map(|(part, _)| part.name_mut()));
            names.extend(include);
        }
        names.extend(&mut self.row_level_security);
        names
    }
}
