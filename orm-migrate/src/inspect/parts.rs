//! Constraints and indexes that models say as a whole.

use super::fields::Rest;
use super::keys::columns_of;
use super::literal::{quoted, raw, text};
use super::names::{PATHS, written};
use super::plan::{Field, Kind, Model};
use orm_sql::ident::{Ident, RawSql};
use orm_sql::schema::{
    Column, Constraint, ConstraintKind, Deferrable, ExcludePart, Exclusion, Index, IndexKey,
    IndexPart, Storage, Unique, names,
};
use orm_sql::sql_text;

/// Adds what is left of constraints and indexes to the options of a model.
pub(super) fn add(model: &mut Model, rest: Rest) {
    let mut said = Vec::new();
    let mut unsaid = Vec::new();
    let mut add = |outcome: Result<String, String>| match outcome {
        Ok(option) => said.push(option),
        Err(what) => unsaid.push(what),
    };
    rest.constraints.iter().for_each(|one| add(constraint(model, one)));
    rest.indexes.iter().for_each(|one| add(index(model, one)));
    model.options.extend(said);
    model.unsaid.extend(unsaid);
}

/// The name of the primary key, where it is not the usual one.
pub(super) fn primary_key(model: &Model) -> Option<String> {
    let is_key = |one: &&Constraint| matches!(one.kind, ConstraintKind::PrimaryKey { .. });
    let name = &model.table.constraints.iter().find(is_key)?.name;
    let usual = names::primary_key(&model.table.name.name);
    (*name != usual).then(|| text("primary_key_name", name))
}

/// The field that says to which tenant a row belongs, where the database has the policy for it.
pub(super) fn tenant(model: &Model) -> Option<String> {
    let using = model.table.row_level_security.as_ref()?.using.as_str();
    let is_named = |column: &&Column| !column.null && sql_text::names(using, &column.name);
    let column = &model.table.columns.iter().find(is_named)?.name;
    let field = model.field_of(column).filter(|field| field.columns.len() == 1)?;
    Some(written(&field.name))
}

fn constraint(model: &Model, constraint: &Constraint) -> Result<String, String> {
    let name = text("name", &constraint.name);
    match &constraint.kind {
        ConstraintKind::Unique(unique) => self::unique(model, unique, &name).ok_or_else(|| {
            format!("the unique constraint {} ({})", constraint.name, unique.columns.join(", "))
        }),
        ConstraintKind::Check { condition } => {
            Ok(format!("check(|_| {}, {name})", raw(condition.as_str(), "bool")))
        }
        ConstraintKind::Exclude(exclusion) => exclude(model, exclusion, &name)
            .ok_or_else(|| format!("the exclusion constraint {}: its INCLUDE", constraint.name)),
        _ => Err(format!("the constraint {}", constraint.name)),
    }
}

fn unique(model: &Model, unique: &Unique, name: &str) -> Option<String> {
    let mut parts = vec![format!("fields = {}", fields(model, &unique.columns)?), name.to_owned()];
    if !unique.include.is_empty() {
        parts.push(format!("include = {}", fields(model, &unique.include)?));
    }
    if !unique.nulls_distinct {
        parts.push("nulls_distinct = false".to_owned());
    }
    parts.extend(unique.deferrable.map(deferrable));
    Some(format!("unique({})", parts.join(", ")))
}

/// When a constraint is checked.
pub(super) fn deferrable(deferrable: Deferrable) -> String {
    match deferrable {
        Deferrable::Deferred => "deferrable".to_owned(),
        Deferrable::Immediate => "deferrable = immediate".to_owned(),
    }
}

/// `exclude((room, "="), (during, "&&"), name = "one_at_a_time")`
fn exclude(model: &Model, exclusion: &Exclusion, name: &str) -> Option<String> {
    let Exclusion { method, parts, condition, include, deferrable } = exclusion;
    let named: Option<Vec<String>> = parts.iter().map(|one| name_of(model, &one.part)).collect();
    // The derive takes fields first and expressions then: one that is none makes all of them none.
    let what = named.unwrap_or_else(|| parts.iter().map(|one| closure(model, &one.part)).collect());
    let pairs = what.iter().zip(parts).map(|(what, ExcludePart { part, operator })| {
        let class = part.operator_class.iter().map(|class| format!(", {}", quoted(class)));
        format!("({what}, {}{})", quoted(operator), class.collect::<String>())
    });
    let mut said: Vec<String> = pairs.chain([name.to_owned()]).collect();
    if method != "gist" {
        said.push(text("using", method));
    }
    said.extend(condition.as_ref().map(where_));
    if !include.is_empty() {
        said.push(format!("include = {}", fields(model, include)?));
    }
    said.extend(deferrable.map(self::deferrable));
    Some(format!("exclude({})", said.join(", ")))
}

fn where_(condition: &RawSql) -> String {
    format!("where = |_| {}", raw(condition.as_str(), "bool"))
}

fn index(model: &Model, index: &Index) -> Result<String, String> {
    let mut said = parts(model, index);
    said.push(text("name", &index.name));
    if index.method != "btree" {
        said.push(text("using", &index.method));
    }
    said.extend(index.condition.as_ref().map(where_));
    if !index.include.is_empty() {
        let include = fields(model, &index.include);
        let include = include.ok_or_else(|| format!("the index {}: its INCLUDE", index.name))?;
        said.push(format!("include = {include}"));
    }
    if index.unique {
        said.extend((!index.nulls_distinct).then(|| "nulls_distinct = false".to_owned()));
        let is_constraint = index.condition.is_none() && columns_of(index).is_some();
        said.extend(is_constraint.then(|| "as_index".to_owned()));
        return Ok(format!("unique({})", said.join(", ")));
    }
    said.extend(storage(&index.storage));
    said.extend(index.tablespace.as_ref().map(|name| text("tablespace", name)));
    Ok(format!("index({})", said.join(", ")))
}

/// `with(fillfactor = 70)`, where there is something to say.
pub(super) fn storage(storage: &Storage) -> Option<String> {
    let is_plain =
        |value: &str| value == "true" || value == "false" || value.parse::<u32>().is_ok();
    let pair = |(name, value): (&String, &String)| match is_plain(value) {
        true => format!("{name} = {value}"),
        false => text(name, value),
    };
    let pairs: Vec<String> = storage.iter().map(pair).collect();
    (!pairs.is_empty()).then(|| format!("with({})", pairs.join(", ")))
}

/// What is indexed: fields, or expressions where there is one among them; then operator classes.
fn parts(model: &Model, index: &Index) -> Vec<String> {
    let parts: Vec<IndexPart> = index.parts.iter().map(|part| said_of(part, index)).collect();
    let mut said = match named(model, &parts) {
        Some(names) => vec![format!("fields = [{}]", names.join(", "))],
        None => parts.iter().map(|part| closure(model, part)).collect(),
    };
    if parts.iter().any(|part| part.operator_class.is_some()) {
        let class = |part: &IndexPart| quoted(part.operator_class.as_deref().unwrap_or_default());
        let classes: Vec<String> = parts.iter().map(class).collect();
        said.push(format!("opclasses = [{}]", classes.join(", ")));
    }
    said
}

/// A part of an index as models say it: what is unique has no direction.
fn said_of(part: &IndexPart, index: &Index) -> IndexPart {
    match index.unique {
        true => IndexPart { desc: false, nulls_first: None, ..part.clone() },
        false => part.clone(),
    }
}

/// The fields, with `-` before what is descending; `None` where that does not say all.
fn named(model: &Model, parts: &[IndexPart]) -> Option<Vec<String>> {
    let plain = |part: &IndexPart| {
        let column = column_of(part)?;
        (*part == IndexPart::column(column)).then(|| column.to_owned())
    };
    // A relation may have several columns.
    if let Some(columns) = parts.iter().map(plain).collect::<Option<Vec<_>>>() {
        let fields = model.fields_of(&columns)?;
        return Some(fields.iter().map(|field| written(&field.name)).collect());
    }
    let name = |part: &IndexPart| {
        let plain = IndexPart { desc: false, ..part.clone() };
        let sign = if part.desc { "-" } else { "" };
        Some(format!("{sign}{}", name_of(model, &plain)?))
    };
    parts.iter().map(name).collect()
}

fn column_of(part: &IndexPart) -> Option<&str> {
    match &part.key {
        IndexKey::Column(name) => Some(name),
        IndexKey::Expression(_) => None,
    }
}

/// The field that a part is and no more, its operator class aside.
fn name_of(model: &Model, part: &IndexPart) -> Option<String> {
    let column = column_of(part)?;
    let plain =
        IndexPart { operator_class: part.operator_class.clone(), ..IndexPart::column(column) };
    let field = model.field_of(column).filter(|field| field.columns == [column])?;
    (*part == plain).then(|| written(&field.name))
}

/// `|m| m.title().desc().nulls_last()`
fn closure(model: &Model, part: &IndexPart) -> String {
    let plain = IndexPart { desc: false, nulls_first: None, ..part.clone() };
    let mut order = String::new();
    if part.desc || part.nulls_first.is_some() {
        order.push_str(if part.desc { ".desc()" } else { ".asc()" });
    }
    if let Some(first) = part.nulls_first {
        order.push_str(if first { ".nulls_first()" } else { ".nulls_last()" });
    }
    let field = column_of(part).and_then(|column| model.field_of(column));
    let is_plain = |field: &&Field| matches!(field.kind, Kind::Plain(_));
    // Where NULL comes is said of what may be NULL.
    let null = part.nulls_first.is_some();
    if let Some(field) = field.filter(is_plain).filter(|field| field.null || !null)
        && name_of(model, &plain).is_some()
    {
        return format!("|m| m.{}(){order}", accessor(&field.name));
    }
    let sql = match (&part.key, &part.collation) {
        (IndexKey::Column(name), None) => Ident::new(name).to_string(),
        (IndexKey::Expression(sql), None) => sql.as_str().to_owned(),
        (IndexKey::Column(name), Some(collation)) => {
            format!("{} COLLATE {}", Ident::new(name), Ident::new(collation))
        }
        (IndexKey::Expression(sql), Some(collation)) => {
            format!("({}) COLLATE {}", sql.as_str(), Ident::new(collation))
        }
    };
    let over = if order.is_empty() { String::new() } else { format!(".over::<{}>()", model.name) };
    let held = if null { "Option<String>" } else { "String" };
    format!("|_| {}{over}{order}", raw(&sql, held))
}

/// The method of a field in paths.
fn accessor(name: &str) -> String {
    match PATHS.contains(&name) {
        true => format!("{name}_"),
        false => written(name),
    }
}

/// `[author, name]`
fn fields(model: &Model, columns: &[String]) -> Option<String> {
    let fields = model.fields_of(columns)?;
    let names: Vec<String> = fields.iter().map(|field| written(&field.name)).collect();
    Some(format!("[{}]", names.join(", ")))
}
