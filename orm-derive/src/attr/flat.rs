//! `#[model(flatten, primary_key, with = […], related(author: Author = "articles"))]` on a field.

use super::ident;
use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Path, Token, bracketed, parenthesized};

/// What is said of a flattened struct.
#[derive(Default)]
pub struct Flat {
    /// It has the primary key.
    pub primary_key: Option<Span>,
    /// Structs nested in it that the model flattens, too.
    pub with: Vec<Path>,
    /// What the rows are called on the other side of its relations.
    pub related: Vec<Related>,
}

/// `author: Author = "articles"`
pub struct Related {
    pub field: Ident,
    pub to: Path,
    pub name: Ident,
}

pub const KNOWN: &[&str] = &["flatten", "primary_key", "with", "related"];

/// Reads one option.
pub fn take(
    flat: &mut Flat,
    option: &str,
    ident: &Ident,
    input: ParseStream<'_>,
) -> syn::Result<()> {
    match option {
        "primary_key" => flat.primary_key = Some(ident.span()),
        "with" => {
            input.parse::<Token![=]>()?;
            let content;
            bracketed!(content in input);
            flat.with.extend(content.parse_terminated(Path::parse_mod_style, Token![,])?);
        }
        _ => related_names(flat, input)?,
    }
    Ok(())
}

/// `(author: Author = "articles")`
pub fn related_names(flat: &mut Flat, input: ParseStream<'_>) -> syn::Result<()> {
    let content;
    parenthesized!(content in input);
    flat.related.extend(content.parse_terminated(related, Token![,])?);
    Ok(())
}

/// `author: Author = "articles"`
fn related(input: ParseStream<'_>) -> syn::Result<Related> {
    const FORM: &str = "say the relation, the model that it leads to, and what the rows are called there: \
                        `related(author: Author = \"articles\")`";
    let said = |error: syn::Error| syn::Error::new(error.span(), FORM);
    let field: Ident = input.parse().map_err(said)?;
    input.parse::<Token![:]>().map_err(said)?;
    let to = input.call(Path::parse_mod_style).map_err(said)?;
    input.parse::<Token![=]>().map_err(said)?;
    let name: LitStr = input.parse().map_err(said)?;
    Ok(Related { field, to, name: ident(&name.value(), name.span())? })
}
