//! `index(…)`, `unique(…)` and `check(…)` of `#[model(…)]`.

use super::{At, flag, options_of, quoted, text, value};
use crate::errors::{Errors, did_you_mean};
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, Ident, LitStr, Token, bracketed, parenthesized};

/// A field named in an attribute, through flattened structs or relations where it has dots:
/// `-author.name`.
#[derive(Clone)]
pub struct Item {
    pub desc: bool,
    pub path: Vec<Ident>,
}

impl Item {
    /// The field's own name: the last of the path.
    pub fn name(&self) -> String {
        self.path.last().map(|ident| ident.unraw().to_string()).unwrap_or_default()
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.path.first().map_or_else(Span::call_site, Ident::span)
    }
}

/// An index, a unique constraint or a check, as written.
pub struct IndexAttrs {
    pub span: Span,
    pub name: Option<At<String>>,
    pub fields: Vec<Item>,
    pub expressions: Vec<Expr>,
    pub condition: Option<Expr>,
    pub using: Option<At<String>>,
    pub include: Vec<Item>,
    pub nulls_distinct: bool,
    pub deferrable: bool,
    /// Unique by an index, which is no constraint.
    pub as_index: bool,
}

/// Fields that stand there alone, `unique(a, b)`, as in other libraries.
fn bare(kind: &str, content: ParseStream<'_>, errors: &Errors) -> Option<syn::Result<Vec<Item>>> {
    let names = |input: ParseStream<'_>| {
        let name = |input: ParseStream<'_>| {
            let name = super::ident_or_text(input)?;
            Ok(Item { desc: false, path: vec![name] })
        };
        let names = input.parse_terminated(name, Token![,])?;
        Ok(names.into_iter().collect())
    };
    let listed = |input: ParseStream<'_>| {
        let list;
        bracketed!(list in input);
        names(&list)
    };
    let read = |input: ParseStream<'_>| match input.peek(syn::token::Bracket) {
        true => listed(input),
        false => names(input),
    };
    let ahead = content.fork();
    let is_bare = !content.is_empty() && read(&ahead).is_ok() && ahead.is_empty();
    is_bare.then(|| {
        let message = format!("the fields of `{kind}` are listed: `{kind}(fields = [a, b])`");
        errors.at(content.span(), message);
        read(content)
    })
}

/// Reads what stands in the parentheses.
pub fn parse(kind: &Ident, input: ParseStream<'_>, errors: &Errors) -> syn::Result<IndexAttrs> {
    let content;
    parenthesized!(content in input);
    let mut attrs = IndexAttrs {
        span: kind.span(),
        name: None,
        fields: Vec::new(),
        expressions: Vec::new(),
        condition: None,
        using: None,
        include: Vec::new(),
        nulls_distinct: true,
        deferrable: false,
        as_index: false,
    };
    let kind = kind.to_string();
    if let Some(fields) = bare(&kind, &content, errors) {
        return Ok(IndexAttrs { fields: fields?, ..attrs });
    }
    while content.peek(Token![|]) || content.peek(Token![||]) {
        attrs.expressions.push(content.parse()?);
        if content.parse::<Option<Token![,]>>()?.is_none() {
            break;
        }
    }
    options_of(&content, &kind, known(&kind), errors, &mut |option, ident, input| {
        match option {
            "fields" => attrs.fields = items(input)?,
            "name" => attrs.name = Some(text(input)?),
            "where" => attrs.condition = Some(value(input)?),
            "include" => attrs.include = items(input)?,
            "using" => attrs.using = Some(method(input)?),
            "nulls_distinct" => attrs.nulls_distinct = flag(ident, input)?.value,
            "as_index" => attrs.as_index = flag(ident, input)?.value,
            _ => attrs.deferrable = flag(ident, input)?.value,
        }
        Ok(())
    });
    Ok(attrs)
}

/// The options that there are.
fn known(kind: &str) -> &'static [&'static str] {
    match kind {
        "unique" => {
            &["fields", "name", "where", "include", "nulls_distinct", "deferrable", "as_index"]
        }
        "index" => &["fields", "name", "where", "include", "using"],
        _ => &["name"],
    }
}

const METHODS: &[&str] = &["btree", "hash", "gin", "gist", "spgist", "brin"];

fn method(input: ParseStream<'_>) -> syn::Result<At<String>> {
    let method = text(input)?;
    // A method of an extension is known to the database only; a slip of the pen is not one.
    let near = did_you_mean(&method.value, METHODS.iter().copied());
    if !METHODS.contains(&method.value.as_str()) && !near.is_empty() {
        let message = format!("the index methods are {}{near}", quoted(METHODS));
        return Err(syn::Error::new(method.span, message));
    }
    Ok(method)
}

/// `= [name, -edition]`, or a single one without brackets.
pub fn items(input: ParseStream<'_>) -> syn::Result<Vec<Item>> {
    input.parse::<Token![=]>()?;
    let content;
    if input.peek(syn::token::Paren) {
        parenthesized!(content in input);
        let message = "a list stands in brackets: `[a, b]`";
        return Err(content.error(message));
    }
    if !input.peek(syn::token::Bracket) {
        return Ok(vec![item(input)?]);
    }
    bracketed!(content in input);
    Ok(content.parse_terminated(item, Token![,])?.into_iter().collect())
}

fn item(input: ParseStream<'_>) -> syn::Result<Item> {
    let mut desc = input.parse::<Option<Token![-]>>()?.is_some();
    let mut path = Vec::new();
    if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        let value = text.value();
        let bare = value.strip_prefix('-').unwrap_or(&value);
        desc |= bare.len() < value.len();
        for part in bare.split("__") {
            path.push(super::ident(part, text.span())?);
        }
        return Ok(Item { desc, path });
    }
    loop {
        let ident = Ident::parse_any(input)?;
        for part in ident.unraw().to_string().split("__") {
            path.push(super::ident(part, ident.span())?);
        }
        if input.parse::<Option<Token![.]>>()?.is_none() {
            return Ok(Item { desc, path });
        }
    }
}
