//! `BookFields<R, K>`: the accessors of a model's fields, which `Fields<Book, R, K>` derefs to.

use super::fields_ident;
use crate::model::Model;
use proc_macro2::TokenStream;
use quote::quote;

/// ```text
/// /// The fields of [`Book`], as the closures of its queries see them.
/// pub struct BookFields<R, K> { path: PathBuf, types: PhantomData<fn() -> (R, K)> }
/// ```
pub fn definition(model: &Model) -> TokenStream {
    let (fields, vis) = (fields_ident(model), &model.vis);
    let doc = format!("The fields of [`{}`], as the closures of its queries see them.", model.name);
    quote! {
        #[doc = #doc]
        #vis struct #fields<R, K> {
            path: ::orm::private::PathBuf,
            types: ::core::marker::PhantomData<fn() -> (R, K)>,
        }
    }
}

/// ```text
/// impl<R, K> Accessors for BookFields<R, K> {
///     fn at(path: PathBuf) -> Self { BookFields { path, types: PhantomData } }
///     fn path(&self) -> &PathBuf { &self.path }
/// }
/// ```
pub fn implementation(model: &Model) -> TokenStream {
    let fields = fields_ident(model);
    quote! {
        impl<R, K> __orm::Accessors for #fields<R, K> {
            fn at(path: __orm::PathBuf) -> Self {
                #fields { path, types: ::core::marker::PhantomData }
            }
            fn path(&self) -> &__orm::PathBuf {
                &self.path
            }
        }
    }
}
