//! The inherent methods of `BookFields<R, K>`: accessors of columns and relations, and what a
//! relation path offers.

use super::relations::relation;
use super::{at, fields_ident, place};
use crate::model::{Field, Kind, Model};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// ```text
/// impl<R: Model, K: Card> BookFields<R, K> {
///     pub fn pages(&self) -> Field<R, i32, K> { Field::column(&self.path, &__META.fields[3]) }
///     pub fn author(&self) -> <Author as Model>::Fields<R, K::Then<One>> {
///         follow(&self.path, Step::Forward(&__RELATIONS[0]))
///     }
/// }
/// ```
pub fn accessors(model: &Model) -> TokenStream {
    let fields = fields_ident(model);
    let accessors = model.fields.iter().map(|field| accessor(model, field));
    quote! {
        impl<R: __orm::Model, K: __orm::Card> #fields<R, K> {
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
            #vis fn #accessor(&self) -> <#to as __orm::Model>::Fields<R, K::Then<__orm::#card>> {
                __orm::follow(&self.path, __orm::Step::Forward(#relation))
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
                        #column(&self.path, &__META.fields[#place])
                    }
                }
            }
        },
        Kind::Many(many) => forward(&many.target.path, "Many"),
        Kind::Flatten => quote! {
            #docs
            #vis fn #accessor(&self) -> <#ty as __orm::ModelFields>::Paths<R, K> {
                <#ty as __orm::ModelFields>::at(&self.path, &__META.fields[#place..])
            }
        },
    }
}

/// The methods of a relation path, inherent so that no import is needed.
pub fn relation_methods(model: &Model) -> TokenStream {
    let (own, fields, vis) = (&model.ident, fields_ident(model), &model.vis);
    quote! {
        impl<R: __orm::Model, K: __orm::Card> #fields<R, K> {
            /// The rows at the end of the path, as a query set to narrow down.
            #vis fn objects(&self) -> __orm::QuerySet<#own, #own, __orm::Of<R>> {
                __orm::QuerySet::at(&self.path)
            }
            /// How many rows there are at the end of the path.
            #vis fn count(&self) -> __orm::Aggregate<R, i64> {
                __orm::relation::count(&self.path)
            }
            /// The row at the end of the path is this one: an instance, its key, another path.
            #vis fn eq(&self, key: impl __orm::IntoKey<#own, R>) -> __orm::Q<R> {
                __orm::relation::eq(&self.path, key)
            }
            /// The row at the end of the path is not this one.
            #vis fn ne(&self, key: impl __orm::IntoKey<#own, R>) -> __orm::Q<R> {
                __orm::relation::ne(&self.path, key)
            }
            /// The row at the end of the path is one of these: a list, or a query set.
            #vis fn in_(&self, keys: impl __orm::IntoKeys<#own, R>) -> __orm::Q<R> {
                __orm::relation::in_(&self.path, keys)
            }
            /// There is no row at the end of the path, or there is one when `null` is false.
            #vis fn isnull(&self, null: bool) -> __orm::Q<R>
            where
                K: __orm::MayBeMissing,
            {
                __orm::relation::isnull(&self.path, null)
            }
            /// Assigns another row, or none, to this key of the query's own model.
            #vis fn set(&self, key: impl __orm::IntoKey<#own, R>) -> __orm::Assignment<R>
            where
                K: __orm::ToOne,
            {
                __orm::relation::set(&self.path, key)
            }
            /// Orders by the model's default ordering, or else by its key.
            #vis fn asc(&self) -> __orm::Ordering<R>
            where
                K: __orm::ToOne,
            {
                __orm::relation::order(&self.path, false)
            }
            /// Orders by the model's default ordering, or else by its key, the other way round.
            #vis fn desc(&self) -> __orm::Ordering<R>
            where
                K: __orm::ToOne,
            {
                __orm::relation::order(&self.path, true)
            }
        }
    }
}
