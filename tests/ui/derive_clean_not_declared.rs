#[path = "library/mod.rs"]
mod library;
use library::*;

use orm::validation::{Clean, Errors};

#[derive(Model, Clone, Debug)]
pub struct Venue {
    pub id: i64,
}

impl Clean for Venue {
    fn clean(&mut self, _: &mut Errors) {}
}

fn main() {}
