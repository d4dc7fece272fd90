use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(max_length)]
    pub title: String,
}

fn main() {}
