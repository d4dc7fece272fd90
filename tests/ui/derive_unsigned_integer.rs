use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    pub pages: u32,
}

fn main() {}
