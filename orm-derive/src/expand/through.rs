//! The models between the two sides of many-to-many relations that name no model of their own.

use super::relations::between_ident;
use super::said::Said;
use crate::model::{Field, ManyToMany, Model};
use proc_macro2::TokenStream;
use quote::quote;

/// ```text
/// static __BETWEEN_tags: Between = Between::new(BetweenMeta::new(
///     "Book_tags", "library", "library_book_tags",
///     [("book", Book::meta), ("tag", Tag::meta)], || __BETWEEN_tags.model()
/// ));
/// ```
pub fn statics(model: &Model) -> TokenStream {
    let auto = model.many_to_many().filter(|(_, many)| many.through.is_none());
    auto.map(|(field, many)| between(model, field, many)).collect()
}

fn between(model: &Model, field: &Field, many: &ManyToMany) -> TokenStream {
    let (own, to, app) = (&model.ident, &many.target.path, &model.app);
    let between = between_ident(field);
    let name = format!("{}_{}", model.name, field.name);
    let table = many.table.clone().unwrap_or_else(|| format!("{}_{}", model.table, field.name));
    let (from, into) = sides(model, many);
    let mut said = Said(quote! {
        __orm::BetweenMeta::new(
            #name, #app, #table,
            [(#from, <#own as __orm::Model>::meta), (#into, <#to as __orm::Model>::meta)],
            || #between.model()
        )
    });
    said.maybe("schema", model.schema.as_ref());
    if !many.db_constraint {
        said.of("db_constraint", false);
    }
    if !model.managed {
        said.of("managed", false);
    }
    said.so_if(model.on_delete_in_library, "on_delete_in_library");
    let Said(meta) = said;
    quote!(static #between: __orm::Between = __orm::Between::new(#meta);)
}

/// The names of the two keys: `book` and `tag`; `from_author` and `to_author` where they are equal.
fn sides(model: &Model, many: &ManyToMany) -> (String, String) {
    let (from, to) = (model.lower(), many.target.name.to_lowercase());
    if from == to { (format!("from_{from}"), format!("to_{to}")) } else { (from, to) }
}
