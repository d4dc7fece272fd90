//! Values that cases need, written short.

use super::Book;
use orm::prelude::*;

/// An exact number.
pub fn dec(text: &str) -> Decimal {
    text.parse().expect("a number")
}

/// A day.
pub fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day")
}

/// A time of day.
pub fn time(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).expect("a time")
}

/// The first moment of a day.
pub fn moment(year: i32, month: u32, of_month: u32) -> DateTime<Utc> {
    day(year, month, of_month).and_time(NaiveTime::MIN).and_utc()
}

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
