//! `draft!(Book { name: "x", ..book })`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, Ident, Path, Token, braced};

/// What `draft!` is given.
pub struct Draft {
    model: Path,
    fields: Vec<(Ident, Expr)>,
    rest: Option<Expr>,
}

impl Parse for Draft {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let model = input.call(Path::parse_mod_style)?;
        let content;
        braced!(content in input);
        let (mut fields, mut rest) = (Vec::new(), None);
        while !content.is_empty() {
            if content.parse::<Option<Token![..]>>()?.is_some() {
                rest = Some(content.parse()?);
                break;
            }
            let name = Ident::parse_any(&content)?;
            let value = match content.parse::<Option<Token![:]>>()? {
                Some(_) => content.parse()?,
                None => syn::parse2(name.to_token_stream())?,
            };
            fields.push((name, value));
            if content.parse::<Option<Token![,]>>()?.is_none() {
                break;
            }
        }
        if !content.is_empty() {
            return Err(content.error("expected `,` or `}`; `..row` comes last"));
        }
        Ok(Draft { model, fields, rest })
    }
}

impl Draft {
    /// ```text
    /// Book::draft().name("x").copy_from(&book)
    /// ```
    pub fn expand(&self) -> TokenStream {
        let Draft { model, fields, rest } = self;
        let setters =
            fields.iter().map(|(name, value)| quote_spanned!(name.span()=> .#name(#value)));
        let rest = rest.as_ref().map(|row| quote!(.copy_from(&#row)));
        quote!(#model::draft() #(#setters)* #rest)
    }
}
