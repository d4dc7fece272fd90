#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query(review: ForeignKey<Review>) {
    let _ = Book::objects().filter(|b| b.author().eq(review));
}

fn main() {}
