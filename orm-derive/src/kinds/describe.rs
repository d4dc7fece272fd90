//! From an enum to its description.

use super::{Holds, Kinds, Variant};
use crate::attr::field::{self, docs};
use crate::attr::snake;
use crate::check;
use crate::errors::Errors;
use crate::model::{self, Column, Fill, Kind, Model, build, types};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Fields, Ident};

/// Names that methods of the paths have.
const RESERVED: &[&str] = &["kind", "set", "self", "super", "crate", "clone"];

/// Describes an enum. None where its form cannot be one of kinds.
pub fn kinds(input: &DeriveInput, errors: &Errors) -> Option<Kinds> {
    let Data::Enum(data) = &input.data else {
        let message = "`#[derive(Kinds)]` needs an enum with a variant for each kind of rows: \
                       `enum Method { Cash, Card { number: String } }`; for a struct of shared columns use \
                       `#[derive(ModelFields)]`";
        errors.at(input.ident.span(), message);
        return None;
    };
    if let Some(parameter) = input.generics.params.first() {
        let message = "an enum of kinds cannot have parameters: its columns are of fixed types";
        errors.push(syn::Error::new_spanned(parameter, message));
        return None;
    }
    if data.variants.is_empty() {
        errors.at(input.ident.span(), "an enum of kinds needs a variant for each kind of rows");
        return None;
    }
    let kind = format_ident!("{}Kind", input.ident.unraw(), span = input.ident.span());
    let mut next = 1;
    let mut variants = Vec::new();
    for variant in &data.variants {
        let holds = holds(input, variant, errors);
        let has_columns = matches!(holds, Holds::Fields(_) | Holds::Struct(_));
        let field = has_columns.then_some(next);
        next += usize::from(field.is_some());
        variants.push(Variant { ident: variant.ident.clone(), holds, field });
    }
    let model = described(input, data, &variants, &kind, errors)?;
    columns(&model, &variants, errors);
    for variant in &mut variants {
        let field = variant.field.and_then(|field| model.fields.get(field));
        if let (Holds::Fields(held), Some(field)) = (&mut variant.holds, field) {
            let place = crate::expand::shared::place_ident(&model, field);
            held.of_enum = Some((input.ident.clone(), place));
        }
    }
    Some(Kinds { model, variants, kind })
}

/// Whether a variant's name is free among the methods of paths.
fn is_free(variant: &syn::Variant, errors: &Errors) -> bool {
    let ident = &variant.ident;
    let name = snake(&ident.unraw().to_string());
    let taken = RESERVED.contains(&name.as_str());
    if taken {
        let message = format!(
            "the variant `{ident}` would be `{name}()` in paths, which is taken: rename it"
        );
        errors.at(ident.span(), message);
    }
    !taken
}

/// What a variant holds; what is wrong with that is left out.
fn holds(input: &DeriveInput, variant: &syn::Variant, errors: &Errors) -> Holds {
    let (ident, own) = (&variant.ident, input.ident.unraw());
    match &variant.fields {
        Fields::Unit => Holds::Nothing,
        Fields::Named(fields) if fields.named.is_empty() => Holds::Nothing,
        _ if !is_free(variant, errors) => Holds::Mistake,
        Fields::Named(fields) => {
            let holder = format_ident!("{own}{}", ident.unraw(), span = ident.span());
            let vis = &input.vis;
            let named = fields.named.iter().cloned();
            let named = named.map(|field| syn::Field { vis: vis.clone(), ..field });
            let held = quote!(#vis struct #holder { #(#named),* });
            match syn::parse2::<DeriveInput>(held)
                .ok()
                .and_then(|held| build::variant(&held, &snake(&ident.unraw().to_string()), errors))
            {
                Some(mut model) if !has_many(&model, errors) => {
                    check::check(&mut model, errors);
                    columns_of_kind(&mut model, errors);
                    Holds::Fields(Box::new(model))
                }
                _ => Holds::Mistake,
            }
        }
        Fields::Unnamed(fields) => match fields.unnamed.iter().collect::<Vec<_>>().as_slice() {
            [one] if is_struct(&one.ty) => Holds::Struct(Box::new(one.ty.clone())),
            _ => {
                let message = format!(
                    "`{ident}` names no columns: write `{ident} {{ number: String }}`, or hold one struct with \
                     `#[derive(ModelFields)]`"
                );
                errors.push(syn::Error::new_spanned(&variant.fields, message));
                Holds::Mistake
            }
        },
    }
}

/// Whether a type may be a struct of columns.
fn is_struct(ty: &syn::Type) -> bool {
    let relation = ["ForeignKey", "OneToOne", "ManyToMany"]
        .iter()
        .any(|relation| types::argument(ty, relation).is_some());
    types::known(ty) == types::Known::Other && types::option_of(ty).is_none() && !relation
}

/// Many-to-many relations, which a variant cannot have.
fn has_many(model: &Model, errors: &Errors) -> bool {
    for (field, _) in model.many_to_many() {
        let message = "a many-to-many relation has a table between and no column, and cannot be one of a \
                       variant: declare it in the model";
        errors.push(syn::Error::new_spanned(&field.held, message));
    }
    model.many_to_many().next().is_some()
}

/// What fields of a variant cannot be: it is written and read as a whole, and is not in every row.
fn columns_of_kind(model: &mut Model, errors: &Errors) {
    for place in std::mem::take(&mut model.primary_key) {
        if let Some(field) = model.fields.get_mut(place) {
            if let Kind::Column(column) = &mut field.kind {
                column.identity = false;
            }
            let message = "the primary key is in every row, and a variant in those of its kind: put it into the model";
            errors.at(field.ident.span(), message);
        }
    }
    for field in &mut model.fields {
        if let Kind::Column(column) = &mut field.kind {
            not_filled(&field.ident, column, errors);
            not_named_by_rows(column, errors);
        }
    }
}

/// Nothing fills a column but the variant.
fn not_filled(ident: &Ident, column: &mut Column, errors: &Errors) {
    let flags =
        [&mut column.auto_now, &mut column.auto_now_add, &mut column.version, &mut column.identity];
    let mut filled = column.generated.take().is_some() || !matches!(column.fill, Fill::None);
    for flag in flags {
        filled |= std::mem::take(flag);
    }
    column.fill = Fill::None;
    if filled {
        let message = format!(
            "`{ident}` is given with the variant, and cannot be filled in by `default`, `auto_now` and the like; \
             what every row has is a field of the model"
        );
        errors.at(ident.span(), message);
    }
}

/// Files are not named by a function of a struct that is not there.
fn not_named_by_rows(column: &mut Column, errors: &Errors) {
    let Some(file) = &mut column.file else { return };
    if let Some(upload_to) = file.upload_to.take_if(|to| !matches!(to, syn::Expr::Lit(_))) {
        let message = "a function is given the struct that has the file, and a variant with fields is none: hold a \
                       struct with `#[derive(ModelFields)]`, or write a template";
        errors.push(syn::Error::new_spanned(upload_to, message));
    }
}

/// Two variants with one column.
fn columns(model: &Model, variants: &[Variant], errors: &Errors) {
    let kind = model.columns().map(|(_, column)| (&column.name, None));
    let mut seen: Vec<(&String, Option<&Ident>)> = kind.collect();
    for Variant { ident, holds, .. } in variants {
        let Holds::Fields(held) = holds else { continue };
        for (column, name) in
            held.columns().flat_map(|(_, column)| column.names().map(move |name| (column, name)))
        {
            if let Some((_, first)) = seen.iter().find(|(other, _)| *other == name) {
                let first = first.map_or("the type".to_owned(), |first| format!("`{first}`"));
                let message = format!(
                    "`{ident}` and {first} have one column, `{name}`: each variant has columns of its own; name \
                     another with `#[field(column = \"…\")]`"
                );
                errors.at(column.span, message);
            }
            seen.push((name, Some(ident)));
        }
    }
}

/// The enum as a shared struct.
///
/// ```text
/// struct Method {
///     #[field(…)] kind: MethodKind,
///     #[model(flatten)] card: MethodCard,
/// }
/// ```
fn described(
    input: &DeriveInput,
    data: &syn::DataEnum,
    variants: &[Variant],
    kind: &Ident,
    errors: &Errors,
) -> Option<Model> {
    let (own, vis) = (&input.ident, &input.vis);
    let (of_kind, of_model): (Vec<&Attribute>, Vec<_>) =
        input.attrs.iter().partition(|attribute| attribute.path().is_ident("field"));
    let of_model = of_model.into_iter().filter(|attribute| attribute.path().is_ident("model"));
    let fields = variants.iter().zip(&data.variants).filter_map(|(variant, written)| {
        let (ty, accessor) = (held_type(variant)?, accessor(&variant.ident));
        let docs = docs(&written.attrs);
        Some(quote!(#docs #[model(flatten)] #vis #accessor: #ty,))
    });
    let doc = format!("The kind of the row: the type of its [`{own}`].");
    let shared = quote! {
        #(#of_model)*
        #vis struct #own {
            #[doc = #doc]
            #(#of_kind)*
            #vis kind: #kind,
            #(#fields)*
        }
    };
    let mut model = build::shared(&syn::parse2(shared).ok()?, errors)?;
    check::check(&mut model, errors);
    let said = field::parse(&input.attrs, &Errors::default());
    kinds_of(&mut model, variants, kind, said.column.is_some());
    Some(model)
}

/// What differs between such a struct and an enum: fields that are variants, and the name of the type.
fn kinds_of(model: &mut Model, variants: &[Variant], kind: &Ident, named: bool) {
    let mut held = variants.iter().filter(|variant| variant.field.is_some());
    for field in &mut model.fields {
        match &mut field.kind {
            Kind::Flatten => {
                field.variant = held.next().map(|variant| model::Variant {
                    ident: variant.ident.clone(),
                    kind: kind.clone(),
                    is_struct: matches!(variant.holds, Holds::Fields(_)),
                });
            }
            Kind::Column(column) => {
                // Each model has another name for it: that of its field.
                field.name = model::FIELD.to_owned();
                if !named {
                    column.name = model::FIELD.to_owned();
                }
            }
            Kind::Many(_) => {}
        }
    }
}

/// The struct that has what a variant holds.
fn held_type(variant: &Variant) -> Option<TokenStream> {
    match &variant.holds {
        Holds::Nothing | Holds::Mistake => None,
        Holds::Fields(model) => Some(model.ident.to_token_stream()),
        Holds::Struct(ty) => Some(ty.to_token_stream()),
    }
}

/// `card`, `r#type`
pub fn accessor(variant: &Ident) -> Ident {
    let name = snake(&variant.unraw().to_string());
    let ident = syn::parse_str::<Ident>(&name);
    let mut ident = ident.unwrap_or_else(|_| match RESERVED.contains(&name.as_str()) {
        true => format_ident!("{name}_"),
        false => Ident::new_raw(&name, variant.span()),
    });
    ident.set_span(variant.span());
    ident
}
