use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(validators(max_value(true)))]
    pub in_print: bool,
}

fn main() {}
