//! What says to which tenant a row belongs.

use crate::errors::{Errors, did_you_mean};
use crate::model::{Column, Field, Kind, Model};
use syn::ext::IdentExt;

/// Checks the field of the tenant, which drafts need not give.
pub fn check(model: &mut Model, errors: &Errors) {
    policies(model, errors);
    let Some(tenant) = model.tenant.take() else { return };
    let name = tenant.unraw().to_string();
    let known: Vec<String> = model.fields.iter().map(|field| field.name.clone()).collect();
    let extends = model.parent().is_some();
    let Some(field) = model.fields.iter_mut().find(|field| field.name == name) else {
        let near = did_you_mean(&name, known.iter().map(String::as_str));
        let above = match extends {
            true => {
                "; a field of the model that it extends says so there, and is asked for here as well"
            }
            false => "",
        };
        let message =
            format!("`tenant` names `{name}`, which is no field of the struct{near}{above}");
        errors.at(tenant.span(), message);
        model.row_level_security = None;
        return;
    };
    match wrong(field) {
        Some(message) => {
            errors.at(tenant.span(), message);
            model.row_level_security = None;
        }
        None => {
            if let Kind::Column(column) = &mut field.kind {
                column.of_executor = true;
            }
            model.tenant = Some(tenant);
        }
    }
}

/// Whether migrations can make a policy for the model's table.
fn policies(model: &mut Model, errors: &Errors) {
    let Some(span) = model.row_level_security else { return };
    let message = if model.view.is_some() {
        "a view has no policies of its own: say `row_level_security` of the models whose tables it reads"
    } else if !model.managed {
        "the table is somebody else's, and so are its policies: leave out `managed = false`, for \
         migrations to make one, or `row_level_security`"
    } else if model.tenant.is_none() && model.parent().is_some() {
        "a policy goes by a column of its table, and that of the model which is extended stands in another: \
         give this one a field for it as well, `tenant = …`"
    } else if model.tenant.is_none() {
        "`row_level_security` has the database keep the rows of tenants apart: say by which field, \
         `tenant = …`"
    } else {
        return;
    };
    errors.at(span, message);
    model.row_level_security = None;
}

/// Why a field cannot say to which tenant a row belongs.
fn wrong(field: &Field) -> Option<String> {
    let name = &field.name;
    let Kind::Column(column) = &field.kind else {
        return Some(format!(
            "`{name}` is no column, so it cannot say to which tenant a row belongs"
        ));
    };
    let Column { null, generated, version, .. } = &**column;
    if *null {
        Some(format!(
            "`{name}` says to which tenant a row belongs, and each belongs to one: remove the `Option`"
        ))
    } else if column.width() > 1 {
        Some(format!(
            "`{name}` has several columns, and the tenant of a row is one: use a key of one column"
        ))
    } else if generated.is_some() || *version {
        Some(format!("`{name}` is calculated, so it cannot say to which tenant a row belongs"))
    } else {
        None
    }
}
