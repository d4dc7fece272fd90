use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(default = None)]
    pub pages: i32,
}

fn main() {}
