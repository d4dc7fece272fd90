#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let review: ForeignKey<Review> = ForeignKey::from(&todo!());
    let _ = Book::objects().filter(|b| b.author().eq(review));
}

fn main() {}
