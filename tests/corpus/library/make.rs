//! Values that cases need, written short.

use super::Book;
pub use crate::corpus::make::{day, dec, moment, time};
use orm::prelude::*;

/// A book of which only the key matters.
pub fn book_with_key(id: i64) -> Book {
    Book {
        id,
        isbn: Uuid::nil(),
        title: String::new(),
        subtitle: String::new(),
        publisher: None,
        editor: None,
        authors: ManyToMany::default(),
        tags: ManyToMany::default(),
        prequel: None,
        price: Decimal::ZERO,
        discount: None,
        pages: None,
        published: None,
        created_at: DateTime::UNIX_EPOCH,
        reading_time: None,
        in_print: true,
        meta: None,
        keywords: Vec::new(),
        scores: None,
    }
}

/// All books in the order of their keys.
pub fn by_key() -> QuerySet<Book> {
    Book::objects().order_by(|b| b.id())
}

/// A row of one's own.
pub struct IdAndTitle {
    pub id: i64,
    pub title: String,
}
