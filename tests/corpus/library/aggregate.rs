//! `aggregate`: one row over all rows.

use super::{Book, Review, Tag};
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

/// Aggregates over all books.
macro_rules! over_books {
    ($id:literal, |$b:ident| $aggregates:expr) => {
        case!($id, |db| Book::objects().aggregate(db, |$b| $aggregates))
    };
    ($id:literal, |$f:ident| $filter:expr, |$b:ident| $aggregates:expr) => {
        case!($id, |db| Book::objects().filter(|$f| $filter).aggregate(db, |$b| $aggregates))
    };
}

pub fn cases() -> Vec<Case> {
    let mut all = numbers();
    all.extend(filtered());
    all.extend(others());
    all
}

fn numbers() -> Vec<Case> {
    vec![
        over_books!("aggregate/avg_sum_min_max", |b| {
            (b.price().avg(), b.price().sum(), b.price().min(), b.price().max())
        }),
        over_books!("aggregate/default_names", |b| (b.id().count(), b.pages().avg())),
        over_books!("aggregate/empty_set", |b| b.id().eq(0), |b| {
            (b.price().sum(), b.id().count(), b.pages().avg(), b.pages().max())
        }),
        over_books!("aggregate/empty_set_default", |b| b.id().eq(0), |b| {
            (b.price().sum().default(0), b.pages().max().default(7))
        }),
        case!("aggregate/none_no_query", |db| {
            let none = Book::objects().none();
            none.aggregate(db, |b| (b.id().count(), b.price().sum(), b.pages().sum().default(3)))
                .await?
        }),
        over_books!("aggregate/count_star_vs_column", |b| {
            (count_all(), b.pages().count(), b.price().count().distinct())
        }),
        over_books!("aggregate/distinct_sum", |b| {
            (b.price().sum().distinct(), b.price().avg().distinct())
        }),
        over_books!("aggregate/expression", |b| {
            ((b.price() * b.pages()).sum(), (b.price() - b.discount()).max())
        }),
        over_books!("aggregate/of_aggregates", |b| b.price().max() - b.price().min()),
        over_books!("aggregate/stddev_variance", |b| {
            (
                b.pages().stddev(),
                b.pages().stddev_samp(),
                b.pages().variance(),
                b.pages().variance_samp(),
            )
        }),
        case!("aggregate/corr_regr", |db| {
            let reviews = Review::objects().aggregate(db, |r| {
                let (stars, book) = (r.stars(), r.book().id());
                (stars.corr(&book), stars.regr_count(&book), stars.regr_slope(&book))
            });
            let (correlation, pairs, slope) = reviews.await?;
            let rounded = |number: f64| (number * 1e9).round() / 1e9;
            (correlation.map(rounded), pairs, slope.map(rounded))
        }),
        over_books!("aggregate/int_avg_is_float", |b| b.id().lte(2), |b| b.pages().avg()),
        over_books!("aggregate/decimal_avg", |b| b.id().lte(3), |b| b.price().avg()),
        over_books!("aggregate/bit_aggs", |b| b.id().in_([1, 2]), |b| {
            (b.pages().bit_and(), b.pages().bit_or(), b.pages().bit_xor())
        }),
        over_books!("aggregate/json_number", |b| {
            b.meta().key("sold").cast::<Decimal>().round_to(2).sum()
        }),
    ]
}

fn filtered() -> Vec<Case> {
    vec![
        over_books!("aggregate/filter_arg", |b| {
            (
                b.id().count().filter(b.in_print()),
                b.price().sum().filter(b.pages().gt(300)),
                b.price().sum().filter(b.pages().gt(30000)),
            )
        }),
        over_books!("aggregate/over_join", |b| (b.reviews().count(), b.reviews().stars().avg())),
        over_books!("aggregate/over_join_filter_arg", |b| {
            b.reviews().count().filter(b.reviews().stars().eq(5))
        }),
        case!("aggregate/of_annotation", |db| {
            let counted = Book::objects().annotate(|b| b.reviews().count()).nested();
            counted.aggregate(db, |(_, n)| (n.max(), n.sum(), n.avg())).await?
        }),
        case!("aggregate/of_slice", |db| {
            let dearest = Book::objects().order_by(|b| b.price().desc()).limit(3);
            dearest.nested().aggregate(db, |b| b.price().sum()).await?
        }),
    ]
}

fn others() -> Vec<Case> {
    vec![
        over_books!("aggregate/dates_min_max", |b| (b.published().min(), b.created_at().max())),
        over_books!("aggregate/duration_sum_avg", |b| {
            (b.reading_time().sum(), b.reading_time().avg())
        }),
        over_books!("aggregate/bool_aggs", |b| (b.in_print().bool_and(), b.in_print().bool_or())),
        over_books!("aggregate/array_agg", |b| {
            b.title().array_agg().order_by(b.id()).filter(b.publisher().eq(1))
        }),
        over_books!("aggregate/array_agg_distinct", |b| {
            b.price().array_agg().distinct().order_by(b.price())
        }),
        case!("aggregate/string_agg", |db| {
            Tag::objects()
                .aggregate(db, |t| t.name().string_agg(", ").order_by(t.name().desc()))
                .await?
        }),
        case!("aggregate/jsonb_agg", |db| {
            Tag::objects().aggregate(db, |t| t.name().json_agg().order_by(t.id())).await?
        }),
    ]
}
