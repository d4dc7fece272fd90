//! `#[derive(Kinds)]`: an enum over a type column, whose variants have columns of their own.
//!
//! What a variant holds is described and expanded as a struct with `#[derive(ModelFields)]`, and the enum
//! as one in which the type and those structs stand. What is expanded for it is that of such a struct, but
//! for reading and writing a row, and for drafts, in which it is one field.

mod describe;
mod expand;
mod variants;

pub use describe::accessor;
pub use expand::as_columns;
pub use variants::drafts;

use crate::errors::Errors;
use crate::model::Model;
use proc_macro2::TokenStream;
use syn::{DeriveInput, Ident, Type};

/// An enum of kinds.
pub struct Kinds {
    /// The enum as a shared struct: the column of the type, then what each variant holds.
    pub model: Model,
    pub variants: Vec<Variant>,
    /// The enum of the variants' names: the type of the column.
    pub kind: Ident,
}

/// A variant.
pub struct Variant {
    pub ident: Ident,
    pub holds: Holds,
    /// The field of the enum's description that has its columns.
    pub field: Option<usize>,
}

/// What a variant holds.
pub enum Holds {
    Nothing,
    /// What is wrong, and was said.
    Mistake,
    /// Fields of its own: the description of the struct that is made of them.
    Fields(Box<Model>),
    /// A struct with `#[derive(ModelFields)]`.
    Struct(Box<Type>),
}

/// Expands the derive; what is wrong is left out.
pub fn expand(input: &DeriveInput, errors: &Errors) -> TokenStream {
    describe::kinds(input, errors)
        .map(|kinds| expand::kinds(input, &kinds, errors))
        .unwrap_or_default()
}
