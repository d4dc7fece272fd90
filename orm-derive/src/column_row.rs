//! `#[derive(ColumnRow)]`: a struct as a row of raw SQL, by the names of its columns.

use crate::attr::{options, text};
use crate::errors::Errors;
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields};

/// ```text
/// raw_rows!(Card, |into| into.named("Card", [("title", <String as Column>::SQL_TYPE)]),
///     |reader| Ok(Card { title: reader.column()? }));
/// ```
pub fn expand(input: &DeriveInput, errors: &Errors) -> TokenStream {
    if let Some(parameter) = input.generics.params.first() {
        let message =
            "`#[derive(ColumnRow)]` cannot have parameters: its fields are columns of known types";
        errors.push(syn::Error::new_spanned(parameter, message));
        return TokenStream::new();
    }
    let Data::Struct(syn::DataStruct { fields: Fields::Named(fields), .. }) = &input.data else {
        let message = "`#[derive(ColumnRow)]` needs a struct with names: they are those of the columns; \
                       rows without names are tuples: `query_as::<(i64, String)>`";
        errors.at(input.ident.span(), message);
        return TokenStream::new();
    };
    let mut columns = Vec::new();
    let mut members = Vec::new();
    for field in &fields.named {
        let Some(member) = &field.ident else { continue };
        let mut column = member.unraw().to_string();
        options(&field.attrs, "field", &["column"], errors, |_, _, input| {
            column = text(input)?.value;
            Ok(())
        });
        let of = &field.ty;
        columns.push(quote!((#column, <#of as ::orm::private::Column>::SQL_TYPE)));
        members.push(member);
    }
    let row = &input.ident;
    let name = format!("the row {}", row.unraw());
    quote! {
        ::orm::private::raw_rows!(
            #row: ::std::marker::Send,
            |into| into.named(#name, [#(#columns),*]),
            |reader| ::std::result::Result::Ok(#row { #(#members: reader.column()?),* })
        );
    }
}
