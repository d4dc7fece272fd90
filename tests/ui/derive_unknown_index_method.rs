use orm::prelude::*;

#[derive(Model)]
#[model(index(fields = [title], using = "btre"))]
pub struct Book {
    pub id: i64,
    pub title: String,
    pub pages: i32,
}

fn main() {}
