//! `only`, `defer` and `select_related(None)`: a row is never half loaded, so that what Django loads of
//! it is selected by name, and nothing can be read later that was not.

use super::Book;
use crate::corpus::answer::{Answer, part_of};
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;
use serde_json::Map;

pub fn cases() -> Vec<Case> {
    let mut all = only();
    all.extend(deferred());
    all
}

fn first() -> QuerySet<Book> {
    Book::objects().filter(|b| b.id().eq(1))
}

fn only() -> Vec<Case> {
    vec![
        case!("related_loading/select_related_none_clears", |db| first().all(db)),
        case!("related_loading/only", |db| {
            let titles = first().values(|b| row! { id: b.id(), title: b.title() });
            titles.all(db).await?.iter().map(|row| part_of("Book", row)).collect::<Vec<_>>()
        }),
        case!("related_loading/only_then_defer", |db| {
            let titles = first().values(|b| row! { id: b.id(), title: b.title() });
            titles.all(db).await?.iter().map(|row| part_of("Book", row)).collect::<Vec<_>>()
        }),
        case!("related_loading/only_access_extra_query", |db| {
            let (title, price) = first().values(|b| (b.title(), b.price())).get(db).await?;
            (title, price, price)
        }),
        case!("related_loading/only_select_related", |db| {
            let titles = first().values(|b| {
                row! {
                    id: b.id(),
                    title: b.title(),
                    publisher_id: b.publisher().id(),
                    publisher__id: b.publisher().id(),
                    publisher__name: b.publisher().name(),
                }
            });
            titles.all(db).await?.iter().map(book).collect::<orm::Result<Vec<_>>>()?
        }),
    ]
}

fn deferred() -> Vec<Case> {
    vec![
        case!("related_loading/defer", |db| {
            let books = first().values(|b| {
                row! {
                    id: b.id(),
                    isbn: b.isbn(),
                    title: b.title(),
                    subtitle: b.subtitle(),
                    publisher_id: b.publisher().id(),
                    editor_id: b.editor().id(),
                    prequel_id: b.prequel().id(),
                    price: b.price(),
                    discount: b.discount(),
                    pages: b.pages(),
                    published: b.published(),
                    created_at: b.created_at(),
                    reading_time: b.reading_time(),
                    in_print: b.in_print(),
                    scores: b.scores(),
                }
            });
            books.all(db).await?.iter().map(book).collect::<orm::Result<Vec<_>>>()?
        }),
        case!("related_loading/defer_related", |db| {
            let books = first().values(|b| {
                row! {
                    id: b.id(),
                    isbn: b.isbn(),
                    title: b.title(),
                    subtitle: b.subtitle(),
                    publisher_id: b.publisher().id(),
                    editor_id: b.editor().id(),
                    prequel_id: b.prequel().id(),
                    price: b.price(),
                    discount: b.discount(),
                    pages: b.pages(),
                    published: b.published(),
                    created_at: b.created_at(),
                    reading_time: b.reading_time(),
                    in_print: b.in_print(),
                    keywords: b.keywords(),
                    scores: b.scores(),
                    publisher__id: b.publisher().id(),
                    publisher__name: b.publisher().name(),
                    publisher__founded: b.publisher().founded(),
                    publisher__parent_id: b.publisher().parent().id(),
                }
            });
            books.all(db).await?.iter().map(book).collect::<orm::Result<Vec<_>>>()?
        }),
    ]
}

/// A book of which some columns were selected, and of its publisher under `publisher`.
fn book(row: &DynRow) -> orm::Result<Value> {
    let mut book = part_of("Book", row);
    if book.get("created_at").is_some() {
        book["created_at"] = row.get::<DateTime<Utc>>("created_at")?.answer();
        book["reading_time"] = row.get::<Option<TimeDelta>>("reading_time")?.answer();
    }
    let mut publisher = Map::new();
    let columns = book.as_object_mut().ok_or_else(|| Error::usage("no row"))?;
    for (name, value) in std::mem::take(columns) {
        match name.strip_prefix("publisher__") {
            Some(of_publisher) => publisher.insert(of_publisher.to_owned(), value),
            None => columns.insert(name, value),
        };
    }
    if !publisher.is_empty() {
        publisher.insert("$model".to_owned(), "Publisher".into());
        columns.insert("publisher".to_owned(), publisher.into());
    }
    Ok(book)
}
