//! The inherent methods of `BookFields<R, K>`: accessors of columns and relations.

use super::relations::relation;
use super::{at, fields_ident, place};
use crate::model::{Field, Kind, Model};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// ```text
/// impl<R: Model, K: Cardinality> BookFields<R, K> {
///     pub fn pages(&self) -> Field<R, i32, K> { column::<R, i32, K>(&self.0, &__FIELDS[3]) }
///     pub fn author(&self) -> Fields<Author, R, K::Then<One>> { forward(self, &__RELATIONS[0]) }
/// }
/// ```
pub fn accessors(model: &Model) -> TokenStream {
    let fields = fields_ident(model);
    let accessors = model.fields.iter().map(|field| accessor(model, field));
    quote! {
        impl<R: __orm::Model, K: __orm::Cardinality> #fields<R, K> {
            #(#accessors)*
        }
    }
}

fn accessor(model: &Model, field: &Field) -> TokenStream {
    let Field { accessor, docs, ty, .. } = field;
    let vis = &model.vis;
    let place = place(model, field.index);
    let forward = |to: &syn::Path, card: &str| {
        let card = syn::Ident::new(card, accessor.span());
        let relation = relation(model, field);
        quote! {
            #docs
            #vis fn #accessor(&self) -> __orm::Fields<#to, R, K::Then<__orm::#card>> {
                __orm::forward(self, #relation)
            }
        }
    };
    match &field.kind {
        Kind::Column(column) => match &column.key {
            Some(key) => forward(&key.target.path, if column.null { "Opt" } else { "One" }),
            None => {
                let column = quote_spanned!(at(ty.span())=> __orm::column::<R, #ty, K>);
                quote! {
                    #docs
                    #vis fn #accessor(&self) -> __orm::Field<R, #ty, K> {
                        #column(&self.0, &__FIELDS[#place])
                    }
                }
            }
        },
        Kind::Many(many) => forward(&many.target.path, "Many"),
        Kind::Flatten => quote! {
            #docs
            #vis fn #accessor(&self) -> <#ty as __orm::ModelFields>::Paths<R, K> {
                <#ty as __orm::ModelFields>::at(&self.0, &__FIELDS[#place..])
            }
        },
    }
}
