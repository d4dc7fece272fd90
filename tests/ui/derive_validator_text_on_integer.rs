use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(validators(email))]
    pub pages: i32,
}

fn main() {}
