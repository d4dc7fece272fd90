//! What ties a model to the one that it extends.

use super::{at, row};
use crate::model::{Column, Field, Model};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// ```text
/// impl Extends for Thread {
///     type Parent = Content;
///     fn with_parent(parent: Content, reader: &mut Reader<'_>) -> Decoded<Self> { … }
/// }
/// impl Deref for Thread { type Target = Content; … }
/// impl DerefMut for Thread { … }
/// const _: () = assert!(is_free(<Content as Model>::FIELDS, "title", "title"), "…");
/// ```
pub fn implementation(model: &Model) -> TokenStream {
    let Some((field, parent)) = model.parent() else { return TokenStream::new() };
    let (own, name, parent) = (&model.ident, &field.ident, &parent.path);
    let bounds = super::targets::bounds(model);
    let others = row::decode(model.fields.iter().filter(|other| other.index != field.index));
    let checks = checks(model, parent);
    quote! {
        #[diagnostic::do_not_recommend]
        impl __orm::Extends for #own #bounds {
            type Parent = #parent;
            fn with_parent(
                parent: #parent,
                reader: &mut __orm::Reader<'_>,
            ) -> __orm::Decoded<Self> {
                reader.skip(1);
                ::core::result::Result::Ok(#own { #name: parent, #others })
            }
            fn parent_mut(&mut self) -> &mut #parent {
                &mut self.#name
            }
        }
        #[diagnostic::do_not_recommend]
        impl<__B: __orm::Model> __orm::KindOf<__B> for #own where #parent: __orm::KindOf<__B> {}
        impl ::core::ops::Deref for #own {
            type Target = #parent;
            fn deref(&self) -> &#parent {
                &self.#name
            }
        }
        impl ::core::ops::DerefMut for #own {
            fn deref_mut(&mut self) -> &mut #parent {
                &mut self.#name
            }
        }
        #checks
    }
}

/// ```text
/// fn part(&self, model: &'static ModelMeta) -> Option<&(dyn Any + Send + Sync)> {
///     if model == &__META { Some(self) } else { Model::part(&self.parent, model) }
/// }
/// ```
pub fn parts(model: &Model) -> TokenStream {
    let Some((field, _)) = model.parent() else { return TokenStream::new() };
    let name = &field.ident;
    let any = quote!((dyn ::core::any::Any + ::core::marker::Send + ::core::marker::Sync));
    let found = quote!(::core::option::Option::Some(self));
    quote! {
        fn part(
            &self,
            model: &'static __orm::ModelMeta,
        ) -> ::core::option::Option<&#any> {
            if model == &__META { #found } else { __orm::Model::part(&self.#name, model) }
        }
        fn part_mut(
            &mut self,
            model: &'static __orm::ModelMeta,
        ) -> ::core::option::Option<&mut #any> {
            if model == &__META { #found } else { __orm::Model::part_mut(&mut self.#name, model) }
        }
    }
}

/// That the key of the other model is one column, and that no name is there twice.
fn checks(model: &Model, parent: &syn::Path) -> TokenStream {
    let twice = model.columns().map(|(field, column)| twice(model, parent, field, column));
    let flattened = model.flattened().next().map(|field| {
        let message = format!(
            "a column of a struct that `{}` flattens has the name of one of the model that it extends",
            model.name
        );
        quote_spanned! {at(field.ty.span())=>
            const _: () = ::core::assert!(
                __orm::are_free(<#parent as __orm::Model>::FIELDS, &__OWN_FIELDS),
                #message
            );
        }
    });
    let message = format!(
        "`{}` cannot extend a model whose primary key has several columns: make the one a field of \
         the other, by a `OneToOne`",
        model.name
    );
    quote! {
        #(#twice)*
        #flattened
        const _: () = ::core::assert!(
            <<#parent as __orm::Model>::Pk as __orm::Key>::TYPES.width() == 1,
            #message
        );
    }
}

fn twice(model: &Model, parent: &syn::Path, field: &Field, column: &Column) -> TokenStream {
    let message = format!(
        "`{}` of `{}` is there already: the model that it extends has a field or column of that name",
        field.name, model.name
    );
    let names = column.names();
    let name = &field.name;
    let free = names
        .map(|column| quote!(__orm::is_free(<#parent as __orm::Model>::FIELDS, #name, #column)));
    quote_spanned! {at(field.ident.span())=>
        const _: () = ::core::assert!(#(#free)&&*, #message);
    }
}
