use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(max_lenght = 10)]
    pub title: String,
}

fn main() {}
