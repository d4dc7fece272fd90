//! The other side of shared relations: one accessor for all models that flatten the struct, with the
//! model as its parameter.

use super::through;
use crate::expand;
use crate::model::{Field, Kind, Model, Reverse, Target};
use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::Ident;

/// A relation of the struct.
struct Side<'a> {
    field: &'a Field,
    target: &'a Target,
    reverse: Option<&'a Reverse>,
    /// How many rows there are on the other side.
    card: TokenStream,
    /// It goes over a table between.
    between: bool,
    /// Its place among the relations of the struct.
    place: Literal,
}

fn sides(model: &Model) -> impl Iterator<Item = Side<'_>> {
    expand::relations::fields(model).enumerate().filter_map(|(place, field)| {
        let (target, reverse, one, between) = match &field.kind {
            Kind::Column(column) => {
                let key = column.key.as_ref()?;
                (&key.target, key.reverse.as_ref(), key.one_to_one, false)
            }
            Kind::Many(many) => (&many.target, many.reverse.as_ref(), false, true),
            Kind::Flatten => return None,
        };
        let card = if one { quote!(__orm::FarOpt) } else { quote!(__orm::Many) };
        let place = Literal::usize_unsuffixed(place);
        Some(Side { field, target, reverse, card, between, place })
    })
}

/// ```text
/// impl SharedRelation<1234, Author> for Owned {
///     type Card = Many;
///     type Set<W: Place<Shared = Self>> = RelatedBy<W::Model, Author, W::Required<At<0>>>;
///     const PLACE: usize = 0;
///     fn set<W: Place<Shared = Self>>(row: &Author) -> Self::Set<W> { reverse_set(row, W::flat().relation(0)) }
/// }
/// ```
pub fn relations(model: &Model) -> TokenStream {
    let own = &model.ident;
    let relations = sides(model).map(|side| {
        let Side { field, target, card, between, place, .. } = side;
        let (to, name) = (&target.path, super::key_name(named(field)));
        let set = if between {
            quote!(__orm::Related<__W::Model, #to>)
        } else {
            let position = match model.of_enum {
                _ if is_generic(field) => quote!(__orm::Whole),
                // Drafts are given all of a variant: its key comes with that.
                Some(_) => quote!(__orm::Optional),
                None => expand::draft::position(model, field, &quote!(__orm)),
            };
            let is_optional = position.to_string().ends_with("Optional");
            let position = if is_optional { position } else { quote!(__W::Required<#position>) };
            quote!(__orm::RelatedBy<__W::Model, #to, #position>)
        };
        quote! {
            #[diagnostic::do_not_recommend]
            impl __orm::SharedRelation<#name, #to> for #own {
                type Card = #card;
                type Set<__W: __orm::Place<Shared = Self>> = #set;
                const PLACE: usize = #place;
                fn set<__W: __orm::Place<Shared = Self>>(row: &#to) -> Self::Set<__W> {
                    __orm::reverse_set(row, __W::flat().relation(#place))
                }
            }
        }
    });
    relations.collect()
}

/// ```text
/// impl Author {
///     pub fn owned_set<M: Flattens<Owned>>(&self) -> <Owned as SharedRelation<1234, Author>>::Set<M::At>;
/// }
/// impl<R, K> AuthorFields<R, K> {
///     pub fn owned<M: Flattens<Owned>>(&self) -> Fields<M, R, K::Then<Many>>;
/// }
/// ```
pub fn accessors(model: &Model) -> TokenStream {
    let all = sides(model).filter_map(|side| {
        let reverse = side.reverse?;
        let orm = quote!(__orm);
        let (set, path) = signatures(model, &side, reverse, &orm);
        let through = through(model, side.field, &side.target.path, &orm);
        let (place, at) = (&side.place, at(model, &orm));
        let set = quote!(#set { #through::set::<#at>(self) });
        let path = quote!(#path {
            __orm::reverse(self, <#at as __orm::Place>::flat().relation(#place))
        });
        let (to, fields) =
            expand::targets::implementors(model, &side.target.path, &side.target.fields);
        if reverse.by_trait {
            let (on_model, on_fields) = expand::trait_idents(model, side.field, side.target);
            return Some(quote! {
                impl #on_model for #to { #set }
                impl<__R: __orm::Model, __K: __orm::Cardinality> #on_fields<__R, __K>
                    for #fields<__R, __K> { #path }
            });
        }
        let vis = |span| expand::moved(&model.vis, expand::at(span));
        let (set_vis, path_vis) = (vis(reverse.instance.span()), vis(reverse.query.span()));
        let doc = doc(model, side.field);
        Some(quote! {
            impl #to {
                #[doc = #doc]
                #set_vis #set
            }
            impl<__R: __orm::Model, __K: __orm::Cardinality> #fields<__R, __K> {
                #[doc = #doc]
                #path_vis #path
            }
        })
    });
    all.collect()
}

/// What a relation of the struct is called.
fn named(field: &Field) -> &str {
    let prefix = [crate::model::FIELD, "_"].concat();
    field.name.strip_prefix(&prefix).unwrap_or(&field.name)
}

/// It is a kind of a generic key, which drafts are given as a whole.
fn is_generic(field: &Field) -> bool {
    let Kind::Column(column) = &field.kind else { return false };
    column.key.as_ref().is_some_and(|key| key.generic.is_some())
}

/// The signatures on rows and on paths.
fn signatures(
    model: &Model,
    side: &Side<'_>,
    reverse: &Reverse,
    orm: &TokenStream,
) -> (TokenStream, TokenStream) {
    let (own, card) = (flattened(model), &side.card);
    let through = through(model, side.field, &side.target.path, orm);
    let at = at(model, orm);
    let (instance, query) = (&reverse.instance, &reverse.query);
    let card: TokenStream = card.clone().into_iter().skip(3).collect();
    let set = quote_spanned! {expand::at(instance.span())=>
        fn #instance<__M: #orm::Flattens<#own>>(&self) -> #through::Set<#at>
    };
    let path = quote_spanned! {expand::at(query.span())=>
        fn #query<__M: #orm::Flattens<#own>>(&self)
            -> #orm::Fields<__M, __R, __K::Then<#orm::#card>>
    };
    (set, path)
}

/// What models flatten: the struct, or the enum of which it is a variant.
fn flattened(model: &Model) -> &Ident {
    model.of_enum.as_ref().map_or(&model.ident, |(own, _)| own)
}

/// Where the model has the struct.
fn at(model: &Model, orm: &TokenStream) -> TokenStream {
    let own = flattened(model);
    let at = quote!(<__M as #orm::Flattens<#own>>::At);
    match &model.of_enum {
        Some((_, place)) => quote!(#place<#at>),
        None => at,
    }
}

fn doc(model: &Model, field: &Field) -> String {
    format!(
        "The rows of a model that flattens [`{}`], whose `{}` is this; the model is the parameter.",
        flattened(model),
        field.name
    )
}

/// The extension traits, for models of another crate.
pub fn traits(model: &Model) -> TokenStream {
    let all = sides(model).filter_map(|side| {
        let reverse = side.reverse.filter(|reverse| reverse.by_trait)?;
        let (vis, doc) = (&model.vis, doc(model, side.field));
        let (on_model, on_fields) = expand::trait_idents(model, side.field, side.target);
        let orm = quote!(::orm::private);
        let (set, path) = signatures(model, &side, reverse, &orm);
        Some(quote! {
            #[doc = #doc]
            #[allow(dead_code, non_camel_case_types)]
            #vis trait #on_model {
                #[doc = #doc]
                #set;
            }
            #[doc = #doc]
            #[allow(dead_code, non_camel_case_types)]
            #vis trait #on_fields<__R: #orm::Model, __K: #orm::Cardinality> {
                #[doc = #doc]
                #path;
            }
        })
    });
    all.collect()
}
