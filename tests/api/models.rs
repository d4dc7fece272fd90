//! Models of other shapes: keys of every kind, tables between, shared and computed fields.

use crate::support::{Outcome, database, scalar};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows, assert_rows_unordered};

pub mod composite {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "composite", primary_key = [shop, sku], ordering = [shop, sku])]
    pub struct Stock {
        #[field(max_length = 20)]
        pub shop: String,
        pub sku: i32,
        pub quantity: i32,
    }
}

#[tokio::test]
async fn a_key_of_two_fields() -> Outcome {
    use composite::Stock;
    let db = database!("api_composite": Stock);
    let drafts = [("north", 1, 5), ("north", 2, 0), ("south", 1, 7)]
        .map(|(shop, sku, n)| draft!(Stock { shop: shop, sku: sku, quantity: n }));
    let stocks = Stock::objects().bulk_create(&db, drafts).await?;
    assert_eq!(stocks[1].pk(), ("north".to_owned(), 2));
    let again = draft!(Stock { shop: "north", sku: 2, quantity: 1 }).save(&db).await;
    assert!(matches!(again, Err(Error::Unique(_))), "{again:?}");
    let keys = [("north".to_owned(), 2), ("south".to_owned(), 1), ("south".to_owned(), 2)];
    let found = Stock::objects().in_bulk(&db, keys.clone()).await?;
    assert_eq!((found.len(), found[&keys[1]].quantity), (2, 7));

    let mut stock = stocks[1].clone();
    stock.quantity = 3;
    stock.save(&db).await?;
    stock.update(&db, |s| s.quantity().set(s.quantity() + 1)).await?;
    assert_eq!(stock.quantity, 4);
    let quantities = Stock::objects().values(|s| s.quantity());
    assert_rows!(quantities.all(&db).await?, [5, 4, 7]);
    assert!(Stock::objects().contains(&db, &stock).await?);
    assert_eq!(Stock::objects().unordered().last(&db).await?, Some(stocks[2].clone()));
    assert_eq!(stock.delete(&db).await?.total, 1);
    assert_rows!(Stock::objects().all(&db).await?, [stocks[0].clone(), stocks[2].clone()]);
    Ok(())
}

mod keys {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "keys")]
    pub struct Order {
        #[field(primary_key, default = Uuid::now_v7())]
        pub id: Uuid,
        pub total: i32,
        #[field(related_name = "orders", on_delete = Cascade)]
        pub country: Option<ForeignKey<Country>>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "keys")]
    pub struct Line {
        pub id: i16,
        #[field(related_name = "lines", on_delete = Cascade)]
        pub order: ForeignKey<Order>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "keys")]
    pub struct Country {
        #[field(primary_key, max_length = 2)]
        pub code: String,
    }
}

#[tokio::test]
async fn keys_made_in_rust_and_keys_of_text() -> Outcome {
    use keys::{Country, Line, Order};
    let db = database!("api_keys": Country, Order, Line);
    let chile = draft!(Country { code: "cl" }).save(&db).await?;
    let order = draft!(Order { total: 5, country: &chile }).save(&db).await?;
    let other = draft!(Order { total: 6, country: "cl" }).save(&db).await?;
    assert!(order.id < other.id, "keys are made in order");
    let fixed = Uuid::from_u128(7);
    let given = draft!(Order { id: fixed, total: 7 }).save(&db).await?;
    assert_eq!(given.id, fixed);
    let line = order.lines().create(&db, draft!(Line {})).await?;
    assert_eq!((line.id, line.order.pk()), (1_i16, order.id));

    assert_rows!(Order::objects().filter(|o| o.id().eq(fixed)).all(&db).await?, [given]);
    let by_line = Order::objects().filter(|o| o.lines().eq(&line));
    assert_rows!(by_line.all(&db).await?, [order.clone()]);
    let of = Line::objects().filter(|l| l.order().eq(order.id));
    assert_rows!(of.all(&db).await?, [line]);
    for orders in [
        chile.orders().order_by(|o| o.total()).all(&db).await?,
        Order::objects().filter(|o| o.country().eq("cl")).order_by(|o| o.total()).all(&db).await?,
        Order::objects()
            .filter(|o| o.country().in_(["cl", "de"]))
            .order_by(|o| o.total())
            .all(&db)
            .await?,
    ] {
        assert_rows!(orders, [order.clone(), other.clone()]);
    }
    let countries = Country::objects().in_bulk(&db, ["cl".to_owned()]).await?;
    assert_eq!(countries["cl"], chile);
    let missing = draft!(Order { total: 1, country: "xx" }).save(&db).await;
    assert!(matches!(missing, Err(Error::ForeignKey(_))), "{missing:?}");
    Ok(())
}

mod between {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "between", ordering = [id])]
    pub struct Person {
        pub id: i64,
        pub name: String,
        /// Symmetrical: a friend's friend list has the person too.
        pub friends: ManyToMany<Self>,
        #[field(symmetrical = false, related_name = "followers")]
        pub follows: ManyToMany<Self>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "between", ordering = [id])]
    pub struct Band {
        pub id: i64,
        pub name: String,
        #[field(through = Membership, related_name = "bands")]
        pub members: ManyToMany<Person>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "between", ordering = [id], unique(fields = [person, band]))]
    pub struct Membership {
        pub id: i64,
        #[field(related_name = "memberships", on_delete = Cascade)]
        pub person: ForeignKey<Person>,
        #[field(related_name = "memberships", on_delete = Cascade)]
        pub band: ForeignKey<Band>,
        pub joined: i32,
        #[field(default = "guitar")]
        pub instrument: String,
    }
}

#[tokio::test]
async fn many_to_many_over_a_model_of_ones_own() -> Outcome {
    use between::{Band, Membership, Person};
    let db = database!("api_between": Person, Band, Membership);
    let people = ["Paul", "John", "Eric"].map(|name| draft!(Person { name: name }));
    let people = Person::objects().bulk_create(&db, people).await?;
    let [paul, john, eric] = &people[..] else { panic!("three") };
    let beatles = draft!(Band { name: "Beatles" }).save(&db).await?;
    let cream = draft!(Band { name: "Cream" }).save(&db).await?;
    for (person, band, joined, instrument) in [
        (paul, &beatles, 1957, "bass"),
        (john, &beatles, 1956, "guitar"),
        (eric, &cream, 1966, "guitar"),
    ] {
        let draft = draft!(Membership { person: person, band: band, joined: joined });
        draft.with(|d| d.instrument, instrument).save(&db).await?;
    }
    assert_rows!(beatles.members().all(&db).await?, [paul.clone(), john.clone()]);
    assert_rows!(eric.bands().all(&db).await?, [cream.clone()]);
    // The table between is a model: its columns can be filtered by, from both sides.
    let early = Band::objects().filter(|b| b.memberships().joined().lt(1957));
    assert_rows!(early.all(&db).await?, [beatles.clone()]);
    let bassists = Person::objects().filter(|p| p.memberships().instrument().eq("bass"));
    assert_rows!(bassists.all(&db).await?, [paul.clone()]);
    let of_bassists = Band::objects()
        .filter(|b| b.members().name().eq("Paul") & b.memberships().instrument().eq("bass"));
    assert_rows!(of_bassists.all(&db).await?, [beatles.clone()]);
    let bands = Band::objects().prefetch_related(|b| b.members());
    let bands = assert_num_queries!(db, 2, bands.all(&db).await?);
    assert_rows!(
        bands,
        [(beatles.clone(), vec![paul.clone(), john.clone()]), (cream.clone(), vec![eric.clone()])]
    );
    // A row between that cannot be made of two keys alone is refused.
    let error = cream.members().add(&db, [paul]).await.expect_err("`joined` has no value");
    assert!(matches!(error, Error::NotNull(_) | Error::Usage(_)), "{error:?}");
    crate::support::says(&error, &["joined"]);
    beatles.members().remove(&db, [paul]).await?;
    assert_rows!(beatles.members().all(&db).await?, [john.clone()]);
    assert_eq!(Membership::objects().count(&db).await?, 2);
    Ok(())
}

#[tokio::test]
async fn many_to_many_to_itself() -> Outcome {
    use between::{Band, Membership, Person};
    let db = database!("api_between": Person, Band, Membership);
    let people = ["Ann", "Bob", "Cid"].map(|name| draft!(Person { name: name }));
    let people = Person::objects().bulk_create(&db, people).await?;
    let [ann, bob, cid] = &people[..] else { panic!("three") };
    // Friends are friends of each other.
    ann.friends().add(&db, [bob, cid]).await?;
    assert_rows!(bob.friends().all(&db).await?, [ann.clone()]);
    let of_bob = Person::objects().filter(|p| p.friends().name().eq("Bob"));
    assert_rows!(of_bob.all(&db).await?, [ann.clone()]);
    bob.friends().remove(&db, [ann]).await?;
    assert_rows!(ann.friends().all(&db).await?, [cid.clone()]);
    ann.friends().clear(&db).await?;
    assert_eq!(cid.friends().count(&db).await?, 0);
    // Followers need not follow.
    ann.follows().add(&db, [bob, cid]).await?;
    assert_rows!(bob.followers().all(&db).await?, [ann.clone()]);
    assert_eq!(bob.follows().count(&db).await?, 0);
    bob.followers().add(&db, [cid]).await?;
    assert_rows!(cid.follows().all(&db).await?, [bob.clone()]);
    let followed = Person::objects().filter(|p| p.followers().name().eq("Ann"));
    assert_rows_unordered!(followed.all(&db).await?, [bob.clone(), cid.clone()]);
    Ok(())
}

mod fields {
    use orm::prelude::*;

    #[derive(ModelFields, Clone, Debug, PartialEq)]
    pub struct Timestamps {
        #[field(auto_now_add)]
        pub created_at: DateTime<Utc>,
        #[field(auto_now)]
        pub updated_at: DateTime<Utc>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "fields", ordering = [id])]
    pub struct Article {
        pub id: i64,
        pub pages: i32,
        #[field(generated = |a| a.pages() * 2)]
        pub sides: i32,
        #[field(db_default = value("Anonymous").lower())]
        pub author: String,
        #[model(flatten)]
        pub times: Timestamps,
        #[field(auto_now_add)]
        pub first_day: NaiveDate,
    }
}

#[tokio::test]
async fn fields_that_fill_themselves() -> Outcome {
    use fields::Article;
    let db = database!("api_fields": Article);
    let start = Utc::now() - TimeDelta::seconds(2);
    let mut article = draft!(Article { pages: 4 }).save(&db).await?;
    assert_eq!((article.sides, &*article.author), (8, "anonymous"));
    assert_eq!(article.times.created_at, article.times.updated_at);
    assert!(article.times.created_at > start && article.times.created_at <= Utc::now());
    assert!(article.first_day >= start.date_naive());
    let (created, updated) = (article.times.created_at, article.times.updated_at);
    // What is stored is what the instance has.
    assert_eq!(Article::objects().get(&db).await?, article);

    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    article.pages = 5;
    article.save(&db).await?;
    assert_eq!((article.pages, article.sides), (5, 10));
    assert_eq!(article.times.created_at, created);
    assert!(article.times.updated_at > updated);
    assert_eq!(Article::objects().get(&db).await?, article);
    // Columns of the shared struct are columns of the table, and of the model's paths.
    let recent = Article::objects().filter(|a| a.times().created_at().gt(start) & a.sides().eq(10));
    assert_eq!(recent.count(&db).await?, 1);
    let sql = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'fields_article' \
               AND column_name IN ('created_at', 'updated_at', 'sides')";
    assert_eq!(scalar::<i64>(&db, sql).await?, 3);
    // The database's default is there for others too.
    db.execute(
        "INSERT INTO fields_article (pages, created_at, updated_at, first_day) \
                VALUES (1, now(), now(), now())",
        params![],
    )
    .await?;
    let authors = Article::objects().values(|a| (a.author(), a.sides()));
    let anonymous = || "anonymous".to_owned();
    assert_rows!(authors.all(&db).await?, [(anonymous(), 10), (anonymous(), 2)]);
    // What is given wins.
    let given = draft!(Article { pages: 1, author: "Ann" }).save(&db).await?;
    assert_eq!(given.author, "Ann");
    Ok(())
}
