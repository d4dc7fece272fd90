//! Names that the server would cut off: they would then mean other things, or be taken.

use super::Misfit;
use crate::state::ProjectState;
use orm_core::tables::state::{FieldKind, FieldState, ModelName, ModelState, PartNames, Through};
use orm_sql::schema::{TableName, names};
use std::collections::HashSet;

/// A name, and what it is of.
type Named<'a> = (&'static str, &'a str);

/// Whether the server keeps all names as they are: those of the models that have changed, and those that
/// belong to no model.
///
/// # Errors
///
/// The first one that is too long.
pub(super) fn check(state: &ProjectState, changed: &HashSet<&ModelName>) -> Result<(), Misfit> {
    let enums = state.enums.keys().flat_map(|name| of_table("enum", name));
    let collations = state.collations.keys().flat_map(|name| of_table("collation", name));
    let schemas = state.schemas.iter().map(|name| ("schema", &**name));
    let models = changed.iter().filter_map(|name| state.model(name)).flat_map(of_model);
    let too_long = |(_, name): &Named<'_>| name.len() > names::MAX;
    let mut all = enums.chain(collations).chain(schemas).chain(models);
    match all.find(too_long) {
        Some((what, name)) => Ok(names::check_name(name.to_owned(), what).map(drop)?),
        None => Ok(()),
    }
}

fn of_table<'a>(what: &'static str, name: &'a TableName) -> impl Iterator<Item = Named<'a>> {
    let schema = name.schema.iter().map(|schema| ("schema", &**schema));
    schema.chain([(what, &*name.name)])
}

fn of_model(model: &ModelState) -> impl Iterator<Item = Named<'_>> {
    let indexes = model.indexes.iter().filter_map(|one| one.name.as_deref());
    let uniques = model.uniques.iter().filter_map(|one| one.name.as_deref());
    let checks = model.checks.iter().filter_map(|one| one.name.as_deref());
    let exclusions = model.exclusions.iter().filter_map(|one| one.name.as_deref());
    let constraints =
        uniques.chain(checks).chain(exclusions).chain(model.primary_key_name.as_deref());
    of_table("table", &model.table)
        .chain(indexes.map(|name| ("index", name)))
        .chain(constraints.map(|name| ("constraint", name)))
        .chain(model.fields.iter().flat_map(of_field))
}

fn of_field(field: &FieldState) -> impl Iterator<Item = Named<'_>> {
    let PartNames { unique, unique_index, index, constraint } = &field.names;
    let parts = [
        ("constraint", unique),
        ("index", unique_index),
        ("index", index),
        ("constraint", constraint),
    ];
    let parts = parts.into_iter().filter_map(|(what, name)| Some((what, name.as_deref()?)));
    let between = match &field.kind {
        FieldKind::ManyToMany(relation) => match &relation.through {
            Through::Table { table, .. } => Some(table),
            Through::Model(_) => None,
        },
        FieldKind::Column { .. } | FieldKind::Key(_) => None,
    };
    let columns = field.columns().iter().map(|name| ("column", &**name));
    columns.chain(parts).chain(between.into_iter().flat_map(|name| of_table("table", name)))
}
