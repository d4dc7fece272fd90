//! Models as Rust source, read from a live database.
//!
//! What a model can say is written so that a database made from the models is the same: every name of
//! a constraint that is not the usual one is said. What it cannot say stands in a comment above it, and
//! in the [`notes`](Source::notes).

mod fields;
mod keys;
mod literal;
mod names;
mod parts;
mod plan;
mod related;
mod types;
mod views;
mod write;

use crate::introspect::{self, Relation, Wanted};
use literal::{Literals, text};
use names::Names;
use orm_sql::error::Result;
use orm_sql::exec::Executor;
use orm_sql::schema::{Column, ConstraintKind, Fill, Table, TableName};
use plan::Model;
use std::collections::HashMap;
use std::fmt;
use types::{Typed, Types};

/// What of a database is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The tables; none for all. One of another schema than the current one is `schema.table`.
    pub tables: Vec<String>,
    /// The schemas; none for the current one.
    pub schemas: Vec<String>,
    /// Views, materialised views and foreign tables are models as well, which are not managed.
    pub include_views: bool,
    /// Partitions are models as well.
    pub include_partitions: bool,
    /// The app of the models.
    pub app: Option<String>,
    /// Migrations change the tables. Models of tables without a primary key, of views and of partitions
    /// are not managed anyhow.
    pub managed: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            tables: Vec::new(),
            schemas: Vec::new(),
            include_views: false,
            include_partitions: false,
            app: None,
            managed: true,
        }
    }
}

/// Models as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// A Rust file.
    pub text: String,
    /// How many models there are in it.
    pub models: usize,
    /// What the models do not say.
    pub notes: Vec<Note>,
}

/// Something that is in the database, and that models do not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The table.
    pub table: TableName,
    /// What it is.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.table, self.text)
    }
}

/// Tables that belong to migrations and not to an application.
pub(crate) const OF_MIGRATIONS: &[&str] = &["django_migrations", "orm_migrations"];

/// The models of a live database.
///
/// # Errors
///
/// What the server says.
pub async fn models(db: &dyn Executor, options: &Options) -> Result<Source> {
    let schemas: Vec<&str> = options.schemas.iter().map(String::as_str).collect();
    let wanted = Wanted::of(db, &schemas).await?;
    let wanted = wanted.with(options.include_views, options.include_partitions);
    let mut relations = introspect::relations(db, &wanted).await?;
    relations.retain(|relation| is_wanted(&relation.table.name, options));
    let types = Types::new(introspect::types(db, &wanted).await?);
    Ok(source(relations, types, options))
}

fn is_wanted(name: &TableName, options: &Options) -> bool {
    match options.tables.as_slice() {
        [] => !OF_MIGRATIONS.contains(&name.name.as_str()),
        tables => tables.iter().any(|table| *table == name.name || *table == name.to_string()),
    }
}

fn source(relations: Vec<Relation>, mut types: Types, options: &Options) -> Source {
    let mut names = Names::default();
    let mut models: Vec<Model> = Vec::with_capacity(relations.len());
    let mut left_out = Vec::new();
    for relation in relations {
        let model = model(relation, &mut types, &mut names, options);
        match model.columns.iter().any(|(_, typed)| typed.is_some()) {
            true => models.push(model),
            false => left_out.push(Note {
                table: model.table.name,
                text: "the table, which has no column that could be read".to_owned(),
            }),
        }
    }
    let places: HashMap<TableName, usize> =
        models.iter().enumerate().map(|(place, model)| (model.table.name.clone(), place)).collect();
    if options.managed {
        views::choose(&mut models);
    }
    let literals = Literals { types: &types };
    let found: Vec<_> = models
        .iter()
        .map(|model| {
            let keys = keys::of(model, &models, &places);
            let (fields, rest) = fields::of(model, keys.keys, &models, &literals);
            (fields, rest, keys.unsaid)
        })
        .collect();
    for (model, (fields, rest, unsaid)) in models.iter_mut().zip(found) {
        model.fields = fields;
        model.unsaid.extend(unsaid);
        options_of(model, options);
        parts::add(model, rest);
    }
    related::many_to_many(&mut models);
    related::names(&mut models);
    let own: Vec<_> = types.own().collect();
    Source {
        text: write::file(&models, &own),
        models: models.len(),
        notes: models.iter().flat_map(notes).chain(left_out).collect(),
    }
}

/// A model with its columns, and no fields yet.
fn model(relation: Relation, types: &mut Types, names: &mut Names, options: &Options) -> Model {
    let Relation { mut table, partition: _, kind, facts, mut unsaid, view } = relation;
    let is_table = kind == "r" || kind == "p";
    let has_more = !unsaid.is_empty();
    let view = views::of(view, &kind, &mut table);
    let stem = match &options.app {
        Some(app) => table.name.name.strip_prefix(&format!("{app}_")).unwrap_or(&table.name.name),
        None => &table.name.name,
    };
    let name = names.item(stem, table.name.schema.as_deref());
    let mut columns = Vec::with_capacity(table.columns.len());
    for (column, facts) in table.columns.iter().zip(&facts) {
        let typed = types.of(column, facts, names);
        if typed.is_none() {
            let (name, sql) = (&column.name, &facts.sql);
            unsaid.push(format!("the column {name}: its type `{sql}` has no binary form"));
        }
        let mut column = column.clone();
        let counts =
            matches!(&column.fill, Fill::Default(sql) if sql.as_str().starts_with("nextval("));
        if facts.serial && counts && !column.null {
            column.fill = Fill::Identity;
        }
        columns.push((column, typed));
    }
    let (key, has_key) = key_of(&table, &columns, &mut unsaid);
    let table =
        Table { columns: columns.iter().map(|(column, _)| column.clone()).collect(), ..table };
    let (fields, options) = (Vec::new(), Vec::new());
    Model { name, table, is_table, view, columns, key, has_key, fields, options, unsaid, has_more }
}

/// The primary key, or what comes next to one, since a model must have one.
fn key_of(
    table: &Table,
    columns: &[(Column, Option<Typed>)],
    unsaid: &mut Vec<String>,
) -> (Vec<String>, bool) {
    let key = table.primary_key();
    let is_there =
        |name: &String| columns.iter().any(|(one, typed)| one.name == *name && typed.is_some());
    if !key.is_empty() && key.len() <= WIDEST_KEY && key.iter().all(is_there) {
        return (key.to_vec(), true);
    }
    let not_null = |name: &String| table.column(name).is_some_and(|column| !column.null);
    let by_constraint = table.constraints.iter().filter_map(|one| match &one.kind {
        ConstraintKind::Unique(unique) => Some(unique.columns.clone()),
        _ => None,
    });
    let by_index = table.indexes.iter().filter(|index| index.unique && index.condition.is_none());
    let uniques = by_constraint.chain(by_index.filter_map(keys::columns_of));
    let mut usable = uniques.filter(|columns| {
        columns.len() <= WIDEST_KEY && columns.iter().all(|name| not_null(name) && is_there(name))
    });
    let readable = || columns.iter().filter(|(_, typed)| typed.is_some()).map(|(column, _)| column);
    let key = usable.next().unwrap_or_else(|| {
        let by_name = readable().find(|column| column.name == "id");
        let found = by_name.or_else(|| readable().find(|column| !column.null));
        let found = found.or_else(|| readable().next());
        found.map(|column| vec![column.name.clone()]).unwrap_or_default()
    });
    unsaid.push(format!("a primary key, which there is none of: {} stands for it", key.join(", ")));
    (key, false)
}

/// How many columns a primary key of a model has at the most.
const WIDEST_KEY: usize = 8;

/// What is said of a model as a whole.
fn options_of(model: &mut Model, options: &Options) {
    let mut said = Vec::new();
    said.extend(options.app.as_ref().map(|app| text("app", app)));
    said.push(text("table", &model.table.name.name));
    said.extend(model.table.name.schema.as_ref().map(|schema| text("schema", schema)));
    said.extend(model.table.comment.as_ref().map(|comment| text("comment", comment)));
    if model.is_table {
        said.extend(parts::storage(&model.table.storage));
        said.extend(model.table.tablespace.as_ref().map(|name| text("tablespace", name)));
    }
    said.extend(views::said(model));
    let is_made = model.is_table && model.has_key || model.is_said_view();
    if let Some(tenant) = parts::tenant(model) {
        said.push(format!("tenant = {tenant}"));
        said.extend((options.managed && is_made).then(|| "row_level_security".to_owned()));
    }
    if !(options.managed && is_made) {
        said.push("managed = false".to_owned());
    }
    if let Some(key) = model.fields_of(&model.key)
        && key.len() > 1
    {
        let names: Vec<String> = key.iter().map(|field| names::written(&field.name)).collect();
        said.push(format!("primary_key = [{}]", names.join(", ")));
    }
    said.extend(parts::primary_key(model));
    model.options = said;
}

fn notes(model: &Model) -> Vec<Note> {
    let note = |text: &String| Note { table: model.table.name.clone(), text: text.clone() };
    model.unsaid.iter().map(note).collect()
}
