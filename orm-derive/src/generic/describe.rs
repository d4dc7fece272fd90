//! From an enum to its description.

use super::{Generic, Variant};
use crate::attr::field::{self, FieldAttrs};
use crate::attr::snake;
use crate::check;
use crate::errors::Errors;
use crate::kinds::accessor;
use crate::model::{FIELD, Kind, Model, build, types};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Data, DataEnum, DeriveInput, Fields, Path, Type};

/// Names that methods of the paths have.
const RESERVED: &[&str] =
    &["id", "eq", "ne", "in_", "isnull", "set", "objects", "self", "super", "crate", "clone"];

/// Describes an enum. None where its form cannot be one of keys.
pub fn generic(input: &DeriveInput, errors: &Errors) -> Option<Generic> {
    let Data::Enum(data) = &input.data else {
        let message = "`#[derive(GenericForeignKey)]` needs an enum with a variant for each model: \
                       `enum Target { Book(ForeignKey<Book>), Author(ForeignKey<Author>) }`";
        errors.at(input.ident.span(), message);
        return None;
    };
    if let Some(parameter) = input.generics.params.first() {
        let message = "a generic key cannot have parameters: its columns are of fixed types";
        errors.push(syn::Error::new_spanned(parameter, message));
        return None;
    }
    if data.variants.is_empty() {
        errors.at(input.ident.span(), "a generic key needs a variant for each model");
        return None;
    }
    let keys: Vec<_> = data.variants.iter().map(|variant| key(variant, errors)).collect();
    // What is wrong with one of them was said; the rest would not be the key that is meant.
    let keys: Vec<(Type, Path, bool)> = keys.into_iter().collect::<Option<_>>()?;
    if twins(data, &keys, errors) {
        return None;
    }
    let said: Vec<FieldAttrs> = data.variants.iter().map(|variant| said(variant, errors)).collect();
    let model = described(input, data, &keys, &said, errors)?;
    let variants = data.variants.iter().zip(keys).zip(&model.fields);
    let variants = variants.map(|((variant, (key, to, one_to_one)), field)| Variant {
        ident: variant.ident.clone(),
        accessor: accessor(&variant.ident),
        key,
        to,
        one_to_one,
        width: match &field.kind {
            Kind::Column(column) => column.width(),
            Kind::Many(_) | Kind::Flatten => 1,
        },
    });
    Some(Generic { variants: variants.collect(), model })
}

/// The key that a variant holds.
fn key(variant: &syn::Variant, errors: &Errors) -> Option<(Type, Path, bool)> {
    let ident = &variant.ident;
    let name = snake(&ident.unraw().to_string());
    if RESERVED.contains(&name.as_str()) {
        let message = format!(
            "the variant `{ident}` would be `{name}()` in paths, which is taken: rename it"
        );
        errors.at(ident.span(), message);
        return None;
    }
    let held = match &variant.fields {
        Fields::Unnamed(fields) => fields.unnamed.iter().map(|field| &field.ty).collect(),
        _ => Vec::new(),
    };
    let found = match held.as_slice() {
        [held] => {
            [("ForeignKey", false), ("OneToOne", true)].into_iter().find_map(|(name, one)| {
                let arguments = types::argument(held, name)?;
                let [to] = arguments.as_slice() else { return None };
                Some(((*held).clone(), types::path_of(to)?.clone(), one))
            })
        }
        _ => None,
    };
    if found.is_none() {
        let message = format!(
            "`{ident}` holds no key: write `{ident}(ForeignKey<{ident}>)`, with the model that it leads to, \
             whose primary key it holds"
        );
        match variant.fields.is_empty() {
            true => errors.at(ident.span(), message),
            false => errors.push(syn::Error::new_spanned(&variant.fields, message)),
        }
    }
    found
}

/// Two variants that lead to one model.
fn twins(data: &DataEnum, keys: &[(Type, Path, bool)], errors: &Errors) -> bool {
    let mut seen: Vec<(String, String)> = Vec::new();
    let mut twins = false;
    for (variant, (_, to, _)) in data.variants.iter().zip(keys) {
        let model = to.to_token_stream().to_string();
        if let Some((_, first)) = seen.iter().find(|(other, _)| *other == model) {
            let message = format!(
                "`{first}` and `{}` both lead to `{model}`, so that a row of it would not say which one is \
                 meant: leave one variant, and put what tells them apart into a field of the model",
                variant.ident
            );
            errors.push(syn::Error::new_spanned(to, message));
            twins = true;
        }
        seen.push((model, variant.ident.to_string()));
    }
    twins
}

/// What is said of a variant; what belongs to the model's field is an error.
fn said(variant: &syn::Variant, errors: &Errors) -> FieldAttrs {
    // Mistakes in it are reported when the field is described.
    let said = field::parse(&variant.attrs, &Errors::default());
    let names = [&said.related_name, &said.related_query_name, &said.related];
    for name in names.into_iter().flatten() {
        let message = "what the rows are called on the other side is said where a model has the key: \
                       `#[field(generic, related_name = \"comments\")]`";
        errors.at(name.span, message);
    }
    if let Some(to_field) = &said.to_field {
        errors.at(to_field.span(), "a generic key refers to primary keys: remove `to_field`");
    }
    said
}

/// The enum as a shared struct.
///
/// ```text
/// struct Target {
///     #[field(on_delete = DoNothing)] book: Option<ForeignKey<Book>>,
///     #[field(on_delete = DoNothing)] author: Option<ForeignKey<Author>>,
/// }
/// ```
fn described(
    input: &DeriveInput,
    data: &DataEnum,
    keys: &[(Type, Path, bool)],
    said: &[FieldAttrs],
    errors: &Errors,
) -> Option<Model> {
    let (own, vis) = (&input.ident, &input.vis);
    let fields = data.variants.iter().zip(keys).zip(said).map(|((variant, (key, ..)), said)| {
        let (attrs, name) = (&variant.attrs, accessor(&variant.ident));
        // The model says it, where the variant does not.
        let on_delete = said.on_delete.is_none().then(|| quote!(#[field(on_delete = DoNothing)]));
        quote!(#(#attrs)* #on_delete #vis #name: ::core::option::Option<#key>,)
    });
    let shared = quote!(#vis struct #own { #(#fields)* });
    let mut model = build::shared(&syn::parse2(shared).ok()?, errors)?;
    check::check(&mut model, errors);
    for (field, said) in model.fields.iter_mut().zip(said) {
        let name = format!("{FIELD}_{}", field.name);
        if let Kind::Column(column) = &mut field.kind {
            if said.column.is_none() && said.columns.is_none() {
                column.name = format!("{name}_id");
            }
            if let Some(key) = &mut column.key {
                key.reverse = None;
                key.generic = Some(said.on_delete.is_some());
            }
        }
        field.name = name;
    }
    Some(model)
}
