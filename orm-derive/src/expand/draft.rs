//! `BookDraft<…>`: a row to be, with one type parameter for each required field.

use super::reverse::by_field;
use super::{draft_ident, place};
use crate::model::{Column, Field, Key, Kind, Model};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;
use syn::ext::IdentExt;

/// The fields that drafts track: required columns, and flattened structs.
fn tracked(model: &Model) -> Vec<&Field> {
    let tracked = model.fields.iter().filter(|field| match &field.kind {
        Kind::Column(column) => column.is_required(),
        Kind::Flatten => true,
        Kind::Many(_) => false,
    });
    tracked.collect()
}

fn params(model: &Model) -> Vec<Ident> {
    (0..tracked(model).len()).map(|place| format_ident!("__{place}")).collect()
}

/// What a parameter is before anything is given.
fn initial(field: &Field) -> TokenStream {
    let ty = &field.ty;
    match field.kind {
        Kind::Flatten => quote!(<#ty as ::orm::private::ModelFields>::Draft),
        _ => quote!(::orm::private::Unset),
    }
}

/// ```text
/// /// A [`Book`] to be.
/// pub struct BookDraft<__0 = Unset, __1 = Unset> { raw: RawDraft, given: PhantomData<fn() -> (__0, __1)> }
/// ```
pub fn definition(model: &Model) -> TokenStream {
    let (draft, vis, params) = (draft_ident(model), &model.vis, params(model));
    let initial = tracked(model).into_iter().map(initial).collect::<Vec<_>>();
    let doc = format!("A [`{}`] to be. `draft!` is the way to write one.", model.name);
    quote! {
        #[doc = #doc]
        #[must_use = "a draft is saved by `.save(&db)`, `create` or `bulk_create`"]
        #vis struct #draft<#(#params = #initial),*> {
            raw: ::orm::private::RawDraft,
            given: ::core::marker::PhantomData<fn() -> (#(#params,)*)>,
        }
    }
}

/// The type of `Book::draft()`.
pub fn empty_type(model: &Model) -> TokenStream {
    let draft = draft_ident(model);
    let initial = tracked(model).into_iter().map(initial);
    quote!(#draft<#(#initial),*>)
}

/// The traits of drafts, the setters, and the traits that name what is missing.
pub fn implementations(model: &Model) -> TokenStream {
    let (own, draft, params) = (&model.ident, draft_ident(model), params(model));
    let setters = model.fields.iter().filter_map(|field| setter(model, field));
    let complete = complete(model);
    let copy = copy_from(model);
    quote! {
        impl<#(#params),*> #draft<#(#params),*> {
            #(#setters)*
            #copy
        }
        impl<#(#params),*> ::core::clone::Clone for #draft<#(#params),*> {
            fn clone(&self) -> Self {
                #draft { raw: self.raw.clone(), given: ::core::marker::PhantomData }
            }
        }
        impl<#(#params: 'static),*> __orm::Draft for #draft<#(#params),*> {
            type Model = #own;
            fn into_raw(self) -> __orm::RawDraft {
                self.raw
            }
            fn raw_mut(&mut self) -> &mut __orm::RawDraft {
                &mut self.raw
            }
        }
        #complete
    }
}

/// ```text
/// pub fn name(self, value: impl IntoField<String>) -> BookDraft<Set, __1> { … }
/// ```
fn setter(model: &Model, field: &Field) -> Option<TokenStream> {
    let Field { ident, docs, ty, .. } = field;
    let (own, draft, vis) = (&model.ident, draft_ident(model), &model.vis);
    let place = place(model, field.index);
    let given = tracked(model).into_iter().zip(params(model)).map(|(other, param)| {
        if other.index == field.index { quote!(__orm::Set) } else { quote!(#param) }
    });
    let (takes, raw) = match &field.kind {
        Kind::Column(column) if column.generated.is_some() => return None,
        Kind::Column(column) if !column.more.is_empty() => key_setter(own, column, &place)?,
        Kind::Column(column) => match column.key.as_ref().and_then(refers_to) {
            Some((to, to_field)) => (
                quote!(impl __orm::IntoKey<#to, #own>),
                quote!(self.raw.with_key::<#to, #own>(#place, #to_field, value)),
            ),
            None => {
                (quote!(impl __orm::IntoField<#ty>), quote!(self.raw.with::<#ty>(#place, value)))
            }
        },
        Kind::Flatten => (quote!(#ty), quote!(self.raw.with_fields(#place, &value))),
        Kind::Many(many) => {
            let (to, accessor) = (&many.target.path, &field.accessor);
            return Some(quote! {
                #docs
                #vis fn #ident(self, rows: impl __orm::IntoKeys<#to, #to>) -> Self {
                    #draft { raw: self.raw.linked(#own::#accessor, rows), ..self }
                }
            });
        }
    };
    Some(quote! {
        #docs
        #vis fn #ident(self, value: #takes) -> #draft<#(#given),*> {
            #draft { raw: #raw, given: ::core::marker::PhantomData }
        }
    })
}

/// What the setter of a key of several columns takes, and the draft that has it.
fn key_setter(
    own: &Ident,
    column: &Column,
    place: &TokenStream,
) -> Option<(TokenStream, TokenStream)> {
    let to = &column.key.as_ref()?.target.path;
    Some(match column.null {
        true => (
            quote!(impl __orm::IntoKey<#to, #own>),
            quote!(self.raw.with_key_or_null::<#to, #own>(#place, value)),
        ),
        false => {
            (quote!(impl __orm::KeyOf<#to>), quote!(self.raw.with_key_of::<#to>(#place, value)))
        }
    })
}

/// The model and field that a key refers to, where that is not the primary key.
fn refers_to(key: &Key) -> Option<(&syn::Path, String)> {
    let to_field = key.to_field.as_ref().filter(|_| key.key_type.is_some())?;
    Some((&key.target.path, to_field.unraw().to_string()))
}

/// ```text
/// pub fn copy_from(self, row: &Book) -> BookDraft<Set, Set> { … }
/// ```
fn copy_from(model: &Model) -> TokenStream {
    let (own, draft, vis) = (&model.ident, draft_ident(model), &model.vis);
    let all = tracked(model).into_iter().map(|_| quote!(__orm::Set));
    quote! {
        /// Takes every field over that is not given, but for the key.
        #vis fn copy_from(self, row: &#own) -> #draft<#(#all),*> {
            let mut raw = self.raw;
            raw.copy_from(row);
            #draft { raw, given: ::core::marker::PhantomData }
        }
    }
}

/// ```text
/// #[diagnostic::on_unimplemented(message = "this draft misses the required field `name`", …)]
/// pub trait has_name {}
/// impl has_name for Set {}
/// impl<__0: has_name, __1: has_author> Complete for BookDraft<__0, __1> {}
/// impl<__0: has_name, __1> CompleteBut<ByField<Book, 3>> for BookDraft<__0, __1> {}
/// impl<__0, __1, __T> CompleteBut<NoField<__T>> for BookDraft<__0, __1> where Self: Complete {}
/// ```
fn complete(model: &Model) -> TokenStream {
    let traits = tracked(model).into_iter().map(given_trait);
    let complete = completeness(model, &quote!(__orm::Complete), None);
    let by_key = model.keys().filter(|(_, _, key)| key.reverse.is_some());
    let by_key = by_key.map(|(field, column, _)| {
        let by = by_field(model, field);
        let of = quote!(__orm::CompleteBut<#by>);
        if column.is_required() {
            return completeness(model, &of, Some(field.index));
        }
        where_complete(model, &of)
    });
    let by_set = by_set(model);
    quote!(#(#traits)* #complete #by_set #(#by_key)*)
}

fn trait_ident(field: &Field) -> Ident {
    format_ident!("has_{}", field.name)
}

fn given_trait(field: &Field) -> TokenStream {
    let given = trait_ident(field);
    let message = format!("this draft misses the required field `{}`", field.name);
    let note = format!(
        "give `{}` a value in `draft!`, or a `#[field(default = …)]` in the model",
        field.name
    );
    quote! {
        #[diagnostic::on_unimplemented(
            message = #message,
            label = "the draft is not complete",
            note = #note
        )]
        pub trait #given {}
        impl #given for __orm::Set {}
    }
}

/// Drafts for related sets over tables between.
fn by_set(model: &Model) -> TokenStream {
    let (draft, params) = (draft_ident(model), params(model));
    quote! {
        impl<#(#params: 'static,)* __T> __orm::CompleteBut<__orm::NoField<__T>>
            for #draft<#(#params),*>
        where
            Self: __orm::Complete
        {}
    }
}

/// A trait of complete drafts for those to which nothing is missing at all.
fn where_complete(model: &Model, of: &TokenStream) -> TokenStream {
    let (draft, params) = (draft_ident(model), params(model));
    quote! {
        impl<#(#params: 'static),*> #of for #draft<#(#params),*> where Self: __orm::Complete {}
    }
}

/// One impl of a trait of complete drafts, with a bound for each field but one.
fn completeness(model: &Model, of: &TokenStream, but: Option<usize>) -> TokenStream {
    let draft = draft_ident(model);
    let params = params(model);
    let bounds = tracked(model).into_iter().zip(&params).map(|(field, param)| {
        let given = trait_ident(field);
        if Some(field.index) == but {
            quote!(#param: 'static)
        } else {
            quote!(#param: #given + 'static)
        }
    });
    quote!(impl<#(#bounds),*> #of for #draft<#(#params),*> {})
}
