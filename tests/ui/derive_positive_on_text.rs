use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(positive)]
    pub title: String,
}

fn main() {}
