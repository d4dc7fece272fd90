use orm::prelude::*;

fn short(text: &str) -> Result<(), ValidationError> {
    if text.len() < 3 { Ok(()) } else { Err("Too long.".into()) }
}

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(validators(short))]
    pub pages: i32,
}

fn main() {}
