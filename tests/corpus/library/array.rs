//! Lookups of arrays.

use super::Book;
use super::filter::books;
use super::make::by_key;
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;
use orm::unnest;

pub fn cases() -> Vec<Case> {
    let mut all = texts();
    all.extend(numbers());
    all
}

fn texts() -> Vec<Case> {
    vec![
        books!("array/contains", ordered, |b| b.keywords().contains(["sea"])),
        books!("array/contains_two", ordered, |b| b.keywords().contains(["sea", "history"])),
        books!("array/contained_by", ordered, |b| {
            b.keywords().contained_by(["sea", "moon", "salt", "history"])
        }),
        books!("array/overlap", ordered, |b| b.keywords().overlap(["moon", "x"])),
        books!("array/overlap_subquery", ordered, |b| {
            b.keywords()
                .overlap(Book::objects().filter(|b| b.id().in_([1, 3])).values(|b| b.keywords()))
        }),
        books!("array/len_gt", ordered, |b| b.keywords().len().gt(2)),
        books!("array/len_zero", ordered, |b| b.keywords().len().eq(0)),
        books!("array/index", ordered, |b| b.keywords().index(0).eq("sea")),
        books!("array/slice", ordered, |b| b.keywords().slice(0..2).eq(["salt", "Salt"])),
        books!("array/exact", ordered, |b| b.keywords().eq(["sea"])),
        books!("array/exact_empty", ordered, |b| b.keywords().eq(Vec::<String>::new())),
        books!("array/any_value_in", ordered, |b| b.keywords().in_([["sea"], ["math"]])),
        books!("array/contains_special", ordered, |b| b.keywords().contains(["a,b"])),
        books!("array/contains_quote", ordered, |b| b.keywords().contains(["q\"uote"])),
        books!("array/contains_empty", ordered, |b| b.keywords().contains(Vec::<String>::new())),
        case!("array/array_agg_of_arrays_unnest", |db| {
            let words = Book::objects()
                .filter(|b| b.id().lte(3))
                .join_lateral(|b| unnest(b.keywords()))
                .order_by(|(b, word)| (b.id(), word.clone()));
            words.values(|(b, word)| (b.id(), word.clone())).all(db).await?
        }),
        case!("array/array_len_order", |db| {
            let books = Book::objects().order_by(|b| (b.keywords().len().desc(), b.id()));
            books.values(|b| (b.id(), b.keywords().len())).all(db).await?
        }),
    ]
}

fn numbers() -> Vec<Case> {
    vec![
        books!("array/int_contains", ordered, |b| b.scores().contains([5, 4])),
        books!("array/int_index_gt", ordered, |b| b.scores().index(0).gt(5)),
        books!("array/int_null_array", ordered, |b| b.scores().isnull(true)),
        books!("array/int_len_lt", ordered, |b| b.scores().len().lt(2)),
        books!("array/int_exact_with_null", ordered, |b| b.scores().eq([Some(4), None, Some(5)])),
        books!("array/gt", ordered, |b| b.scores().gt([5])),
        books!("array/index_out_of_bounds", ordered, |b| b.scores().index(9).eq(1)),
        case!("array/exclude_contains", |db| {
            by_key().exclude(|b| b.scores().contains([5])).values(|b| b.id()).all(db).await?
        }),
    ]
}
