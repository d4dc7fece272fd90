//! What is said of a piece of metadata beyond what it must have: one call after another.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Ident;

/// An expression to which calls are added: `<i64 as Held>::FIELD.named("id", "id")`, then
/// `….identity()`.
pub struct Said(pub TokenStream);

impl Said {
    /// `.name()`
    pub fn so(&mut self, name: &str) {
        let name = Ident::new(name, Span::call_site());
        self.0.extend(quote!(.#name()));
    }

    /// `.name(value)`
    pub fn of(&mut self, name: &str, value: impl ToTokens) {
        let name = Ident::new(name, Span::call_site());
        self.0.extend(quote!(.#name(#value)));
    }

    /// `.name(value)`, where there is one.
    pub fn maybe(&mut self, name: &str, value: Option<impl ToTokens>) {
        if let Some(value) = value {
            self.of(name, value);
        }
    }

    /// `.name()`, where it is so.
    pub fn so_if(&mut self, is_so: bool, name: &str) {
        if is_so {
            self.so(name);
        }
    }

    /// `.name(&[…])`, where there are any.
    pub fn list(&mut self, name: &str, all: Vec<TokenStream>) {
        if !all.is_empty() {
            self.of(name, quote!(&[#(#all),*]));
        }
    }
}
