//! The metadata of one column.

use super::said::Said;
use super::{at, called};
use crate::attr::field::Choices;
use crate::model::{Column, Field, FileOptions, Fill, Model, types};
use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::Ident;
use syn::spanned::Spanned;

/// ```text
/// <String as Held>::FIELD.named("name", "name").max_length(255)
/// ```
pub fn field_meta(
    field: &Field,
    column: &Column,
    model: &Model,
    relation: Option<usize>,
) -> TokenStream {
    if !column.more.is_empty() {
        return key_parts(field, column, model, relation);
    }
    let (name, ty) = (super::text(model, &field.name), &field.ty);
    let column_name = super::text(model, &column.name);
    let span = at(ty.span());
    let is_json = types::argument(&column.inner, "Json").is_some();
    let of = Ident::new(if is_json { "Holder" } else { "Held" }, span);
    let base = match &column.key {
        Some(key) if column.parent_link => {
            let to = &key.target.path;
            quote!(__orm::key_part::<<#to as __orm::Model>::Pk>(#name, #column_name, 0, false))
        }
        Some(_) => quote_spanned!(span=> __orm::key_field::<#ty>(#name, #column_name)),
        None => quote_spanned!(span=> <#ty as __orm::#of>::FIELD.named(#name, #column_name)),
    };
    let mut said = Said(base);
    sizes(column, &mut said);
    flags(column, &mut said);
    texts(model, column, &mut said);
    said.maybe("default", default(field, column));
    if let Some(generated) = &column.generated {
        let span = at(generated.span());
        let over = super::over(model, "generated", &quote!(#ty,), span);
        said.of("generated", quote_spanned!(span=> || #over(#generated)));
    }
    said.maybe("choices", column.choices.as_ref().map(|choices| self::choices(column, choices)));
    said.maybe("file", column.file.as_ref().map(|file| file_meta(file, model)));
    if !column.validators.is_empty() {
        said.of("validators", super::validators::list(column));
    }
    if let Some(relation) = relation {
        said.of("relation", relation_at(model, relation));
    }
    said.0
}

/// The relation of a key. That of a shared struct is found by its name, among those of the model.
fn relation_at(model: &Model, relation: usize) -> TokenStream {
    let relation = Literal::usize_unsuffixed(relation);
    match model.shared {
        true => quote!(&__orm::NO_RELATION),
        false => quote!(&__RELATIONS[#relation]),
    }
}

/// The columns of a key to a model whose own key has several.
///
/// ```text
/// key_part::<<Stock as Model>::Pk>("stock", "store_id", 0, false).relation(…),
/// key_part::<<Stock as Model>::Pk>("stock", "book_id", 1, false).relation(…)
/// ```
fn key_parts(
    field: &Field,
    column: &Column,
    model: &Model,
    relation: Option<usize>,
) -> TokenStream {
    let (Some(key), name, null) = (&column.key, super::text(model, &field.name), column.null)
    else {
        return TokenStream::new();
    };
    let to = &key.target.path;
    let parts = column.names().enumerate().map(|(place, column_name)| {
        let place = Literal::usize_unsuffixed(place);
        let column_name = super::text(model, column_name);
        let base = quote! {
            __orm::key_part::<<#to as __orm::Model>::Pk>(#name, #column_name, #place, #null)
        };
        let mut said = Said(base);
        flags(column, &mut said);
        texts(model, column, &mut said);
        if let Fill::Rust(value) = &column.fill {
            let value = called(value);
            let default =
                quote!(__orm::Default::Rust(|| __orm::key_default::<#to>(#value, #place)));
            said.of("default", default);
        }
        if let Some(relation) = relation {
            said.of("relation", relation_at(model, relation));
        }
        said.0
    });
    quote!(#(#parts),*)
}

/// That a key has as many columns as what it refers to.
///
/// ```text
/// const _: () = assert!(<<Stock as Model>::Pk as Key>::TYPES.width() == 2, "…");
/// ```
pub fn widths(model: &Model) -> TokenStream {
    let keys = model.keys().filter(|(_, column, _)| !column.more.is_empty());
    let checks = keys.map(|(field, column, key)| {
        let to = &key.target.path;
        let width = Literal::usize_unsuffixed(column.width());
        let message = format!(
            "`{}` names {} columns, and the primary key of `{}` has another number of them: name one \
             for each",
            field.name,
            column.width(),
            key.target.name
        );
        quote_spanned! {at(field.ty.span())=>
            const _: () = ::core::assert!(
                <<#to as __orm::Model>::Pk as __orm::Key>::TYPES.width() == #width,
                #message
            );
        }
    });
    checks.collect()
}

/// ```text
/// &FileMeta::new("media", UploadTo::Template("photos/%Y"), false)
/// ```
fn file_meta(file: &FileOptions, model: &Model) -> TokenStream {
    let (own, storage, keep) = (super::own(model), &file.storage, file.keep);
    let find = match model.shared {
        true => quote!(__row.downcast_ref::<#own>().and_then(<__W as __orm::Place>::find)),
        false => quote!(__row.downcast_ref::<#own>()),
    };
    let upload_to = match &file.upload_to {
        None => quote!(__orm::UploadTo::Template("")),
        Some(syn::Expr::Lit(text)) => quote!(__orm::UploadTo::Template(#text)),
        Some(function) => {
            let call = quote_spanned!(at(function.span())=> (#function)(__row, __name));
            quote!(__orm::UploadTo::Function(|__row, __name| {
                let __name: &str = __name;
                match #find {
                    ::core::option::Option::Some(__row) => {
                        ::core::convert::Into::<::std::string::String>::into(#call)
                    }
                    ::core::option::Option::None => ::std::string::String::from(__name),
                }
            }))
        }
    };
    quote!(&__orm::FileMeta::new(#storage, #upload_to, #keep))
}

fn sizes(column: &Column, said: &mut Said) {
    if let Some(length) = column.max_length {
        said.of("max_length", Literal::u32_unsuffixed(length));
    }
    if let Some((digits, places)) = column.digits {
        let (digits, places) = (Literal::u16_unsuffixed(digits), Literal::u16_unsuffixed(places));
        said.of("digits", quote!((#digits, #places)));
    }
}

fn flags(column: &Column, said: &mut Said) {
    let flags = [
        ("unique", column.unique),
        ("db_index", column.db_index),
        ("identity", column.identity),
        ("positive", column.positive),
        ("auto_now", column.auto_now),
        ("auto_now_add", column.auto_now_add),
        ("version", column.version),
        ("blank", column.blank),
        ("no_index", column.no_index),
    ];
    for (name, _) in flags.into_iter().filter(|(_, on)| *on) {
        said.so(name);
    }
}

fn texts(model: &Model, column: &Column, said: &mut Said) {
    let names = &column.names;
    let texts = [
        ("db_type", &column.db_type),
        ("unique_name", &names.unique),
        ("unique_index", &names.unique_index),
        ("index_name", &names.index),
        ("constraint_name", &names.constraint),
        ("collation", &column.collation),
        ("comment", &column.comment),
        ("label", &column.label),
        ("help_text", &column.help_text),
    ];
    for (name, text) in texts {
        said.maybe(name, text.as_ref().map(|text| super::text(model, text)));
    }
}

fn default(field: &Field, column: &Column) -> Option<TokenStream> {
    let ty = &field.ty;
    match &column.fill {
        Fill::None => None,
        Fill::Rust(value) => {
            let (span, value) = (at(value.span()), called(value));
            let value = quote_spanned!(span=> || __orm::default::<#ty, _>(#value));
            Some(quote!(__orm::Default::Rust(#value)))
        }
        Fill::Database(value) => {
            let (span, value) = (at(value.span()), called(value));
            let value = quote_spanned!(span=> || __orm::db_default::<#ty, _>(#value));
            Some(quote!(__orm::Default::Database(#value)))
        }
    }
}

fn choices(column: &Column, choices: &Choices) -> TokenStream {
    let inner = &column.inner;
    match choices {
        Choices::OfType => quote_spanned!(at(inner.span())=> <#inner as __orm::Choices>::CHOICES),
        Choices::Listed(pairs) => {
            let pairs = pairs
                .iter()
                .map(|(value, label)| quote!(__orm::Choice { value: #value, label: #label }));
            quote!(&[#(#pairs),*])
        }
    }
}
