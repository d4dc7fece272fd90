//! `#[derive(Column)]`: a newtype around a column type is one itself.

use crate::attr::{options, text};
use crate::errors::Errors;
use crate::model::no_column;
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use syn::{Data, DeriveInput, Ident};

/// Expands the derive.
pub fn expand(input: &DeriveInput, errors: &Errors) -> TokenStream {
    if let Some(parameter) = input.generics.params.first() {
        let message = "`#[derive(Column)]` cannot have parameters; implement `Column` by hand";
        errors.push(syn::Error::new_spanned(parameter, message));
        return TokenStream::new();
    }
    let field = match &input.data {
        Data::Struct(data) if data.fields.len() == 1 => data.fields.iter().next(),
        _ => None,
    };
    let Some(field) = field else {
        let cure = match &input.data {
            Data::Enum(_) => "; for an enum use `#[derive(Choices)]`",
            _ => "; for several columns use `#[derive(ModelFields)]`",
        };
        let message = format!("`#[derive(Column)]` needs a struct of one field{cure}");
        errors.at(input.ident.span(), message);
        return TokenStream::new();
    };
    let member = match &field.ident {
        Some(ident) => ident.to_token_stream(),
        None => Literal::usize_unsuffixed(0).to_token_stream(),
    };
    let sql_type = named_type(input, errors);
    if let Some(found) = no_column(&field.ty) {
        errors.push(syn::Error::new_spanned(&field.ty, found.message));
        return TokenStream::new();
    }
    implement(&input.ident, &member, &field.ty, sql_type.as_deref())
}

/// `#[column(type = "citext")]`: a type of the database that has no Rust type of its own.
fn named_type(input: &DeriveInput, errors: &Errors) -> Option<String> {
    let mut name = None;
    options(&input.attrs, "column", &["type"], errors, |_, _, input| {
        name = Some(text(input)?.value);
        Ok(())
    });
    name
}

/// ```text
/// impl Single for Cents {}
/// impl Column for Cents {
///     const SQL_TYPE: SqlType = <i64 as Column>::SQL_TYPE;
///     fn decode(raw: &[u8]) -> Result<Self, CellError> { <i64 as Column>::decode(raw).map(|value| Cents { 0: value }) }
///     fn to_value(&self) -> SqlValue { Column::to_value(&self.0) }
/// }
/// ```
fn implement(
    own: &Ident,
    member: &TokenStream,
    ty: &syn::Type,
    sql_type: Option<&str>,
) -> TokenStream {
    let sql_type = match sql_type {
        Some(name) => quote!(__orm::SqlType::Named(#name)),
        None => quote!(<#ty as __orm::Column>::SQL_TYPE),
    };
    quote! {
        const _: () = {
            use ::orm::private as __orm;
            impl __orm::Single for #own {}
            impl __orm::Column for #own {
                type Inner = Self;
                type Null = __orm::NotNull;
                const SQL_TYPE: __orm::SqlType = #sql_type;
                const CHOICES: &'static [__orm::Choice] = <#ty as __orm::Column>::CHOICES;
                const ENUM_TYPE: ::core::option::Option<&'static __orm::EnumType> =
                    <#ty as __orm::Column>::ENUM_TYPE;
                fn decode(raw: &[u8]) -> ::core::result::Result<Self, __orm::CellError> {
                    let value = __orm::never_null::<#ty>(raw)?;
                    ::core::result::Result::Ok(#own { #member: value })
                }
                fn to_value(&self) -> __orm::SqlValue {
                    __orm::Column::to_value(&self.#member)
                }
                fn into_value(self) -> __orm::SqlValue {
                    __orm::Column::into_value(self.#member)
                }
            }
        };
    }
}
