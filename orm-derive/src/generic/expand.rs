//! What is expanded for the enum itself.

use super::{Generic, Variant, form, rows};
use crate::attr::field::OnDelete;
use crate::expand as of_model;
use crate::fields::{self, Body};
use crate::kinds;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

/// ```text
/// pub enum TargetRow<OfBook = Book, OfAuthor = Author> { Book(OfBook), Author(OfAuthor) }
/// pub struct TargetObjects<R, K, OfBook = Book, OfAuthor = Author> { … }
/// pub struct TargetFields<R, K> { path: Path<R, K>, flat: Flat }
/// const _: () = { impl ModelFields for Target { … } … };
/// ```
pub fn generic(generic: &Generic) -> TokenStream {
    let model = &generic.model;
    let paths = of_model::fields_ident(model);
    let body = Body {
        drafts: kinds::drafts(),
        latest: quote!(__orm::No),
        held: quote!(__orm::InRow::Value(__orm::generic_value(self, place))),
        decode: quote!(__orm::decode_generic(reader)),
        clean: TokenStream::new(),
        more: quote! {
            fn is_missing(reader: &__orm::Reader<'_>) -> bool {
                __orm::no_generic::<Self>(reader)
            }
        },
        width: generic.two_columns.as_ref().map(|_| quote!(2)),
    };
    let items = [
        fields::accessors(model, &paths),
        fields::model_fields(model, &paths, &body),
        shared_at(generic),
        form::one_type(generic),
        fields::reverse::relations(model),
        required(generic),
        key(generic),
        itself(generic),
        to_models(generic),
        fetch(generic),
        lookups(generic),
        kinds::as_columns(model, &paths),
        rows::loading(generic),
    ];
    let outside = [rows::definitions(generic)];
    fields::written(model, &outside, &items)
}

/// The columns of the key, and what the database checks of them.
fn shared_at(generic: &Generic) -> TokenStream {
    let (model, check) = (&generic.model, quote!(__orm::generic_check::<__W>()));
    let Some(two) = &generic.two_columns else { return fields::shared_at(model, &[check]) };
    // What numbers there are is known to the database alone.
    let checks = if two.content_types { Vec::new() } else { vec![check] };
    let parts: Vec<_> = form::parts(generic, two).into_iter().collect();
    fields::shared_at_with(model, &parts, &checks, &[form::index(generic)])
}

/// The places of the variants, with these.
pub fn placed(generic: &Generic) -> impl Iterator<Item = (Literal, &Variant)> {
    let variants = generic.variants.iter().enumerate();
    variants.map(|(place, variant)| (Literal::usize_unsuffixed(place), variant))
}

/// A draft is given the enum, or a row.
fn required(generic: &Generic) -> TokenStream {
    let (own, name) = (&generic.model.ident, &generic.model.name);
    let given = format_ident!("has_{}", crate::attr::snake(name));
    let message =
        format!("this draft misses the row that it refers to: the field of the type `{name}`");
    let label = format!("not complete: give it a row of one of its models, or a `{name}`, here");
    quote! {
        __orm::required! { #given #message #label; }
        impl<__0: #given> __orm::SharedRequires<__0> for #own {}
    }
}

/// ```text
/// impl GenericForeignKey for Target { type Row = TargetRow; const WIDTHS: &[usize] = &[1, 1]; … }
/// ```
fn key(generic: &Generic) -> TokenStream {
    let (own, row, told) = (&generic.model.ident, rows::row_ident(generic), form::told(generic));
    let widths = generic.variants.iter().map(|variant| Literal::usize_unsuffixed(variant.width));
    let kinds = placed(generic).map(|(place, variant)| {
        let name = &variant.ident;
        quote!(#own::#name(_) => #place,)
    });
    let said = || generic.variants.iter().map(|variant| &variant.on_delete);
    let says_on_delete = said().all(Option::is_some);
    let sets_null = said().any(|said| matches!(said, Some(OnDelete::SetNull)));
    let names = generic.variants.iter().map(|variant| &variant.ident);
    let reads = placed(generic).map(|(place, Variant { ident, key, .. })| {
        quote!(#place => #own::#ident(<#key as __orm::KeyField>::decode(reader)?),)
    });
    quote! {
        impl __orm::GenericForeignKey for #own {
            type Row = #row;
            #told
            #[track_caller]
            fn fetch_row<'a>(
                &self,
                db: &'a dyn __orm::Executor,
            ) -> __orm::BoxFuture<'a, __orm::Result<#row>> {
                #own::fetch(self, db)
            }
            const SAYS_ON_DELETE: bool = #says_on_delete;
            const SETS_NULL: bool = #sets_null;
            const WIDTHS: &'static [usize] = &[#(#widths),*];
            fn kind_place(&self) -> usize {
                match self { #(#kinds)* }
            }
            fn key_values(&self) -> ::std::vec::Vec<__orm::SqlValue> {
                match self { #(#own::#names(key) => __orm::Key::to_values(key.key())),* }
            }
            fn read_key(kind: usize, reader: &mut __orm::Reader<'_>) -> __orm::Decoded<Self> {
                ::core::result::Result::Ok(match kind {
                    #(#reads)*
                    _ => return ::core::result::Result::Err(reader.error("no such kind of keys")),
                })
            }
        }
    }
}

/// A generic key is given itself.
fn itself(generic: &Generic) -> TokenStream {
    let own = &generic.model.ident;
    quote! {
        impl __orm::IntoGeneric<#own> for #own {
            type Null = __orm::NotNull;
            fn into_generic(self) -> ::core::option::Option<#own> {
                ::core::option::Option::Some(self)
            }
        }
        impl __orm::IntoGeneric<#own> for &#own {
            type Null = __orm::NotNull;
            fn into_generic(self) -> ::core::option::Option<#own> {
                ::core::option::Option::Some(::core::clone::Clone::clone(self))
            }
        }
    }
}

/// ```text
/// impl GenericTo<Book> for Target { … }
/// impl From<&Book> for Target { … }
/// impl From<ForeignKey<Book>> for Target { … }
/// ```
fn to_models(generic: &Generic) -> TokenStream {
    let own = &generic.model.ident;
    let all = placed(generic).map(|(place, Variant { ident, key, to, one_to_one, .. })| {
        let (card, of_key) = match one_to_one {
            true => (quote!(FarOpt), quote!(<#key>::new(key.pk()))),
            false => (quote!(Many), quote!(key)),
        };
        quote! {
            impl __orm::GenericTo<#to> for #own {
                type Card = __orm::#card;
                const PLACE: usize = #place;
                fn of_key(key: __orm::ForeignKey<#to>) -> Self {
                    #own::#ident(#of_key)
                }
            }
            impl ::core::convert::From<&#to> for #own {
                fn from(row: &#to) -> Self {
                    #own::#ident(::core::convert::From::from(row))
                }
            }
            impl ::core::convert::From<#key> for #own {
                fn from(key: #key) -> Self {
                    #own::#ident(key)
                }
            }
        }
    });
    all.collect()
}

/// ```text
/// impl Target { pub fn fetch(&self, db: &impl Executor) -> BoxFuture<'_, Result<TargetRow>> { … } }
/// ```
fn fetch(generic: &Generic) -> TokenStream {
    let (own, vis, row) = (&generic.model.ident, &generic.model.vis, rows::row_ident(generic));
    let kinds = generic.variants.iter().map(|Variant { ident, .. }| {
        quote!(#own::#ident(key) => __orm::fetched(key.fetch(db), #row::#ident),)
    });
    quote! {
        impl #own {
            /// The row that the key leads to, by its primary key.
            ///
            /// # Errors
            ///
            /// `DoesNotExist` where the row is gone.
            #[track_caller]
            #[allow(dead_code)]
            #vis fn fetch<'a>(
                &self,
                db: &'a (impl __orm::Executor + ?::core::marker::Sized),
            ) -> __orm::BoxFuture<'a, __orm::Result<#row>> {
                match self { #(#kinds)* }
            }
        }
    }
}

/// `fn is_book(&self) -> Q<R>`
fn are(generic: &Generic) -> TokenStream {
    let (own, vis) = (&generic.model.ident, &generic.model.vis);
    let is = placed(generic).map(|(place, Variant { ident, accessor, .. })| {
        let name = format_ident!("is_{}", syn::ext::IdentExt::unraw(accessor));
        let doc = format!("That it is a [`{own}::{ident}`].");
        quote! {
            #[doc = #doc]
            #vis fn #name(&self) -> __orm::Q<__R> {
                __orm::generic_is_kind::<__R, #own>(&self.path, self.flat, #place)
            }
        }
    });
    is.collect()
}

/// What the paths of the enum have beyond the rows it leads to.
fn lookups(generic: &Generic) -> TokenStream {
    let (own, vis) = (&generic.model.ident, &generic.model.vis);
    let (paths, columns) = (of_model::fields_ident(&generic.model), form::accessors(generic));
    let (are, one) = (are(generic), one_row(generic));
    quote! {
        impl<__R: __orm::Model, __K: __orm::Cardinality> #paths<__R, __K> {
            #columns
            #are
            #one
            /// It leads to one of these rows.
            #vis fn in_<__V: __orm::IntoGeneric<#own>>(
                &self,
                to: impl ::core::iter::IntoIterator<Item = __V>,
            ) -> __orm::Q<__R> {
                __orm::generic_in::<__R, #own, __V>(&self.path, self.flat, to)
            }
            /// It leads to no row, or to one when `null` is false.
            #vis fn isnull(&self, null: bool) -> __orm::Q<__R>
            where
                __K: __orm::MayBeMissing<Of: ::core::marker::Sized>,
            {
                __orm::generic_isnull::<__R, #own>(&self.path, self.flat, null)
            }
            /// Assigns the row that it leads to.
            #vis fn set<__V: __orm::IntoGeneric<#own>>(&self, to: __V) -> __orm::Assignment<__R>
            where
                __K: __orm::IsOwn,
                (__K::Null, __V::Null): __orm::NullFits,
            {
                __orm::set_generic::<__R, #own>(self.flat, to)
            }
        }
    }
}

/// `eq` and `ne`
fn one_row(generic: &Generic) -> TokenStream {
    let (own, vis) = (&generic.model.ident, &generic.model.vis);
    let one =
        [("eq", true, "It leads to this row."), ("ne", false, "It does not lead to this row.")];
    let one = one.into_iter().map(|(name, is, doc)| {
        let name = format_ident!("{name}");
        quote! {
            #[doc = #doc]
            #vis fn #name(&self, to: impl __orm::IntoGeneric<#own>) -> __orm::Q<__R> {
                __orm::generic_eq::<__R, #own>(&self.path, self.flat, #is, to)
            }
        }
    });
    one.collect()
}
