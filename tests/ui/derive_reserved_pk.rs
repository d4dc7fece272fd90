use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    pub pk: i32,
}

fn main() {}
