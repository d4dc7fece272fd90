//! What is expanded for a variant with fields: a struct of them, with what `#[derive(ModelFields)]` writes.

use super::{Holds, Kinds};
use crate::expand;
use crate::fields;
use crate::model::{Kind, Model};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

/// ```text
/// pub struct MethodCard { pub number: String, pub expires: NaiveDate }
/// impl From<MethodCard> for Method { … }
/// ```
pub fn definitions(kinds: &Kinds) -> TokenStream {
    let own = &kinds.model.ident;
    let structs = kinds.variants.iter().filter_map(|variant| {
        let Holds::Fields(model) = &variant.holds else { return None };
        let (held, vis, name) = (&model.ident, &model.vis, &variant.ident);
        let fields = model.fields.iter().map(|field| {
            let (name, ty, docs) = (&field.ident, &field.held, &field.docs);
            quote!(#docs #vis #name: #ty,)
        });
        let names: Vec<_> = model.fields.iter().map(|field| &field.ident).collect();
        let doc = format!("What a [`{own}::{name}`] holds.");
        let implementation = implement(model);
        Some(quote! {
            #[doc = #doc]
            #[derive(Clone, Debug, PartialEq)]
            #[allow(missing_docs)]
            #vis struct #held { #(#fields)* }
            impl ::core::convert::From<#held> for #own {
                fn from(held: #held) -> Self {
                    #own::#name { #(#names: held.#names),* }
                }
            }
            #implementation
        })
    });
    structs.collect()
}

fn implement(model: &Model) -> TokenStream {
    let fields = model.fields.iter();
    let (value, decode) = (expand::value(fields.clone()), expand::decode(fields));
    let own = &model.ident;
    let body = fields::Body {
        drafts: drafts(),
        latest: quote!(__orm::No),
        value,
        decode: quote!(::core::result::Result::Ok(#own { #decode })),
        clean: expand::cleans(model),
    };
    let paths = expand::fields_ident(model);
    let items = [
        fields::accessors(model, &paths),
        fields::model_fields(model, &paths, &body),
        expand::shared::place_impls(model),
        fields::shared_at(model, &[]),
    ];
    fields::written(model, &[], &items)
}

/// A draft is given an enum as a whole.
pub fn drafts() -> TokenStream {
    quote! {
        type Draft = __orm::Unset;
        type Slots<__W: __orm::Place<Shared = Self>, __N> = __orm::AlsoShared<__N>;
        fn slots<__W: __orm::Place<Shared = Self>, __N>(next: __N) -> __orm::AlsoShared<__N> {
            __orm::AlsoShared(next)
        }
    }
}

/// What the fields of a variant are bound to in patterns: other names than generated code has.
pub fn bound(name: &Ident) -> Ident {
    format_ident!("__{}", syn::ext::IdentExt::unraw(name))
}

/// The values of a variant's columns by their places, from its bound fields.
pub fn values(model: &Model) -> TokenStream {
    let fields: Vec<_> = model.fields.iter().collect();
    expand::value_at(&quote!(place), &fields, &|name| {
        let bound = bound(name);
        quote!(#bound)
    })
}

/// What structs in a variant check and change.
pub fn cleans(model: &Model) -> TokenStream {
    let flat = model.fields.iter().filter(|field| matches!(field.kind, Kind::Flatten));
    let cleans = flat.map(|field| {
        let (ty, bound) = (&field.ty, bound(&field.ident));
        quote!(<#ty as __orm::ModelFields>::clean_fields(#bound, errors);)
    });
    cleans.collect()
}
