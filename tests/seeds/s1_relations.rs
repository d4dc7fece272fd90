//! The scrap book: queries over relations.

use crate::support::{Outcome, database};
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_num_queries, assert_rows, assert_rows_unordered};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "travel", ordering = [name])]
pub struct City {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "travel", ordering = [name])]
pub struct Venue {
    pub id: i64,
    pub name: String,
    #[field(related_name = "venues", on_delete = Cascade)]
    pub city: ForeignKey<City>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "travel", ordering = [title])]
pub struct Experience {
    pub id: i64,
    pub title: String,
    pub rating: i32,
    #[field(related_name = "experiences", on_delete = Cascade)]
    pub venue: Option<ForeignKey<Venue>>,
}

impl City {
    /// Has many experiences through its venues.
    pub fn experiences(&self) -> QuerySet<Experience> {
        Experience::objects().filter(|e| e.venue().city().eq(self))
    }
}

struct Travel {
    db: TestDatabase,
    rome: City,
    oslo: City,
    opera: Venue,
    park: Venue,
}

/// The opera has two experiences, the park and the empty hall of Oslo none; one is online.
async fn travel() -> Result<Travel, Box<dyn std::error::Error + Send + Sync>> {
    let db = database!("seeds_travel": City, Venue, Experience);
    let rome = draft!(City { name: "Rome" }).save(&db).await?;
    let oslo = draft!(City { name: "Oslo" }).save(&db).await?;
    let opera = draft!(Venue { name: "Opera", city: &rome }).save(&db).await?;
    let park = draft!(Venue { name: "Park", city: &rome }).save(&db).await?;
    draft!(Venue { name: "Hall", city: &oslo }).save(&db).await?;
    let experiences = [
        draft!(Experience { title: "Tosca", rating: 9, venue: &opera }),
        draft!(Experience { title: "Aida", rating: 4, venue: &opera }),
        draft!(Experience { title: "Webinar", rating: 9, venue: None }),
    ];
    Experience::objects().bulk_create(&db, experiences).await?;
    Ok(Travel { db, rome, oslo, opera, park })
}

fn titles(rows: &[Experience]) -> Vec<&str> {
    rows.iter().map(|row| row.title.as_str()).collect()
}

#[tokio::test]
async fn s1_15_cascade_on_delete() -> Outcome {
    let Travel { db, rome, oslo, .. } = travel().await?;
    // A city takes its venues along, and these their experiences; what hangs on none stays.
    let gone = rome.delete(&db).await?;
    assert_eq!((gone.of::<City>(), gone.of::<Venue>(), gone.of::<Experience>()), (1, 2, 2));
    assert_eq!(gone.total, 5);
    let left = Experience::objects().values(|e| e.title());
    assert_rows!(left.all(&db).await?, ["Webinar"]);
    // The database does the same for whoever comes past the library.
    db.execute("DELETE FROM travel_city WHERE id = $1", params![oslo.id]).await?;
    assert_eq!(Venue::objects().count(&db).await?, 0);
    Ok(())
}

#[tokio::test]
async fn s1_16_has_many_through_as_a_method() -> Outcome {
    let Travel { db, rome, oslo, .. } = travel().await?;
    assert_eq!(titles(&rome.experiences().all(&db).await?), ["Aida", "Tosca"]);
    assert_eq!(oslo.experiences().count(&db).await?, 0);
    // It is a query set like any other.
    let best = rome.experiences().filter(|e| e.rating().gte(5));
    let best = assert_num_queries!(db, 1, best.all(&db).await?);
    assert_eq!(titles(&best), ["Tosca"]);
    Ok(())
}

#[tokio::test]
async fn s1_24_with_without_and_with_a_matching_related_row() -> Outcome {
    let Travel { db, opera, park, .. } = travel().await?;
    // At least one: a join gives a row for each, `distinct` or `exists` gives one.
    let joined = Venue::objects().filter(|v| v.experiences().isnull(false));
    assert_rows!(joined.all(&db).await?, [opera.clone(), opera.clone()]);
    assert_rows!(joined.distinct().all(&db).await?, [opera.clone()]);
    let any = Venue::objects().filter(|v| exists(v.experiences().objects()));
    assert_rows!(any.all(&db).await?, [opera.clone()]);

    // Not by `select_related`: it keeps rows whose key is NULL.
    let related = Experience::objects().select_related(|e| e.venue()).all(&db).await?;
    let related: Vec<_> =
        related.iter().map(|(e, v)| (e.title.as_str(), v.as_ref().map(|v| v.id))).collect();
    let expected = [("Aida", Some(opera.id)), ("Tosca", Some(opera.id)), ("Webinar", None)];
    assert_rows!(related, expected);

    // None.
    let none = Venue::objects().filter(|v| v.experiences().isnull(true));
    let names = none.values(|v| v.name()).all(&db).await?;
    assert_rows!(names, ["Hall", "Park"]);
    let none = Venue::objects().filter(|v| !exists(v.experiences().objects()));
    assert_rows!(none.values(|v| v.name()).all(&db).await?, ["Hall", "Park"]);

    // A related row that matches.
    let good = Venue::objects().filter(|v| v.experiences().rating().gte(9));
    assert_rows!(good.all(&db).await?, [opera.clone()]);
    let great = Venue::objects().filter(|v| v.experiences().rating().gte(10));
    assert_rows!(great.all(&db).await?, [] as [Venue; 0]);
    let both = Venue::objects().filter(|v| v.name().in_(["Opera", "Park"]));
    assert_rows!(both.all(&db).await?, [opera, park]);
    Ok(())
}

mod family {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "family", ordering = [id])]
    pub struct Person {
        pub id: i64,
        pub name: String,
        #[field(related_name = "children", on_delete = Cascade)]
        pub father: Option<ForeignKey<Self>>,
    }
}

#[tokio::test]
async fn s1_25_select_related_against_one_query_for_each_row() -> Outcome {
    use family::Person;
    let db = database!("seeds_s1_25": Person);
    let adam = draft!(Person { name: "Adam" }).save(&db).await?;
    let names = ["Cain", "Abel", "Seth"];
    let drafts = names.map(|name| draft!(Person { name: name, father: &adam }));
    Person::objects().bulk_create(&db, drafts).await?;

    let people = assert_num_queries!(db, 4, {
        let mut people = Vec::new();
        for person in Person::objects().all(&db).await? {
            let father = person.father.fetch(&db).await?;
            people.push((person, father));
        }
        people
    });
    let joined = Person::objects().select_related(|p| p.father());
    let joined = assert_num_queries!(db, 1, joined.all(&db).await?);
    assert_rows!(joined, people);
    let fathers: Vec<_> = joined.iter().map(|(_, f)| f.as_ref().map(|f| &*f.name)).collect();
    assert_eq!(fathers, [None, Some("Adam"), Some("Adam"), Some("Adam")]);
    // The other way: two queries, however many rows.
    let families = Person::objects().prefetch_related(|p| p.children());
    let families = assert_num_queries!(db, 2, families.all(&db).await?);
    let children: Vec<_> = families.iter().map(|(_, children)| children.len()).collect();
    assert_eq!(children, [3, 0, 0, 0]);
    Ok(())
}

mod pizza {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "pizza", ordering = [name])]
    pub struct Topping {
        pub id: i64,
        pub name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "pizza")]
    pub struct Pizza {
        pub id: i64,
        pub name: String,
        #[field(related_name = "pizzas")]
        pub toppings: ManyToMany<Topping>,
    }
}

#[tokio::test]
async fn s1_40_add_and_remove_many_to_many_rows() -> Outcome {
    use pizza::{Pizza, Topping};
    let db = database!("seeds_s1_40": Topping, Pizza);
    let names = ["basil", "corn", "dill"].map(|name| draft!(Topping { name: name }));
    let toppings = Topping::objects().bulk_create(&db, names).await?;
    let [basil, corn, dill] = &toppings[..] else { panic!("three") };
    let pizza = draft!(Pizza { name: "Plain" }).save(&db).await?;
    let other = draft!(Pizza { name: "Other" }).save(&db).await?;
    other.toppings().add(&db, &toppings).await?;

    pizza.toppings().add(&db, [basil, corn]).await?;
    // Once more is not twice, and a key is as good as a row.
    pizza.toppings().add(&db, [basil.id, dill.id]).await?;
    assert_rows!(pizza.toppings().all(&db).await?, [basil.clone(), corn.clone(), dill.clone()]);
    pizza.toppings().remove(&db, [corn]).await?;
    pizza.toppings().remove(&db, [corn.id]).await?;
    assert_rows!(pizza.toppings().all(&db).await?, [basil.clone(), dill.clone()]);
    // From the other side.
    assert_rows_unordered!(basil.pizzas().all(&db).await?, [pizza.clone(), other.clone()]);
    basil.pizzas().remove(&db, [&pizza]).await?;
    assert_rows!(pizza.toppings().all(&db).await?, [dill.clone()]);

    pizza.toppings().set(&db, [basil, corn]).await?;
    assert_rows!(pizza.toppings().all(&db).await?, [basil.clone(), corn.clone()]);
    pizza.toppings().clear(&db).await?;
    assert_eq!(pizza.toppings().count(&db).await?, 0);
    let new = pizza.toppings().create(&db, draft!(Topping { name: "egg" })).await?;
    assert_rows!(pizza.toppings().all(&db).await?, [new]);
    // What was not asked for is as it was, and a row that is not there is an error.
    assert_eq!(other.toppings().count(&db).await?, 3);
    let missing = pizza.toppings().add(&db, [999_i64]).await;
    assert!(matches!(missing, Err(Error::ForeignKey(_))), "{missing:?}");
    assert_eq!(pizza.toppings().count(&db).await?, 1);
    Ok(())
}
