//! What is written in `combined!`.

use crate::errors::Errors;
use crate::model::types;
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, Token, Type, Visibility, braced, parenthesized};

/// `#[…] pub Feed { Post, Photo } by { created: DateTime<Utc> }`
pub struct Combined {
    pub attrs: Vec<Attribute>,
    /// Those of the attributes that the enum of the rows has, too.
    pub derives: Vec<Attribute>,
    pub vis: Visibility,
    pub ident: Ident,
    pub variants: Vec<Variant>,
    pub columns: Vec<Column>,
    /// `primary_key` is among the attributes.
    pub has_primary_key: bool,
}

/// `Post`, `Photo(media::Photo)`, `Post(Post, User) = Post::objects().select_related(|p| p.author())`
pub struct Variant {
    pub docs: Vec<Attribute>,
    pub ident: Ident,
    pub types: Vec<Type>,
    /// The query set, where it is not that of the default manager.
    pub rows: Option<Expr>,
}

/// `title: String = { Photo: |p| p.caption() }`
pub struct Column {
    pub attrs: Vec<Attribute>,
    pub ident: Ident,
    pub ty: Type,
    /// What it is in the rows of a variant, where it is no field of that name.
    pub of: Vec<(Ident, Expr)>,
}

impl Parse for Combined {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (attrs, vis) = (input.call(Attribute::parse_outer)?, input.parse()?);
        if input.peek(Token![enum]) {
            input.parse::<Token![enum]>()?;
        }
        let ident = input.parse()?;
        let inside;
        braced!(inside in input);
        let variants: Punctuated<Variant, Token![,]> =
            inside.parse_terminated(Variant::parse, Token![,])?;
        let mut columns = Vec::new();
        if !input.is_empty() {
            let by: Ident = input.parse()?;
            if by != "by" {
                let message = "the columns that all models have stand behind `by`: \
                               `by { created: DateTime<Utc> }`";
                return Err(syn::Error::new(by.span(), message));
            }
            let inside;
            braced!(inside in input);
            let all: Punctuated<Column, Token![,]> =
                inside.parse_terminated(Column::parse, Token![,])?;
            columns.extend(all);
        }
        let derives = attrs.iter().filter(|attr| attr.path().is_ident("derive")).cloned().collect();
        let has_primary_key = attrs.iter().any(says_primary_key);
        let variants = variants.into_iter().collect();
        Ok(Combined { attrs, derives, vis, ident, variants, columns, has_primary_key })
    }
}

/// `#[model(primary_key = […])]`
fn says_primary_key(attr: &Attribute) -> bool {
    let is_it = |token: TokenTree| matches!(token, TokenTree::Ident(word) if word == "primary_key");
    let inside = attr.meta.require_list().map(|list| list.tokens.clone());
    attr.path().is_ident("model") && inside.is_ok_and(|tokens| tokens.into_iter().any(is_it))
}

impl Parse for Variant {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (docs, ident) = (input.call(Attribute::parse_outer)?, input.parse::<Ident>()?);
        let mut types = Vec::new();
        if input.peek(syn::token::Paren) {
            let inside;
            parenthesized!(inside in input);
            let all: Punctuated<Type, Token![,]> =
                inside.parse_terminated(Type::parse, Token![,])?;
            types.extend(all);
        }
        if types.is_empty() {
            types.push(syn::parse2(ident.to_token_stream())?);
        }
        let is_said = input.parse::<Option<Token![=]>>()?.is_some();
        let rows = if is_said { Some(input.parse()?) } else { None };
        Ok(Variant { docs, ident, types, rows })
    }
}

impl Parse for Column {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (attrs, ident) = (input.call(Attribute::parse_outer)?, input.parse()?);
        input.parse::<Token![:]>()?;
        let ty = input.parse()?;
        let mut of = Vec::new();
        if input.parse::<Option<Token![=]>>()?.is_some() {
            let inside;
            braced!(inside in input);
            let one = |input: ParseStream<'_>| {
                let ident = input.parse()?;
                input.parse::<Token![:]>()?;
                Ok((ident, input.parse()?))
            };
            let all: Punctuated<(Ident, Expr), Token![,]> =
                inside.parse_terminated(one, Token![,])?;
            of.extend(all);
        }
        Ok(Column { attrs, ident, ty, of })
    }
}

impl Variant {
    /// The first model of its rows.
    pub fn model(&self) -> TokenStream {
        let first = self.types.first();
        let boxed = first.and_then(|ty| types::argument(ty, "Box")?.first().copied());
        boxed.or(first).map(ToTokens::to_token_stream).unwrap_or_default()
    }

    /// What the column of kinds has for it: `blog_post` of `BlogPost`.
    pub fn value(&self) -> String {
        crate::fields::snake(&self.ident.unraw().to_string())
    }
}

impl Combined {
    /// The type of the key, where no column of that name is said.
    pub fn key(&self) -> Option<TokenStream> {
        let is_said = self.columns.iter().any(|column| column.ident == "key");
        let model = self.variants.first().filter(|_| !is_said)?.model();
        Some(quote!(<#model as ::orm::private::Model>::Pk))
    }

    /// Reports what cannot be, and takes it out.
    pub fn check(&self, errors: &Errors) {
        if self.variants.is_empty() {
            let message = format!("name the models: `{} {{ Post, Photo }}`", self.ident);
            errors.at(self.ident.span(), message);
        }
        for (place, variant) in self.variants.iter().enumerate() {
            if self.variants.iter().take(place).any(|other| other.ident == variant.ident) {
                let message = format!(
                    "`{0}` stands here twice: `{0}Old({0}) = {0}::objects().filter(…)` gives the rows of one \
                     model a second name",
                    variant.ident
                );
                errors.at(variant.ident.span(), message);
            }
            if variant.types.len() > 1 && variant.rows.is_none() {
                let message = format!(
                    "`{0}` holds more than a row: say what it is read by, \
                     `{0}(…) = {1}::objects().select_related(…)`",
                    variant.ident,
                    variant.model()
                );
                errors.at(variant.ident.span(), message);
            }
        }
        for column in &self.columns {
            if ["kind", "row"].iter().any(|taken| column.ident == taken) {
                let message = format!(
                    "`{}` is what every row has: give the column another name",
                    column.ident
                );
                errors.at(column.ident.span(), message);
            }
            for (of, _) in &column.of {
                if !self.variants.iter().any(|variant| variant.ident == *of) {
                    let message = format!("`{}` has no variant `{of}`", self.ident);
                    errors.at(of.span(), message);
                }
            }
        }
    }
}
