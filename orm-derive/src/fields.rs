//! `#[derive(ModelFields)]`: columns that several models share.

use crate::errors::Errors;
use crate::expand::{self, field_meta};
use crate::model::build::{self, Context};
use crate::model::{Column, Field, Kind};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::{DeriveInput, Ident};

/// Expands the derive; what is wrong is left out.
pub fn expand(input: &DeriveInput, errors: &Errors) -> TokenStream {
    let Some(named) = build::named_fields(input, "ModelFields", errors) else {
        return TokenStream::new();
    };
    let cx = Context {
        ident: &input.ident,
        app: "",
        errors,
        composite: &[],
        marked_key: false,
        view: false,
    };
    let described = named.iter().enumerate();
    let described = described.filter_map(|(index, field)| build::describe(&cx, index, field));
    let mut fields: Vec<Field> = described.collect();
    fields.retain(|field| allowed(field, errors));
    implement(input, &fields)
}

/// What belongs to one model cannot be shared.
fn allowed(field: &Field, errors: &Errors) -> bool {
    let forbidden = match &field.kind {
        Kind::Many(_) => Some("a many-to-many relation"),
        Kind::Flatten => Some("another flattened struct"),
        Kind::Column(column) if column.key.is_some() => Some("a relation"),
        Kind::Column(column) if column.primary_key => Some("a primary key"),
        Kind::Column(column) if column.generated.is_some() => Some("a generated column"),
        Kind::Column(_) => None,
    };
    if let Some(what) = forbidden {
        let message = format!(
            "`{}` is {what}, which belongs to one model and cannot be shared; declare it in each \
             model",
            field.name
        );
        errors.at(field.ident.span(), message);
    }
    forbidden.is_none()
}

/// ```text
/// pub struct TimestampsFields<R, K> { path: Path<R, K>, fields: &'static [FieldMeta] }
/// impl<R: Model, K: Cardinality> TimestampsFields<R, K> { pub fn created_at(&self) -> … }
/// impl ModelFields for Timestamps { … }
/// ```
fn implement(input: &DeriveInput, fields: &[Field]) -> TokenStream {
    let (own, vis) = (&input.ident, &input.vis);
    let paths = format_ident!("{own}Fields");
    let accessors = fields.iter().enumerate().map(|(place, field)| accessor(vis, place, field));
    let model_fields = model_fields(own, &paths, fields);
    let doc = format!("The paths of the columns of [`{own}`].");
    quote! {
        #[doc = #doc]
        #vis struct #paths<R, K> {
            path: ::orm::private::Path<R, K>,
            fields: &'static [::orm::private::FieldMeta],
        }
        #[allow(missing_docs, clippy::all, unused_imports)]
        const _: () = {
            use ::orm::private::{self as __orm, NoColumn as _};
            impl<__R: __orm::Model, __K: __orm::Cardinality> #paths<__R, __K> {
                #(#accessors)*
            }
            #model_fields
        };
    }
}

/// ```text
/// impl ModelFields for Timestamps { type Draft = Set; const FIELDS …; fn at(…) … }
/// ```
fn model_fields(own: &Ident, paths: &Ident, fields: &[Field]) -> TokenStream {
    let metas = columns(fields).map(|(field, column)| field_meta(field, column, None, None));
    let required = columns(fields).any(|(_, column)| column.is_required());
    let draft = format_ident!("{}", if required { "Unset" } else { "Set" });
    let value = expand::value(fields.iter());
    let decode = expand::decode(fields.iter());
    quote! {
        impl __orm::ModelFields for #own {
            type Paths<R: __orm::Model, K: __orm::Cardinality> = #paths<R, K>;
            type Draft = __orm::#draft;
            const FIELDS: &'static [__orm::FieldMeta] = &[#(#metas),*];
            fn at<R: __orm::Model, K: __orm::Cardinality>(
                path: &__orm::PathBuf,
                fields: &'static [__orm::FieldMeta],
            ) -> #paths<R, K> {
                let path = __orm::Path::from(::core::clone::Clone::clone(path));
                #paths { path, fields }
            }
            fn value(&self, place: usize) -> __orm::SqlValue {
                #value
            }
            fn decode(reader: &mut __orm::Reader<'_>) -> __orm::Decoded<Self> {
                ::core::result::Result::Ok(#own { #decode })
            }
        }
    }
}

fn columns(fields: &[Field]) -> impl Iterator<Item = (&Field, &Column)> {
    fields.iter().filter_map(|field| match &field.kind {
        Kind::Column(column) => Some((field, &**column)),
        _ => None,
    })
}

fn accessor(vis: &syn::Visibility, place: usize, field: &Field) -> TokenStream {
    let Field { accessor: name, docs, ty, .. } = field;
    let place = Literal::usize_unsuffixed(place);
    quote! {
        #docs
        #vis fn #name(&self) -> __orm::Field<__R, #ty, __K> {
            self.path.column(&self.fields[#place])
        }
    }
}
