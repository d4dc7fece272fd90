//! `combined! { pub Feed { Post, Photo } by { created: DateTime<Utc> } }`: rows of several models in one query.

mod parse;

use self::parse::{Column, Combined, Variant};
use crate::errors::Errors;
use crate::model::types;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
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
    let Some(combined) = errors.take(syn::parse2::<Combined>(input)) else {
        return TokenStream::new();
    };
    combined.check(errors);
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

    /// The function of the text that the rows are read from.
    fn text(&self) -> Ident {
        format_ident!("__{}_rows", self.ident.unraw().to_string().to_lowercase())
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
    let text = combined.text();
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
                #text::ROWS.read(raw)
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
    let (kind, row, text) = (combined.kind(), combined.row(), combined.text());
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
    let primary_key = (!combined.has_primary_key).then(|| quote!(primary_key = [kind, key],));
    quote! {
        #[derive(::orm::Model)]
        #(#attrs)*
        #[model(#primary_key combined = #text::text)]
        #vis struct #ident {
            /// Which of the models the row belongs to.
            #vis kind: #kind,
            #key
            #(#columns,)*
            /// The row itself.
            #vis row: #row,
        }
    }
}

/// ```text
/// #[doc(hidden)] mod __feed_rows {
///     pub static ROWS: LazyLock<Combined<FeedRow>> = LazyLock::new(|| Combined::new::<Feed>(vec![…], 3));
///     pub fn text() -> Result<&'static str> { ROWS.sql() }
/// }
/// ```
fn text(combined: &Combined) -> TokenStream {
    let (ident, row, text) = (&combined.ident, combined.row(), combined.text());
    let common = combined.columns.len() + usize::from(combined.key().is_some());
    let common = Literal::usize_unsuffixed(common);
    let parts = combined.variants.iter().map(|variant| part(combined, variant));
    quote! {
        #[doc(hidden)]
        #[allow(non_snake_case, unused_imports, unreachable_pub, private_interfaces)]
        #[allow(clippy::all, missing_docs, unused_qualifications)]
        mod #text {
            use super::*;
            pub static ROWS: ::std::sync::LazyLock<::orm::private::Combined<#row>> =
                ::std::sync::LazyLock::new(|| {
                    use ::orm::ModelExt as _;
                    ::orm::private::Combined::new::<#ident>(::std::vec![#(#parts),*], #common)
                });
            pub fn text() -> ::orm::private::Result<&'static str> {
                ROWS.sql()
            }
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
        let (ty, span) = (column_type(&column.ty), column.ident.span());
        let own = column.of.iter().find(|(of, _)| of == ident);
        match own {
            Some((_, expr)) => quote_spanned!(span=> .in_common::<#ty, _>(#expr)),
            None => {
                let name = &column.ident;
                quote_spanned!(span=> .in_common::<#ty, _>(|__m| __m.#name()))
            }
        }
    });
    let places: Vec<Ident> = (0..variant.types.len()).map(|at| format_ident!("__{at}")).collect();
    let pattern = match places.as_slice() {
        [one] => quote!(#one),
        several => quote!((#(#several),*)),
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
