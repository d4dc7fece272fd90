//! Accessors on the models that this model's relations point to.

use super::relations::relation;
use super::{at, moved};
use crate::model::{Field, Kind, ManyToMany, Model, Reverse, Target};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Ident;

/// ```text
/// impl<__R: Model, __K: Cardinality> AuthorFields<__R, __K> {
///     pub fn books(&self) -> Fields<Book, __R, __K::Then<Many>> { reverse(self, &__RELATIONS[0]) }
/// }
/// impl Author {
///     pub fn books(&self) -> RelatedBy<Book, Author, At<1>> { … }
/// }
/// ```
pub fn accessors(model: &Model) -> TokenStream {
    let sides = model.fields.iter().filter_map(|field| {
        let (target, reverse, many, between) = match &field.kind {
            Kind::Column(column) => {
                let key = column.key.as_ref()?;
                (&key.target, key.reverse.as_ref()?, !key.one_to_one, None)
            }
            Kind::Many(many) => (&many.target, many.reverse.as_ref()?, true, Some(&**many)),
            Kind::Flatten => return None,
        };
        Some(Side { model, field, target, reverse, many, between }.accessors())
    });
    sides.collect()
}

/// One relation as seen from the other side.
struct Side<'a> {
    model: &'a Model,
    field: &'a Field,
    target: &'a Target,
    reverse: &'a Reverse,
    /// It leads to many rows.
    many: bool,
    /// Where it goes over a table between: the many-to-many field.
    between: Option<&'a ManyToMany>,
}

impl Side<'_> {
    fn accessors(&self) -> TokenStream {
        if self.reverse.by_trait { self.by_trait() } else { self.inherent() }
    }

    /// The path accessor's signature and body.
    fn path(&self) -> (TokenStream, TokenStream) {
        let (own, name) = (&self.model.ident, &self.reverse.query);
        let card = Ident::new(if self.many { "Many" } else { "FarOpt" }, name.span());
        let relation = relation(self.model, self.field);
        let signature = quote_spanned!(at(name.span())=> fn #name(&self) -> __orm::Fields<#own, __R, __K::Then<__orm::#card>>);
        (signature, quote!({ __orm::reverse(self, #relation) }))
    }

    /// The instance accessor's signature and body.
    fn set(&self) -> (TokenStream, TokenStream) {
        let name = &self.reverse.instance;
        let relation = relation(self.model, self.field);
        let set = self.set_type(&quote_spanned!(at(name.span())=> __orm));
        let signature = quote_spanned!(at(name.span())=> fn #name(&self) -> #set);
        (signature, quote!({ __orm::reverse_set(self, #relation) }))
    }

    /// What the instance accessor returns: all of it but the user's types where `orm` stands.
    fn set_type(&self, orm: &TokenStream) -> TokenStream {
        let (own, to) = (&self.model.ident, &self.target.path);
        match self.between {
            None => {
                let position = super::draft::position(self.model, self.field, orm);
                quote_spanned!(span_of(orm)=> #orm::RelatedBy<#own, #to, #position>)
            }
            Some(many) => related(own, to, many, orm),
        }
    }

    fn inherent(&self) -> TokenStream {
        let (to, fields) = self.implementors();
        // A second accessor of the name is shown at the `related_name` that makes it.
        let vis = |name: &Ident| moved(&self.model.vis, at(name.span()));
        let (path_vis, set_vis) = (vis(&self.reverse.query), vis(&self.reverse.instance));
        let ((path, path_body), (set, set_body)) = (self.path(), self.set());
        let doc = self.doc();
        quote! {
            impl<__R: __orm::Model, __K: __orm::Cardinality> #fields<__R, __K> {
                #[doc = #doc]
                #path_vis #path #path_body
            }
            impl #to {
                #[doc = #doc]
                #set_vis #set #set_body
            }
        }
    }

    /// For models of another crate: `NoteOnAuthor` and `NoteOnAuthorFields`.
    fn by_trait(&self) -> TokenStream {
        let (to, fields) = self.implementors();
        let ((_, path_body), (_, set_body)) = (self.path(), self.set());
        let (path, set) = (self.path().0, self.set().0);
        let (on_model, on_fields) = trait_idents(self.model, self.field, self.target);
        quote! {
            impl #on_model for #to {
                #set #set_body
            }
            impl<__R: __orm::Model, __K: __orm::Cardinality> #on_fields<__R, __K> for #fields<__R, __K> {
                #path #path_body
            }
        }
    }

    fn implementors(&self) -> (TokenStream, TokenStream) {
        super::targets::implementors(self.model, &self.target.path, &self.target.fields)
    }

    fn doc(&self) -> String {
        format!("The rows of [`{}`] whose `{}` is this.", self.model.name, self.field.name)
    }
}

/// The extension traits, which must stand where they can be imported from.
pub fn traits(model: &Model) -> TokenStream {
    let by_trait = model.fields.iter().filter_map(|field| {
        let (target, reverse, many, between) = match &field.kind {
            Kind::Column(column) => {
                let key = column.key.as_ref()?;
                (&key.target, key.reverse.as_ref()?, !key.one_to_one, None)
            }
            Kind::Many(many) => (&many.target, many.reverse.as_ref()?, true, Some(&**many)),
            Kind::Flatten => return None,
        };
        let side = Side { model, field, target, reverse, many, between };
        reverse.by_trait.then(|| side.definitions())
    });
    by_trait.collect()
}

impl Side<'_> {
    fn definitions(&self) -> TokenStream {
        let (vis, doc) = (&self.model.vis, self.doc());
        let (on_model, on_fields) = trait_idents(self.model, self.field, self.target);
        let own = &self.model.ident;
        let (query, instance) = (&self.reverse.query, &self.reverse.instance);
        let card = Ident::new(if self.many { "Many" } else { "FarOpt" }, query.span());
        let set = self.set_type(&quote!(::orm::private));
        quote! {
            #[doc = #doc]
            #[allow(non_camel_case_types)]
            #vis trait #on_model {
                #[doc = #doc]
                fn #instance(&self) -> #set;
            }
            #[doc = #doc]
            #[allow(non_camel_case_types)]
            #vis trait #on_fields<__R: ::orm::private::Model, __K: ::orm::private::Cardinality> {
                #[doc = #doc]
                fn #query(&self) -> ::orm::private::Fields<#own, __R, __K::Then<::orm::private::#card>>;
            }
        }
    }
}

pub fn trait_idents(model: &Model, field: &Field, target: &Target) -> (Ident, Ident) {
    // A second relation to the same model takes its field's name along.
    let twins = model.keys().filter(|(_, _, key)| {
        key.target.name == target.name && key.reverse.as_ref().is_some_and(|r| r.by_trait)
    });
    let suffix = match twins.count() {
        0 | 1 => String::new(),
        _ => by_field(model, field),
    };
    let name = format!("{}On{}", model.name, target.name);
    (format_ident!("{name}{suffix}"), format_ident!("{name}Fields{suffix}"))
}

/// `ByAuthor`; by the field's own name where another field has the same without underscores.
pub fn by_field(model: &Model, field: &Field) -> String {
    let name = camel(&field.name);
    let others = model.fields.iter().filter(|other| other.name != field.name);
    match others.into_iter().any(|other| camel(&other.name) == name) {
        true => format!("By_{}", field.name),
        false => format!("By{name}"),
    }
}

fn camel(name: &str) -> String {
    let parts = name.split('_').map(|part| {
        let mut letters = part.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.collect::<String>() + letters.as_str()
    });
    parts.collect()
}

/// `Related<Tag, Book>`, or `Related<Author, Book, NoField<Authorship>>` where the relation names
/// the model between.
pub fn related(
    rows: &impl ToTokens,
    of: &impl ToTokens,
    many: &ManyToMany,
    orm: &TokenStream,
) -> TokenStream {
    match &many.through {
        Some(through) => {
            quote_spanned!(span_of(orm)=> #orm::Related<#rows, #of, #orm::NoField<#through>>)
        }
        None => quote_spanned!(span_of(orm)=> #orm::Related<#rows, #of>),
    }
}

fn span_of(tokens: &TokenStream) -> Span {
    tokens.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}
