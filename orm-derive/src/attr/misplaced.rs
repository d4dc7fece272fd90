//! Attributes that other libraries have, and ours where they do not belong.

use crate::errors::Errors;
use syn::Attribute;

/// Attributes on a struct that are none of models.
pub fn on_struct(attributes: &[Attribute], errors: &Errors) {
    let cure = "options of a model stand in `#[model(…)]`: `#[model(table = \"books\")]`, \
                `#[model(primary_key = [a, b])]`, `#[model(unique(fields = [a, b]))]`";
    report(attributes, &["orm", "table", "column", "primary_key", "unique", "field"], cure, errors);
}

/// Attributes on a field that are none of fields.
pub fn on_field(attributes: &[Attribute], errors: &Errors) {
    let cure = "options of a field stand in `#[field(…)]`: `#[field(column = \"name\")]`, \
                `#[field(primary_key)]`, `#[field(unique)]`";
    report(attributes, &["orm", "table", "column", "primary_key", "unique"], cure, errors);
}

/// True where a field is said to be the key in the words of another library.
pub fn is_key(field: &syn::Field) -> bool {
    field.attrs.iter().any(|attribute| attribute.path().is_ident("primary_key"))
}

fn report(attributes: &[Attribute], names: &[&str], cure: &str, errors: &Errors) {
    for attribute in attributes {
        let Some(name) = attribute.path().get_ident() else { continue };
        if names.iter().any(|other| name == other) {
            errors.at(name.span(), format!("`#[{name}]` is no attribute of this place: {cure}"));
        }
    }
}
