use orm::prelude::*;

#[derive(Model)]
pub struct Book<'a> {
    pub id: i64,
    pub title: &'a str,
}

fn main() {}
