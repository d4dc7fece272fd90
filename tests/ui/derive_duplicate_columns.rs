use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    pub title: String,
    #[field(column = "title")]
    pub name: String,
}

fn main() {}
