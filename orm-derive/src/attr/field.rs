//! `#[field(…)]`.

use super::flat::{self, Flat};
use super::{
    At, Deferrable, closure, flag, ident, ident_or_text, name, number, options, text, value,
};
use crate::errors::Errors;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, Ident, LitStr, Path, Token, bracketed, parenthesized};

/// The options of a field, as written.
#[derive(Default)]
pub struct FieldAttrs {
    pub primary_key: Option<At<bool>>,
    pub identity: Option<At<bool>>,
    pub column: Option<At<String>>,
    /// The columns of a key to a model whose own key has several.
    pub columns: Option<At<Vec<String>>>,
    /// The table between, of a many-to-many relation.
    pub table: Option<At<String>>,
    pub accessor: Option<Ident>,
    pub max_length: Option<At<u32>>,
    pub max_digits: Option<At<u16>>,
    pub decimal_places: Option<At<u16>>,
    pub default: Option<Expr>,
    pub db_default: Option<Expr>,
    pub generated: Option<Expr>,
    pub unique: Option<At<bool>>,
    pub db_index: Option<At<bool>>,
    pub positive: Option<At<bool>>,
    pub auto_now: Option<At<bool>>,
    pub auto_now_add: Option<At<bool>>,
    pub version: Option<At<bool>>,
    pub choices: Option<At<Choices>>,
    pub validators: Vec<Expr>,
    pub upload_to: Option<At<Expr>>,
    pub storage: Option<At<String>>,
    pub on_row_delete: Option<At<bool>>,
    pub label: Option<At<String>>,
    pub help_text: Option<At<String>>,
    pub blank: Option<At<bool>>,
    /// The type of the column, where it is not that of the Rust type.
    pub db_type: Option<At<String>>,
    pub unique_name: Option<At<String>>,
    /// Unique by an index of this name, which is no constraint.
    pub unique_index: Option<At<String>>,
    pub index_name: Option<At<String>>,
    pub constraint_name: Option<At<String>>,
    pub db_collation: Option<At<String>>,
    pub db_comment: Option<At<String>>,
    pub on_delete: Option<At<OnDelete>>,
    pub related_name: Option<At<String>>,
    pub related_query_name: Option<At<String>>,
    pub related: Option<At<String>>,
    pub to_field: Option<Ident>,
    pub through: Option<Path>,
    pub through_fields: Option<At<(String, String)>>,
    pub symmetrical: Option<At<bool>>,
    pub db_constraint: Option<At<bool>>,
    pub deferrable: Option<At<Deferrable>>,
    pub limit_choices_to: Option<Expr>,
    /// The key is an enum of keys.
    pub generic: Option<At<bool>>,
    /// `#[model(flatten)]`
    pub flatten: Option<At<bool>>,
    /// What is said beside it.
    pub flat: Flat,
}

/// The choices of a field: those of its type, or listed.
#[derive(Clone)]
pub enum Choices {
    OfType,
    Listed(Vec<(LitStr, LitStr)>),
}

/// What becomes of the row when the row it refers to goes.
#[derive(Clone)]
pub enum OnDelete {
    Cascade,
    Protect,
    Restrict,
    SetNull,
    SetDefault,
    Set(Expr),
    DoNothing,
}

const KNOWN: &[&str] = &[
    "primary_key",
    "identity",
    "column",
    "columns",
    "table",
    "accessor",
    "max_length",
    "max_digits",
    "decimal_places",
    "default",
    "db_default",
    "generated",
    "unique",
    "db_index",
    "positive",
    "auto_now",
    "auto_now_add",
    "version",
    "choices",
    "validators",
    "upload_to",
    "storage",
    "on_row_delete",
    "label",
    "help_text",
    "blank",
    "db_type",
    "unique_name",
    "unique_index",
    "index_name",
    "constraint_name",
    "db_collation",
    "db_comment",
    "on_delete",
    "related_name",
    "related_query_name",
    "related",
    "to_field",
    "through",
    "through_fields",
    "symmetrical",
    "db_constraint",
    "deferrable",
    "limit_choices_to",
    "generic",
];

/// Reads the attributes of one field.
pub fn parse(attributes: &[Attribute], errors: &Errors) -> FieldAttrs {
    super::misplaced::on_field(attributes, errors);
    let mut attrs = FieldAttrs::default();
    options(attributes, "field", KNOWN, errors, |option, ident, input| {
        if attrs.flags(option, ident, input)?
            || attrs.texts(option, input)?
            || attrs.column(option, ident, input)?
        {
            return Ok(());
        }
        attrs.relation(option, ident, input, errors)
    });
    options(attributes, "model", flat::KNOWN, errors, |option, ident, input| {
        match option {
            "flatten" => attrs.flatten = Some(flag(ident, input)?),
            option => flat::take(&mut attrs.flat, option, ident, input)?,
        }
        Ok(())
    });
    attrs
}

impl FieldAttrs {
    /// Options that are on or off. True where it was one of them.
    fn flags(&mut self, option: &str, ident: &Ident, input: ParseStream<'_>) -> syn::Result<bool> {
        let slot = match option {
            "primary_key" => &mut self.primary_key,
            "identity" => &mut self.identity,
            "unique" => &mut self.unique,
            "db_index" => &mut self.db_index,
            "positive" => &mut self.positive,
            "auto_now" => &mut self.auto_now,
            "auto_now_add" => &mut self.auto_now_add,
            "version" => &mut self.version,
            "blank" => &mut self.blank,
            "generic" => &mut self.generic,
            "symmetrical" => &mut self.symmetrical,
            "db_constraint" => &mut self.db_constraint,
            "deferrable" => {
                self.deferrable = super::deferrable(ident, input)?;
                return Ok(true);
            }
            _ => return Ok(false),
        };
        *slot = Some(flag(ident, input)?);
        Ok(true)
    }

    /// Options that are texts. True where it was one of them.
    fn texts(&mut self, option: &str, input: ParseStream<'_>) -> syn::Result<bool> {
        let slot = match option {
            "column" => &mut self.column,
            "storage" => &mut self.storage,
            "table" => &mut self.table,
            "label" => &mut self.label,
            "help_text" => &mut self.help_text,
            "db_type" => &mut self.db_type,
            "unique_name" => &mut self.unique_name,
            "unique_index" => &mut self.unique_index,
            "index_name" => &mut self.index_name,
            "constraint_name" => &mut self.constraint_name,
            "db_collation" => &mut self.db_collation,
            "db_comment" => &mut self.db_comment,
            "related_name" => &mut self.related_name,
            "related_query_name" => &mut self.related_query_name,
            "related" if input.peek(syn::token::Paren) => {
                return flat::related_names(&mut self.flat, input).map(|()| true);
            }
            "related" => &mut self.related,
            _ => return Ok(false),
        };
        *slot = Some(text(input)?);
        Ok(true)
    }

    /// Options of columns. True where it was one of them.
    fn column(&mut self, option: &str, ident: &Ident, input: ParseStream<'_>) -> syn::Result<bool> {
        match option {
            "columns" => self.columns = Some(At::new(names(input)?, ident.span())),
            "max_length" => self.max_length = Some(number(input)?),
            "max_digits" => self.max_digits = Some(number(input)?),
            "decimal_places" => self.decimal_places = Some(number(input)?),
            "default" => self.default = Some(value(input)?),
            "db_default" => self.db_default = Some(value(input)?),
            "generated" => self.generated = Some(closure(input)?),
            "accessor" => self.accessor = Some(name(input)?),
            "choices" => self.choices = Some(At::new(choices(input)?, ident.span())),
            "upload_to" => self.upload_to = Some(At::new(value(input)?, ident.span())),
            "on_row_delete" => self.on_row_delete = Some(At::new(keeps(input)?, ident.span())),
            "validators" => self.validators.extend(validators(input)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Options of relations.
    fn relation(
        &mut self,
        option: &str,
        ident: &Ident,
        input: ParseStream<'_>,
        errors: &Errors,
    ) -> syn::Result<()> {
        match option {
            "on_delete" => {
                // What is said of it is enough: it is not missing besides.
                self.on_delete = Some(At::new(OnDelete::Cascade, ident.span()));
                self.on_delete = Some(on_delete(input, errors)?);
            }
            "to_field" => self.to_field = Some(name(input)?),
            "through" => self.through = Some(value(input)?),
            "through_fields" => {
                self.through_fields = Some(At::new(pair(input)?, ident.span()));
            }
            "limit_choices_to" => self.limit_choices_to = Some(closure(input)?),
            _ => return Err(input.error("this option is not read")),
        }
        Ok(())
    }
}

/// `= ["store_id", "book_id"]`
fn names(input: ParseStream<'_>) -> syn::Result<Vec<String>> {
    input.parse::<Token![=]>()?;
    let content;
    bracketed!(content in input);
    let names = content.parse_terminated(<LitStr as Parse>::parse, Token![,])?;
    Ok(names.iter().map(LitStr::value).collect())
}

/// `= delete`, or `= keep`: true.
fn keeps(input: ParseStream<'_>) -> syn::Result<bool> {
    let rule = name(input)?;
    match rule.to_string().as_str() {
        "delete" => Ok(false),
        "keep" => Ok(true),
        _ => Err(syn::Error::new(rule.span(), "`on_row_delete` is `delete` or `keep`")),
    }
}

/// `(range(1..=10), email, my_check)`
fn validators(input: ParseStream<'_>) -> syn::Result<Vec<Expr>> {
    let content;
    parenthesized!(content in input);
    Ok(content.parse_terminated(Expr::parse, Token![,])?.into_iter().collect())
}

/// `(from, to)` or `["from", "to"]`, after `=` or not.
fn pair(input: ParseStream<'_>) -> syn::Result<(String, String)> {
    let _ = input.parse::<Option<Token![=]>>()?;
    let content;
    if input.peek(syn::token::Bracket) {
        bracketed!(content in input);
    } else {
        parenthesized!(content in input);
    }
    let names = content.parse_terminated(super::ident_or_text, Token![,])?;
    let names: Vec<String> = names.iter().map(|name| name.unraw().to_string()).collect();
    match <[String; 2]>::try_from(names) {
        Ok([from, to]) => Ok((from, to)),
        Err(_) => Err(input.error("`through_fields` names two fields: `(from, to)`")),
    }
}

/// Bare for those of the type, or `= [("o", "Open"), …]`.
fn choices(input: ParseStream<'_>) -> syn::Result<Choices> {
    if !input.peek(Token![=]) {
        return Ok(Choices::OfType);
    }
    input.parse::<Token![=]>()?;
    let listed: Expr = input.parse()?;
    let message = "`choices` are pairs of a value and its name: `choices = [(\"o\", \"Open\")]`; of an \
                   enum, `#[derive(Choices)]`";
    let wrong = |at: &Expr| syn::Error::new_spanned(at, message);
    let Expr::Array(list) = &listed else { return Err(wrong(&listed)) };
    let pair = |item: &Expr| match item {
        Expr::Tuple(pair) if pair.elems.len() == 2 => {
            let texts = pair.elems.iter().map(|part| syn::parse2(part.to_token_stream()));
            let texts: syn::Result<Vec<LitStr>> = texts.collect();
            match texts.map_err(|_| wrong(item))?.as_slice() {
                [value, label] => Ok((value.clone(), label.clone())),
                _ => Err(wrong(item)),
            }
        }
        _ => Err(wrong(item)),
    };
    Ok(Choices::Listed(list.elems.iter().map(pair).collect::<syn::Result<_>>()?))
}

const ON_DELETE: &[&str] =
    &["Cascade", "Protect", "Restrict", "SetNull", "SetDefault", "Set", "DoNothing"];

fn on_delete(input: ParseStream<'_>, errors: &Errors) -> syn::Result<At<OnDelete>> {
    input.parse::<Token![=]>()?;
    let name = after_dots(input)?;
    let span: Span = name.span();
    let kind = match name.to_string().as_str() {
        "Cascade" => OnDelete::Cascade,
        "Protect" => OnDelete::Protect,
        "Restrict" => OnDelete::Restrict,
        "SetNull" => OnDelete::SetNull,
        "SetDefault" => OnDelete::SetDefault,
        "DoNothing" => OnDelete::DoNothing,
        "Set" => {
            let content;
            parenthesized!(content in input);
            OnDelete::Set(content.parse()?)
        }
        other => {
            let near = near_on_delete(other);
            let choices = super::quoted(ON_DELETE);
            let message = format!("`on_delete` is one of {choices}{near}");
            errors.at(span, message);
            // Something was said, which is not to be asked for once more.
            OnDelete::Cascade
        }
    };
    Ok(At::new(kind, span))
}

/// The last name of `models.CASCADE`, and the text of `"CASCADE"`: what other libraries have.
fn after_dots(input: ParseStream<'_>) -> syn::Result<Ident> {
    let mut name = ident_or_text(input)?;
    while input.parse::<Option<Token![.]>>()?.is_some()
        || input.parse::<Option<Token![::]>>()?.is_some()
    {
        name = Ident::parse_any(input)?;
    }
    Ok(name)
}

/// `SET_NULL` is near `SetNull`.
fn near_on_delete(name: &str) -> String {
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    match ON_DELETE.iter().find(|known| plain(known) == plain(name)) {
        Some(known) => format!("; did you mean `{known}`?"),
        None => crate::errors::did_you_mean(name, ON_DELETE.iter().copied()),
    }
}

/// The documentation of an item, to be put on what is generated for it.
pub fn docs(attributes: &[Attribute]) -> TokenStream {
    let docs = attributes.iter().filter(|attribute| attribute.path().is_ident("doc"));
    quote!(#(#docs)*)
}

/// An accessor's identifier.
pub fn accessor(attrs: &FieldAttrs, field: &Ident) -> Ident {
    attrs.accessor.clone().unwrap_or_else(|| field.clone())
}

/// `related_name` and its like as an identifier.
pub fn accessor_of(text: &At<String>) -> syn::Result<Ident> {
    ident(&text.value, text.span)
}
