#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor, author: Author) -> Result<()> {
    Book::objects().copy_in(db, [draft!(Book { title: "x", author: &author })]).await?;
    Ok(())
}

fn main() {}
