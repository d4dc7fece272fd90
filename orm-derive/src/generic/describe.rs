//! From an enum to its description.

use super::form::{self, TwoColumns};
use super::{Generic, Variant};
use crate::attr::field::{self, FieldAttrs};
use crate::attr::snake;
use crate::check;
use crate::errors::Errors;
use crate::kinds::accessor;
use crate::model::{FIELD, GenericKind, Kind, Model, build, types};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Data, DataEnum, DeriveInput, Fields, Path, Type};

/// Names that methods of the paths have.
const RESERVED: &[&str] = &[
    "id", "kind", "key", "eq", "ne", "in_", "isnull", "set", "objects", "self", "super", "crate",
    "clone",
];

/// Describes an enum. None where its form cannot be one of keys.
pub fn generic(input: &DeriveInput, errors: &Errors) -> Option<Generic> {
    let data = variants_of(input, errors)?;
    let keys: Vec<_> = data.variants.iter().map(|variant| key(variant, errors)).collect();
    // What is wrong with one of them was said; the rest would not be the key that is meant.
    let keys: Vec<(Type, Path, bool)> = keys.into_iter().collect::<Option<_>>()?;
    if twins(data, &keys, errors) {
        return None;
    }
    let said: Vec<FieldAttrs> = data.variants.iter().map(|variant| said(variant, errors)).collect();
    let two_columns = form::parse(&input.attrs, errors);
    let kinds: Vec<_> =
        data.variants.iter().map(|variant| kind(variant, two_columns.as_ref(), errors)).collect();
    if let Some(two) = &two_columns {
        one_column(data, &keys, &said, errors);
        distinct(data, &kinds, two, errors);
    }
    let model = described(input, data, (&keys, &said), two_columns.as_ref(), errors)?;
    let variants =
        data.variants.iter().zip(keys).zip(&model.fields).zip(kinds.into_iter().zip(said));
    let variants =
        variants.map(|(((variant, (key, to, one_to_one)), field), (kind, said))| Variant {
            kind,
            on_delete: said.on_delete.map(|said| said.value),
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
    Some(Generic { variants: variants.collect(), model, two_columns })
}

/// The variants, of an enum that has some and no parameters.
fn variants_of<'i>(input: &'i DeriveInput, errors: &Errors) -> Option<&'i DataEnum> {
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
    Some(data)
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

/// What the column of the kind holds for a variant, where that is said.
fn kind(variant: &syn::Variant, two: Option<&TwoColumns>, errors: &Errors) -> Option<String> {
    let kind = form::kind_of(&variant.attrs, errors)?;
    if two.is_none() {
        let message = "each kind has a column of its own here: `kind` is said where there is one for all, \
                       `#[generic(kind = \"…\", key = \"…\")]` on the enum";
        errors.at(kind.span, message);
    }
    if two.is_some_and(|two| two.content_types) && !kind.value.contains('.') {
        let message = "a content type is named by its app and its model: `kind = \"blog.book\"`";
        errors.at(kind.span, message);
    }
    Some(kind.value)
}

/// Two variants of one kind.
fn distinct(data: &DataEnum, kinds: &[Option<String>], two: &TwoColumns, errors: &Errors) {
    let mut seen: Vec<String> = Vec::new();
    for (variant, kind) in data.variants.iter().zip(kinds) {
        let own = (!two.content_types).then(|| snake(&variant.ident.unraw().to_string()));
        let Some(kind) = kind.clone().or(own) else { continue };
        if seen.contains(&kind) {
            let message = format!("a second variant of the kind `{kind}`: rows could be either");
            errors.at(variant.ident.span(), message);
        }
        seen.push(kind);
    }
}

/// What cannot be said of a variant that has no column of its own.
fn one_column(data: &DataEnum, keys: &[(Type, Path, bool)], said: &[FieldAttrs], errors: &Errors) {
    for ((variant, (key, _, one_to_one)), said) in data.variants.iter().zip(keys).zip(said) {
        let own = [&said.column, &said.constraint_name, &said.index_name].into_iter().flatten();
        let own = own.map(|at| at.span).chain(said.columns.iter().map(|at| at.span));
        for span in own {
            let message = "all kinds have one column for the key, which the enum names: \
                           `#[generic(kind = \"…\", key = \"…\")]`";
            errors.at(span, message);
        }
        if *one_to_one {
            let message = format!(
                "all kinds have one column for the key, which the rows of one kind cannot have once each: \
                 write `{}(ForeignKey<…>)`, or give each kind a column by removing `#[generic(…)]`",
                variant.ident
            );
            errors.push(syn::Error::new_spanned(key, message));
        }
    }
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
    (keys, said): (&[(Type, Path, bool)], &[FieldAttrs]),
    two_columns: Option<&TwoColumns>,
    errors: &Errors,
) -> Option<Model> {
    let (own, vis) = (&input.ident, &input.vis);
    let fields = data.variants.iter().zip(keys).zip(said).map(|((variant, (key, ..)), said)| {
        let attrs = variant.attrs.iter().filter(|attribute| !attribute.path().is_ident("generic"));
        let name = accessor(&variant.ident);
        // The model says it, where the variant does not.
        let on_delete = said.on_delete.is_none().then(|| quote!(#[field(on_delete = DoNothing)]));
        quote!(#(#attrs)* #on_delete #vis #name: ::core::option::Option<#key>,)
    });
    let shared = quote!(#vis struct #own { #(#fields)* });
    // What is said of a name is enough.
    let named = said.iter().any(|said| said.related_name.is_some());
    let (quiet, shared) = (Errors::default(), syn::parse2(shared).ok()?);
    let mut model = build::shared(&shared, if named { &quiet } else { errors })?;
    check::check(&mut model, errors);
    for (place, (field, said)) in model.fields.iter_mut().zip(said).enumerate() {
        let name = format!("{FIELD}_{}", field.name);
        if let Kind::Column(column) = &mut field.kind {
            if let Some(two) = two_columns {
                column.name.clone_from(&two.key);
            } else if said.column.is_none() && said.columns.is_none() {
                column.name = format!("{name}_id");
            }
            if let Some(key) = &mut column.key {
                key.reverse = None;
                key.generic = Some(GenericKind {
                    says_on_delete: said.on_delete.is_some(),
                    place: two_columns.map(|_| place),
                });
            }
        }
        field.name = name;
    }
    Some(model)
}
