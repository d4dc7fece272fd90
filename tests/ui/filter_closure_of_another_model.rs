#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().filter(|_| Author::q(|a| a.name().eq("Lem")));
}

fn main() {}
