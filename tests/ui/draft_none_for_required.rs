#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    draft!(Tag { name: None }).save(db).await?;
    Ok(())
}

fn main() {}
