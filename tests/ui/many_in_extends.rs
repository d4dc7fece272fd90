//! What is wrong with models that extend others.
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

#[derive(Subclasses)]
pub enum Kind {
    Bar(Bar),
    Visit(Visit),
}

pub async fn a_draft_without_a_field_of_the_other(db: &Database) -> Result<()> {
    draft!(Bar { stools: 3 }).save(db).await?;
    Ok(())
}

pub async fn a_wrong_type_for_a_field_of_the_other() -> QuerySet<Bar> {
    Bar::objects().filter(|b| b.name().eq(3))
}

pub async fn subclasses_of_another_model() -> QuerySet<Place, Kind> {
    Place::objects().select_subclasses::<Kind>()
}

pub async fn subclasses_without_an_enum() -> QuerySet<Place, Bar> {
    Place::objects().select_subclasses::<Bar>()
}

pub async fn keep_parents_of_a_model_that_has_none(place: Place, db: &Database) -> Result<()> {
    place.delete_keep_parents(db).await?;
    Ok(())
}

pub async fn a_key_is_that_of_the_other_model(db: &Database, place: &Place) -> Result<()> {
    draft!(Visit { bar: place }).save(db).await?;
    Ok(())
}

fn main() {}
