#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query(limit: f32) {
    let _ = Review::objects().filter(|r| r.book().price().lt(limit));
}

fn main() {}
