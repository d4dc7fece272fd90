//! `BookFields<R, K>`: the accessors of a model's fields, which `Fields<Book, R, K>` derefs to.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Visibility};

/// ```text
/// /// The fields of [`Book`], as the closures of its queries see them.
/// pub struct BookFields<R, K>(Path<R, K>);
/// ```
pub fn definition(own: &Ident, fields: &Ident, vis: &Visibility) -> TokenStream {
    let doc = format!("The fields of [`{own}`], as the closures of its queries see them.");
    quote! {
        #[doc = #doc]
        #vis struct #fields<R, K>(::orm::private::Path<R, K>);
    }
}

/// ```text
/// impl<__R, __K> Accessors for BookFields<__R, __K> {
///     type Model = Book;
///     fn at(path: PathBuf) -> Self { BookFields(Path::from(path)) }
///     fn path(&self) -> &PathBuf { &self.0 }
/// }
/// ```
pub fn implementation(own: &Ident, fields: &Ident) -> TokenStream {
    quote! {
        impl<__R, __K> __orm::Accessors for #fields<__R, __K> {
            type Model = #own;
            fn at(path: __orm::PathBuf) -> Self {
                #fields(__orm::Path::from(path))
            }
            fn path(&self) -> &__orm::PathBuf {
                &self.0
            }
        }
    }
}
