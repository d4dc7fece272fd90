//! The inherent methods of the model itself.

use super::draft_ident;
use super::relations::relation;
use crate::model::Model;
use proc_macro2::TokenStream;
use quote::quote;

/// ```text
/// impl Book {
///     pub fn objects() -> QuerySet<Book> { … }
///     pub fn save<'a>(&'a mut self, db: &'a impl Executor) -> BoxFuture<'a, Result<()>> { … }
///     pub fn tags(&self) -> QuerySet<Tag, Tag, Via<Book>> { … }
/// }
/// ```
pub fn methods(model: &Model) -> TokenStream {
    let own = &model.ident;
    let parts = [managers(model), functions(model), writes(model), many_to_many(model)];
    quote!(impl #own { #(#parts)* })
}

fn managers(model: &Model) -> TokenStream {
    let (own, vis) = (&model.ident, &model.vis);
    let Some(managers) = &model.managers else {
        return quote! {
            /// All rows.
            #vis fn objects() -> __orm::QuerySet<#own> {
                __orm::QuerySet::unfiltered()
            }
        };
    };
    let managers = managers.iter().map(|(name, manager)| {
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

fn functions(model: &Model) -> TokenStream {
    let (own, vis, draft) = (&model.ident, &model.vis, draft_ident(model));
    let draft_type = super::draft::empty_type(model);
    quote! {
        /// All rows, past every manager.
        #vis fn unfiltered() -> __orm::QuerySet<#own> {
            __orm::QuerySet::unfiltered()
        }
        /// The paths of the model, without a query.
        #vis fn paths() -> __orm::Fields<#own> {
            __orm::paths::<#own>()
        }
        /// A condition to keep.
        #vis fn q<__C: __orm::Condition<#own>>(
            condition: impl ::core::ops::FnOnce(&__orm::Fields<#own>) -> __C,
        ) -> __orm::Q<#own> {
            __orm::q::<#own, __C>(condition)
        }
        /// A row to be, without any value yet.
        #vis fn draft() -> #draft_type {
            #draft {
                raw: __orm::RawDraft::new(&__META),
                given: ::core::marker::PhantomData,
            }
        }
        /// A row to be whose fields are named, and checked, at run time.
        #vis fn dyn_draft() -> __orm::DynDraft<#own> {
            __orm::DynDraft::new()
        }
        /// The primary key.
        #vis fn pk(&self) -> <#own as __orm::Model>::Pk {
            __orm::Model::pk(self)
        }
    }
}

fn writes(model: &Model) -> TokenStream {
    let (own, vis) = (&model.ident, &model.vis);
    quote! {
        /// Writes all columns of the row, which must exist.
        #[track_caller]
        #vis fn save<'a>(
            &'a mut self,
            db: &'a impl __orm::Executor,
        ) -> __orm::BoxFuture<'a, __orm::Result<()>> {
            __orm::instance::save(self, db)
        }
        /// Writes some columns of the row, which must exist: `|b| (b.name(), b.author())`.
        #[track_caller]
        #vis fn save_fields<'a, __X: __orm::Columns<#own>>(
            &'a mut self,
            db: &'a impl __orm::Executor,
            fields: impl ::core::ops::FnOnce(&__orm::Fields<#own>) -> __X,
        ) -> __orm::BoxFuture<'a, __orm::Result<()>> {
            __orm::instance::save_fields(self, db, fields)
        }
        /// Writes all columns of the row, which is inserted where it is not there. True where it
        /// was inserted.
        #[track_caller]
        #vis fn save_or_insert<'a>(
            &'a mut self,
            db: &'a impl __orm::Executor,
        ) -> __orm::BoxFuture<'a, __orm::Result<bool>> {
            __orm::instance::save_or_insert(self, db)
        }
        /// Changes columns in the database, by expressions, and reads the row again.
        #[track_caller]
        #vis fn update<'a, __X: __orm::Assignments<#own>>(
            &'a mut self,
            db: &'a impl __orm::Executor,
            assignments: impl ::core::ops::FnOnce(&__orm::Fields<#own>) -> __X,
        ) -> __orm::BoxFuture<'a, __orm::Result<()>> {
            __orm::instance::update(self, db, assignments)
        }
        /// Reads the row again.
        #[track_caller]
        #vis fn refresh<'a>(
            &'a mut self,
            db: &'a impl __orm::Executor,
        ) -> __orm::BoxFuture<'a, __orm::Result<()>> {
            __orm::instance::refresh(self, db)
        }
        /// Reads some fields of the row again; the others stay as they are.
        #[track_caller]
        #vis fn refresh_fields<'a, __X: __orm::Columns<#own>>(
            &'a mut self,
            db: &'a impl __orm::Executor,
            fields: impl ::core::ops::FnOnce(&__orm::Fields<#own>) -> __X,
        ) -> __orm::BoxFuture<'a, __orm::Result<()>> {
            __orm::instance::refresh_fields(self, db, fields)
        }
        /// Deletes the row.
        #[track_caller]
        #vis fn delete<'a>(
            self,
            db: &'a impl __orm::Executor,
        ) -> __orm::BoxFuture<'a, __orm::Result<__orm::Deleted>> {
            __orm::instance::delete(self, db)
        }
    }
}

/// `book.tags()`
fn many_to_many(model: &Model) -> TokenStream {
    let (own, vis) = (&model.ident, &model.vis);
    let sets = model.many_to_many().map(|(field, many)| {
        let (accessor, docs, to) = (&field.accessor, &field.docs, &many.target.path);
        let relation = relation(model, field);
        let via = super::reverse::via(own, many, &quote!(__orm));
        quote! {
            #docs
            #vis fn #accessor(&self) -> __orm::QuerySet<#to, #to, #via> {
                __orm::relation::related_to(self, __orm::Step::Forward(#relation))
            }
        }
    });
    sets.collect()
}
