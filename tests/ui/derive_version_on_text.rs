use orm::prelude::*;

#[derive(Model)]
struct Page {
    id: i64,
    #[field(version)]
    version: String,
    #[field(version)]
    saves: Option<i32>,
}

fn main() {}
