use orm::prelude::*;

#[derive(Model)]
struct Page {
    id: i64,
    #[field(version)]
    version: i32,
    #[field(version)]
    saves: i32,
}

fn main() {}
