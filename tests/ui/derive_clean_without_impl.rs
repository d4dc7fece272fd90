use orm::prelude::*;

#[derive(Model)]
#[model(clean)]
pub struct Book {
    pub id: i64,
}

fn main() {}
