//! `BookDraft`: the fields that `draft!` fills in, and which of them a draft must be given.

use super::{draft_ident, place};
use crate::model::{Column, Field, Key, Kind, Model};
use proc_macro2::{Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::Ident;
use syn::ext::IdentExt;

/// So many required fields are one tuple; where there are more, it has tuples for elements.
const TUPLE: usize = 16;

/// The fields that drafts track: required columns, and flattened structs.
fn tracked(model: &Model) -> Vec<&Field> {
    let tracked = model.fields.iter().filter(|field| match &field.kind {
        Kind::Column(column) => column.is_required(),
        Kind::Flatten => true,
        Kind::Many(_) => false,
    });
    tracked.collect()
}

/// One element for each tracked field, as a tuple.
fn tuple(elements: &[TokenStream]) -> TokenStream {
    if elements.len() <= TUPLE {
        return quote!((#(#elements,)*));
    }
    let tuples = elements.chunks(TUPLE).map(|elements| quote!((#(#elements,)*)));
    quote!((#(#tuples,)*))
}

/// The place of a field among the tracked ones: `At<1>`, `In<0, At<1>>`, `Optional`.
pub fn position(model: &Model, field: &Field, orm: &TokenStream) -> TokenStream {
    let tracked = tracked(model);
    let Some(place) = tracked.iter().position(|other| other.index == field.index) else {
        return quote!(#orm::Optional);
    };
    let (tuple, within) = (place / TUPLE, place % TUPLE);
    let (tuple, within) = (Literal::usize_unsuffixed(tuple), Literal::usize_unsuffixed(within));
    match tracked.len() <= TUPLE {
        true => quote!(#orm::At<#within>),
        false => quote!(#orm::In<#tuple, #orm::At<#within>>),
    }
}

/// A place among the required fields of a shared struct, as one among those of the model.
pub fn of_place(model: &Model, position: &TokenStream) -> TokenStream {
    match model.shared {
        true => quote!(<__W as ::orm::private::Place>::Required<#position>),
        false => quote!(__W::Place<#position>),
    }
}

/// The place within a flattened struct: `In<1, …>`.
pub fn within(model: &Model, field: &Field, inner: &TokenStream, orm: &TokenStream) -> TokenStream {
    let tracked = tracked(model);
    let place = tracked.iter().position(|other| other.index == field.index).unwrap_or(0);
    let (tuple, within) = (place / TUPLE, place % TUPLE);
    let (tuple, within) = (Literal::usize_unsuffixed(tuple), Literal::usize_unsuffixed(within));
    match tracked.len() <= TUPLE {
        true => quote!(#orm::In<#within, #inner>),
        false => quote!(#orm::In<#tuple, #orm::In<#within, #inner>>),
    }
}

/// ```text
/// /// The fields of a draft of [`Book`], as `draft!` fills them in.
/// pub struct BookDraft<M = Book, W: Within = Here> {
///     pub name: Slot<M, String, W::Place<At<0>>>,
///     pub author: Slot<M, ForeignKey<Author>, W::Place<At<1>>>,
///     pub subtitle: Slot<M, Option<String>>,
/// }
/// ```
///
/// `M` is the model of the draft: this one, or one that extends it, in whose required fields those of
/// this one are at the place `W`. That one's fields deref to these.
pub fn definition(model: &Model) -> TokenStream {
    let (draft, vis) = (draft_ident(model), &model.vis);
    let orm = quote!(::orm::private);
    let slots = model.fields.iter().filter_map(|field| {
        let (slot, name, docs) = (slot_type(model, field, &orm)?, &field.ident, &field.docs);
        Some(quote!(#docs #vis #name: #slot,))
    });
    let doc = format!("The fields of a draft of [`{}`], as `draft!` fills them in.", model.name);
    if model.shared {
        return super::shared::draft(model, &doc, &slots.collect::<TokenStream>());
    }
    let (own, next) = (&model.ident, super::shared::next_type(model, &orm));
    let next = next.map(|ty| quote!(#[doc(hidden)] __next: #ty,));
    quote! {
        #[doc = #doc]
        #[allow(missing_docs, private_interfaces, private_bounds, dead_code)]
        #vis struct #draft<__M = #own, __W: #orm::Within = #orm::Here> {
            #(#slots)*
            #next
        }
    }
}

/// `ContentDraft<M, Inside<2, W>>`: the fields of the model that this one extends.
pub fn parent_type(model: &Model, orm: &TokenStream) -> Option<TokenStream> {
    let (field, parent) = model.parent()?;
    let mut draft = parent.path.clone();
    let last = draft.segments.last_mut()?;
    last.ident = format_ident!("{}Draft", last.ident.unraw(), span = last.ident.span());
    let place = tracked(model).iter().position(|other| other.index == field.index)?;
    let within = |place: usize, around: TokenStream| {
        let place = Literal::usize_unsuffixed(place);
        quote!(#orm::Inside<#place, #around>)
    };
    let within = match tracked(model).len() <= TUPLE {
        true => within(place, quote!(__W)),
        false => within(place % TUPLE, within(place / TUPLE, quote!(__W))),
    };
    Some(quote!(#draft<__M, #within>))
}

fn slot_type(model: &Model, field: &Field, orm: &TokenStream) -> Option<TokenStream> {
    let (own, ty) = (if model.shared { super::own(model) } else { quote!(__M) }, &field.ty);
    let tracked = tracked(model);
    let is_tracked = tracked.iter().any(|other| other.index == field.index);
    // Some field has to name the place of the others.
    let first = !model.shared
        && tracked.is_empty()
        && model.columns().next().is_some_and(|(f, _)| f.index == field.index);
    let position = (is_tracked || first).then(|| of_place(model, &position(model, field, orm)));
    let position = position.map(|place| quote!(, #place));
    Some(match &field.kind {
        Kind::Column(column) if column.parent_link => return None,
        Kind::Column(column) if column.generated.is_some() => return None,
        Kind::Column(column) if !column.more.is_empty() => {
            let (to, slot) = (&column.key.as_ref()?.target.path, wide_slot(column));
            quote!(#orm::#slot<#own, #to #position>)
        }
        Kind::Column(column) => match column.key.as_ref().and_then(refers_to) {
            Some((to, _)) => {
                let null = if column.null { quote!(Null) } else { quote!(NotNull) };
                quote!(#orm::KeySlot<#own, #to, #orm::#null #position>)
            }
            None => {
                let slot = quote!(#orm::Slot<#own, #ty #position>);
                if column.key.is_some() { stands_at(slot, ty) } else { slot }
            }
        },
        Kind::Flatten => match &field.generic {
            Some(key) => super::generic::slot(&own, key, &quote!(#position), orm),
            None => quote!(#orm::SharedSlot<#own, #ty #position>),
        },
        Kind::Many(many) => {
            let (own, to) = (super::own(model), &many.target.path);
            match &many.through {
                Some(through) => quote!(#orm::LinkSlot<#own, #to, #orm::NoField<#through>>),
                None => stands_at(quote!(#orm::LinkSlot<#own, #to>), ty),
            }
        }
    })
}

/// The type of a slot where the type of its field stands, so that what is wrong with that is said once.
fn stands_at(slot: TokenStream, ty: &syn::Type) -> TokenStream {
    let place: Vec<Span> = ty.to_token_stream().into_iter().map(|token| token.span()).collect();
    let mut slot: Vec<TokenTree> = slot.into_iter().collect();
    let opening = slot.iter().position(|token| token.to_string() == "<").unwrap_or(0);
    if let (Some(first), Some(last), Some(name)) =
        (place.first(), place.last(), slot.get_mut(..=opening))
    {
        name.iter_mut().for_each(|token| token.set_span(*first));
        slot.iter_mut().last().into_iter().for_each(|token| token.set_span(*last));
    }
    slot.into_iter().collect()
}

fn slot_value(model: &Model, field: &Field) -> Option<TokenStream> {
    let (own, place) = (super::own(model), place(model, field.index));
    let place = if model.shared { quote!(<__W as __orm::Place>::FIELD + #place) } else { place };
    Some(match &field.kind {
        Kind::Column(column) if column.parent_link || column.generated.is_some() => return None,
        Kind::Column(column) if !column.more.is_empty() => {
            let slot = wide_slot(column);
            quote!(__orm::#slot::at(#place))
        }
        Kind::Column(column) => match column.key.as_ref().and_then(refers_to) {
            Some((_, to_field)) => quote!(__orm::KeySlot::at(#place, #to_field)),
            None => quote!(__orm::Slot::at(#place)),
        },
        Kind::Flatten if field.generic.is_some() => quote!(__orm::GenericSlot::at(#place)),
        Kind::Flatten => quote!(__orm::SharedSlot::at(#place)),
        Kind::Many(_) if model.shared => {
            let relation = super::relations::fields(model).position(|f| f.index == field.index);
            let relation = Literal::usize_unsuffixed(relation.unwrap_or(0));
            quote!(__orm::LinkSlot::of(|__row: &#own| {
                __orm::forward_set(__row, <__W as __orm::Place>::flat().relation(#relation))
            }))
        }
        Kind::Many(_) => {
            let accessor = &field.accessor;
            quote!(__orm::LinkSlot::of(#own::#accessor))
        }
    })
}

/// What takes the value of a key of several columns.
fn wide_slot(column: &Column) -> Ident {
    let name = if column.null { "NullableKeySlot" } else { "WideKeySlot" };
    Ident::new(name, Span::call_site())
}

/// The model and field that a key refers to, where that is not the primary key.
fn refers_to(key: &Key) -> Option<(&syn::Path, String)> {
    let to_field = key.to_field.as_ref().filter(|_| key.key_type.is_some())?;
    Some((&key.target.path, to_field.unraw().to_string()))
}

/// ```text
/// type DraftFields = BookDraft;
/// type Required = (Unset, Unset,);
/// fn draft_fields() -> BookDraft { BookDraft { name: Slot::at(1), … } }
/// ```
pub fn of_model(model: &Model) -> TokenStream {
    let (draft, required) = (draft_ident(model), required(model));
    quote! {
        type DraftFields = #draft;
        type Required = #required;
        fn draft_fields() -> #draft {
            #draft::__fields()
        }
    }
}

/// `(Unset, Unset,)`
pub fn required(model: &Model) -> TokenStream {
    let required = tracked(model).into_iter().map(|field| {
        let ty = &field.ty;
        match field.kind {
            Kind::Flatten => quote!(<#ty as __orm::ModelFields>::Draft),
            _ => match model.parent().filter(|(link, _)| link.index == field.index) {
                Some((_, parent)) => {
                    let parent = &parent.path;
                    quote!(<#parent as __orm::Model>::Required)
                }
                None => quote!(__orm::Unset),
            },
        }
    });
    let required: Vec<_> = required.collect();
    if required.is_empty() && model.shared {
        return quote!(__orm::Set);
    }
    tuple(&required)
}

/// `name: Slot::at(1), …`
pub fn slots(model: &Model) -> TokenStream {
    let slots = model.fields.iter().filter_map(|field| {
        let (slot, name) = (slot_value(model, field)?, &field.ident);
        Some(quote!(#name: #slot,))
    });
    slots.collect()
}

/// ```text
/// impl<M, W: Within> BookDraft<M, W> {
///     pub fn __fields() -> Self { BookDraft { name: Slot::at(1), … } }
/// }
/// ```
pub fn made(model: &Model) -> TokenStream {
    let (draft, vis, slots) = (draft_ident(model), &model.vis, slots(model));
    let bounds = super::targets::bounds(model);
    let orm = quote!(__orm);
    let next = super::shared::next_value(model, &orm).map(|next| quote!(__next: #next,));
    let deref = super::shared::next_type(model, &orm).map(|ty| {
        quote! {
            impl<__M: __orm::Model, __W: __orm::Within> ::core::ops::Deref for #draft<__M, __W> {
                type Target = #ty;
                fn deref(&self) -> &Self::Target {
                    &self.__next
                }
            }
        }
    });
    quote! {
        impl<__M: __orm::Model, __W: __orm::Within> #draft<__M, __W> #bounds {
            #[doc(hidden)]
            #vis fn __fields() -> Self {
                #draft { #slots #next }
            }
        }
        #deref
    }
}

/// ```text
/// required! { has_name "this draft misses the required field `name`" "…"; has_author "…" "…"; }
/// impl<__0: has_name, __1: has_author> Requires<(__0, __1,)> for Book {}
/// ```
pub fn requirements(model: &Model) -> TokenStream {
    let tracked = tracked(model);
    // At the derive, so that errors show one place and not two.
    let own = Ident::new(&model.ident.to_string(), Span::call_site());
    let params: Vec<Ident> = (0..tracked.len()).map(|place| format_ident!("__{place}")).collect();
    let (mut bounds, mut wheres) = (Vec::new(), Vec::new());
    for (field, param) in tracked.iter().zip(&params) {
        let (ty, given) = (&field.ty, trait_ident(field));
        match (&field.kind, parent_of(model, field)) {
            (Kind::Flatten, _) => {
                bounds.push(quote!(#param));
                wheres.push(quote!(#ty: __orm::SharedRequires<#param>));
            }
            (_, Some(parent)) => {
                bounds.push(quote!(#param));
                wheres.push(quote!(#parent: __orm::Requires<#param>));
            }
            _ => bounds.push(quote!(#param: #given)),
        }
    }
    let wheres = (!wheres.is_empty()).then(|| quote!(where #(#wheres),*));
    let given = tuple(&params.iter().map(|param| quote!(#param)).collect::<Vec<_>>());
    let plain = tracked
        .iter()
        .filter(|field| !matches!(field.kind, Kind::Flatten) && parent_of(model, field).is_none());
    let traits: Vec<_> = plain.map(|field| given_trait(field)).collect();
    let traits = (!traits.is_empty()).then(|| quote!(__orm::required! { #(#traits)* }));
    if model.shared {
        let all = (!tracked.is_empty())
            .then(|| quote!(impl<#(#bounds),*> __orm::SharedRequires<#given> for #own #wheres {}));
        return quote!(#traits #all impl __orm::SharedRequires<__orm::Set> for #own {});
    }
    quote! {
        #traits
        impl<#(#bounds),*> __orm::Requires<#given> for #own #wheres {}
    }
}

/// The model that this one extends, for the field that holds its row.
fn parent_of<'a>(model: &'a Model, field: &Field) -> Option<&'a syn::Path> {
    model.parent().filter(|(link, _)| link.index == field.index).map(|(_, parent)| &parent.path)
}

fn trait_ident(field: &Field) -> Ident {
    format_ident!("has_{}", field.name)
}

fn given_trait(field: &Field) -> TokenStream {
    let given = trait_ident(field);
    let message = format!("this draft misses the required field `{}`", field.name);
    let label = format!(
        "not complete: give `{}` a value here, or a `#[field(default = …)]` in the model",
        field.name
    );
    quote!(#given #message #label;)
}
