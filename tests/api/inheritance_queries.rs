//! What queries of models that extend others are asked beyond the plain: as Django's own tests ask it.

use super::inheritance::{Chef, Place, Restaurant, Supplier, Table, Trattoria, Visit, town};
use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm_testkit::QueryCounter;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "press", get_latest_by = [published])]
pub struct Item {
    pub id: i64,
    #[field(unique, max_length = 40)]
    pub slug: String,
    pub published: NaiveDate,
    #[field(default = 0, positive)]
    pub pages: i32,
    #[field(version)]
    pub version: i32,
}

/// A key of its own name, and keys to both models, and to itself.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "press", extends = Item, ordering = [-published, weight], validate)]
pub struct Hardback {
    #[field(column = "item_no", related_name = "as_hardback")]
    pub item: Item,
    pub weight: f64,
    #[field(on_delete = SetNull, related_name = "sequels")]
    pub part_of: Option<ForeignKey<Hardback>>,
    #[field(on_delete = Cascade, related_name = "reprints")]
    pub original: Option<ForeignKey<Item>>,
    #[field(generated = |h| h.weight() * 2.0)]
    pub double: f64,
    #[field(auto_now)]
    pub seen: DateTime<Utc>,
    pub tags: Json<Vec<String>>,
}

fn day(n: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, n, 1).expect("a day")
}

async fn hardbacks(db: &Database) -> orm::Result<Vec<Hardback>> {
    let drafts = (1..=3_u32).map(|n| {
        draft!(Hardback {
            slug: format!("h{n}"),
            published: day(n),
            pages: 100 * n as i32,
            weight: f64::from(n),
            tags: Json(vec![format!("t{n}")]),
        })
    });
    Hardback::objects().bulk_create(db, drafts).await
}

#[tokio::test]
async fn aggregates_dates_steps_and_latest() -> Outcome {
    let db = database!("press": Item, Hardback);
    let made = hardbacks(&db).await?;
    assert_eq!(made[0].double, 2.0);
    let (pages, weight) =
        Hardback::objects().aggregate(&db, |h| (h.pages().sum(), h.weight().max())).await?;
    assert_eq!((pages, weight), (Some(600), Some(3.0)));
    let latest = Hardback::objects().latest(&db).await?;
    assert_eq!(latest.slug, "h3");
    let names: Vec<String> = Hardback::objects().values(|h| h.slug()).all(&db).await?;
    assert_eq!(names, ["h3", "h2", "h1"]);
    let next = made[0].get_next_by(&db, |h| h.published()).await?;
    assert_eq!(next, made[1]);
    let counter = QueryCounter::new(&db);
    assert!(Hardback::objects().filter(|h| h.pages().gt(200)).exists(&db).await?);
    assert_eq!(Hardback::objects().distinct().count(&db).await?, 3);
    counter.expect(2)?;
    let mut first = made[0].clone();
    first.part_of = Some(ForeignKey::from(&made[1]));
    first.original = Some(ForeignKey::from(&made[2].item));
    first.save(&db).await?;
    assert_eq!(first.version, 2);
    let found =
        Hardback::objects().filter(|h| h.part_of().slug().eq("h2") & h.original().pages().eq(300));
    assert_eq!(
        found.values(|h| (h.slug(), h.part_of().slug(), h.part_of().weight())).all(&db).await?,
        [("h1".to_owned(), Some("h2".to_owned()), Some(2.0))]
    );
    let whole = Hardback::objects()
        .select_related(|h| (h.part_of(), h.original()))
        .filter(|h| h.slug().eq("h1"))
        .get(&db)
        .await?;
    assert_eq!(whole.1.0.as_ref(), Some(&made[1]));
    assert_eq!(whole.1.1.as_ref(), Some(&made[2].item));
    let grouped = Item::objects()
        .annotate(|i| (i.as_hardback().sequels().count(), i.reprints().count()))
        .order_by(|i| i.pk().asc())
        .all(&db)
        .await?;
    let counts: Vec<(i64, i64)> = grouped.into_iter().map(|(_, counts)| counts).collect();
    assert_eq!(counts, [(0, 0), (1, 0), (0, 1)]);
    let by_key = Hardback::objects().filter(|h| h.part_of().eq(&made[1])).count(&db).await?;
    assert_eq!(by_key, 1);
    let among = Hardback::objects()
        .filter(|h| h.pk().in_(Item::objects().filter(|i| i.pages().gt(100)).values(|i| i.id())))
        .count(&db)
        .await?;
    assert_eq!(among, 2);
    let among = Item::objects()
        .filter(|i| i.as_hardback().in_(Hardback::objects().filter(|h| h.weight().gt(1.5))))
        .count(&db)
        .await?;
    assert_eq!(among, 2);
    let exists = Item::objects()
        .filter(|i| exists(Hardback::objects().filter(|h| h.original().eq(outer_ref(i.pk())))))
        .count(&db)
        .await?;
    assert_eq!(exists, 1);
    Ok(())
}

#[tokio::test]
async fn versions_validation_and_rows_that_are_gone() -> Outcome {
    let db = database!("press": Item, Hardback);
    let made = hardbacks(&db).await?;
    let (mut one, mut other) = (made[0].clone(), made[0].clone());
    one.pages = 7;
    one.save(&db).await?;
    assert_eq!((one.version, one.double), (2, 2.0));
    other.weight = 9.0;
    let error = other.save(&db).await.expect_err("somebody else has saved it");
    assert!(matches!(error, Error::Stale { .. }), "{error:?}");
    one.update(&db, |h| h.pages().set(h.pages() + 1)).await?;
    assert_eq!((one.pages, one.version), (8, 3));
    one.pages = -1;
    let error = one.save(&db).await.expect_err("validated");
    assert!(matches!(error, Error::Validation(_)), "{error:?}");
    one.pages = 8;
    let error = draft!(Hardback { slug: "h2", published: day(1), weight: 1.0, tags: Json(vec![]) })
        .save(&db)
        .await
        .expect_err("unique in the other table");
    assert!(matches!(error, Error::Unique(_) | Error::Validation(_)), "{error:?}");
    // The row of another model of the same kind has it, and so does one of the model itself.
    draft!(Item { slug: "plain", published: day(5) }).save(&db).await?;
    for slug in ["h2", "plain"] {
        one.slug = slug.into();
        let error = one.full_clean_with(&db).await.expect_err("it is there");
        says(&error, &["slug", "Item with this Slug already exists"]);
    }
    one.slug = "h1".into();
    one.full_clean_with(&db).await?;
    let gone = one.clone();
    one.delete(&db).await?;
    let mut gone_too = gone.clone();
    gone_too.weight = 4.0;
    let error = gone_too.save(&db).await.expect_err("gone");
    assert!(matches!(error, Error::DoesNotExist { .. } | Error::Stale { .. }), "{error:?}");
    assert_eq!(Hardback::objects().filter(|h| h.slug().eq("h1")).get_opt(&db).await?, None);
    Ok(())
}

#[tokio::test]
async fn conditions_over_both_sides_and_negations() -> Outcome {
    let db = town().await?;
    let dogs = Restaurant::objects().filter(|r| r.code().eq("dd")).get(&db).await?;
    let supplier = draft!(Supplier { name: "Mill", address: "x" }).save(&db).await?;
    supplier.customers().add(&db, [&dogs]).await?;
    draft!(Visit { place: dogs.pk(), guest: "Ann" }).save(&db).await?;
    let without = Restaurant::objects()
        .exclude(|r| r.supplier().name().eq("Mill"))
        .values(|r| r.code())
        .all(&db)
        .await?;
    assert_eq!(without, ["rm"]);
    let without = Restaurant::objects()
        .exclude(|r| r.guests().guest().eq("Ann"))
        .values(|r| r.code())
        .all(&db)
        .await?;
    assert_eq!(without, ["rm"]);
    let without = Trattoria::objects()
        .filter(|t| !t.guests().guest().eq("Ann"))
        .values(|r| r.code())
        .all(&db)
        .await?;
    assert_eq!(without, ["rm"]);
    let either = Place::objects()
        .filter(|p| p.restaurant().rating().gt(3) | p.supplier().name().eq("Mill"))
        .values(|p| p.name())
        .all(&db)
        .await?;
    assert_eq!(either, ["Mill", "Ristorante Miron"]);
    let deep = Visit::objects()
        .filter(|v| v.place().restaurant().trattoria().isnull(true))
        .count(&db)
        .await?;
    assert_eq!(deep, 1);
    let levels = Place::objects()
        .select_related(|p| (p.restaurant(), p.restaurant().trattoria()))
        .order_by(|p| p.pk().asc())
        .all(&db)
        .await?;
    let found: Vec<(bool, bool)> =
        levels.iter().map(|(_, (r, t))| (r.is_some(), t.is_some())).collect();
    assert_eq!(
        found,
        [(false, false), (false, false), (true, false), (true, true), (false, false)]
    );
    let (place, (restaurant, trattoria)) = &levels[3];
    assert_eq!(
        (&trattoria.as_ref().expect("one").restaurant, &restaurant.as_ref().expect("one").place),
        (restaurant.as_ref().expect("one"), place)
    );
    let sub = Chef::objects()
        .annotate(|c| {
            subquery(
                Restaurant::objects()
                    .filter(|r| r.chef().eq(outer_ref(c.pk())))
                    .values(|r| r.name())
                    .limit(1),
            )
        })
        .all(&db)
        .await?;
    assert_eq!(sub[0].1.as_deref(), Some("Demon Dogs"));
    let window = Restaurant::objects()
        .annotate(|r| row_number().over(window().order_by(r.name().asc())))
        .order_by(|r| r.name().asc())
        .all(&db)
        .await?;
    assert_eq!(window.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [1, 2]);
    let page = Restaurant::objects()
        .order_by(|r| (r.name().asc(), r.pk().asc()))
        .limit(1)
        .offset(1)
        .all(&db)
        .await?;
    assert_eq!(page[0].code, "rm");
    let raw: Vec<Restaurant> = db
        .query_as::<Restaurant>(
            "SELECT * FROM town_restaurant JOIN town_place ON id = place_ptr_id WHERE code = $1",
            params!["dd"],
        )
        .await?;
    assert_eq!(raw, std::slice::from_ref(&dogs));
    let moved = Restaurant::objects()
        .filter(|r| r.name().eq("Demon Dogs"))
        .update(&db, |r| r.chef().set(None::<ForeignKey<Chef>>))
        .await?;
    assert_eq!(moved, 1);
    let chefs = draft!(Chef { name: "Zoe" }).save(&db).await?;
    chefs
        .kitchens()
        .create(
            &db,
            draft!(Restaurant { name: "Zoe's", address: "z", serves_pizza: true, code: "z" }),
        )
        .await?;
    assert_eq!(chefs.kitchens().values(|r| r.name()).all(&db).await?, ["Zoe's"]);
    assert_eq!(Table::objects().filter(|t| t.restaurant().name().eq("Zoe's")).count(&db).await?, 0);
    let mut names = Vec::new();
    let mut rows = Restaurant::objects().stream(&db);
    while let Some(row) = rows.next().await {
        names.push(row?.place.name);
    }
    assert_eq!(names, ["Demon Dogs", "Ristorante Miron", "Zoe's"]);
    let found = Restaurant::objects().in_bulk(&db, [dogs.pk()]).await?;
    assert_eq!(found[&dogs.pk()].place.name, "Demon Dogs");
    Ok(())
}
