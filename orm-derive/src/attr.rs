//! Attributes: from tokens to typed options that remember where they stand.

mod elsewhere;
pub mod field;
pub mod flat;
pub mod index;
pub mod misplaced;
pub mod model;

use crate::errors::{Errors, did_you_mean};
use proc_macro2::{Span, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, Ident, Lit, LitBool, LitStr, Token, parenthesized};

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct At<T> {
    pub value: T,
    pub span: Span,
}

impl<T> At<T> {
    pub fn new(value: T, span: Span) -> Self {
        At { value, span }
    }
}

/// Hands every option of the attributes of one name to `take`, and goes on after mistakes.
pub fn options(
    attributes: &[Attribute],
    name: &str,
    known: &[&str],
    errors: &Errors,
    mut take: impl FnMut(&str, &Ident, ParseStream<'_>) -> syn::Result<()>,
) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(name)) {
        let parsed = attribute.parse_args_with(|input: ParseStream<'_>| {
            options_of(input, name, known, errors, &mut take);
            Ok(())
        });
        errors.take(parsed);
    }
}

/// The options inside of one pair of parentheses.
pub fn options_of(
    input: ParseStream<'_>,
    place: &str,
    known: &[&str],
    errors: &Errors,
    take: &mut dyn FnMut(&str, &Ident, ParseStream<'_>) -> syn::Result<()>,
) {
    while !input.is_empty() {
        if input.peek(LitStr) {
            errors
                .at(input.span(), format!("options stand without quotes: `#[{place}(name = …)]`"));
            skip_to_comma(input);
        } else if let Err(error) = option(input, place, known, take) {
            errors.push(error);
            skip_to_comma(input);
        }
        if !input.is_empty() && input.parse::<Token![,]>().is_err() {
            errors.at(input.span(), "expected `,` between options");
            skip_to_comma(input);
            let _ = input.parse::<Token![,]>();
        }
    }
}

fn option(
    input: ParseStream<'_>,
    place: &str,
    known: &[&str],
    take: &mut dyn FnMut(&str, &Ident, ParseStream<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    let ident = Ident::parse_any(input)?;
    let name = ident.unraw().to_string();
    if known.contains(&name.as_str()) {
        return take(&name, &ident, input).map_err(|error| of_option(&name, &error));
    }
    let near = match elsewhere::elsewhere(place, &name) {
        Some(cure) => format!("; {cure}"),
        None => near(&name, known),
    };
    Err(syn::Error::new(ident.span(), format!("unknown option `{name}` in `#[{place}(…)]`{near}")))
}

/// Options that are read and not there yet.
const LATER: &[&str] = &["extends"];

/// The option that was probably meant, or all of them.
fn near(name: &str, known: &[&str]) -> String {
    let there: Vec<&str> = known.iter().copied().filter(|option| !LATER.contains(option)).collect();
    let near = did_you_mean(name, there.iter().copied());
    if near.is_empty() { format!("; the options are {}", quoted(&there)) } else { near }
}

/// What the parser misses, with the option that it misses it in.
fn of_option(name: &str, error: &syn::Error) -> syn::Error {
    let message = error.to_string();
    let message = match message.as_str() {
        "expected `=`" => "write a value after `=`",
        "expected ident" | "expected identifier" => "expected a name",
        "expected integer literal" => "expected a whole number",
        "expected string literal" => "expected a text in quotes",
        "expected boolean literal" => "expected `true` or `false`",
        other if other.starts_with("expected") => other,
        _ => return error.clone(),
    };
    syn::Error::new(error.span(), format!("`{name}`: {message}"))
}

/// A list of names for a message.
pub fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}

/// What stands after `=`.
pub fn value<T: Parse>(input: ParseStream<'_>) -> syn::Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

/// A closure over the fields after `=`.
pub fn closure(input: ParseStream<'_>) -> syn::Result<Expr> {
    let expr: Expr = value(input)?;
    match &expr {
        Expr::Lit(_) => {
            let message = "expected a closure over the fields: `|t| …`";
            Err(syn::Error::new_spanned(&expr, message))
        }
        _ => Ok(expr),
    }
}

/// A text after `=`.
pub fn text(input: ParseStream<'_>) -> syn::Result<At<String>> {
    let text: LitStr = value(input)?;
    Ok(At::new(text.value(), text.span()))
}

/// A number after `=`.
pub fn number<N>(input: ParseStream<'_>) -> syn::Result<At<N>>
where
    N: std::str::FromStr,
    N::Err: std::fmt::Display,
{
    let number: syn::LitInt = value(input)?;
    let value = number.base10_parse().map_err(|_| {
        let negative = number.base10_digits().starts_with('-');
        let message = if negative { "not a negative number" } else { "not a number of this size" };
        syn::Error::new(number.span(), format!("expected a whole number, and {message}"))
    });
    Ok(At::new(value?, number.span()))
}

/// True for the bare name; or `= true`, `= false`.
pub fn flag(name: &Ident, input: ParseStream<'_>) -> syn::Result<At<bool>> {
    if !input.peek(Token![=]) {
        return Ok(At::new(true, name.span()));
    }
    let flag: LitBool = value(input)?;
    Ok(At::new(flag.value, name.span()))
}

/// When a constraint is checked that can wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deferrable {
    Deferred,
    Immediate,
}

/// `deferrable`, which means `deferrable = deferred`, or `deferrable = immediate`.
pub fn deferrable(name: &Ident, input: ParseStream<'_>) -> syn::Result<Option<At<Deferrable>>> {
    let said = |deferrable| Some(At::new(deferrable, name.span()));
    if !input.peek(Token![=]) {
        return Ok(said(Deferrable::Deferred));
    }
    input.parse::<Token![=]>()?;
    if input.peek(LitBool) {
        let is_so: LitBool = input.parse()?;
        return Ok(said(Deferrable::Deferred).filter(|_| is_so.value));
    }
    let word = ident_or_text(input)?;
    match word.to_string().to_lowercase().as_str() {
        "deferred" => Ok(said(Deferrable::Deferred)),
        "immediate" => Ok(said(Deferrable::Immediate)),
        _ => {
            let message = "a constraint is `deferrable = deferred` or `deferrable = immediate`";
            Err(syn::Error::new(word.span(), message))
        }
    }
}

/// `with(fillfactor = 70, fastupdate = false)`: storage parameters with their values as texts.
pub fn storage(input: ParseStream<'_>) -> syn::Result<Vec<(String, String)>> {
    let content;
    parenthesized!(content in input);
    let parameter = |input: ParseStream<'_>| {
        let mut name = Ident::parse_any(input)?.unraw().to_string();
        while input.parse::<Option<Token![.]>>()?.is_some() {
            name = format!("{name}.{}", Ident::parse_any(input)?.unraw());
        }
        input.parse::<Token![=]>()?;
        let sign = if input.parse::<Option<Token![-]>>()?.is_some() { "-" } else { "" };
        let value = match input.parse::<Lit>()? {
            Lit::Str(text) => text.value(),
            Lit::Bool(flag) => flag.value.to_string(),
            Lit::Int(number) => format!("{sign}{}", number.base10_digits()),
            Lit::Float(number) => format!("{sign}{}", number.base10_digits()),
            other => {
                return Err(syn::Error::new(other.span(), "expected a number, a word or a text"));
            }
        };
        Ok((name, value))
    };
    Ok(content.parse_terminated(parameter, Token![,])?.into_iter().collect())
}

/// A name after `=`, as an identifier or as text.
pub fn name(input: ParseStream<'_>) -> syn::Result<Ident> {
    input.parse::<Token![=]>()?;
    ident_or_text(input)
}

fn ident_or_text(input: ParseStream<'_>) -> syn::Result<Ident> {
    if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        return ident(&text.value(), text.span());
    }
    Ident::parse_any(input)
}

/// An identifier made of text, raw where it is a keyword.
pub fn ident(text: &str, span: Span) -> syn::Result<Ident> {
    let mut ident = syn::parse_str::<Ident>(text)
        .or_else(|_| syn::parse_str::<Ident>(&format!("r#{text}")))
        .map_err(|_| syn::Error::new(span, format!("`{text}` is not a name in Rust")))?;
    ident.set_span(span);
    Ok(ident)
}

/// `created_by` of `CreatedBy`.
pub fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (place, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && place > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
