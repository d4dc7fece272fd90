//! Conditional expressions, functions, arithmetic, dates.

use super::make::by_key;
use super::values::selected;
use super::{Book, Review, Tag};
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

sql_function! {
    fn split_part(text: String, delimiter: String, part: i32) -> String;
}

pub fn cases() -> Vec<Case> {
    let mut all = conditional();
    all.extend(text());
    all.extend(numbers());
    all.extend(dates());
    all
}

fn conditional() -> Vec<Case> {
    vec![
        selected!("expressions/case_when", |b| {
            let size = case()
                .when(b.pages().gte(500), "thick")
                .when(b.pages().gte(150), "medium")
                .when(b.pages().isnull(true), "?")
                .otherwise("thin");
            (b.id(), size)
        }),
        selected!("expressions/case_no_default_null", |b| {
            (b.id(), case().when(!b.in_print(), b.title()).otherwise_null())
        }),
        case!("expressions/case_in_filter", |db| {
            let books =
                by_key().filter(|b| b.pages().gt(case().when(b.in_print(), 300).otherwise(100)));
            books.values(|b| b.id()).all(db).await?
        }),
        case!("expressions/case_in_aggregate", |db| {
            Book::objects()
                .aggregate(db, |b| case().when(b.in_print(), 1).otherwise(0).sum())
                .await?
        }),
        case!("expressions/case_q_condition", |db| {
            let sea = |b: &orm::Fields<Book>| {
                case().when(b.tags().name().eq("sea") & b.price().gt(13), 1).otherwise(0)
            };
            let books = Book::objects().order_by(|b| (b.id(), sea(b)));
            books.values(|b| (b.id(), sea(b))).all(db).await?
        }),
        selected!("expressions/case_fk_value", |b| {
            let american = b.publisher().country().eq("US");
            (b.id(), case().when(american, b.publisher().name()).otherwise("-"))
        }),
        selected!("expressions/nullif", |b| (b.id(), nullif(b.subtitle(), ""))),
        selected!("expressions/greatest_least", |b| {
            (b.id(), greatest((b.price(), b.discount())), least((b.price(), b.discount())))
        }),
    ]
}

fn text() -> Vec<Case> {
    vec![
        selected!("expressions/cast", |b| (
            b.id(),
            b.price().cast::<i32>(),
            b.pages().cast::<String>()
        )),
        selected!("expressions/concat", |b| concat((b.title(), ": ", b.subtitle()))),
        selected!("expressions/concat_null_is_empty", |b| {
            concat((b.title(), "/", b.publisher().name()))
        }),
        case!("expressions/text_functions", |db| {
            let books = by_key().filter(|b| b.id().in_([3, 7]));
            let functions = books.values(|b| {
                let t = b.title();
                row! {
                    id: b.id(), u: t.upper(), l: t.lower(), n: t.length(), lf: t.left(2),
                    rt: t.right(2), sub: t.substr(2, 3), rv: t.reverse(), rp: t.repeat(2),
                    lp: t.lpad(12, "*"), rpd: t.rpad(12, "."), ix: t.strpos("o"),
                    rpl: t.replace("o", "0"), o: t.ord(), ch: value(65).chr(),
                    tr: value("  x  ").trim(), md: t.md5(),
                }
            });
            functions.all(db).await?
        }),
        selected!("expressions/f_slice", |b| (b.id(), b.title().slice(0..3))),
    ]
}

fn numbers() -> Vec<Case> {
    vec![
        case!("expressions/math_functions", |db| {
            let books = by_key().filter(|b| b.id().in_([1, 12]));
            let functions = books.values(|b| {
                (
                    b.id(),
                    (b.discount() - b.price()).abs(),
                    b.price().ceil(),
                    b.price().floor(),
                    b.price().round(),
                    b.price().round_to(1),
                    b.pages() % 7,
                    b.pages().power(2),
                    (b.pages() - 500).sign(),
                )
            });
            functions.all(db).await?
        }),
        case!("expressions/arith_int_division", |db| {
            let books = by_key().filter(|b| b.id().in_([1, 2]));
            let numbers =
                books.values(|b| (b.pages() / 7, b.pages() % 7, b.pages().power(2), -b.pages()));
            numbers.all(db).await?
        }),
        case!("expressions/bitwise", |db| {
            let book = Book::objects().filter(|b| b.id().eq(1));
            let bits = book.values(|b| {
                let n = b.pages();
                (n.bitand(255), n.bitor(15), n.bitxor(1), n.shift_left(1), n.shift_right(2))
            });
            bits.all(db).await?
        }),
        selected!("expressions/expression_wrapper", |b| (b.id(), b.pages() * b.price())),
        selected!("expressions/rawsql", |b| (
            b.id(),
            raw_expr::<Decimal>("price * $1", params![2])
        )),
    ]
}

fn dates() -> Vec<Case> {
    vec![
        case!("expressions/datetime_diff", |db| {
            let reviews = Review::objects().order_by(|r| r.id());
            reviews.values(|r| (r.id(), r.created() - r.book().created_at())).all(db).await?
        }),
        case!("expressions/datetime_plus_duration", |db| {
            let books = by_key().filter(|b| b.reading_time().isnull(false));
            books.values(|b| (b.id(), b.created_at() + b.reading_time())).all(db).await?
        }),
        case!("expressions/extract", |db| {
            let book = Book::objects().filter(|b| b.id().eq(2));
            let parts = book.values(|b| {
                let at = b.created_at();
                (
                    at.year(),
                    at.month(),
                    at.day(),
                    at.hour(),
                    at.minute(),
                    at.second(),
                    at.quarter(),
                    at.week(),
                    at.week_day(),
                    at.iso_week_day(),
                    at.iso_year(),
                )
            });
            parts.all(db).await?
        }),
        selected!("expressions/func_custom", |b| (b.id(), split_part(b.title(), " ", 1))),
        case!("expressions/json_object", |db| {
            let books = by_key().filter(|b| b.id().lte(2));
            let objects = books.values(|b| {
                let publisher = json_object((("n", b.publisher().name()),));
                json_object((("t", b.title()), ("p", publisher), ("c", 1)))
            });
            objects.all(db).await?
        }),
        case!("expressions/random_uuid_shape", |db| {
            let tags = Tag::objects().order_by(|t| t.id()).values(|_| random_uuid());
            tags.first(db).await?.map(|uuid| uuid.to_string().len() as i64)
        }),
        selected!("expressions/extract_tz", |b| (
            b.id(),
            b.created_at().in_zone("Asia/Tokyo").hour()
        )),
        case!("expressions/trunc_kinds", |db| {
            let book = Book::objects().filter(|b| b.id().eq(4));
            let beginnings = book.values(|b| {
                let at = b.created_at();
                (
                    at.trunc_year(),
                    at.trunc_quarter(),
                    at.trunc_month(),
                    at.trunc_week(),
                    at.trunc_day(),
                    at.trunc_hour(),
                    at.trunc_minute(),
                    at.trunc_second(),
                    at.date(),
                    at.time(),
                )
            });
            beginnings.all(db).await?
        }),
        case!("expressions/trunc_on_date", |db| {
            let books = by_key().filter(|b| b.published().isnull(false));
            let beginnings =
                books.values(|b| (b.id(), b.published().trunc_month(), b.published().trunc_week()));
            beginnings.all(db).await?
        }),
    ]
}
