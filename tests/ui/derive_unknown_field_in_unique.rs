use orm::prelude::*;

#[derive(Model)]
#[model(unique(fields = [title, page], name = "a"))]
pub struct Book {
    pub id: i64,
    pub title: String,
    pub pages: i32,
}

fn main() {}
