//! What a picture of models shows.

use orm_core::tables::state::{FieldKind, FieldState, ModelName, ModelState, Through};
use orm_migrate::state::ProjectState;
use orm_sql::schema::{ColumnType, Table};
use std::collections::HashMap;

/// Models and how they refer to each other.
#[derive(Debug, Default)]
pub struct Chart {
    pub entities: Vec<Entity>,
    pub links: Vec<Link>,
}

/// A model.
#[derive(Debug)]
pub struct Entity {
    pub name: ModelName,
    pub rows: Vec<Row>,
}

/// A field.
#[derive(Debug)]
pub struct Row {
    pub name: String,
    pub type_name: String,
    pub mark: Mark,
    pub null: bool,
}

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    None,
    Primary,
    Foreign,
    Unique,
}

impl Mark {
    pub fn text(self) -> &'static str {
        match self {
            Mark::None => "",
            Mark::Primary => "PK",
            Mark::Foreign => "FK",
            Mark::Unique => "UK",
        }
    }
}

/// A relation, from the model that has the field.
#[derive(Clone, Debug)]
pub struct Link {
    pub from: usize,
    pub to: usize,
    pub field: String,
    /// The place of the field among those that are shown.
    pub row: Option<usize>,
    pub kind: Kind,
    /// There may be nothing that it refers to.
    pub optional: bool,
}

/// How many rows are at the ends of a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    ManyToOne,
    OneToOne,
    ManyToMany,
}

impl Chart {
    /// The models of some apps, or all.
    pub fn of(state: &ProjectState, apps: &[String], with_fields: bool) -> orm_sql::Result<Chart> {
        let models: Vec<&ModelState> = state
            .models
            .values()
            .map(AsRef::as_ref)
            .filter(|model| apps.is_empty() || apps.contains(&model.name.app))
            .collect();
        let places: HashMap<&ModelName, usize> =
            models.iter().enumerate().map(|(place, model)| (&model.name, place)).collect();
        let mut chart = Chart::default();
        for (from, model) in models.iter().enumerate() {
            let table = model.table(state)?;
            let mut rows = Vec::new();
            for field in &model.fields {
                let row = with_fields.then_some(rows.len());
                chart.links.extend(link(&places, from, field, row));
                if with_fields {
                    rows.push(read_row(model, &table, field));
                }
            }
            chart.entities.push(Entity { name: model.name.clone(), rows });
        }
        Ok(chart)
    }

    /// The apps, each with the places of its models.
    pub fn apps(&self) -> Vec<(&str, Vec<usize>)> {
        let mut apps: Vec<(&str, Vec<usize>)> = Vec::new();
        for (place, entity) in self.entities.iter().enumerate() {
            match apps.iter_mut().find(|(app, _)| *app == entity.name.app) {
                Some((_, places)) => places.push(place),
                None => apps.push((&entity.name.app, vec![place])),
            }
        }
        apps
    }
}

fn link(
    places: &HashMap<&ModelName, usize>,
    from: usize,
    field: &FieldState,
    row: Option<usize>,
) -> Option<Link> {
    let (to, kind) = match &field.kind {
        FieldKind::Column { .. } => return None,
        FieldKind::Key(key) if key.one_to_one => (&key.to, Kind::OneToOne),
        FieldKind::Key(key) => (&key.to, Kind::ManyToOne),
        FieldKind::ManyToMany(relation) => match &relation.through {
            // The keys of the model between show it.
            Through::Model(between) if places.contains_key(between) => return None,
            _ => (&relation.to, Kind::ManyToMany),
        },
    };
    let to = *places.get(to)?;
    Some(Link { from, to, field: field.name.clone(), row, kind, optional: field.null })
}

fn read_row(model: &ModelState, table: &Table, field: &FieldState) -> Row {
    let types: Vec<String> = field
        .columns()
        .iter()
        .filter_map(|name| table.column(name))
        .map(|column| type_name(&column.column_type))
        .collect();
    let mark = match &field.kind {
        _ if model.primary_key.contains(&field.name) => Mark::Primary,
        FieldKind::Key(_) => Mark::Foreign,
        _ if field.unique => Mark::Unique,
        _ => Mark::None,
    };
    let type_name = match &field.kind {
        FieldKind::ManyToMany(relation) => format!("{}[]", relation.to.name),
        FieldKind::Key(key) => key.to.name.clone(),
        FieldKind::Column { .. } => types.join(", "),
    };
    Row { name: field.name.clone(), type_name, mark, null: field.null }
}

fn type_name(column_type: &ColumnType) -> String {
    match column_type {
        ColumnType::Plain(plain) => plain.name().to_string(),
        ColumnType::Varchar(length) => format!("varchar({length})"),
        ColumnType::Numeric { digits, places } => format!("numeric({digits},{places})"),
        ColumnType::Array(item) => format!("{}[]", type_name(item)),
        ColumnType::Named(name) => name.as_str().to_owned(),
    }
}
