#[path = "library/mod.rs"]
mod library;
use library::*;

#[derive(Model, Clone, Debug)]
pub struct Venue {
    pub id: i64,
    pub age: i32,
}

#[derive(Choices, Clone, Copy, Debug)]
pub enum Kind {
    #[choice("o")]
    Open,
    #[choice("c")]
    Closed(i32),
}

fn main() {}
