#[path = "library/mod.rs"]
mod library;
use library::*;

#[derive(Model, Clone, Debug)]
pub struct Venue {
    pub id: i64,
    #[field(validators(min(18)))]
    pub age: i32,
}

fn main() {}
