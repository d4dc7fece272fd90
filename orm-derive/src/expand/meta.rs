//! The model's metadata: one static.

use super::column::field_meta;
use super::said::Said;
use super::{at, place};
use crate::attr::index::{IndexAttrs, Item, is_ordered};
use crate::attr::{At, Deferrable};
use crate::model::{Field, Kind, Model, filled};
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// ```text
/// static __FIELDS: [FieldMeta; 9] = […];
/// static __META: ModelMeta = ModelMeta::new("Book", "library", "library_book", &__FIELDS, &[0])
///     .ordering(|| ordering::<Book, _>(|__m| (__m.name().asc(), __m.edition().desc())));
/// submit! { Registered(|| &__META) }
/// ```
pub fn static_meta(model: &Model) -> TokenStream {
    let Model { name, app, table, .. } = model;
    let fields = fields(model);
    let fields_of_key = model.primary_key.iter().filter_map(|field| model.fields.get(*field));
    let key = fields_of_key.flat_map(|field| places(model, field));
    let meta = quote!(__orm::ModelMeta::new(#name, #app, #table, &__FIELDS, &[#(#key),*]));
    let Said(meta) = options(model, Said(meta));
    quote! {
        #fields
        static __META: __orm::ModelMeta = #meta;
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

/// The columns: a static, as what stands in place would have to be promoted to one.
///
/// ```text
/// static __FIELDS: [FieldMeta; 2] = [<i64 as Held>::FIELD.named("id", "id").identity(), …];
/// ```
fn fields(model: &Model) -> TokenStream {
    let count = place(model, usize::MAX);
    if model.flattened().next().is_none() {
        let fields = model.columns().map(|(field, column)| {
            field_meta(field, column, Some(model), relation_of(model, field))
        });
        return quote!(static __FIELDS: [__orm::FieldMeta; #count] = [#(#fields),*];);
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
    quote! {
        static __FIELDS: [__orm::FieldMeta; #count] = __orm::concat_fields(&[#(#parts),*]);
    }
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
fn options(model: &Model, mut said: Said) -> Said {
    said.maybe("schema", model.schema.as_ref());
    said.maybe("comment", model.comment.as_ref());
    said.maybe("primary_key_name", model.primary_key_name.as_ref());
    said.list("behaviours", behaviours(model));
    if !model.managed {
        said.of("managed", false);
    }
    said.maybe("view", super::view::view(model));
    said.so_if(model.on_delete_in_library, "on_delete_in_library");
    said.so_if(model.validate, "validate");
    said.maybe("tenant", model.tenant.as_ref().map(|tenant| tenant.unraw().to_string()));
    said.so_if(model.row_level_security.is_some(), "row_level_security");
    let many = super::relations::many_places(model).map(|place| {
        let place = Literal::usize_unsuffixed(place);
        quote!(&__RELATIONS[#place])
    });
    said.list("many_to_many", many.collect());
    for (name, items) in [("ordering", &model.ordering), ("get_latest_by", &model.get_latest_by)] {
        if !items.is_empty() {
            said.of(name, ordering(model, items));
        }
    }
    said.list("uniques", model.uniques.iter().map(|unique| self::unique(model, unique)).collect());
    said.list("indexes", model.indexes.iter().map(|index| self::index(model, index)).collect());
    said.list("checks", model.checks.iter().map(|check| self::check(model, check)).collect());
    said.list("exclusions", model.exclusions.iter().map(|one| exclude(model, one)).collect());
    said.list("storage", storage(&model.storage));
    said.maybe("tablespace", model.tablespace.as_ref());
    said
}

/// ```text
/// || ordering::<Book, _>(|__m| (__m.name().asc(), __m.edition().desc()))
/// ```
fn ordering(model: &Model, items: &[Item]) -> TokenStream {
    let own = &model.ident;
    let items = items.iter().map(|item| {
        let path = &item.path;
        let direction = Ident::new(if item.desc { "desc" } else { "asc" }, item.span());
        quote!(__m #(.#path())* .#direction())
    });
    quote!(|| __orm::ordering::<#own, _>(|__m| (#(#items,)*)))
}

fn unique(model: &Model, unique: &IndexAttrs) -> TokenStream {
    let parts = parts(model, unique);
    let mut said = Said(quote!(__orm::UniqueMeta::new(#parts)));
    said.maybe("name", filled(unique.name.as_ref(), model));
    said.maybe("condition", condition(model, unique));
    if !unique.nulls_distinct {
        said.of("nulls_distinct", false);
    }
    said.list("include", include(unique));
    said.maybe("deferrable", deferrable(unique.deferrable.as_ref().map(|at| at.value)));
    said.list("operator_classes", texts(&unique.opclasses));
    said.maybe("violation", violation(unique));
    said.so_if(unique.as_index, "as_index");
    said.0
}

fn exclude(model: &Model, exclude: &IndexAttrs) -> TokenStream {
    let (parts, operators) = (parts(model, exclude), texts(&exclude.operators));
    let mut said = Said(quote!(__orm::ExcludeMeta::new(#parts, &[#(#operators),*])));
    said.maybe("name", filled(exclude.name.as_ref(), model));
    let method = exclude.using.as_ref().map(|using| &using.value);
    said.maybe("method", method.filter(|method| *method != "gist"));
    said.maybe("condition", condition(model, exclude));
    said.list("include", include(exclude));
    said.maybe("deferrable", deferrable(exclude.deferrable.as_ref().map(|at| at.value)));
    said.list("operator_classes", texts(&exclude.opclasses));
    said.maybe("violation", violation(exclude));
    said.0
}

/// `Deferrable::Immediate`
pub fn deferrable(deferrable: Option<Deferrable>) -> Option<TokenStream> {
    Some(match deferrable? {
        Deferrable::Deferred => quote!(__orm::Deferrable::Deferred),
        Deferrable::Immediate => quote!(__orm::Deferrable::Immediate),
    })
}

/// `Violation { message: Some("…"), code: None }`
fn violation(of: &IndexAttrs) -> Option<TokenStream> {
    if of.message.is_none() && of.code.is_none() {
        return None;
    }
    let text = |text: &Option<At<String>>| match text.as_ref().map(|text| &text.value) {
        Some(text) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::None),
    };
    let (message, code) = (text(&of.message), text(&of.code));
    Some(quote!(__orm::Violation { message: #message, code: #code }))
}

fn texts(texts: &[At<String>]) -> Vec<TokenStream> {
    texts.iter().map(|text| text.value.to_token_stream()).collect()
}

fn storage(parameters: &[(String, String)]) -> Vec<TokenStream> {
    parameters.iter().map(|(name, value)| quote!((#name, #value))).collect()
}

fn index(model: &Model, index: &IndexAttrs) -> TokenStream {
    let parts = parts(model, index);
    let mut said = Said(quote!(__orm::IndexMeta::new(#parts)));
    said.maybe("name", filled(index.name.as_ref(), model));
    let method = index.using.as_ref().map(|using| &using.value);
    said.maybe("method", method.filter(|method| *method != "btree"));
    said.maybe("condition", condition(model, index));
    said.list("include", include(index));
    said.list("operator_classes", texts(&index.opclasses));
    said.list("storage", storage(&index.storage));
    said.maybe("tablespace", index.tablespace.as_ref().map(|name| &name.value));
    said.0
}

fn check(model: &Model, check: &IndexAttrs) -> TokenStream {
    let (own, condition) = (&model.ident, &check.expressions);
    let span = at(condition.first().map_or(check.span, Spanned::span));
    let condition = quote_spanned!(span=> || __orm::condition::<#own, _>(#(#condition)*));
    let check_of = quote!(__orm::CheckMeta::new(#condition));
    let mut said = Said(check_of);
    said.maybe("name", filled(check.name.as_ref(), model));
    said.maybe("violation", violation(check));
    said.0
}

fn condition(model: &Model, index: &IndexAttrs) -> Option<TokenStream> {
    let (own, condition) = (&model.ident, index.condition.as_ref()?);
    Some(quote_spanned!(at(condition.span())=> || __orm::condition::<#own, _>(#condition)))
}

fn parts(model: &Model, index: &IndexAttrs) -> TokenStream {
    let own = &model.ident;
    let fields = index.fields.iter().map(|item| {
        let (name, desc) = (item.name(), item.desc);
        let name = flattened(model, item, &name).unwrap_or_else(|| name.to_token_stream());
        quote!(__orm::IndexPart::field(#name, #desc))
    });
    let expressions = index.expressions.iter().map(|expr| {
        if is_ordered(expr) {
            let order = quote_spanned!(at(expr.span())=> || __orm::ordering::<#own, _>(#expr));
            return quote!(__orm::IndexPart::Ordered(#order));
        }
        let expr = quote_spanned!(at(expr.span())=> || __orm::expression::<#own, _>(#expr));
        quote!(__orm::IndexPart::Expression(#expr))
    });
    quote!(&[#(#fields,)* #(#expressions),*])
}

/// The name of a field of a flattened struct. Whether there is one is known when its constants are.
fn flattened(model: &Model, item: &Item, name: &str) -> Option<TokenStream> {
    let first = item.path.first().map(ToString::to_string).unwrap_or_default();
    let field = model.field(&first).filter(|_| item.path.len() == 2)?;
    let (ty, message) = (&field.ty, format!("`{first}` has no field `{name}`"));
    Some(quote!(__orm::field_of(<#ty as __orm::ModelFields>::FIELDS, #name, #message)))
}

fn include(index: &IndexAttrs) -> Vec<TokenStream> {
    index.include.iter().map(|item| item.name().to_token_stream()).collect()
}
