//! What is expanded for the enum itself.

use super::variants::{self, bound};
use super::{Holds, Kinds, Variant};
use crate::attr::snake;
use crate::choices;
use crate::errors::Errors;
use crate::expand as of_model;
use crate::fields::{self, Body};
use crate::kinds::describe::accessor;
use crate::model::Model;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Ident};

/// ```text
/// pub enum MethodKind { Cash, Card }
/// pub struct MethodCard { pub number: String }
/// pub struct MethodFields<R, K> { path: Path<R, K>, flat: Flat }
/// const _: () = { impl ModelFields for Method { … } … };
/// ```
pub fn kinds(input: &DeriveInput, kinds: &Kinds, errors: &Errors) -> TokenStream {
    let model = &kinds.model;
    let paths = of_model::fields_ident(model);
    let body = Body {
        drafts: variants::drafts(),
        latest: match model.get_latest_by.is_empty() {
            true => quote!(__orm::No),
            false => quote!(__orm::Yes),
        },
        held: held(kinds),
        decode: decode(kinds),
        clean: clean(kinds),
        more: TokenStream::new(),
        width: None,
    };
    let items = [
        fields::accessors(model, &paths),
        fields::model_fields(model, &paths, &body),
        of_model::shared::place_impls(model),
        fields::shared_at(model, &[check(kinds)]),
        fields::traits::implementations(model),
        required(kinds),
        whole(kinds, &paths),
        plain(kinds),
        variants::relations(kinds),
    ];
    let outside = [of_model::shared::places(model), fields::traits::definitions(model)];
    let written = fields::written(model, &outside, &items);
    let (kind, held) = (kind_enum(input, kinds, errors), variants::definitions(kinds));
    quote!(#kind #held #written)
}

/// ```text
/// pub enum MethodKind { Cash, Card }
/// impl Method { pub fn kind(&self) -> MethodKind { … } }
/// ```
fn kind_enum(input: &DeriveInput, kinds: &Kinds, errors: &Errors) -> TokenStream {
    let (kind, own, vis) = (&kinds.kind, &input.ident, &input.vis);
    let Data::Enum(data) = &input.data else { return TokenStream::new() };
    let names: Vec<&Ident> = data.variants.iter().map(|variant| &variant.ident).collect();
    let docs = data.variants.iter().map(|variant| crate::attr::field::docs(&variant.attrs));
    let column = choices::of_kinds(kind, input, data, errors);
    let doc = format!("The kinds of [`{own}`]: the values of its type column.");
    let doc_kind = "The kind: what the type column holds.";
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        #vis enum #kind { #(#docs #names),* }
        #column
        impl #own {
            #[doc = #doc_kind]
            #[allow(dead_code)]
            #vis fn kind(&self) -> #kind {
                match self { #(#own::#names { .. } => #kind::#names),* }
            }
        }
    }
}

/// The place of a variant's first column among those of the enum.
fn first(kinds: &Kinds, variant: &Variant) -> TokenStream {
    of_model::place(&kinds.model, variant.field.unwrap_or(usize::MAX))
}

/// `Method::Card { number: __number }`, `Method::Voucher(held)`
fn pattern(kinds: &Kinds, variant: &Variant) -> TokenStream {
    let (own, name) = (&kinds.model.ident, &variant.ident);
    match &variant.holds {
        Holds::Nothing | Holds::Mistake => quote!(#own::#name { .. }),
        Holds::Struct(_) => quote!(#own::#name(held)),
        Holds::Fields(model) => {
            let fields = model.fields.iter().map(|field| {
                let (name, bound) = (&field.ident, bound(&field.ident));
                quote!(#name: #bound)
            });
            quote!(#own::#name { #(#fields),* })
        }
    }
}

/// ```text
/// if place == 0 { return InRow::Value(Column::to_value(&self.kind())); }
/// match self {
///     Method::Card { number: __number } => { let place = place.wrapping_sub(1); match place { 0 => …, … } }
///     _ => InRow::Null,
/// }
/// ```
fn held(kinds: &Kinds) -> TokenStream {
    let arms = kinds.variants.iter().filter(|variant| variant.field.is_some()).map(|variant| {
        let (pattern, first) = (pattern(kinds, variant), first(kinds, variant));
        let held = match &variant.holds {
            Holds::Fields(model) => variants::held(model),
            _ => quote!(__orm::ModelFields::held(held, place)),
        };
        quote! {
            #pattern => {
                let place = usize::wrapping_sub(place, #first);
                #held
            }
        }
    });
    quote! {
        if place == 0 {
            return __orm::InRow::Value(__orm::Column::to_value(&self.kind()));
        }
        match self {
            #(#arms)*
            #[allow(unreachable_patterns)]
            _ => __orm::InRow::Null,
        }
    }
}

/// ```text
/// let kind: MethodKind = reader.column()?;
/// match kind {
///     MethodKind::Cash => { no_kind(reader, kind.value(), 2)?; Ok(Method::Cash) }
///     MethodKind::Card => Ok(read_kind::<MethodCard>(reader, kind.value(), 1, Self::WIDTH)?.into()),
/// }
/// ```
fn decode(kinds: &Kinds) -> TokenStream {
    let (own, kind) = (&kinds.model.ident, &kinds.kind);
    let arms = kinds.variants.iter().map(|variant| {
        let (name, first) = (&variant.ident, first(kinds, variant));
        let read =
            |ty: &TokenStream| quote!(__orm::read_kind::<#ty>(reader, value, #first, Self::WIDTH)?);
        let row = match &variant.holds {
            Holds::Mistake => {
                quote!(return ::core::result::Result::Err(reader.error("no columns")))
            }
            Holds::Nothing => quote! {{
                __orm::no_kind(reader, value, Self::WIDTH - 1)?;
                #own::#name {}
            }},
            Holds::Struct(ty) => {
                let held = read(&quote!(#ty));
                quote!(#own::#name(#held))
            }
            Holds::Fields(model) => {
                let ty = &model.ident;
                let held = read(&quote!(#ty));
                quote!(::core::convert::From::from(#held))
            }
        };
        quote!(#kind::#name => #row,)
    });
    quote! {
        let kind: #kind = reader.column()?;
        let value = __orm::Choices::value(&kind);
        ::core::result::Result::Ok(match kind { #(#arms)* })
    }
}

/// What variants check, and then the enum.
fn clean(kinds: &Kinds) -> TokenStream {
    let arms = kinds.variants.iter().filter_map(|variant| {
        let pattern = pattern(kinds, variant);
        match &variant.holds {
            Holds::Nothing | Holds::Mistake => None,
            Holds::Struct(_) => {
                Some(quote!(#pattern => __orm::ModelFields::clean_fields(held, errors),))
            }
            Holds::Fields(model) => {
                let cleans = variants::cleans(model);
                (!cleans.is_empty()).then(|| quote!(#pattern => { #cleans }))
            }
        }
    });
    let arms: Vec<_> = arms.collect();
    let own = &kinds.model.ident;
    let clean = kinds.model.clean.then(|| quote!(<#own as __orm::Clean>::clean(self, errors);));
    let variants = (!arms.is_empty()).then(|| {
        quote! {
            match self {
                #(#arms)*
                #[allow(unreachable_patterns)]
                _ => {}
            }
        }
    });
    quote!(#variants #clean)
}

/// ```text
/// kind_check::<W>(|| check_of_kinds::<MethodKind, W>(&[&[], <MethodCard as SharedAt<…>>::META.parts]))
/// ```
fn check(kinds: &Kinds) -> TokenStream {
    let kind = &kinds.kind;
    let parts = kinds.variants.iter().map(|variant| {
        let field = variant.field.and_then(|field| kinds.model.fields.get(field));
        match field {
            None => quote!(&[]),
            Some(field) => {
                let meta = of_model::shared::meta(&kinds.model, field);
                quote!(#meta.parts)
            }
        }
    });
    quote!(__orm::kind_check::<__W>(|| __orm::check_of_kinds::<#kind, __W>(&[#(#parts),*])))
}

/// A draft is given the enum.
fn required(kinds: &Kinds) -> TokenStream {
    let (own, name) = (&kinds.model.ident, &kinds.model.name);
    let given = format_ident!("has_{}", snake(name));
    let message = format!("this draft misses the kind of its row: the field of the type `{name}`");
    let label = format!("not complete: give it a `{name}` here");
    quote! {
        __orm::required! { #given #message #label; }
        impl<__0: #given> __orm::SharedRequires<__0> for #own {}
    }
}

/// What the paths of the enum have beyond those of its parts: all its columns at once, and conditions.
fn whole(kinds: &Kinds, paths: &Ident) -> TokenStream {
    let (own, vis, kind) = (&kinds.model.ident, &kinds.model.vis, &kinds.kind);
    let is = kinds.variants.iter().map(|Variant { ident, .. }| {
        let name = format_ident!("is_{}", accessor(ident));
        let doc = format!("That the row is of the kind [`{own}::{ident}`].");
        quote! {
            #[doc = #doc]
            #vis fn #name(&self) -> __orm::Lookup<__R, #kind, __K, __orm::NotNull> {
                __orm::is_kind(&self.kind(), &#kind::#ident)
            }
        }
    });
    let doc = "Assigns the kind of the row, with all columns.";
    let as_columns = as_columns(&kinds.model, paths);
    quote! {
        impl<__R: __orm::Model, __K: __orm::Cardinality> #paths<__R, __K> {
            #(#is)*
            #[doc = #doc]
            #vis fn set(&self, to: #own) -> __orm::Assignment<__R>
            where
                __K: __orm::IsOwn,
            {
                __orm::set_fields(self.flat, &to)
            }
        }
        #as_columns
    }
}

/// All columns of an enum at once: named, and selected.
pub fn as_columns(model: &Model, paths: &Ident) -> TokenStream {
    let own = &model.ident;
    quote! {
        #[diagnostic::do_not_recommend]
        impl<__R: __orm::Model, __K: __orm::Cardinality + __orm::IsOwn> __orm::AsColumns<__R>
            for #paths<__R, __K>
        {
            fn add_columns(self, list: &mut ::std::vec::Vec<&'static __orm::FieldMeta>) {
                __orm::columns_of::<#own>(self.flat, list);
            }
        }
        #[diagnostic::do_not_recommend]
        impl<__R: __orm::Model, __K: __orm::ToOne> __orm::Selects<__R> for #paths<__R, __K> {
            type Out = __K::Wrap<#own>;
            type Decoder = __orm::FieldsDecoder<#own, __K>;
            fn selects(self, into: &mut __orm::Selection<'_>) -> Self::Decoder {
                __orm::select_fields(&self.path, self.flat, into)
            }
        }
    }
}

/// That structs in variants have no primary key and no many-to-many relations.
fn plain(kinds: &Kinds) -> TokenStream {
    let own = &kinds.model.name;
    let checks = kinds.variants.iter().filter_map(|variant| {
        let Holds::Struct(ty) = &variant.holds else { return None };
        let name = &variant.ident;
        let key = format!(
            "`{own}::{name}` holds a struct with a primary key, which is in every row: put it into the model"
        );
        let many = format!(
            "`{own}::{name}` holds a struct with a many-to-many relation, which has no column: put it into the model"
        );
        Some(quote! {
            const _: () = ::core::assert!(<#ty as __orm::ModelFields>::KEY.is_empty(), #key);
            const _: () = ::core::assert!(<#ty as __orm::ModelFields>::MANY == 0, #many);
        })
    });
    checks.collect()
}
