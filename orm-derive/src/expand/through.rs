//! The models between the two sides of many-to-many relations that name no model of their own.

use super::relations::between_ident;
use crate::model::{Field, ManyToMany, Model};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// ```text
/// static __BETWEEN_tags_KEYS: [Relation; 2] = [
///     Relation::key("book", "book_id", || &__BETWEEN_tags, Book::meta),
///     Relation::key("tag", "tag_id", || &__BETWEEN_tags, Tag::meta),
/// ];
/// static __BETWEEN_tags: ModelMeta = ModelMeta {
///     uniques: &[/* book, tag */],
///     ..ModelMeta::new("Book_tags", "library", "library_book_tags", &[/* id, book, tag */], &[0])
/// };
/// ```
pub fn statics(model: &Model) -> TokenStream {
    let auto = model.many_to_many().filter(|(_, many)| many.through.is_none());
    auto.map(|(field, many)| between(model, field, many)).collect()
}

fn between(model: &Model, field: &Field, many: &ManyToMany) -> TokenStream {
    let (own, to, app) = (&model.ident, &many.target.path, &model.app);
    let between = between_ident(field);
    let keys = format_ident!("{between}_KEYS");
    let name = format!("{}_{}", model.name, field.name);
    let table = many.table.clone().unwrap_or_else(|| format!("{}_{}", model.table, field.name));
    let (from_name, to_name) = sides(model, many);
    let (from_column, to_column) = (format!("{from_name}_id"), format!("{to_name}_id"));
    let constraint = match many.db_constraint {
        true => TokenStream::new(),
        false => quote!(db_constraint: false,),
    };
    let schema = match &model.schema {
        Some(schema) => quote!(schema: ::core::option::Option::Some(#schema),),
        None => TokenStream::new(),
    };
    let (managed, in_library) = (model.managed, model.on_delete_in_library);
    quote! {
        static #keys: [__orm::Relation; 2] = [
            __orm::Relation {
                #constraint
                ..__orm::Relation::key(
                    #from_name, #from_column, || &#between, <#own as __orm::Model>::meta
                )
            },
            __orm::Relation {
                #constraint
                ..__orm::Relation::key(
                    #to_name, #to_column, || &#between, <#to as __orm::Model>::meta
                )
            },
        ];
        static #between: __orm::ModelMeta = __orm::ModelMeta {
            #schema
            managed: #managed,
            on_delete_in_library: #in_library,
            uniques: &[__orm::between_unique(&[
                __orm::IndexPart::Field { name: #from_name, desc: false },
                __orm::IndexPart::Field { name: #to_name, desc: false },
            ])],
            ..__orm::ModelMeta::new(#name, #app, #table, &[
                __orm::FieldMeta::identity("id"),
                __orm::between_key::<#own>(#from_name, #from_column, &#keys[0]),
                __orm::between_key::<#to>(#to_name, #to_column, &#keys[1]),
            ], &[0])
        };
    }
}

/// The names of the two keys: `book` and `tag`; `from_author` and `to_author` where they are equal.
fn sides(model: &Model, many: &ManyToMany) -> (String, String) {
    let (from, to) = (model.lower(), many.target.name.to_lowercase());
    if from == to { (format!("from_{from}"), format!("to_{to}")) } else { (from, to) }
}
