//! Terminals, and the query sets that they end.

use super::make::book_with_key;
use super::{Award, Book, BookQuerySet, Tag};
use crate::corpus::harness::{Case, asked, case};
use orm::{Model, ModelExt};
use std::collections::BTreeMap;

pub fn cases() -> Vec<Case> {
    vec![
        case!("basic/all_ids", |db| Book::objects()
            .order_by(|b| b.id())
            .values(|b| b.id())
            .all(db)),
        case!("basic/all_instances", |db| Book::objects().order_by(|b| b.id()).all(db)),
        case!("basic/count", |db| Book::objects().count(db)),
        case!("basic/count_filtered", |db| Book::objects().filter(|b| b.in_print()).count(db)),
        case!("basic/exists_true", |db| Book::objects().filter(|b| b.price().gt(50)).exists(db)),
        case!("basic/contains_obj", |db| {
            let in_print = Book::objects().filter(|b| b.in_print());
            let first = in_print.contains(db, &book_with_key(1)).await?;
            (first, in_print.contains(db, &book_with_key(4)).await?)
        }),
        case!("basic/get_missing", |db| Book::objects().filter(|b| b.id().eq(999)).get(db)),
        case!("basic/first_ordered", |db| {
            Book::objects().order_by(|b| (b.price().desc(), b.id())).first(db).await?
        }),
        case!("basic/last_ordered_reverses", |db| {
            Book::objects().order_by(|b| (b.price().desc(), b.id())).last(db).await?
        }),
        case!("basic/first_none", |db| {
            Book::objects().filter(|b| b.title().eq("nope")).first(db).await?
        }),
        case!("basic/latest", |db| Book::objects().latest_by(db, |b| b.created_at())),
        case!("basic/earliest", |db| {
            let published = Book::objects().filter(|b| b.published().isnull(false));
            published.earliest_by(db, |b| b.published()).await?
        }),
        case!("basic/earliest_two_fields", |db| {
            let published = Book::objects().filter(|b| b.published().isnull(false));
            published.earliest_by(db, |b| (b.published().desc(), b.id())).await?
        }),
        case!("basic/none", |db| Book::objects().none().all(db)),
        case!("basic/none_count_no_query", |db| Book::objects().none().count(db)),
        case!("basic/none_or_all", |db| {
            (Book::objects().none() | Book::objects().filter(|b| b.id().eq(1))).all(db).await?
        }),
        case!("basic/manager_method", |db| {
            Book::objects().in_print().order_by(|b| b.id()).values(|b| b.id()).all(db).await?
        }),
        case!("basic/default_ordering_meta", |db| {
            Award::objects().values(|a| (a.id(), a.year(), a.name())).all(db).await?
        }),
        case!("basic/default_ordering_removed", |db| {
            Award::objects().unordered().values(|a| a.id()).all(db).await?
        }),
        case!("basic/pk_alias", |db| {
            let some = Book::objects().filter(|b| b.id().in_([3, 1, 2])).order_by(|b| b.id());
            some.values(|b| (b.id(), b.id())).all(db).await?
        }),
        case!("basic/iterator", |db| {
            let mut books = Book::objects().order_by(|b| b.id()).stream(db);
            let mut keys = Vec::new();
            while let Some(book) = books.next().await.transpose()? {
                keys.push(book.pk());
            }
            keys
        }),
        case!("basic/in_bulk_ids", |db| {
            let books = Book::objects().in_bulk(db, [3, 1, 99]).await?;
            books.into_iter().map(|(key, book)| (key, book.title)).collect::<BTreeMap<_, _>>()
        }),
        case!("basic/in_bulk_all", |db| {
            let tags = Tag::objects().all(db).await?;
            let by_key: BTreeMap<i64, Tag> = tags.into_iter().map(|tag| (tag.pk(), tag)).collect();
            by_key.into_keys().collect::<Vec<_>>()
        }),
        case!("basic/in_bulk_empty_no_query", |db| Tag::objects().in_bulk(db, Vec::<i64>::new())),
        case!("basic/in_bulk_unique_field", |db| {
            let tags = Tag::objects().in_bulk_by(db, |t| t.name(), ["sea", "poetry"]).await?;
            tags.into_iter().map(|(name, tag)| (name, tag.pk())).collect::<BTreeMap<_, _>>()
        }),
        case!("basic/in_bulk_bad_field", |db| Book::objects().in_bulk_by(db, |b| b.title(), ["x"])),
        case!("basic/bool_len_list", |db| {
            let books = Book::objects().filter(|b| b.id().lte(3)).all(db).await?;
            (!books.is_empty(), books.len(), books.len())
        }),
        case!("basic/explain_runs", |db| {
            Book::objects().filter(|b| b.id().eq(1)).explain(db).await?.len() > 10
        }),
    ]
}
