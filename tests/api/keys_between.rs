//! Many-to-many relations whose table between refers to other fields than primary keys, with numbers
//! that are keys of other rows.

use crate::support::{Outcome, database};
use orm::prelude::*;
use orm::{RelatedAction, RelatedChange};
use orm_testkit::{TestDatabase, assert_rows};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "between")]
pub struct Car {
    pub id: i64,
    #[field(unique)]
    pub plate: String,
    #[field(unique)]
    pub name: i64,
    #[field(through = Licence)]
    pub drivers: ManyToMany<Driver>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "between")]
pub struct Driver {
    pub id: i64,
    #[field(unique)]
    pub number: i64,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "between", unique(fields = [car, driver]))]
pub struct Licence {
    pub id: i64,
    #[field(on_delete = Cascade, to_field = plate)]
    pub car: ForeignKey<Car, String>,
    #[field(on_delete = Cascade, to_field = number)]
    pub driver: ForeignKey<Driver, i64>,
}

/// The same with somebody who wants to know.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "between", hooks)]
pub struct Bus {
    pub id: i64,
    #[field(unique)]
    pub line: String,
    #[field(through = Ride)]
    pub drivers: ManyToMany<Driver>,
}

impl Hooks for Bus {
    async fn related_change(change: &RelatedChange, cx: &HookCx<'_>) -> Result<()> {
        if change.action() == RelatedAction::AfterAdd {
            let text = format!("{:?} {:?}", change.key::<String>(), change.keys::<i64>());
            draft!(Told { text }).save(cx).await?;
        }
        Ok(())
    }
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "between")]
pub struct Ride {
    pub id: i64,
    #[field(on_delete = Cascade, to_field = line)]
    pub bus: ForeignKey<Bus, String>,
    #[field(on_delete = Cascade, to_field = number)]
    pub driver: ForeignKey<Driver, i64>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "between")]
pub struct Told {
    pub id: i64,
    pub text: String,
}

/// A field of the rows that refer has the name of the field that they refer to.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "between")]
pub struct Tyre {
    pub id: i64,
    pub name: i64,
    #[field(on_delete = Cascade, to_field = name, related_name = "tyres")]
    pub car: ForeignKey<Car, i64>,
}

/// The first driver has the number 2 and the second one has 1.
async fn garage() -> std::result::Result<TestDatabase, orm_testkit::TestError> {
    Ok(database!("between": Car, Driver, Licence, Bus, Ride, Told, Tyre; rows))
}

async fn rows(db: &Database) -> Result<()> {
    for (plate, name) in [("A", 2), ("B", 1)] {
        draft!(Car { plate, name }).save(db).await?;
    }
    for number in [2, 1] {
        draft!(Driver { number }).save(db).await?;
    }
    Ok(())
}

async fn two(db: &Database) -> Result<([Car; 2], [Driver; 2])> {
    let cars = Car::objects().order_by(|c| c.id()).all(db).await?;
    let drivers = Driver::objects().order_by(|d| d.id()).all(db).await?;
    match (<[Car; 2]>::try_from(cars), <[Driver; 2]>::try_from(drivers)) {
        (Ok(cars), Ok(drivers)) => Ok((cars, drivers)),
        _ => Err(Error::usage("two of each")),
    }
}

async fn licences(db: &Database) -> Result<Vec<(String, i64)>> {
    let all = Licence::objects().order_by(|l| l.id());
    all.values(|l| (l.car().plate(), l.driver().number())).all(db).await
}

#[tokio::test]
async fn rows_are_added_and_taken_out_by_the_fields_that_are_referred_to() -> Outcome {
    let db = garage().await?;
    let ([a, b], [first, second]) = two(&db).await?;
    a.drivers().add(&db, [&first]).await?;
    first.car_set().add(&db, [&b]).await?;
    assert_rows!(licences(&db).await?, [("A".to_owned(), 2), ("B".to_owned(), 2)]);
    assert_rows!(a.drivers().all(&db).await?, [first.clone()]);
    assert_rows!(first.car_set().order_by(|c| c.id()).all(&db).await?, [a.clone(), b.clone()]);
    a.drivers().set(&db, [&second]).await?;
    assert_rows!(licences(&db).await?, [("B".to_owned(), 2), ("A".to_owned(), 1)]);
    // What is no row is a value of the field, as in Django.
    a.drivers().add(&db, [2]).await?;
    a.drivers().remove(&db, [&second]).await?;
    assert_rows!(a.drivers().all(&db).await?, [first.clone()]);
    first.car_set().clear(&db).await?;
    assert!(licences(&db).await?.is_empty());
    let third = a.drivers().create(&db, draft!(Driver { number: 7 })).await?;
    assert_rows!(licences(&db).await?, [("A".to_owned(), 7)]);
    assert_rows!(a.drivers().all(&db).await?, [third]);
    Ok(())
}

#[tokio::test]
async fn paths_over_them_are_compared_with_the_fields_that_are_referred_to() -> Outcome {
    let db = garage().await?;
    let ([a, b], [first, second]) = two(&db).await?;
    a.drivers().add(&db, [&first]).await?;
    b.drivers().add(&db, [&second]).await?;
    let cars = Car::objects().filter(|c| c.drivers().eq(&first));
    let sql = cars.sql()?;
    assert!(sql.ends_with("ON t1.\"car_id\" = t0.\"plate\" WHERE t1.\"driver_id\" = $1"), "{sql}");
    assert_rows!(cars.all(&db).await?, [a.clone()]);
    assert_rows!(Driver::objects().filter(|d| d.car().in_([&b])).all(&db).await?, [second.clone()]);
    assert_rows!(Car::objects().exclude(|c| c.drivers().eq(&first)).all(&db).await?, [b.clone()]);
    let among =
        Car::objects().filter(|c| c.drivers().in_(Driver::objects().filter(|d| d.number().eq(1))));
    assert_rows!(among.all(&db).await?, [b.clone()]);
    let loaded = Car::objects().order_by(|c| c.id()).prefetch_related(|c| c.drivers());
    assert_rows!(loaded.all(&db).await?, [(a, vec![first]), (b, vec![second])]);
    Ok(())
}

#[tokio::test]
async fn rows_of_both_of_two_sets_have_a_row_between_for_each() -> Outcome {
    let db = garage().await?;
    let ([a, b], [first, second]) = two(&db).await?;
    a.drivers().add(&db, [&first, &second]).await?;
    b.drivers().add(&db, [&first]).await?;
    let both = first.car_set() & second.car_set();
    assert_rows!(both.all(&db).await?, [a.clone()]);
    let either = (first.car_set() | second.car_set()).distinct().order_by(|c| c.id());
    assert_rows!(either.all(&db).await?, [a, b]);
    Ok(())
}

#[tokio::test]
async fn a_row_that_refers_is_told_by_its_own_key() -> Outcome {
    let db = garage().await?;
    let ([a, b], _) = two(&db).await?;
    for car in [&a, &b] {
        draft!(Tyre { name: 3 - car.id, car }).save(&db).await?;
    }
    let tyres = Tyre::objects().order_by(|t| t.id()).all(&db).await?;
    let of = Car::objects().filter(|c| c.tyres().eq(&tyres[0]));
    assert_rows!(of.all(&db).await?, [a.clone()]);
    a.tyres().add(&db, [&tyres[1]]).await?;
    assert_eq!(a.tyres().count(&db).await?, 2);
    Ok(())
}

#[tokio::test]
async fn hooks_see_the_fields_that_are_referred_to_and_only_what_is_new() -> Outcome {
    let db = garage().await?;
    let (_, [first, second]) = two(&db).await?;
    let bus = draft!(Bus { line: "X1" }).save(&db).await?;
    bus.drivers().add(&db, [&first]).await?;
    bus.drivers().add(&db, [&first, &second]).await?;
    bus.drivers().set(&db, [&second]).await?;
    assert_rows!(bus.drivers().all(&db).await?, [second]);
    let told = Told::objects().order_by(|t| t.id()).values(|t| t.text()).all(&db).await?;
    assert_rows!(told, ["Some(\"X1\") [2]", "Some(\"X1\") [1]"]);
    Ok(())
}

/// Its code is not known yet.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "between")]
pub struct Depot {
    pub id: i64,
    #[field(unique)]
    pub code: Option<String>,
    #[field(through = Place)]
    pub drivers: ManyToMany<Driver>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "between")]
pub struct Place {
    pub id: i64,
    #[field(on_delete = Cascade, to_field = code)]
    pub depot: ForeignKey<Depot, String>,
    #[field(on_delete = Cascade, to_field = number)]
    pub driver: ForeignKey<Driver, i64>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "between")]
pub struct Gate {
    pub id: i64,
    #[field(on_delete = Cascade, to_field = code, related_name = "gates")]
    pub depot: Option<ForeignKey<Depot, String>>,
}

/// As in Django: none refer to it, and none can be given to it.
#[tokio::test]
async fn a_set_that_hangs_on_null_is_empty_or_refused() -> Outcome {
    let db = database!("between_null": Driver, Depot, Place, Gate);
    let depot = draft!(Depot { code: None }).save(&db).await?;
    let driver = draft!(Driver { number: 5 }).save(&db).await?;
    draft!(Gate { depot: None }).save(&db).await?;
    assert_eq!(depot.gates().count(&db).await?, 0);
    assert_eq!(depot.gates().delete(&db).await?.total, 0);
    let says = |error: Error| {
        let text = error.to_string();
        assert!(
            matches!(error, Error::Usage(_)) && text.contains("`code` of this `Depot`"),
            "{text}"
        );
    };
    says(depot.drivers().all(&db).await.unwrap_err());
    says(depot.drivers().add(&db, [&driver]).await.unwrap_err());
    says(depot.drivers().create(&db, draft!(Driver { number: 6 })).await.unwrap_err());
    says(depot.gates().create(&db, draft!(Gate {})).await.unwrap_err());
    says(depot.gates().clear(&db).await.unwrap_err());
    let found = depot.gates().get_or_create(&db, |g| g.id().eq(1), draft!(Gate {}));
    says(found.await.unwrap_err());
    let nested = draft!(Depot { code: None, drivers: [draft!(Driver { number: 8 })] });
    says(nested.save(&db).await.unwrap_err());
    assert_eq!((Driver::objects().count(&db).await?, Gate::objects().count(&db).await?), (1, 1));
    Ok(())
}

#[tokio::test]
async fn what_a_draft_cannot_know_is_refused() -> Outcome {
    let db = garage().await?;
    let (_, [first, _]) = two(&db).await?;
    let draft = draft!(Car { plate: "C", name: 9, drivers: [&first] });
    let error = draft.save(&db).await.unwrap_err().to_string();
    assert!(error.contains("another field of `Driver` than its primary key"), "{error}");
    assert_eq!(Car::objects().filter(|c| c.plate().eq("C")).count(&db).await?, 0);
    Ok(())
}
