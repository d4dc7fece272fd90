//! `annotate`: expressions beside the row, and groups.

use super::make::by_key;
use super::values::selected;
use super::{Author, Award, Book, Publisher, Review, Tag};
use crate::corpus::answer::{columns, nest};
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

/// What a query of all publishers selects, in the order of their keys.
macro_rules! publishers {
    ($id:literal, |$p:ident| $columns:expr) => {
        case!($id, |db| Publisher::objects().order_by(|p| p.id()).values(|$p| $columns).all(db))
    };
}

pub fn cases() -> Vec<Case> {
    let mut all = per_row();
    all.extend(with_filters());
    all.extend(groups());
    all.extend(expressions());
    all
}

fn per_row() -> Vec<Case> {
    vec![
        case!("annotate/value", |db| {
            let tags = Tag::objects().order_by(|t| t.id());
            tags.values(|t| (t.id(), value(1), value("x"))).all(db).await?
        }),
        case!("annotate/instance_attr", |db| {
            let books = by_key().filter(|b| b.id().lte(2)).annotate(|b| b.reviews().count());
            nest(books.all(db).await?, &["n"])
        }),
        publishers!("annotate/count_group_by", |p| (p.id(), p.books().count())),
        case!("annotate/two_joins_multiply", |db| {
            // Django multiplies the rows of one relation by those of the other; that has to be said here:
            // docs/decisions/0187-aggregates-over-several-relations.md
            let books = by_key().filter(|b| b.id().in_([1, 9]));
            let counts = books.values(|b| {
                (b.id(), b.reviews().count().over_join(), b.tags().count().over_join())
            });
            counts.all(db).await?
        }),
        case!("annotate/two_joins_distinct", |db| {
            let books = by_key().filter(|b| b.id().in_([1, 9]));
            let counts = books
                .values(|b| (b.id(), b.reviews().count().distinct(), b.tags().count().distinct()));
            counts.all(db).await?
        }),
        publishers!("annotate/sum_null_when_empty", |p| (p.id(), p.books().price().sum())),
        publishers!("annotate/agg_filter_arg", |p| {
            let (cheap, dear) = (p.books().price().lt(15), p.books().price().gte(15));
            (p.id(), p.books().count().filter(cheap), p.books().count().filter(dear))
        }),
        selected!("annotate/agg_filter_m2m", |b| {
            (b.id(), b.authorships().count().filter(b.authorships().role().eq("writer")).distinct())
        }),
        publishers!("annotate/avg_deep", |p| (p.id(), p.books().reviews().stars().avg())),
        selected!("annotate/group_concat_per_row", |b| {
            let names = b.tags().name().array_agg().order_by(b.tags().name());
            (b.id(), names.filter(b.tags().isnull(false)).default(Vec::new()))
        }),
        case!("annotate/string_agg_per_row", |db| {
            let authors = Author::objects().order_by(|a| a.id());
            let titles = authors
                .values(|a| (a.id(), a.books().title().string_agg("; ").order_by(a.books().id())));
            titles.all(db).await?
        }),
        publishers!("annotate/count_distinct_rel_field", |p| {
            (p.id(), p.books().authors().count().distinct())
        }),
        case!("annotate/annotate_agg_after_slice", |db| {
            nest(by_key().limit(3).annotate(|b| b.reviews().count()).all(db).await?, &["n"])
        }),
    ]
}

fn with_filters() -> Vec<Case> {
    vec![
        case!("annotate/where_and_having", |db| {
            let dear = Publisher::objects().filter(|p| p.books().price().gt(10));
            let counted = dear.annotate(|p| p.books().count()).filter(|p| p.books().count().gt(1));
            counted.order_by(|p| p.id()).values(|p| (p.id(), p.books().count())).all(db).await?
        }),
        case!("annotate/filter_after_annotate", |db| {
            // As above: Django counts each book once for each dear book.
            let counted = Publisher::objects().annotate(|p| p.books().count().over_join());
            let dear = counted.filter(|p| p.books().price().gt(20)).order_by(|p| p.id());
            dear.values(|p| (p.id(), p.books().count().over_join())).all(db).await?
        }),
        case!("annotate/filter_before_annotate", |db| {
            let dear = Publisher::objects().filter(|p| p.books().price().gt(20));
            dear.order_by(|p| p.id()).values(|p| (p.id(), p.books().count())).all(db).await?
        }),
        case!("annotate/having_or_where", |db| {
            let some =
                Publisher::objects().filter(|p| p.books().count().gte(3) | p.country().eq("FR"));
            some.order_by(|p| p.id()).values(|p| p.id()).all(db).await?
        }),
        case!("annotate/having_not", |db| {
            let some = Publisher::objects().exclude(|p| p.books().count().eq(0));
            some.order_by(|p| p.id()).values(|p| p.id()).all(db).await?
        }),
        case!("annotate/having_f", |db| {
            let books = Book::objects().filter(|b| b.reviews().count().gt(b.id()));
            books.values(|b| b.id()).all(db).await?
        }),
        case!("annotate/alias_not_selected", |db| {
            columns(by_key().filter(|b| b.reviews().count().gte(2)).all(db).await?)
        }),
        case!("annotate/alias_instances", |db| {
            let books = Book::objects().filter(|b| b.reviews().count().eq(3));
            let books = books.order_by(|b| (b.reviews().count().desc(), b.id()));
            books.values(|b| b.id()).all(db).await?
        }),
        case!("annotate/exists_annotated", |db| {
            Publisher::objects().filter(|p| p.books().count().gt(100)).exists(db).await?
        }),
        case!("annotate/order_by_agg", |db| {
            let most = Publisher::objects().order_by(|p| (p.books().count().desc(), p.id()));
            most.values(|p| p.id()).all(db).await?
        }),
        case!("annotate/agg_in_filter_directly", |db| {
            let many = Publisher::objects().filter(|p| {
                let books = Book::objects().filter(|b| b.publisher().eq(outer_ref(p.id())));
                let books = books.values(|b| b.publisher().id()).annotate(|b| b.id().count());
                exists(books.filter(|b| b.id().count().gte(3)))
            });
            many.order_by(|p| p.id()).values(|p| p.id()).all(db).await?
        }),
        case!("annotate/annotate_related_then_count", |db| {
            let praised = |a: &Fields<Author>| {
                a.books().reviews().count().filter(a.books().reviews().stars().eq(5))
            };
            let authors = Author::objects().filter(|a| praised(a).gt(0)).order_by(|a| a.id());
            authors.values(|a| (a.id(), praised(a))).all(db).await?
        }),
    ]
}

fn groups() -> Vec<Case> {
    vec![
        case!("annotate/values_group_by_fk", |db| {
            let countries = Book::objects().values(|b| b.publisher().country());
            let counted = countries.annotate(|b| b.id().count());
            counted.order_by(|b| b.publisher().country()).all(db).await?
        }),
        case!("annotate/group_by_with_meta_ordering", |db| {
            let names = Award::objects().values(|a| a.name()).annotate(|a| a.id().count());
            names.order_by(|a| a.name()).all(db).await?
        }),
        case!("annotate/group_by_expr", |db| {
            let years = Book::objects().values(|b| b.created_at().year());
            let counted = years.annotate(|b| b.id().count());
            counted.order_by(|b| b.created_at().year()).all(db).await?
        }),
        case!("annotate/group_by_trunc_month", |db| {
            let months = Review::objects().values(|r| r.created().trunc_month());
            let counted = months.annotate(|r| r.id().count()).annotate(|r| r.stars().avg());
            counted.order_by(|r| r.created().trunc_month()).all(db).await?
        }),
        case!("annotate/group_by_order_by_adds_column", |db| {
            let groups = Book::objects().values(|b| b.in_print()).annotate(|b| b.id().count());
            groups.order_by(|b| (b.publisher().id(), b.in_print())).all(db).await?
        }),
        case!("annotate/group_by_json_key", |db| {
            let langs = Book::objects().values(|b| b.meta().key("lang"));
            let counted = langs.annotate(|b| b.id().count());
            counted.order_by(|b| (b.id().count().desc(), b.meta().key("lang"))).all(db).await?
        }),
    ]
}

fn expressions() -> Vec<Case> {
    vec![
        case!("annotate/annotate_chain_refs", |db| {
            let books = by_key().filter(|b| (b.price() * 2 + 1).gt(40));
            books.values(|b| (b.id(), b.price() * 2 + 1)).all(db).await?
        }),
        selected!("annotate/annotate_bool_condition", |b| (b.id(), b.pages().gt(300))),
        selected!("annotate/annotate_lookup_expr", |b| (b.id(), b.price().eq(b.discount()))),
    ]
}
