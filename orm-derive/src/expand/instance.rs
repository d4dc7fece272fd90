//! The inherent methods of the model itself: its managers, and its many-to-many relations.

use super::relations::relation;
use crate::model::Model;
use proc_macro2::TokenStream;
use quote::quote;

/// ```text
/// impl Book {
///     pub fn published() -> QuerySet<Book> { Manager::<Book>::queryset(&Published) }
///     pub fn tags(&self) -> Related<Tag, Book> { … }
/// }
/// ```
pub fn methods(model: &Model) -> TokenStream {
    let own = &model.ident;
    let (managers, sets) = (managers(model), many_to_many(model));
    if managers.is_empty() && sets.is_empty() {
        return TokenStream::new();
    }
    quote!(impl #own { #managers #sets })
}

fn managers(model: &Model) -> TokenStream {
    let (own, vis) = (&model.ident, &model.vis);
    let managers = model.managers.iter().flatten().map(|(name, manager)| {
        let doc = format!("The rows of the manager `{name}`.");
        quote! {
            #[doc = #doc]
            #vis fn #name() -> __orm::QuerySet<#own> {
                __orm::Manager::<#own>::queryset(&#manager)
            }
        }
    });
    managers.collect()
}

/// `book.tags()`
fn many_to_many(model: &Model) -> TokenStream {
    let (own, vis) = (&model.ident, &model.vis);
    let sets = model.many_to_many().map(|(field, many)| {
        let (accessor, docs, to) = (&field.accessor, &field.docs, &many.target.path);
        let relation = relation(model, field);
        let set = super::reverse::related(to, own, many, &quote!(__orm));
        quote! {
            #docs
            #vis fn #accessor(&self) -> #set {
                __orm::forward_set(self, #relation)
            }
        }
    });
    sets.collect()
}
