//! The model's metadata: one static.

use super::column::field_meta;
use super::{at, place};
use crate::attr::index::{IndexAttrs, Item};
use crate::model::{Field, Kind, Model, filled};
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Ident;

/// ```text
/// static __META: ModelMeta = ModelMeta {
///     ordering: Some(|| ordering::<Book, _>(|__m| (__m.name().asc(), __m.edition().desc()))),
///     ..ModelMeta::new("Book", "library", "library_book", &[…], &[0])
/// };
/// submit! { Registered(|| &__META) }
/// ```
pub fn static_meta(model: &Model) -> TokenStream {
    let Model { name, app, table, .. } = model;
    let (fields_static, fields) = fields(model);
    let fields_of_key = model.primary_key.iter().filter_map(|field| model.fields.get(*field));
    let key = fields_of_key.flat_map(|field| places(model, field));
    let options = options(model);
    quote! {
        #fields_static
        static __META: __orm::ModelMeta = __orm::ModelMeta {
            #options
            ..__orm::ModelMeta::new(#name, #app, #table, #fields, &[#(#key),*])
        };
        __orm::submit! { __orm::Registered(|| &__META) }
    }
}

/// The places of a field's columns.
fn places(model: &Model, field: &Field) -> Vec<TokenStream> {
    let first = place(model, field.index);
    let width = match &field.kind {
        Kind::Column(column) => column.width(),
        _ => 1,
    };
    let after = (1..width).map(|after| {
        let after = Literal::usize_unsuffixed(after);
        quote!(#first + #after)
    });
    std::iter::once(first.clone()).chain(after).collect()
}

/// The columns: in place, or in a static where those of flattened structs are among them.
fn fields(model: &Model) -> (TokenStream, TokenStream) {
    if model.flattened().next().is_none() {
        let fields = model.columns().map(|(field, column)| {
            field_meta(field, column, Some(model), relation_of(model, field))
        });
        return (TokenStream::new(), quote!(&[#(#fields),*]));
    }
    let parts = model.fields.iter().filter_map(|field| match &field.kind {
        Kind::Column(column) => {
            let meta = field_meta(field, column, Some(model), relation_of(model, field));
            Some(quote!(&[#meta]))
        }
        Kind::Flatten => {
            let ty = &field.ty;
            Some(quote!(<#ty as __orm::ModelFields>::FIELDS))
        }
        Kind::Many(_) => None,
    });
    let count = place(model, usize::MAX);
    let fields = quote! {
        static __FIELDS: [__orm::FieldMeta; #count] = __orm::concat_fields(&[#(#parts),*]);
    };
    (fields, quote!(&__FIELDS))
}

fn relation_of(model: &Model, field: &Field) -> Option<usize> {
    super::relations::fields(model).position(|other| other.index == field.index)
}

/// `[hooks_of::<Venue>(), cleaning::<Venue>()]`
fn behaviours(model: &Model) -> Vec<TokenStream> {
    let own = &model.ident;
    let hooks = model.hooks.map(|span| quote_spanned!(at(span)=> __orm::hooks_of::<#own>()));
    let clean = model.clean.then(|| quote!(__orm::cleaning::<#own>()));
    hooks.into_iter().chain(clean).collect()
}

/// What is said of the model beyond its columns.
fn options(model: &Model) -> TokenStream {
    let mut set = TokenStream::new();
    if let Some(schema) = &model.schema {
        set.extend(quote!(schema: ::core::option::Option::Some(#schema),));
    }
    if let Some(comment) = &model.comment {
        set.extend(quote!(comment: ::core::option::Option::Some(#comment),));
    }
    let behaviours = behaviours(model);
    if !behaviours.is_empty() {
        set.extend(quote!(behaviours: &[#(#behaviours),*],));
    }
    if !model.managed {
        set.extend(quote!(managed: false,));
    }
    if model.on_delete_in_library {
        set.extend(quote!(on_delete_in_library: true,));
    }
    if model.validate {
        set.extend(quote!(validate: true,));
    }
    let many: Vec<_> =
        super::relations::many_places(model).map(Literal::usize_unsuffixed).collect();
    if !many.is_empty() {
        set.extend(quote!(many_to_many: &[#(&__RELATIONS[#many]),*],));
    }
    if !model.ordering.is_empty() {
        let ordering = ordering(model, &model.ordering);
        set.extend(quote!(ordering: #ordering,));
    }
    if !model.get_latest_by.is_empty() {
        let ordering = ordering(model, &model.get_latest_by);
        set.extend(quote!(get_latest_by: #ordering,));
    }
    set.extend(list("uniques", &model.uniques, |unique| self::unique(model, unique)));
    set.extend(list("indexes", &model.indexes, |index| self::index(model, index)));
    set.extend(list("checks", &model.checks, |check| self::check(model, check)));
    set
}

fn list(name: &str, all: &[IndexAttrs], one: impl Fn(&IndexAttrs) -> TokenStream) -> TokenStream {
    if all.is_empty() {
        return TokenStream::new();
    }
    let name = Ident::new(name, proc_macro2::Span::call_site());
    let all = all.iter().map(one);
    quote!(#name: &[#(#all),*],)
}

/// ```text
/// Some(|| ordering::<Book, _>(|__m| (__m.name().asc(), __m.edition().desc())))
/// ```
fn ordering(model: &Model, items: &[Item]) -> TokenStream {
    let own = &model.ident;
    let items = items.iter().map(|item| {
        let path = &item.path;
        let direction = Ident::new(if item.desc { "desc" } else { "asc" }, item.span());
        quote!(__m #(.#path())* .#direction())
    });
    some(&quote!(|| __orm::ordering::<#own, _>(|__m| (#(#items,)*))))
}

fn unique(model: &Model, unique: &IndexAttrs) -> TokenStream {
    let name = option(&filled(unique.name.as_ref(), model));
    let parts = parts(model, unique);
    let condition = condition(model, unique.condition.as_ref());
    let include = include(unique);
    let (nulls_distinct, deferrable) = (unique.nulls_distinct, unique.deferrable);
    quote!(__orm::UniqueMeta {
        name: #name,
        parts: #parts,
        condition: #condition,
        nulls_distinct: #nulls_distinct,
        include: #include,
        deferrable: #deferrable,
    })
}

fn index(model: &Model, index: &IndexAttrs) -> TokenStream {
    let name = option(&filled(index.name.as_ref(), model));
    let parts = parts(model, index);
    let method = index.using.as_ref().map(|using| using.value.clone());
    let method = option(&method.filter(|method| method != "btree"));
    let condition = condition(model, index.condition.as_ref());
    let include = include(index);
    quote!(__orm::IndexMeta {
        name: #name,
        parts: #parts,
        method: #method,
        condition: #condition,
        include: #include,
    })
}

fn check(model: &Model, check: &IndexAttrs) -> TokenStream {
    let (own, name) = (&model.ident, option(&filled(check.name.as_ref(), model)));
    let condition = &check.expressions;
    quote!(__orm::CheckMeta {
        name: #name,
        condition: || __orm::condition::<#own, _>(#(#condition)*),
    })
}

fn condition(model: &Model, condition: Option<&syn::Expr>) -> TokenStream {
    let own = &model.ident;
    match condition {
        Some(condition) => some(&quote!(|| __orm::condition::<#own, _>(#condition))),
        None => quote!(::core::option::Option::None),
    }
}

fn parts(model: &Model, index: &IndexAttrs) -> TokenStream {
    let own = &model.ident;
    let fields = index.fields.iter().map(|item| {
        let (name, desc) = (item.name(), item.desc);
        let check = flattened_check(model, item, &name);
        quote!(__orm::IndexPart::Field { name: { #check #name }, desc: #desc })
    });
    let expressions = index
        .expressions
        .iter()
        .map(|expr| quote!(__orm::IndexPart::Expression(|| __orm::expression::<#own, _>(#expr))));
    quote!(&[#(#fields,)* #(#expressions),*])
}

/// Whether a flattened struct has a column of a name is known when its constants are.
fn flattened_check(model: &Model, item: &Item, name: &str) -> TokenStream {
    let first = item.path.first().map(ToString::to_string).unwrap_or_default();
    let Some(field) = model.field(&first).filter(|_| item.path.len() == 2) else {
        return TokenStream::new();
    };
    let ty = &field.ty;
    let message = format!("`{first}` has no field `{name}`");
    quote!(assert!(__orm::has_field(<#ty as __orm::ModelFields>::FIELDS, #name), #message);)
}

fn include(index: &IndexAttrs) -> TokenStream {
    let names = index.include.iter().map(Item::name);
    quote!(&[#(#names),*])
}

/// `Some(value)`
pub fn some(value: &impl ToTokens) -> TokenStream {
    quote!(::core::option::Option::Some(#value))
}

/// `Some(value)` or `None`.
pub fn option(value: &Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => some(value),
        None => quote!(::core::option::Option::None),
    }
}
