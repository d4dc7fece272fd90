//! `q!(author__name__icontains = "lennon", year__gte = 2020)`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Expr, Ident, Lit, Path, Token, parenthesized};

/// Names that, as the last part, are always the lookup.
const LOOKUPS: &[&str] = &[
    "exact",
    "eq",
    "ne",
    "iexact",
    "contains",
    "icontains",
    "startswith",
    "istartswith",
    "endswith",
    "iendswith",
    "regex",
    "iregex",
    "gt",
    "gte",
    "lt",
    "lte",
    "range",
    "in",
    "isnull",
    "contained_by",
    "overlap",
    "has_key",
    "has_keys",
    "has_any_keys",
    "fully_lt",
    "fully_gt",
    "not_lt",
    "not_gt",
    "adjacent_to",
    "search",
    "ancestor_of",
    "descendant_of",
    "trigram_similar",
    "trigram_word_similar",
    "trigram_strict_word_similar",
];

/// What `q!` is given.
pub struct Keywords {
    model: Option<Path>,
    condition: Condition,
}

enum Condition {
    All,
    Is { path: Vec<Ident>, lookup: Ident, value: Expr },
    Not(Box<Condition>),
    Joined(Vec<Condition>, TokenStream),
}

impl Parse for Keywords {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        let named = ahead.call(Path::parse_mod_style).is_ok() && ahead.peek(Token![:]);
        let model = match named {
            true => {
                let model = input.call(Path::parse_mod_style)?;
                input.parse::<Token![:]>()?;
                if input.peek(Lit) {
                    let message = "conditions are written with `=`, as in `title = \"x\"`";
                    return Err(syn::Error::new_spanned(model, message));
                }
                Some(model)
            }
            false => None,
        };
        Ok(Keywords { model, condition: list(input)? })
    }
}

/// Conditions separated by commas: all of them.
fn list(input: ParseStream<'_>) -> syn::Result<Condition> {
    let mut all = Vec::new();
    while !input.is_empty() {
        all.push(either(input)?);
        if input.is_empty() {
            break;
        }
        input.parse::<Token![,]>()?;
    }
    Ok(joined(all, quote!(&)))
}

fn joined(mut conditions: Vec<Condition>, operator: TokenStream) -> Condition {
    match (conditions.len(), conditions.pop()) {
        (1, Some(one)) => one,
        (_, Some(last)) => {
            conditions.push(last);
            Condition::Joined(conditions, operator)
        }
        (_, None) => Condition::All,
    }
}

fn either(input: ParseStream<'_>) -> syn::Result<Condition> {
    let mut any = vec![one_of(input)?];
    while input.parse::<Option<Token![|]>>()?.is_some() {
        any.push(one_of(input)?);
    }
    Ok(joined(any, quote!(|)))
}

fn one_of(input: ParseStream<'_>) -> syn::Result<Condition> {
    let mut odd = vec![both(input)?];
    while input.parse::<Option<Token![^]>>()?.is_some() {
        odd.push(both(input)?);
    }
    Ok(joined(odd, quote!(^)))
}

fn both(input: ParseStream<'_>) -> syn::Result<Condition> {
    let mut all = vec![single(input)?];
    while input.parse::<Option<Token![&]>>()?.is_some() {
        all.push(single(input)?);
    }
    Ok(joined(all, quote!(&)))
}

fn single(input: ParseStream<'_>) -> syn::Result<Condition> {
    if input.parse::<Option<Token![!]>>()?.is_some() {
        return Ok(Condition::Not(Box::new(single(input)?)));
    }
    if input.peek(syn::token::Paren) {
        let content;
        parenthesized!(content in input);
        return list(&content);
    }
    keyword(input)
}

fn keyword(input: ParseStream<'_>) -> syn::Result<Condition> {
    let ident = Ident::parse_any(input)?;
    if !input.peek(Token![=]) || input.peek(Token![==]) {
        let message = format!(
            "a condition is `{ident} = …`: a field, or a path and a lookup, such as `{ident}__gt = …`"
        );
        return Err(syn::Error::new(input.span(), message));
    }
    input.parse::<Token![=]>()?;
    let value: Expr = input.parse()?;
    if let Expr::Assign(assign) = &value {
        let message = "put each alternative in parentheses: `(name = \"x\") | (name = \"y\")`";
        return Err(syn::Error::new(assign.eq_token.span(), message));
    }
    let (path, lookup) = path(&ident)?;
    Ok(Condition::Is { path, lookup, value })
}

/// `author__name__icontains` as the path and the lookup; `exact` where none is named.
fn path(ident: &Ident) -> syn::Result<(Vec<Ident>, Ident)> {
    let span = ident.span();
    let text = ident.unraw().to_string();
    let mut parts: Vec<&str> = text.split("__").collect();
    let lookup = match parts.last() {
        Some(last) if parts.len() > 1 && LOOKUPS.contains(last) => parts.pop().unwrap_or("eq"),
        _ => "eq",
    };
    let lookup = match lookup {
        "in" => "in_",
        "exact" => "eq",
        other => other,
    };
    let path: syn::Result<Vec<Ident>> =
        parts.into_iter().map(|part| crate::attr::ident(part, span)).collect();
    Ok((path?, Ident::new(lookup, span)))
}

impl Keywords {
    /// ```text
    /// |__m| __m.author().name().icontains("lennon") & __m.year().gte(2020)
    /// ```
    pub fn expand(&self) -> TokenStream {
        let condition = self.condition.expand();
        let closure = match &self.condition {
            Condition::All => quote!(|_| #condition),
            _ => quote!(|__m| #condition),
        };
        match &self.model {
            Some(model) => quote!(#model::q(#closure)),
            None => closure,
        }
    }
}

impl Condition {
    fn expand(&self) -> TokenStream {
        match self {
            Condition::All => quote!(::orm::Q::all()),
            Condition::Is { path, lookup, value } => {
                let span: Span = lookup.span();
                quote_spanned!(span=> __m #(.#path())* .#lookup(#value))
            }
            Condition::Not(condition) => {
                let condition = condition.expand();
                quote!(!(#condition))
            }
            Condition::Joined(conditions, operator) => {
                let mut conditions = conditions.iter().map(Condition::expand);
                let first = conditions.next();
                quote!((#first #(#operator #conditions)*))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Keywords;

    fn check(keywords: &str, expected: &str) {
        let expanded = match syn::parse_str::<Keywords>(keywords) {
            Ok(keywords) => keywords.expand().to_string(),
            Err(error) => error.to_string(),
        };
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(plain(&expanded), plain(expected));
    }

    #[test]
    fn keywords_are_a_closure() {
        check("name = 1", "|__m| __m.name().eq(1)");
        check("a__b__in = [1]", "|__m| __m.a().b().in_([1])");
        check("range__exact = 1", "|__m| __m.range().eq(1)");
        check("range = 1", "|__m| __m.range().eq(1)");
        check("a = 1, b__lt = 2", "|__m| (__m.a().eq(1) & __m.b().lt(2))");
        check(
            "(a = 1) | !(b = 2, c = 3)",
            "|__m| (__m.a().eq(1) | !((__m.b().eq(2) & __m.c().eq(3))))",
        );
        check("Book: a = 1", "Book::q(|__m| __m.a().eq(1))");
        check("type = 1", "|__m| __m.r#type().eq(1)");
    }

    #[test]
    fn mistakes_are_explained() {
        check(
            "a = 1 | b = 2",
            "put each alternative in parentheses: `(name = \"x\") | (name = \"y\")`",
        );
    }
}
