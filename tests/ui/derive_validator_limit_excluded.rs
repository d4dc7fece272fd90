use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(validators(range(1..10)))]
    pub pages: i32,
}

fn main() {}
