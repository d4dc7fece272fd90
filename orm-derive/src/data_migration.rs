//! `#[data_migration]`: a function that migrations name.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Error, ItemFn, LitStr, Token};

/// `name = "…"`, or nothing.
pub struct Arguments {
    name: Option<LitStr>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() {
            return Ok(Arguments { name: None });
        }
        let key: syn::Ident = input.parse()?;
        if key != "name" {
            return Err(Error::new(key.span(), "expected `name = \"…\"`"));
        }
        input.parse::<Token![=]>()?;
        let name: LitStr = input.parse()?;
        if name.value().is_empty() {
            return Err(Error::new(name.span(), "a data migration has a name"));
        }
        input.parse::<Option<Token![,]>>()?;
        Ok(Arguments { name: Some(name) })
    }
}

/// ```text
/// async fn fill_slugs(step: &DataStep<'_>) -> Result<()> { … }
/// submit! { DataMigration::new("fill_slugs", |step| Box::pin(fill_slugs(step)), (file!(), line!())) }
/// ```
pub fn expand(arguments: &Arguments, item: &ItemFn) -> syn::Result<TokenStream> {
    let signature = &item.sig;
    if signature.asyncness.is_none() || signature.inputs.len() != 1 {
        return Err(Error::new(
            signature.ident.span(),
            "a data migration is `async fn name(step: &DataStep<'_>) -> orm::Result<()>`",
        ));
    }
    let function = &signature.ident;
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => LitStr::new(&function.to_string(), function.span()),
    };
    Ok(quote! {
        #item
        ::orm::private::submit! {
            ::orm::private::DataMigration::new(
                #name,
                |step| ::std::boxed::Box::pin(#function(step)),
                (::core::file!(), ::core::line!()),
            )
        }
    })
}
