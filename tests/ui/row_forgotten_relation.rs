#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    for book in Book::objects().all(db).await? {
        println!("{}", book.author.name);
    }
    Ok(())
}

fn main() {}
