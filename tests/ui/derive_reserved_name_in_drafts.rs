use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    pub save: bool,
}

fn main() {}
