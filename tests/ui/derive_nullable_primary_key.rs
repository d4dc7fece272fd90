use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    #[field(primary_key)]
    pub code: Option<String>,
}

fn main() {}
