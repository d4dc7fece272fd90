use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(auto_now)]
    pub title: String,
}

fn main() {}
