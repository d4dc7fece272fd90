//! The macros of the `orm` crate.
//!
//! Attributes are parsed ([`attr`]) into a description ([`model`]), rules across attributes are
//! checked ([`check`]), and the description is expanded ([`expand`]). Mistakes are collected and
//! reported all at once, beside an expansion that leaves out what is wrong.

mod attr;
mod check;
mod draft;
mod errors;
mod expand;
mod model;

use errors::Errors;
use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct a model: a table, its paths, its query sets, its drafts.
#[proc_macro_derive(Model, attributes(model, field))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let errors = Errors::default();
    let expanded = match model::build::model(&input, &errors) {
        Some(mut model) => {
            check::check(&mut model, &errors);
            expand::model(&model)
        }
        None => expand::stub(&input),
    };
    let errors = errors.into_tokens();
    quote!(#errors #expanded).into()
}

/// A row to be: `draft!(Book { name: "Django tips", author: &author })`.
///
/// `..book` takes the rest over from a row that exists, but for its key.
#[proc_macro]
pub fn draft(input: TokenStream) -> TokenStream {
    let draft = parse_macro_input!(input as draft::Draft);
    draft.expand().into()
}
