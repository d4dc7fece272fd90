use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(primary_key)]
    pub a: i64,
    #[field(primary_key)]
    pub b: i64,
}

fn main() {}
