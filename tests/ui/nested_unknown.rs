#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    draft!(Author { name: "x", boks: [draft!(Tag { name: "y" })] }).save(db).await?;
    Ok(())
}

fn main() {}
