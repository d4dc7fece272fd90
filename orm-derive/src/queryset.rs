//! `#[queryset] impl QuerySet<Book> { … }`: methods of one's own on query sets.

use crate::errors::Errors;
use crate::model::types;
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, Pat, Signature, Type, Visibility,
};

const PLACE: &str = "`#[queryset]` stands on `impl QuerySet<Model> { … }`";

/// The block that the attribute stands on.
pub fn parse(item: TokenStream) -> syn::Result<ItemImpl> {
    match syn::parse2::<syn::Item>(item)? {
        syn::Item::Impl(item) => Ok(item),
        other => Err(syn::Error::new_spanned(name_of(&other), PLACE)),
    }
}

/// The name of an item that is no such block, where it has one.
fn name_of(item: &syn::Item) -> TokenStream {
    match item {
        syn::Item::Fn(item) => item.sig.ident.to_token_stream(),
        syn::Item::Struct(item) => item.ident.to_token_stream(),
        syn::Item::Trait(item) => item.ident.to_token_stream(),
        other => other.to_token_stream(),
    }
}

/// Expands the attribute.
pub fn expand(arguments: TokenStream, item: &ItemImpl, errors: &Errors) -> TokenStream {
    if !arguments.is_empty() {
        errors.push(syn::Error::new_spanned(arguments, "`#[queryset]` takes no options"));
    }
    let Some(set) = describe(item, errors) else { return TokenStream::new() };
    set.expand()
}

/// What the block is about.
struct Set<'a> {
    /// The model, as written.
    model: &'a Type,
    /// `BookQuerySet`
    name: Ident,
    methods: Vec<&'a ImplItemFn>,
    docs: Vec<&'a Attribute>,
    attributes: Vec<&'a Attribute>,
}

fn describe<'a>(item: &'a ItemImpl, errors: &Errors) -> Option<Set<'a>> {
    let own = &item.self_ty;
    let arguments = types::argument(own, "QuerySet").unwrap_or_default();
    let model = arguments.first().copied().and_then(|ty| Some((ty, types::path_of(ty)?)));
    let (Some((model, path)), None) = (model, &item.trait_) else {
        errors.push(syn::Error::new_spanned(own, PLACE));
        return None;
    };
    if arguments.len() > 1 || !item.generics.params.is_empty() {
        let message = "write `impl QuerySet<Model>`: the methods are there for every row `O` and \
                       source `S`, which can be named in them";
        errors.push(syn::Error::new_spanned(own, message));
    }
    let last = path.segments.last()?;
    let name = format_ident!("{}QuerySet", last.ident, span = last.ident.span());
    let methods = item.items.iter().filter_map(|item| method(item, errors)).collect();
    let (docs, attributes) =
        item.attrs.iter().partition(|attribute| attribute.path().is_ident("doc"));
    Some(Set { model, name, methods, docs, attributes })
}

fn method<'a>(item: &'a ImplItem, errors: &Errors) -> Option<&'a ImplItemFn> {
    let ImplItem::Fn(method) = item else {
        errors.push(syn::Error::new_spanned(item, "`#[queryset]` takes methods only"));
        return None;
    };
    if !matches!(method.sig.inputs.first(), Some(FnArg::Receiver(_))) {
        let message = "a method of a query set begins with `self`";
        errors.at(method.sig.ident.span(), message);
        return None;
    }
    Some(method)
}

impl Set<'_> {
    /// ```text
    /// pub trait BookQuerySet<O, S>: Sized { fn published(self) -> Self; }
    /// impl<O, S> BookQuerySet<O, S> for QuerySet<Book, O, S> { fn published(self) -> Self { … } }
    /// ```
    fn expand(&self) -> TokenStream {
        let Set { model, name, docs, attributes, .. } = self;
        let vis = self.methods.iter().map(|method| &method.vis);
        let vis = vis.max_by_key(|vis| openness(vis)).cloned().unwrap_or(Visibility::Inherited);
        let signatures = self.methods.iter().map(|method| {
            let docs = method.attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));
            let signature = declaration(signature(method));
            quote!(#(#docs)* #signature;)
        });
        let bodies = self.methods.iter().map(|method| {
            let attributes = method.attrs.iter().filter(|attr| !attr.path().is_ident("doc"));
            let (signature, body) = (signature(method), &method.block);
            quote!(#(#attributes)* #signature #body)
        });
        let doc = match docs.is_empty() {
            true => {
                let doc = format!("Methods of the query sets of `{}`.", types::text(model));
                quote!(#[doc = #doc])
            }
            false => quote!(#(#docs)*),
        };
        quote! {
            #doc
            #vis trait #name<O, S>: ::core::marker::Sized {
                #(#signatures)*
            }
            #(#attributes)*
            impl<O, S> #name<O, S> for ::orm::QuerySet<#model, O, S> {
                #(#bodies)*
            }
        }
    }
}

fn openness(vis: &Visibility) -> u8 {
    match vis {
        Visibility::Public(_) => 2,
        Visibility::Restricted(_) => 1,
        Visibility::Inherited => 0,
    }
}

/// The signature, with the bound that `O::With<…>` asks for.
fn signature(method: &ImplItemFn) -> Signature {
    let mut signature = method.sig.clone();
    if names_row(signature.output.to_token_stream()) {
        let clause = signature.generics.make_where_clause();
        clause.predicates.push(syn::parse_quote!(O: ::orm::private::Row + 'static));
    }
    signature
}

/// The signature as a trait declares it: `mut self` and patterns belong to the body.
fn declaration(mut signature: Signature) -> Signature {
    for input in &mut signature.inputs {
        match input {
            FnArg::Receiver(this) => this.mutability = None,
            FnArg::Typed(argument) => match &mut *argument.pat {
                Pat::Ident(name) => name.mutability = None,
                pattern => *pattern = syn::parse_quote!(_),
            },
        }
    }
    signature
}

/// `O::` stands somewhere in it.
fn names_row(tokens: TokenStream) -> bool {
    let mut before = false;
    for token in tokens {
        match &token {
            TokenTree::Group(group) if names_row(group.stream()) => return true,
            TokenTree::Punct(punct) if before && punct.as_char() == ':' => return true,
            _ => {}
        }
        before = matches!(&token, TokenTree::Ident(ident) if ident == "O");
    }
    false
}
