//! What stands in for a model whose form is wrong, so that its uses give no errors of their own.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::DeriveInput;

/// An `impl Model` without columns. Parameters cannot be guessed: then there is nothing.
pub fn stub(input: &DeriveInput) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let (own, vis) = (&input.ident, &input.vis);
    let fields = format_ident!("{}Fields", own);
    quote! {
        #[doc(hidden)]
        #vis struct #fields<R, K> {
            path: ::orm::private::PathBuf,
            types: ::core::marker::PhantomData<fn() -> (R, K)>,
        }
        const _: () = {
            use ::orm::private as __orm;
            impl __orm::Single for #own {}
            impl __orm::Element for #own {
                type Member = i64;
                type Paths<R: __orm::Model> = __orm::Fields<#own, R, __orm::One>;
                fn paths<R: __orm::Model>(place: &mut __orm::Place) -> Self::Paths<R> {
                    __orm::Fields::at(place.model::<#own>())
                }
            }
            impl __orm::Model for #own {
                type Fields<R: __orm::Model, K: __orm::Cardinality> = #fields<R, K>;
                type Pk = i64;
                type DraftFields = ();
                type Required = ();
                fn draft_fields() {}
                fn meta() -> &'static __orm::ModelMeta {
                    static META: __orm::ModelMeta = __orm::ModelMeta::new("", "", "", &[], &[]);
                    &META
                }
                fn pk(&self) -> i64 {
                    0
                }
                fn value(&self, _: usize) -> __orm::SqlValue {
                    __orm::SqlValue::Null
                }
                fn decode(reader: &mut __orm::Reader<'_>) -> __orm::Decoded<Self> {
                    ::core::result::Result::Err(reader.error("not a model"))
                }
            }
            impl<R, K> __orm::Accessors for #fields<R, K> {
                fn at(path: __orm::PathBuf) -> Self {
                    #fields { path, types: ::core::marker::PhantomData }
                }
                fn path(&self) -> &__orm::PathBuf {
                    &self.path
                }
            }
        };
    }
}
