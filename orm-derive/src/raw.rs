//! `raw!("SELECT … FROM ({books}) AS b WHERE n > {min}", min = 3)`: SQL with values and query sets in it.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, Ident, LitStr, Token};

/// What `raw!` is given.
pub struct Raw {
    pieces: Vec<Piece>,
    args: Vec<Expr>,
}

enum Piece {
    Text(String),
    Arg(usize),
}

impl Parse for Raw {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let text: LitStr = input.parse().map_err(|error| {
            let message = "`raw!` takes SQL as a text in quotes, and what stands in it as `{name}`: \
                           `raw!(\"SELECT … WHERE n > {min}\", min = 3)`";
            syn::Error::new(error.span(), message)
        })?;
        let mut given: Vec<(Ident, Expr, bool)> = Vec::new();
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let name = Ident::parse_any(input).map_err(|error| {
                syn::Error::new(error.span(), "what stands in the SQL has a name: `min = 3`")
            })?;
            input.parse::<Token![=]>()?;
            given.push((name, input.parse()?, false));
        }
        if !input.is_empty() {
            return Err(input.error("expected a comma"));
        }
        let mut names = Vec::new();
        let pieces = pieces(&text, &mut given, &mut names)?;
        if let Some((name, ..)) = given.iter().find(|(.., used)| !used) {
            let message =
                format!("`{name}` stands nowhere in the SQL: write `{{{name}}}` where it belongs");
            return Err(syn::Error::new(name.span(), message));
        }
        Ok(Raw { pieces, args: names.into_iter().map(|(_, value)| value).collect() })
    }
}

/// Cuts the text at its names.
fn pieces(
    text: &LitStr,
    given: &mut [(Ident, Expr, bool)],
    names: &mut Vec<(String, Expr)>,
) -> syn::Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let sql = text.value();
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        let doubled = matches!(c, '{' | '}') && chars.next_if_eq(&c).is_some();
        match c {
            '{' if !doubled => {
                let name: String = std::iter::from_fn(|| chars.next_if(|c| *c != '}')).collect();
                if chars.next().is_none() || syn::parse_str::<Ident>(name.trim()).is_err() {
                    return Err(syn::Error::new(text.span(), BRACES));
                }
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
                pieces.push(Piece::Arg(place_of(name.trim(), text.span(), given, names)));
            }
            '}' if !doubled => return Err(syn::Error::new(text.span(), BRACES)),
            c => plain.push(c),
        }
    }
    pieces.push(Piece::Text(plain));
    Ok(pieces)
}

const BRACES: &str = "what stands in braces is the name of a value or of a query set; braces of the SQL \
                      itself are doubled: `'{{1,2}}'`";

/// The place of what has a name: given, or a variable that is called so.
fn place_of(
    name: &str,
    span: Span,
    given: &mut [(Ident, Expr, bool)],
    names: &mut Vec<(String, Expr)>,
) -> usize {
    if let Some(place) = names.iter().position(|(known, _)| known == name) {
        return place;
    }
    let found = given.iter_mut().find(|(known, ..)| known.unraw() == name);
    let value = match found {
        Some((_, value, used)) => {
            *used = true;
            value.clone()
        }
        None => {
            let variable = format_ident!("{}", name, span = span);
            syn::parse_quote!(#variable)
        }
    };
    names.push((name.to_owned(), value));
    names.len() - 1
}

impl Raw {
    /// ```text
    /// RawStatement::new(&[RawPiece::Text("SELECT … > "), RawPiece::Arg(0)], vec![IntoRawArg::into_raw_arg(3)])
    /// ```
    pub fn expand(&self) -> TokenStream {
        let pieces = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(text) if text.is_empty() => None,
            Piece::Text(text) => Some(quote!(::orm::private::RawPiece::Text(#text))),
            Piece::Arg(place) => Some(quote!(::orm::private::RawPiece::Arg(#place))),
        });
        let args = &self.args;
        quote!(::orm::private::RawStatement::new(
            &[#(#pieces),*],
            ::std::vec![#(::orm::private::IntoRawArg::into_raw_arg(#args)),*],
        ))
    }
}
