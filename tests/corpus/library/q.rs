//! Conditions combined, and query sets combined by their conditions.

use super::filter::books;
use super::{Book, Review};
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

pub fn cases() -> Vec<Case> {
    let mut all = conditions();
    all.extend(query_sets());
    all
}

fn conditions() -> Vec<Case> {
    vec![
        books!("q/or", ordered, |b| b.price().lt(9) | b.pages().gt(500)),
        books!("q/not", ordered, |b| !b.publisher().id().eq(1)),
        books!("q/not_or", ordered, |b| !(b.price().lt(9) | b.pages().gt(500))),
        books!("q/xor", ordered, |b| b.in_print() ^ b.price().lt(10)),
        books!("q/xor_three", ordered, |b| b.in_print() ^ b.price().lt(10) ^ b.pages().gt(300)),
        books!("q/q_with_kwargs", ordered, |b| {
            (b.price().gt(10) | b.pages().lt(100)) & b.in_print().eq(true)
        }),
        // Django's empty Q stands for "nothing to combine with": here a list of conditions does.
        books!("q/empty_q_or", |b| Q::any_of([b.id().eq(1)])),
        books!("q/q_or_in_empty", |b| b.id().in_(Vec::<i64>::new()) | b.id().eq(1)),
        case!("q/q_and_in_empty", |db| {
            Book::objects().filter(|b| b.id().in_(Vec::<i64>::new()) & b.id().eq(1)).all(db).await?
        }),
        case!("q/not_in_empty_or", |db| {
            Book::objects()
                .filter(|b| !b.id().in_(Vec::<i64>::new()) | b.id().eq(1))
                .count(db)
                .await?
        }),
        books!("q/q_or_none", ordered, |b| {
            b.publisher().isnull(true) | b.publisher().name().eq("Tiny Lantern")
        }),
        books!("q/q_exists_or", ordered, |b| {
            let bad =
                Review::objects().filter(|r| r.book().eq(outer_ref(b.id())) & r.stars().eq(1));
            exists(bad) | b.price().eq(0)
        }),
        books!("q/q_check_nested_not", ordered, |b| !(!b.price().lt(10) & !b.pages().gt(500))),
    ]
}

fn query_sets() -> Vec<Case> {
    vec![
        case!("q/queryset_or", |db| {
            let cheap = Book::objects().filter(|b| b.price().lt(9));
            let long = Book::objects().filter(|b| b.pages().gt(500));
            (cheap | long).order_by(|b| b.id()).values(|b| b.id()).all(db).await?
        }),
        case!("q/queryset_and", |db| {
            let cheap = Book::objects().filter(|b| b.price().lt(20));
            let in_print = Book::objects().filter(|b| b.in_print());
            (cheap & in_print).order_by(|b| b.id()).values(|b| b.id()).all(db).await?
        }),
        case!("q/queryset_xor", |db| {
            let cheap = Book::objects().filter(|b| b.price().lt(20));
            let in_print = Book::objects().filter(|b| b.in_print());
            (cheap ^ in_print).order_by(|b| b.id()).values(|b| b.id()).all(db).await?
        }),
        case!("q/queryset_and_m2m", |db| {
            let sea = Book::objects().filter(|b| b.tags().name().eq("sea"));
            let history = Book::objects().filter(|b| b.tags().name().eq("history"));
            (sea & history).order_by(|b| b.id()).values(|b| b.id()).all(db).await?
        }),
        case!("q/queryset_or_m2m", |db| {
            let sea = Book::objects().filter(|b| b.tags().name().eq("sea"));
            let bad = Book::objects().filter(|b| b.reviews().stars().eq(1));
            let either = (sea | bad).distinct().order_by(|b| b.id());
            either.values(|b| b.id()).all(db).await?
        }),
    ]
}
