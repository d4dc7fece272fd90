//! Rows of models that extend others are saved, updated, created in bulk and deleted: those of all tables.

use super::inheritance::{Place, Restaurant, Supplier, Table, Trattoria, Visit, town};
use crate::support::{Outcome, in_order, says};
use orm::prelude::*;
use orm_testkit::{QueryCounter, assert_rows};

#[tokio::test]
async fn rows_are_saved_in_all_tables_by_one_statement() -> Outcome {
    let db = town().await?;
    let mut miron = Trattoria::objects().get(&db).await?;
    miron.name = "Miron".into();
    miron.rating = 5;
    miron.serves_gnocchi = false;
    let counter = QueryCounter::new(&db);
    miron.save(&db).await?;
    counter.expect(1)?;
    assert_eq!(Trattoria::objects().get(&db).await?, miron);
    assert_eq!(Place::objects().filter(|p| p.name().eq("Miron")).count(&db).await?, 1);
    assert_eq!(Restaurant::objects().filter(|p| p.rating().eq(5)).count(&db).await?, 1);
    // Some fields only.
    miron.address = "Elm".into();
    miron.rating = 6;
    miron.save_fields(&db, |t| t.address()).await?;
    let read = Trattoria::objects().get(&db).await?;
    assert_eq!((read.address.as_str(), read.rating), ("Elm", 5));
    miron
        .update(&db, |t| (t.visits().set(t.visits() + t.rating()), t.serves_gnocchi().set(true)))
        .await?;
    assert_eq!((miron.visits, miron.serves_gnocchi, miron.rating), (5, true, 5));
    let mut tracked = orm::Tracked::new(miron);
    tracked.name = "M".into();
    assert_eq!(tracked.changed(), ["name"]);
    let counter = QueryCounter::new(&db);
    tracked.save(&db).await?;
    let sql = counter.statements().remove(0);
    assert!(!sql.contains("UPDATE \"town_restaurant\""), "{sql}");
    let mut read = Trattoria::objects().get(&db).await?;
    assert_eq!(read, tracked.into_inner());
    read.refresh(&db).await?;
    read.delete(&db).await?;
    Ok(())
}

#[tokio::test]
async fn query_sets_update_the_columns_of_all_tables() -> Outcome {
    let db = town().await?;
    let counter = QueryCounter::new(&db);
    let changed = Restaurant::objects()
        .filter(|r| r.name().startswith("Demon"))
        .update(&db, |r| (r.address().set("new"), r.rating().set(r.rating() + 1)))
        .await?;
    assert_eq!(changed, 1);
    counter.expect(1)?;
    in_order(
        &counter.statements()[0],
        &[
            "WITH d0 AS (SELECT t0.\"place_ptr_id\" AS c0",
            "FROM \"town_restaurant\" AS t0 JOIN \"town_place\" AS t1",
            "FOR NO KEY UPDATE OF t1, t0)",
            "UPDATE \"town_place\"",
            "UPDATE \"town_restaurant\"",
        ],
    );
    let read = Restaurant::objects().filter(|r| r.code().eq("dd")).get(&db).await?;
    assert_eq!((read.address.as_str(), read.rating), ("new", 3));
    // Columns of the other table only, by a condition on this one, and the other way round.
    assert_eq!(
        Restaurant::objects()
            .filter(|r| r.serves_pizza().eq(true))
            .update(&db, |r| r.visits().set(9))
            .await?,
        1
    );
    assert_eq!(Place::objects().filter(|p| p.visits().eq(9)).count(&db).await?, 1);
    assert_eq!(
        Trattoria::objects()
            .filter(|t| t.visits().eq(9))
            .update(&db, |t| t.serves_gnocchi().set(false))
            .await?,
        1
    );
    // Three tables, values over a relation and of the other table.
    let changed = Trattoria::objects()
        .update(&db, |t| {
            (
                t.name().set(t.code()),
                t.rating().set(t.visits()),
                t.serves_gnocchi().set(t.rating().gt(1)),
            )
        })
        .await?;
    assert_eq!(changed, 1);
    let read = Trattoria::objects().get(&db).await?;
    assert_eq!((read.name.as_str(), read.rating, read.serves_gnocchi), ("rm", 9, true));
    assert_eq!(
        Restaurant::objects()
            .filter(|r| r.name().eq("nobody"))
            .update(&db, |r| (r.name().set("x"), r.rating().set(1)))
            .await?,
        0
    );
    let chefs = Restaurant::objects()
        .filter(|r| r.chef().name().eq("Albert"))
        .update(&db, |r| r.name().set(coalesce((r.chef().name().upper(), "?"))))
        .await;
    assert_eq!(chefs?, 1);
    assert_eq!(Place::objects().filter(|p| p.name().eq("ALBERT")).count(&db).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_row_goes_with_its_rows_in_the_other_tables_and_what_refers_to_any_of_them() -> Outcome {
    let db = town().await?;
    let miron = Trattoria::objects().get(&db).await?;
    draft!(Visit { place: miron.pk(), guest: "Ann" }).save(&db).await?;
    draft!(Table { restaurant: miron.pk(), seats: 4 }).save(&db).await?;
    let supplier = draft!(Supplier { name: "Mill", address: "x" }).save(&db).await?;
    supplier.customers().add(&db, [miron.pk()]).await?;
    let gone = miron.delete(&db).await?;
    let mut counts = gone.by_model.clone();
    counts.sort_unstable();
    assert_eq!(
        counts,
        [
            ("Place", 1),
            ("Restaurant", 1),
            ("Supplier_customers", 1),
            ("Table", 1),
            ("Trattoria", 1),
            ("Visit", 1)
        ]
    );
    assert_eq!(Place::objects().count(&db).await?, 4);
    // From the other end.
    let gone = Place::objects().filter(|p| p.name().eq("Demon Dogs")).delete(&db).await?;
    let mut counts = gone.by_model.clone();
    counts.sort_unstable();
    assert_eq!(counts, [("Place", 1), ("Restaurant", 1)]);
    let gone = Supplier::objects().filter(|s| s.name().eq("Mill")).delete(&db).await?;
    assert_eq!(gone.total, 2);
    assert_eq!(Place::objects().count(&db).await?, 2);
    Ok(())
}

#[tokio::test]
async fn many_rows_are_created_and_updated_in_one_statement() -> Outcome {
    let db = town().await?;
    for count in [2_u32, 60] {
        let drafts = (0..count).map(|n| {
            draft!(Trattoria {
                name: format!("T{n}"),
                address: "x",
                serves_pizza: n % 2 == 0,
                code: format!("{count}-{n}"),
                serves_gnocchi: true,
            })
        });
        let counter = QueryCounter::new(&db);
        let made = Trattoria::objects().bulk_create(&db, drafts).await?;
        counter.expect(1)?;
        let codes: Vec<String> = made.iter().map(|t| t.code.clone()).collect();
        let wanted: Vec<String> = (0..count).map(|n| format!("{count}-{n}")).collect();
        assert_eq!(codes, wanted);
        let first = made[0].pk();
        let keys: Vec<i64> = made.iter().map(Model::pk).collect();
        assert_eq!(keys, (first..first + i64::from(count)).collect::<Vec<_>>());
        assert!(made.iter().all(|t| t.place.id == t.pk() && t.visits == 0));
        let read = Trattoria::objects()
            .filter(|t| t.pk().in_(keys))
            .order_by(|t| t.pk().asc())
            .all(&db)
            .await?;
        assert_eq!(read, made);
    }
    let mut rows = Trattoria::objects().filter(|t| t.code().startswith("60-")).all(&db).await?;
    for row in &mut rows {
        row.name = format!("{} again", row.name);
        row.rating = 3;
    }
    let counter = QueryCounter::new(&db);
    let changed = Trattoria::objects().bulk_update(&db, &rows, |t| (t.name(), t.rating())).await?;
    assert_eq!(changed, 60);
    counter.expect(1)?;
    let again = Trattoria::objects().filter(|t| t.name().endswith("again") & t.rating().eq(3));
    assert_eq!(again.count(&db).await?, 60);
    // Drafts that leave different columns to the database.
    let made = Restaurant::objects()
        .bulk_create(
            &db,
            [
                draft!(Restaurant { name: "a", address: "a", serves_pizza: true, code: "a1" }),
                draft!(Restaurant {
                    name: "b",
                    address: "b",
                    serves_pizza: true,
                    code: "a2",
                    rating: 9
                }),
                draft!(Restaurant {
                    name: concat(("c", "c")),
                    address: "c",
                    serves_pizza: true,
                    code: "a3"
                }),
            ],
        )
        .await?;
    let made: Vec<(&str, i32)> = made.iter().map(|r| (r.name.as_str(), r.rating)).collect();
    assert_eq!(made, [("a", 0), ("b", 9), ("cc", 0)]);
    Ok(())
}

#[tokio::test]
async fn a_conflict_leaves_nothing_behind() -> Outcome {
    let db = town().await?;
    let places = Place::objects().count(&db).await?;
    let twice = draft!(Restaurant { name: "x", address: "x", serves_pizza: true, code: "dd" });
    let error = twice.save(&db).await.expect_err("the code is there");
    assert!(matches!(error, Error::Unique(_)), "{error:?}");
    let negative =
        draft!(Restaurant { name: "x", address: "x", serves_pizza: true, code: "n", rating: -1 });
    let error = negative.save(&db).await.expect_err("a check");
    says(&error, &["rating_is_positive"]);
    assert_eq!(Place::objects().count(&db).await?, places);
    let error = Restaurant::objects()
        .bulk_create(
            &db,
            [draft!(Restaurant { name: "x", address: "x", serves_pizza: true, code: "dd" })],
        )
        .on_conflict_ignore()
        .await
        .expect_err("which table is it");
    says(&error, &["Restaurant", "several tables"]);
    let (row, created) = Restaurant::objects()
        .get_or_create(
            &db,
            |r| r.code(),
            draft!(Restaurant { name: "x", address: "x", serves_pizza: true, code: "dd" }),
        )
        .await?;
    assert_eq!((row.name.as_str(), created), ("Demon Dogs", false));
    let (row, created) = Restaurant::objects()
        .get_or_create(
            &db,
            |r| r.name(),
            draft!(Restaurant { name: "y", address: "x", serves_pizza: true, code: "y" }),
        )
        .await?;
    assert_eq!((row.name.as_str(), created), ("y", true));
    let (row, created) = Restaurant::objects()
        .update_or_create(
            &db,
            |r| r.code(),
            draft!(Restaurant { name: "z", address: "zz", serves_pizza: false, code: "y" }),
        )
        .await?;
    assert_eq!((row.name.as_str(), row.address.as_str(), created), ("z", "zz", false));
    // What is unique is found by another transaction's row as well, and the place goes again.
    let (_, created) = Restaurant::objects()
        .update_or_create(
            &db,
            |r| r.name(),
            draft!(Restaurant { name: "w", address: "w", serves_pizza: false, code: "w" }),
        )
        .await?;
    assert!(created);
    assert_eq!(Place::objects().count(&db).await?, places + 2);
    Ok(())
}

#[tokio::test]
async fn a_row_is_saved_or_inserted_in_all_tables() -> Outcome {
    let db = town().await?;
    let park = Place::objects().filter(|p| p.name().eq("Park")).get(&db).await?;
    // A place becomes a restaurant.
    let mut row = Restaurant {
        place: park.clone(),
        rating: 1,
        serves_pizza: true,
        code: "park".into(),
        chef: None,
    };
    row.name = "Park Inn".into();
    assert!(row.save_or_insert(&db).await?);
    assert_eq!(Restaurant::objects().filter(|r| r.pk().eq(park.id)).get(&db).await?, row);
    assert_eq!(Place::objects().filter(|p| p.name().eq("Park Inn")).count(&db).await?, 1);
    row.rating = 2;
    assert!(!row.save_or_insert(&db).await?);
    // And stops being one.
    let gone = row.delete_keep_parents(&db).await?;
    assert_eq!(gone.by_model, [("Restaurant", 1)]);
    assert_eq!(Place::objects().filter(|p| p.name().eq("Park Inn")).count(&db).await?, 1);
    Ok(())
}

#[tokio::test]
async fn rows_that_are_returned_are_those_that_go() -> Outcome {
    let db = town().await?;
    let counter = QueryCounter::new(&db);
    let cheap = Restaurant::objects().filter(|r| r.rating().lt(3) & r.name().startswith("Demon"));
    let gone = cheap.delete_returning(&db).await?;
    assert_eq!(gone.iter().map(|row| &*row.name).collect::<Vec<_>>(), ["Demon Dogs"]);
    let statements = counter.statements();
    // Rows of the outermost table first, as in updates, and then by their keys.
    in_order(
        &statements[1],
        &["SELECT t1.", "FROM \"town_restaurant\" AS t0 JOIN", " FOR UPDATE OF t1, t0"],
    );
    let later = statements.get(2..).unwrap_or_default();
    assert!(later.iter().all(|sql| !sql.contains("rating")), "{later:#?}");
    assert!(!Place::objects().filter(|p| p.name().eq("Demon Dogs")).exists(&db).await?);
    assert_rows!(Restaurant::objects().values(|r| r.name()).all(&db).await?, ["Ristorante Miron"]);
    let none = Restaurant::objects().filter(|r| r.rating().gt(99)).delete_returning(&db).await?;
    assert_eq!(none, []);
    Ok(())
}

/// With a version of its own, and the tenant of its rows.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "leased", ordering = [name])]
pub struct Building {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "leased", extends = Building, tenant = org, unique(fields = [org, code]))]
pub struct Office {
    pub building: Building,
    pub org: i64,
    pub code: String,
    #[field(default = 1)]
    pub floors: i32,
    #[field(version)]
    pub version: i32,
}

async fn offices(db: &Database) -> orm::Result<()> {
    // Names do not come in the order of the keys.
    for (org, name) in [(1, "Zeppelin"), (1, "Annex"), (2, "Mill"), (1, "Kiln")] {
        let own = db.for_tenant(i64::from(org));
        draft!(Office { name: name, code: name.to_lowercase() }).save(&own).await?;
    }
    Ok(())
}

async fn leased() -> std::result::Result<orm_testkit::TestDatabase, orm_testkit::TestError> {
    Ok(crate::support::database!("leased": Building, Office; offices))
}

#[tokio::test]
async fn the_ordering_of_the_other_model_is_that_of_first_last_and_slices() -> Outcome {
    let db = leased().await?;
    let own = db.for_tenant(1_i64);
    let name = |row: Option<Office>| row.map(|row| row.name.clone());
    let offices = Office::objects();
    assert_eq!(name(offices.first(&own).await?).as_deref(), Some("Annex"));
    assert_eq!(name(offices.last(&own).await?).as_deref(), Some("Zeppelin"));
    let some = offices.clone().slice(1..3).all(&own).await?;
    assert_eq!(some.iter().map(|row| &*row.name).collect::<Vec<_>>(), ["Kiln", "Zeppelin"]);
    assert_eq!(name(offices.reverse().first(&own).await?).as_deref(), Some("Zeppelin"));
    Ok(())
}

#[tokio::test]
async fn rows_stay_with_their_tenant() -> Outcome {
    let db = leased().await?;
    let (own, other) = (db.for_tenant(1_i64), db.for_tenant(2_i64));
    let mut annex = Office::objects().filter(|o| o.code().eq("annex")).get(&own).await?;
    // Others neither see nor change it.
    let all = Office::objects().update(&other, |o| (o.floors().set(9), o.name().set("x"))).await?;
    assert_eq!(all, 1);
    let gone = Office::objects().delete_returning(&other).await?;
    assert_eq!(gone.iter().map(|row| row.org).collect::<Vec<_>>(), [2]);
    assert_eq!(Office::objects().count(&own).await?, 3);
    annex.org = 2;
    for error in [
        Office::objects().bulk_update(&own, [&annex], |o| (o.org(), o.name())).await.map(drop),
        Office::objects().update(&own, |o| (o.org().set(2), o.name().set("y"))).await.map(drop),
        annex.clone().delete_keep_parents(&own).await.map(drop),
        annex.clone().delete(&own).await.map(drop),
    ] {
        let error = error.expect_err("another tenant");
        assert!(error.to_string().contains("tenant"), "{error}");
    }
    assert_eq!(Office::objects().values(|o| o.org()).distinct().all(&own).await?, [1]);
    Ok(())
}

#[tokio::test]
async fn conflicts_are_those_of_the_tenant() -> Outcome {
    let db = leased().await?;
    let other = db.for_tenant(2_i64);
    // The same code is another row for another tenant.
    let draft = || draft!(Office { name: "new", code: "annex" });
    let (made, is_new) = Office::objects().get_or_create(&other, |o| o.code(), draft()).await?;
    assert_eq!((is_new, made.org, &*made.name), (true, 2, "new"));
    let (again, is_new) = Office::objects().get_or_create(&other, |o| o.code(), draft()).await?;
    assert_eq!((is_new, again.pk()), (false, made.pk()));
    let own = Office::objects().filter(|o| o.code().eq("annex")).get(&db.for_tenant(1_i64)).await?;
    assert_eq!((own.org, &*own.name), (1, "Annex"));
    Ok(())
}

#[tokio::test]
async fn a_row_that_somebody_else_has_saved_is_not_deleted() -> Outcome {
    let db = leased().await?;
    let own = db.for_tenant(1_i64);
    let mut annex = Office::objects().filter(|o| o.code().eq("annex")).get(&own).await?;
    let old = annex.clone();
    annex.save(&own).await?;
    for error in [
        old.clone().delete(&own).await.expect_err("it is stale"),
        old.delete_keep_parents(&own).await.expect_err("it is stale"),
    ] {
        assert!(matches!(error, Error::Stale { .. }), "{error:?}");
    }
    let gone = annex.delete_keep_parents(&own).await?;
    assert_eq!((gone.of::<Office>(), gone.of::<Building>()), (1, 0));
    assert!(Building::objects().filter(|b| b.name().eq("Annex")).exists(&db).await?);
    Ok(())
}
