//! Functions over windows.

use super::make::by_key;
use super::values::selected;
use super::{Book, Publisher};
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

pub fn cases() -> Vec<Case> {
    let mut all = functions();
    all.extend(frames());
    all.extend(partitions());
    all
}

fn functions() -> Vec<Case> {
    vec![
        selected!("window/row_number", |b| {
            let dearest = window().partition_by(b.publisher()).order_by((b.price().desc(), b.id()));
            (b.id(), row_number().over(dearest))
        }),
        selected!("window/rank_dense_percent", |b| {
            let w = window().order_by(b.price());
            let ranks = (rank().over(&w), dense_rank().over(&w));
            (b.id(), ranks.0, ranks.1, percent_rank().over(&w), cume_dist().over(&w))
        }),
        selected!("window/lag_lead", |b| {
            let w = window().order_by(b.id());
            (b.id(), lag(b.title()).over(&w), lead(b.title()).offset(2).default("end").over(&w))
        }),
        selected!("window/first_last_nth", |b| {
            let w = window().partition_by(b.in_print()).order_by((b.price(), b.id()));
            let (first, last) = (first_value(b.id()).over(&w), last_value(b.id()).over(&w));
            (b.id(), first, last, nth_value(b.id(), 2).over(&w))
        }),
        selected!("window/ntile", |b| (b.id(), ntile(4).over(window().order_by(b.id())))),
    ]
}

fn frames() -> Vec<Case> {
    vec![
        selected!("window/running_sum", |b| {
            (b.id(), b.price().sum().over(window().order_by(b.id()).rows(..=0)))
        }),
        selected!("window/moving_avg", |b| {
            (b.id(), b.price().avg().over(window().order_by(b.id()).rows(-1..=1)))
        }),
        selected!("window/value_range", |b| {
            let up_to = window().order_by(b.price()).range(..=Decimal::ZERO);
            (b.id(), b.id().count().over(up_to))
        }),
        selected!("window/frame_exclusion", |b| {
            let others = window().order_by(b.id()).rows(..).exclude_current_row();
            (b.id(), b.price().sum().over(others))
        }),
    ]
}

fn partitions() -> Vec<Case> {
    vec![
        selected!("window/partition_total", |b| {
            (b.id(), b.price().sum().over(window().partition_by(b.publisher())))
        }),
        selected!("window/partition_by_expr", |b| {
            (b.id(), count_all().over(window().partition_by(b.created_at().year())))
        }),
        case!("window/filter_on_window", |db| {
            let number = |b: &orm::Fields<Book>| {
                let dearest = window().partition_by(b.publisher());
                row_number().over(dearest.order_by((b.price().desc(), b.id())))
            };
            let dearest = by_key().filter(|b| number(b).eq(1));
            dearest.values(|b| (b.id(), number(b))).all(db).await?
        }),
        case!("window/window_over_aggregate", |db| {
            let counted = Publisher::objects().annotate(|p| {
                let books = p.books().count();
                (books.clone(), rank().over(window().order_by(books.desc())))
            });
            let ranked = counted
                .order_by(|p| (rank().over(window().order_by(p.books().count().desc())), p.id()));
            let rows = ranked.all(db).await?;
            rows.into_iter().map(|(p, (n, r))| (p.id, n, r)).collect::<Vec<_>>()
        }),
        selected!("window/window_arith", |b| {
            let mean = b.price().avg().over(window().partition_by(b.in_print()));
            (b.id(), b.price() - mean)
        }),
        case!("window/window_order_by_desc_nulls", |db| {
            let number = |b: &orm::Fields<Book>| {
                row_number().over(window().order_by(b.pages().desc().nulls_last()))
            };
            let books = Book::objects().order_by(number);
            books.values(|b| (b.id(), number(b))).all(db).await?
        }),
        case!("window/window_in_order_by", |db| {
            let books = Book::objects()
                .order_by(|b| (rank().over(window().order_by(b.price().desc())), b.id()));
            books.values(|b| b.id()).all(db).await?
        }),
    ]
}
