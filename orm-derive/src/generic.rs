//! `#[derive(GenericForeignKey)]`: an enum of keys, each to another model.
//!
//! The enum is described as a shared struct with a key for each variant, of which one is set, and
//! expanded as such a struct is, but for reading and writing a row, and for drafts, in which it is one
//! field.

mod describe;
mod expand;
mod form;
mod rows;

use crate::attr::field::OnDelete;
use crate::errors::Errors;
use crate::model::Model;
use proc_macro2::TokenStream;
use syn::{DeriveInput, Ident, Path, Type};

/// An enum of keys.
pub struct Generic {
    /// The enum as a shared struct: a key that may be NULL for each variant, in their order.
    pub model: Model,
    pub variants: Vec<Variant>,
    /// A column of the kind and one of the key, where not each kind has one.
    pub two_columns: Option<form::TwoColumns>,
}

/// A variant.
pub struct Variant {
    pub ident: Ident,
    /// What the path to its rows is called.
    pub accessor: Ident,
    /// `ForeignKey<Book>`
    pub key: Type,
    /// `Book`
    pub to: Path,
    pub one_to_one: bool,
    /// How many columns the key has.
    pub width: usize,
    /// What becomes of the row when the one it leads to goes, where it says that itself.
    pub on_delete: Option<OnDelete>,
    /// What the column of the kind holds, where that is said.
    pub kind: Option<String>,
}

/// Expands the derive; what is wrong is left out.
pub fn expand(input: &DeriveInput, errors: &Errors) -> TokenStream {
    describe::generic(input, errors).map(|generic| expand::generic(&generic)).unwrap_or_default()
}
