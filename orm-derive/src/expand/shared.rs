//! What a model takes over from the structs that it flattens.
//!
//! The derive knows the type of such a struct and nothing in it: what it writes are constants and types
//! that are put together from those of the struct.

use super::said::Said;
use super::{at, draft_ident, meta as model_meta, moved, own, place, relations};
use crate::attr::flat::Related;
use crate::model::{Field, Model};
use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Ident;
use syn::spanned::Spanned;

/// Where the model holds a flattened struct: `__NoteAt2`, `__AuditedAt0<__W>`.
pub fn flat_ident(model: &Model, field: &Field) -> TokenStream {
    let ident = place_ident(model, field);
    if model.shared { quote!(#ident<__W>) } else { ident.into_token_stream() }
}

/// The type of that place, without its parameter.
pub fn place_ident(model: &Model, field: &Field) -> Ident {
    format_ident!("__{}At{}", model.name, field.index)
}

/// `<Timestamps as SharedAt<__NoteAt2>>::META`
pub fn meta(model: &Model, field: &Field) -> TokenStream {
    let (ty, flat) = (&field.ty, flat_ident(model, field));
    quote_spanned!(at(ty.span())=> <#ty as __orm::SharedAt<#flat>>::META)
}

/// A name as a number, by which a macro that does not see a field finds its relation.
pub fn key_name(name: &str) -> Literal {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    Literal::u64_suffixed(hash)
}

/// ```text
/// pub struct __NoteAt2;
/// ```
pub fn places(model: &Model) -> TokenStream {
    let vis = &model.vis;
    let places = model.flattened().map(|field| {
        let place = place_ident(model, field);
        let held = match model.shared {
            true => quote!(<__W>(::core::marker::PhantomData<fn() -> __W>)),
            false => TokenStream::new(),
        };
        quote! {
            #[doc(hidden)]
            #[allow(non_camel_case_types, dead_code, missing_debug_implementations)]
            #vis struct #place #held;
        }
    });
    places.collect()
}

/// ```text
/// impl Place for __NoteAt2 { type Model = Note; type Shared = Timestamps; … }
/// ```
pub fn place_impls(model: &Model) -> TokenStream {
    let places = model.flattened().map(|field| {
        let (place, check) = (place_impl(model, field), super::generic::check(field));
        quote!(#place #check)
    });
    places.collect()
}

/// What a place within a model says of itself, or one within a shared struct by way of that.
struct Within {
    generics: TokenStream,
    required: TokenStream,
    app: TokenStream,
    lower: TokenStream,
    first: TokenStream,
    flat: TokenStream,
    /// How the struct that has the field is found in a row.
    find: TokenStream,
    find_mut: TokenStream,
}

fn within(model: &Model, field: &Field) -> Within {
    let required = super::draft::within(model, field, &quote!(P), &quote!(__orm));
    if !model.shared {
        return Within {
            generics: TokenStream::new(),
            required,
            app: model.app.to_token_stream(),
            lower: model.lower().to_token_stream(),
            first: TokenStream::new(),
            flat: quote!(__orm::Flat { fields: &__FIELDS, relations: &__RELATIONS }),
            find: quote!(::core::option::Option::Some(row)),
            find_mut: quote!(::core::option::Option::Some(row)),
        };
    }
    let shared = &model.ident;
    Within {
        generics: quote!(<__W: __orm::Place<Shared = #shared>>),
        required: quote!(__W::Required<#required>),
        app: quote!(__W::APP),
        lower: quote!(__W::MODEL),
        first: quote!(__W::FIELD+),
        flat: quote!(__W::flat()),
        find: quote!(__W::find(row)),
        find_mut: quote!(__W::find_mut(row)),
    }
}

fn place_impl(model: &Model, field: &Field) -> TokenStream {
    let (at, ty, name) = (flat_ident(model, field), &field.ty, &field.name);
    let (of, own) = (place(model, field.index), own(model));
    let relation = relations_before(model, field.index);
    let Within { generics, required, app, lower, first, flat, find, find_mut } =
        within(model, field);
    let (held, held_mut) = (held(model, field, &find, ""), held(model, field, &find_mut, "mut"));
    let (holds, generic) = (holds(model, field), super::generic::said(field));
    quote! {
        impl #generics __orm::Place for #at {
            type Model = #own;
            type Shared = #ty;
            type Required<P: 'static> = #required;
            const APP: &'static str = #app;
            const MODEL: &'static str = #lower;
            const NAME: &'static str = #name;
            const FIELD: usize = #first #of;
            #generic
            fn flat() -> __orm::Flat {
                #flat.from(#of, #relation)
            }
            fn find(row: &Self::Model) -> ::core::option::Option<&#ty> {
                #held
            }
            fn find_mut(row: &mut Self::Model) -> ::core::option::Option<&mut #ty> {
                #held_mut
            }
        }
        #holds
    }
}

/// The field of a row, where it is there.
fn held(model: &Model, field: &Field, find: &TokenStream, mutable: &str) -> TokenStream {
    let name = &field.ident;
    let mutable = (!mutable.is_empty()).then(|| Ident::new(mutable, Span::call_site()));
    let Some(variant) = &field.variant else {
        return quote!(#find.map(|row| &#mutable row.#name));
    };
    let own = &model.ident;
    if variant.is_struct {
        // Its fields are those of the variant itself.
        return quote!(::core::option::Option::None);
    }
    let (name, none) = (&variant.ident, quote!(::core::option::Option::None));
    quote! {
        match #find {
            ::core::option::Option::Some(#own::#name(held)) => ::core::option::Option::Some(held),
            _ => #none,
        }
    }
}

/// ```text
/// impl Holds for __NoteAt2 { fn get(row: &Note) -> &Timestamps { &row.times } … }
/// ```
fn holds(model: &Model, field: &Field) -> TokenStream {
    if field.variant.is_some() {
        return TokenStream::new();
    }
    let (at, ty, name, shared) = (flat_ident(model, field), &field.ty, &field.ident, &model.ident);
    let (generics, row, row_mut) = match model.shared {
        false => (TokenStream::new(), quote!(row), quote!(row)),
        true => (
            quote!(<__W: __orm::Holds<Shared = #shared>>),
            quote!(__W::get(row)),
            quote!(__W::get_mut(row)),
        ),
    };
    quote! {
        impl #generics __orm::Holds for #at {
            fn get(row: &Self::Model) -> &#ty {
                &#row.#name
            }
            fn get_mut(row: &mut Self::Model) -> &mut #ty {
                &mut #row_mut.#name
            }
        }
    }
}

/// How many relations stand before those of a flattened field; of all fields with `usize::MAX`.
pub fn relations_before(model: &Model, index: usize) -> TokenStream {
    let own = Literal::usize_unsuffixed(relations::fields(model).count());
    let before = model.flattened().filter(|field| field.index < index).map(|field| &field.ty);
    quote!(#own #(+ <#before as __orm::ModelFields>::RELATIONS)*)
}

/// How many many-to-many relations there are: in flattened structs, and the `own` ones.
pub fn many_count(model: &Model, own: usize) -> TokenStream {
    let own = Literal::usize_unsuffixed(own);
    let flat = model.flattened().map(|field| &field.ty);
    quote!(#own #(+ <#flat as __orm::ModelFields>::MANY)*)
}

/// What the items of a model with flattened structs are made of.
///
/// ```text
/// impl Place for __NoteAt2 { … }
/// impl Flattens<Timestamps> for Note { type At = __NoteAt2; }
/// const __SHARED: &[SharedMeta] = &[<Timestamps as SharedAt<__NoteAt2>>::META];
/// static __UNIQUES: [UniqueMeta; 1 + count_uniques(__SHARED)] = uniques(&[…], __SHARED);
/// ```
pub fn statics(model: &Model) -> TokenStream {
    if model.flattened().next().is_none() {
        return TokenStream::new();
    }
    let (places, flattens) = (place_impls(model), flattens(model));
    let metas = model.flattened().map(|field| meta(model, field));
    let lists = model_meta::all_lists(model).map(|(name, ty, own)| {
        let (list, ty) = (list_ident(name), format_ident!("{ty}"));
        let (concat, count) = (format_ident!("{name}"), format_ident!("count_{name}"));
        let width = Literal::usize_unsuffixed(own.len());
        quote! {
            static #list: [__orm::#ty; #width + __orm::#count(__SHARED)] =
                __orm::#concat(&[#(#own),*], __SHARED);
        }
    });
    let many = many_count(model, relations::many_places(model).count());
    let keys = keys(model);
    quote! {
        #places
        #flattens
        const __SHARED: &[__orm::SharedMeta] = &[#(#metas),*];
        #(#lists)*
        static __MANY: [&__orm::Relation; #many] = __orm::many_of(&__RELATIONS);
        #keys
    }
}

fn list_ident(name: &str) -> Ident {
    format_ident!("__{}", name.to_uppercase())
}

/// ```text
/// impl Flattens<Timestamps> for Note { type At = __NoteAt2; }
/// ```
fn flattens(model: &Model) -> TokenStream {
    let own = &model.ident;
    let mut seen: Vec<String> = Vec::new();
    let flattens = model.flattened().map(|field| {
        let (flat, ty) = (flat_ident(model, field), &field.ty);
        let twice = seen.contains(&ty.to_token_stream().to_string());
        seen.push(ty.to_token_stream().to_string());
        let direct =
            (!twice).then(|| quote!(impl __orm::Flattens<#ty> for #own { type At = #flat; }));
        let with = field.flat.with.iter().map(|with| {
            let nests = quote_spanned!(at(with.span())=> <#ty as __orm::Nests<#with>>::At<#flat>);
            quote!(impl __orm::Flattens<#with> for #own { type At = #nests; })
        });
        quote!(#direct #(#with)*)
    });
    flattens.collect()
}

/// The place of the key where a struct has it; where the model has one, that no struct has another.
fn keys(model: &Model) -> TokenStream {
    if let Some(field) = model.shared_key.and_then(|place| model.fields.get(place)) {
        let (ty, first) = (&field.ty, place(model, field.index));
        let key = quote!(<#ty as __orm::ModelFields>::KEY);
        let message = format!(
            "`{0}` has no primary key, and the struct flattened as `{1}` has none either: add `pub id: i64`, \
             or mark a field of either with `#[field(primary_key)]`",
            model.name, field.name
        );
        return quote_spanned! {at(ty.span())=>
            const _: () = ::core::assert!(!#key.is_empty(), #message);
            static __KEY: [usize; #key.len()] = __orm::key_places(#first, #key);
        };
    }
    let own = model.primary_key.first().and_then(|place| model.fields.get(*place));
    let own = own.map(|field| field.name.as_str()).unwrap_or_default();
    let checks = model.flattened().map(|field| {
        let ty = &field.ty;
        let message = format!(
            "`{}` has a primary key, `{own}`, and the struct flattened as `{}` has one too: remove one \
             of them",
            model.name, field.name
        );
        quote_spanned! {at(ty.span())=>
            const _: () = ::core::assert!(<#ty as __orm::ModelFields>::KEY.is_empty(), #message);
        }
    });
    checks.collect()
}

/// `&__KEY`, where a struct has the key.
pub fn key(model: &Model) -> Option<TokenStream> {
    model.shared_key.map(|_| quote!(&__KEY))
}

/// What there are several of: the model's own, and those of structs.
pub fn lists(model: &Model, mut said: Said) -> Said {
    said.of("many_to_many", quote!(&__MANY));
    for (name, _, _) in model_meta::all_lists(model) {
        let list = list_ident(name);
        said.of(name, quote!(&#list));
    }
    said.of("inherits", quote!(__SHARED));
    said
}

/// ```text
/// static __LISTED: Listed<1> = listed(__SHARED, |__at| __LISTED.model(__at));
/// static __RELATIONS: [Relation; 1 + 2] = concat_relations(&[…], __SHARED, &[("author", "notes")], …);
/// ```
pub fn relations(model: &Model, own: &[TokenStream]) -> TokenStream {
    let (count, many) = (relations_before(model, usize::MAX), many_count(model, 0));
    let related = model
        .flattened()
        .flat_map(|field| field.flat.related.iter().map(move |related| (field, related)));
    let names = related.map(|(holder, related)| {
        // The keys of a generic one are named after the field, too.
        let field = match holder.generic {
            Some(_) => format!("{}_{}", holder.name, related.field),
            None => related.field.to_string(),
        };
        let name = related.name.to_string();
        let name = name.trim_start_matches("r#");
        quote!((#field, #name))
    });
    let between = quote!(|__at| __LISTED.model(__at));
    quote! {
        static __LISTED: __orm::Listed<{ #many }> = __orm::listed(__SHARED, #between);
        static __RELATIONS: [__orm::Relation; #count] =
            __orm::concat_relations(&[#(#own),*], __SHARED, &[#(#names),*], #between);
    }
}

/// ```text
/// fn default_query() -> Query { inherited_query::<Self>(__SHARED) }
/// ```
pub fn default_query() -> TokenStream {
    quote! {
        fn default_query() -> __orm::Query {
            __orm::inherited_query::<Self>(__SHARED)
        }
    }
}

/// Whether one of the structs says `get_latest_by`, as a type.
pub fn latest_of(model: &Model) -> Option<TokenStream> {
    let flat = model.flattened().map(|field| &field.ty);
    let said = flat.map(|ty| quote!(<#ty as __orm::ModelFields>::Latest));
    said.reduce(|one, other| quote!(<#one as __orm::Said>::Or<#other>))
}

/// ```text
/// impl HasLatest for Note where for<'__a> <Timestamps as ModelFields>::Latest: IsSaid {}
/// ```
///
/// The lifetime keeps the compiler from deciding right there that it is not so.
pub fn latest(model: &Model) -> Option<TokenStream> {
    let (own, said) = (&model.ident, latest_of(model)?);
    Some(quote! {
        #[diagnostic::do_not_recommend]
        impl __orm::HasLatest for #own where for<'__a> #said: __orm::IsSaid {}
    })
}

/// The other side of relations in structs, by the names that the model gives them.
///
/// ```text
/// impl Author { pub fn articles(&self) -> <Owned as SharedRelation<…, Author>>::Set<__ArticleAt2> { … } }
/// ```
pub fn accessors(model: &Model) -> TokenStream {
    let all = model.flattened().flat_map(|field| {
        field.flat.related.iter().map(move |related| accessor(model, field, related))
    });
    all.collect()
}

fn accessor(model: &Model, field: &Field, related: &Related) -> TokenStream {
    let Related { field: relation, to, name } = related;
    let (own, ty, flat) = (&model.ident, &field.ty, flat_ident(model, field));
    let mut fields = to.clone();
    if let Some(last) = fields.segments.last_mut() {
        last.ident = format_ident!("{}Fields", last.ident, span = last.ident.span());
    }
    let key = key_name(&relation.to_string());
    let through = quote!(<#ty as __orm::SharedRelation<#key, #to>>);
    let (implementor, fields) = super::targets::implementors(model, to, &fields);
    let vis = moved(&model.vis, at(name.span()));
    let doc = format!("The rows of [`{}`] whose `{relation}` is this.", model.name);
    // All of it stands at the name of the relation, so that what is wrong with that is said once.
    let here = |tokens: TokenStream| moved(&tokens, at(relation.span()));
    let set = here(quote!(-> #through::Set<#flat> { #through::set::<#flat>(self) }));
    let path = here(quote! {
        -> __orm::Fields<#own, __R, __K::Then<#through::Card>> {
            __orm::reverse(self, <#flat as __orm::Place>::flat().relation(#through::PLACE))
        }
    });
    quote! {
        impl #implementor {
            #[doc = #doc]
            #vis fn #name(&self) #set
        }
        impl<__R: __orm::Model, __K: __orm::Cardinality> #fields<__R, __K> {
            #[doc = #doc]
            #vis fn #name(&self) #path
        }
    }
}

/// What the fields of a draft deref to: those of flattened structs, then those of the model that this one
/// extends. Fields of structs are those of drafts of this model, not of one that extends it in turn.
///
/// ```text
/// <Timestamps as ModelFields>::Slots<__NoteAt2, ContentDraft<M, Inside<2, W>>>
/// ```
pub fn next_type(model: &Model, orm: &TokenStream) -> Option<TokenStream> {
    let parent = super::draft::parent_type(model, orm);
    if parent.is_none() && model.flattened().next().is_none() {
        return None;
    }
    let last = parent.unwrap_or_else(|| quote!(()));
    Some(flat_types(model, orm, last))
}

/// Its value.
pub fn next_value(model: &Model, orm: &TokenStream) -> Option<TokenStream> {
    let parent = super::draft::parent_type(model, orm);
    if parent.is_none() && model.flattened().next().is_none() {
        return None;
    }
    let last = parent.map_or_else(|| quote!(()), |parent| quote!(<#parent>::__fields()));
    Some(flat_values(model, last))
}

fn flat_types(model: &Model, orm: &TokenStream, last: TokenStream) -> TokenStream {
    let flat: Vec<&Field> = model.flattened().collect();
    flat.into_iter().rev().fold(last, |next, field| {
        let (ty, flat) = (&field.ty, flat_ident(model, field));
        quote!(<#ty as #orm::ModelFields>::Slots<#flat, #next>)
    })
}

fn flat_values(model: &Model, last: TokenStream) -> TokenStream {
    let flat: Vec<&Field> = model.flattened().collect();
    flat.into_iter().rev().fold(last, |next, field| {
        let (ty, flat) = (&field.ty, flat_ident(model, field));
        quote!(<#ty as __orm::ModelFields>::slots::<#flat, _>(#next))
    })
}

/// The slots of a struct's fields in drafts, which deref to those of structs nested in it, and to the next.
///
/// ```text
/// pub struct WrittenDraft<W: Place, N> { pub title: …, __shared: <Timestamps as ModelFields>::Slots<…, N> }
/// ```
pub fn draft(model: &Model, doc: &str, slots: &TokenStream) -> TokenStream {
    let (draft, vis) = (draft_ident(model), &model.vis);
    let orm = quote!(::orm::private);
    let next = flat_types(model, &orm, quote!(__N));
    // Where a struct is nested in a shared one, its place is one only in models that flatten that.
    let shared = &model.ident;
    let bounds = match model.flattened().next().is_some() {
        true => quote!(<__W: #orm::Place<Shared = #shared>, __N>),
        false => quote!(<__W: #orm::Place, __N>),
    };
    quote! {
        #[doc = #doc]
        #[allow(missing_docs, private_interfaces, private_bounds, dead_code)]
        #vis struct #draft #bounds {
            #slots
            #[doc(hidden)]
            __shared: #next,
        }
        #[allow(private_interfaces, private_bounds)]
        impl #bounds ::core::ops::Deref for #draft<__W, __N> {
            type Target = #next;
            fn deref(&self) -> &Self::Target {
                &self.__shared
            }
        }
    }
}

/// `__shared: <Timestamps as ModelFields>::slots::<__NoteAt2, _>(next)`
pub fn draft_value(model: &Model) -> TokenStream {
    let next = flat_values(model, quote!(next));
    quote!(__shared: #next)
}
