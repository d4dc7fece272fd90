//! A field with `generic`: what the model says of the key, and its other side.

use super::{at, by_field, flat_ident, relations};
use crate::model::{Field, GenericField, Model, types};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, Type};

/// ```text
/// const GENERIC: GenericSaid = GenericSaid { on_delete: Some(OnDelete::Cascade), reverse: Some("comments"), optional: false };
/// ```
pub fn said(field: &Field) -> TokenStream {
    let Some(generic) = &field.generic else { return TokenStream::new() };
    let optional = generic.optional;
    let none = quote!(::core::option::Option::None);
    let on_delete = generic.on_delete.as_ref().map_or(none.clone(), |on_delete| {
        let on_delete = relations::on_delete(field, on_delete);
        quote!(::core::option::Option::Some(#on_delete))
    });
    let reverse = generic.related.as_ref().map_or(none, |(_, query)| {
        let query = query.unraw().to_string();
        quote!(::core::option::Option::Some(#query))
    });
    quote! {
        const GENERIC: __orm::GenericSaid =
            __orm::GenericSaid { on_delete: #on_delete, reverse: #reverse, optional: #optional };
    }
}

/// That what the field and the variants say fits together.
///
/// ```text
/// const _: () = check_generic::<Target>(true, false);
/// ```
pub fn check(field: &Field) -> Option<TokenStream> {
    let generic = field.generic.as_ref()?;
    let (key, says, optional) = (&generic.key, generic.on_delete.is_some(), generic.optional);
    let check = quote_spanned!(at(key.span())=> __orm::check_generic::<#key>(#says, #optional));
    Some(quote!(const _: () = #check;))
}

/// The slot of a draft.
pub fn slot(
    own: &TokenStream,
    generic: &GenericField,
    position: &TokenStream,
    orm: &TokenStream,
) -> TokenStream {
    let key = &generic.key;
    let null = if generic.optional { quote!(Null) } else { quote!(NotNull) };
    quote!(#orm::GenericSlot<#own, #key, #orm::#null #position>)
}

/// The names of the traits by which models have the other side: `CommentOnTarget`, `CommentOnTargetFields`.
fn trait_idents(model: &Model, field: &Field, generic: &GenericField) -> (Ident, Ident) {
    let name = |field: &GenericField| {
        let last = types::path_of(&field.key).and_then(|path| path.segments.last());
        last.map(|last| last.ident.unraw().to_string()).unwrap_or_default()
    };
    let own = name(generic);
    let twins = model.fields.iter().filter_map(|field| field.generic.as_ref());
    let twins = twins.filter(|other| other.related.is_some() && name(other) == own).count();
    let suffix = if twins > 1 { by_field(model, field) } else { String::new() };
    let on = format!("{}On{own}", model.name);
    (format_ident!("{on}{suffix}"), format_ident!("{on}Fields{suffix}"))
}

/// The other side, for all models that the key can lead to.
///
/// ```text
/// pub trait CommentOnTarget: Model where Target: GenericTo<Self> {
///     fn comments(&self) -> RelatedBy<Comment, Self, In<1, Whole>>;
/// }
/// pub trait CommentOnTargetFields<M: Model, R: Model, K: Cardinality> where Target: GenericTo<M> {
///     fn comments(&self) -> Fields<Comment, R, K::Then<<Target as GenericTo<M>>::Card>>;
/// }
/// ```
pub fn traits(model: &Model) -> TokenStream {
    let all = sides(model).map(|side| {
        let Side { on_model, on_fields, set, path, key, doc, .. } = side.signed(&quote!(::orm::private));
        let vis = &model.vis;
        quote! {
            #[doc = #doc]
            #[allow(dead_code, private_bounds, private_interfaces)]
            #vis trait #on_model: ::orm::private::Model
            where
                #key: ::orm::private::GenericTo<Self>,
            {
                #[doc = #doc]
                #set;
            }
            #[doc = #doc]
            #[allow(dead_code, private_bounds, private_interfaces)]
            #vis trait #on_fields<__M: ::orm::private::Model, __R: ::orm::private::Model, __K: ::orm::private::Cardinality>
            where
                #key: ::orm::private::GenericTo<__M>,
            {
                #[doc = #doc]
                #path;
            }
        }
    });
    all.collect()
}

/// They are implemented for all models that the key can lead to, and for the paths of those.
pub fn accessors(model: &Model) -> TokenStream {
    let all = sides(model).map(|side| {
        let Side { on_model, on_fields, set, path, key, flat, .. } = side.signed(&quote!(__orm));
        let relation = |to: TokenStream| {
            quote!(<#flat as __orm::Place>::flat().relation(<#key as __orm::GenericTo<#to>>::PLACE))
        };
        let (of_set, of_path) = (relation(quote!(Self)), relation(quote!(__M)));
        quote! {
            impl<__M: __orm::Model> #on_model for __M
            where
                #key: __orm::GenericTo<__M>,
            {
                #set {
                    __orm::reverse_set(self, #of_set)
                }
            }
            impl<__M, __R, __K> #on_fields<__M, __R, __K> for __orm::Fields<__M, __R, __K>
            where
                __M: __orm::Model,
                __R: __orm::Model,
                __K: __orm::Cardinality,
                #key: __orm::GenericTo<__M>,
            {
                #path {
                    __orm::reverse(&**self, #of_path)
                }
            }
        }
    });
    all.collect()
}

/// A generic key, as the models that it can lead to see it.
struct Side<'a> {
    model: &'a Model,
    field: &'a Field,
    generic: &'a GenericField,
    related: &'a (Ident, Ident),
    on_model: Ident,
    on_fields: Ident,
    key: &'a Type,
    flat: TokenStream,
    doc: String,
    set: TokenStream,
    path: TokenStream,
}

fn sides(model: &Model) -> impl Iterator<Item = Side<'_>> {
    model.fields.iter().filter_map(|field| {
        let generic = field.generic.as_ref()?;
        let related = generic.related.as_ref()?;
        let (on_model, on_fields) = trait_idents(model, field, generic);
        let (set, path) = (TokenStream::new(), TokenStream::new());
        let doc = format!("The rows of [`{}`] whose `{}` is this.", model.name, field.name);
        let (key, flat) = (&generic.key, flat_ident(model, field));
        Some(Side {
            model,
            field,
            generic,
            related,
            on_model,
            on_fields,
            key,
            flat,
            doc,
            set,
            path,
        })
    })
}

impl Side<'_> {
    /// With the signatures of its accessors.
    fn signed(mut self, orm: &TokenStream) -> Self {
        let (own, key, (set, path)) = (&self.model.ident, self.key, self.related);
        let position = match self.generic.optional {
            true => quote!(#orm::Optional),
            false => super::draft::within(self.model, self.field, &quote!(#orm::Whole), orm),
        };
        let here = |name: &Ident| -> Span { at(name.span()) };
        self.set = quote_spanned! {here(set)=>
            fn #set(&self) -> #orm::RelatedBy<#own, Self, #position>
        };
        self.path = quote_spanned! {here(path)=>
            fn #path(&self)
                -> #orm::Fields<#own, __R, __K::Then<<#key as #orm::GenericTo<__M>>::Card>>
        };
        self
    }
}
