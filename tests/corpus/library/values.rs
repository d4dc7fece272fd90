//! `values`: rows of columns, distinct rows, dates.

use super::make::{IdAndTitle, by_key};
use super::{Award, Book, Review};
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

/// What a query of all books selects, in the order of their keys.
macro_rules! selected {
    ($id:literal, |$b:ident| $columns:expr) => {
        case!($id, |db| crate::corpus::library_cases::make::by_key().values(|$b| $columns).all(db))
    };
}
pub(super) use selected;

/// What a query of the first books selects.
macro_rules! selected_of_first {
    ($id:literal, $limit:literal, |$b:ident| $columns:expr) => {
        case!($id, |db| by_key().limit($limit).values(|$b| $columns).all(db))
    };
}

pub fn cases() -> Vec<Case> {
    let mut all = columns();
    all.extend(distinct());
    all.extend(dates());
    all
}

fn columns() -> Vec<Case> {
    vec![
        selected_of_first!("values/dicts", 4, |b| (b.id(), b.title(), b.price())),
        selected_of_first!("values/fk_name_vs_attname", 3, |b| (
            b.publisher().id(),
            b.publisher().id()
        )),
        selected_of_first!("values/related_dict", 6, |b| {
            (b.title(), b.publisher().name(), b.publisher().parent().name())
        }),
        selected_of_first!("values/tuples", 3, |b| (b.id(), b.title())),
        selected!("values/flat", |b| b.price()),
        case!("values/named", |db| {
            let books = by_key().values(|b| row!(IdAndTitle { id: b.id(), title: b.title() }));
            let books = books.limit(2).all(db).await?;
            books.into_iter().map(|book| (book.id, book.title)).collect::<Vec<_>>()
        }),
        case!("values/m2m_multiplies", |db| {
            let books = Book::objects().filter(|b| b.id().lte(2));
            let books = books.order_by(|b| (b.id(), b.tags().name()));
            books.values(|b| (b.id(), b.tags().name())).all(db).await?
        }),
        selected_of_first!("values/expr_positional", 3, |b| (
            b.id(),
            b.title().lower(),
            b.price() * 2
        )),
        selected_of_first!("values/f_alias", 4, |b| b.publisher().name()),
        selected!("values/json_key", |b| {
            (b.id(), b.meta().key("lang"), b.meta().key("dims").key("h"))
        }),
        selected!("values/array_index", |b| (b.id(), b.keywords().index(0))),
        case!("values/values_then_filter", |db| {
            let books = Book::objects().values(|b| (b.id(), b.price()));
            books.filter(|b| b.price().gt(20)).order_by(|b| b.id()).all(db).await?
        }),
        selected!("values/values_after_annotate", |b| (b.id(), b.reviews().count())),
    ]
}

fn distinct() -> Vec<Case> {
    vec![
        case!("values/distinct_values", |db| {
            let prices = Book::objects().values(|b| b.price()).distinct();
            prices.order_by(|b| b.price()).all(db).await?
        }),
        // What DISTINCT rows are ordered by is selected with them.
        case!("values/distinct_order_by_extra_column", |db| {
            let pairs = Book::objects().values(|b| (b.in_print(), b.publisher().id())).distinct();
            let pairs = pairs.order_by(|b| (b.in_print().desc(), b.publisher().id()));
            pairs.all(db).await?.into_iter().map(|(in_print, _)| in_print).collect::<Vec<_>>()
        }),
        case!("values/distinct_unneeded", |db| {
            let reviewed = Book::objects().filter(|b| b.reviews().stars().gte(1)).distinct();
            reviewed.order_by(|b| b.id()).values(|b| b.id()).all(db).await?
        }),
        case!("values/distinct_on_related", |db| {
            let published = Book::objects().filter(|b| b.publisher().isnull(false));
            let dearest = published
                .order_by(|b| (b.publisher().country(), b.price().desc(), b.id()))
                .distinct_on(|b| b.publisher().country());
            dearest.values(|b| (b.publisher().country(), b.id())).all(db).await?
        }),
        case!("values/distinct_count", |db| {
            let prices = Book::objects().values(|b| b.price()).distinct().count(db).await?;
            (prices, Review::objects().values(|r| r.reviewer()).distinct().count(db).await?)
        }),
    ]
}

fn dates() -> Vec<Case> {
    vec![
        case!("values/dates_year", |db| Book::objects()
            .dates(|b| b.published().trunc_year())
            .all(db)),
        case!("values/dates_month_desc", |db| {
            Book::objects().dates(|b| b.published().trunc_month()).reverse().all(db).await?
        }),
        case!("values/dates_week", |db| {
            let books = Book::objects().filter(|b| b.published().year().gte(2018));
            books.dates(|b| b.published().trunc_week()).all(db).await?
        }),
        case!("values/dates_day_related", |db| {
            Review::objects().dates(|r| r.book().published().trunc_day()).all(db).await?
        }),
        case!("values/datetimes_month_tz", |db| {
            let zone = "America/New_York";
            Review::objects().datetimes(|r| r.created().in_zone(zone).trunc_month()).all(db).await?
        }),
        case!("values/datetimes_year_desc", |db| {
            Book::objects().datetimes(|b| b.created_at().trunc_year()).reverse().all(db).await?
        }),
        // Past the model's ordering: it is no part of what is counted.
        case!("annotate/group_by_meta_ordering_ignored", |db| {
            Award::objects().values(|a| a.year()).annotate(|a| a.id().count()).all(db).await?
        }),
    ]
}
