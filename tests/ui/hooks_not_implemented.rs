use orm::prelude::*;

#[derive(Model)]
#[model(hooks)]
struct Venue {
    id: i64,
    name: String,
}

fn main() {}
