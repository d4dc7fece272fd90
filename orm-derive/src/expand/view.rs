//! The query of a view.

use super::at;
use super::said::Said;
use crate::model::{Column, Field, Kind, Model, ViewRows};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

/// ```text
/// ViewMeta::query(|| view_of::<(<Author as Model>::Pk, (i64, ())), _>((|| Book::objects().values(…))()))
/// ViewMeta::sql("SELECT …").materialized()
/// ```
pub fn view(model: &Model) -> Option<TokenStream> {
    let view = model.view.as_ref()?;
    let mut said = Said(match &view.rows {
        ViewRows::Sql(sql) => quote!(__orm::ViewMeta::sql(#sql)),
        ViewRows::Inline(sql) => quote!(__orm::ViewMeta::inline(#sql)),
        ViewRows::Stored { query, read_as } => {
            quote!(__orm::ViewMeta::query(#query).read_as(#read_as))
        }
        ViewRows::Query(query) => {
            let span = at(query.span());
            let called = match query {
                Expr::Closure(_) | Expr::Path(_) => quote_spanned!(span=> (#query)()),
                other => quote!(#other),
            };
            let query = match columns(model) {
                Some(columns) => quote_spanned!(span=> __orm::view_of::<#columns, _>(#called)),
                None => quote_spanned!(span=> __orm::view_of_any(#called)),
            };
            quote!(__orm::ViewMeta::query(|| #query))
        }
    });
    said.so_if(view.materialized, "materialized");
    Some(said.0)
}

/// The types of the columns, `(A, (B, ()))`; none where some of them are known later only.
fn columns(model: &Model) -> Option<TokenStream> {
    let types: Option<Vec<TokenStream>> = model.fields.iter().map(column).collect();
    let types = types?.into_iter().rev();
    Some(types.fold(quote!(()), |rest, first| quote!((#first, #rest))))
}

fn column(field: &Field) -> Option<TokenStream> {
    let Kind::Column(column) = &field.kind else { return None };
    let Column { inner, null, key, .. } = &**column;
    if column.width() > 1 {
        return None;
    }
    let of = match key {
        None => quote!(#inner),
        Some(key) => match (&key.key_type, &key.target.path) {
            (Some(ty), _) => quote!(#ty),
            (None, to) => quote!(<#to as __orm::Model>::Pk),
        },
    };
    Some(if *null { quote!(::core::option::Option<#of>) } else { of })
}
