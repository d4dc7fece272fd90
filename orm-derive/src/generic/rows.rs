//! The rows that a generic key leads to, and how they are loaded.

use super::expand::placed;
use super::{Generic, Variant};
use crate::expand as of_model;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;
use syn::ext::IdentExt;

/// `TargetRow`
pub fn row_ident(generic: &Generic) -> Ident {
    let own = &generic.model.ident;
    format_ident!("{}Row", own.unraw(), span = own.span())
}

/// `TargetObjects`
fn objects_ident(generic: &Generic) -> Ident {
    let own = &generic.model.ident;
    format_ident!("{}Objects", own.unraw(), span = own.span())
}

/// `OfBook`
fn parameters(generic: &Generic) -> Vec<Ident> {
    let variants = generic.variants.iter();
    variants.map(|variant| format_ident!("Of{}", variant.ident.unraw())).collect()
}

/// The enum of rows, and the query sets that load them.
pub fn definitions(generic: &Generic) -> TokenStream {
    let (own, vis) = (&generic.model.ident, &generic.model.vis);
    let (row, objects, of) = (row_ident(generic), objects_ident(generic), parameters(generic));
    let names: Vec<_> = generic.variants.iter().map(|variant| &variant.ident).collect();
    let accessors: Vec<_> = generic.variants.iter().map(|variant| &variant.accessor).collect();
    let to: Vec<_> = generic.variants.iter().map(|variant| &variant.to).collect();
    let doc = format!("The row that a [`{own}`] leads to.");
    let doc_objects = format!(
        "The rows that a [`{own}`] leads to, as a query set for each kind: what `prefetch_related` takes."
    );
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs)]
        #vis enum #row<#(#of = #to),*> {
            #(#names(#of),)*
        }
        #[doc = #doc_objects]
        #[allow(dead_code, missing_debug_implementations)]
        #vis struct #objects<__R, __K, #(#of = #to),*> {
            #(#accessors: ::orm::private::QuerySet<#to, #of, ::orm::private::Of<__R>>,)*
            path: ::core::marker::PhantomData<fn() -> __K>,
        }
    }
}

/// What loads the rows by further statements, and by joins.
pub fn loading(generic: &Generic) -> TokenStream {
    let paths = of_model::fields_ident(&generic.model);
    let row = row_ident(generic);
    let loads = placed(generic).map(|(place, Variant { ident, .. })| {
        quote!(__orm::load_row(&self.path, (self.flat, #place), into, #row::#ident))
    });
    let joins = placed(generic).map(|(place, Variant { ident, .. })| {
        quote!(__orm::join_row(&self.path, (self.flat, #place), #row::#ident))
    });
    let by_query_sets = by_query_sets(generic);
    quote! {
        #[diagnostic::do_not_recommend]
        impl<__R: __orm::Model, __K: __orm::ToOne> __orm::Prefetch<__R> for #paths<__R, __K> {
            type Out = __K::Wrap<#row>;
            type Decoder = __orm::GenericDecoder<#row, __K>;
            fn prefetch(self, into: &mut __orm::Selection<'_>) -> Self::Decoder {
                __orm::load_generic(::std::vec![#(#loads),*])
            }
        }
        #[diagnostic::do_not_recommend]
        impl<__R: __orm::Model, __K: __orm::ToOne> __orm::RelatedRow<__R> for #paths<__R, __K> {
            type Row = __orm::JoinedKinds<#row, __K>;
            fn row(self) -> Self::Row {
                __orm::join_generic(::std::vec![#(#joins),*])
            }
        }
        #by_query_sets
    }
}

/// ```text
/// impl<R, K> TargetFields<R, K> { pub fn objects(&self) -> TargetObjects<R, K> { … } }
/// impl<R, K, OfBook, OfAuthor> TargetObjects<R, K, OfBook, OfAuthor> {
///     pub fn book<T>(self, rows: impl FnOnce(QuerySet<…>) -> QuerySet<…>) -> TargetObjects<R, K, T, OfAuthor> { … }
/// }
/// impl<R, K, OfBook, OfAuthor> Prefetch<R> for TargetObjects<R, K, OfBook, OfAuthor> { … }
/// ```
fn by_query_sets(generic: &Generic) -> TokenStream {
    let (paths, vis) = (of_model::fields_ident(&generic.model), &generic.model.vis);
    let (row, objects, of) = (row_ident(generic), objects_ident(generic), parameters(generic));
    let accessors: Vec<_> = generic.variants.iter().map(|variant| &variant.accessor).collect();
    let setters = setters(generic);
    let loads = generic.variants.iter().map(|Variant { ident, accessor, .. }| {
        quote!(__orm::load_rows(self.#accessor, into, #row::#ident))
    });
    quote! {
        impl<__R: __orm::Model, __K: __orm::Cardinality> #paths<__R, __K> {
            /// The rows that it leads to, with a query set for each kind to narrow down.
            #vis fn objects(&self) -> #objects<__R, __K> {
                #objects {
                    #(#accessors: self.#accessors().objects(),)*
                    path: ::core::marker::PhantomData,
                }
            }
        }
        impl<__R: __orm::Model, __K, #(#of),*> #objects<__R, __K, #(#of),*> {
            #setters
        }
        #[diagnostic::do_not_recommend]
        impl<__R, __K, #(#of),*> __orm::Prefetch<__R> for #objects<__R, __K, #(#of),*>
        where
            __R: __orm::Model,
            __K: __orm::ToOne,
            #(#of: ::core::marker::Send + 'static,)*
        {
            type Out = ::core::option::Option<#row<#(#of),*>>;
            type Decoder = __orm::GenericDecoder<#row<#(#of),*>, __orm::Opt>;
            fn prefetch(self, into: &mut __orm::Selection<'_>) -> Self::Decoder {
                __orm::load_generic(::std::vec![#(#loads),*])
            }
        }
    }
}

/// One function for each kind, which changes its query set.
fn setters(generic: &Generic) -> TokenStream {
    let (objects, of, vis) = (objects_ident(generic), parameters(generic), &generic.model.vis);
    let accessors: Vec<_> = generic.variants.iter().map(|variant| &variant.accessor).collect();
    let setters = generic.variants.iter().zip(&of).map(|(variant, own)| {
        let Variant { ident, accessor, to, .. } = variant;
        let after = of.iter().map(|other| if other == own { quote!(__T) } else { quote!(#other) });
        let others = accessors.iter().filter(|other| **other != accessor);
        let doc = format!("Changes the query set of the rows of the kind `{ident}`.");
        quote! {
            #[doc = #doc]
            #vis fn #accessor<__T>(
                self,
                rows: impl ::core::ops::FnOnce(__orm::QuerySet<#to, #own, __orm::Of<__R>>)
                    -> __orm::QuerySet<#to, __T, __orm::Of<__R>>,
            ) -> #objects<__R, __K, #(#after),*> {
                #objects { #accessor: rows(self.#accessor), #(#others: self.#others,)* path: self.path }
            }
        }
    });
    setters.collect()
}
