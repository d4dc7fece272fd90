use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(validators(range("a"..="b")))]
    pub pages: i32,
}

fn main() {}
