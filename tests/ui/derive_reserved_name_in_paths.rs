use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    pub count: i32,
}

fn main() {}
