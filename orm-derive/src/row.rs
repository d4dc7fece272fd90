//! `row!(Card { title: b.name() })` and `row!{ id: b.id() }`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Expr, Ident, Path, Token, braced};

/// What `row!` is given.
pub struct Row {
    target: Option<Path>,
    fields: Vec<(Ident, Expr)>,
}

impl Parse for Row {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        if ahead.call(Path::parse_mod_style).is_ok() && ahead.peek(syn::token::Brace) {
            let target = Some(input.call(Path::parse_mod_style)?);
            let content;
            braced!(content in input);
            return Ok(Row { target, fields: fields(&content)? });
        }
        Ok(Row { target: None, fields: fields(input)? })
    }
}

fn fields(input: ParseStream<'_>) -> syn::Result<Vec<(Ident, Expr)>> {
    let field = |input: ParseStream<'_>| {
        let name = Ident::parse_any(input)?;
        if input.peek(Token![=]) {
            let message = format!("fields of a row are written `{name}: …`, as in a struct");
            return Err(syn::Error::new(input.span(), message));
        }
        let value = match input.parse::<Option<Token![:]>>()? {
            Some(_) => input.parse()?,
            None => syn::parse2(name.to_token_stream())?,
        };
        Ok((name, value))
    };
    Ok(input.parse_terminated(field, Token![,])?.into_iter().collect())
}

impl Row {
    /// ```text
    /// mapped((b.name(), (b.author(), ())), |(__0, (__1, ()))| Card { title: __0, author: __1 })
    /// named(&["id", "author"], (b.id(), (b.author(), ())))
    /// ```
    pub fn expand(&self) -> TokenStream {
        let select = nested(self.fields.iter().map(|(_, value)| selected(value)));
        let Some(target) = &self.target else {
            let names = self.fields.iter().map(|(name, _)| name.unraw().to_string());
            return quote!(::orm::private::named(&[#(#names),*], #select));
        };
        let values = self.fields.iter().enumerate().map(|(place, (_, value))| {
            let span = Span::mixed_site().located_at(value.span());
            format_ident!("__{place}", span = span)
        });
        let values: Vec<Ident> = values.collect();
        let pattern = nested(values.iter().map(ToTokens::to_token_stream));
        let names = self.fields.iter().map(|(name, _)| name);
        quote!(::orm::private::mapped(#select, |#pattern| #target { #(#names: #values),* }))
    }
}

/// Paths such as the closure's argument are cloned: they are used more than once. `prefetch(…)` of
/// one argument is a part of the row; the function of that name loads into rows that are there.
fn selected(value: &Expr) -> TokenStream {
    match value {
        Expr::Path(_) | Expr::Field(_) => quote!(#value.clone()),
        Expr::Call(call) if call.args.len() == 1 && is_prefetch(&call.func) => {
            let relation = call.args.first();
            quote_spanned!(call.func.span()=> ::orm::private::prefetch::prefetched(#relation))
        }
        _ => value.to_token_stream(),
    }
}

fn is_prefetch(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == "prefetch")
}

/// `(a, (b, (c, ())))`
fn nested(items: impl DoubleEndedIterator<Item = TokenStream>) -> TokenStream {
    items.rfold(quote!(()), |rest, item| quote!((#item, #rest)))
}
