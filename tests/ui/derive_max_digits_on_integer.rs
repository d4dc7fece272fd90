use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(max_digits = 5, decimal_places = 2)]
    pub pages: i32,
}

fn main() {}
