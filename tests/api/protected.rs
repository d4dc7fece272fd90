//! What protects a row that is there already: it is looked for by the row's key, before anything is locked.

use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm_testkit::{QueryCounter, TestDatabase};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "guarded")]
struct Maker {
    id: i64,
    #[field(unique)]
    code: Option<String>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "guarded")]
struct Tool {
    id: i64,
    #[field(on_delete = Protect, related_name = "tools")]
    maker: ForeignKey<Maker>,
}

/// A key to another field than the primary key, which can be NULL there.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "guarded")]
struct Sign {
    id: i64,
    #[field(on_delete = Protect, to_field = code, related_name = "signs")]
    maker: ForeignKey<Maker, String>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "guarded", primary_key = [row, place])]
struct Crate {
    row: i64,
    place: i64,
    #[field(version)]
    saves: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "guarded", primary_key = [row, place])]
struct Slot {
    row: i64,
    place: i64,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "guarded")]
struct Seal {
    id: i64,
    #[field(columns = ["crate_row", "crate_place"], on_delete = Protect, related_name = "seals")]
    of: ForeignKey<Crate>,
    #[field(columns = ["slot_row", "slot_place"], on_delete = Protect, related_name = "seals")]
    slot: Option<ForeignKey<Slot>>,
    /// Nothing in the database refuses this one.
    #[field(on_delete = Protect, db_constraint = false, related_name = "seals")]
    maker: Option<ForeignKey<Maker>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "guarded")]
struct Item {
    id: i64,
    #[field(columns = ["slot_row", "slot_place"], on_delete = Cascade, related_name = "items")]
    slot: ForeignKey<Slot>,
}

/// Nothing refers to it but what protects it.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "guarded")]
struct Room {
    id: i64,
    name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "guarded")]
struct Lamp {
    id: i64,
    #[field(on_delete = Protect, related_name = "lamps")]
    room: ForeignKey<Room>,
}

async fn guarded() -> Result<TestDatabase, Box<dyn std::error::Error + Send + Sync>> {
    Ok(database!("guarded": Maker, Tool, Sign, Crate, Slot, Seal, Item, Room, Lamp))
}

#[tokio::test]
async fn a_refusal_is_one_statement_and_locks_nothing() -> Outcome {
    let db = guarded().await?;
    let slot = draft!(Slot { row: 1, place: 2 }).save(&db).await?;
    let sealed = draft!(Crate { row: 1, place: 2 }).save(&db).await?;
    let seal = draft!(Seal { of: &sealed, slot: Some((1, 2)) }).save(&db).await?;
    draft!(Item { slot: &slot }).save(&db).await?;
    let tx = db.begin().await?;
    let counter = QueryCounter::new(&db);
    let error = slot.clone().delete(&tx).await.expect_err("a seal");
    let expected = r#"SELECT "id" FROM "guarded_seal" WHERE ("slot_row", "slot_place") IN "#;
    let statements = counter.statements();
    assert!(matches!(&*statements, [one] if one.starts_with(expected)), "{statements:?}");
    says(&error, &["cannot delete `Slot`", "`Seal`", "`slot`", "`Protect`"]);
    let Error::Protected(error) = error else { panic!("{error:?}") };
    assert_eq!((&error.rows[0].keys, error.rows[0].total), (&vec![seal.id.to_string()], 1));
    // The transaction goes on. What the row protects no more goes with what is counted, and is not
    // looked for twice.
    seal.delete(&tx).await?;
    let counter = QueryCounter::new(&db);
    assert_eq!(slot.delete(&tx).await?.by_model, [("Slot", 1), ("Item", 1)]);
    let statements = counter.statements();
    let seals = statements.iter().filter(|sql| sql.contains("guarded_seal")).count();
    assert_eq!((seals, statements.len()), (1, 5), "{statements:?}");
    tx.commit().await?;
    Ok(())
}

#[tokio::test]
async fn what_is_only_protected_goes_by_one_plain_delete() -> Outcome {
    let db = guarded().await?;
    let room = draft!(Room { name: "dark" }).save(&db).await?;
    let lamp = draft!(Lamp { room: &room }).save(&db).await?;
    let error = room.clone().delete(&db).await.expect_err("a lamp");
    says(&error, &["cannot delete `Room`", "`Lamp`"]);
    lamp.delete(&db).await?;
    let counter = QueryCounter::new(&db);
    assert_eq!(room.clone().delete(&db).await?.by_model, [("Room", 1)]);
    assert_eq!(
        counter.statements(),
        [
            r#"SELECT "id" FROM "guarded_lamp" WHERE "room_id" = ANY($1)"#,
            r#"DELETE FROM "guarded_room" AS t0 WHERE t0."id" = $1"#,
        ]
    );
    // Rows of a query set are locked first: their keys are not known before.
    let counter = QueryCounter::new(&db);
    assert_eq!(Room::objects().delete(&db).await?.total, 0);
    assert!(counter.statements().iter().any(|sql| sql.contains("FOR UPDATE")));
    let nameless = draft!(Maker { code: None }).save(&db).await?;
    let named = draft!(Maker { code: "acme" }).save(&db).await?;
    draft!(Sign { maker: &named }).save(&db).await?;
    let error = named.delete(&db).await.expect_err("a sign");
    says(&error, &["`Sign`", "`maker`"]);
    // Nothing refers to NULL, so that there is nothing to look for there.
    let counter = QueryCounter::new(&db);
    assert_eq!(nameless.clone().delete(&db).await?.total, 1);
    assert!(counter.statements().iter().all(|sql| !sql.contains("guarded_sign")));
    assert_eq!(nameless.delete(&db).await?.total, 0);
    Ok(())
}

#[tokio::test]
async fn what_the_server_does_not_know_is_looked_for_under_the_lock() -> Outcome {
    let db = guarded().await?;
    let maker = draft!(Maker { code: "low" }).save(&db).await?;
    let at = draft!(Crate { row: 5, place: 6 }).save(&db).await?;
    draft!(Seal { of: &at, maker: Some(maker.id) }).save(&db).await?;
    let counter = QueryCounter::new(&db);
    let error = maker.delete(&db).await.expect_err("a seal");
    says(&error, &["`Seal`", "`maker`"]);
    let statements = counter.statements();
    let place = |part: &str| statements.iter().position(|sql| sql.contains(part));
    assert!(place("FOR UPDATE") < place("guarded_seal"), "{statements:?}");
    // Where somebody has saved the row in between, that is said, and not what protects it.
    let mut newer = at.clone();
    newer.save(&db).await?;
    let error = at.delete(&db).await.expect_err("an old row");
    assert!(matches!(error, Error::Stale { .. }), "{error:?}");
    let error = newer.delete(&db).await.expect_err("a seal");
    assert!(matches!(error, Error::Protected(_)), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn what_comes_after_it_was_looked_is_refused_by_the_server() -> Outcome {
    let db = guarded().await?;
    db.batch_execute(
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         INSERT INTO guarded_tool (maker_id) VALUES (OLD.id); RETURN OLD; END $$; \
         CREATE TRIGGER late BEFORE DELETE ON guarded_maker \
         FOR EACH ROW EXECUTE FUNCTION late()",
    )
    .await?;
    let maker = draft!(Maker { code: "late" }).save(&db).await?;
    let error = maker.delete(&db).await.expect_err("a tool");
    says(&error, &["`Tool`", "`maker`", "`Protect`"]);
    let Error::Protected(error) = error else { panic!("{error:?}") };
    assert_eq!((error.rows[0].total, error.rows[0].keys.len()), (0, 0));
    assert_eq!(Maker::objects().count(&db).await?, 1);
    Ok(())
}
