//! `exclude`: NULLs, to-many relations, subqueries.

use super::filter::books;
use super::{Author, Book, Review};
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

/// The keys of the books that do not satisfy a condition, in order.
macro_rules! others {
    ($id:literal, |$b:ident| $condition:expr) => {
        case!($id, |db| {
            let books = Book::objects().exclude(|$b| $condition).order_by(|b| b.id());
            books.values(|b| b.id()).all(db).await?
        })
    };
}

pub fn cases() -> Vec<Case> {
    let mut all = single();
    all.extend(many());
    all.extend(subqueries());
    all
}

fn single() -> Vec<Case> {
    vec![
        others!("exclude/simple", |b| b.in_print()),
        others!("exclude/nullable_column_keeps_nulls", |b| b.pages().eq(200)),
        others!("exclude/fk_none", |b| b.publisher().eq(None)),
        others!("exclude/fk_field", |b| b.publisher().country().eq("US")),
        others!("exclude/fk_two_level", |b| b.publisher().parent().name().eq("Harbor House")),
        others!("exclude/f_in_exclude_single", |b| b.discount().eq(b.price())),
        others!("exclude/double_negation", |b| !b.publisher().country().eq("US")),
        case!("exclude/reverse_one_to_one_isnull", |db| {
            let authors = Author::objects().exclude(|a| a.profile().isnull(true));
            authors.values(|a| a.id()).all(db).await?
        }),
    ]
}

fn many() -> Vec<Case> {
    vec![
        others!("exclude/m2m_subquery", |b| b.tags().name().eq("sea")),
        books!("exclude/m2m_two_conditions_filter", |b| {
            b.reviews().stars().eq(5) & b.reviews().reviewer().eq("max")
        }),
        case!("exclude/m2m_isnull_true", |db| {
            let tagged = Book::objects().exclude(|b| b.tags().isnull(true)).order_by(|b| b.id());
            tagged.distinct().values(|b| b.id()).all(db).await?
        }),
        others!("exclude/reverse_fk_none_value", |b| b.reviews().reviewer().eq(None)),
        others!("exclude/reverse_fk_in", |b| b.reviews().stars().in_([1, 2])),
        others!("exclude/f_in_exclude_multi", |b| b.authorships().royalty().gt(b.price())),
        case!("exclude/exclude_then_filter_m2m", |db| {
            let books = Book::objects().exclude(|b| b.tags().name().eq("history"));
            books.filter(|b| b.tags().name().eq("sea")).values(|b| b.id()).all(db).await?
        }),
        others!("exclude/exclude_m2m_through_extra", |b| b.authorships().role().eq("translator")),
    ]
}

fn subqueries() -> Vec<Case> {
    vec![
        others!("exclude/in_subquery", |b| b.id().in_(Review::objects().values(|r| r.book().id()))),
        books!("exclude/exists_neg", ordered, |b| {
            !exists(Review::objects().filter(|r| r.book().eq(outer_ref(b.id()))))
        }),
        others!("exclude/exclude_exists", |b| {
            exists(Review::objects().filter(|r| r.book().eq(outer_ref(b.id()))))
        }),
    ]
}
