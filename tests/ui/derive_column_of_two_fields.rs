use orm::prelude::*;

#[derive(Column)]
pub struct Money {
    pub cents: i64,
    pub currency: String,
}

fn main() {}
