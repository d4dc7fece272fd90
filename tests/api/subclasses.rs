//! Rows of a model read as those of the models that extend it.

use super::inheritance::{Chef, Place, Restaurant, Supplier, Trattoria, Visit, town};
use crate::support::{Outcome, in_order};
use orm::prelude::*;
use orm_testkit::QueryCounter;

#[derive(Subclasses, Clone, Debug, PartialEq)]
enum Kind {
    Restaurant(Restaurant),
    Trattoria(Box<Trattoria>),
    Supplier(Supplier),
    Plain(Place),
}

#[derive(Subclasses, Debug)]
enum Eating {
    Trattoria(Trattoria),
    Restaurant(Restaurant),
}

/// What a row is, and its name.
fn said(kind: &Kind) -> (&'static str, &str) {
    match kind {
        Kind::Restaurant(row) => ("restaurant", &row.name),
        Kind::Trattoria(row) => ("trattoria", &row.name),
        Kind::Supplier(row) => ("supplier", &row.name),
        Kind::Plain(row) => ("place", &row.name),
    }
}

#[tokio::test]
async fn each_row_is_read_as_what_it_is_in_one_query() -> Outcome {
    let db = town().await?;
    draft!(Supplier { name: "Mill", address: "x" }).save(&db).await?;
    let counter = QueryCounter::new(&db);
    let all = Place::objects().select_subclasses::<Kind>().all(&db).await?;
    counter.expect(1)?;
    let sql = counter.statements().remove(0);
    for table in ["place", "restaurant", "trattoria", "supplier"] {
        assert_eq!(sql.matches(&format!("\"town_{table}\"")).count(), 1, "{sql}");
    }
    let found: Vec<_> = all.iter().map(said).collect();
    let wanted = [
        ("place", "Bar"),
        ("restaurant", "Demon Dogs"),
        ("supplier", "Mill"),
        ("place", "Park"),
        ("trattoria", "Ristorante Miron"),
    ];
    assert_eq!(found, wanted);
    let trattoria = Trattoria::objects().get(&db).await?;
    assert_eq!(all[4], Kind::Trattoria(Box::new(trattoria)));
    let restaurant = Restaurant::objects().filter(|r| r.code().eq("dd")).get(&db).await?;
    assert_eq!(all[1], Kind::Restaurant(restaurant));
    Ok(())
}

#[tokio::test]
async fn only_the_models_that_are_named_are_joined() -> Outcome {
    let db = town().await?;
    let rows = Place::objects().select_subclasses::<Eating>();
    let sql = rows.sql()?.to_string();
    assert!(!sql.contains("town_supplier"), "{sql}");
    in_order(
        &sql,
        &[" JOIN \"town_restaurant\"", "LEFT JOIN \"town_trattoria\"", "WHERE", "IS NOT NULL"],
    );
    let rows = rows.all(&db).await?;
    assert_eq!(rows.len(), 2);
    assert!(matches!(&rows[0], Eating::Restaurant(row) if row.code == "dd"), "{rows:?}");
    assert!(matches!(&rows[1], Eating::Trattoria(row) if row.serves_gnocchi), "{rows:?}");
    assert_eq!(Place::objects().select_subclasses::<Eating>().count(&db).await?, 2);
    Ok(())
}

#[tokio::test]
async fn conditions_relations_and_calculations_go_on() -> Outcome {
    let db = town().await?;
    let dogs = Restaurant::objects().filter(|r| r.code().eq("dd")).get(&db).await?;
    draft!(Visit { place: dogs.pk(), guest: "Ann" }).save(&db).await?;
    let rows = Place::objects()
        .select_subclasses::<Kind>()
        .filter(|p| p.restaurant().rating().gte(2) & p.name().ne("Bar"))
        .select_related(|p| p.restaurant().chef())
        .annotate(|p| p.guests().count())
        .prefetch_related(|p| (p.guests(), p.restaurant().tables()))
        .order_by(|p| (p.restaurant().rating().desc(), p.pk().asc()))
        .all(&db)
        .await?;
    assert_eq!(rows.len(), 2);
    let (kind, chef, count, (guests, tables)) = &rows[1];
    let chef: Option<&Chef> = chef.as_ref();
    assert_eq!(
        (said(kind), chef.map(|c| c.name.as_str()), *count),
        (("restaurant", "Demon Dogs"), Some("Albert"), 1)
    );
    assert_eq!((guests.len(), tables.len()), (1, 0));
    assert_eq!(said(&rows[0].0), ("trattoria", "Ristorante Miron"));
    // From one step down.
    let rows = Restaurant::objects()
        .select_subclasses::<Eating>()
        .order_by(|r| r.code().asc())
        .limit(1)
        .all(&db)
        .await?;
    assert!(
        matches!(&rows[0], Eating::Restaurant(row) if row.place.name == "Demon Dogs"),
        "{rows:?}"
    );
    Ok(())
}
