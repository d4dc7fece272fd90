//! Constraints and indexes that models say as a whole.

use super::fields::Rest;
use super::keys::columns_of;
use super::literal::{raw, text};
use super::names::written;
use super::plan::Model;
use orm_sql::ident::Ident;
use orm_sql::schema::{Constraint, ConstraintKind, Deferrable, Index, IndexKey, Unique, names};

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

fn constraint(model: &Model, constraint: &Constraint) -> Result<String, String> {
    let name = text("name", &constraint.name);
    match &constraint.kind {
        ConstraintKind::Unique(unique) => self::unique(model, unique, &name).ok_or_else(|| {
            format!("the unique constraint {} ({})", constraint.name, unique.columns.join(", "))
        }),
        ConstraintKind::Check { condition } => {
            Ok(format!("check(|_| {}, {name})", raw(condition.as_str(), "bool")))
        }
        _ => Err(format!("the constraint {}", constraint.name)),
    }
}

fn unique(model: &Model, unique: &Unique, name: &str) -> Option<String> {
    if unique.deferrable == Some(Deferrable::Immediate) {
        return None;
    }
    let mut parts = vec![format!("fields = {}", fields(model, &unique.columns)?), name.to_owned()];
    if !unique.include.is_empty() {
        parts.push(format!("include = {}", fields(model, &unique.include)?));
    }
    if !unique.nulls_distinct {
        parts.push("nulls_distinct = false".to_owned());
    }
    parts.extend(unique.deferrable.map(|_| "deferrable".to_owned()));
    Some(format!("unique({})", parts.join(", ")))
}

fn index(model: &Model, index: &Index) -> Result<String, String> {
    let unsaid = |what: &str| Err(format!("the index {}: {what}", index.name));
    if let Some(why) = unsaid_of(index) {
        return unsaid(why);
    }
    let Some(mut parts) = parts(model, index) else { return unsaid("its columns") };
    parts.push(text("name", &index.name));
    if index.method != "btree" {
        parts.push(text("using", &index.method));
    }
    if let Some(condition) = &index.condition {
        parts.push(format!("where = |_| {}", raw(condition.as_str(), "bool")));
    }
    if !index.include.is_empty() {
        let Some(include) = fields(model, &index.include) else { return unsaid("its INCLUDE") };
        parts.push(format!("include = {include}"));
    }
    if index.unique && !index.nulls_distinct {
        parts.push("nulls_distinct = false".to_owned());
    }
    if index.unique {
        let is_constraint = index.condition.is_none() && columns_of(index).is_some();
        parts.extend(is_constraint.then(|| "as_index".to_owned()));
    }
    let kind = if index.unique { "unique" } else { "index" };
    Ok(format!("{kind}({})", parts.join(", ")))
}

/// Why models cannot say an index.
pub(crate) fn unsaid_of(index: &Index) -> Option<&'static str> {
    let is_expression = |key: &IndexKey| matches!(key, IndexKey::Expression(_));
    let mut parts = index.parts.iter();
    if parts.clone().any(|part| part.operator_class.is_some()) {
        return Some("its operator classes");
    }
    if parts.clone().any(|part| part.nulls_first.is_some()) {
        return Some("where NULL comes in it");
    }
    parts
        .any(|part| part.desc && (index.unique || is_expression(&part.key)))
        .then_some("what is descending in it")
}

/// What is indexed: fields, or expressions where there is one among them.
fn parts(model: &Model, index: &Index) -> Option<Vec<String>> {
    let descending = index.parts.iter().any(|part| part.desc);
    if let Some(columns) = columns_of(index)
        && let Some(fields) = model.fields_of(&columns)
        && (!descending || fields.len() == columns.len())
    {
        let parts = fields.iter().zip(&index.parts);
        let names: Vec<String> = parts
            .map(|(field, part)| {
                let sign = if part.desc { "-" } else { "" };
                format!("{sign}{}", written(&field.name))
            })
            .collect();
        return Some(vec![format!("fields = [{}]", names.join(", "))]);
    }
    if descending {
        return None;
    }
    let expression = |part: &orm_sql::schema::IndexPart| {
        let sql = match &part.key {
            IndexKey::Column(name) => Ident::new(name).to_string(),
            IndexKey::Expression(sql) => sql.as_str().to_owned(),
        };
        format!("|_| {}", raw(&sql, "String"))
    };
    Some(index.parts.iter().map(expression).collect())
}

/// `[author, name]`
fn fields(model: &Model, columns: &[String]) -> Option<String> {
    let fields = model.fields_of(columns)?;
    let names: Vec<String> = fields.iter().map(|field| written(&field.name)).collect();
    Some(format!("[{}]", names.join(", ")))
}
