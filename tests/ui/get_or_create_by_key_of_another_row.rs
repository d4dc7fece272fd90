#[path = "library/mod.rs"]
mod library;
use library::*;

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Bio {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "bio")]
    pub author: OneToOne<Author>,
}

pub async fn run(db: &impl Executor) -> Result<()> {
    Author::objects().get_or_create(db, |a| a.bio(), draft!(Author { name: "a" })).await?;
    Ok(())
}

fn main() {}
