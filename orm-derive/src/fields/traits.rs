//! The traits that models with a struct, and their paths, have.

use super::{has_ident, paths_ident};
use crate::attr::snake;
use crate::model::{Field, Kind, Model};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::Ident;

/// `fn author(&self) -> Fields<Author, __R, __K::Then<One>>`
pub fn signature(field: &Field, orm: &TokenStream) -> TokenStream {
    let (name, ty) = (&field.accessor, &field.ty);
    let forward = |to: &syn::Path, card: &str| {
        let card = Ident::new(card, name.span());
        quote!(fn #name(&self) -> #orm::Fields<#to, __R, __K::Then<#orm::#card>>)
    };
    match &field.kind {
        Kind::Column(column) => match &column.key {
            Some(key) => forward(&key.target.path, if column.null { "Opt" } else { "One" }),
            None => quote!(fn #name(&self) -> #orm::Field<__R, #ty, __K>),
        },
        Kind::Many(many) => forward(&many.target.path, "Many"),
        Kind::Flatten => {
            if let Some(crate::model::Variant { kind, .. }) = &field.variant {
                return quote!(fn #name(&self) -> #orm::OfKind<#ty, #kind, __R, __K>);
            }
            quote!(fn #name(&self) -> <#ty as #orm::ModelFields>::Paths<__R, __K>)
        }
    }
}

/// ```text
/// pub trait HasTimestamps: Flattens<Timestamps> {
///     fn timestamps(&self) -> &Timestamps { … }
///     fn timestamps_mut(&mut self) -> &mut Timestamps { … }
/// }
/// pub trait TimestampsPaths<R: Model, K: Cardinality> { fn created(&self) -> Field<R, …, K>; }
/// ```
pub fn definitions(model: &Model) -> TokenStream {
    let (own, vis, name) = (&model.ident, &model.vis, &model.name);
    let (has, paths, orm) = (has_ident(model), paths_ident(model), quote!(::orm::private));
    let (get, get_mut) = (format_ident!("{}", snake(name)), format_ident!("{}_mut", snake(name)));
    let place = quote!(<<Self as #orm::Flattens<#own>>::At as #orm::Holds>);
    let (managers, sets) = (managers(model, &orm), sets(model, &orm));
    let signatures = model.fields.iter().map(|field| {
        let (signature, docs) = (signature(field, &orm), &field.docs);
        quote!(#docs #signature;)
    });
    let doc_has = format!("Models that flatten [`{name}`].");
    let doc_paths =
        format!("The columns of [`{name}`] in the paths of the models that flatten it.");
    let doc_get = format!("The [`{name}`] of this row.");
    let message = format!("`{{Self}}` does not flatten `{name}`");
    let label = format!("no field of this model is a `{name}`");
    let note = format!(
        "add `#[model(flatten)]` with a field of the type `{name}`; where that stands within another \
         flattened struct, the model says so: `#[model(flatten, with = [{name}])]`"
    );
    quote! {
        #[doc = #doc_has]
        #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]
        #[allow(dead_code, missing_docs, private_bounds, private_interfaces, unreachable_pub)]
        #vis trait #has: #orm::Flattens<#own> {
            #[doc = #doc_get]
            fn #get(&self) -> &#own {
                #place::get(self)
            }
            #[doc = #doc_get]
            fn #get_mut(&mut self) -> &mut #own {
                #place::get_mut(self)
            }
            #managers
            #sets
        }
        #[doc = #doc_paths]
        #[allow(dead_code, missing_docs, private_bounds, private_interfaces, unreachable_pub)]
        #vis trait #paths<__R: #orm::Model, __K: #orm::Cardinality> {
            #(#signatures)*
        }
    }
}

/// ```text
/// fn published() -> QuerySet<Self> where Published: Manager<Self> { Manager::queryset(&Published) }
/// ```
fn managers(model: &Model, orm: &TokenStream) -> TokenStream {
    let managers = model.managers.iter().flatten().filter(|(name, _)| name != "objects");
    let managers = managers.map(|(name, manager)| {
        let doc = format!("The rows of the manager `{name}`.");
        let bound = match manager {
            syn::Expr::Path(_) => quote!(where #manager: #orm::Manager<Self>),
            _ => TokenStream::new(),
        };
        quote! {
            #[doc = #doc]
            fn #name() -> #orm::QuerySet<Self> #bound {
                #orm::Manager::<Self>::queryset(&#manager)
            }
        }
    });
    managers.collect()
}

/// The sets of many-to-many relations: `article.tags()`.
fn sets(model: &Model, orm: &TokenStream) -> TokenStream {
    let own = &model.ident;
    let sets = model.many_to_many().map(|(field, many)| {
        let (accessor, docs, to) = (&field.accessor, &field.docs, &many.target.path);
        let relation =
            crate::expand::relations::fields(model).position(|other| other.index == field.index);
        let relation = Literal::usize_unsuffixed(relation.unwrap_or(0));
        quote! {
            #docs
            fn #accessor(&self) -> #orm::Related<#to, Self> {
                let flat = <<Self as #orm::Flattens<#own>>::At as #orm::Place>::flat();
                #orm::forward_set(self, flat.relation(#relation))
            }
        }
    });
    sets.collect()
}

/// They are implemented for all models that flatten the struct, and for the paths of those.
pub fn implementations(model: &Model) -> TokenStream {
    let own = &model.ident;
    let (has, paths) = (has_ident(model), paths_ident(model));
    let accessors = model.fields.iter().map(|field| {
        let (signature, name) = (signature(field, &quote!(__orm)), &field.accessor);
        quote! {
            #signature {
                let path = __orm::Accessors::path(&**self);
                let flat = <<__M as __orm::Flattens<#own>>::At as __orm::Place>::flat();
                <#own as __orm::ModelFields>::at::<__R, __K>(path, flat).#name()
            }
        }
    });
    quote! {
        #[diagnostic::do_not_recommend]
        impl<__M: __orm::Flattens<#own>> #has for __M {}
        impl<__M, __R, __K> #paths<__R, __K> for __orm::Fields<__M, __R, __K>
        where
            __M: __orm::Flattens<#own>,
            __R: __orm::Model,
            __K: __orm::Cardinality,
        {
            #(#accessors)*
        }
    }
}
