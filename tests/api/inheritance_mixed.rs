//! Models that extend others, with flattened structs in both, and proxies of them.

use crate::support::{Outcome, database, says};
use orm::prelude::*;

#[derive(ModelFields, Clone, Debug, PartialEq)]
#[model(clean)]
pub struct Named {
    #[field(max_length = 40)]
    pub name: String,
    #[field(default = "", blank)]
    pub note: String,
}

impl Clean for Named {
    fn clean(&mut self, errors: &mut Errors) {
        if self.name == "nobody" {
            errors.add_non_field("nobody is no name");
        }
    }
}

#[derive(ModelFields, Clone, Debug, PartialEq)]
#[model(index(fields = [born], name = "{model}_born"))]
pub struct Dated {
    pub born: NaiveDate,
    #[field(on_delete = SetNull, related_name = "{model}s")]
    pub town: Option<ForeignKey<Town>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "zoo")]
pub struct Town {
    pub id: i64,
    pub mayor: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "zoo", ordering = [id])]
pub struct Animal {
    pub id: i64,
    #[model(flatten)]
    pub named: Named,
    pub legs: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "zoo", extends = Animal, validate)]
pub struct Dog {
    pub animal: Animal,
    #[model(flatten)]
    pub dates: Dated,
    pub tricks: i32,
}

/// The same rows in another order.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(proxy = Dog, ordering = [-tricks])]
pub struct Clever(pub Dog);

fn born(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 3, 1).expect("a day")
}

#[tokio::test]
async fn structs_are_flattened_into_both_models() -> Outcome {
    let db = database!("zoo": Town, Animal, Dog, Owned, Herd, Flock);
    let town = draft!(Town { mayor: "Ann" }).save(&db).await?;
    let animal = draft!(Animal { name: "Snake", legs: 0 }).save(&db).await?;
    assert_eq!(animal.named.name, "Snake");
    // Fields of the struct of the model itself are given flat, those of the other model as the struct.
    let named = |name: &str| Named { name: name.to_owned(), note: String::new() };
    let rex =
        draft!(Dog { named: named("Rex"), legs: 4, born: born(2020), town: &town, tricks: 3 })
            .save(&db)
            .await?;
    assert_eq!((rex.named.name.as_str(), rex.dates.born, rex.legs), ("Rex", born(2020), 4));
    let more =
        (0..30).map(|n| draft!(Dog { named: named("Pup"), legs: 4, born: born(2021), tricks: n }));
    assert_eq!(Dog::objects().bulk_create(&db, more).await?.len(), 30);
    let found = Dog::objects()
        .filter(|d| {
            d.named().name().eq("Rex")
                & d.dates().born().lt(born(2021))
                & d.dates().town().mayor().eq("Ann")
        })
        .select_related(|d| d.dates().town())
        .get(&db)
        .await?;
    assert_eq!(found, (rex.clone(), Some(town.clone())));
    let mut rex = rex;
    rex.named.note = "good".into();
    rex.dates.born = born(2019);
    rex.save(&db).await?;
    assert_eq!(
        Dog::objects()
            .filter(|d| d.named().note().eq("good") & d.dates().born().eq(born(2019)))
            .count(&db)
            .await?,
        1
    );
    Dog::objects()
        .filter(|d| d.tricks().gt(20))
        .update(&db, |d| (d.named().note().set("clever"), d.tricks().set(d.tricks() + 1)))
        .await?;
    assert_eq!(Animal::objects().filter(|a| a.named().note().eq("clever")).count(&db).await?, 9);
    rex.named.name = "nobody".into();
    let error = rex.save(&db).await.expect_err("cleaned");
    says(&error, &["nobody is no name"]);
    let clever = Clever::objects().first(&db).await?.expect("a dog");
    assert_eq!((clever.tricks, clever.animal.named.name.as_str()), (30, "Pup"));
    let gone = Dog::objects().delete(&db).await?;
    assert_eq!(gone.total, 62);
    assert_eq!(Animal::objects().count(&db).await?, 1);
    Ok(())
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "herd", tenant = town)]
pub struct Herd {
    pub id: i64,
    pub town: i64,
    pub size: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "herd", extends = Herd)]
pub struct Flock {
    pub herd: Herd,
    pub birds: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "herd", extends = Animal, tenant = town)]
pub struct Owned {
    pub animal: Animal,
    pub town: i64,
}

/// The tenant may be said in either table.
#[tokio::test]
async fn tenants_of_models_that_extend_others() -> Outcome {
    let db = database!("zoo": Town, Animal, Dog, Owned, Herd, Flock);
    let one = db.for_tenant(1_i64);
    let named = || Named { name: "Cat".to_owned(), note: String::new() };
    let cat = draft!(Owned { named: named(), legs: 4 }).save(&one).await?;
    assert_eq!(cat.town, 1);
    assert_eq!(Owned::objects().count(&one).await?, 1);
    assert_eq!(Owned::objects().filter(|o| o.legs().eq(4)).count(&db.for_tenant(2_i64)).await?, 0);
    let error = Owned::objects().count(&db).await.expect_err("no tenant");
    says(&error, &["Owned", "for_tenant"]);
    let flock = draft!(Flock { size: 3, birds: 2 }).save(&one).await?;
    assert_eq!(flock.town, 1);
    assert_eq!(Flock::objects().count(&one).await?, 1);
    let two = db.for_tenant(2_i64);
    assert_eq!(Flock::objects().count(&two).await?, 0);
    assert_eq!(Herd::objects().filter(|h| h.flock().birds().gt(1)).count(&two).await?, 0);
    assert_eq!(Flock::objects().delete(&two).await?.total, 0);
    assert_eq!(Flock::objects().delete(&one).await?.total, 2);
    Ok(())
}
