//! `BookFields<R, K>`: the type, and the traits that every path has.

use super::fields_ident;
use crate::model::Model;
use proc_macro2::TokenStream;
use quote::quote;

/// ```text
/// /// The paths of [`Book`]: what the closures of its queries receive.
/// pub struct BookFields<R, K> { path: PathBuf, types: PhantomData<fn() -> (R, K)> }
/// ```
pub fn definition(model: &Model) -> TokenStream {
    let (fields, vis) = (fields_ident(model), &model.vis);
    let doc = format!("The paths of [`{}`]: what the closures of its queries receive.", model.name);
    quote! {
        #[doc = #doc]
        #vis struct #fields<R, K> {
            path: ::orm::private::PathBuf,
            types: ::core::marker::PhantomData<fn() -> (R, K)>,
        }
    }
}

/// `Path`, `Clone`; what a path can be: selected, ordered by, prefetched, compared with.
pub fn implementations(model: &Model) -> TokenStream {
    let (own, fields) = (&model.ident, fields_ident(model));
    let (select, prefetch) = (select(model), prefetch(model));
    quote! {
        impl<R, K> ::core::clone::Clone for #fields<R, K> {
            fn clone(&self) -> Self {
                #fields { path: self.path.clone(), types: ::core::marker::PhantomData }
            }
        }
        impl<R: __orm::Model, K: __orm::Card> __orm::Path<R, K> for #fields<R, K> {
            type To = #own;
            fn at(path: __orm::PathBuf) -> Self {
                #fields { path, types: ::core::marker::PhantomData }
            }
            fn path(&self) -> &__orm::PathBuf {
                &self.path
            }
        }
        #select
        impl<R: __orm::Model, K: __orm::Joined> __orm::RelatedRow<R> for #fields<R, K>
        where
            K::Wrap<#own>: ::core::marker::Send,
        {
            type Row = Self;
            fn row(self) -> Self {
                self
            }
        }
        impl<R: __orm::Model, K: __orm::ToOne> __orm::Orderings<R> for #fields<R, K> {
            fn add_to(self, list: &mut ::std::vec::Vec<__orm::OrderNode>) {
                list.push(__orm::relation::order::<R>(&self.path, false).into_order());
            }
        }
        impl<R: __orm::Model, K: __orm::ToOne> __orm::Columns<R> for #fields<R, K> {
            fn add_to(self, list: &mut ::std::vec::Vec<&'static __orm::FieldMeta>) {
                list.push(__orm::relation::column(&self.path));
            }
        }
        #[diagnostic::do_not_recommend]
        impl<R: __orm::Model, K: __orm::ToOne> __orm::FindBy<R> for #fields<R, K> {
            fn found(self) -> __orm::Found {
                __orm::relation::column(&self.path).into()
            }
        }
        #[diagnostic::do_not_recommend]
        impl<R: __orm::Model, K: __orm::Card> __orm::IntoKey<#own, R> for #fields<R, K> {
            fn into_key(self, _: ::core::option::Option<&'static str>) -> __orm::Node {
                __orm::Node::relation(self.path)
            }
        }
        #prefetch
    }
}

/// ```text
/// impl<R: Model, K: ToOne> Select<R> for BookFields<R, K> {
///     type Out = K::Wrap<Book>;
///     type Decoder = ModelDecoder<Book, K>;
///     fn select(self, into: &mut Selection<'_>) -> Self::Decoder { model(&self.path, into) }
/// }
/// ```
fn select(model: &Model) -> TokenStream {
    let (own, fields) = (&model.ident, fields_ident(model));
    quote! {
        impl<R: __orm::Model, K: __orm::ToOne> __orm::Select<R> for #fields<R, K> {
            type Out = K::Wrap<#own>;
            type Decoder = __orm::ModelDecoder<#own, K>;
            fn select(self, into: &mut __orm::Selection<'_>) -> Self::Decoder {
                __orm::select_model(&self.path, into)
            }
        }
    }
}

/// ```text
/// impl<R: Model, K: Loaded> Prefetch<R> for BookFields<R, K> {
///     type Out = K::Out<Book>;
///     type Decoder = K::Decoder<Book>;
///     fn prefetch(self, into: &mut Selection<'_>) -> Self::Decoder { K::load(&self.path, into) }
/// }
/// ```
fn prefetch(model: &Model) -> TokenStream {
    let (own, fields) = (&model.ident, fields_ident(model));
    quote! {
        #[diagnostic::do_not_recommend]
        impl<R: __orm::Model, K: __orm::Loaded> __orm::Prefetch<R> for #fields<R, K> {
            type Out = K::Out<#own>;
            type Decoder = K::Decoder<#own>;
            fn prefetch(self, into: &mut __orm::Selection<'_>) -> Self::Decoder {
                K::load(&self.path, into)
            }
        }
    }
}
