//! What the form of a field's type says.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, Ident, Path, PathArguments, PathSegment, Type};

/// The argument of `Option<…>`.
pub fn option_of(ty: &Type) -> Option<&Type> {
    argument(ty, "Option").and_then(|arguments| arguments.into_iter().next())
}

/// The arguments of a generic type of this name.
pub fn argument<'a>(ty: &'a Type, name: &str) -> Option<Vec<&'a Type>> {
    let segment = last_segment(ty).filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    Some(types.collect())
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

/// The path of a type that is one.
pub fn path_of(ty: &Type) -> Option<&Path> {
    match ty {
        Type::Path(path) if path.qself.is_none() => Some(&path.path),
        Type::Group(group) => path_of(&group.elem),
        Type::Paren(paren) => path_of(&paren.elem),
        _ => None,
    }
}

/// The type with every `Self` replaced.
pub fn without_self(ty: &Type, own: &Ident) -> Type {
    let tokens = replace_self(ty.to_token_stream(), own);
    syn::parse2(tokens).unwrap_or_else(|_| ty.clone())
}

fn replace_self(tokens: TokenStream, own: &Ident) -> TokenStream {
    let replaced = tokens.into_iter().map(|token| match token {
        TokenTree::Ident(ident) if ident == "Self" => {
            TokenTree::Ident(Ident::new(&own.to_string(), ident.span()))
        }
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), replace_self(group.stream(), own));
            inner.set_span(group.span());
            TokenTree::Group(inner)
        }
        other => other,
    });
    replaced.collect()
}

/// What a type is known to be by its name. Types of one's own are [`Known::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    Integer,
    Float,
    Decimal,
    Bool,
    Text,
    Moment,
    Uuid,
    Json,
    List,
    Other,
}

/// What a type without its `Option` is known to be.
pub fn known(ty: &Type) -> Known {
    let Some(segment) = last_segment(ty) else { return Known::Other };
    match segment.ident.to_string().as_str() {
        "i16" | "i32" | "i64" => Known::Integer,
        "f32" | "f64" => Known::Float,
        "Decimal" => Known::Decimal,
        "bool" => Known::Bool,
        "String" => Known::Text,
        "DateTime" | "NaiveDate" | "NaiveDateTime" | "NaiveTime" => Known::Moment,
        "Uuid" => Known::Uuid,
        "Value" | "Json" => Known::Json,
        "Vec" => Known::List,
        _ => Known::Other,
    }
}

/// The type as a person reads it.
pub fn text(ty: &Type) -> String {
    let mut text = String::new();
    for token in ty.to_token_stream() {
        text.push_str(&token.to_string());
    }
    text
}
