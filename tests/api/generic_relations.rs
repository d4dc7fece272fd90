//! Generic relations: keys to rows of several models.

use crate::support::{Outcome, database, says, scalar};
use orm::params;
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_num_queries};

pub mod models {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "zoo", ordering = [common_name])]
    pub struct Animal {
        pub id: i64,
        #[field(max_length = 150)]
        pub common_name: String,
        #[field(max_length = 150)]
        pub latin_name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "zoo", ordering = [name])]
    pub struct Vegetable {
        pub id: i64,
        #[field(max_length = 150)]
        pub name: String,
        #[field(default = true)]
        pub is_yucky: bool,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "zoo")]
    pub struct Mineral {
        #[field(primary_key)]
        pub symbol: String,
        pub hardness: i32,
    }

    #[derive(GenericForeignKey, Clone, Debug, PartialEq)]
    pub enum Thing {
        Animal(ForeignKey<Animal>),
        Vegetable(ForeignKey<Vegetable>),
        Mineral(ForeignKey<Mineral>),
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "zoo", ordering = [tag])]
    pub struct TaggedItem {
        pub id: i64,
        pub tag: String,
        #[field(generic, on_delete = Cascade, related_name = "tags")]
        pub thing: Thing,
    }
}
use models::{
    Animal, Mineral, TaggedItem, TaggedItemOnThing as _, TaggedItemOnThingFields as _, Thing, ThingRow,
    Vegetable,
};

async fn opened() -> std::result::Result<TestDatabase, orm_testkit::TestError> {
    Ok(database!("generic": Animal, Vegetable, Mineral, TaggedItem; rows))
}

async fn rows(db: &Database) -> Result<()> {
    let lion = draft!(Animal { common_name: "Lion", latin_name: "Panthera leo" }).save(db).await?;
    let platypus =
        draft!(Animal { common_name: "Platypus", latin_name: "Ornithorhynchus anatinus" });
    let platypus = platypus.save(db).await?;
    draft!(Vegetable { name: "Eggplant" }).save(db).await?;
    let bacon = draft!(Vegetable { name: "Bacon", is_yucky: false }).save(db).await?;
    let quartz = draft!(Mineral { symbol: "Qz", hardness: 7 }).save(db).await?;
    lion.tags().create(db, draft!(TaggedItem { tag: "yellow" })).await?;
    lion.tags().create(db, draft!(TaggedItem { tag: "hairy" })).await?;
    platypus.tags().create(db, draft!(TaggedItem { tag: "fluffy" })).await?;
    draft!(TaggedItem { tag: "fatty", thing: &bacon }).save(db).await?;
    draft!(TaggedItem { tag: "salty", thing: Thing::from(&bacon) }).save(db).await?;
    draft!(TaggedItem { tag: "shiny", thing: Thing::Mineral((&quartz).into()) }).save(db).await?;
    draft!(TaggedItem { tag: "clearish", thing: ForeignKey::<Mineral>::new("Qz") }).save(db).await?;
    Ok(())
}

/// The SQL of a query set, without quotes.
fn plain(sql: Result<String>) -> Result<String> {
    Ok(sql?.replace('"', ""))
}

#[test]
fn there_is_a_key_for_each_kind_and_a_check() -> Outcome {
    let sql = orm::tables::create_tables_sql_of(&[
        Animal::meta(),
        Vegetable::meta(),
        Mineral::meta(),
        TaggedItem::meta(),
    ])?;
    let sql = sql.join("\n").replace('"', "");
    println!("{sql}");
    Ok(())
}

#[tokio::test]
async fn rows_are_read_and_written() -> Outcome {
    let db = opened().await?;
    let tags = TaggedItem::objects().all(&db).await?;
    println!("{tags:?}");
    Ok(())
}
