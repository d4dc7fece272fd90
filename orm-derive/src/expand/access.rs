//! The inherent methods of `BookFields<R, K>`: accessors of columns and relations.

use super::relations::relation;
use super::{fields_ident, place};
use crate::model::{Field, Kind, Model};
use proc_macro2::TokenStream;
use quote::quote;

/// ```text
/// impl<__R: Model, __K: Cardinality> BookFields<__R, __K> {
///     pub fn pages(&self) -> Field<__R, i32, __K> { self.0.column(&__FIELDS[3]) }
///     pub fn author(&self) -> Fields<Author, __R, __K::Then<One>> { forward(self, &__RELATIONS[0]) }
/// }
/// ```
///
/// The parameters stand beside types of the user, who may have a model `R`.
pub fn accessors(model: &Model) -> TokenStream {
    let fields = fields_ident(model);
    let accessors = model.fields.iter().map(|field| accessor(model, field));
    quote! {
        impl<__R: __orm::Model, __K: __orm::Cardinality> #fields<__R, __K> {
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
            #vis fn #accessor(&self) -> __orm::Fields<#to, __R, __K::Then<__orm::#card>> {
                __orm::forward(self, #relation)
            }
        }
    };
    match &field.kind {
        Kind::Column(column) => match &column.key {
            Some(key) => forward(&key.target.path, if column.null { "Opt" } else { "One" }),
            None => quote! {
                #docs
                #vis fn #accessor(&self) -> __orm::Field<__R, #ty, __K> {
                    self.0.column(&__FIELDS[#place])
                }
            },
        },
        Kind::Many(many) => forward(&many.target.path, "Many"),
        Kind::Flatten => {
            let flat = super::flat_ident(model, field);
            quote! {
                #docs
                #vis fn #accessor(&self) -> <#ty as __orm::ModelFields>::Paths<__R, __K> {
                    <#ty as __orm::ModelFields>::at::<__R, __K>(&self.0, <#flat as __orm::Place>::flat())
                }
            }
        }
    }
}
