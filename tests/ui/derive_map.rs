#[path = "library/mod.rs"]
mod library;
use library::*;

#[derive(Model, Clone, Debug)]
pub struct Venue {
    pub id: i64,
    pub notes: std::collections::HashMap<String, i32>,
}

fn main() {}
