#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query(all: bool) {
    let _ = Book::objects().filter(|b| b.in_print() | all);
}

fn main() {}
