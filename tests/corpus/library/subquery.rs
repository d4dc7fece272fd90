//! Queries inside of queries.

use super::filter::books;
use super::make::by_key;
use super::values::selected;
use super::{Award, Book, Publisher, Review};
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

pub fn cases() -> Vec<Case> {
    let mut all = existence();
    all.extend(values());
    all
}

fn existence() -> Vec<Case> {
    vec![
        selected!("subquery/exists_annotation", |b| {
            let best =
                Review::objects().filter(|r| r.book().eq(outer_ref(b.id())) & r.stars().eq(5));
            (b.id(), exists(best))
        }),
        books!("subquery/exists_and_exists", ordered, |b| {
            let reviews = Review::objects().filter(|r| r.book().eq(outer_ref(b.id())));
            let awards = Award::objects().filter(|a| a.book().eq(outer_ref(b.id())));
            exists(reviews) & !exists(awards)
        }),
        case!("subquery/nested_outerref", |db| {
            let publishers = Publisher::objects().filter(|p| {
                let praised = Book::objects().filter(|b| {
                    let best = Review::objects()
                        .filter(|r| r.book().eq(outer_ref(b.id())) & r.stars().eq(5));
                    exists(best) & b.publisher().eq(outer_ref(p.id()))
                });
                exists(praised)
            });
            publishers.order_by(|p| p.id()).values(|p| p.id()).all(db).await?
        }),
        case!("subquery/outerref_outerref", |db| {
            let publishers = Publisher::objects().order_by(|p| p.id());
            let awarded = publishers.values(|p| {
                let books = Book::objects().filter(|b| {
                    let of_book = Award::objects().filter(|a| {
                        a.book().eq(outer_ref(b.id())) & a.year().gt(outer_ref(p.founded()))
                    });
                    exists(of_book) & b.publisher().eq(outer_ref(p.id()))
                });
                (p.id(), exists(books))
            });
            awarded.all(db).await?
        }),
        books!("subquery/outerref_transform", ordered, |b| {
            let year_after = outer_ref(b.published().year()) + 1;
            let awards = Award::objects()
                .filter(|a| a.book().eq(outer_ref(b.id())) & a.year().eq(year_after));
            exists(awards)
        }),
    ]
}

fn values() -> Vec<Case> {
    vec![
        selected!("subquery/array_subquery", |b| {
            let reviews = Review::objects().filter(|r| r.book().eq(outer_ref(b.id())));
            let best = reviews.order_by(|r| (r.stars().desc(), r.id()));
            (b.id(), array_subquery(best.values(|r| r.stars())))
        }),
        case!("subquery/array_subquery_json", |db| {
            let books = by_key().filter(|b| b.id().lte(3));
            let reviewed = books.values(|b| {
                let reviews = Review::objects().filter(|r| r.book().eq(outer_ref(b.id())));
                let objects = reviews
                    .order_by(|r| r.id())
                    .values(|r| json_object((("s", r.stars()), ("w", r.reviewer()))));
                (b.id(), array_subquery(objects))
            });
            reviewed.all(db).await?
        }),
        case!("subquery/outerref_count", |db| {
            let publishers = Publisher::objects().order_by(|p| p.id());
            let counts = publishers.values(|p| {
                let books = Book::objects().filter(|b| b.publisher().eq(outer_ref(p.id())));
                let grouped = books.values(|b| b.publisher().id()).annotate(|_| count_all());
                (p.id(), subquery(grouped.values(|_| count_all())))
            });
            counts.all(db).await?
        }),
        books!("subquery/compare_to_subquery", ordered, |b| {
            let groups = Book::objects().values(|b| b.in_print()).annotate(|b| b.price().avg());
            let average = groups.filter(|b| !b.in_print()).values(|b| b.price().avg());
            b.price().gt(subquery(average))
        }),
        books!("subquery/correlated_greater_than_avg", ordered, |b| {
            let same =
                Book::objects().filter(|other| other.publisher().eq(outer_ref(b.publisher().id())));
            let groups = same.values(|b| b.publisher().id()).annotate(|b| b.price().avg());
            b.price().gte(subquery(groups.values(|b| b.price().avg())))
        }),
        case!("subquery/subquery_in_values_two_steps", |db| {
            let american = Book::objects().filter(|b| b.publisher().country().eq("US"));
            let reviews =
                Review::objects().filter(|r| r.book().id().in_(american.values(|b| b.id())));
            reviews.order_by(|r| r.id()).values(|r| r.id()).all(db).await?
        }),
        case!("subquery/subquery_order_by", |db| {
            let books = Book::objects().order_by(|b| {
                let reviews = Review::objects().filter(|r| r.book().eq(outer_ref(b.id())));
                let last = reviews.order_by(|r| (r.created().desc(), r.id().desc())).limit(1);
                (subquery(last.values(|r| r.created())).desc().nulls_last(), b.id())
            });
            books.values(|b| b.id()).all(db).await?
        }),
        books!("subquery/union_in_subquery", ordered, |b| {
            let worst = Review::objects().filter(|r| r.stars().eq(1)).values(|r| r.book().id());
            let awarded = Award::objects().unordered().values(|a| a.book().id());
            b.id().in_(worst.union(awarded))
        }),
        case!("subquery/subquery_outer_join_field", |db| {
            let reviews = Review::objects().filter(|r| {
                let same = Review::objects().filter(|other| {
                    other.book().publisher().eq(outer_ref(r.book().publisher().id()))
                });
                let best = same.order_by(|r| r.stars().desc()).values(|r| r.stars()).limit(1);
                r.stars().lt(subquery(best))
            });
            reviews.order_by(|r| r.id()).values(|r| r.id()).all(db).await?
        }),
    ]
}
