//! What the compiler says by itself of models that extend others.
#![allow(unused)]

use orm::prelude::*;

#[derive(Model, Debug)]
pub struct Place {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Debug)]
#[model(extends = Place)]
pub struct Bar {
    pub place: Place,
    pub stools: i32,
}

#[derive(Model, Debug)]
pub struct Visit {
    pub id: i64,
    #[field(on_delete = Cascade)]
    pub bar: ForeignKey<Bar>,
}

pub async fn a_draft_with_a_field_that_is_nowhere(db: &Database) -> Result<()> {
    draft!(Bar { name: "x", stools: 3, chairs: 4 }).save(db).await?;
    Ok(())
}

pub async fn a_field_that_is_nowhere() -> QuerySet<Bar> {
    Bar::objects().filter(|b| b.chairs().eq(3))
}

pub async fn a_field_that_only_the_other_side_has() -> QuerySet<Place> {
    Place::objects().filter(|p| p.stools().eq(3))
}

fn main() {}
