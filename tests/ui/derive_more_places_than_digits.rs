use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    #[field(max_digits = 2, decimal_places = 5)]
    pub price: Decimal,
}

fn main() {}
