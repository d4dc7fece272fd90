//! The model's metadata: one static.

use super::column::field_meta;
use super::said::Said;
use super::{at, place};
use crate::attr::index::{IndexAttrs, Item, is_ordered};
use crate::attr::{At, Deferrable};
use crate::model::{FIELD, Field, Kind, Model, ViewRows, filled};
use proc_macro2::{Literal, Span, TokenStream};
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
    let key = super::shared::key(model).unwrap_or_else(|| {
        let fields_of_key = model.primary_key.iter().filter_map(|field| model.fields.get(*field));
        let key = fields_of_key.flat_map(|field| places(model, field));
        quote!(&[#(#key),*])
    });
    let meta = quote!(__orm::ModelMeta::new(#name, #app, #table, &__FIELDS, #key));
    let meta = match model.flattened().next() {
        None => plain_lists(model, options(model, Said(meta))),
        Some(_) => super::shared::lists(model, options(model, Said(meta))),
    };
    let Said(meta) = meta;
    // Nothing in a database belongs to rows that are put together where they are read.
    let registered = match model.view.as_ref().map(|view| &view.rows) {
        Some(ViewRows::Inline(_)) => TokenStream::new(),
        _ => quote!(__orm::submit! { __orm::Registered(|| &__META) }),
    };
    quote! {
        #fields
        static __META: __orm::ModelMeta = #meta;
        #registered
    }
}

/// The places of a field's columns.
pub fn places(model: &Model, field: &Field) -> Vec<TokenStream> {
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
    let own = super::own_columns(model, usize::MAX);
    let plain = model.flattened().next().is_none();
    let fields = model
        .columns()
        .map(|(field, column)| field_meta(field, column, model, relation_of(model, field)));
    let parts = if plain { Vec::new() } else { parts_of(model) };
    match (model.parent(), plain) {
        (None, true) => quote!(static __FIELDS: [__orm::FieldMeta; #count] = [#(#fields),*];),
        (None, false) => quote! {
            static __FIELDS: [__orm::FieldMeta; #count] =
                __orm::concat_fields(&[#(#parts),*], &__RELATIONS);
        },
        (Some((link, parent)), _) => {
            let (parent, link) = (&parent.path, super::relations::relation(model, link));
            let own_fields = match plain {
                true => quote!([#(#fields),*]),
                false => quote!(__orm::concat_fields(&[#(#parts),*], &__RELATIONS)),
            };
            quote! {
                static __OWN_FIELDS: [__orm::FieldMeta; #own] = #own_fields;
                static __FIELDS: [__orm::FieldMeta; #count] =
                    __orm::extended(<#parent as __orm::Model>::FIELDS, #link, &__OWN_FIELDS);
            }
        }
    }
}

/// The columns, and what flattened structs have between them.
pub fn parts_of(model: &Model) -> Vec<TokenStream> {
    let mut parts = Vec::new();
    for run in model.fields.chunk_by(|a, b| !is_flat(a) && !is_flat(b)) {
        let columns = run.iter().filter_map(|field| match &field.kind {
            Kind::Column(column) => {
                Some(field_meta(field, column, model, relation_of(model, field)))
            }
            Kind::Flatten | Kind::Many(_) => None,
        });
        let columns: Vec<_> = columns.collect();
        match run {
            [flat] if is_flat(flat) => {
                let meta = super::shared::meta(model, flat);
                parts.push(match &flat.variant {
                    Some(_) => quote!(__orm::SharedPart::Kind(&#meta)),
                    None => quote!(__orm::SharedPart::Nested(&#meta)),
                });
            }
            _ if columns.is_empty() => {}
            _ => parts.push(quote!(__orm::SharedPart::Fields(&[#(#columns),*]))),
        }
    }
    parts
}

fn is_flat(field: &Field) -> bool {
    matches!(field.kind, Kind::Flatten)
}

fn relation_of(model: &Model, field: &Field) -> Option<usize> {
    super::relations::fields(model).position(|other| other.index == field.index)
}

/// `[hooks_of::<Venue>(), cleaning::<Venue>()]`
pub fn behaviours(model: &Model) -> Vec<TokenStream> {
    let own = super::own(model);
    let hooks = model.hooks.map(|span| match model.shared {
        true => quote_spanned!(at(span)=> __orm::shared_hooks_of::<__W>()),
        false => quote_spanned!(at(span)=> __orm::hooks_of::<#own>()),
    });
    let clean = model.clean.then(|| quote!(__orm::cleaning::<#own>()));
    hooks.into_iter().chain(clean).collect()
}

/// What is said of the model beyond its columns, and beyond what there are several of.
pub fn options(model: &Model, mut said: Said) -> Said {
    said.maybe("schema", model.schema.as_ref());
    said.maybe("comment", model.comment.as_ref());
    said.maybe("primary_key_name", model.primary_key_name.as_ref());
    if !model.managed {
        said.of("managed", false);
    }
    said.maybe("view", super::view::view(model));
    said.so_if(model.on_delete_in_library, "on_delete_in_library");
    said.so_if(model.validate, "validate");
    said.maybe("tenant", model.tenant.as_ref().map(|tenant| tenant.unraw().to_string()));
    said.so_if(model.row_level_security.is_some(), "row_level_security");
    for (name, items) in [("ordering", &model.ordering), ("get_latest_by", &model.get_latest_by)] {
        if !items.is_empty() {
            said.of(name, ordering(model, items));
        }
    }
    said.list("storage", storage(&model.storage));
    said.maybe("tablespace", model.tablespace.as_ref());
    said
}

/// What there are several of, and its type.
pub fn all_lists(model: &Model) -> [(&'static str, &'static str, Vec<TokenStream>); 5] {
    let uniques = model.uniques.iter().map(|unique| self::unique(model, unique)).collect();
    let indexes = model.indexes.iter().map(|index| self::index(model, index)).collect();
    let checks = model.checks.iter().map(|check| self::check(model, check)).collect();
    let exclusions = model.exclusions.iter().map(|one| exclude(model, one)).collect();
    [
        ("behaviours", "Behaviour", behaviours(model)),
        ("uniques", "UniqueMeta", uniques),
        ("indexes", "IndexMeta", indexes),
        ("checks", "CheckMeta", checks),
        ("exclusions", "ExcludeMeta", exclusions),
    ]
}

/// What there are several of, where nothing is taken over from flattened structs.
fn plain_lists(model: &Model, mut said: Said) -> Said {
    let many = super::relations::many_places(model).map(|place| {
        let place = Literal::usize_unsuffixed(place);
        quote!(&__RELATIONS[#place])
    });
    said.list("many_to_many", many.collect());
    for (name, _, all) in all_lists(model) {
        said.list(name, all);
    }
    said
}

/// ```text
/// || ordering::<Book, _>(|__m| (__m.name().asc(), __m.edition().desc()))
/// ```
pub fn ordering(model: &Model, items: &[Item]) -> TokenStream {
    let over = super::over(model, "ordering", &TokenStream::new(), Span::call_site());
    let items = items.iter().map(|item| {
        let path = &item.path;
        let direction = Ident::new(if item.desc { "desc" } else { "asc" }, item.span());
        quote!(__m #(.#path())* .#direction())
    });
    quote!(|| #over(|__m| (#(#items,)*)))
}

fn unique(model: &Model, unique: &IndexAttrs) -> TokenStream {
    let parts = parts(model, unique);
    let mut said = Said(quote!(__orm::UniqueMeta::new(#parts)));
    said.maybe("name", named(model, unique));
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
    said.maybe("name", named(model, exclude));
    let method = exclude.using.as_ref().map(|using| &using.value);
    said.maybe("method", method.filter(|method| *method != "gist"));
    said.maybe("condition", condition(model, exclude));
    said.list("include", include(exclude));
    said.maybe("deferrable", deferrable(exclude.deferrable.as_ref().map(|at| at.value)));
    said.list("operator_classes", texts(&exclude.opclasses));
    said.maybe("violation", violation(exclude));
    said.0
}

/// The name of a constraint or an index.
fn named(model: &Model, index: &IndexAttrs) -> Option<TokenStream> {
    filled(index.name.as_ref(), model).map(|name| super::text(model, &name))
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
    said.maybe("name", named(model, index));
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
    let condition = &check.expressions;
    let span = at(condition.first().map_or(check.span, Spanned::span));
    let over = super::over(model, "condition", &TokenStream::new(), span);
    let condition = quote_spanned!(span=> || #over(#(#condition)*));
    let check_of = quote!(__orm::CheckMeta::new(#condition));
    let mut said = Said(check_of);
    said.maybe("name", named(model, check));
    said.maybe("violation", violation(check));
    said.0
}

fn condition(model: &Model, index: &IndexAttrs) -> Option<TokenStream> {
    let condition = index.condition.as_ref()?;
    let span = at(condition.span());
    let over = super::over(model, "condition", &TokenStream::new(), span);
    Some(quote_spanned!(span=> || #over(#condition)))
}

fn parts(model: &Model, index: &IndexAttrs) -> TokenStream {
    let over = |function: &str, span| super::over(model, function, &TokenStream::new(), span);
    let fields = index.fields.iter().map(|item| {
        let (name, desc) = (item.name(), item.desc);
        let name = flattened(model, item, &name).unwrap_or_else(|| named_as(model, &name));
        quote!(__orm::IndexPart::field(#name, #desc))
    });
    let expressions = index.expressions.iter().map(|expr| {
        if is_ordered(expr) {
            let (span, over) = (at(expr.span()), over("ordering", at(expr.span())));
            let order = quote_spanned!(span=> || #over(#expr));
            return quote!(__orm::IndexPart::Ordered(#order));
        }
        let (span, over) = (at(expr.span()), over("expression", at(expr.span())));
        let expr = quote_spanned!(span=> || #over(#expr));
        quote!(__orm::IndexPart::Expression(#expr))
    });
    quote!(&[#(#fields,)* #(#expressions),*])
}

/// The name of a field, which the type of an enum has from the field that holds the enum.
fn named_as(model: &Model, name: &str) -> TokenStream {
    match (model.field(name), model.field(FIELD)) {
        (None, Some(kind)) if kind.accessor == name => super::text(model, FIELD),
        _ => name.to_token_stream(),
    }
}

/// The name of a field of a flattened struct. Whether there is one is known when its constants are.
fn flattened(model: &Model, item: &Item, name: &str) -> Option<TokenStream> {
    let first = item.path.first().map(ToString::to_string).unwrap_or_default();
    let field = model.field(&first).filter(|_| item.path.len() > 1)?;
    let of_variant = field.variant.as_ref().is_some_and(|variant| variant.is_struct);
    let of_key = field.generic.is_some();
    let name = match (of_variant || of_key) && item.path.len() == 2 {
        true => format!("{first}_{name}"),
        false => name.to_owned(),
    };
    let (meta, message) =
        (super::shared::meta(model, field), format!("`{first}` has no field `{name}`"));
    Some(quote!(__orm::field_of(&#meta, #name, #message)))
}

fn include(index: &IndexAttrs) -> Vec<TokenStream> {
    index.include.iter().map(|item| item.name().to_token_stream()).collect()
}
