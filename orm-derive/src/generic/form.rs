//! `#[generic(kind = "…", key = "…", content_types)]`: the form of a generic key with two columns.

use super::{Generic, Variant};
use crate::attr::{self, At};
use crate::errors::Errors;
use crate::expand;
use crate::model::FIELD;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Path, Type};

/// A column of the kind and one of the key, for all models.
pub struct TwoColumns {
    pub kind: String,
    pub key: String,
    /// The kinds are the numbers that Django gives to models.
    pub content_types: bool,
    /// The type of the column of the key, where it is not that of the models' keys.
    pub key_type: Option<Type>,
}

const KNOWN: &[&str] = &["kind", "key", "key_type", "content_types"];

/// Reads what is said of an enum; none where each kind has a column of its own.
pub fn parse(attributes: &[Attribute], errors: &Errors) -> Option<TwoColumns> {
    let mut attributes_of =
        attributes.iter().filter(|attribute| attribute.path().is_ident("generic"));
    attributes_of.next()?;
    let (mut kind, mut key, mut key_type, mut content_types) = (None, None, None, None);
    attr::options(attributes, "generic", KNOWN, errors, |option, ident, input| {
        match option {
            "kind" => kind = Some(attr::text(input)?),
            "key" => key = Some(attr::text(input)?),
            "key_type" => key_type = Some(attr::value(input)?),
            _ => content_types = Some(attr::flag(ident, input)?),
        }
        Ok(())
    });
    let content_types = content_types.is_some_and(|flag| flag.value);
    let named = |name: Option<At<String>>, of_django: &str, own: &str| match name {
        Some(name) => name.value,
        None if content_types => of_django.to_owned(),
        None => format!("{FIELD}_{own}"),
    };
    Some(TwoColumns {
        kind: named(kind, "content_type_id", "kind"),
        key: named(key, "object_id", "id"),
        content_types,
        key_type,
    })
}

/// `#[generic(kind = "blog.book")]` on a variant.
pub fn kind_of(attributes: &[Attribute], errors: &Errors) -> Option<At<String>> {
    let mut kind = None;
    attr::options(attributes, "generic", &["kind"], errors, |_, _, input| {
        kind = Some(attr::text(input)?);
        Ok(())
    });
    kind
}

/// The columns.
pub fn parts(generic: &Generic, two: &TwoColumns) -> Option<TokenStream> {
    let (model, first) = (&generic.model, &generic.variants.first()?.to);
    let text = |text: &str| expand::text(model, text);
    let (kind_name, key_name) = (text(&format!("{FIELD}_kind")), text(&format!("{FIELD}_key")));
    let (kind, key) = (text(&two.kind), text(&two.key));
    let (kind_type, key_type) = (kind_type(two), key_type(two, first));
    Some(quote! {
        __orm::SharedPart::Fields(&[
            __orm::generic_field::<__W>(
                <#kind_type as __orm::Held>::FIELD.named(#kind_name, #kind)
            ),
            __orm::generic_key_field::<__W>(
                <#key_type as __orm::Held>::FIELD.named(#key_name, #key)
            )
        ])
    })
}

/// The type of the column of the kind.
fn kind_type(two: &TwoColumns) -> TokenStream {
    if two.content_types { quote!(i32) } else { quote!(::std::string::String) }
}

/// The type of the column of the key.
fn key_type(two: &TwoColumns, first: &Path) -> TokenStream {
    match &two.key_type {
        Some(own) => quote!(#own),
        None => quote!(<#first as __orm::Model>::Pk),
    }
}

/// An index over both.
pub fn index(generic: &Generic) -> TokenStream {
    let text = |text: &str| expand::text(&generic.model, text);
    let (kind, key) = (text(&format!("{FIELD}_kind")), text(&format!("{FIELD}_key")));
    quote! {
        __orm::IndexMeta::new(&[
            __orm::IndexPart::field(#kind, false),
            __orm::IndexPart::field(#key, false)
        ])
    }
}

/// What the column of the kind holds, and that all models have keys of one type.
///
/// ```text
/// const TOLD_BY: ToldBy = ToldBy::Text;
/// fn kind_value(kind: usize) -> SqlValue { match kind { 0 => SqlValue::Text("book".into()), … } }
/// ```
pub fn told(generic: &Generic) -> TokenStream {
    let Some(two) = &generic.two_columns else { return TokenStream::new() };
    let values = super::expand::placed(generic).map(|(place, variant)| {
        let (to, kind) = (&variant.to, &variant.kind);
        let value = match (two.content_types, kind) {
            (true, Some(kind)) => {
                quote!(__orm::content_type_of::<#to>(::core::option::Option::Some(#kind)))
            }
            (true, None) => quote!(__orm::content_type_of::<#to>(::core::option::Option::None)),
            (false, kind) => {
                let name = syn::ext::IdentExt::unraw(&variant.ident).to_string();
                let kind = kind.clone().unwrap_or_else(|| crate::attr::snake(&name));
                quote!(__orm::SqlValue::Text(::std::string::String::from(#kind)))
            }
        };
        quote!(#place => #value,)
    });
    let told = if two.content_types { quote!(ContentType) } else { quote!(Text) };
    let held = held(generic, two);
    quote! {
        const TOLD_BY: __orm::ToldBy = __orm::ToldBy::#told;
        #held
        fn kind_value(kind: usize) -> __orm::SqlValue {
            match kind {
                #(#values)*
                _ => __orm::SqlValue::Null,
            }
        }
    }
}

/// The types of the keys, where their column has another.
///
/// ```text
/// const KEY_COLUMN: Option<SqlType> = Some(<String as Column>::SQL_TYPE);
/// fn key_type(kind: usize) -> SqlType { const KEYS: &[SqlType] = &[key_type_in(…, …), …]; … }
/// ```
fn held(generic: &Generic, two: &TwoColumns) -> TokenStream {
    let Some(own) = &two.key_type else { return TokenStream::new() };
    let column = quote_spanned!(own.span()=> <#own as __orm::Column>::SQL_TYPE);
    let keys = generic.variants.iter().map(|Variant { to, .. }| {
        let key = quote!(<<#to as __orm::Model>::Pk as __orm::Column>::SQL_TYPE);
        quote_spanned!(to.span()=> __orm::key_type_in(#column, #key))
    });
    quote! {
        const KEY_COLUMN: ::core::option::Option<__orm::SqlType> = ::core::option::Option::Some(#column);
        fn key_type(kind: usize) -> __orm::SqlType {
            const KEYS: &[__orm::SqlType] = &[#(#keys),*];
            KEYS.get(kind).copied().unwrap_or(#column)
        }
    }
}

/// That all models have keys of one type, where nothing else is said.
pub fn one_type(generic: &Generic) -> TokenStream {
    let (Some(TwoColumns { key_type: None, .. }), Some((first, others))) =
        (&generic.two_columns, generic.variants.split_first())
    else {
        return TokenStream::new();
    };
    let (first, others) = (&first.to, others.iter().map(|variant| &variant.to));
    quote! {
        const _: fn() = || {
            fn of_one_type<__M: __orm::Model<Pk = __T>, __T>() {}
            #(of_one_type::<#others, <#first as __orm::Model>::Pk>();)*
        };
    }
}

/// The paths of the columns.
pub fn accessors(generic: &Generic) -> TokenStream {
    let (Some(two), Some(first)) = (&generic.two_columns, generic.variants.first()) else {
        return TokenStream::new();
    };
    let (vis, to) = (&generic.model.vis, &first.to);
    let (kind, key) = (kind_type(two), key_type(two, to));
    quote! {
        /// The column of the kind.
        #vis fn kind(&self) -> __orm::Field<__R, #kind, __K> {
            self.path.column(&self.flat.fields[0])
        }
        /// The column of the key.
        #vis fn key(&self) -> __orm::Field<__R, #key, __K> {
            self.path.column(&self.flat.fields[1])
        }
    }
}
