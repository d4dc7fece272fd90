//! What a view cannot have.

use crate::errors::Errors;
use crate::model::{Kind, Model};

/// Takes out what only tables have.
pub fn check(model: &mut Model, errors: &Errors) {
    let Some(view) = &model.view else { return };
    let (stored, is_many) = (view.materialized, |kind: &Kind| matches!(kind, Kind::Many(_)));
    for field in model.fields.iter().filter(|field| is_many(&field.kind)) {
        let message = format!(
            "`{}`: a view has no rows that others could be linked to; give the relation to a model with \
             a table",
            field.name
        );
        errors.at(field.ident.span(), message);
    }
    model.fields.retain(|field| !is_many(&field.kind));
    for check in std::mem::take(&mut model.checks) {
        errors.at(check.span, "a view has no checks: its rows are what its query finds");
    }
    if stored {
        return;
    }
    let indexes = std::mem::take(&mut model.indexes).into_iter();
    for index in indexes.chain(std::mem::take(&mut model.uniques)) {
        let message = "a view has no indexes of its own; one that is `materialized` has";
        errors.at(index.span, message);
    }
}
