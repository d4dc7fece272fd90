use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(db_default = None)]
    pub pages: i32,
}

fn main() {}
