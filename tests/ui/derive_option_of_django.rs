#[path = "library/mod.rs"]
mod library;
use library::*;

#[derive(Model, Clone, Debug)]
pub struct Venue {
    pub id: i64,
    #[field(null = true)]
    pub age: i32,
}

fn main() {}
