use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub title: String,
}

fn main() {}
