//! `BookFields<R, K>`: the accessors of a model's fields, which `Fields<Book, R, K>` derefs to.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Path, Visibility};

/// ```text
/// /// The fields of [`Book`], as the closures of its queries see them.
/// pub struct BookFields<R, K>(Path<R, K>);
/// ```
///
/// Of a model that extends another, the fields of that one stand behind the path.
pub fn definition(
    own: &Ident,
    fields: &Ident,
    vis: &Visibility,
    parent: Option<&Path>,
) -> TokenStream {
    let doc = format!("The fields of [`{own}`], as the closures of its queries see them.");
    let parent = parent.map(|parent| quote!(, #parent<R, K>));
    quote! {
        #[doc = #doc]
        #vis struct #fields<R, K>(::orm::private::Path<R, K> #parent);
    }
}

/// ```text
/// impl<__R, __K> Accessors for BookFields<__R, __K> {
///     type Model = Book;
///     fn at(path: PathBuf) -> Self { BookFields(Path::from(path)) }
///     fn path(&self) -> &PathBuf { &self.0 }
/// }
/// ```
///
/// `ThreadFields`, of a model that extends `Content`, deref to `ContentFields`: those of the same row.
pub fn implementation(
    own: &Ident,
    fields: &Ident,
    parent: Option<&(&Path, TokenStream)>,
) -> TokenStream {
    let at = match parent {
        None => quote!(#fields(__orm::Path::from(path))),
        Some((parent, link)) => quote! {
            let __parent = path.then(__orm::Step::Forward(#link));
            let __parent = <#parent<__R, __K> as __orm::Accessors>::at(__parent);
            #fields(__orm::Path::from(path), __parent)
        },
    };
    let deref = parent.map(|(parent, _)| {
        quote! {
            impl<__R, __K> ::core::ops::Deref for #fields<__R, __K> {
                type Target = #parent<__R, __K>;
                fn deref(&self) -> &Self::Target {
                    &self.1
                }
            }
        }
    });
    quote! {
        impl<__R, __K> __orm::Accessors for #fields<__R, __K> {
            type Model = #own;
            fn at(path: __orm::PathBuf) -> Self {
                #at
            }
            fn path(&self) -> &__orm::PathBuf {
                &self.0
            }
        }
        #deref
    }
}
