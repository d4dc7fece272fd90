//! `impl Model` and what hangs on it: keys, values and decoding.

use super::{at, fields_ident};
use crate::model::{Column, Field, Kind, Model};
use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// ```text
/// impl Single for Book {}
/// elements!(Book, i64);
/// impl Model for Book {
///     type Fields<R: Model, K: Cardinality> = BookFields<R, K>;
///     type Pk = i64;
///     fn meta() -> &'static ModelMeta { &__META }
///     fn pk(&self) -> i64 { Clone::clone(&self.id) }
///     fn value(&self, place: usize) -> SqlValue { match place { 0 => Column::to_value(&self.id), … } }
///     fn decode(reader: &mut Reader<'_>) -> Decoded<Self> { Ok(Book { id: reader.column()?, … }) }
/// }
/// ```
pub fn implementation(model: &Model) -> TokenStream {
    let (own, fields) = (&model.ident, fields_ident(model));
    let (pk_type, pk) = primary_key(model);
    let value = value(model.fields.iter());
    let decode = decode(model.fields.iter());
    let default = default_query(model);
    let clean = clean(model);
    let drafts = super::draft::of_model(model);
    let bounds = super::targets::bounds(model);
    let hooks = model.hooks.map(|_| quote!(impl __orm::HasHooks for #own #bounds {}));
    let cleaned = model.clean.then(|| quote!(impl __orm::HasClean for #own #bounds {}));
    let elements = elements(own, &pk_type);
    let latest = latest(model, bounds.as_ref());
    quote! {
        #hooks
        #cleaned
        #latest
        impl __orm::Single for #own {}
        #elements
        #[diagnostic::do_not_recommend]
        impl __orm::Model for #own #bounds {
            type Fields<R: __orm::Model, K: __orm::Cardinality> = #fields<R, K>;
            type Pk = #pk_type;
            type First = Self;
            #drafts
            fn meta() -> &'static __orm::ModelMeta {
                &__META
            }
            fn pk(&self) -> Self::Pk {
                #pk
            }
            fn value(&self, place: usize) -> __orm::SqlValue {
                #value
            }
            fn decode(reader: &mut __orm::Reader<'_>) -> __orm::Decoded<Self> {
                ::core::result::Result::Ok(#own { #decode })
            }
            #default
            #clean
        }
    }
}

/// Whether `latest` and `earliest` can go by what the model says.
fn latest(model: &Model, bounds: Option<&TokenStream>) -> Option<TokenStream> {
    let own = &model.ident;
    match model.get_latest_by.is_empty() {
        true => super::shared::latest(model),
        false => Some(quote! {
            #[diagnostic::do_not_recommend]
            impl __orm::HasLatest for #own #bounds {}
        }),
    }
}

/// What closures receive for rows of the model, and for those that may be missing.
pub fn elements(own: &syn::Ident, key: &TokenStream) -> TokenStream {
    quote!(__orm::elements!(#own, #key);)
}

/// ```text
/// fn clean_row(&mut self, errors: &mut Errors) { Clean::clean(self, errors) }
/// ```
fn clean(model: &Model) -> TokenStream {
    let cleans = cleans(model);
    if cleans.is_empty() {
        return TokenStream::new();
    }
    quote! {
        fn clean_row(&mut self, errors: &mut __orm::Errors) {
            #cleans
        }
    }
}

/// Those of flattened structs, then its own.
pub fn cleans(model: &Model) -> TokenStream {
    let own = &model.ident;
    let flat = model.flattened().map(|field| {
        let (name, ty) = (&field.ident, &field.ty);
        quote!(<#ty as __orm::ModelFields>::clean_fields(&mut self.#name, errors);)
    });
    let clean = model
        .clean
        .then(|| quote_spanned!(at(own.span())=> <#own as __orm::Clean>::clean(self, errors);));
    quote!(#(#flat)* #clean)
}

/// The key's type and its value. A key that is a relation is the key of the other model.
pub fn primary_key(model: &Model) -> (TokenStream, TokenStream) {
    if let Some(field) = model.shared_key.and_then(|place| model.fields.get(place)) {
        let (name, ty) = (&field.ident, &field.ty);
        let key = quote_spanned!(at(ty.span())=> <#ty as __orm::ModelFields>);
        return (quote!(#key::Pk), quote!(#key::pk(&self.#name)));
    }
    let keys = model.primary_key.iter().filter_map(|place| {
        let field = model.fields.get(*place)?;
        let Kind::Column(column) = &field.kind else { return None };
        Some(key_part(field, column))
    });
    let (types, values): (Vec<_>, Vec<_>) = keys.unzip();
    match (types.as_slice(), values.as_slice()) {
        ([ty], [value]) => (ty.clone(), value.clone()),
        // A mistake was reported; this only keeps other errors away.
        ([], _) => (quote!(i64), quote!(0)),
        _ => (quote!((#(#types),*)), quote!((#(#values),*))),
    }
}

fn key_part(field: &Field, column: &Column) -> (TokenStream, TokenStream) {
    let (name, ty) = (&field.ident, &column.inner);
    match &column.key {
        Some(key) => {
            let to = &key.target.path;
            let ty = match &key.key_type {
                Some(ty) => quote!(#ty),
                None => quote!(<#to as __orm::Model>::Pk),
            };
            (ty, quote!(self.#name.pk()))
        }
        // A mistake was reported; this only keeps other errors away.
        None if column.null || field.ty != field.held => {
            (quote!(#ty), quote!(::core::unreachable!()))
        }
        None => (quote!(#ty), quote!(::core::clone::Clone::clone(&self.#name))),
    }
}

/// The value of a column by its place.
pub fn value<'a>(fields: impl Iterator<Item = &'a Field>) -> TokenStream {
    let fields: Vec<&Field> = fields.collect();
    value_at(&quote!(place), &fields)
}

/// ```text
/// match place { 0 => …, 1 => …, place => ModelFields::value(&self.times, place - 2) }
/// ```
fn value_at(place: &TokenStream, fields: &[&Field]) -> TokenStream {
    let is_flat = |field: &&Field| matches!(field.kind, Kind::Flatten);
    let plain = fields.iter().position(is_flat).unwrap_or(fields.len());
    let (plain, rest) = fields.split_at(plain);
    let values: Vec<_> = plain.iter().flat_map(|field| column_values(field)).collect();
    let width = Literal::usize_unsuffixed(values.len());
    let arms = values.into_iter().enumerate().map(|(place, value)| {
        let place = Literal::usize_unsuffixed(place);
        quote!(#place => #value,)
    });
    let Some((flat, after)) = rest.split_first() else {
        return quote!(match #place { #(#arms)* _ => __orm::SqlValue::Null });
    };
    let (name, ty) = (&flat.ident, &flat.ty);
    let within = quote!(__orm::ModelFields::value(&self.#name, place - #width));
    if after.is_empty() {
        return quote!(match #place { #(#arms)* place => #within });
    }
    let fields_of = quote!(<#ty as __orm::ModelFields>::WIDTH);
    let after = value_at(&quote!(place - #width - #fields_of), after);
    quote! {
        match #place {
            #(#arms)*
            place if place - #width < #fields_of => #within,
            place => #after,
        }
    }
}

/// The values of a field's columns, of which a many-to-many relation has none.
fn column_values(field: &Field) -> Vec<TokenStream> {
    match &field.kind {
        Kind::Column(column) if column.more.is_empty() => vec![column_value(field)],
        Kind::Column(column) => (0..column.width()).map(|part| part_value(field, part)).collect(),
        Kind::Many(_) | Kind::Flatten => Vec::new(),
    }
}

/// What is no column type is said at the field's type, once for all uses of it.
fn column_value(field: &Field) -> TokenStream {
    let (name, ty) = (&field.ident, &field.held);
    quote_spanned!(at(ty.span())=> __orm::Cell::<#ty>::value(&self.#name))
}

/// The value of one column of a key that has several.
fn part_value(field: &Field, part: usize) -> TokenStream {
    let (name, ty, part) = (&field.ident, &field.ty, Literal::usize_unsuffixed(part));
    quote_spanned!(at(ty.span())=> <#ty as __orm::KeyField>::value(&self.#name, #part))
}

/// The fields of the struct's literal, read in the order of the columns.
pub fn decode<'a>(fields: impl Iterator<Item = &'a Field>) -> TokenStream {
    let fields = fields.map(|field| {
        let (name, ty) = (&field.ident, &field.held);
        match &field.kind {
            Kind::Column(column) if column.file.is_some() => {
                let storage = column.file.as_ref().map(|file| &file.storage);
                let read = quote_spanned!(at(ty.span())=> __orm::Cell::<#ty>::read(reader)?);
                quote!(#name: __orm::bound(#read, #storage),)
            }
            Kind::Column(column) if !column.more.is_empty() => {
                quote_spanned!(at(ty.span())=> #name: <#ty as __orm::KeyField>::decode(reader)?,)
            }
            Kind::Column(_) => {
                quote_spanned!(at(ty.span())=> #name: __orm::cell!(#ty, reader),)
            }
            Kind::Many(_) => quote!(#name: ::core::default::Default::default(),),
            Kind::Flatten => quote!(#name: <#ty as __orm::ModelFields>::decode(reader)?,),
        }
    });
    fields.collect()
}

/// ```text
/// fn default_query() -> Query { Manager::<Self>::queryset(&PubliclyViewable).into() }
/// ```
fn default_query(model: &Model) -> TokenStream {
    let Some((_, manager)) = model.managers.as_ref().and_then(|managers| managers.first()) else {
        let inherits = model.flattened().next().is_some();
        return if inherits { super::shared::default_query() } else { TokenStream::new() };
    };
    quote! {
        fn default_query() -> __orm::Query {
            __orm::Manager::<Self>::queryset(&#manager).into()
        }
    }
}
