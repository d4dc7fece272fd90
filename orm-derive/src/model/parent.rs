//! The field that holds the row of the model that a model extends: `parent: Content`.

use super::build::{Context, Named};
use super::{Field, Kind, column, types};
use crate::attr::At;
use crate::attr::field::{self, OnDelete};
use crate::errors::Errors;
use quote::ToTokens;
use syn::ext::IdentExt;

/// The place of the field whose type `extends` names.
pub fn find(fields: &Named, extends: &At<syn::Path>, errors: &Errors) -> Option<usize> {
    let wanted = text_of(&extends.value);
    let is_it =
        |field: &syn::Field| types::path_of(&field.ty).is_some_and(|ty| text_of(ty) == wanted);
    let place = fields.iter().position(is_it);
    if place.is_none() {
        let message = format!(
            "`extends = {wanted}` needs the row of `{wanted}` in the struct: add `pub parent: {wanted}`"
        );
        errors.at(extends.span, message);
    }
    place
}

fn text_of(path: &syn::Path) -> String {
    path.to_token_stream().into_iter().map(|token| token.to_string()).collect()
}

/// Describes it as the one-to-one key that the table has in its place.
pub fn describe(cx: &Context<'_>, field: &syn::Field) -> Option<Field> {
    let ident = field.ident.clone()?;
    let mut attrs = field::parse(&field.attrs, cx.errors);
    let path = types::path_of(&field.ty)?;
    let name = path.segments.last()?.ident.unraw().to_string().to_lowercase();
    let span = ident.span();
    attrs.on_delete.get_or_insert(At::new(OnDelete::Cascade, span));
    attrs.column.get_or_insert(At::new(format!("{name}_ptr_id"), span));
    attrs.primary_key = Some(At::new(true, span));
    let ty = syn::parse_quote!(::orm::OneToOne<#path>);
    let mut column = column::column(cx, &ident, &ty, &attrs);
    column.parent_link = true;
    Some(Field {
        name: ident.unraw().to_string(),
        accessor: field::accessor(&attrs, &ident),
        docs: field::docs(&field.attrs),
        ty,
        held: field.ty.clone(),
        kind: Kind::Column(Box::new(column)),
        flat: Default::default(),
        variant: None,
        generic: None,
        index: 0,
        ident,
    })
}
