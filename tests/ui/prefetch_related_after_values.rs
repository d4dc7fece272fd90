#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Author::objects().values(|a| a.name()).prefetch_related(|a| a.books());
}

fn main() {}
