use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(through = Book)]
    pub title: String,
}

fn main() {}
