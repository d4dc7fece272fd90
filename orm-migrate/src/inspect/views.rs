//! Views of which models say the query, and which migrations make.

use super::keys::{columns_of, is_plain_index};
use super::literal::quoted;
use super::plan::{Model, View};
use crate::introspect::ViewFacts;
use orm_sql::schema::{Constraint, ConstraintKind, Table, TableName};
use std::collections::BTreeSet;

/// A view as it is read.
pub(super) fn of(facts: Option<ViewFacts>, kind: &str, table: &mut Table) -> Option<View> {
    let materialized = kind == "m";
    if materialized {
        key_of_index(table);
    }
    Some(View { facts: facts?, materialized, is_said: false })
}

/// What tells apart the rows of a materialized view: its unique index, which is the primary key of the
/// model.
fn key_of_index(table: &mut Table) {
    let columns = |index: &orm_sql::schema::Index| {
        let columns = columns_of(index).filter(|columns| is_plain_index(index, columns));
        columns.filter(|_| index.unique)
    };
    let found = table.indexes.iter().position(|index| columns(index).is_some());
    if let Some(place) = found {
        let index = table.indexes.remove(place);
        if let Some(columns) = columns(&index) {
            let kind = ConstraintKind::PrimaryKey { columns };
            table.constraints.push(Constraint { name: index.name, kind });
        }
    }
}

/// Finds the views that can be made of the models alone; of others, a note says why not.
pub(super) fn choose(models: &mut [Model]) {
    let mut made: BTreeSet<TableName> = models
        .iter()
        .filter(|model| model.is_table && model.has_key)
        .map(|model| model.table.name.clone())
        .collect();
    loop {
        let mut more = false;
        for model in models.iter_mut() {
            let reads_made = why_not(model, &made).is_none();
            let Some(view) = model.view.as_mut().filter(|view| !view.is_said) else { continue };
            if reads_made {
                view.is_said = true;
                more = true;
                made.insert(model.table.name.clone());
            }
        }
        if !more {
            break;
        }
    }
    for model in models.iter_mut().filter(|model| !model.is_said_view()) {
        if let Some(why) = why_not(model, &made) {
            model.unsaid.push(format!("the query of the view: {why}"));
        }
    }
}

/// Why migrations could not make a view; also for what is none.
fn why_not(model: &Model, made: &BTreeSet<TableName>) -> Option<String> {
    let view = model.view.as_ref()?;
    let ViewFacts { reads, needs, .. } = &view.facts;
    if model.has_more {
        return Some("models cannot say all of it".to_owned());
    }
    if view.materialized && !model.has_key {
        return Some("it has no unique index to tell its rows apart".to_owned());
    }
    if model.columns.iter().any(|(_, typed)| typed.is_none()) {
        return Some("some of its columns cannot be read".to_owned());
    }
    if let Some(name) = reads.iter().find(|name| !made.contains(name)) {
        return Some(format!("it reads {name}, which migrations do not make"));
    }
    (!needs.is_empty()).then(|| format!("it needs the {}", needs.join(", the ")))
}

/// `view_sql = "…"`, and what belongs to it.
pub(super) fn said(model: &Model) -> Vec<String> {
    let Some(view) = model.view.as_ref().filter(|view| view.is_said) else { return Vec::new() };
    let query = &view.facts.query;
    let mut hashes = "#".to_owned();
    while query.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    let is_odd = |letter: char| letter.is_control() && letter != '\n';
    let sql = match query.contains('\n') && !query.contains(is_odd) {
        true => format!("r{hashes}\"\n{query}\n\"{hashes}"),
        false => quoted(query),
    };
    let materialized = view.materialized.then(|| "materialized".to_owned());
    materialized.into_iter().chain([format!("view_sql = {sql}")]).collect()
}
