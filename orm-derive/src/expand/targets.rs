//! The models that a model has keys to, named by way of their fields.
//!
//! A key to a struct without `#[derive(Model)]` is one mistake, on which most of what the derive
//! writes would stumble: `Country: Model` does not hold. But where there is no `CountryFields`, what
//! is named by it is unknown to the compiler, which says so once and passes over all that follows.
//! For that the names of such models mean the models of those fields within generated code.

use crate::model::{Kind, Model, Target};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Ident, Path};

/// The models that are named so: once each, and only those whose fields the derive names anyway, as
/// accessors of the other side are added to them.
fn targets(model: &Model) -> Vec<(&Ident, &Target)> {
    let mut targets: Vec<(&Ident, &Target)> = Vec::new();
    for field in &model.fields {
        let (target, reverse) = match &field.kind {
            Kind::Column(column) => match &column.key {
                Some(key) => (&key.target, &key.reverse),
                None => continue,
            },
            Kind::Many(many) => (&many.target, &many.reverse),
            Kind::Flatten => continue,
        };
        if let (Some(name), Some(_), false) = (target.path.get_ident(), reverse, target.own)
            && targets.iter().all(|(other, _)| *other != name)
        {
            targets.push((name, target));
        }
    }
    targets
}

/// The items with those names before them.
///
/// ```text
/// type AuthorFields_ = Author;
/// const _: () = {
///     type Author_ = <AuthorFields<(), ()> as Accessors>::Model;
///     use Author_ as Author;
///     impl ReferredBy<Book> for AuthorFields<(), ()> {}
///     …
/// };
/// ```
///
/// An import, as errors name models shortly only where no second type has their name. In its own
/// documentation the names stay what they are, so that it links to them.
pub fn named(model: &Model, items: &TokenStream) -> TokenStream {
    let targets = targets(model);
    if targets.is_empty() {
        return items.clone();
    }
    let own = &model.ident;
    let themselves = targets.iter().map(|(name, _)| {
        let itself = itself(name);
        quote_spanned!(name.span()=> type #itself = #name;)
    });
    let by_fields = targets.iter().map(|(name, target)| {
        let fields = &target.fields;
        let by_fields = format_ident!("{}_", name);
        quote! {
            type #by_fields = <#fields<(), ()> as __orm::Accessors>::Model;
            #[cfg(not(doc))]
            use #by_fields as #name;
            impl __orm::ReferredBy<#own> for #fields<(), ()> {}
        }
    });
    quote! {
        #(#themselves)*
        const _: () = {
            #(#by_fields)*
            #items
        };
    }
}

/// ```text
/// where AuthorFields<(), ()>: ReferredBy<Book>
/// ```
pub fn bounds(model: &Model) -> Option<TokenStream> {
    let (own, targets) = (&model.ident, targets(model));
    let fields = targets.iter().map(|(_, target)| &target.fields);
    (!targets.is_empty()).then(|| quote!(where #(#fields<(), ()>: __orm::ReferredBy<#own>),*))
}

/// What an `impl` for the model that a relation points to is written for, and one for its fields: named
/// at one place by all relations to it, so that where they are missing that is said once.
pub fn implementors(model: &Model, path: &Path, fields: &Path) -> (TokenStream, TokenStream) {
    match targets(model).into_iter().find(|(name, _)| path.is_ident(*name)) {
        Some((name, first)) => (itself(name).into_token_stream(), first.fields.to_token_stream()),
        None => (path.to_token_stream(), fields.to_token_stream()),
    }
}

/// `AuthorFields_`: as near to `AuthorFields` as can be, and at its place. Where those are missing the
/// compiler looks for the nearest name, and leaves out what stands at the place itself. It would
/// propose the fields of another model otherwise.
fn itself(name: &Ident) -> Ident {
    format_ident!("{}Fields_", name)
}
