//! `update` of query sets, and `save` of rows.

use super::make::dec;
use super::{Book, Publisher, Tag};
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

pub fn cases() -> Vec<Case> {
    let mut all = query_sets();
    all.extend(values());
    all.extend(rows());
    all
}

fn query_sets() -> Vec<Case> {
    vec![
        case!("update/update_f", |db| {
            let books = Book::objects().filter(|b| b.id().lte(3));
            books
                .update(db, |b| (b.price().set(b.price() + 1), b.pages().set(b.pages() * 2)))
                .await?
        }),
        case!("update/update_f_null", |db| {
            Book::objects().update(db, |b| b.pages().set(b.pages() + 1)).await?
        }),
        case!("update/update_case", |db| {
            let dear = Book::objects().update(db, |b| {
                b.in_print().set(case().when(b.price().gt(15), true).otherwise(false))
            });
            dear.await?
        }),
        case!("update/update_fk", |db| {
            let ghost = Publisher::objects().filter(|p| p.id().eq(5)).get(db).await?;
            let orphans = Book::objects().filter(|b| b.publisher().isnull(true));
            orphans.update(db, |b| b.publisher().set(&ghost)).await?
        }),
        case!("update/update_with_join_filter", |db| {
            let american = Book::objects().filter(|b| b.publisher().country().eq("US"));
            american.update(db, |b| b.subtitle().set("US book")).await?
        }),
        case!("update/update_m2m_filter", |db| {
            let sea = Book::objects().filter(|b| b.tags().name().eq("sea"));
            sea.update(db, |b| b.subtitle().set(concat((b.title(), "!")))).await?
        }),
        case!("update/update_ordered_sliced_error", |db| {
            let first = Book::objects().order_by(|b| b.id()).limit(2);
            first.update(db, |b| b.title().set("x")).await?
        }),
        case!("update/update_annotated", |db| {
            let popular = Book::objects().annotate(|b| b.reviews().count());
            let popular = popular.filter(|b| b.reviews().count().gte(3));
            popular.update(db, |b| b.subtitle().set("popular")).await?
        }),
        case!("update/update_check_violation", |db| {
            let book = Book::objects().filter(|b| b.id().eq(1));
            book.update(db, |b| b.price().set(dec("-1"))).await?
        }),
    ]
}

fn values() -> Vec<Case> {
    vec![
        case!("update/update_json_array_null", |db| {
            let book = Book::objects().filter(|b| b.id().eq(1));
            let keywords = ["a", "b,c", ""].map(String::from).to_vec();
            let written = book.update(db, |b| {
                (
                    b.meta().set(json!({"k": [1, null]})),
                    b.keywords().set(keywords),
                    b.scores().set(vec![Some(1), None]),
                    b.discount().set(None),
                )
            });
            written.await?
        }),
        case!("update/update_json_null_vs_sql_null", |db| {
            let (first, second) = (
                Book::objects().filter(|b| b.id().eq(1)),
                Book::objects().filter(|b| b.id().eq(2)),
            );
            let no_document = first.update(db, |b| b.meta().set(None)).await?;
            (no_document, second.update(db, |b| b.meta().set(json!(null))).await?)
        }),
        case!("update/update_now_function", |db| {
            let book = Book::objects().filter(|b| b.id().eq(1));
            let written = book.update(db, |b| {
                (b.title().set(b.title().upper()), b.subtitle().set(b.title().substr_from(5)))
            });
            written.await?
        }),
    ]
}

fn rows() -> Vec<Case> {
    vec![
        case!("update/bulk_update_batch", |db| {
            let mut tags = Tag::objects().order_by(|t| t.id()).all(db).await?;
            tags.iter_mut().for_each(|tag| tag.name.push_str("-x"));
            Tag::objects().bulk_update(db, &tags, |t| t.name()).await?
        }),
        // An instance holds no expression: the database calculates by an update, for each row its own.
        case!("update/bulk_update_null_and_f", |db| {
            let books = Book::objects().filter(|b| b.id().lte(2));
            let pages = books.update(db, |b| {
                b.pages().set(case().when(b.id().eq(2), b.pages() + 1).otherwise_null())
            });
            pages.await?
        }),
        case!("update/save_update_fields", |db| {
            let mut book = Book::objects().filter(|b| b.id().eq(4)).get(db).await?;
            (book.title, book.price) = ("Saved".into(), 1.into());
            book.save_fields(db, |b| b.title()).await?
        }),
        case!("update/save_insert", |db| {
            let tag = draft!(Tag { name: "fresh" }).save(db).await?;
            let still_a_draft = false;
            (tag.pk(), still_a_draft)
        }),
        case!("update/save_explicit_pk_new_updates_then_inserts", |db| {
            draft!(Tag { id: 100, name: "hundred" }).save(db).await?.pk()
        }),
        case!("update/save_f_expression", |db| {
            let mut book = Book::objects().filter(|b| b.id().eq(1)).get(db).await?;
            book.update(db, |b| b.pages().set(b.pages() + 5)).await?;
            book.pages
        }),
        case!("update/save_force_insert_dup", |db| draft!(Tag { id: 1, name: "zzz" }).save(db)),
        case!("update/save_force_update_missing", |db| {
            let mut tag = Tag { id: 100, name: "zzz".into() };
            tag.save(db).await?
        }),
    ]
}
