//! `draft!(Book { name: "x", ..book })`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, Ident, Path, Token, braced};

/// What `draft!` is given.
pub struct Draft {
    model: Path,
    fields: Vec<(Ident, Expr)>,
    rest: Option<Expr>,
}

impl Parse for Draft {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        const FORM: &str = "a draft is written like a struct, and names its model: `draft!(Book { title: \"x\" })`";
        let model = input.call(Path::parse_mod_style).map_err(|error| said(&error, FORM))?;
        if !input.peek(syn::token::Brace) {
            return Err(input.error(FORM));
        }
        let content;
        braced!(content in input);
        let (mut fields, mut rest) = (Vec::new(), None);
        while !content.is_empty() {
            if content.parse::<Option<Token![..]>>()?.is_some() {
                rest = Some(row(&content)?);
                break;
            }
            let (name, value) = field(&content)?;
            if fields.iter().any(|(other, _)| *other == name) {
                let message = format!("`{name}` is given twice in this draft");
                return Err(syn::Error::new(name.span(), message));
            }
            fields.push((name, value));
            if content.parse::<Option<Token![,]>>()?.is_none() {
                break;
            }
        }
        if !content.is_empty() {
            let message = "fields of a draft are separated by `,`, and `..row` comes last";
            return Err(content.error(message));
        }
        Ok(Draft { model, fields, rest })
    }
}

fn said(error: &syn::Error, message: &str) -> syn::Error {
    syn::Error::new(error.span(), message)
}

/// `name: value`, or `name` for a variable of that name.
fn field(input: ParseStream<'_>) -> syn::Result<(Ident, Expr)> {
    let name = Ident::parse_any(input)
        .map_err(|error| said(&error, "a draft has fields: `name: value`"))?;
    if input.peek(Token![=]) {
        return Err(input.error("fields of a draft are written `name: value`, as in a struct"));
    }
    let value = match input.parse::<Option<Token![:]>>()? {
        Some(_) => input.parse()?,
        None => syn::parse2(name.to_token_stream())?,
    };
    Ok((name, value))
}

/// What stands after `..`
fn row(input: ParseStream<'_>) -> syn::Result<Expr> {
    let row: Expr = input.parse()?;
    if row.to_token_stream().to_string().ends_with("default ()") {
        let message = "a draft needs no `..Default::default()`: what is left out has its default, or is \
                       asked for; `..book` copies a row";
        return Err(syn::Error::new_spanned(row, message));
    }
    if input.peek(Token![,]) {
        return Err(input.error("`..row` comes last in a draft, without a `,`"));
    }
    Ok(row)
}

impl Draft {
    /// ```text
    /// {
    ///     let fields = <Book as Model>::draft_fields();
    ///     let draft = <Book as ModelExt>::draft().of_first();
    ///     let draft = fields.name.put(draft, "x");
    ///     let draft = draft.copy_from(&book);
    ///     let draft = nested_in(draft, Author::books, [draft!(Book { … })]);
    ///     draft.of_proxy::<Book>()
    /// }
    /// ```
    pub fn expand(&self) -> TokenStream {
        let Draft { model, fields, rest } = self;
        let names = ["__fields", "__draft", "__row", "__set"];
        let [all, draft, row, set] = names.map(|name| Ident::new(name, Span::mixed_site()));
        let (related, plain): (Vec<_>, Vec<_>) =
            fields.iter().partition(|(_, value)| drafts_in(value).is_some());
        let slots = (!plain.is_empty())
            .then(|| quote!(let #all = <#model as ::orm::Model>::draft_fields();));
        let plain = plain.iter().map(|(name, value)| {
            let value = without_type(value);
            quote_spanned!(name.span()=> let #draft = #all.#name.put(#draft, #value);)
        });
        let rest = rest.as_ref().map(|row| quote!(let #draft = #draft.copy_from(&#row);));
        let related = related.iter().filter_map(|(name, value)| {
            let drafts = drafts_in(value)?;
            Some(match is_draft(value) {
                true => nested_one(model, &draft, name, &drafts),
                false => quote_spanned! {name.span()=>
                    let #set: fn(&#model) -> _ = |#row| #row.#name();
                    let #draft = ::orm::private::nested_in(#draft, #set, #drafts);
                },
            })
        });
        quote!({
            #slots
            let #draft = <#model as ::orm::ModelExt>::draft().of_first();
            #(#plain)*
            #rest
            #(#related)*
            #draft.of_proxy::<#model>()
        })
    }
}

/// A draft that stands by itself: a row of the other side, or what is no such row. A key is not among
/// the methods of a model, so that the trait's method of its name is found, which cannot be called.
///
/// ```text
/// let draft = {
///     trait Mistake: Sized {
///         fn bio(&mut self) -> <(Self,) as SavedBefore>::Is where (Self,): SavedBefore { … }
///     }
///     impl Mistake for Author {}
///     nested_in(draft, |row: &Author| row.bio(), [draft!(Bio { … })])
/// };
/// ```
fn nested_one(model: &Path, draft: &Ident, name: &Ident, drafts: &TokenStream) -> TokenStream {
    let [mistake, row] = ["__Mistake", "__row"].map(|name| Ident::new(name, Span::mixed_site()));
    quote_spanned! {name.span()=>
        let #draft = {
            #[allow(dead_code)]
            trait #mistake: Sized {
                fn #name(&mut self) -> <(Self,) as ::orm::private::SavedBefore>::Is
                where
                    (Self,): ::orm::private::SavedBefore,
                {
                    <(Self,) as ::orm::private::SavedBefore>::never()
                }
            }
            impl #mistake for #model {}
            ::orm::private::nested_in(#draft, |#row: &#model| #row.#name(), #drafts)
        };
    }
}

/// `None` has no type of its own, so that it can be of any; all else is as it was written.
fn without_type(value: &Expr) -> TokenStream {
    match value {
        Expr::Path(path) if path.path.is_ident("None") => {
            let span = path.path.span().resolved_at(Span::mixed_site());
            quote_spanned!(span=> ::orm::private::NoValue)
        }
        value => value.to_token_stream(),
    }
}

/// The drafts that a value is: `[draft!(…), …]`, `vec![draft!(…), …]` or a single `draft!(…)`.
fn drafts_in(value: &Expr) -> Option<TokenStream> {
    match value {
        Expr::Array(array) if array.elems.first().is_some_and(is_draft) => Some(quote!(#array)),
        Expr::Macro(call) if call.mac.path.segments.last()?.ident == "vec" => {
            let items = call.mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
            items.ok()?.first().is_some_and(is_draft).then(|| quote!(#call))
        }
        value if is_draft(value) => Some(quote!([#value])),
        _ => None,
    }
}

fn is_draft(value: &Expr) -> bool {
    let Expr::Macro(call) = value else { return false };
    call.mac.path.segments.last().is_some_and(|last| last.ident == "draft")
}
