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
    let (held, decode) = (expand::held(fields.clone()), expand::decode(fields));
    let own = &model.ident;
    let body = fields::Body {
        drafts: drafts(),
        latest: quote!(__orm::No),
        held,
        decode: quote!(::core::result::Result::Ok(#own { #decode })),
        clean: expand::cleans(model),
        more: TokenStream::new(),
        width: None,
    };
    let paths = expand::fields_ident(model);
    let items = [
        fields::accessors(model, &paths),
        fields::model_fields(model, &paths, &body),
        expand::shared::place_impls(model),
        fields::shared_at(model, &[]),
        fields::reverse::relations(model),
        fields::reverse::accessors(model),
    ];
    let outside = [expand::shared::places(model), fields::reverse::traits(model)];
    fields::written(model, &outside, &items)
}

/// The relations of variants are those of the enum, too: a model names their other side.
pub fn relations(kinds: &Kinds) -> TokenStream {
    let (own, model) = (&kinds.model.ident, &kinds.model);
    let all = kinds.variants.iter().flat_map(|variant| {
        let field = variant.field.and_then(|field| model.fields.get(field));
        let keys = match &variant.holds {
            Holds::Fields(held) => held.keys().collect(),
            _ => Vec::new(),
        };
        keys.into_iter().filter_map(move |(key_field, _, key)| {
            let (field, name, to) = (field?, expand::key_name(&key_field.name), &key.target.path);
            let ty = &field.ty;
            let (flat, before) = (
                expand::flat_ident(model, field),
                expand::shared::relations_before(model, field.index),
            );
            let through = quote!(<#ty as __orm::SharedRelation<#name, #to>>);
            Some(quote! {
                #[diagnostic::do_not_recommend]
                impl __orm::SharedRelation<#name, #to> for #own {
                    type Card = #through::Card;
                    type Set<__W: __orm::Place<Shared = Self>> = #through::Set<#flat>;
                    const PLACE: usize = #before + #through::PLACE;
                    fn set<__W: __orm::Place<Shared = Self>>(row: &#to) -> Self::Set<__W> {
                        #through::set::<#flat>(row)
                    }
                }
            })
        })
    });
    all.collect()
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

/// What is in a variant's columns by their places, from its bound fields.
pub fn held(model: &Model) -> TokenStream {
    let fields: Vec<_> = model.fields.iter().collect();
    expand::held_at(&quote!(place), &fields, &|name| {
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
