//! `#[derive(Column)]`: a newtype around a column type is one itself.

use crate::errors::Errors;
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
    implement(&input.ident, &member, &field.ty)
}

/// ```text
/// impl Single for Cents {}
/// impl Column for Cents {
///     const SQL_TYPE: SqlType = <i64 as Column>::SQL_TYPE;
///     fn decode(raw: &[u8]) -> Result<Self, CellError> { <i64 as Column>::decode(raw).map(|value| Cents { 0: value }) }
///     fn to_value(&self) -> SqlValue { Column::to_value(&self.0) }
/// }
/// ```
fn implement(own: &Ident, member: &TokenStream, ty: &syn::Type) -> TokenStream {
    quote! {
        const _: () = {
            use ::orm::private as __orm;
            impl __orm::Single for #own {}
            impl __orm::Column for #own {
                type Inner = Self;
                type Null = __orm::NotNull;
                const SQL_TYPE: __orm::SqlType = <#ty as __orm::Column>::SQL_TYPE;
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
