//! The macros of the `orm` crate.
//!
//! Attributes are parsed ([`attr`]) into a description ([`model`]), rules across attributes are
//! checked ([`check`]), and the description is expanded ([`expand`]). Mistakes are collected and
//! reported all at once, beside an expansion that leaves out what is wrong.

#![warn(missing_docs)]

mod attr;
mod check;
mod choices;
mod column;
mod draft;
mod errors;
mod expand;
mod fields;
mod keywords;
#[cfg(test)]
mod mistakes;
mod model;
mod queryset;
mod row;

use errors::Errors;
use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct a model: a table, its paths, its query sets, its drafts.
#[proc_macro_derive(Model, attributes(model, field))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    reported(|errors| match model::build::model(&input, errors) {
        Some(mut model) => {
            check::check(&mut model, errors);
            expand::model(&model)
        }
        None => expand::stub(&input),
    })
}

/// Columns that several models share: `#[model(flatten)] times: Timestamps`.
#[proc_macro_derive(ModelFields, attributes(model, field))]
pub fn derive_model_fields(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    reported(|errors| fields::expand(&input, errors))
}

/// Makes an enum a column type whose variants stand for texts or numbers.
#[proc_macro_derive(Choices, attributes(choice))]
pub fn derive_choices(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    reported(|errors| choices::expand(&input, errors))
}

/// Makes a newtype around a column type a column type.
#[proc_macro_derive(Column)]
pub fn derive_column(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    reported(|errors| column::expand(&input, errors))
}

/// Makes methods of `impl QuerySet<Book>` methods of every query set of `Book`, by a trait
/// `BookQuerySet` that is generated and implemented.
#[proc_macro_attribute]
pub fn queryset(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as syn::ItemImpl);
    reported(|errors| queryset::expand(arguments.into(), &item, errors))
}

/// Conditions as keywords: `filter(q!(author__name__icontains = "lennon", year__gte = 2020))`.
///
/// Names are checked like those of the closure that it expands to. With the model's name in front,
/// `q!(Book: name = "x")`, it is a `Q<Book>` to keep.
#[proc_macro]
pub fn q(input: TokenStream) -> TokenStream {
    parse_macro_input!(input as keywords::Keywords).expand().into()
}

/// Selects into a struct by the names of its fields: `row!(Card { title: b.name(), n: … })`; or into
/// a `DynRow`: `row!{ id: b.id() }`.
#[proc_macro]
pub fn row(input: TokenStream) -> TokenStream {
    parse_macro_input!(input as row::Row).expand().into()
}

/// A row to be: `draft!(Book { name: "Django tips", author: &author })`.
///
/// `..book` takes the rest over from a row that exists, but for its key.
#[proc_macro]
pub fn draft(input: TokenStream) -> TokenStream {
    let draft = parse_macro_input!(input as draft::Draft);
    draft.expand().into()
}

/// An expansion, with all mistakes that were found on the way.
fn reported(expand: impl FnOnce(&Errors) -> proc_macro2::TokenStream) -> TokenStream {
    let errors = Errors::default();
    let expanded = expand(&errors);
    let errors = errors.into_tokens();
    quote!(#errors #expanded).into()
}
