//! What is written in `combined!`.

use crate::errors::{Errors, did_you_mean};
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
    /// `#[combined(view)]`
    pub view: Option<View>,
}

/// How the rows are kept in the database.
#[derive(PartialEq)]
pub enum View {
    /// As a view, made anew whenever it is read.
    Plain,
    /// As a view whose rows are stored.
    Materialized,
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
        let (mut attrs, vis) = (input.call(Attribute::parse_outer)?, input.parse()?);
        let view = view(&mut attrs)?;
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
        Ok(Combined { attrs, derives, vis, ident, variants, columns, has_primary_key, view })
    }
}

/// `#[combined(view)]`, `#[combined(materialized)]`
fn view(attrs: &mut Vec<Attribute>) -> syn::Result<Option<View>> {
    let mut view = None;
    for attr in attrs.extract_if(.., |attr| attr.path().is_ident("combined")) {
        let word: Ident = attr.parse_args()?;
        view = Some(match word.to_string().as_str() {
            "view" => View::Plain,
            "materialized" => View::Materialized,
            _ => {
                let message = "`#[combined(view)]` keeps the rows as a view of the database, \
                               `#[combined(materialized)]` as a materialized one";
                return Err(syn::Error::new(word.span(), message));
            }
        });
    }
    Ok(view)
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
        crate::attr::snake(&self.ident.unraw().to_string())
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
    pub fn check(&mut self, errors: &Errors) {
        if self.variants.is_empty() {
            let message = format!("name the models: `{} {{ Post, Photo }}`", self.ident);
            errors.at(self.ident.span(), message);
        }
        let mut seen: Vec<Ident> = Vec::new();
        self.variants.retain_mut(|variant| {
            variant.check(errors);
            let is_new = !seen.contains(&variant.ident);
            if !is_new {
                let message = format!(
                    "`{0}` stands here twice: `{0}Old({0}) = {0}::objects().filter(…)` gives the rows of one \
                     model a second name",
                    variant.ident
                );
                errors.at(variant.ident.span(), message);
            }
            seen.push(variant.ident.clone());
            is_new
        });
        self.columns.retain(|column| column.check(&self.ident, &seen, errors));
    }
}

impl Variant {
    /// Reports what it holds that nothing reads.
    fn check(&mut self, errors: &Errors) {
        if self.types.len() > 1 && self.rows.is_none() {
            let message = format!(
                "`{0}` holds more than a row: say what it is read by, \
                 `{0}(…) = {1}::objects().select_related(…)`",
                self.ident,
                self.model()
            );
            errors.at(self.ident.span(), message);
            self.types.truncate(1);
        }
    }
}

impl Column {
    /// Whether it can be a column of all variants.
    fn check(&self, of: &Ident, variants: &[Ident], errors: &Errors) -> bool {
        let mut is_fine = true;
        if ["kind", "row"].iter().any(|taken| self.ident == taken) {
            let message =
                format!("`{}` is what every row has: give the column another name", self.ident);
            errors.at(self.ident.span(), message);
            is_fine = false;
        }
        for (variant, _) in &self.of {
            if !variants.contains(variant) {
                let known: Vec<String> = variants.iter().map(ToString::to_string).collect();
                let near = did_you_mean(&variant.to_string(), known.iter().map(String::as_str));
                errors.at(variant.span(), format!("`{of}` has no variant `{variant}`{near}"));
                is_fine = false;
            }
        }
        is_fine
    }
}
