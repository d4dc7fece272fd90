#[path = "library/mod.rs"]
mod library;
use library::*;

#[derive(Model, Clone, Debug)]
#[model(unique_together = [id, age])]
pub struct Venue {
    pub id: i64,
    pub age: i32,
}

fn main() {}
