use orm::prelude::*;

#[derive(Model)]
pub enum Book {
    Novel,
}

fn main() {}
