//! Names that generated methods have.

use crate::errors::Errors;
use crate::model::{Kind, Model};
use quote::format_ident;
use syn::Ident;
use syn::ext::IdentExt;

/// Methods of relation paths.
const PATHS: &[&str] = &[
    "objects",
    "joined_on",
    "count",
    "eq",
    "ne",
    "in_",
    "isnull",
    "set",
    "asc",
    "desc",
    "pk",
    "clone",
    "clone_from",
    "clone_into",
    "to_owned",
    "borrow",
    "into",
    "try_into",
];

/// Methods of instances and associated functions of models.
const INSTANCES: &[&str] = &[
    "objects",
    "unfiltered",
    "paths",
    "q",
    "draft",
    "dyn_draft",
    "pk",
    "save",
    "save_fields",
    "save_or_insert",
    "update",
    "refresh",
    "refresh_fields",
    "get_next_by",
    "get_previous_by",
    "delete",
    "delete_keep_parents",
    "full_clean",
    "full_clean_with",
    "full_clean_without",
    "clone",
];

/// Accessors of fields in paths.
pub fn paths(model: &mut Model, errors: &Errors) {
    let mut seen: Vec<String> = Vec::new();
    for field in &mut model.fields {
        let name = field.accessor.unraw().to_string();
        if PATHS.contains(&name.as_str()) {
            let message = format!(
                "`{name}` is a method of every relation path, so the field needs another accessor: \
                 `#[field(accessor = \"{name}_\")]`"
            );
            errors.at(field.accessor.span(), message);
            field.accessor = format_ident!("{name}_", span = field.accessor.span());
        } else if seen.contains(&name) {
            let message = format!("two fields have the accessor `{name}`");
            errors.at(field.accessor.span(), message);
            field.accessor = format_ident!("{name}__", span = field.accessor.span());
        }
        seen.push(name);
    }
}

/// Names of relations on instances: many-to-many fields here, reverse names there.
pub fn instances(model: &mut Model, errors: &Errors) {
    for field in &mut model.fields {
        if let Kind::Many(_) = field.kind
            && INSTANCES.contains(&field.accessor.unraw().to_string().as_str())
        {
            let message = format!(
                "`{0}` is a method of every model; give the relation another accessor: \
                 `#[field(accessor = \"{0}_\")]`",
                field.accessor.unraw()
            );
            errors.at(field.accessor.span(), message);
            field.accessor = format_ident!("{}_", field.accessor.unraw());
        }
        let reverse = match &mut field.kind {
            Kind::Column(column) => column.key.as_mut().map(|key| &mut key.reverse),
            Kind::Many(many) => Some(&mut many.reverse),
            Kind::Flatten => None,
        };
        let Some(slot @ Some(_)) = reverse else { continue };
        let Some(names) = slot.as_ref() else { continue };
        if taken(&names.instance, INSTANCES, errors) || taken(&names.query, PATHS, errors) {
            *slot = None;
        }
    }
}

fn taken(name: &Ident, reserved: &[&str], errors: &Errors) -> bool {
    let text = name.unraw().to_string();
    let taken = reserved.contains(&text.as_str());
    if taken {
        let message = format!(
            "`{text}` is a method that every model or path has; choose another `related_name`"
        );
        errors.at(name.span(), message);
    }
    taken
}

/// Names of managers.
pub fn managers(model: &mut Model, errors: &Errors) {
    let Some(managers) = &mut model.managers else { return };
    if managers.is_empty() {
        errors
            .at(model.ident.span(), "`managers` needs at least one: `managers(objects = AllRows)`");
        model.managers = None;
        return;
    }
    managers.retain(|(name, _)| {
        let text = name.unraw().to_string();
        let taken = text != "objects" && INSTANCES.contains(&text.as_str());
        if taken {
            let message =
                format!("`{text}` is a method of every model; name the manager otherwise");
            errors.at(name.span(), message);
        }
        !taken
    });
}
