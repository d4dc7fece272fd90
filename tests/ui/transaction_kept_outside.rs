#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    let mut kept = None;
    db.transaction(async |tx| {
        kept = Some(tx);
        Ok(())
    })
    .await?;
    drop(kept);
    Ok(())
}

fn main() {}
