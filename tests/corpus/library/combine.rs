//! Set operations.

use super::{Book, Publisher, Tag};
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

/// The keys of books from one to another, as rows of one column.
fn keys(from: i64, to: i64) -> QuerySet<Book, (i64,)> {
    Book::objects().filter(|b| b.id().range(from..=to)).values(|b| (b.id(),))
}

fn tags(id: i64) -> QuerySet<Tag> {
    Tag::objects().filter(|t| t.id().eq(id))
}

pub fn cases() -> Vec<Case> {
    let mut all = unions();
    all.extend(others());
    all
}

fn unions() -> Vec<Case> {
    vec![
        case!("combine/union", |db| {
            keys(1, 2).union(keys(2, 3)).order_by(|(id,)| id.clone()).all(db).await?
        }),
        case!("combine/union_all", |db| {
            keys(1, 2).union_all(keys(2, 3)).order_by(|(id,)| id.clone()).all(db).await?
        }),
        case!("combine/union_different_models", |db| {
            let publishers = Publisher::objects().values(|p| (p.name(),));
            let all = Tag::objects().values(|t| (t.name(),)).union(publishers);
            all.order_by(|(name,)| name.clone()).all(db).await?
        }),
        case!("combine/union_three", |db| {
            let three = keys(1, 1).union(keys(2, 2)).union(keys(1, 1));
            three.order_by(|(id,)| id.desc()).all(db).await?
        }),
        case!("combine/union_sliced", |db| {
            let ends = keys(1, 4).union(keys(9, 99)).order_by(|(id,)| id.desc());
            ends.slice(1..4).all(db).await?
        }),
        case!("combine/union_of_slices", |db| {
            let first = Book::objects().order_by(|b| b.id()).values(|b| (b.id(),)).limit(2);
            let last = Book::objects().order_by(|b| b.id().desc()).values(|b| (b.id(),)).limit(2);
            first.union(last).order_by(|(id,)| id.clone()).all(db).await?
        }),
        case!("combine/union_exists", |db| {
            let none = Book::objects().filter(|b| b.id().eq(0));
            none.union(Book::objects().filter(|b| b.id().eq(99))).exists(db).await?
        }),
        case!("combine/union_instances", |db| {
            tags(1).union(tags(3)).order_by(|t| t.name()).all(db).await?
        }),
        case!("combine/union_annotated", |db| {
            let books = Book::objects().filter(|b| b.id().lte(2)).values(|b| (b.id(), value("b")));
            let tags = Tag::objects().filter(|t| t.id().lte(2)).values(|t| (t.id(), value("t")));
            books.union(tags).order_by(|(id, kind)| (kind.clone(), id.clone())).all(db).await?
        }),
        case!("combine/union_then_values", |db| {
            let all = Tag::objects().filter(|t| t.id().lte(2)).union(tags(3));
            all.order_by(|t| t.name()).values(|t| t.name()).all(db).await?
        }),
    ]
}

fn others() -> Vec<Case> {
    vec![
        case!("combine/intersection", |db| {
            keys(1, 5).intersection(keys(4, 99)).order_by(|(id,)| id.clone()).all(db).await?
        }),
        case!("combine/difference", |db| {
            keys(1, 5).difference(keys(4, 99)).order_by(|(id,)| id.clone()).all(db).await?
        }),
        case!("combine/intersection_with_none", |db| {
            tags(1).intersection(Tag::objects().none()).all(db).await?
        }),
        case!("combine/difference_with_none", |db| {
            tags(1).difference(Tag::objects().none()).values(|t| t.id()).all(db).await?
        }),
    ]
}
