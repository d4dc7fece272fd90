//! `filter`: keys, relations, lists, other columns.

use super::make::dec;
use super::{Author, Book, Publisher};
use crate::corpus::harness::{Case, asked, case};
use orm::ModelExt;
use orm::prelude::*;

/// The keys of the books that satisfy a condition, ordered where the case says so.
macro_rules! books {
    ($id:literal, |$b:ident| $condition:expr) => {
        case!($id, |db| Book::objects().filter(|$b| $condition).values(|b| b.id()).all(db))
    };
    ($id:literal, ordered, |$b:ident| $condition:expr) => {
        case!($id, |db| {
            let books = Book::objects().filter(|$b| $condition).order_by(|b| b.id());
            books.values(|b| b.id()).all(db).await?
        })
    };
}
pub(super) use books;

pub fn cases() -> Vec<Case> {
    vec![
        books!("filter/exact", |b| b.title().eq("The Tide Tables")),
        books!("filter/exact_none_is_isnull", ordered, |b| b.publisher().eq(None)),
        books!("filter/exact_none_dunder", |b| b.pages().exact(None)),
        books!("filter/two_kwargs_and", |b| b.in_print().eq(true) & b.price().lt(10)),
        case!("filter/chained_and", |db| {
            let books = Book::objects().filter(|b| b.in_print()).filter(|b| b.price().lt(10));
            books.values(|b| b.id()).all(db).await?
        }),
        books!("filter/empty_filter", ordered, |_b| Q::all()),
        books!("filter/fk_by_id", |b| b.publisher().id().eq(3)),
        books!("filter/fk_by_raw_value", |b| b.publisher().eq(3)),
        books!("filter/fk_pk_no_join", |b| b.publisher().id().eq(3)),
        books!("filter/fk_field_join", |b| b.publisher().country().eq("US")),
        books!("filter/fk_two_levels", |b| b.publisher().parent().name().eq("Harbor House")),
        case!("filter/fk_field_isnull_left_join", |db| {
            let books = Book::objects().filter(|b| b.publisher().founded().isnull(true));
            books.values(|b| (b.id(), b.publisher().name())).all(db).await?
        }),
        books!("filter/fk_field_isnull_false_inner", |b| b.publisher().founded().isnull(false)),
        case!("filter/fk_in_instances", |db| {
            let american = Publisher::objects().filter(|p| p.country().eq("US")).all(db).await?;
            let books = Book::objects().filter(|b| b.publisher().in_(&american));
            books.values(|b| b.id()).all(db).await?
        }),
        books!("filter/fk_in_subquery", |b| {
            b.publisher().in_(Publisher::objects().filter(|p| p.country().eq("US")))
        }),
        case!("filter/in_empty", |db| {
            Book::objects().filter(|b| b.id().in_(Vec::<i64>::new())).all(db).await?
        }),
        case!("filter/exclude_in_empty", |db| {
            Book::objects().exclude(|b| b.id().in_(Vec::<i64>::new())).count(db).await?
        }),
        books!("filter/in_with_none", |b| b.pages().in_([Some(320), None])),
        books!("filter/in_expressions", |b| b.price().in_((b.discount(), dec("5.00")))),
        books!("filter/in_duplicates", |b| b.id().in_([1, 1, 2])),
        books!("filter/f_same_row", |b| b.discount().eq(b.price())),
        books!("filter/f_arith", |b| b.price().gt(b.discount() * 2)),
        case!("filter/f_across_fk", |db| {
            let authors = Author::objects().filter(|a| a.rating().lt(a.mentor().rating()));
            authors.values(|a| a.id()).all(db).await?
        }),
        books!("filter/lookup_object", |b| b.price().gt(b.discount() + 5)),
        books!("filter/lookup_object_value_lhs", |b| value(500).lt(b.pages())),
        books!("filter/decimal_param", |b| b.price().eq(dec("9.99"))),
        books!("filter/uuid_exact", |b| {
            b.isbn().eq(Uuid::from_u128(0x00000000_0000_4000_8000_000000000003))
        }),
    ]
}
