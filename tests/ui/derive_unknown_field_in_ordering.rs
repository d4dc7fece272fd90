use orm::prelude::*;

#[derive(Model)]
#[model(ordering = [titel])]
pub struct Book {
    pub id: i64,
    pub title: String,
    pub pages: i32,
}

fn main() {}
