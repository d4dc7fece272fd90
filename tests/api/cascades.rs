//! Every `on_delete`, done by the database and by the library: the same rows, the same counts.

use crate::support::{Outcome, database, says, scalar};
use orm::prelude::*;
use orm_testkit::{QueryCounter, TestDatabase, assert_rows};

/// Models of which each `on_delete` is there once, and what is the same for both who can do it.
macro_rules! garage {
    ($module:ident, $template:literal $(, $on_delete_in:ident = $place:literal)?) => {
        #[allow(dead_code)]
        mod $module {
            use super::*;

            #[derive(Model, Clone, Debug, PartialEq)]
            #[model(app = $template $(, $on_delete_in = $place)?)]
            pub struct Owner {
                pub id: i64,
                pub name: String,
            }

            #[derive(Model, Clone, Debug, PartialEq)]
            #[model(app = $template, ordering = [id] $(, $on_delete_in = $place)?)]
            pub struct Car {
                pub id: i64,
                #[field(unique)]
                pub plate: Option<String>,
                #[field(on_delete = Cascade, related_name = "cars")]
                pub owner: Option<ForeignKey<Owner>>,
                #[field(on_delete = SetNull, related_name = "driven")]
                pub driver: Option<ForeignKey<Owner>>,
                #[field(on_delete = SetNull, related_name = "seconded")]
                pub second: Option<ForeignKey<Owner>>,
                #[field(on_delete = Cascade, related_name = "towed")]
                pub towed_by: Option<ForeignKey<Self>>,
                pub riders: ManyToMany<Owner>,
            }

            #[derive(Model, Clone, Debug, PartialEq)]
            #[model(app = $template $(, $on_delete_in = $place)?)]
            pub struct Permit {
                pub id: i64,
                #[field(on_delete = Protect, related_name = "permits")]
                pub car: ForeignKey<Car>,
            }

            #[derive(Model, Clone, Debug, PartialEq)]
            #[model(app = $template $(, $on_delete_in = $place)?)]
            pub struct Loan {
                pub id: i64,
                #[field(on_delete = Restrict, related_name = "loans")]
                pub car: ForeignKey<Car>,
                #[field(on_delete = Cascade, related_name = "loans")]
                pub owner: Option<ForeignKey<Owner>>,
            }

            #[derive(Model, Clone, Debug, PartialEq)]
            #[model(app = $template, ordering = [id] $(, $on_delete_in = $place)?)]
            pub struct Trip {
                pub id: i64,
                #[field(on_delete = SetDefault, db_default = raw_expr::<ForeignKey<Car>>("1", params![]), related_name = "trips")]
                pub car: ForeignKey<Car>,
                #[field(on_delete = SetDefault, default = 2_i64, related_name = "+")]
                pub back: ForeignKey<Car>,
                #[field(on_delete = Set(1_i64), related_name = "+")]
                pub spare: ForeignKey<Car>,
                #[field(on_delete = DoNothing, db_constraint = false, related_name = "+")]
                pub seen: ForeignKey<Car>,
            }

            /// A key to another field than the primary key, and a key of two columns.
            #[derive(Model, Clone, Debug, PartialEq)]
            #[model(app = $template, primary_key = [year, place] $(, $on_delete_in = $place)?)]
            pub struct Race {
                pub year: i32,
                pub place: String,
                #[field(on_delete = Cascade, to_field = plate, related_name = "races")]
                pub winner: ForeignKey<Car, String>,
                #[field(on_delete = SetNull, related_name = "+")]
                pub sponsor: Option<ForeignKey<Owner>>,
            }

            pub async fn garage() -> Result<TestDatabase, Box<dyn std::error::Error + Send + Sync>> {
                Ok(database!($template: Owner, Car, Permit, Loan, Trip, Race; rows))
            }

            /// Owners 1 to 3; cars 1 and 2 of nobody; cars 3 and 4 of owner 1, car 5 of owner 2.
            async fn rows(db: &Database) -> Result<()> {
                for name in ["Ann", "Bob", "Cleo"] {
                    draft!(Owner { name: name }).save(db).await?;
                }
                for (plate, owner) in
                    [("A1", None), ("A2", None), ("A3", Some(1)), ("A4", Some(1)), ("A5", Some(2))]
                {
                    let owner = owner.map(ForeignKey::<Owner>::new);
                    draft!(Car { plate: plate, owner: owner }).save(db).await?;
                }
                Ok(())
            }

            async fn car(db: &impl Executor, key: i64) -> Result<Car> {
                Car::objects().filter(|c| c.id().eq(key)).get(db).await
            }

            async fn owner(db: &impl Executor, key: i64) -> Result<Owner> {
                Owner::objects().filter(|o| o.id().eq(key)).get(db).await
            }

            #[tokio::test]
            async fn keys_are_set_to_null_and_to_values() -> Outcome {
                let db = garage().await?;
                let trip = draft!(Trip { car: 5, back: 5, spare: 5, seen: 5 }).save(&db).await?;
                let mut mine = car(&db, 1).await?;
                mine.driver = Some(ForeignKey::new(2));
                mine.second = Some(ForeignKey::new(2));
                mine.save(&db).await?;
                let gone = owner(&db, 2).await?.delete(&db).await?;
                assert_eq!(gone.by_model, [("Owner", 1), ("Car", 1)]);
                let trip = Trip::objects().filter(|t| t.id().eq(trip.id)).get(&db).await?;
                let keys = [trip.car, trip.back, trip.spare, trip.seen].map(|key| key.pk());
                assert_eq!(keys, [1, 2, 1, 5]);
                let mine = car(&db, 1).await?;
                assert_eq!((mine.driver, mine.second), (None, None));
                Ok(())
            }

            #[tokio::test]
            async fn protected_rows_are_named() -> Outcome {
                let db = garage().await?;
                let permit = draft!(Permit { car: 3 }).save(&db).await?;
                let tx = db.begin().await?;
                // By way of the owner, whose cars go along.
                let error = owner(&tx, 1).await?.delete(&tx).await.expect_err("a permit");
                let key = permit.id.to_string();
                says(&error, &["cannot delete `Owner`", "`Permit`", "`Car` by `car`", "`Protect`"]);
                let Error::Protected(error) = error else { panic!("{error:?}") };
                assert_eq!((error.model, error.rows.len()), ("Owner", 1));
                let rows = &error.rows[0];
                assert_eq!((rows.model, rows.field, rows.refers_to), ("Permit", "car", "Car"));
                assert_eq!((&rows.keys, rows.total, rows.restrict), (&vec![key], 1, false));
                // Nothing has gone, and the transaction can go on.
                assert_eq!((Owner::objects().count(&tx).await?, Car::objects().count(&tx).await?), (3, 5));
                Permit::objects().delete(&tx).await?;
                assert_eq!(owner(&tx, 1).await?.delete(&tx).await?.of::<Car>(), 2);
                tx.commit().await?;
                // Of many rows some are named, as values for programs and in no message.
                let permits = (0..30).map(|_| draft!(Permit { car: 5 }));
                Permit::objects().bulk_create(&db, permits).await?;
                let error = Car::objects().delete(&db).await.expect_err("permits");
                says(&error, &["30 rows of `Permit`"]);
                let Error::Protected(error) = error else { panic!("{error:?}") };
                assert_eq!((error.rows[0].keys.len(), error.rows[0].total), (20, 30));
                assert_eq!(Car::objects().count(&db).await?, 3);
                Ok(())
            }

            #[tokio::test]
            async fn restricted_rows_may_go_by_another_way() -> Outcome {
                let db = garage().await?;
                draft!(Loan { car: 3, owner: Some(ForeignKey::new(1)) }).save(&db).await?;
                let error = car(&db, 3).await?.delete(&db).await.expect_err("a loan");
                says(&error, &["`Loan`", "`Restrict`"]);
                assert!(matches!(&error, Error::Protected(rows) if rows.rows[0].restrict));
                // With the owner, the loan goes as well.
                let other = draft!(Loan { car: 4, owner: Some(ForeignKey::new(2)) }).save(&db).await?;
                let error = owner(&db, 1).await?.delete(&db).await.expect_err("a loan to another");
                let Error::Protected(error) = error else { panic!("{error:?}") };
                assert_eq!((&error.rows[0].keys, error.rows[0].total), (&vec![other.id.to_string()], 1));
                other.delete(&db).await?;
                let gone = owner(&db, 1).await?.delete(&db).await?;
                assert_eq!((gone.of::<Loan>(), gone.of::<Car>(), gone.total), (1, 2, 4));
                Ok(())
            }

            #[tokio::test]
            async fn circles_and_chains() -> Outcome {
                let db = garage().await?;
                // 1 is towed by 2, 2 by 3, 3 by 1; 4 by 4 itself; 5 by 4.
                for (towed, by) in [(1, 2), (2, 3), (3, 1), (4, 4), (5, 4)] {
                    let one = Car::objects().filter(|c| c.id().eq(towed));
                    one.update(&db, |c| c.towed_by().set(by)).await?;
                }
                assert_eq!(car(&db, 2).await?.delete(&db).await?.by_model, [("Car", 3)]);
                let gone = car(&db, 4).await?.delete(&db).await?;
                assert_eq!((gone.total, Car::objects().count(&db).await?), (2, 0));
                // Sets to NULL in rows that go are left out.
                let owner = draft!(Owner { name: "Dan" }).save(&db).await?;
                draft!(Car { owner: &owner, driver: &owner, second: &owner }).save(&db).await?;
                assert_eq!(owner.delete(&db).await?.total, 2);
                Ok(())
            }

            #[tokio::test]
            async fn rows_between_other_fields_and_keys_of_two_columns() -> Outcome {
                let db = garage().await?;
                let three = car(&db, 3).await?;
                three.riders().add(&db, [2, 3]).await?;
                car(&db, 5).await?.riders().add(&db, [2]).await?;
                let race = |year, place, winner: &Car| {
                    draft!(Race { year: year, place: place, winner: winner }).save(&db)
                };
                race(1, "Spa", &three).await?;
                race(2, "Spa", &three).await?;
                race(2, "Brno", &car(&db, 1).await?).await?;
                let gone = Owner::objects().filter(|o| o.id().in_([1, 2])).delete(&db).await?;
                let counts = (gone.of::<Owner>(), gone.of::<Car>(), gone.of::<Race>());
                assert_eq!((counts, gone.total), ((2, 3, 2), 2 + 3 + 2 + 3));
                let races = Race::objects().values(|r| r.place());
                assert_rows!(races.all(&db).await?, ["Brno"]);
                let between = "SELECT count(*) FROM";
                let sql = format!("{between} \"{}_car_riders\"", $template);
                assert_eq!(scalar::<i64>(&db, &sql).await?, 0);
                Ok(())
            }

            #[tokio::test]
            async fn few_statements() -> Outcome {
                let db = garage().await?;
                let rows = (0..500).map(|n| draft!(Car { owner: 3, towed_by: 1 + n % 5 }));
                Car::objects().bulk_create(&db, rows).await?;
                // The lock, two levels, and one statement for the rest; the ends of a transaction.
                let cars = Car::objects().filter(|c| c.id().lte(5));
                let counter = QueryCounter::new(&db);
                let gone = cars.delete(&db).await?;
                assert_eq!(gone.by_model, [("Car", 505)]);
                // A changed column each is a statement; Django has five for the rows between, too.
                let statements = counter.statements();
                let writes = |sql: &&String| sql.starts_with("WITH");
                assert!(statements.iter().filter(writes).count() <= 3, "{statements:#?}");
                assert!(statements.len() <= 13, "{statements:#?}");
                Ok(())
            }
        }
    };
}
garage!(database, "garage_database");
garage!(library, "garage_library", on_delete_in = "library");

#[tokio::test]
async fn the_table_says_who_does_it() -> Outcome {
    let db = database::garage().await?;
    let actions = "SELECT string_agg(confdeltype::text, '' ORDER BY conname) FROM pg_constraint \
                   WHERE contype = 'f' AND conrelid::regclass::text LIKE 'garage%'";
    let in_database: String = scalar(&db, actions).await?;
    assert!(in_database.contains('c') && in_database.contains('n'), "{in_database}");
    let db = library::garage().await?;
    let in_library: String = scalar(&db, actions).await?;
    assert!(in_library.chars().all(|action| action == 'a'), "{in_library}");
    Ok(())
}

/// What slips past the library is refused by the server, and told as the model says it.
#[tokio::test]
async fn the_servers_refusal_is_told_as_protected() -> Outcome {
    use database::{Car, Permit};
    let db = database::garage().await?;
    // A second constraint on the same rows, which the library does not know to look for.
    db.batch_execute(
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         INSERT INTO garage_database_permit (car_id) VALUES (OLD.id); RETURN OLD; END $$; \
         CREATE TRIGGER late BEFORE DELETE ON garage_database_car \
         FOR EACH ROW EXECUTE FUNCTION late()",
    )
    .await?;
    let error = Car::objects().filter(|c| c.id().eq(1)).delete(&db).await.expect_err("a permit");
    says(&error, &["`Permit`", "`car`", "`Protect`"]);
    let Error::Protected(error) = error else { panic!("{error:?}") };
    assert_eq!((error.rows[0].total, error.rows[0].keys.len()), (0, 0));
    assert_eq!((Car::objects().count(&db).await?, Permit::objects().count(&db).await?), (5, 0));
    Ok(())
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "heaps", on_delete_in = "library")]
struct Heap {
    id: i64,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "heaps", on_delete_in = "library")]
struct Grain {
    id: i64,
    #[field(on_delete = Cascade, related_name = "grains")]
    heap: ForeignKey<Heap>,
    #[field(on_delete = Cascade, related_name = "carried")]
    under: Option<ForeignKey<Self>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "heaps", on_delete_in = "library")]
struct Mite {
    id: i64,
    #[field(on_delete = Cascade, related_name = "mites")]
    grain: ForeignKey<Grain>,
}

#[tokio::test]
async fn a_great_many_rows_go_in_batches() -> Outcome {
    let db = database!("api_heaps": Heap, Grain, Mite);
    db.batch_execute(
        "INSERT INTO heaps_heap VALUES (1), (2); \
         INSERT INTO heaps_grain SELECT n, 1, NULL FROM generate_series(1, 60000) AS n; \
         INSERT INTO heaps_grain SELECT n, 2, n - 60000 FROM generate_series(60001, 70000) AS n; \
         INSERT INTO heaps_mite (grain_id) SELECT n FROM generate_series(10001, 70000) AS n;",
    )
    .await?;
    let gone = Heap::objects().filter(|h| h.id().eq(1)).delete(&db).await?;
    assert_eq!(gone.by_model, [("Heap", 1), ("Mite", 60_000), ("Grain", 70_000)]);
    assert_eq!(Heap::objects().count(&db).await?, 1);
    Ok(())
}
