use orm::prelude::*;

#[derive(Model)]
#[model(primary_key = [titel, id, pages])]
pub struct Book {
    pub id: i64,
    pub title: String,
    pub pages: i32,
}

fn main() {}
