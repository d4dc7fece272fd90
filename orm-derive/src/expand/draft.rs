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
        false => position.clone(),
    }
}

/// The place within a flattened struct: `In<1, …>`.
pub fn within(model: &Model, field: &Field, inner: &TokenStream) -> TokenStream {
    let tracked = tracked(model);
    let place = tracked.iter().position(|other| other.index == field.index).unwrap_or(0);
    let (tuple, within) = (place / TUPLE, place % TUPLE);
    let (tuple, within) = (Literal::usize_unsuffixed(tuple), Literal::usize_unsuffixed(within));
    match tracked.len() <= TUPLE {
        true => quote!(__orm::In<#within, #inner>),
        false => quote!(__orm::In<#tuple, __orm::In<#within, #inner>>),
    }
}

/// ```text
/// /// The fields of a draft of [`Book`], as `draft!` fills them in.
/// pub struct BookDraft {
///     pub name: Slot<Book, String, At<0>>,
///     pub author: Slot<Book, ForeignKey<Author>, At<1>>,
///     pub subtitle: Slot<Book, Option<String>>,
/// }
/// ```
pub fn definition(model: &Model) -> TokenStream {
    let (draft, vis) = (draft_ident(model), &model.vis);
    let orm = quote!(::orm::private);
    let slots = model.fields.iter().filter_map(|field| {
        let (slot, name, docs) = (slot_type(model, field, &orm)?, &field.ident, &field.docs);
        Some(quote!(#docs #vis #name: #slot,))
    });
    let doc = format!("The fields of a draft of [`{}`], as `draft!` fills them in.", model.name);
    if model.flattened().next().is_some() || model.shared {
        return super::shared::draft(model, &doc, &slots.collect::<TokenStream>());
    }
    quote! {
        #[doc = #doc]
        #[allow(missing_docs, private_interfaces, private_bounds, dead_code)]
        #vis struct #draft {
            #(#slots)*
        }
    }
}

fn slot_type(model: &Model, field: &Field, orm: &TokenStream) -> Option<TokenStream> {
    let (own, ty) = (super::own(model), &field.ty);
    let is_tracked = tracked(model).iter().any(|other| other.index == field.index);
    let position = is_tracked.then(|| of_place(model, &position(model, field, orm)));
    let position = position.map(|place| quote!(, #place));
    Some(match &field.kind {
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
        Kind::Flatten => quote!(#orm::SharedSlot<#own, #ty #position>),
        Kind::Many(many) => {
            let to = &many.target.path;
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
        Kind::Column(column) if column.generated.is_some() => return None,
        Kind::Column(column) if !column.more.is_empty() => {
            let slot = wide_slot(column);
            quote!(__orm::#slot::at(#place))
        }
        Kind::Column(column) => match column.key.as_ref().and_then(refers_to) {
            Some((_, to_field)) => quote!(__orm::KeySlot::at(#place, #to_field)),
            None => quote!(__orm::Slot::at(#place)),
        },
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
    let (draft, required, slots) = (draft_ident(model), required(model), slots(model));
    let shared = super::shared::draft_value(model);
    quote! {
        type DraftFields = #draft;
        type Required = #required;
        fn draft_fields() -> #draft {
            #draft { #slots #shared }
        }
    }
}

/// `(Unset, Unset,)`
pub fn required(model: &Model) -> TokenStream {
    let required = tracked(model).into_iter().map(|field| {
        let ty = &field.ty;
        match field.kind {
            Kind::Flatten => quote!(<#ty as __orm::ModelFields>::Draft),
            _ => quote!(__orm::Unset),
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
/// required! { has_name "this draft misses the required field `name`" "…"; has_author "…" "…"; }
/// impl<__0: has_name, __1: has_author> Requires<(__0, __1,)> for Book {}
/// ```
pub fn requirements(model: &Model) -> TokenStream {
    let tracked = tracked(model);
    // At the derive, so that errors show one place and not two.
    let own = Ident::new(&model.ident.to_string(), Span::call_site());
    let params: Vec<Ident> = (0..tracked.len()).map(|place| format_ident!("__{place}")).collect();
    let (mut bounds, mut flat) = (Vec::new(), Vec::new());
    for (field, param) in tracked.iter().zip(&params) {
        let (ty, given) = (&field.ty, trait_ident(field));
        match field.kind {
            Kind::Flatten => {
                bounds.push(quote!(#param));
                flat.push(quote!(#ty: __orm::SharedRequires<#param>));
            }
            _ => bounds.push(quote!(#param: #given)),
        }
    }
    let flat = (!flat.is_empty()).then(|| quote!(where #(#flat),*));
    let given = tuple(&params.iter().map(|param| quote!(#param)).collect::<Vec<_>>());
    let plain = tracked.iter().filter(|field| !matches!(field.kind, Kind::Flatten));
    let traits: Vec<_> = plain.map(|field| given_trait(field)).collect();
    let traits = (!traits.is_empty()).then(|| quote!(__orm::required! { #(#traits)* }));
    if model.shared {
        let all = (!tracked.is_empty())
            .then(|| quote!(impl<#(#bounds),*> __orm::SharedRequires<#given> for #own #flat {}));
        return quote!(#traits #all impl __orm::SharedRequires<__orm::Set> for #own {});
    }
    quote! {
        #traits
        impl<#(#bounds),*> __orm::Requires<#given> for #own #flat {}
    }
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
