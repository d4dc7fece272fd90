//! What stands in for a model whose form is wrong, so that its uses give no errors of their own.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DeriveInput, Ident};

/// An `impl Model` without columns. Parameters cannot be guessed: then there is nothing.
pub fn stub(input: &DeriveInput) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let (own, vis) = (&input.ident, &input.vis);
    let fields = format_ident!("{}Fields", own);
    let (paths, accessors) = (
        super::paths::definition(own, &fields, vis, None),
        super::paths::implementation(own, &fields, None),
    );
    let (elements, model) = (super::row::elements(own, &quote!(i64)), model(own, &fields));
    quote! {
        #paths
        const _: () = {
            use ::orm::private as __orm;
            impl __orm::Single for #own {}
            impl __orm::KindOf<#own> for #own {}
            #elements
            #model
            #accessors
        };
    }
}

fn model(own: &Ident, fields: &Ident) -> TokenStream {
    quote! {
        #[diagnostic::do_not_recommend]
        impl __orm::Model for #own {
            type Fields<R: __orm::Model, K: __orm::Cardinality> = #fields<R, K>;
            type Pk = i64;
            type First = Self;
            type DraftFields = ();
            type Required = ();
            const FIELDS: &'static [__orm::FieldMeta] = &[];
            fn draft_fields() {}
            fn meta() -> &'static __orm::ModelMeta {
                static META: __orm::ModelMeta = __orm::ModelMeta::new("", "", "", &[], &[]);
                &META
            }
            fn pk(&self) -> i64 {
                0
            }
            fn held(&self, _: usize) -> __orm::InRow<'_> {
                __orm::InRow::Null
            }
            fn decode(reader: &mut __orm::Reader<'_>) -> __orm::Decoded<Self> {
                ::core::result::Result::Err(reader.error("not a model"))
            }
        }
    }
}
