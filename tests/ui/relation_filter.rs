#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Author::objects().prefetch_related(|a| a.books().filter(|b| b.in_print()));
}

fn main() {}
