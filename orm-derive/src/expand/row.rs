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
///     fn held(&self, place: usize) -> InRow<'_> { match place { 0 => InRow::Column(&self.id), … } }
///     fn decode(reader: &mut Reader<'_>) -> Decoded<Self> { Ok(Book { id: reader.column()?, … }) }
/// }
/// ```
pub fn implementation(model: &Model) -> TokenStream {
    let (own, fields) = (&model.ident, fields_ident(model));
    let (pk_type, pk) = primary_key(model);
    let (held, decode) = (held_of(model), decode_of(model));
    let default = default_query(model);
    let (clean, parts) = (clean(model), super::parent::parts(model));
    let drafts = super::draft::of_model(model);
    let bounds = super::targets::bounds(model);
    let (elements, marks) = (elements(own, &pk_type), marks(model, bounds.as_ref()));
    quote! {
        #marks
        impl __orm::Single for #own {}
        #[diagnostic::do_not_recommend]
        impl __orm::KindOf<#own> for #own #bounds {}
        #elements
        #[diagnostic::do_not_recommend]
        impl __orm::Model for #own #bounds {
            type Fields<R: __orm::Model, K: __orm::Cardinality> = #fields<R, K>;
            type Pk = #pk_type;
            const FIELDS: &'static [__orm::FieldMeta] = &__FIELDS;
            type First = Self;
            #drafts
            fn meta() -> &'static __orm::ModelMeta {
                &__META
            }
            fn pk(&self) -> Self::Pk {
                #pk
            }
            fn held(&self, place: usize) -> __orm::InRow<'_> {
                #held
            }
            fn decode(reader: &mut __orm::Reader<'_>) -> __orm::Decoded<Self> {
                #decode
            }
            #default
            #clean
            #parts
        }
    }
}

/// Traits that say what the model has.
fn marks(model: &Model, bounds: Option<&TokenStream>) -> TokenStream {
    let own = &model.ident;
    let hooks = model.hooks.map(|_| quote!(impl __orm::HasHooks for #own #bounds {}));
    let cleaned = model.clean.then(|| quote!(impl __orm::HasClean for #own #bounds {}));
    let latest = latest(model, bounds);
    quote!(#hooks #cleaned #latest)
}

/// Whether `latest` and `earliest` can go by what the model says, a struct that it flattens, or the model
/// that it extends.
fn latest(model: &Model, bounds: Option<&TokenStream>) -> Option<TokenStream> {
    let own = &model.ident;
    if !model.get_latest_by.is_empty() {
        return Some(quote! {
            #[diagnostic::do_not_recommend]
            impl __orm::HasLatest for #own #bounds {}
        });
    }
    match (model.parent(), super::shared::latest(model)) {
        (Some(_), None) => Some(quote! {
            #[diagnostic::do_not_recommend]
            impl<__P: __orm::HasLatest> __orm::HasLatest for #own
            where
                #own: __orm::Extends<Parent = __P>
            {
            }
        }),
        (_, shared) => shared,
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

/// Those of the model that it extends and of flattened structs, then its own.
pub fn cleans(model: &Model) -> TokenStream {
    let own = &model.ident;
    let flat = model.flattened().map(|field| {
        let (name, ty) = (&field.ident, &field.ty);
        quote!(<#ty as __orm::ModelFields>::clean_fields(&mut self.#name, errors);)
    });
    let clean = model
        .clean
        .then(|| quote_spanned!(at(own.span())=> <#own as __orm::Clean>::clean(self, errors);));
    let inherited = model.parent().map(|(field, _)| {
        let name = &field.ident;
        quote!(__orm::Model::clean_row(&mut self.#name, errors);)
    });
    quote!(#inherited #(#flat)* #clean)
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
        Some(key) if column.parent_link => {
            let to = &key.target.path;
            (quote!(<#to as __orm::Model>::Pk), quote!(__orm::Model::pk(&self.#name)))
        }
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

/// What a model has in a column by its place: those that are inherited come first.
fn held_of(model: &Model) -> TokenStream {
    let Some(inherited) = super::inherited(model) else { return held(model.fields.iter()) };
    let name = model.parent().map(|(field, _)| &field.ident);
    let fields: Vec<&Field> = model.fields.iter().collect();
    let own = held_at(&quote!(place - #inherited), &fields, &of_self);
    quote! {
        if place < #inherited {
            __orm::Model::held(&self.#name, place)
        } else {
            #own
        }
    }
}

/// ```text
/// Ok(Book { id: …, … })
/// ```
///
/// A model that extends another reads the row of that one first.
fn decode_of(model: &Model) -> TokenStream {
    let own = &model.ident;
    match model.parent() {
        None => {
            let decode = decode(model.fields.iter());
            quote!(::core::result::Result::Ok(#own { #decode }))
        }
        Some((_, parent)) => {
            let parent = &parent.path;
            quote! {
                let parent = <#parent as __orm::Model>::decode(reader)?;
                <#own as __orm::Extends>::with_parent(parent, reader)
            }
        }
    }
}

/// What is in a column by its place.
pub fn held<'a>(fields: impl Iterator<Item = &'a Field>) -> TokenStream {
    let fields: Vec<&Field> = fields.collect();
    held_at(&quote!(place), &fields, &of_self)
}

/// What holds a field, by reference.
type HeldBy<'a> = &'a dyn Fn(&syn::Ident) -> TokenStream;

fn of_self(name: &syn::Ident) -> TokenStream {
    quote!(&self.#name)
}

/// ```text
/// match place { 0 => …, 1 => …, place => ModelFields::held(&self.times, place - 2) }
/// ```
pub fn held_at(place: &TokenStream, fields: &[&Field], held: HeldBy<'_>) -> TokenStream {
    let is_flat = |field: &&Field| matches!(field.kind, Kind::Flatten);
    let plain = fields.iter().position(is_flat).unwrap_or(fields.len());
    let (plain, rest) = fields.split_at(plain);
    let values: Vec<_> = plain.iter().flat_map(|field| column_values(field, held)).collect();
    let width = Literal::usize_unsuffixed(values.len());
    let arms = values.into_iter().enumerate().map(|(place, value)| {
        let place = Literal::usize_unsuffixed(place);
        quote!(#place => #value,)
    });
    let Some((flat, after)) = rest.split_first() else {
        return quote!(match #place { #(#arms)* _ => __orm::InRow::Null });
    };
    let (name, ty) = (held(&flat.ident), &flat.ty);
    let within = quote!(__orm::ModelFields::held(#name, place - #width));
    if after.is_empty() {
        return quote!(match #place { #(#arms)* place => #within });
    }
    let fields_of = quote!(<#ty as __orm::ModelFields>::WIDTH);
    let after = held_at(&quote!(place - #width - #fields_of), after, held);
    quote! {
        match #place {
            #(#arms)*
            place if place - #width < #fields_of => #within,
            place => #after,
        }
    }
}

/// The values of a field's columns, of which a many-to-many relation has none.
fn column_values(field: &Field, held: HeldBy<'_>) -> Vec<TokenStream> {
    let name = held(&field.ident);
    match &field.kind {
        Kind::Column(column) if column.parent_link => vec![quote!(__orm::parent_key(#name))],
        Kind::Column(column) if column.more.is_empty() => vec![column_value(field, &name)],
        Kind::Column(column) => {
            (0..column.width()).map(|part| part_value(field, &name, part)).collect()
        }
        Kind::Many(_) | Kind::Flatten => Vec::new(),
    }
}

/// What is no column type is said at the field's type, once for all uses of it.
fn column_value(field: &Field, name: &TokenStream) -> TokenStream {
    let ty = &field.held;
    quote_spanned!(at(ty.span())=> __orm::Cell::<#ty>::held(#name))
}

/// The value of one column of a key that has several.
fn part_value(field: &Field, name: &TokenStream, part: usize) -> TokenStream {
    let (ty, part) = (&field.ty, Literal::usize_unsuffixed(part));
    quote_spanned!(at(ty.span())=> <#ty as __orm::KeyField>::held(#name, #part))
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
