//! What will be written, before it is text.

use super::types::Typed;
use crate::introspect::ViewFacts;
use orm_sql::schema::{Column, ForeignKey, Table};

/// A model.
pub(super) struct Model {
    pub name: String,
    pub table: Table,
    /// A table, and not a view.
    pub is_table: bool,
    /// The view that it is.
    pub view: Option<View>,
    /// The columns, with what they are in Rust; `None` for what cannot be read.
    pub columns: Vec<(Column, Option<Typed>)>,
    /// The columns that tell rows apart.
    pub key: Vec<String>,
    /// That is a primary key, and not what comes next to one.
    pub has_key: bool,
    pub fields: Vec<Field>,
    /// Options of the model, each of which is an attribute.
    pub options: Vec<String>,
    /// What the model does not say.
    pub unsaid: Vec<String>,
    /// There was something of that when it was read.
    pub has_more: bool,
}

/// A view, or a materialized one.
pub(super) struct View {
    pub facts: ViewFacts,
    pub materialized: bool,
    /// The model says its query, so that migrations make it.
    pub is_said: bool,
}

/// A field.
pub(super) struct Field {
    pub name: String,
    /// Its columns; none for a many-to-many field.
    pub columns: Vec<String>,
    pub null: bool,
    pub kind: Kind,
    /// Its options, in order.
    pub options: Vec<String>,
}

/// What a field is.
pub(super) enum Kind {
    Plain(Typed),
    Key(Key),
    /// The place of the model that it leads to.
    Many {
        to: usize,
        related_name: Option<String>,
    },
}

/// A foreign key.
pub(super) struct Key {
    /// The place of the model that it refers to.
    pub to: usize,
    /// The column there and its type, where it is not the primary key.
    pub to_column: Option<(String, String)>,
    pub one_to_one: bool,
    pub name: String,
    pub constraint: ForeignKey,
    pub related_name: Option<String>,
}

impl Model {
    /// What a column is in Rust.
    pub(super) fn typed(&self, column: &str) -> Option<&Typed> {
        let found = self.columns.iter().find(|(one, _)| one.name == column);
        found.and_then(|(_, typed)| typed.as_ref())
    }

    /// The field that has a column.
    pub(super) fn field_of(&self, column: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.columns.iter().any(|one| one == column))
    }

    /// The fields that have just these columns, in this order.
    pub(super) fn fields_of(&self, columns: &[String]) -> Option<Vec<&Field>> {
        let (mut fields, mut rest) = (Vec::new(), columns);
        while let Some(first) = rest.first() {
            let field = self.field_of(first)?;
            rest = rest.strip_prefix(field.columns.as_slice())?;
            fields.push(field);
        }
        Some(fields)
    }

    /// True where some columns are the whole primary key.
    pub(super) fn is_key(&self, columns: &[String]) -> bool {
        self.has_key && self.key == columns
    }

    /// True for a view of which the model says the query.
    pub(super) fn is_said_view(&self) -> bool {
        self.view.as_ref().is_some_and(|view| view.is_said)
    }

    /// The name in small letters, as names of relations have it.
    pub(super) fn lower(&self) -> String {
        self.name.to_lowercase()
    }
}
