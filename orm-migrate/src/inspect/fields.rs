//! Fields and their options.

use super::keys::{is_plain_index, is_plain_unique};
use super::literal::{Literals, raw, text};
use super::names::{PATHS, snake, unique};
use super::parts::deferrable;
use super::plan::{Field, Key, Kind, Model};
use super::types::Typed;
use orm_sql::schema::{Action, Column, Constraint, ConstraintKind, Fill, Index, names};

/// What became of the constraints and indexes of a table: those that fields say are taken out.
pub(super) struct Rest {
    pub constraints: Vec<Constraint>,
    pub indexes: Vec<Index>,
}

impl Rest {
    /// What fields may say, and what models may.
    pub(super) fn of(model: &Model) -> Rest {
        let is_later = |one: &&Constraint| {
            !matches!(one.kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::ForeignKey(_))
        };
        Rest {
            constraints: model.table.constraints.iter().filter(is_later).cloned().collect(),
            indexes: model.table.indexes.clone(),
        }
    }

    /// Takes out the unique constraint over some columns.
    fn unique(&mut self, columns: &[String]) -> Option<String> {
        let place = self.constraints.iter().position(|one| is_plain_unique(one, columns))?;
        Some(self.constraints.remove(place).name)
    }

    /// Takes out the index over some columns.
    fn index(&mut self, columns: &[String], unique: bool) -> Option<String> {
        let is_it = |one: &Index| one.unique == unique && is_plain_index(one, columns);
        let place = self.indexes.iter().position(is_it)?;
        Some(self.indexes.remove(place).name)
    }

    /// Takes out the check that a number is not below zero.
    fn positive(&mut self, table: &str, column: &str) -> bool {
        let name = names::positive(table, column);
        let is_it = |one: &Constraint| match &one.kind {
            ConstraintKind::Check { condition } => {
                let zeros = ["0", "(0)::numeric", "(0)::double precision"];
                one.name == name
                    && zeros
                        .iter()
                        .any(|zero| condition.as_str() == format!("({column} >= {zero})"))
            }
            _ => false,
        };
        let place = self.constraints.iter().position(is_it);
        place.map(|place| self.constraints.remove(place)).is_some()
    }
}

/// The fields of a model, and what they do not say.
pub(super) fn of(
    model: &Model,
    keys: Vec<Key>,
    models: &[Model],
    literals: &Literals<'_>,
) -> (Vec<Field>, Rest) {
    let mut maker = Maker { model, models, literals, rest: Rest::of(model), fields: Vec::new() };
    let is_of_key = |name: &String| keys.iter().any(|key| key.constraint.columns.contains(name));
    for (column, typed) in &model.columns {
        if let Some(typed) = typed.clone().filter(|_| !is_of_key(&column.name)) {
            maker.plain(column, typed);
        }
    }
    for key in keys {
        maker.key(key);
    }
    let place = |field: &Field| {
        let first = field.columns.first();
        model.columns.iter().position(|(column, _)| Some(&column.name) == first)
    };
    maker.fields.sort_by_key(place);
    (maker.fields, maker.rest)
}

/// What makes the fields of a model.
struct Maker<'a> {
    model: &'a Model,
    models: &'a [Model],
    literals: &'a Literals<'a>,
    rest: Rest,
    fields: Vec<Field>,
}

impl Maker<'_> {
    fn is_taken(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    fn plain(&mut self, column: &Column, typed: Typed) {
        let name = unique(snake(&column.name), |name| self.is_taken(name));
        let mut field = Field {
            name,
            columns: vec![column.name.clone()],
            null: column.null && !self.model.key.contains(&column.name),
            kind: Kind::Plain(typed.clone()),
            options: Vec::new(),
        };
        plain(self.model, column, &typed, &mut field, &mut self.rest, self.literals);
        self.fields.push(field);
    }

    fn key(&mut self, key: Key) {
        let target = self.models.get(key.to);
        let first = key.constraint.columns.first();
        let Some(column) = first.and_then(|name| self.model.table.column(name)) else { return };
        let stem = key_name(&key, target);
        let name = match self.is_taken(&stem) {
            true if key.constraint.columns.len() == 1 => snake(&column.name),
            _ => stem,
        };
        let name = unique(name, |name| self.is_taken(name));
        let field = relation(self.model, name, column, key, target, &mut self.rest);
        self.fields.push(field);
    }
}

/// `author` for `author_id`; the model that it refers to where there are several columns.
fn key_name(key: &Key, target: Option<&Model>) -> String {
    match (key.constraint.columns.as_slice(), target) {
        ([column], _) => {
            let name = snake(column);
            match name.strip_suffix("_id") {
                Some(stem) if !stem.is_empty() => snake(stem),
                _ => name,
            }
        }
        (_, Some(target)) => snake(&target.name),
        (_, None) => "relation".to_owned(),
    }
}

fn plain(
    model: &Model,
    column: &Column,
    typed: &Typed,
    field: &mut Field,
    rest: &mut Rest,
    literals: &Literals<'_>,
) {
    let is_key = model.key == field.columns;
    let options = &mut field.options;
    if is_key && field.name != "id" {
        options.push("primary_key".to_owned());
    }
    if !model.is_said_view() {
        identity(model, column, typed, options);
    }
    if column.name != field.name {
        options.push(text("column", &column.name));
    }
    if PATHS.contains(&field.name.as_str()) {
        options.push(text("accessor", &format!("{}_", field.name)));
    }
    options.extend(typed.max_length.map(|length| format!("max_length = {length}")));
    if let Some((digits, places)) = typed.digits {
        options.push(format!("max_digits = {digits}"));
        options.push(format!("decimal_places = {places}"));
    }
    options.extend(typed.db_type.as_ref().map(|name| text("db_type", name)));
    if !model.is_key(&field.columns) {
        unique_or_index(&model.table.name.name, &field.columns, options, rest);
    }
    let is_number = ["i16", "i32", "i64", "f32", "f64", "Decimal"].contains(&&*typed.rust);
    if is_number && typed.db_type.is_none() && rest.positive(&model.table.name.name, &column.name) {
        options.push("positive".to_owned());
    }
    let held = if field.null { format!("Option<{}>", typed.rust) } else { typed.rust.clone() };
    filled(column, typed, &held, options, literals);
    about(column, options);
}

/// Whether the server counts.
fn identity(model: &Model, column: &Column, typed: &Typed, options: &mut Vec<String>) {
    let is_key = model.key == [column.name.as_str()];
    let is_integer = ["i16", "i32", "i64"].contains(&&*typed.rust);
    match (&column.fill, is_key && is_integer) {
        (Fill::Identity, false) => options.push("identity".to_owned()),
        (Fill::Nothing | Fill::Generated(_), true) => options.push("identity = false".to_owned()),
        _ => {}
    }
}

fn unique_or_index(table: &str, columns: &[String], options: &mut Vec<String>, rest: &mut Rest) {
    let plain: Vec<&str> = columns.iter().map(String::as_str).collect();
    let made = names::constraint(table, &plain, &[], "_uniq");
    match rest.unique(columns) {
        Some(name) if name == made => return options.push("unique".to_owned()),
        Some(name) => return options.push(text("unique_name", &name)),
        None => {}
    }
    if let Some(name) = rest.index(columns, true) {
        return options.push(text("unique_index", &name));
    }
    match rest.index(columns, false) {
        Some(name) if name == names::constraint(table, &plain, &[], "") => {
            options.push("db_index".to_owned());
        }
        Some(name) => options.push(text("index_name", &name)),
        None => {}
    }
}

/// What fills the column.
fn filled(
    column: &Column,
    typed: &Typed,
    held: &str,
    options: &mut Vec<String>,
    literals: &Literals<'_>,
) {
    match &column.fill {
        Fill::Default(sql) => {
            let value = literals.of(sql.as_str(), &typed.rust);
            let value = value.unwrap_or_else(|| raw(sql.as_str(), &typed.rust));
            options.push(format!("db_default = {value}"));
        }
        Fill::Generated(sql) => {
            options.push(format!("generated = |_| {}", raw(sql.as_str(), held)));
        }
        Fill::Nothing | Fill::Identity => {}
    }
}

fn about(column: &Column, options: &mut Vec<String>) {
    options.extend(column.collation.as_ref().map(|name| text("db_collation", name)));
    options.extend(column.comment.as_ref().map(|comment| text("db_comment", comment)));
}

fn relation(
    model: &Model,
    name: String,
    column: &Column,
    key: Key,
    target: Option<&Model>,
    rest: &mut Rest,
) -> Field {
    let constraint = &key.constraint;
    let columns = constraint.columns.clone();
    let mut options = Vec::new();
    if model.key == columns && name != "id" {
        options.push("primary_key".to_owned());
    }
    match columns.as_slice() {
        [one] if *one == format!("{name}_id") => {}
        [one] => options.push(text("column", one)),
        several => options.push(format!("columns = {}", list(several))),
    }
    if PATHS.contains(&name.as_str()) {
        options.push(text("accessor", &format!("{name}_")));
    }
    options.push(format!("on_delete = {}", on_delete(constraint.on_delete)));
    options.extend(key_type(model, &key, target).map(|sql| text("db_type", &sql)));
    let plain: Vec<&str> = columns.iter().map(String::as_str).collect();
    let to: Vec<&str> = constraint.to_columns.iter().map(String::as_str).collect();
    let (own, other) = (&model.table.name.name, &constraint.to.name);
    if key.name != names::foreign_key(own, &plain, other, &to) {
        options.push(text("constraint_name", &key.name));
    }
    options.extend(constraint.deferrable.map(deferrable));
    key_index(model, &key, &mut options, rest);
    if let ([_], Fill::Default(sql), Some(target)) = (columns.as_slice(), &column.fill, target) {
        options.push(format!("db_default = {}", raw(sql.as_str(), &held(&key, target))));
    }
    options.extend(column.comment.as_ref().map(|comment| text("db_comment", comment)));
    let null = column.null && !model.key.contains(&column.name);
    Field { name, columns, null, kind: Kind::Key(key), options }
}

/// The type of a relation: `ForeignKey<Author>`.
pub(super) fn held(key: &Key, target: &Model) -> String {
    let kind = if key.one_to_one { "OneToOne" } else { "ForeignKey" };
    match &key.to_column {
        Some((_, rust)) => format!("{kind}<{}, {rust}>", target.name),
        None => format!("{kind}<{}>", target.name),
    }
}

/// The index or the unique constraint of a key, which it has where nothing is said.
fn key_index(model: &Model, key: &Key, options: &mut Vec<String>, rest: &mut Rest) {
    let (table, columns) = (&model.table.name.name, &key.constraint.columns);
    if model.is_key(columns) {
        return;
    }
    let plain: Vec<&str> = columns.iter().map(String::as_str).collect();
    if key.one_to_one {
        match rest.unique(columns) {
            Some(name) if name == names::constraint(table, &plain, &[], "_uniq") => {}
            Some(name) => options.push(text("unique_name", &name)),
            None => {
                let name = rest.index(columns, true);
                options.extend(name.map(|name| text("unique_index", &name)));
            }
        }
        return;
    }
    match rest.index(columns, false) {
        Some(name) if name == names::constraint(table, &plain, &[], "") => {}
        Some(name) => options.push(text("index_name", &name)),
        None => options.push("db_index = false".to_owned()),
    }
}

/// The type of a key of one column that has another than what it refers to.
fn key_type(model: &Model, key: &Key, target: Option<&Model>) -> Option<String> {
    let ([own], [to]) = (key.constraint.columns.as_slice(), key.constraint.to_columns.as_slice())
    else {
        return None;
    };
    let own = model.table.column(own)?;
    let to = target?.table.column(to)?;
    (own.column_type != to.column_type).then(|| own.column_type.to_string())
}

fn on_delete(action: Action) -> &'static str {
    match action {
        Action::NoAction => "DoNothing",
        Action::Restrict => "Protect",
        Action::Cascade => "Cascade",
        Action::SetNull => "SetNull",
        Action::SetDefault => "SetDefault",
    }
}

fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| super::literal::quoted(name)).collect();
    format!("[{}]", names.join(", "))
}
