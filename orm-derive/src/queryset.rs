//! `#[queryset] impl QuerySet<Book> { … }`: methods of one's own on query sets.

use crate::errors::Errors;
use crate::model::types;
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, FnArg, GenericArgument, Ident, ImplItem, ImplItemFn, ItemImpl, Pat, PathArguments,
    Signature, Type, TypeParam, TypeParamBound, Visibility,
};

const PLACE: &str = "`#[queryset]` stands on `impl QuerySet<Model> { … }`, or for all models that flatten a \
                     struct on `impl<M: HasTimestamps> QuerySet<M> { … }`";

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
    /// The parameter that the model is, where the methods are those of several.
    of: Option<&'a TypeParam>,
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
    let of = item.generics.type_params().find(|param| path.is_ident(&param.ident));
    let others = item.generics.params.len() > usize::from(of.is_some());
    if arguments.len() > 1 || others || item.generics.where_clause.is_some() {
        let message = "write `impl QuerySet<Model>`, or `impl<M: HasTimestamps> QuerySet<M>`: the methods are \
                       there for every row `O` and source `S`, which can be named in them";
        errors.push(syn::Error::new_spanned(own, message));
    }
    let last = match of {
        Some(of) => bound(of, errors)?,
        None => path.segments.last()?.ident.clone(),
    };
    let name = format_ident!("{last}QuerySet", span = last.span());
    let methods = item.items.iter().filter_map(|item| method(item, errors)).collect();
    let (docs, attributes) =
        item.attrs.iter().partition(|attribute| attribute.path().is_ident("doc"));
    Some(Set { model, of, name, methods, docs, attributes })
}

/// The struct that the models have in common: `Timestamps` of `HasTimestamps` or `Flattens<Timestamps>`.
fn bound(of: &TypeParam, errors: &Errors) -> Option<Ident> {
    let mut bounds = of.bounds.iter().filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last(),
        _ => None,
    });
    let Some(first) = bounds.next() else {
        let message = format!(
            "say which models these are: `impl<{0}: HasTimestamps> QuerySet<{0}>` are those that flatten \
             `Timestamps`",
            of.ident
        );
        errors.at(of.ident.span(), message);
        return None;
    };
    if let PathArguments::AngleBracketed(arguments) = &first.arguments
        && let Some(GenericArgument::Type(ty)) = arguments.args.first()
    {
        return types::path_of(ty)?.segments.last().map(|segment| segment.ident.clone());
    }
    let name = first.ident.to_string();
    let name = name.strip_prefix("Has").filter(|rest| !rest.is_empty()).unwrap_or(&name);
    Some(Ident::new(name, first.ident.span()))
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
        let Set { model, of, name, docs, attributes, .. } = self;
        let (of, argument) = (of.iter(), of.iter().map(|of| &of.ident));
        let (of, argument) = (quote!(#(#of,)*), quote!(#(#argument,)*));
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
            #vis trait #name<#of O, S>: ::core::marker::Sized {
                #(#signatures)*
            }
            #(#attributes)*
            impl<#of O, S> #name<#argument O, S> for ::orm::QuerySet<#model, O, S> {
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
