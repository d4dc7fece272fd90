//! Generic relations in all their forms: none at all, one for each, wide keys, several in a model.

use crate::support::{Outcome, database, says};
use orm::params;
use orm::prelude::*;
use orm_testkit::assert_num_queries;

pub mod models {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "desk")]
    pub struct Person {
        pub id: i64,
        pub name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "desk")]
    pub struct Firm {
        pub id: i64,
        pub title: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "desk", primary_key = [row, place])]
    pub struct Shelf {
        pub row: i32,
        pub place: i32,
        pub label: String,
    }

    #[derive(GenericForeignKey, Clone, Debug, PartialEq)]
    pub enum Party {
        Person(ForeignKey<Person>),
        #[field(on_delete = Protect, column = "{field}_company")]
        Firm(ForeignKey<Firm>),
    }

    /// Several keys in one model, of which one may be missing.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "desk")]
    pub struct Letter {
        #[field(generic, on_delete = Cascade, related_name = "sent")]
        pub sender: Party,
        pub id: i64,
        #[field(generic, on_delete = SetNull, related_name = "received", related_query_name = "letter")]
        pub receiver: Option<Party>,
        pub text: String,
    }

    #[derive(GenericForeignKey, Clone, Debug, PartialEq)]
    pub enum Place {
        #[field(columns = ["{field}_row", "{field}_place"])]
        Shelf(ForeignKey<Shelf>),
        Desk(OneToOne<Person>),
        Within(ForeignKey<Thing>),
    }

    /// A wide key, one for each row, and one to the model itself.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "desk", ordering = [name])]
    pub struct Thing {
        pub id: i64,
        pub name: String,
        #[field(generic, on_delete = Cascade, related(shelf: Shelf = "things", desk: Person = "on_desk", within: Thing = "inside"))]
        pub at: Place,
    }
}
use models::*;

async fn rows(db: &Database) -> Result<()> {
    let ann = draft!(Person { name: "Ann" }).save(db).await?;
    let firm = draft!(Firm { title: "Co" }).save(db).await?;
    let letters = [
        draft!(Letter { sender: &ann, receiver: &firm, text: "1" }),
        draft!(Letter { sender: &firm, receiver: Some(&ann), text: "2" }),
        draft!(Letter { sender: &ann, receiver: None, text: "3" }),
        draft!(Letter { sender: &ann, text: "4" }),
    ];
    Letter::objects().bulk_create(db, letters).await?;
    let shelf = draft!(Shelf { row: 1, place: 2, label: "a" }).save(db).await?;
    let box_ = draft!(Thing { name: "box", at: &shelf }).save(db).await?;
    draft!(Thing { name: "pen", at: Place::from(&box_) }).save(db).await?;
    draft!(Thing { name: "lamp", at: OneToOne::from(&ann) }).save(db).await?;
    Ok(())
}

async fn opened() -> std::result::Result<orm_testkit::TestDatabase, orm_testkit::TestError> {
    use shared::Ticket;
    Ok(database!("generic_forms": Person, Firm, Shelf, Letter, Thing, Ticket; rows))
}

fn plain(sql: Result<String>) -> Result<String> {
    Ok(sql?.replace('"', ""))
}

#[test]
fn tables_have_the_columns_of_each_key() -> Outcome {
    let models = [Person::meta(), Firm::meta(), Shelf::meta(), Letter::meta(), Thing::meta()];
    let sql = orm::tables::create_tables_sql_of(&models)?.join("\n").replace('"', "");
    for part in [
        "sender_person_id bigint,\n    sender_company bigint,\n    id bigint GENERATED",
        "receiver_person_id bigint,\n    receiver_company bigint,\n    text text NOT NULL",
        "CONSTRAINT desk_letter_sender_one CHECK (num_nonnulls(sender_person_id, sender_company) = 1)",
        "CONSTRAINT desk_letter_receiver_one CHECK (num_nonnulls(receiver_person_id, receiver_company) <= 1)",
        "FOREIGN KEY (sender_person_id) REFERENCES desk_person (id) ON DELETE CASCADE",
        "FOREIGN KEY (receiver_person_id) REFERENCES desk_person (id) ON DELETE SET NULL",
        "FOREIGN KEY (receiver_company) REFERENCES desk_firm (id) ON DELETE RESTRICT",
        "FOREIGN KEY (at_row, at_place) REFERENCES desk_shelf (row, place) ON DELETE CASCADE",
        "UNIQUE (at_desk_id)",
        "CONSTRAINT desk_thing_at_one CHECK (num_nonnulls(at_row, at_desk_id, at_within_id) = 1 AND ((at_row IS NULL \
         AND at_place IS NULL) OR (at_row IS NOT NULL AND at_place IS NOT NULL)))",
    ] {
        assert!(sql.contains(part), "`{part}` is not in: {sql}");
    }
    Ok(())
}

#[tokio::test]
async fn a_key_may_be_missing() -> Outcome {
    let db = opened().await?;
    let letters = Letter::objects().order_by(|l| l.text());
    let rows = letters.clone().all(&db).await?;
    assert!(matches!(rows[0].receiver, Some(Party::Firm(_))));
    assert!(matches!(rows[1].receiver, Some(Party::Person(_))));
    assert_eq!((&rows[2].receiver, &rows[3].receiver), (&None, &None));
    let row: Option<PartyRow> = assert_num_queries!(db, 1, rows[0].receiver.fetch(&db).await?);
    assert!(matches!(row, Some(PartyRow::Firm(firm)) if firm.title == "Co"));
    assert_eq!(assert_num_queries!(db, 0, rows[2].receiver.fetch(&db).await?), None);
    let found = letters.clone().prefetch_related(|l| (l.sender(), l.receiver()));
    let found: Vec<(Letter, (PartyRow, Option<PartyRow>))> =
        assert_num_queries!(db, 5, found.all(&db).await?);
    assert!(matches!(&found[2].1, (PartyRow::Person(_), None)));
    let joined = letters.clone().select_related(|l| (l.sender(), l.receiver()));
    assert_eq!(assert_num_queries!(db, 1, joined.all(&db).await?), found);
    let missing = letters.clone().filter(|l| l.receiver().isnull(true));
    assert!(
        plain(missing.sql())?.contains(
            "WHERE t0.receiver_person_id IS NULL AND t0.receiver_company IS NULL ORDER BY"
        )
    );
    assert_eq!(missing.count(&db).await?, 2);
    assert_eq!(letters.clone().filter(|l| l.receiver().isnull(false)).count(&db).await?, 2);
    let ann = Person::objects().get(&db).await?;
    assert_eq!(letters.clone().filter(|l| l.receiver().ne(&ann)).count(&db).await?, 3);
    let receivers = letters.clone().values(|l| l.receiver()).all(&db).await?;
    assert_eq!(receivers[1..3], [Some(Party::from(&ann)), None]);
    letters.clone().update(&db, |l| l.receiver().set(&ann)).await?;
    assert_eq!(ann.received().count(&db).await?, 4);
    ann.received().remove(&db, [rows[0].id]).await?;
    assert_eq!(ann.received().count(&db).await?, 3);
    letters.clone().update(&db, |l| l.receiver().set(None::<Party>)).await?;
    assert_eq!(letters.filter(|l| l.receiver().isnull(true)).count(&db).await?, 4);
    let made = ann.received().create(&db, draft!(Letter { sender: &ann, text: "5" })).await?;
    assert_eq!(made.receiver, Some(Party::from(&ann)));
    assert_eq!(Person::objects().filter(|p| p.letter().text().eq("5")).count(&db).await?, 1);
    assert_eq!(Person::objects().filter(|p| p.sent().text().eq("5")).count(&db).await?, 1);
    Ok(())
}

#[tokio::test]
async fn each_key_and_kind_has_an_on_delete_of_its_own() -> Outcome {
    let db = opened().await?;
    let firm = Firm::objects().get(&db).await?;
    let error = firm.delete(&db).await.expect_err("it has letters");
    assert!(matches!(&error, Error::Protected(_)), "{error:?}");
    Letter::objects().filter(|l| l.text().ne("2")).delete(&db).await?;
    Thing::objects().delete(&db).await?;
    // Of the letter that is left Ann is the receiver.
    let deleted = Person::objects().get(&db).await?.delete(&db).await?;
    assert_eq!(deleted.total, 1);
    assert_eq!(Letter::objects().get(&db).await?.receiver, None);
    Ok(())
}

#[tokio::test]
async fn keys_are_wide_of_one_row_each_and_of_the_model_itself() -> Outcome {
    let db = opened().await?;
    let things = Thing::objects().prefetch_related(|t| t.at());
    let things = assert_num_queries!(db, 4, things.all(&db).await?);
    let places = things.iter().map(|(thing, at)| match at {
        PlaceRow::Shelf(shelf) => format!("{} {}.{}", thing.name, shelf.row, shelf.place),
        PlaceRow::Desk(person) => format!("{} {}", thing.name, person.name),
        PlaceRow::Within(outer) => format!("{} {}", thing.name, outer.name),
    });
    assert_eq!(places.collect::<Vec<_>>(), ["box 1.2", "lamp Ann", "pen box"]);
    let shelf = Shelf::objects().get(&db).await?;
    assert_eq!(shelf.things().get(&db).await?.name, "box");
    assert_eq!(Thing::objects().filter(|t| t.at().eq(&shelf)).count(&db).await?, 1);
    let ann = Person::objects().get(&db).await?;
    assert_eq!(ann.on_desk().get(&db).await?.name, "lamp");
    let with = Person::objects().select_related(|p| p.on_desk()).get(&db).await?;
    assert_eq!(with.1.map(|thing| thing.name), Some("lamp".to_owned()));
    let outer = Thing::objects().filter(|t| t.inside().name().eq("pen")).get(&db).await?;
    assert_eq!(outer.name, "box");
    let far = Thing::objects().filter(|t| t.at().within().at().shelf().label().eq("a"));
    assert_eq!(far.get(&db).await?.name, "pen");
    let second = draft!(Thing { name: "cup", at: &ann }).save(&db).await;
    assert!(matches!(second, Err(Error::Unique(_))));
    let half = db.execute("UPDATE desk_thing SET at_place = NULL", params![]).await;
    says(&half.expect_err("half a key"), &["desk_thing_at_one"]);
    // The pen goes with the box, the box with the shelf.
    assert_eq!(shelf.delete(&db).await?.total, 3);
    Ok(())
}

/// A generic key in a shared struct.
mod shared {
    use super::models::Party;
    use orm::prelude::*;

    #[derive(ModelFields, Clone, Debug, PartialEq)]
    pub struct Owned {
        #[field(generic, on_delete = Cascade)]
        pub owner: Party,
        #[field(default = 1)]
        pub number: i32,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "desk")]
    pub struct Ticket {
        pub id: i64,
        #[model(flatten)]
        pub owned: Owned,
    }
}

#[tokio::test]
async fn a_shared_struct_has_a_generic_key() -> Outcome {
    use shared::{HasOwned as _, OwnedPaths as _, Ticket};
    let db = opened().await?;
    let ann = draft!(Person { name: "Zoe" }).save(&db).await?;
    let ticket = draft!(Ticket { owner: &ann, number: 2 }).save(&db).await?;
    assert_eq!(ticket.owned().owner, Party::from(&ann));
    let of_ann = Ticket::objects().filter(|t| t.owner().person().name().eq("Zoe"));
    assert!(plain(of_ann.sql())?.contains("ON t1.id = t0.owner_person_id"));
    assert_eq!(of_ann.prefetch_related(|t| t.owned().owner()).get(&db).await?.0, ticket);
    assert_eq!(ann.delete(&db).await?.total, 2);
    Ok(())
}
