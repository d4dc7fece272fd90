use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
}

#[queryset]
impl QuerySet<Book> {
    pub fn latest_three() -> Self {
        Book::objects()
    }
}

fn main() {}
