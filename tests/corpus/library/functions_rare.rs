//! Functions that are seldom used.

use super::Book;
use super::make::by_key;
use super::{Author, Tag};
use crate::corpus::harness::{Case, asked, case};
use orm::expr::pi;
use orm::prelude::*;

pub fn cases() -> Vec<Case> {
    let mut all = numbers();
    all.extend(dates());
    all.extend(others());
    all
}

/// The only row of what is selected of one book.
macro_rules! of_book {
    ($id:literal, $key:literal, |$b:ident| $columns:expr) => {
        case!($id, |db| Book::objects().filter(|b| b.id().eq($key)).values(|$b| $columns).all(db))
    };
}

fn numbers() -> Vec<Case> {
    vec![
        of_book!("functions_rare/trig", 1, |_b| {
            let a = value::<Book, _>(0.5);
            (
                a.sin(),
                a.cos(),
                a.tan(),
                a.cot(),
                a.asin(),
                a.acos(),
                a.atan(),
                a.atan2(2.0),
                a.degrees(),
                a.radians(),
            )
        }),
        case!("functions_rare/logs", |db| {
            let rated = Author::objects().filter(|a| a.rating().gt(0)).order_by(|a| a.id());
            let logs = rated.values(|a| {
                let rating = a.rating();
                (a.id(), rating.exp(), rating.ln(), rating.sqrt())
            });
            logs.all(db).await?
        }),
        of_book!("functions_rare/log_base", 12, |b| b.pages().cast::<Decimal>().log(2)),
        case!("functions_rare/pi", |db| {
            Tag::objects().filter(|t| t.id().eq(1)).values(|_| pi()).all(db).await?
        }),
        case!("functions_rare/random_in_range", |db| {
            let numbers = Tag::objects().values(|_| random()).all(db).await?;
            numbers.iter().all(|number| (0.0..1.0).contains(number))
        }),
    ]
}

fn dates() -> Vec<Case> {
    vec![
        of_book!("functions_rare/extract_generic", 4, |b| {
            let at = b.created_at();
            (at.year(), at.quarter(), at.week_day())
        }),
        of_book!("functions_rare/trunc_generic", 4, |b| {
            let at = b.created_at();
            (at.trunc_month(), at.in_zone("Asia/Kolkata").trunc_hour())
        }),
        of_book!("functions_rare/trunc_output_field", 4, |b| b.created_at().trunc_month().date()),
        case!("functions_rare/now_after_all", |db| {
            Book::objects().filter(|b| b.created_at().lt(now())).count(db).await?
        }),
    ]
}

fn others() -> Vec<Case> {
    vec![
        of_book!("functions_rare/trims", 1, |_b| {
            let a = concat::<Book>(("  x ", ""));
            (a.ltrim(), a.rtrim(), a.trim())
        }),
        case!("functions_rare/json_array", |db| {
            let books = by_key().filter(|b| b.id().lte(2));
            let none: Option<String> = None;
            books.values(|b| json_array((b.title(), b.pages(), none))).all(db).await?
        }),
        of_book!("functions_rare/extract_duration", 3, |b| {
            (b.reading_time().day(), b.reading_time().hour())
        }),
        case!("functions_rare/complex_filter", |db| {
            let cheap = by_key().filter_names([("price__lt", "6")], &["price__lt"])?;
            let keys = cheap.values(|b| b.id()).all(db).await?;
            let condition = Book::q(|b| b.price().lt(6));
            (keys, Book::objects().filter(|_| condition).count(db).await?)
        }),
        // The executor says which database.
        case!("functions_rare/using_default", |db| {
            Book::objects().filter(|b| b.id().eq(1)).count(db).await?
        }),
    ]
}
