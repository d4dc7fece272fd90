//! `index(…)`, `unique(…)` and `check(…)` of `#[model(…)]`.

use super::{At, Deferrable, closure, deferrable, flag, options_of, quoted, storage, text};
use crate::errors::{Errors, did_you_mean};
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, ExprClosure, Ident, LitStr, Token, bracketed, parenthesized};

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
    pub deferrable: Option<At<Deferrable>>,
    /// Unique by an index, which is no constraint.
    pub as_index: bool,
    /// Of the fields, then of the expressions; empty for the default one.
    pub opclasses: Vec<At<String>>,
    /// Of an exclusion constraint, in the same order.
    pub operators: Vec<At<String>>,
    pub storage: Vec<(String, String)>,
    pub tablespace: Option<At<String>>,
    pub message: Option<At<String>>,
    pub code: Option<At<String>>,
}

impl IndexAttrs {
    fn new(span: Span) -> Self {
        IndexAttrs {
            span,
            name: None,
            fields: Vec::new(),
            expressions: Vec::new(),
            condition: None,
            using: None,
            include: Vec::new(),
            nulls_distinct: true,
            deferrable: None,
            as_index: false,
            opclasses: Vec::new(),
            operators: Vec::new(),
            storage: Vec::new(),
            tablespace: None,
            message: None,
            code: None,
        }
    }

    fn take(&mut self, option: &str, ident: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match option {
            "fields" => self.fields = items(input)?,
            "name" => self.name = Some(text(input)?),
            "where" => self.condition = Some(closure(input)?),
            "include" => self.include = items(input)?,
            "using" => self.using = Some(method(input)?),
            "nulls_distinct" => self.nulls_distinct = flag(ident, input)?.value,
            "as_index" => self.as_index = flag(ident, input)?.value,
            "opclasses" => self.opclasses = texts(input)?,
            "with" => self.storage = storage(input)?,
            "tablespace" => self.tablespace = Some(text(input)?),
            "violation_error_message" => self.message = Some(text(input)?),
            "violation_error_code" => self.code = Some(text(input)?),
            _ => self.deferrable = deferrable(ident, input)?,
        }
        Ok(())
    }

    /// `(room, "="), (during, "&&", "range_ops")`: what stands first in `exclude(…)`.
    fn exclusions(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let mut of_expressions = (Vec::new(), Vec::new());
        let mut of_fields = (Vec::new(), Vec::new());
        while input.peek(syn::token::Paren) {
            let part;
            parenthesized!(part in input);
            let is_expression = part.peek(Token![|]) || part.peek(Token![||]);
            let (operators, classes) = match is_expression {
                true => {
                    self.expressions.push(part.parse()?);
                    &mut of_expressions
                }
                false => {
                    self.fields.push(item(&part)?);
                    &mut of_fields
                }
            };
            part.parse::<Token![,]>()?;
            let operator: LitStr = part.parse()?;
            operators.push(At::new(operator.value(), operator.span()));
            part.parse::<Option<Token![,]>>()?;
            let class: Option<LitStr> = if part.is_empty() { None } else { Some(part.parse()?) };
            let class = class.map_or_else(
                || At::new(String::new(), operator.span()),
                |class| At::new(class.value(), class.span()),
            );
            classes.push(class);
            if input.parse::<Option<Token![,]>>()?.is_none() {
                break;
            }
        }
        self.operators = of_fields.0.into_iter().chain(of_expressions.0).collect();
        self.opclasses = of_fields.1.into_iter().chain(of_expressions.1).collect();
        if self.opclasses.iter().all(|class| class.value.is_empty()) {
            self.opclasses.clear();
        }
        Ok(())
    }
}

/// `= ["a", "b"]`
fn texts(input: ParseStream<'_>) -> syn::Result<Vec<At<String>>> {
    input.parse::<Token![=]>()?;
    let content;
    bracketed!(content in input);
    let texts = content.parse_terminated(|input| input.parse::<LitStr>(), Token![,])?;
    Ok(texts.into_iter().map(|text| At::new(text.value(), text.span())).collect())
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
    let is_bare =
        kind != "exclude" && !content.is_empty() && read(&ahead).is_ok() && ahead.is_empty();
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
    let mut attrs = IndexAttrs::new(kind.span());
    let kind = kind.to_string();
    if let Some(fields) = bare(&kind, &content, errors) {
        return Ok(IndexAttrs { fields: fields?, ..attrs });
    }
    if kind == "exclude" {
        if !content.peek(syn::token::Paren) && !content.is_empty() {
            let message = "`exclude` takes pairs of a field and an operator: `exclude((room, \"=\"), \
                           (during, \"&&\"))`";
            let error = syn::Error::new(content.span(), message);
            content.parse::<proc_macro2::TokenStream>()?;
            return Err(error);
        }
        attrs.exclusions(&content)?;
    }
    while content.peek(Token![|]) || content.peek(Token![||]) {
        let parsed: Expr = content.parse()?;
        match &*kind {
            "check" => attrs.expressions.push(parsed),
            _ => attrs.expressions.extend(each(parsed)),
        }
        if content.parse::<Option<Token![,]>>()?.is_none() {
            break;
        }
    }
    options_of(&content, &kind, known(&kind), errors, &mut |option, ident, input| {
        attrs.take(option, ident, input)
    });
    Ok(attrs)
}

/// `|b| (b.name(), b.pages())` is a closure for each of them.
fn each(expr: Expr) -> Vec<Expr> {
    let Expr::Closure(closure) = &expr else { return vec![expr] };
    let Expr::Tuple(tuple) = &*closure.body else { return vec![expr] };
    let of = |part: &Expr| {
        Expr::Closure(ExprClosure { body: Box::new(part.clone()), ..closure.clone() })
    };
    tuple.elems.iter().map(of).collect()
}

/// True for `|b| b.name().desc().nulls_last()`: what has a direction.
pub fn is_ordered(expr: &Expr) -> bool {
    let Expr::Closure(closure) = expr else { return false };
    let Expr::MethodCall(call) = &*closure.body else { return false };
    ["asc", "desc", "nulls_first", "nulls_last"].iter().any(|name| call.method == name)
}

/// The options of each of them.
fn known(kind: &str) -> &'static [&'static str] {
    match kind {
        "unique" => &[
            "fields",
            "name",
            "where",
            "include",
            "nulls_distinct",
            "deferrable",
            "as_index",
            "opclasses",
            "violation_error_message",
            "violation_error_code",
        ],
        "index" => {
            &["fields", "name", "where", "include", "using", "opclasses", "with", "tablespace"]
        }
        "exclude" => &[
            "name",
            "using",
            "where",
            "include",
            "deferrable",
            "violation_error_message",
            "violation_error_code",
        ],
        _ => &["name", "violation_error_message", "violation_error_code"],
    }
}

const METHODS: &[&str] = &["btree", "hash", "gin", "gist", "spgist", "brin", "hnsw", "ivfflat"];

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
