//! Orderings and slices.

use super::make::by_key;
use super::{Award, Book, Review};
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

/// The keys of all books in an ordering.
macro_rules! ordered {
    ($id:literal, |$b:ident| $ordering:expr) => {
        case!($id, |db| Book::objects().order_by(|$b| $ordering).values(|b| b.id()).all(db))
    };
}

pub fn cases() -> Vec<Case> {
    let mut all = columns();
    all.extend(relations());
    all.extend(expressions());
    all.extend(slices());
    all
}

fn columns() -> Vec<Case> {
    vec![
        ordered!("order/asc_desc", |b| (b.in_print().desc(), b.price(), b.id())),
        case!("order/nulls_default_asc", |db| {
            let books = Book::objects().order_by(|b| (b.pages(), b.id()));
            books.values(|b| (b.id(), b.pages())).all(db).await?
        }),
        case!("order/nulls_default_desc", |db| {
            let books = Book::objects().order_by(|b| (b.pages().desc(), b.id()));
            books.values(|b| (b.id(), b.pages())).all(db).await?
        }),
        ordered!("order/nulls_first", |b| (b.pages().asc().nulls_first(), b.id())),
        ordered!("order/nulls_last", |b| (b.discount().desc().nulls_last(), b.id())),
        case!("order/reverse", |db| {
            let books = Book::objects().order_by(|b| (b.price(), b.id().desc())).reverse();
            books.values(|b| b.id()).all(db).await?
        }),
        case!("order/reverse_nulls_flip", |db| {
            let books = Book::objects().order_by(|b| (b.discount().desc().nulls_last(), b.id()));
            books.reverse().values(|b| b.id()).all(db).await?
        }),
        case!("order/reverse_twice", |db| {
            let books = Book::objects().order_by(|b| b.title()).reverse().reverse();
            books.values(|b| b.id()).all(db).await?
        }),
        case!("order/overrides", |db| {
            let awards = Award::objects().order_by(|a| a.id()).order_by(|a| (a.name(), a.id()));
            awards.values(|a| a.id()).all(db).await?
        }),
    ]
}

fn relations() -> Vec<Case> {
    vec![
        ordered!("order/by_fk_attr", |b| (b.publisher().name(), b.id())),
        case!("order/by_fk_uses_pk", |db| {
            let books = Book::objects().order_by(|b| (b.publisher(), b.id().desc()));
            books.values(|b| (b.id(), b.publisher().id())).all(db).await?
        }),
        // A to-many relation itself is no ordering here; Django takes its key.
        case!("order/by_fk_default_ordering", |db| {
            let books = Book::objects().filter(|b| b.awards().isnull(false));
            let books = books.order_by(|b| (b.awards().id(), b.id()));
            books.values(|b| (b.id(), b.awards().id())).all(db).await?
        }),
    ]
}

fn expressions() -> Vec<Case> {
    vec![
        ordered!("order/by_expr", |b| (b.title().lower(), b.id())),
        ordered!("order/by_expr_desc", |b| (b.title().length().desc(), b.id())),
        case!("order/by_annotation", |db| {
            let books = Book::objects()
                .order_by(|b| ((b.price() - b.discount()).desc().nulls_last(), b.id()));
            books.values(|b| (b.id(), b.price() - b.discount())).all(db).await?
        }),
        ordered!("order/by_case_when", |b| {
            (case().when(b.title().startswith("The"), 0).otherwise(1), b.id().desc())
        }),
        case!("order/by_collation", |db| {
            let books = Book::objects().order_by(|b| b.title().collate("C"));
            books.values(|b| b.title()).all(db).await?
        }),
        case!("order/by_json_key", |db| {
            let books = Book::objects().filter(|b| b.meta().has_key("sold"));
            let books = books.order_by(|b| (b.meta().key("sold").desc().nulls_last(), b.id()));
            books.values(|b| (b.id(), b.meta().key("sold"))).all(db).await?
        }),
        case!("order/random_shape", |db| {
            let books = Book::objects().order_by(|_| random());
            let mut keys = books.values(|b| b.id()).all(db).await?;
            keys.sort();
            keys
        }),
    ]
}

fn keys() -> QuerySet<Book, i64> {
    by_key().values(|b| b.id())
}

fn slices() -> Vec<Case> {
    vec![
        case!("order/slice_head", |db| keys().limit(3).all(db)),
        case!("order/slice_mid", |db| keys().slice(3..6).all(db)),
        case!("order/slice_beyond", |db| keys().slice(10..100).all(db)),
        case!("order/slice_empty", |db| keys().slice(5..5).all(db)),
        case!("order/slice_step", |db| {
            keys().slice(0..9).all(db).await?.into_iter().step_by(3).collect::<Vec<_>>()
        }),
        case!("order/index", |db| { by_key().nth(db, 4).await?.title }),
        case!("order/index_out_of_range", |db| by_key().nth(db, 400)),
        case!("order/filter_after_slice", |db| by_key().limit(3).filter(|b| b.id().eq(1)).all(db)),
        case!("order/count_of_slice", |db| {
            let count = Book::objects().slice(2..7).count(db).await?;
            (count, Book::objects().slice(8..100).count(db).await?)
        }),
        case!("order/exists_of_slice", |db| Book::objects().slice(50..60).exists(db)),
        case!("order/in_sliced_subquery", |db| {
            let dearest = Book::objects().order_by(|b| (b.price().desc(), b.id())).limit(3);
            let reviews = Review::objects().filter(|r| r.book().in_(dearest));
            reviews.order_by(|r| r.id()).values(|r| r.id()).all(db).await?
        }),
    ]
}
