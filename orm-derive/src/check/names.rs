//! Fields named in attributes.

use crate::attr::index::{IndexAttrs, Item, is_ordered};
use crate::errors::{Errors, did_you_mean};
use crate::model::{Kind, Model};
use syn::ext::IdentExt;

/// `ordering` and `get_latest_by`.
pub fn items(model: &mut Model, errors: &Errors) {
    let mut ordering = std::mem::take(&mut model.ordering);
    let mut latest = std::mem::take(&mut model.get_latest_by);
    ordering.retain_mut(|item| resolve(model, item, "ordering", errors));
    latest.retain_mut(|item| resolve(model, item, "get_latest_by", errors));
    if ordering.len() > 16 {
        errors.at(model.ident.span(), "`ordering` has at the most 16 items");
        ordering.truncate(16);
    }
    model.ordering = ordering;
    model.get_latest_by = latest;
}

/// Finds the field that an item begins with, and puts its accessor in place of its name.
fn resolve(model: &Model, item: &mut Item, option: &str, errors: &Errors) -> bool {
    let Some(first) = item.path.first_mut() else { return false };
    let name = first.unraw().to_string();
    let Some(field) = model.field(&name) else {
        let near = did_you_mean(&name, names(model));
        let message =
            format!("`{option}` names `{name}`, which is no field of `{}`{near}", model.name);
        errors.at(first.span(), message);
        return false;
    };
    if let Kind::Many(_) = field.kind {
        let message = format!("`{option}` cannot go through `{name}`: it leads to many rows");
        errors.at(first.span(), message);
        return false;
    }
    if item.path.len() == 1 && matches!(field.kind, Kind::Flatten) {
        let message = format!("`{name}` holds several columns; name one: `{name}.…`");
        errors.at(item.span(), message);
        return false;
    }
    let mut accessor = field.accessor.clone();
    accessor.set_span(item.span());
    if let Some(first) = item.path.first_mut() {
        *first = accessor;
    }
    true
}

fn names(model: &Model) -> impl Iterator<Item = &str> {
    model.fields.iter().map(|field| field.name.as_str())
}

/// Indexes, unique constraints and checks.
pub fn constraints(model: &mut Model, errors: &Errors) {
    let mut uniques = std::mem::take(&mut model.uniques);
    let mut indexes = std::mem::take(&mut model.indexes);
    let mut checks = std::mem::take(&mut model.checks);
    let mut exclusions = std::mem::take(&mut model.exclusions);
    exclusions.retain_mut(|index| parts(model, index, "exclude", errors));
    uniques.retain_mut(|index| parts(model, index, "unique", errors));
    indexes.retain_mut(|index| parts(model, index, "index", errors));
    checks.retain(|check| one_condition(check, errors));
    for unique in &mut uniques {
        what_uniques_forbid(unique, errors);
    }
    duplicates(uniques.iter().chain(&indexes).chain(&checks).chain(&exclusions), errors);
    model.uniques = uniques;
    model.indexes = indexes;
    model.checks = checks;
    model.exclusions = exclusions;
}

fn parts(model: &Model, index: &mut IndexAttrs, kind: &str, errors: &Errors) -> bool {
    if index.fields.is_empty() && index.expressions.is_empty() {
        if kind == "exclude" {
            let message = "`exclude` needs what is compared, and how: `exclude((room, \"=\"), \
                           (during, \"&&\"))`";
            errors.at(index.span, message);
            return false;
        }
        let message =
            format!("`{kind}` needs `fields = […]` or an expression: `|b| b.name().lower()`");
        errors.at(index.span, message);
        return false;
    }
    let count = index.fields.len() + index.expressions.len();
    if let Some(first) = index.opclasses.first().filter(|_| index.opclasses.len() != count) {
        let message = format!("there are {count} parts: name an operator class, or \"\", for each");
        errors.at(first.span, message);
        return false;
    }
    let before = (index.fields.len(), index.include.len());
    index.fields.retain(|item| is_column(model, item, kind, errors));
    index.include.retain(|item| is_column(model, item, "include", errors));
    before == (index.fields.len(), index.include.len())
}

/// Columns of the table itself; those of flattened structs by their path.
fn is_column(model: &Model, item: &Item, option: &str, errors: &Errors) -> bool {
    let Some(first) = item.path.first() else { return false };
    let name = first.unraw().to_string();
    match (model.field(&name).map(|field| &field.kind), item.path.len()) {
        (Some(Kind::Column(_)), 1) | (Some(Kind::Flatten), 2..) => return true,
        (Some(Kind::Many(_)), _) => {
            let message = format!("`{option}` names `{name}`, which has no column in this table");
            errors.at(item.span(), message);
        }
        (Some(Kind::Flatten), _) => {
            let message = format!("`{name}` holds several columns; name one: `{name}.…`");
            errors.at(item.span(), message);
        }
        (Some(Kind::Column(_)), _) => {
            let message = format!("`{option}` takes columns of this table, not of another");
            errors.at(item.span(), message);
        }
        (None, _) => {
            let near = did_you_mean(&name, names(model));
            let message =
                format!("`{option}` names `{name}`, which is no field of `{}`{near}", model.name);
            errors.at(item.span(), message);
        }
    }
    false
}

fn one_condition(check: &IndexAttrs, errors: &Errors) -> bool {
    let one = check.expressions.len() == 1;
    if !one {
        let message = "`check` takes one condition: `check(|b| b.pages().gt(0), name = \"…\")`";
        errors.at(check.span, message);
    }
    one
}

fn what_uniques_forbid(unique: &mut IndexAttrs, errors: &Errors) {
    let is_index = unique.condition.is_some()
        || !unique.expressions.is_empty()
        || unique.opclasses.iter().any(|class| !class.value.is_empty());
    if unique.deferrable.is_some() && is_index {
        let message = "a unique constraint with `where` or an expression is an index, which \
                       cannot be `deferrable`";
        errors.at(unique.span, message);
        unique.deferrable = None;
    }
    if let Some(item) = unique.fields.iter_mut().find(|item| item.desc) {
        errors.at(item.span(), "a unique constraint has no direction: remove the `-`");
        item.desc = false;
    }
    let ordered = |expr: &syn::Expr| is_ordered(expr);
    if let Some(expr) = unique.expressions.extract_if(.., |expr| ordered(expr)).next() {
        let message = "a unique constraint has no direction: remove `asc`, `desc` and `nulls_…`";
        errors.push(syn::Error::new_spanned(expr, message));
    }
}

/// Two constraints or indexes of one name.
fn duplicates<'a>(all: impl Iterator<Item = &'a IndexAttrs>, errors: &Errors) {
    let mut seen: Vec<&str> = Vec::new();
    for name in all.filter_map(|index| index.name.as_ref()) {
        if seen.contains(&name.value.as_str()) {
            let message = format!("a second constraint or index is named `{}`", name.value);
            errors.at(name.span, message);
        }
        seen.push(&name.value);
    }
}
