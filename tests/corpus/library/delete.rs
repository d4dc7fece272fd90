//! Rows deleted, and what goes with them.

use super::{Award, Book, Publisher, Review, Stock, Store, Tag};
use crate::corpus::answer::deleted;
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

/// What a deletion says of itself.
macro_rules! gone {
    ($id:literal, |$db:ident| $deletion:expr) => {
        case!($id, |$db| { deleted("library", &$deletion.await?) })
    };
}

pub fn cases() -> Vec<Case> {
    vec![
        gone!("delete/delete_queryset_fast", |db| {
            Award::objects().filter(|a| a.year().eq(2022)).delete(db)
        }),
        gone!("delete/delete_instance_cascade", |db| {
            Book::objects().filter(|b| b.id().eq(12)).get(db).await?.delete(db)
        }),
        gone!("delete/delete_protected", |db| Book::objects().filter(|b| b.id().eq(1)).delete(db)),
        gone!("delete/delete_set_null", |db| {
            Publisher::objects().filter(|p| p.id().eq(2)).delete(db)
        }),
        gone!("delete/delete_self_cascade_chain", |db| {
            Review::objects().filter(|r| r.id().eq(8)).delete(db)
        }),
        gone!("delete/delete_m2m_rows_only", |db| {
            Tag::objects().filter(|t| t.name().eq("sea")).delete(db)
        }),
        gone!("delete/delete_store_cascade_counts", |db| {
            Store::objects().filter(|s| s.city().eq("Leeds")).delete(db)
        }),
        gone!("delete/delete_with_join", |db| {
            Review::objects().filter(|r| r.book().publisher().country().eq("GB")).delete(db)
        }),
        gone!("delete/delete_none", |db| Book::objects().filter(|b| b.id().eq(0)).delete(db)),
        gone!("delete/delete_order_by_slice_error", |db| Review::objects().limit(2).delete(db)),
        gone!("delete/delete_distinct", |db| Review::objects().distinct().delete(db)),
        gone!("delete/delete_all_stock", |db| Stock::objects().delete(db)),
    ]
}
