#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn titles() -> Vec<String> {
    Book::objects().filter(|b| b.in_print()).into_iter().map(|b| b.title).collect()
}

fn main() {}
