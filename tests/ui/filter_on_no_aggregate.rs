#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Author::objects().annotate(|a| a.name().filter(a.rating().gt(1.0)));
}

fn main() {}
