//! Rows deleted, and what goes with them.

use super::{Award, Book, Publisher, Review, Stock, Store, Tag};
use crate::corpus::answer::Answer;
use crate::corpus::harness::{Case, asked, case};
use orm::Deleted;
use orm::prelude::*;
use serde_json::Map;

/// The count of all, and those by model under the names that Django has for them.
impl Answer for Deleted {
    fn answer(&self) -> Value {
        let named =
            self.by_model.iter().map(|(model, rows)| (format!("library.{model}"), (*rows).into()));
        json!([self.total, Value::Object(named.collect::<Map<_, _>>())])
    }
}

pub fn cases() -> Vec<Case> {
    vec![
        case!("delete/delete_queryset_fast", |db| {
            Award::objects().filter(|a| a.year().eq(2022)).delete(db).await?
        }),
        case!("delete/delete_instance_cascade", |db| {
            Book::objects().filter(|b| b.id().eq(12)).get(db).await?.delete(db).await?
        }),
        case!("delete/delete_protected", |db| Book::objects().filter(|b| b.id().eq(1)).delete(db)),
        case!("delete/delete_set_null", |db| {
            Publisher::objects().filter(|p| p.id().eq(2)).delete(db).await?
        }),
        case!("delete/delete_self_cascade_chain", |db| {
            Review::objects().filter(|r| r.id().eq(8)).delete(db).await?
        }),
        case!("delete/delete_m2m_rows_only", |db| {
            Tag::objects().filter(|t| t.name().eq("sea")).delete(db).await?
        }),
        case!("delete/delete_store_cascade_counts", |db| {
            Store::objects().filter(|s| s.city().eq("Leeds")).delete(db).await?
        }),
        case!("delete/delete_with_join", |db| {
            Review::objects().filter(|r| r.book().publisher().country().eq("GB")).delete(db).await?
        }),
        case!("delete/delete_none", |db| Book::objects().filter(|b| b.id().eq(0)).delete(db)),
        case!("delete/delete_order_by_slice_error", |db| Review::objects().limit(2).delete(db)),
        case!("delete/delete_distinct", |db| Review::objects().distinct().delete(db)),
        case!("delete/delete_all_stock", |db| Stock::objects().delete(db)),
    ]
}
