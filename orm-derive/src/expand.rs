//! From a description to tokens: one function for each generated item.

mod access;
mod column;
mod draft;
mod instance;
mod meta;
mod parent;
mod paths;
mod relations;
mod reverse;
mod row;
mod said;
mod stub;
mod targets;
mod through;
mod validators;
mod view;

pub use column::field_meta;
pub use row::{decode, value};
pub use stub::stub;

use crate::model::{Kind, Model};
use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
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
    let traits = reverse::traits(model);
    let items = [
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
        draft::requirements(model),
        draft::slots(model),
    ];
    let items = targets::named(model, &quote!(#(#items)*));
    quote! {
        #fields
        #draft
        #traits
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
/// columns of flattened structs before it are added.
pub fn place(model: &Model, index: usize) -> TokenStream {
    let before = || model.fields.iter().filter(|field| field.index < index);
    let own = before().map(|field| match &field.kind {
        Kind::Column(column) => column.width(),
        _ => 0,
    });
    let own: usize = own.sum();
    let own = Literal::usize_unsuffixed(own);
    let inherited = inherited(model).map(|inherited| quote!(+ #inherited));
    let flattened = before().filter(|field| matches!(field.kind, Kind::Flatten)).map(|f| &f.ty);
    quote!(#own #inherited #(+ <#flattened as __orm::ModelFields>::FIELDS.len())*)
}

/// How many columns are those of the model that this one extends: `<Content as Model>::FIELDS.len()`.
pub fn inherited(model: &Model) -> Option<TokenStream> {
    let parent = &model.parent()?.1.path;
    Some(quote!(<#parent as __orm::Model>::FIELDS.len()))
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
