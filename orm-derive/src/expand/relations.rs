//! The statics of relations.

use super::{called, option};
use crate::attr::field::OnDelete;
use crate::model::{Field, Key, Kind, ManyToMany, Model};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
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
///     Relation { reverse: Some("books"), ..Relation::key("author", "author_id", Book::meta, Author::meta) },
///     Relation::many_to_many("tags", Book::meta, Tag::meta, Through { … }),
/// ];
/// ```
pub fn statics(model: &Model) -> TokenStream {
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
    if relations.is_empty() {
        return TokenStream::new();
    }
    let count = relations.len();
    quote!(static __RELATIONS: [__orm::Relation; #count] = [#(#relations),*];)
}

fn key(model: &Model, field: &Field, column: &str, null: bool, key: &Key) -> TokenStream {
    let (own, name, to) = (&model.ident, &field.name, &key.target.path);
    let mut set = TokenStream::new();
    if key.one_to_one {
        set.extend(quote!(kind: __orm::RelationKind::OneToOne,));
    }
    if let Some(to_field) = &key.to_field {
        let to_field = option(&Some(to_field.unraw().to_string()));
        set.extend(quote!(to_field: #to_field,));
    }
    if null {
        set.extend(quote!(null: true,));
    }
    if !matches!(key.on_delete, OnDelete::Cascade) {
        let on_delete = on_delete(field, &key.on_delete);
        set.extend(quote!(on_delete: #on_delete,));
    }
    if let Some(reverse) = &key.reverse {
        let reverse = option(&Some(reverse.query.unraw().to_string()));
        set.extend(quote!(reverse: #reverse,));
    }
    if !key.db_constraint {
        set.extend(quote!(db_constraint: false,));
    }
    if key.deferrable {
        set.extend(quote!(deferrable: true,));
    }
    set.extend(limit(to, key.limit_choices_to.as_ref()));
    let base = quote! {
        __orm::Relation::key(
            #name, #column, <#own as __orm::Model>::meta, <#to as __orm::Model>::meta
        )
    };
    if set.is_empty() { base } else { quote!(__orm::Relation { #set ..#base }) }
}

fn limit(to: &syn::Path, condition: Option<&syn::Expr>) -> TokenStream {
    let Some(condition) = condition else { return TokenStream::new() };
    let condition = option(&Some(quote!(|| __orm::condition::<#to, _>(#condition))));
    quote!(limit_choices_to: #condition,)
}

fn on_delete(field: &Field, on_delete: &OnDelete) -> TokenStream {
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
    let (own, name, to) = (&model.ident, &field.name, &many.target.path);
    let through = through(field, many);
    let mut set = TokenStream::new();
    if many.symmetrical {
        set.extend(quote!(symmetrical: true,));
    }
    if let Some(reverse) = &many.reverse {
        let reverse = option(&Some(reverse.query.unraw().to_string()));
        set.extend(quote!(reverse: #reverse,));
    }
    if !many.db_constraint {
        set.extend(quote!(db_constraint: false,));
    }
    set.extend(limit(to, many.limit_choices_to.as_ref()));
    let base = quote! {
        __orm::Relation::many_to_many(
            #name, <#own as __orm::Model>::meta, <#to as __orm::Model>::meta, #through
        )
    };
    if set.is_empty() { base } else { quote!(__orm::Relation { #set ..#base }) }
}

fn through(field: &Field, many: &ManyToMany) -> TokenStream {
    let names = many.through_fields.clone().unzip();
    let (from, to) = match &many.through {
        Some(_) => names,
        None if many.target.own => (None, None),
        None => (None, None),
    };
    let (from, to) = (option(&from), option(&to));
    let auto = many.through.is_none();
    let model = match &many.through {
        Some(path) => quote!(<#path as __orm::Model>::meta),
        None => {
            let between = between_ident(field);
            quote!(|| #between.model())
        }
    };
    quote!(__orm::Through { model: #model, from_field: #from, to_field: #to, auto: #auto })
}

/// `__BETWEEN_tags`, the static of the model between.
pub fn between_ident(field: &Field) -> Ident {
    format_ident!("__BETWEEN_{}", field.name)
}
