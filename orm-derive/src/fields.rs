//! `#[derive(ModelFields)]`: columns, relations and rules that several models share.
//!
//! The struct is described and checked like a model. What is expanded for it stands beside it, and is
//! generic over the place at which a model holds the struct: names in it mean what they mean there.

pub mod reverse;
pub mod traits;

use crate::check;
use crate::errors::Errors;
use crate::expand::{self, Said, key_name};
use crate::model::{Kind, Model, build};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::{DeriveInput, Ident};

/// Expands the derive; what is wrong is left out.
pub fn expand(input: &DeriveInput, errors: &Errors) -> TokenStream {
    let Some(mut model) = build::shared(input, errors) else { return TokenStream::new() };
    if points_to_itself(&model) {
        // What is said of that is enough: the struct stands in for the model that it is not.
        return expand::stub(input);
    }
    check::check(&mut model, errors);
    check::shared(&mut model, errors);
    implement(&model)
}

fn points_to_itself(model: &Model) -> bool {
    model.fields.iter().any(|field| match &field.kind {
        Kind::Column(column) => column.key.as_ref().is_some_and(|key| key.target.own),
        Kind::Many(many) => many.target.own,
        Kind::Flatten => false,
    })
}

/// ```text
/// pub struct TimestampsFields<R, K> { path: Path<R, K>, flat: Flat }
/// pub struct TimestampsDraft<W, N> { … }
/// pub trait HasTimestamps: Flattens<Timestamps> { … }
/// pub trait TimestampsPaths<R, K> { … }
/// const _: () = { impl ModelFields for Timestamps { … } … };
/// ```
fn implement(model: &Model) -> TokenStream {
    let paths = expand::fields_ident(model);
    let outside = [
        expand::draft::definition(model),
        expand::shared::places(model),
        traits::definitions(model),
        reverse::traits(model),
    ];
    let items = [
        accessors(model, &paths),
        model_fields(model, &paths, &body(model)),
        expand::shared::place_impls(model),
        nests(model),
        shared_at(model, &[]),
        expand::draft::requirements(model),
        traits::implementations(model),
        reverse::relations(model),
        reverse::accessors(model),
    ];
    written(model, &outside, &items)
}

/// The paths of a struct, what stands beside them, and what nobody names.
pub fn written(model: &Model, outside: &[TokenStream], items: &[TokenStream]) -> TokenStream {
    let (own, vis, paths) = (&model.ident, &model.vis, expand::fields_ident(model));
    let doc = format!("The paths of the columns of [`{own}`].");
    let items = expand::targets::named(model, &quote!(#(#items)*));
    quote! {
        #[doc = #doc]
        #[allow(dead_code)]
        #vis struct #paths<R, K> {
            path: ::orm::private::Path<R, K>,
            flat: ::orm::private::Flat,
        }
        #(#outside)*
        #[allow(clippy::all, missing_docs, non_camel_case_types, unused_qualifications)]
        #[allow(private_bounds, private_interfaces, unnameable_types, unreachable_pub)]
        #[allow(dead_code, unused_imports)]
        const _: () = {
            use ::orm::private::{self as __orm, NoColumn as _};
            #items
        };
    }
}

pub fn accessors(model: &Model, paths: &Ident) -> TokenStream {
    let vis = &model.vis;
    let accessors = model.fields.iter().map(|field| {
        let (signature, docs) = (traits::signature(field, &quote!(__orm)), &field.docs);
        let body = continued(model, field);
        quote!(#docs #vis #signature { #body })
    });
    quote! {
        impl<__R: __orm::Model, __K: __orm::Cardinality> #paths<__R, __K> {
            #(#accessors)*
        }
    }
}

/// The path continued by a field.
fn continued(model: &Model, field: &crate::model::Field) -> TokenStream {
    let place = expand::place(model, field.index);
    let relation = expand::relations::fields(model).position(|other| other.index == field.index);
    let relation = Literal::usize_unsuffixed(relation.unwrap_or(0));
    match &field.kind {
        Kind::Column(column) if column.key.is_none() => {
            quote!(self.path.column(&self.flat.fields[#place]))
        }
        Kind::Column(_) | Kind::Many(_) => quote!(self.flat.forward(&self.path, #relation)),
        Kind::Flatten => {
            let (ty, relation) = (&field.ty, expand::shared::relations_before(model, field.index));
            if let Some(crate::model::Variant { ident, kind, .. }) = &field.variant {
                let kind = quote!(#kind::#ident);
                return quote!(__orm::OfKind::new(&self.path, self.flat, #place, #relation, #kind));
            }
            quote! {
                <#ty as __orm::ModelFields>::at::<__R, __K>(&self.path, self.flat.from(#place, #relation))
            }
        }
    }
}

/// What differs between a struct and an enum.
pub struct Body {
    /// The types of drafts, and what makes the slots.
    pub drafts: TokenStream,
    pub latest: TokenStream,
    pub held: TokenStream,
    pub decode: TokenStream,
    pub clean: TokenStream,
    /// Further functions of `ModelFields`.
    pub more: TokenStream,
    /// How many columns there are, where they are not those described.
    pub width: Option<TokenStream>,
}

fn body(model: &Model) -> Body {
    let own = &model.ident;
    let (draft, required) = (expand::draft_ident(model), expand::draft::required(model));
    let (slots, shared) = (expand::draft::slots(model), expand::shared::draft_value(model));
    let decode = expand::decode(model.fields.iter());
    Body {
        drafts: quote! {
            type Draft = #required;
            type Slots<__W: __orm::Place<Shared = Self>, __N> = #draft<__W, __N>;
            fn slots<__W: __orm::Place<Shared = Self>, __N>(next: __N) -> #draft<__W, __N> {
                #draft { #slots #shared }
            }
        },
        latest: latest(model),
        held: expand::held(model.fields.iter()),
        decode: quote!(::core::result::Result::Ok(#own { #decode })),
        clean: expand::cleans(model),
        more: TokenStream::new(),
        width: None,
    }
}

/// ```text
/// impl ModelFields for Timestamps { type Draft = Set; const WIDTH …; fn at(…) … }
/// ```
pub fn model_fields(model: &Model, paths: &Ident, body: &Body) -> TokenStream {
    let own = &model.ident;
    let Body { drafts, latest, held, decode, clean, more, width } = body;
    let numbers = numbers(model, width.as_ref());
    let (pk_type, pk) = expand::primary_key(model);
    let marks = marks(model);
    quote! {
        #marks
        impl __orm::ModelFields for #own {
            type Paths<R: __orm::Model, K: __orm::Cardinality> = #paths<R, K>;
            type Latest = #latest;
            type Pk = #pk_type;
            #drafts
            #numbers
            fn at<R: __orm::Model, K: __orm::Cardinality>(
                path: &__orm::PathBuf,
                flat: __orm::Flat,
            ) -> #paths<R, K> {
                let path = __orm::Path::from(::core::clone::Clone::clone(path));
                #paths { path, flat }
            }
            fn pk(&self) -> Self::Pk {
                #pk
            }
            fn held(&self, place: usize) -> __orm::InRow<'_> {
                #held
            }
            fn decode(reader: &mut __orm::Reader<'_>) -> __orm::Decoded<Self> {
                #decode
            }
            fn clean_fields(&mut self, errors: &mut __orm::Errors) {
                #clean
            }
            #more
        }
    }
}

/// How much there is of what, and where the primary key is.
fn numbers(model: &Model, width: Option<&TokenStream>) -> TokenStream {
    let width = width.cloned().unwrap_or_else(|| expand::place(model, usize::MAX));
    let relations = expand::shared::relations_before(model, usize::MAX);
    let many = expand::shared::many_count(model, model.many_to_many().count());
    let key = key_places(model);
    quote! {
        const WIDTH: usize = #width;
        const RELATIONS: usize = #relations;
        const MANY: usize = #many;
        const KEY: &'static [usize] = #key;
    }
}

/// That it has hooks, or validation of its own.
fn marks(model: &Model) -> TokenStream {
    let own = &model.ident;
    let cleaned = model.clean.then(|| quote!(impl __orm::HasClean for #own {}));
    let hooked = model.hooks.map(|_| quote!(impl __orm::HasHooks for #own {}));
    quote!(#cleaned #hooked)
}

/// Whether it says `get_latest_by`.
fn latest(model: &Model) -> TokenStream {
    match model.get_latest_by.is_empty() {
        false => quote!(__orm::Yes),
        true => expand::shared::latest_of(model).unwrap_or_else(|| quote!(__orm::No)),
    }
}

/// The places of the primary key.
fn key_places(model: &Model) -> TokenStream {
    if let Some(field) = model.shared_key.and_then(|place| model.fields.get(place)) {
        let (ty, first) = (&field.ty, expand::place(model, field.index));
        let key = quote!(<#ty as __orm::ModelFields>::KEY);
        return quote!({
            const __KEY: [usize; #key.len()] = __orm::key_places(#first, #key);
            &__KEY
        });
    }
    let fields = model.primary_key.iter().filter_map(|field| model.fields.get(*field));
    let places = fields.flat_map(|field| expand::key_places(model, field));
    quote!(&[#(#places),*])
}

/// ```text
/// impl Nests<Timestamps> for Audited { type At<W: Holds<Shared = Self>> = __AuditedAt0<W>; }
/// ```
fn nests(model: &Model) -> TokenStream {
    let own = &model.ident;
    let nests = model.flattened().map(|field| {
        let (ty, flat) = (&field.ty, expand::flat_ident(model, field));
        let with = field.flat.with.iter().map(|with| {
            quote! {
                impl __orm::Nests<#with> for #own {
                    type At<__W: __orm::Holds<Shared = Self>> = <#ty as __orm::Nests<#with>>::At<#flat>;
                }
            }
        });
        quote! {
            impl __orm::Nests<#ty> for #own {
                type At<__W: __orm::Holds<Shared = Self>> = #flat;
            }
            #(#with)*
        }
    });
    nests.collect()
}

/// ```text
/// impl<W: Place<Shared = Audited>> SharedAt<W> for Audited where Timestamps: SharedAt<__AuditedAt0<W>> {
///     const META: SharedMeta = SharedMeta::new(&[…]).relations(&[…]).ordering(…);
/// }
/// ```
pub fn shared_at(model: &Model, checks: &[TokenStream]) -> TokenStream {
    shared_at_with(model, &expand::parts_of(model), checks, &[])
}

/// The same of a generic key, whose columns may not be those described.
pub fn shared_at_with(
    model: &Model,
    parts: &[TokenStream],
    checks: &[TokenStream],
    indexes: &[TokenStream],
) -> TokenStream {
    let own = &model.ident;
    let shared_at = quote!(<Self as __orm::SharedAt<__W>>);
    let mut said = Said(quote!(__orm::SharedMeta::new(#shared_at::PARTS)));
    // Each list is a constant of its own: what depends on the place cannot stand in the middle of one.
    let consts = lists(model, checks, indexes).map(|(option, name, ty, all)| {
        let (name, ty) = (format_ident!("{name}"), format_ident!("{ty}"));
        (!all.is_empty()).then(|| {
            said.of(option, quote!(#shared_at::#name));
            quote!(const #name: &'static [__orm::#ty] = &[#(#all),*];)
        })
    });
    let consts: TokenStream = consts.into_iter().flatten().collect();
    for (name, items) in [("ordering", &model.ordering), ("get_latest_by", &model.get_latest_by)] {
        if !items.is_empty() {
            said.of(name, expand::ordering(model, items));
        }
    }
    said.so_if(model.validate, "validate");
    let manager = model.managers.as_ref().and_then(|managers| managers.first());
    let query = manager
        .map(|(_, manager)| quote!(|| __orm::Manager::<__W::Model>::queryset(&#manager).into()));
    said.maybe("default_query", query);
    let (Said(meta), bounds) = (said, bounds(model, manager.map(|(_, manager)| manager)));
    quote! {
        impl<__W: __orm::Place<Shared = #own>> __orm::SharedAt<__W> for #own
        where
            #bounds
        {
            const PARTS: &'static [__orm::SharedPart] = &[#(#parts),*];
            #consts
            const META: __orm::SharedMeta = #meta;
        }
    }
}

/// What nested structs and managers ask of the model.
fn bounds(model: &Model, manager: Option<&syn::Expr>) -> TokenStream {
    let nested = model.flattened().map(|field| {
        let (ty, flat) = (&field.ty, expand::flat_ident(model, field));
        quote!(#ty: __orm::SharedAt<#flat>,)
    });
    let manager = manager.filter(|manager| matches!(manager, syn::Expr::Path(_)));
    let manager = manager.map(|manager| quote!(#manager: __orm::Manager<__W::Model>,));
    quote!(#(#nested)* #manager)
}

type List = (&'static str, &'static str, &'static str, Vec<TokenStream>);

/// What there are several of: the option of the metadata, the constant, and its type.
fn lists(model: &Model, more_checks: &[TokenStream], more_indexes: &[TokenStream]) -> [List; 7] {
    let [behaviours, uniques, mut indexes, mut checks, exclusions] = expand::all_lists(model);
    checks.2.extend_from_slice(more_checks);
    indexes.2.extend_from_slice(more_indexes);
    let relations = expand::relations::list(model);
    let of = |(option, ty, all): (&'static str, &'static str, _), name| (option, name, ty, all);
    [
        ("relations", "RELATED", "Relation", relations),
        ("between", "BETWEEN", "BetweenMeta", between(model)),
        of(behaviours, "BEHAVIOURS"),
        of(uniques, "UNIQUES"),
        of(indexes, "INDEXES"),
        of(checks, "CHECKS"),
        of(exclusions, "EXCLUSIONS"),
    ]
}

/// The models between of many-to-many relations.
fn between(model: &Model) -> Vec<TokenStream> {
    let between = model.many_to_many().map(|(field, many)| {
        let (name, to) = (&field.name, &many.target.path);
        let mut said = Said(quote! {
            __orm::BetweenMeta::shared(
                #name,
                <__W::Model as __orm::Model>::meta,
                <#to as __orm::Model>::meta
            )
        });
        said.maybe("table", many.table.as_ref().map(|table| expand::text(model, table)));
        if !many.db_constraint {
            said.of("db_constraint", false);
        }
        said.0
    });
    between.collect()
}

/// `<Owned as SharedRelation<…, Author>>`
fn through(
    model: &Model,
    field: &crate::model::Field,
    to: &syn::Path,
    orm: &TokenStream,
) -> TokenStream {
    let (own, name) = (&model.ident, key_name(&field.name));
    quote!(<#own as #orm::SharedRelation<#name, #to>>)
}

/// `HasTimestamps`
fn has_ident(model: &Model) -> Ident {
    format_ident!("Has{}", model.name, span = model.ident.span())
}

/// `TimestampsPaths`
fn paths_ident(model: &Model) -> Ident {
    format_ident!("{}Paths", model.name, span = model.ident.span())
}
