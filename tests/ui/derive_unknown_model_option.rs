use orm::prelude::*;

#[derive(Model)]
#[model(ordring = [title])]
pub struct Book {
    pub id: i64,
    pub title: String,
    pub pages: i32,
}

fn main() {}
