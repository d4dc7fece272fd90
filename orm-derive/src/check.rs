//! Rules across attributes. Every mistake is reported, and what is wrong is taken out, so that the
//! rest of the model still expands and one mistake gives one error.

mod names;
mod reserved;
mod tenant;
mod view;

use crate::errors::Errors;
use crate::model::{Kind, Model};
use proc_macro2::Span;
use syn::ext::IdentExt;

/// Checks a model, and takes out what is wrong.
pub fn check(model: &mut Model, errors: &Errors) {
    reserved::paths(model, errors);
    reserved::instances(model, errors);
    reserved::managers(model, errors);
    columns(model, errors);
    long_names(model, errors);
    reverses(model, errors);
    key(model, errors);
    versions(model, errors);
    tenant::check(model, errors);
    names::items(model, errors);
    names::constraints(model, errors);
    view::check(model, errors);
}

/// What a struct that models flatten cannot have.
pub fn shared(model: &mut Model, errors: &Errors) {
    let managers = model.managers.as_mut().into_iter().flatten().skip(1);
    for (name, _) in managers.filter(|(name, _)| name == "objects") {
        let message =
            "of a shared struct `objects` is the first manager: it is what models start with";
        errors.at(name.span(), message);
    }
}

/// Two fields with one column.
fn columns(model: &Model, errors: &Errors) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let named = model
        .columns()
        .flat_map(|(field, column)| column.names().map(move |name| (field, column, name)));
    for (field, column, name) in named {
        if let Some((_, first)) = seen.iter().find(|(other, _)| other == name) {
            let message = format!(
                "`{}` and `{first}` have one column, `{name}`; name another with \
                 `#[field(column = \"…\")]`",
                field.name
            );
            errors.at(column.span, message);
        }
        seen.push((name, &field.name));
    }
}

/// How many bytes of a name the server keeps.
const LONGEST_NAME: usize = 63;

/// Names that the server would cut off: they would then mean the table or column of another.
fn long_names(model: &Model, errors: &Errors) {
    let check = |name: &str, what: &str, cure: &str, span: Span| {
        if name.len() > LONGEST_NAME {
            let message = format!(
                "the {what} name `{name}` has {} bytes, and the server keeps {LONGEST_NAME} of them; \
                 give it a shorter one: {cure}",
                name.len()
            );
            errors.at(span, message);
        }
    };
    let span = model.ident.span();
    check(&model.table, "table", "`#[model(table = \"…\")]`", span);
    if let Some(schema) = &model.schema {
        check(schema, "schema", "`#[model(schema = \"…\")]`", span);
    }
    for (_, column) in model.columns() {
        for name in column.names() {
            check(name, "column", "`#[field(column = \"…\")]`", column.span);
        }
    }
    for field in &model.fields {
        let Kind::Many(many) = &field.kind else { continue };
        let (span, cure) = (field.ident.span(), "`#[field(table = \"…\")]`");
        match (&many.through, &many.table) {
            (Some(_), _) => {}
            (None, Some(table)) => check(table, "table", cure, span),
            (None, None) => check(&format!("{}_{}", model.table, field.name), "table", cure, span),
        }
    }
    let indexes = model.uniques.iter().chain(&model.indexes).chain(&model.checks);
    let indexes = indexes.chain(&model.exclusions);
    for name in indexes.filter_map(|index| index.name.as_ref()) {
        check(&name.value, "constraint or index", "`name = \"…\"`", name.span);
    }
}

/// One field counts the saves of a row, and it is never NULL.
fn versions(model: &mut Model, errors: &Errors) {
    let mut first: Option<String> = None;
    for field in &mut model.fields {
        let Kind::Column(column) = &mut field.kind else { continue };
        if !column.version {
            continue;
        }
        if column.null {
            let message =
                format!("`{}` counts the saves of a row: remove the `Option`", field.name);
            errors.at(field.ident.span(), message);
        } else if let Some(first) = &first {
            let message = format!("a second `version`: `{first}` counts the saves already");
            errors.at(field.ident.span(), message);
        } else {
            first = Some(field.name.clone());
            continue;
        }
        column.version = false;
    }
}

/// Two relations to one model with the same accessor there.
fn reverses(model: &mut Model, errors: &Errors) {
    let mut seen: Vec<(String, String, String)> = Vec::new();
    let name = model.lower();
    for field in &mut model.fields {
        let (target, reverse) = match &mut field.kind {
            Kind::Column(column) => match &mut column.key {
                Some(key) => (key.target.name.clone(), &mut key.reverse),
                None => continue,
            },
            Kind::Many(many) => (many.target.name.clone(), &mut many.reverse),
            Kind::Flatten => continue,
        };
        let Some(names) = reverse else { continue };
        let accessors = [format!("i {}", names.instance), format!("q {}", names.query)];
        let twin = seen.iter().find(|(t, name, _)| *t == target && accessors.contains(name));
        if let Some((_, accessor, first)) = twin {
            let accessor = accessor.split(' ').nth(1).unwrap_or_default();
            let message = format!(
                "`{}` and `{first}` both point to `{target}` and would both be `{accessor}()` \
                 there; give one of them a name: `#[field(related_name = \"{}_{name}s\")]`, or \
                 \"+\" for none",
                field.name, field.name
            );
            errors.at(names.query.span(), message);
            *reverse = None;
            continue;
        }
        seen.extend(accessors.map(|accessor| (target.clone(), accessor, field.name.clone())));
    }
}

/// How many fields make up a primary key at the most: tuples of so many are keys.
const WIDEST_KEY: usize = 8;

/// What a primary key cannot be.
fn key(model: &mut Model, errors: &Errors) {
    if model.primary_key.len() > WIDEST_KEY {
        let message = "a primary key has at the most eight fields";
        errors.at(model.ident.span(), message);
        model.primary_key.truncate(WIDEST_KEY);
    }
    for place in &model.primary_key {
        let Some(field) = model.fields.get(*place) else { continue };
        let Kind::Column(column) = &field.kind else {
            let message = format!("`{}` is no column, so it cannot be a key", field.name);
            errors.at(field.ident.span(), message);
            continue;
        };
        if column.null {
            let message = format!(
                "`{}` is part of the primary key, which is never NULL: remove the `Option`",
                field.ident.unraw()
            );
            errors.at(field.ident.span(), message);
        }
    }
    let usable = |place: &usize| {
        model.fields.get(*place).is_some_and(|field| matches!(field.kind, Kind::Column(_)))
    };
    model.primary_key = model.primary_key.iter().copied().filter(usable).collect();
}
