//! The scrap book: how models are written.

use crate::support::{Outcome, database, scalar};
use orm::prelude::*;
use orm_testkit::{assert_rows, assert_rows_unordered};

mod products {
    use orm::prelude::*;

    #[derive(Choices, Clone, Copy, Debug, PartialEq)]
    pub enum Country {
        #[choice("de", label = "Germany")]
        Germany,
        #[choice("fr", label = "France")]
        France,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(
        app = "shop",
        unique(fields = [name, country], name = "Unique city name per country"),
    )]
    pub struct Product {
        pub id: i32,
        #[field(max_length = 100)]
        pub name: String,
        #[field(default = Country::Germany)]
        pub country: Country,
        #[field(db_index)]
        pub started_at: DateTime<Utc>,
        #[field(max_length = 20, unique, blank, label = "stock keeping unit")]
        pub sku: String,
        #[field(max_digits = 18, decimal_places = 10)]
        pub latitude: Decimal,
        #[field(positive, default = 7)]
        pub stock: i32,
    }
}

#[tokio::test]
async fn s1_9_options_of_fields() -> Outcome {
    use products::{Country, Product};
    let db = database!("seeds_s1_9": Product);
    let started: DateTime<Utc> = "2024-05-06T07:08:09Z".parse()?;
    let latitude: Decimal = "52.5200066123".parse()?;
    let draft = |name: &str, sku: &str| {
        draft!(Product { name: name, started_at: started, sku: sku, latitude: latitude })
    };
    // Defaults, and every digit of the decimal.
    let berlin = draft("Berlin", "b").save(&db).await?;
    assert_eq!((berlin.country, berlin.stock, berlin.latitude), (Country::Germany, 7, latitude));
    let id: i32 = berlin.id;
    assert_eq!(Product::objects().get(&db).await?.id, id);

    let error = draft("Berlin", "other").save(&db).await.expect_err("two names in one country");
    assert!(matches!(error, Error::Unique(_)), "{error:?}");
    assert_eq!(error.constraint(), Some("Unique city name per country"));
    draft!(Product { country: Country::France, sku: "fr", ..berlin.clone() }).save(&db).await?;
    let error = draft("Paris", "b").save(&db).await.expect_err("one sku twice");
    assert!(matches!(error, Error::Unique(_)), "{error:?}");
    let error = draft!(Product { stock: -1, sku: "n", name: "Nowhere", ..berlin.clone() });
    let error = error.save(&db).await.expect_err("less than nothing");
    assert!(matches!(error, Error::Check(_)), "{error:?}");

    // As the database has it.
    let column = |name: &str| {
        format!(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute \
             WHERE attrelid = 'shop_product'::regclass AND attname = '{name}'"
        )
    };
    for (name, sql_type) in [
        ("id", "integer"),
        ("name", "character varying(100)"),
        ("latitude", "numeric(18,10)"),
        ("started_at", "timestamp with time zone"),
    ] {
        assert_eq!(scalar::<String>(&db, &column(name)).await?, sql_type, "{name}");
    }
    let indexes = "SELECT count(*) FROM pg_index JOIN pg_attribute ON attrelid = indrelid \
                   WHERE indrelid = 'shop_product'::regclass AND attname = 'started_at' \
                   AND indkey::text = attnum::text AND NOT indisunique";
    assert_eq!(scalar::<i64>(&db, indexes).await?, 1);

    // What people and forms want to know.
    let field = |name: &str| Product::meta().field(name).expect("a field").1;
    assert_eq!(field("sku").label, Some("stock keeping unit"));
    assert!(field("sku").blank && !field("name").blank);
    let labels: Vec<_> = field("country").choices.iter().map(|c| (c.value, c.label)).collect();
    assert_eq!(labels, [("de", "Germany"), ("fr", "France")]);
    let stored = "SELECT country::text FROM shop_product WHERE sku = 'fr'";
    assert_eq!(scalar::<String>(&db, stored).await?, "fr");
    Ok(())
}

mod maps {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "maps")]
    pub struct User {
        pub id: i64,
        pub name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "maps")]
    pub struct Map {
        pub id: i64,
        pub title: String,
        pub users: ManyToMany<User>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "maps")]
    pub struct Atlas {
        pub id: i64,
        pub title: String,
        #[field(related_name = "atlases")]
        pub users: ManyToMany<User>,
    }

    /// Two relations to one model: only without reverse names can both stay as they are.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "maps")]
    pub struct Sketch {
        pub id: i64,
        #[field(related_name = "+")]
        pub users: ManyToMany<User>,
        #[field(related_name = "+")]
        pub critics: ManyToMany<User>,
    }

    /// Found only where `User` has no method `sketch_set` of its own.
    pub trait NoReverse {
        fn sketch_set(&self) -> &'static str {
            "there is none"
        }
    }
    impl NoReverse for User {}
}

#[tokio::test]
async fn s1_13_reverse_relations_by_default_by_name_and_none() -> Outcome {
    use maps::{Atlas, Map, NoReverse, Sketch, User};
    let db = database!("seeds_s1_13": User, Map, Atlas, Sketch);
    let ann = draft!(User { name: "Ann" }).save(&db).await?;
    let bob = draft!(User { name: "Bob" }).save(&db).await?;
    let town = draft!(Map { title: "Town" }).save(&db).await?;
    let lake = draft!(Map { title: "Lake" }).save(&db).await?;
    let world = draft!(Atlas { title: "World" }).save(&db).await?;
    let sketch = draft!(Sketch {}).save(&db).await?;
    town.users().add(&db, [&ann, &bob]).await?;
    lake.users().add(&db, [&ann]).await?;
    world.users().add(&db, [&bob]).await?;
    sketch.users().add(&db, [&ann]).await?;
    sketch.critics().add(&db, [&bob]).await?;

    // By default: `map_set` on instances, `map` in queries.
    assert_rows_unordered!(ann.map_set().all(&db).await?, [town.clone(), lake.clone()]);
    assert_rows!(bob.map_set().all(&db).await?, [town]);
    let of_lake = User::objects().filter(|u| u.map().title().eq("Lake"));
    assert_rows!(of_lake.all(&db).await?, [ann.clone()]);
    // By `related_name` in both places.
    assert_rows!(bob.atlases().all(&db).await?, [world]);
    assert_rows!(ann.atlases().all(&db).await?, [] as [Atlas; 0]);
    let of_world = User::objects().filter(|u| u.atlases().title().eq("World"));
    assert_rows!(of_world.all(&db).await?, [bob.clone()]);
    // None.
    assert_eq!(ann.sketch_set(), "there is none");
    assert_rows!(sketch.users().all(&db).await?, [ann]);
    assert_rows!(sketch.critics().all(&db).await?, [bob]);
    Ok(())
}

mod kinds {
    use orm::prelude::*;

    /// Refers to a model that is defined later.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "kinds")]
    pub struct BlogPost {
        pub id: i64,
        pub title: String,
        #[field(on_delete = Cascade)]
        pub publisher: ForeignKey<User>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "kinds")]
    pub struct User {
        pub id: i64,
        pub name: String,
        /// Refers to itself.
        #[field(related_name = "reports", on_delete = Cascade)]
        pub boss: Option<ForeignKey<Self>>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "kinds")]
    pub struct Blog {
        pub id: i64,
        pub name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "kinds")]
    pub struct Entry {
        pub id: i64,
        pub headline: String,
        #[field(on_delete = Cascade)]
        pub blog: Option<ForeignKey<Blog>>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "kinds")]
    pub struct Pizza {
        pub id: i64,
        pub name: String,
        pub toppings: ManyToMany<Topping>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "kinds")]
    pub struct Topping {
        pub id: i64,
        pub name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "kinds")]
    pub struct Place {
        pub id: i64,
        #[field(max_length = 50)]
        pub name: String,
        #[field(max_length = 80)]
        pub address: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "kinds")]
    pub struct Restaurant {
        #[field(primary_key, on_delete = Cascade)]
        pub place: OneToOne<Place>,
        pub serves_pizza: bool,
    }
}

#[tokio::test]
async fn s1_14_relations_of_every_kind_in_any_order() -> Outcome {
    use kinds::*;
    let db =
        database!("seeds_s1_14": BlogPost, User, Blog, Entry, Pizza, Topping, Place, Restaurant);
    // A model defined later, and itself.
    let boss = draft!(User { name: "Boss" }).save(&db).await?;
    let ann = draft!(User { name: "Ann", boss: &boss }).save(&db).await?;
    let post = draft!(BlogPost { title: "News", publisher: &ann }).save(&db).await?;
    assert_eq!(post.publisher.fetch(&db).await?, ann);
    assert_eq!(ann.boss.expect("a boss").fetch(&db).await?, boss);
    assert_eq!(boss.boss, None);
    assert_rows!(boss.reports().all(&db).await?, [ann.clone()]);
    let by_boss = BlogPost::objects().filter(|p| p.publisher().boss().name().eq("Boss"));
    assert_rows!(by_boss.all(&db).await?, [post]);

    // One to many, where the one may be missing.
    let blog = draft!(Blog { name: "Beatles" }).save(&db).await?;
    let entry = draft!(Entry { headline: "Lennon", blog: &blog }).save(&db).await?;
    let loose = draft!(Entry { headline: "Loose" }).save(&db).await?;
    assert_rows!(blog.entry_set().all(&db).await?, [entry]);
    assert_eq!(loose.blog, None);

    // Many to many, from both sides.
    let margherita = draft!(Pizza { name: "Margherita" }).save(&db).await?;
    let basil = draft!(Topping { name: "Basil" }).save(&db).await?;
    let olive = draft!(Topping { name: "Olive" }).save(&db).await?;
    margherita.toppings().add(&db, [&basil]).await?;
    olive.pizza_set().add(&db, [&margherita]).await?;
    assert_rows_unordered!(margherita.toppings().all(&db).await?, [basil.clone(), olive]);
    assert_rows!(basil.pizza_set().all(&db).await?, [margherita]);

    // One to one: the key is the other row's, and a second row for it is refused.
    let demon = draft!(Place { name: "Demon Dogs", address: "944 W." }).save(&db).await?;
    let ace = draft!(Place { name: "Ace Hardware", address: "1013 N." }).save(&db).await?;
    let restaurant = draft!(Restaurant { place: &demon, serves_pizza: false }).save(&db).await?;
    assert_eq!(restaurant.pk(), demon.id);
    assert_eq!(restaurant.place.fetch(&db).await?, demon);
    let second = draft!(Restaurant { place: &demon, serves_pizza: true }).save(&db).await;
    assert!(matches!(second, Err(Error::Unique(_))), "{second:?}");
    let places = Place::objects().order_by(|p| p.name()).select_related(|p| p.restaurant());
    assert_rows!(places.all(&db).await?, [(ace, None), (demon, Some(restaurant))]);
    Ok(())
}

mod people {
    use orm::prelude::*;
    use std::fmt;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "people")]
    pub struct User {
        pub id: i64,
        #[field(unique, max_length = 150)]
        pub username: String,
    }

    impl fmt::Display for User {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.username)
        }
    }
}

#[tokio::test]
async fn s1_44_text_of_a_model_for_people() -> Outcome {
    use people::User;
    let db = database!("seeds_s1_44": User);
    draft!(User { username: "lennon" }).save(&db).await?;
    let user = User::objects().get(&db).await?;
    assert_eq!(user.to_string(), "lennon");
    // `Debug` is that of the struct, for programmers.
    assert_eq!(format!("{user:?}"), "User { id: 1, username: \"lennon\" }");
    Ok(())
}
