//! Generic relations: keys to rows of several models.

use crate::support::{Outcome, database, says};
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
    Animal, Mineral, TaggedItem, TaggedItemOnThing as _, TaggedItemOnThingFields as _, Thing,
    ThingRow, Vegetable,
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
    draft!(TaggedItem { tag: "clearish", thing: ForeignKey::<Mineral>::new("Qz") })
        .save(db)
        .await?;
    Ok(())
}

/// The SQL of a query set, without quotes.
fn plain(sql: Result<String>) -> Result<String> {
    Ok(sql?.replace('"', ""))
}

#[test]
fn there_is_a_key_for_each_kind_and_a_check() -> Outcome {
    let models = [Animal::meta(), Vegetable::meta(), Mineral::meta(), TaggedItem::meta()];
    let sql = orm::tables::create_tables_sql_of(&models)?.join("\n").replace('"', "");
    for part in [
        "thing_animal_id bigint,\n    thing_vegetable_id bigint,\n    thing_mineral_id text,",
        "FOREIGN KEY (thing_animal_id) REFERENCES zoo_animal (id) ON DELETE CASCADE",
        "FOREIGN KEY (thing_vegetable_id) REFERENCES zoo_vegetable (id) ON DELETE CASCADE",
        "FOREIGN KEY (thing_mineral_id) REFERENCES zoo_mineral (symbol) ON DELETE CASCADE",
        "CONSTRAINT zoo_taggeditem_thing_one CHECK (num_nonnulls(thing_animal_id, thing_vegetable_id, \
         thing_mineral_id) = 1)",
        "ON zoo_taggeditem (thing_animal_id)",
        "ON zoo_taggeditem (thing_vegetable_id)",
        "ON zoo_taggeditem (thing_mineral_id)",
    ] {
        assert!(sql.contains(part), "`{part}` is not in: {sql}");
    }
    let names = TaggedItem::meta().fields.iter().map(|field| field.name);
    let names: Vec<_> = names.collect();
    assert_eq!(names, ["id", "tag", "thing_animal", "thing_vegetable", "thing_mineral"]);
    Ok(())
}

#[tokio::test]
async fn rows_are_read_and_written() -> Outcome {
    let db = opened().await?;
    let mut tags = assert_num_queries!(db, 1, TaggedItem::objects().all(&db).await?);
    let kinds: Vec<&str> = tags
        .iter()
        .map(|row| match &row.thing {
            Thing::Animal(_) => "animal",
            Thing::Vegetable(_) => "vegetable",
            Thing::Mineral(key) => {
                assert_eq!(key.pk(), "Qz");
                "mineral"
            }
        })
        .collect();
    assert_eq!(kinds.join(" "), "mineral vegetable animal animal vegetable mineral animal");
    // Another kind: all columns are written, in one statement.
    let bacon = Vegetable::objects().filter(|v| v.name().eq("Bacon")).get(&db).await?;
    let item = &mut tags[0];
    item.thing = Thing::from(&bacon);
    assert_num_queries!(db, 1, item.save(&db).await?);
    item.refresh(&db).await?;
    assert_eq!(item.thing, Thing::Vegetable(ForeignKey::new(bacon.id)));
    item.thing = ForeignKey::<Mineral>::new("Qz").into();
    item.save_fields(&db, |t| t.thing()).await?;
    item.refresh_fields(&db, |t| t.thing()).await?;
    assert_eq!(item.thing, Thing::Mineral(ForeignKey::new("Qz")));
    // Many at once.
    let lion = Animal::objects().filter(|a| a.common_name().eq("Lion")).get(&db).await?;
    let drafts = [
        draft!(TaggedItem { tag: "a", thing: &lion }),
        draft!(TaggedItem { tag: "b", thing: &bacon }),
        draft!(TaggedItem { tag: "c", thing: &item.thing }),
    ];
    let new = TaggedItem::objects().bulk_create(&db, drafts);
    let mut new: Vec<TaggedItem> = assert_num_queries!(db, 1, new.await?);
    assert_eq!(new[1].thing, Thing::from(&bacon));
    new[1].thing = Thing::from(&lion);
    TaggedItem::objects().bulk_update(&db, &new, |t| t.thing()).await?;
    assert_eq!(lion.tags().count(&db).await?, 4);
    let copy = draft!(TaggedItem { tag: "copy", ..new[2] }).save(&db).await?;
    assert_eq!(copy.thing, new[2].thing);
    Ok(())
}

#[tokio::test]
async fn the_database_refuses_none_and_several() -> Outcome {
    let db = opened().await?;
    let error = db.execute("INSERT INTO zoo_taggeditem (tag) VALUES ('none')", params![]).await;
    says(&error.expect_err("none is set"), &["zoo_taggeditem_thing_one"]);
    let both = "UPDATE zoo_taggeditem SET thing_animal_id = 1, thing_vegetable_id = 1";
    says(&db.execute(both, params![]).await.expect_err("both"), &["zoo_taggeditem_thing_one"]);
    let gone = draft!(TaggedItem { tag: "x", thing: ForeignKey::<Animal>::new(99) });
    assert!(matches!(gone.save(&db).await, Err(Error::ForeignKey(_))));
    // Rows of another program, which has no check.
    let check = "ALTER TABLE zoo_taggeditem DROP CONSTRAINT zoo_taggeditem_thing_one";
    db.execute(check, params![]).await?;
    db.execute(both, params![]).await?;
    let error = TaggedItem::objects().all(&db).await.expect_err("two keys");
    says(&error, &["TaggedItem", "thing_vegetable", "keys of several kinds"]);
    db.execute("UPDATE zoo_taggeditem SET thing_animal_id = NULL, thing_vegetable_id = NULL, thing_mineral_id = NULL", params![]).await?;
    let error = TaggedItem::objects().all(&db).await.expect_err("no key");
    says(&error, &["TaggedItem", "no key of any kind"]);
    Ok(())
}

#[tokio::test]
async fn rows_are_fetched_and_prefetched() -> Outcome {
    let db = opened().await?;
    let salty = TaggedItem::objects().filter(|t| t.tag().eq("salty")).get(&db).await?;
    let row: ThingRow = assert_num_queries!(db, 1, salty.thing.fetch(&db).await?);
    assert!(matches!(&row, ThingRow::Vegetable(vegetable) if vegetable.name == "Bacon"));
    // One statement a kind.
    let rows = TaggedItem::objects().prefetch_related(|t| t.thing());
    let rows: Vec<(TaggedItem, ThingRow)> = assert_num_queries!(db, 4, rows.all(&db).await?);
    let names = rows.iter().map(|(item, row)| {
        let name = match row {
            ThingRow::Animal(animal) => &animal.common_name,
            ThingRow::Vegetable(vegetable) => &vegetable.name,
            ThingRow::Mineral(mineral) => &mineral.symbol,
        };
        format!("{} {name}", item.tag)
    });
    assert_eq!(
        names.collect::<Vec<_>>().join(", "),
        "clearish Qz, fatty Bacon, fluffy Platypus, hairy Lion, salty Bacon, shiny Qz, yellow Lion"
    );
    // Of a kind that does not occur there is none.
    let animals = TaggedItem::objects().filter(|t| t.thing().is_animal());
    let animals = animals.prefetch_related(|t| t.thing());
    assert_eq!(assert_num_queries!(db, 2, animals.all(&db).await?).len(), 3);
    // Rows that are there already.
    let loaded = TaggedItem::objects().all(&db).await?;
    let loaded = assert_num_queries!(db, 3, prefetch(&db, loaded, |t| t.thing()).await?);
    assert_eq!(loaded, rows);
    // By joins.
    let joined = TaggedItem::objects().select_related(|t| t.thing());
    assert_eq!(assert_num_queries!(db, 1, joined.all(&db).await?), rows);
    let one = TaggedItem::objects().select_related(|t| t.thing().animal());
    let one: Vec<(TaggedItem, Option<Animal>)> = one.all(&db).await?;
    assert_eq!(one.iter().filter(|(_, animal)| animal.is_some()).count(), 3);
    let keys = TaggedItem::objects().values(|t| (t.tag(), t.thing())).first(&db).await?;
    assert_eq!(keys, Some(("clearish".into(), Thing::Mineral(ForeignKey::new("Qz")))));
    Ok(())
}

#[tokio::test]
async fn each_kind_is_prefetched_by_a_query_set_of_its_own() -> Outcome {
    let db = opened().await?;
    let rows = TaggedItem::objects().prefetch_related(|t| {
        let rows = t.thing().objects().animal(|a| a.prefetch_related(|a| a.tags()));
        rows.vegetable(|v| v.filter(|v| v.is_yucky().eq(true)))
            .mineral(|m| m.values(|m| m.hardness()))
    });
    // The animals, their tags, the vegetables, the minerals.
    let rows = assert_num_queries!(db, 5, rows.all(&db).await?);
    type Found = ThingRow<(Animal, Vec<TaggedItem>), Vegetable, i32>;
    let rows: Vec<(TaggedItem, Option<Found>)> = rows;
    let found = rows.iter().map(|(_, row)| match row {
        Some(ThingRow::Animal((animal, tags))) => format!("{} {}", animal.common_name, tags.len()),
        Some(ThingRow::Vegetable(vegetable)) => vegetable.name.clone(),
        Some(ThingRow::Mineral(hardness)) => hardness.to_string(),
        None => "-".to_owned(),
    });
    assert_eq!(found.collect::<Vec<_>>().join(", "), "7, -, Platypus 1, Lion 2, -, 7, Lion 2");
    Ok(())
}

#[tokio::test]
async fn paths_lead_through_the_kinds_and_back() -> Outcome {
    let db = opened().await?;
    let tags = |rows: QuerySet<TaggedItem>| rows.values(|t| t.tag());
    let all = TaggedItem::objects;
    let bacon = Vegetable::objects().filter(|v| v.name().eq("Bacon")).get(&db).await?;
    let lion = Animal::objects().filter(|a| a.common_name().eq("Lion")).get(&db).await?;
    let named = all().filter(|t| t.thing().animal().common_name().startswith("Pl"));
    assert!(plain(named.sql())?.contains(
        "JOIN zoo_animal AS t1 ON t1.id = t0.thing_animal_id WHERE t1.common_name LIKE $1"
    ));
    assert_eq!(tags(named).all(&db).await?, ["fluffy"]);
    let of = all().filter(|t| t.thing().eq(&bacon));
    assert!(plain(of.sql())?.contains("WHERE t0.thing_vegetable_id = $1 ORDER BY"));
    assert_eq!(tags(of).all(&db).await?, ["fatty", "salty"]);
    let quartz = Thing::Mineral(ForeignKey::new("Qz"));
    assert_eq!(tags(all().filter(|t| t.thing().eq(&quartz))).count(&db).await?, 2);
    assert_eq!(tags(all().filter(|t| t.thing().ne(&bacon))).count(&db).await?, 5);
    assert_eq!(tags(all().exclude(|t| t.thing().eq(&bacon))).count(&db).await?, 5);
    let some = all().filter(|t| t.thing().in_([quartz.clone(), Thing::from(&bacon)]));
    assert!(plain(some.sql())?.contains(
        "WHERE t0.thing_vegetable_id = ANY($1) OR t0.thing_mineral_id = ANY($2) ORDER BY"
    ));
    assert_eq!(tags(some).count(&db).await?, 4);
    assert_eq!(all().filter(|t| t.thing().in_([&lion])).count(&db).await?, 2);
    assert_eq!(all().filter(|t| t.thing().in_(Vec::<Thing>::new())).count(&db).await?, 0);
    let within =
        all().filter(|t| t.thing().animal().in_(Animal::objects().filter(|a| a.id().gt(0))));
    assert_eq!(within.count(&db).await?, 3);
    let kind = all().filter(|t| t.thing().is_mineral());
    assert!(plain(kind.sql())?.contains("WHERE t0.thing_mineral_id IS NOT NULL ORDER BY"));
    assert_eq!(tags(kind).all(&db).await?, ["clearish", "shiny"]);
    let by_name = all()
        .filter_names([("thing_animal__common_name", "Lion")], &["thing_animal__common_name"])?;
    assert_eq!(by_name.count(&db).await?, 2);
    // Back.
    assert_eq!(lion.tags().values(|t| t.tag()).all(&db).await?, ["hairy", "yellow"]);
    let tagged = Animal::objects().filter(|a| a.tags().tag().eq("fluffy"));
    assert!(
        plain(tagged.sql())?
            .contains("JOIN zoo_taggeditem AS t1 ON t1.thing_animal_id = t0.id WHERE t1.tag = $1")
    );
    assert_eq!(tagged.get(&db).await?.common_name, "Platypus");
    let counted = Vegetable::objects()
        .annotate(|v| v.tags().count())
        .values(|v| (v.name(), v.tags().count()));
    assert_eq!(counted.all(&db).await?, [("Bacon".to_owned(), 2), ("Eggplant".to_owned(), 0)]);
    let untagged = Vegetable::objects().filter(|v| v.tags().isnull(true));
    assert_eq!(untagged.get(&db).await?.name, "Eggplant");
    let with = Animal::objects().prefetch_related(|a| a.tags());
    let with = assert_num_queries!(db, 2, with.all(&db).await?);
    assert_eq!(with.iter().map(|(_, tags)| tags.len()).collect::<Vec<_>>(), [2, 1]);
    Ok(())
}

#[tokio::test]
async fn sets_create_and_take_over_and_updates_assign_all_columns() -> Outcome {
    let db = opened().await?;
    let bacon = Vegetable::objects().filter(|v| v.name().eq("Bacon")).get(&db).await?;
    let lion = Animal::objects().filter(|a| a.common_name().eq("Lion")).get(&db).await?;
    let made = bacon.tags().create(&db, draft!(TaggedItem { tag: "crispy" })).await?;
    assert_eq!(made.thing, Thing::from(&bacon));
    // What belonged to another kind belongs to this one.
    assert_num_queries!(db, 1, lion.tags().add(&db, [&made]).await?);
    assert_eq!((lion.tags().count(&db).await?, bacon.tags().count(&db).await?), (3, 2));
    let (row, created) = bacon
        .tags()
        .get_or_create(&db, |t| t.tag().eq("fatty"), draft!(TaggedItem { tag: "fatty" }))
        .await?;
    assert!(!created && row.thing == Thing::from(&bacon));
    let fatty = TaggedItem::objects().filter(|t| t.tag().eq("fatty"));
    let update = fatty.clone().update(&db, |t| t.thing().set(&lion));
    assert_eq!(assert_num_queries!(db, 1, update.await?), 1);
    assert_eq!(fatty.get(&db).await?.thing, Thing::from(&lion));
    // Within the draft of the other row.
    let potato = draft!(Vegetable {
        name: "Potato",
        tags: [draft!(TaggedItem { tag: "brown" }), draft!(TaggedItem { tag: "soft" })]
    });
    let potato = potato.save(&db).await?;
    assert_eq!(potato.tags().count(&db).await?, 2);
    Ok(())
}

#[tokio::test]
async fn rows_go_with_the_row_that_they_lead_to() -> Outcome {
    let db = opened().await?;
    let lion = Animal::objects().filter(|a| a.common_name().eq("Lion")).get(&db).await?;
    let deleted = lion.delete(&db).await?;
    assert_eq!((deleted.total, deleted.by_model), (3, vec![("Animal", 1), ("TaggedItem", 2)]));
    let deleted = Vegetable::objects().delete(&db).await?;
    assert_eq!(deleted.total, 4);
    assert_eq!(TaggedItem::objects().count(&db).await?, 3);
    // And not the other way round.
    assert_eq!(TaggedItem::objects().delete(&db).await?.total, 3);
    assert_eq!(Mineral::objects().count(&db).await?, 1);
    Ok(())
}
