#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Author::objects().filter(|a| {
        exists(Review::objects().filter(|r| r.book().author().eq(a.id())))
    });
}

fn main() {}
