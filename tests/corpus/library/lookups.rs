//! The lookups of text, numbers, dates and times.

use super::filter::books;
use super::make::{day, time};
use super::{Author, Book};
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

/// The keys of the books that do not satisfy a condition.
macro_rules! other_books {
    ($id:literal, |$b:ident| $condition:expr) => {
        case!($id, |db| Book::objects().exclude(|$b| $condition).values(|b| b.id()).all(db))
    };
}

pub fn cases() -> Vec<Case> {
    let mut all = text();
    all.extend(values());
    all.extend(dates());
    all.extend(moments());
    all
}

fn text() -> Vec<Case> {
    vec![
        books!("lookups/iexact", |b| b.title().iexact("étoile")),
        books!("lookups/iexact_none", |b| b.publisher().country().iexact(None)),
        books!("lookups/contains", |b| b.title().contains("Tide")),
        books!("lookups/contains_case", |b| b.title().contains("tide")),
        books!("lookups/icontains", |b| b.title().icontains("tide")),
        books!("lookups/icontains_nonascii", |b| b.title().icontains("ÉTOI")),
        books!("lookups/contains_percent", |b| b.title().contains("%")),
        books!("lookups/contains_underscore", |b| b.title().contains("_")),
        books!("lookups/contains_backslash", |b| b.title().contains("\\")),
        books!("lookups/startswith", |b| b.title().startswith("The")),
        books!("lookups/istartswith", |b| b.title().istartswith("the tide")),
        books!("lookups/startswith_percent", |b| b.title().startswith("100%")),
        books!("lookups/endswith", |b| b.title().endswith("Iron")),
        books!("lookups/iendswith", |b| b.title().iendswith("IRON")),
        books!("lookups/regex", |b| b.title().regex("^The .* II$")),
        other_books!("lookups/exclude_regex", |b| b.title().regex("^The .* II$")),
        books!("lookups/iregex", |b| b.title().iregex("^salt (&|and) IRON$")),
        books!("lookups/in_strings", |b| b.title().in_(["étoile", "ÉTOILE", "x"])),
        other_books!("lookups/exclude_in_strings", |b| b.title().in_(["étoile", "ÉTOILE", "x"])),
        books!("lookups/exact_empty_string", |b| b.subtitle().eq("")),
        books!("lookups/contains_f", |b| b.title().contains(b.subtitle())),
        books!("lookups/startswith_f_rel", |b| b.title().startswith(b.prequel().title())),
        books!("lookups/uuid_contains", |b| b.isbn().cast::<String>().contains("0000000c")),
        books!("lookups/uuid_startswith_dashes", |b| {
            b.isbn().cast::<String>().startswith("00000000-0000")
        }),
        case!("lookups/like_special_author", |db| {
            let authors = Author::objects().filter(|a| a.name().contains("_100%"));
            authors.values(|a| a.id()).all(db).await?
        }),
        case!("lookups/apostrophe", |db| {
            let authors = Author::objects().filter(|a| a.name().eq("Fay O'Neil"));
            authors.values(|a| a.id()).all(db).await?
        }),
    ]
}

fn values() -> Vec<Case> {
    vec![
        other_books!("lookups/exclude_gt", |b| b.pages().gt(410)),
        books!("lookups/gte", |b| b.pages().gte(410)),
        books!("lookups/lt", |b| b.pages().lt(99)),
        books!("lookups/range", |b| b.pages().range(99..=320)),
        books!("lookups/range_dates", |b| b.published().range(day(2015, 1, 1)..=day(2018, 1, 1))),
        books!("lookups/isnull", |b| b.discount().isnull(true)),
        other_books!("lookups/exclude_isnull", |b| b.discount().isnull(true)),
        books!("lookups/isnull_false", |b| b.discount().isnull(false)),
        books!("lookups/duration_gt", |b| b.reading_time().gt(TimeDelta::hours(10))),
        books!("lookups/bool_exact", |b| b.in_print().eq(false)),
    ]
}

fn dates() -> Vec<Case> {
    vec![
        books!("lookups/date_year", |b| b.published().year().eq(2015)),
        books!("lookups/date_year_gte", |b| b.published().year().gte(2018)),
        books!("lookups/date_year_lt", |b| b.published().year().lt(2001)),
        books!("lookups/date_year_in", |b| b.published().year().in_([1999, 2004])),
        books!("lookups/date_month", |b| b.published().month().eq(2)),
        books!("lookups/date_day", |b| b.published().day().eq(31)),
        books!("lookups/date_week_day", |b| b.published().week_day().eq(1)),
        books!("lookups/date_iso_week_day", |b| b.published().iso_week_day().eq(7)),
        books!("lookups/date_week", |b| b.published().week().eq(51)),
        books!("lookups/date_iso_year", |b| b.published().iso_year().eq(1999)),
        case!("lookups/transform_in_order_by", |db| {
            let published = Book::objects().filter(|b| b.published().isnull(false));
            let ordered = published.order_by(|b| (b.published().month(), b.id()));
            ordered.values(|b| (b.id(), b.published().month())).all(db).await?
        }),
        case!("lookups/transform_in_values", |db| {
            let ordered = Book::objects().order_by(|b| b.id());
            let parts =
                ordered.values(|b| (b.id(), b.created_at().year(), b.published().quarter()));
            parts.all(db).await?
        }),
    ]
}

fn moments() -> Vec<Case> {
    vec![
        books!("lookups/dt_date", |b| b.created_at().date().eq(day(2020, 1, 31))),
        books!("lookups/dt_date_gt", |b| b.created_at().date().gt(day(2021, 11, 7))),
        books!("lookups/dt_time", |b| b.created_at().time().eq(time(12, 0))),
        books!("lookups/dt_time_lt", |b| b.created_at().time().lt(time(1, 0))),
        books!("lookups/dt_hour", |b| b.created_at().hour().eq(23)),
        books!("lookups/dt_minute_gte", |b| b.created_at().minute().gte(30)),
        books!("lookups/dt_second", |b| b.created_at().second().eq(59)),
        books!("lookups/dt_year_range", |b| b.created_at().year().range(2021..=2022)),
        books!("lookups/dt_year_exact_is_between", |b| b.created_at().year().eq(2020)),
        books!("lookups/time_hour", |b| b.stores().closes().hour().eq(18)),
    ]
}
