//! From a description to tokens: one function for each generated item.

mod access;
mod column;
pub mod draft;
mod generic;
mod instance;
mod meta;
mod parent;
mod paths;
pub mod relations;
mod reverse;
mod row;
mod said;
pub mod shared;
mod stub;
pub mod targets;
mod through;
mod validators;
mod view;

pub use meta::{all_lists, ordering, parts_of, places as key_places};
pub use reverse::{by_field, trait_idents};
pub use row::{cleans, decode, held, held_at, primary_key};
pub use said::Said;
pub use shared::{flat_ident, key_name};
pub use stub::stub;

use crate::model::{Kind, Model};
use proc_macro2::{Group, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Expr, Ident};

/// Everything that `#[derive(Model)]` generates.
///
/// ```text
/// pub struct BookFields<R, K>(Path<R, K>);
/// pub struct BookDraft { … }
/// const _: () = { /* the models it has keys to, statics and impls */ };
/// ```
pub fn model(model: &Model) -> TokenStream {
    let paths = fields_ident(model);
    let parent = model.parent().map(|(_, parent)| &parent.fields);
    let fields = paths::definition(&model.ident, &paths, &model.vis, parent);
    let draft = draft::definition(model);
    let (traits, generic) = (reverse::traits(model), generic::traits(model));
    let places = shared::places(model);
    let items = [
        shared::statics(model),
        relations::statics(model),
        meta::static_meta(model),
        through::statics(model),
        column::widths(model),
        row::implementation(model),
        paths::implementation(&model.ident, &paths, parent_path(model).as_ref()),
        parent::implementation(model),
        access::accessors(model),
        instance::methods(model),
        reverse::accessors(model),
        shared::accessors(model),
        generic::accessors(model),
        draft::requirements(model),
        draft::made(model),
    ];
    let items = targets::named(model, &quote!(#(#items)*));
    quote! {
        #fields
        #draft
        #traits
        #generic
        #places
        #[allow(clippy::all, missing_docs, non_camel_case_types, unused_qualifications)]
        #[allow(private_bounds, private_interfaces, unnameable_types, unreachable_pub)]
        #[allow(dead_code, unused_imports)]
        const _: () = {
            use ::orm::private::{self as __orm, NoColumn as _};
            #items
        };
    }
}

/// The fields of the model that this one extends, and the key to it.
fn parent_path(model: &Model) -> Option<(&syn::Path, TokenStream)> {
    let (field, parent) = model.parent()?;
    Some((&parent.fields, relations::relation(model, field)))
}

/// Generated code that errors show at a place of the user's.
pub fn at(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// Tokens shown at a place of the user's: a visibility, so that all of a signature stands there.
pub fn moved(tokens: &impl ToTokens, span: Span) -> TokenStream {
    let moved = tokens.to_token_stream().into_iter().map(|mut token| {
        if let TokenTree::Group(group) = &token {
            let mut inside = Group::new(group.delimiter(), moved(&group.stream(), span));
            inside.set_span(span);
            return TokenTree::Group(inside);
        }
        token.set_span(span);
        token
    });
    moved.collect()
}

/// `BookFields`
pub fn fields_ident(model: &Model) -> Ident {
    format_ident!("{}Fields", model.name, span = model.ident.span())
}

/// `BookDraft`
pub fn draft_ident(model: &Model) -> Ident {
    format_ident!("{}Draft", model.name, span = model.ident.span())
}

/// The place of a field's first column among all columns: a number, to which the numbers of
/// columns of flattened structs before it are added, and those that are inherited.
pub fn place(model: &Model, index: usize) -> TokenStream {
    let own = own_columns(model, index);
    match inherited(model) {
        Some(inherited) => quote!(#own + #inherited),
        None => own,
    }
}

/// How many columns of the model's own table stand before a field; all of them with `usize::MAX`.
pub fn own_columns(model: &Model, index: usize) -> TokenStream {
    let before = || model.fields.iter().filter(|field| field.index < index);
    let own = before().map(|field| match &field.kind {
        Kind::Column(column) => column.width(),
        _ => 0,
    });
    let own: usize = own.sum();
    let own = Literal::usize_unsuffixed(own);
    let flattened = before().filter(|field| matches!(field.kind, Kind::Flatten)).map(|f| &f.ty);
    quote!(#own #(+ <#flattened as __orm::ModelFields>::WIDTH)*)
}

/// How many columns are those of the model that this one extends: `<Content as Model>::FIELDS.len()`.
pub fn inherited(model: &Model) -> Option<TokenStream> {
    let parent = &model.parent()?.1.path;
    Some(quote!(<#parent as __orm::Model>::FIELDS.len()))
}

/// The model: that which flattens the struct, where it is shared.
pub fn own(model: &Model) -> TokenStream {
    match model.shared {
        true => quote!(<__W as ::orm::private::Place>::Model),
        false => model.ident.to_token_stream(),
    }
}

/// `__orm::condition::<Book, _>`; `__orm::shared_condition::<Timestamps, __W, _>` of a shared struct.
pub fn over(model: &Model, function: &str, held: &TokenStream, span: Span) -> TokenStream {
    let own = &model.ident;
    let name = |name: &str| Ident::new(name, span);
    match model.shared {
        true => {
            let function = name(&format!("shared_{function}"));
            quote_spanned!(span=> __orm::#function::<#own, __W, #held _>)
        }
        false => {
            let function = name(function);
            quote_spanned!(span=> __orm::#function::<#own, #held _>)
        }
    }
}

/// A text, with `{app}`, `{model}` and `{field}` filled in later where it stands in a shared struct.
pub fn text(model: &Model, text: &str) -> TokenStream {
    if !model.shared || !["{app}", "{model}", "{field}"].iter().any(|of| text.contains(of)) {
        return text.to_token_stream();
    }
    quote!({
        struct __Pattern;
        impl __orm::Pattern for __Pattern {
            const PATTERN: &'static str = #text;
        }
        __orm::Filled::<__Pattern, __W>::TEXT
    })
}

/// What the expression of `default`, `db_default` and the like evaluates to: closures and paths
/// of functions are called.
pub fn called(expr: &Expr) -> TokenStream {
    let is_function = match expr {
        Expr::Closure(_) => true,
        Expr::Path(path) => path.path.segments.last().is_some_and(|segment| {
            segment.ident.to_string().trim_start_matches("r#").starts_with(char::is_lowercase)
        }),
        _ => false,
    };
    if is_function { quote!((#expr)()) } else { quote!(#expr) }
}
