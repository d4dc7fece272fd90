//! What structs that models flatten cannot have, and what models cannot say of them.
#![allow(unused)]

use orm::prelude::*;

#[derive(Model)]
pub struct Author {
    pub id: i64,
    pub name: String,
}

#[derive(Model)]
pub struct Tag {
    pub id: i64,
    pub name: String,
}

#[derive(ModelFields)]
pub struct Timestamps {
    #[field(auto_now_add)]
    pub created: DateTime<Utc>,
}

#[derive(ModelFields)]
pub struct Owned {
    pub label: String,
    #[field(on_delete = Cascade)]
    pub author: ForeignKey<Author>,
    #[model(flatten)]
    pub times: Timestamps,
}

#[derive(ModelFields)]
pub struct Keyed {
    pub id: i64,
}

#[derive(Model)]
pub struct Article {
    pub id: i64,
    #[model(flatten)]
    pub owned: Owned,
}

fn newest<M: HasTimestamps>() -> QuerySet<M> {
    M::objects().order_by(|m| m.created().desc())
}

pub fn not_flattened() {
    newest::<Tag>();
}

pub fn nested_and_not_said() {
    newest::<Article>();
}

pub async fn draft_without(db: &Database) -> Result<()> {
    draft!(Article { author: 1 }).save(db).await?;
    Ok(())
}

pub async fn draft_of_another_type(db: &Database) -> Result<()> {
    draft!(Article { author: 1, label: 5 }).save(db).await?;
    Ok(())
}

pub async fn latest_by_nothing(db: &Database) -> Result<()> {
    Article::objects().latest(db).await?;
    Ok(())
}

pub fn reverse_of_another(author: &Author) {
    author.owned_set::<Tag>();
}

impl Hooks for Owned {}

#[queryset]
impl<M> QuerySet<M> {
    pub fn all_of_them(self) -> Self {
        self
    }
}

fn main() {}
