//! The statics of relations.

use super::called;
use super::said::Said;
use crate::attr::field::OnDelete;
use crate::model::{Field, Key, Kind, ManyToMany, Model, Reverse};
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::Ident;
use syn::ext::IdentExt;

/// The fields that are relations, in the order of `__RELATIONS`.
pub fn fields(model: &Model) -> impl Iterator<Item = &Field> {
    model.fields.iter().filter(|field| match &field.kind {
        Kind::Column(column) => column.key.is_some(),
        Kind::Many(_) => true,
        Kind::Flatten => false,
    })
}

/// The places of many-to-many relations in `__RELATIONS`.
pub fn many_places(model: &Model) -> impl Iterator<Item = usize> {
    let places = fields(model).enumerate();
    places.filter(|(_, field)| matches!(field.kind, Kind::Many(_))).map(|(place, _)| place)
}

/// `&__RELATIONS[0]` for a field.
pub fn relation(model: &Model, field: &Field) -> TokenStream {
    let place = fields(model).position(|other| other.index == field.index).unwrap_or(0);
    let place = Literal::usize_unsuffixed(place);
    quote!(&__RELATIONS[#place])
}

/// ```text
/// static __RELATIONS: [Relation; 2] = [
///     key::<Book, Author>("author", "author_id").reverse("books"),
///     many_to_many::<Book, Tag>("tags", Through::auto(…)),
/// ];
/// ```
pub fn statics(model: &Model) -> TokenStream {
    let relations = list(model);
    if model.flattened().next().is_some() {
        return super::shared::relations(model, &relations);
    }
    if relations.is_empty() {
        return TokenStream::new();
    }
    let count = relations.len();
    quote!(static __RELATIONS: [__orm::Relation; #count] = [#(#relations),*];)
}

/// The model's own relations.
pub fn list(model: &Model) -> Vec<TokenStream> {
    let mut relations = Vec::new();
    for field in fields(model) {
        match &field.kind {
            Kind::Column(column) => {
                relations.extend(
                    column
                        .key
                        .as_ref()
                        .map(|key| self::key(model, field, &column.name, column.null, key)),
                );
            }
            Kind::Many(many) => relations.push(many_to_many(model, field, many)),
            Kind::Flatten => {}
        }
    }
    relations
}

fn key(model: &Model, field: &Field, column: &str, null: bool, key: &Key) -> TokenStream {
    let (own, name, to) = (super::own(model), &field.name, &key.target.path);
    let (column, name) = (super::text(model, column), super::text(model, name));
    let mut said = Said(quote!(__orm::key::<#own, #to>(#name, #column)));
    if key.one_to_one {
        said.of("kind", quote!(__orm::RelationKind::OneToOne));
    }
    said.so_if(is_link(field), "parent_link");
    said.maybe("to_field", key.to_field.as_ref().map(|name| name.unraw().to_string()));
    said.so_if(null, "null");
    if !matches!(key.on_delete, OnDelete::Cascade) {
        said.of("on_delete", on_delete(field, &key.on_delete));
    }
    said.maybe("reverse", reverse(model, key.reverse.as_ref()));
    if !key.db_constraint {
        said.of("db_constraint", false);
    }
    said.maybe("deferrable", super::meta::deferrable(key.deferrable));
    said.maybe("limit_choices_to", limit(to, key.limit_choices_to.as_ref()));
    match key.generic {
        Some(generic) => {
            let (Said(relation), own) = (said, generic.says_on_delete);
            let only = generic.place.map(Literal::usize_unsuffixed).map(|place| {
                quote!(|| <<__W as __orm::Place>::Shared as __orm::GenericForeignKey>::kind_value(#place))
            });
            let only = match only {
                Some(only) => quote!(::core::option::Option::Some(#only)),
                None => quote!(::core::option::Option::None),
            };
            quote!(__orm::generic_key::<__W>(#relation, #own, #only))
        }
        None => said.0,
    }
}

fn is_link(field: &Field) -> bool {
    matches!(&field.kind, Kind::Column(column) if column.parent_link)
}

fn reverse(model: &Model, reverse: Option<&Reverse>) -> Option<TokenStream> {
    reverse.map(|reverse| match &reverse.pattern {
        Some(pattern) => super::text(model, pattern),
        None => reverse.query.unraw().to_string().to_token_stream(),
    })
}

fn limit(to: &syn::Path, condition: Option<&syn::Expr>) -> Option<TokenStream> {
    condition.map(|condition| quote!(|| __orm::condition::<#to, _>(#condition)))
}

pub fn on_delete(field: &Field, on_delete: &OnDelete) -> TokenStream {
    let ty = &field.ty;
    match on_delete {
        OnDelete::Cascade => quote!(__orm::OnDelete::Cascade),
        OnDelete::Protect => quote!(__orm::OnDelete::Protect),
        OnDelete::Restrict => quote!(__orm::OnDelete::Restrict),
        OnDelete::SetNull => quote!(__orm::OnDelete::SetNull),
        OnDelete::SetDefault => quote!(__orm::OnDelete::SetDefault),
        OnDelete::DoNothing => quote!(__orm::OnDelete::DoNothing),
        OnDelete::Set(value) => {
            let value = called(value);
            quote!(__orm::OnDelete::Set(|| __orm::default::<#ty, _>(#value)))
        }
    }
}

fn many_to_many(model: &Model, field: &Field, many: &ManyToMany) -> TokenStream {
    let (own, name, to) = (super::own(model), &field.name, &many.target.path);
    let through = through(model, field, many);
    let mut said = Said(quote!(__orm::many_to_many::<#own, #to>(#name, #through)));
    said.so_if(many.symmetrical, "symmetrical");
    said.maybe("reverse", reverse(model, many.reverse.as_ref()));
    if !many.db_constraint {
        said.of("db_constraint", false);
    }
    said.maybe("limit_choices_to", limit(to, many.limit_choices_to.as_ref()));
    said.0
}

fn through(model: &Model, field: &Field, many: &ManyToMany) -> TokenStream {
    if model.shared {
        // The model that flattens the struct puts its own in its place.
        return quote!(__orm::Through::auto(__orm::no_model));
    }
    let Some(path) = &many.through else {
        let between = between_ident(field);
        return quote!(__orm::Through::auto(|| #between.model()));
    };
    let mut said = Said(quote!(__orm::Through::of(<#path as __orm::Model>::meta)));
    let (from, to) = many.through_fields.clone().unzip();
    said.maybe("from_field", from);
    said.maybe("to_field", to);
    said.0
}

/// `__BETWEEN_tags`, the static of the model between.
pub fn between_ident(field: &Field) -> Ident {
    format_ident!("__BETWEEN_{}", field.name)
}
