//! `combined! { pub Feed { Post, Photo } by { created: DateTime<Utc> } }`: rows of several models in one query.

mod parse;

use self::parse::{Column, Combined, Variant, View};
use crate::errors::Errors;
use crate::model::types;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Type};

/// Expands the macro; what is wrong is left out.
///
/// ```text
/// pub enum FeedKind { Post, Photo }
/// pub enum FeedRow { Post(Post), Photo(Photo) }
/// #[derive(Model)]
/// pub struct Feed { pub kind: FeedKind, pub key: i64, pub created: DateTime<Utc>, pub row: FeedRow }
/// ```
pub fn expand(input: TokenStream, errors: &Errors) -> TokenStream {
    let Some(mut combined) = errors.take(syn::parse2::<Combined>(input)) else {
        return TokenStream::new();
    };
    combined.check(errors);
    if combined.variants.is_empty() {
        return TokenStream::new();
    }
    let (kinds, rows, model) = (kinds(&combined), rows(&combined), model(&combined));
    let text = text(&combined);
    quote! {
        #kinds
        #rows
        #model
        #text
    }
}

impl Combined {
    fn kind(&self) -> Ident {
        format_ident!("{}Kind", self.ident)
    }

    fn row(&self) -> Ident {
        format_ident!("{}Row", self.ident)
    }
}

/// The models, as the values of a column.
fn kinds(combined: &Combined) -> TokenStream {
    let (vis, kind) = (&combined.vis, combined.kind());
    let doc = format!("Which of the models a row of [`{}`] belongs to.", combined.ident);
    let variants = combined.variants.iter().map(|variant| {
        let (ident, value) = (&variant.ident, variant.value());
        let doc = format!("The rows of `{}`.", variant.ident);
        quote!(#[doc = #doc] #[choice(#value)] #ident)
    });
    quote! {
        #[doc = #doc]
        #[derive(::orm::Choices, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #vis enum #kind { #(#variants),* }
    }
}

/// The enum of the rows.
fn rows(combined: &Combined) -> TokenStream {
    let (vis, row, outer) = (&combined.vis, combined.row(), &combined.derives);
    let doc = format!("A row of one of the models that [`{}`] puts together.", combined.ident);
    let variants = combined.variants.iter().map(|variant| {
        let (ident, types, docs) = (&variant.ident, &variant.types, &variant.docs);
        quote!(#(#docs)* #ident(#(#types),*))
    });
    quote! {
        #[doc = #doc]
        #(#outer)*
        #[allow(missing_docs, clippy::large_enum_variant)]
        #vis enum #row { #(#variants),* }
        impl ::orm::private::Single for #row {}
        impl ::orm::private::Column for #row {
            type Inner = Self;
            type Null = ::orm::private::NotNull;
            const SQL_TYPE: ::orm::private::SqlType = ::orm::private::RECORD;
            fn decode(raw: &[u8]) -> ::core::result::Result<Self, ::orm::private::CellError> {
                Self::__rows().read(raw)
            }
            fn to_value(&self) -> ::orm::private::SqlValue {
                ::orm::private::SqlValue::Invalid(::std::string::String::from(
                    "rows of several models are read, and not compared or written",
                ))
            }
        }
    }
}

/// The model: which one a row belongs to, its key there, what all have in common, and the row.
fn model(combined: &Combined) -> TokenStream {
    let Combined { attrs, vis, ident, columns, .. } = combined;
    let (kind, row) = (combined.kind(), combined.row());
    let key = combined.key().map(|ty| {
        quote! {
            /// Its primary key there.
            #vis key: #ty,
        }
    });
    let columns = columns.iter().map(|column| {
        let Column { attrs, ident, ty, .. } = column;
        quote!(#(#attrs)* #vis #ident: #ty)
    });
    let view = combined.view.as_ref().map(|view| {
        let materialized = (*view == View::Materialized).then(|| quote!(materialized,));
        quote!(view = #row::__view, #materialized)
    });
    // What the column is in the view; it is read as a row.
    let stored = combined.view.as_ref().map(|_| quote!(#[field(db_type = "jsonb")]));
    let primary_key = (!combined.has_primary_key).then(|| quote!(primary_key = [kind, key],));
    quote! {
        #[derive(::orm::Model)]
        #(#attrs)*
        #[model(#primary_key #view combined = #row::__text)]
        #vis struct #ident {
            /// Which of the models the row belongs to.
            #vis kind: #kind,
            #key
            #(#columns,)*
            /// The row itself.
            #stored
            #vis row: #row,
        }
    }
}

/// In functions of the enum, so that names mean what they mean around the macro, also in a function.
///
/// ```text
/// impl FeedRow {
///     fn __rows() -> &'static Combined<Self> { static ROWS: LazyLock<…> = …; &ROWS }
///     fn __text() -> Result<&'static str> { Self::__rows().sql() }
/// }
/// ```
fn text(combined: &Combined) -> TokenStream {
    let (ident, row) = (&combined.ident, combined.row());
    let common = combined.columns.len() + usize::from(combined.key().is_some());
    let common = Literal::usize_unsuffixed(common);
    let parts = combined.variants.iter().map(|variant| part(combined, variant));
    let made = if combined.view.is_some() { quote!(stored) } else { quote!(new) };
    let view = combined.view.as_ref().map(|_| {
        quote! {
            #[doc(hidden)]
            fn __view() -> ::orm::private::Query {
                Self::__rows().view()
            }
        }
    });
    quote! {
        #[allow(clippy::all, unused_qualifications)]
        impl #row {
            #[doc(hidden)]
            fn __rows() -> &'static ::orm::private::Combined<#row> {
                use ::orm::ModelExt as _;
                static ROWS: ::std::sync::LazyLock<::orm::private::Combined<#row>> =
                    ::std::sync::LazyLock::new(|| {
                        ::orm::private::Combined::#made::<#ident>(::std::vec![#(#parts),*], #common)
                    });
                &ROWS
            }
            #[doc(hidden)]
            fn __text() -> ::orm::private::Result<&'static str> {
                Self::__rows().sql()
            }
            #view
        }
    }
}

/// ```text
/// Part::new("post", Post::objects().in_common::<i64, _>(|__m| __m.pk()), |a| FeedRow::Post(a))
/// ```
fn part(combined: &Combined, variant: &Variant) -> TokenStream {
    let (row, ident, value) = (combined.row(), &variant.ident, variant.value());
    let rows = match &variant.rows {
        Some(rows) => quote!((#rows)),
        None => {
            let model = variant.model();
            quote_spanned!(ident.span()=> <#model as ::orm::ModelExt>::objects())
        }
    };
    let key = combined.key().map(|ty| {
        let span = ident.span();
        quote_spanned!(span=> .in_common::<#ty, _>(|__m| __m.pk()))
    });
    let columns = combined.columns.iter().map(|column| {
        let ty = column_type(&column.ty);
        match column.of.iter().find(|(of, _)| of == ident) {
            Some((_, expr)) => quote_spanned!(expr.span()=> .in_common::<#ty, _>(#expr)),
            None => {
                let name = &column.ident;
                quote_spanned!(name.span()=> .in_common::<#ty, _>(|__m| __m.#name()))
            }
        }
    });
    let places: Vec<Ident> = (0..variant.types.len()).map(|at| format_ident!("__{at}")).collect();
    let pattern = match places.as_slice() {
        [one] => quote!(#one),
        several => quote_spanned!(ident.span()=> (#(#several),*)),
    };
    let values =
        variant.types.iter().zip(&places).map(|(ty, place)| match types::argument(ty, "Box") {
            Some(_) => quote!(::std::boxed::Box::new(#place)),
            None => quote!(#place),
        });
    quote! {
        ::orm::private::Part::new(#value, #rows #key #(#columns)*, |#pattern| #row::#ident(#(#values),*))
    }
}

/// The type of the values of a column: those of a key are the keys of its model.
fn column_type(ty: &Type) -> TokenStream {
    if let Some(inner) = types::option_of(ty) {
        let inner = column_type(inner);
        return quote!(::core::option::Option<#inner>);
    }
    let target = ["ForeignKey", "OneToOne"].iter().find_map(|name| types::argument(ty, name));
    match target.as_deref() {
        Some([to]) => quote!(<#to as ::orm::private::Model>::Pk),
        Some([_, key]) => quote!(#key),
        _ => quote!(#ty),
    }
}
