//! The scrap book: lookups, conditions, orderings and slices.

use crate::support::{Outcome, database, in_order};
use orm::prelude::*;
use orm_testkit::assert_rows;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "heroes", table = "heroes_user")]
pub struct User {
    pub id: i64,
    #[field(db_collation = "C")]
    pub first_name: String,
    pub last_name: String,
    pub age: i32,
    pub nickname: Option<String>,
    #[field(on_delete = Cascade)]
    pub group: Option<ForeignKey<Group>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "heroes")]
pub struct Group {
    pub id: i64,
    pub title: String,
}

/// A database of users.
macro_rules! users {
    () => {
        database!("seeds_users": User, Group; users)
    };
}

/// Ricky, Dale, Rosa, Dan and anna: two in a group, all kinds of nicknames.
async fn users(db: &Database) -> Result<()> {
    let b = draft!(Group { title: "Beta" }).save(db).await?;
    let a = draft!(Group { title: "Alpha" }).save(db).await?;
    for (first, last, age, nickname, group) in [
        ("Ricky", "Martin", 30, Some("Rick"), Some(&b)),
        ("Dale", "Dixon", 20, Some(""), None),
        ("Rosa", "Diaz", 10, None, Some(&a)),
        ("Dan", "Brown", 21, None, None),
        ("anna", "Smith", 9, Some("50%"), None),
    ] {
        let draft = draft!(User { first_name: first, last_name: last, age: age });
        draft
            .with(|d| d.nickname, nickname.map(str::to_owned))
            .with(|d| d.group, group.map(ForeignKey::from))
            .save(db)
            .await?;
    }
    Ok(())
}

/// The first names of a query set's users, in the order of their keys.
async fn names(db: &impl Executor, users: QuerySet<User>) -> orm::Result<Vec<String>> {
    users.order_by(|u| u.id()).values(|u| u.first_name()).all(db).await
}

#[tokio::test]
async fn s1_19_lookups() -> Outcome {
    let db = users!();
    let find = |q: Q<User>| names(&db, User::objects().filter(|_| q));
    let (id, name) = (1, "Dan");
    assert_rows!(
        find(User::q(|u| u.id().eq(id) | u.first_name().eq(name))).await?,
        ["Ricky", "Dan"]
    );
    assert_rows!(find(User::q(|u| u.first_name().startswith("Da"))).await?, ["Dale", "Dan"]);
    assert_rows!(find(User::q(|u| u.age().gte(21))).await?, ["Ricky", "Dan"]);
    assert_rows!(find(User::q(|u| u.last_name().contains("mi"))).await?, ["anna"]);
    assert_rows!(find(User::q(|u| u.last_name().contains("D"))).await?, ["Dale", "Rosa"]);
    assert_rows!(find(User::q(|u| u.first_name().icontains("N"))).await?, ["Dan", "anna"]);
    assert_rows!(find(User::q(|u| u.age().range(10..=20))).await?, ["Dale", "Rosa"]);
    assert_rows!(find(User::q(|u| u.age().range(10..20))).await?, ["Rosa"]);
    // What stands for something in LIKE stands for itself.
    assert_rows!(find(User::q(|u| u.nickname().contains("%"))).await?, ["anna"]);
    let sql = User::objects().filter(|u| u.last_name().contains("Lennon")).sql()?;
    in_order(&sql, &["WHERE", "last_name", " LIKE ", "$1"]);
    let (sql, params) = User::objects().filter(|u| u.age().range(10..=20)).sql_with_params()?;
    in_order(&sql, &["BETWEEN $1 AND $2"]);
    assert_eq!(format!("{params:?}"), "[I32(10), I32(20)]");
    Ok(())
}

mod orders {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "orders")]
    pub struct Order {
        pub id: i64,
        pub data: Value,
    }
}

#[tokio::test]
async fn s1_21_json_contains_and_key_paths() -> Outcome {
    use orders::Order;
    let db = database!("seeds_s1_21": Order);
    let documents = [
        json!({"InvoiceNumber": {"FirstName": "Daan", "Nr": 7}, "tags": ["a", "b"]}),
        json!({"InvoiceNumber": {"FirstName": "Daantje", "Nr": 12}, "tags": []}),
        json!({"FirstName": "Daan"}),
    ];
    let drafts = documents.map(|data| draft!(Order { data: data }));
    let orders = Order::objects().bulk_create(&db, drafts).await?;
    let find = async |q: Q<Order>| {
        Order::objects().filter(|_| q).order_by(|o| o.id()).values(|o| o.id()).all(&db).await
    };
    let [first, second, third] = &orders[..] else { panic!("three") };

    let nested = json!({"InvoiceNumber": {"FirstName": "Daan"}});
    assert_rows!(find(Order::q(|o| o.data().contains(nested))).await?, [first.id]);
    let path = |o: &OrderPaths| o.data().key("InvoiceNumber").key("FirstName");
    assert_rows!(find(Order::q(|o| path(o).eq("Daan"))).await?, [first.id]);
    let starts = find(Order::q(|o| path(o).text().startswith("Daan"))).await?;
    assert_rows!(starts, [first.id, second.id]);
    let number = find(Order::q(|o| o.data().path(["InvoiceNumber", "Nr"]).gt(10))).await?;
    assert_rows!(number, [second.id]);
    let item = find(Order::q(|o| o.data().key("tags").index(1).eq("b"))).await?;
    assert_rows!(item, [first.id]);
    assert_rows!(find(Order::q(|o| o.data().has_key("FirstName"))).await?, [third.id]);
    let values = Order::objects().order_by(|o| o.id()).values(|o| path(o).text());
    let expected = [Some("Daan".to_owned()), Some("Daantje".to_owned()), None];
    assert_rows!(values.all(&db).await?, expected);
    Ok(())
}

/// What closures on orders receive.
type OrderPaths = orm::Fields<orders::Order>;

mod stocks {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "stocks", ordering = [id])]
    pub struct Stock {
        pub id: i64,
        pub ticker: String,
        pub close_date: NaiveDate,
        pub price: Decimal,
    }
}

#[tokio::test]
async fn s1_28_or_and_not_in_one_condition_and_of_query_sets() -> Outcome {
    use stocks::Stock;
    let db = users!();
    let r = User::objects().filter(|u| u.first_name().startswith("R"));
    let d = User::objects().filter(|u| u.last_name().startswith("D"));
    let both = ["Rosa"];
    let either = ["Ricky", "Dale", "Rosa"];
    let paths =
        |u: &orm::Fields<User>| (u.first_name().startswith("R"), u.last_name().startswith("D"));

    // OR: of conditions, and of query sets.
    let or = User::objects().filter(|u| paths(u).0 | paths(u).1);
    assert_rows!(names(&db, or.clone()).await?, either);
    assert_rows!(names(&db, r.clone() | d.clone()).await?, either);
    in_order(&or.sql()?, &["WHERE", "first_name", " OR ", "last_name"]);
    // AND: of conditions, of filters, and of query sets.
    let and = User::objects().filter(|u| paths(u).0 & paths(u).1);
    assert_rows!(names(&db, and.clone()).await?, both);
    in_order(&and.sql()?, &["WHERE", "first_name", " AND ", "last_name"]);
    assert_rows!(names(&db, r.clone().filter(|u| paths(u).1)).await?, both);
    assert_rows!(names(&db, r.clone() & d.clone()).await?, both);
    // NOT.
    let rest = ["Dale", "Dan", "anna"];
    assert_rows!(names(&db, User::objects().exclude(|u| paths(u).0)).await?, rest);
    assert_rows!(names(&db, User::objects().filter(|u| !paths(u).0)).await?, rest);
    assert_rows!(names(&db, r ^ d).await?, ["Ricky", "Dale"]);

    // All of them, with parentheses.
    let db = database!("seeds_s1_28": Stock);
    let today: NaiveDate = "2024-03-05".parse()?;
    let yesterday: NaiveDate = "2024-03-04".parse()?;
    let older: NaiveDate = "2024-03-01".parse()?;
    for (ticker, date, price) in [
        ("AAPL", today, 1001),
        ("BRK.A", today, 600_000),
        ("MSFT", yesterday, 1500),
        ("GOOG", yesterday, 1000),
        ("NVDA", older, 2000),
    ] {
        draft!(Stock { ticker: ticker, close_date: date, price: price }).save(&db).await?;
    }
    let query = Stock::objects().filter(|s| {
        (s.close_date().eq(today) | s.close_date().eq(yesterday))
            & s.price().gt(1000)
            & !s.ticker().startswith("BRK")
    });
    assert_rows!(query.values(|s| s.ticker()).all(&db).await?, ["AAPL", "MSFT"]);
    Ok(())
}

#[tokio::test]
async fn s1_30_raw_sql_into_models() -> Outcome {
    let db = users!();
    let all = User::objects().raw("SELECT * FROM heroes_user ORDER BY id", params![]);
    assert_rows!(all.all(&db).await?, User::objects().order_by(|u| u.id()).all(&db).await?);
    let lname = "Diaz";
    let sql = "SELECT * FROM heroes_user WHERE last_name = $1 OR age > $2 ORDER BY age";
    let some = User::objects().raw(sql, params![lname, 25]).all(&db).await?;
    assert_rows!(some.iter().map(|u| &*u.last_name).collect::<Vec<_>>(), ["Diaz", "Martin"]);
    // A value is a value, whatever stands in it.
    let evil = "x' OR '1'='1";
    let none = User::objects().raw(sql, params![evil, 99]).all(&db).await?;
    assert_rows!(none, [] as [User; 0]);
    // Columns are found by name, and a missing one is an error.
    let turned = "SELECT age, last_name, first_name, nickname, group_id, id FROM heroes_user";
    let turned = User::objects().raw(turned, params![]).filter(|u| u.age().eq(9));
    assert_rows!(turned.values(|u| u.first_name()).all(&db).await?, ["anna"]);
    let less = User::objects().raw("SELECT id, age FROM heroes_user", params![]).all(&db).await;
    let error = less.expect_err("four columns are missing").to_string();
    assert!(error.contains("first_name"), "{error}");
    Ok(())
}

#[tokio::test]
async fn s1_31_only_some_columns() -> Outcome {
    let db = users!();
    let heroes = User::objects().filter(|u| u.age().gt(20)).order_by(|u| u.id());
    let pairs = heroes.clone().values(|u| (u.first_name(), u.age()));
    assert_rows!(pairs.all(&db).await?, [("Ricky".to_owned(), 30), ("Dan".to_owned(), 21)]);
    let sql = pairs.sql()?;
    let selected = sql.split(" FROM ").next().unwrap_or_default();
    in_order(selected, &["first_name", "age"]);
    assert!(!selected.contains("last_name"), "{sql}");
    let flat = heroes.clone().values(|u| u.first_name());
    assert_rows!(flat.all(&db).await?, ["Ricky", "Dan"]);
    #[derive(Debug, PartialEq)]
    struct Card {
        name: String,
        group: Option<String>,
    }
    let cards = heroes.values(|u| row!(Card { name: u.first_name(), group: u.group().title() }));
    let card = |name: &str, group: Option<&str>| Card {
        name: name.to_owned(),
        group: group.map(str::to_owned),
    };
    assert_rows!(cards.all(&db).await?, [card("Ricky", Some("Beta")), card("Dan", None)]);
    Ok(())
}

#[tokio::test]
async fn s1_32_slices_and_the_nth_row() -> Outcome {
    let db = users!();
    let oldest = User::objects().order_by(|u| u.age().desc());
    let ages = async |q: QuerySet<User>| q.values(|u| u.age()).all(&db).await;
    assert_rows!(ages(oldest.clone().limit(2)).await?, [30, 21]);
    assert_rows!(ages(oldest.clone().slice(..2)).await?, [30, 21]);
    assert_rows!(ages(oldest.clone().slice(1..3)).await?, [21, 20]);
    assert_rows!(ages(oldest.clone().offset(3)).await?, [10, 9]);
    // A slice of a slice counts from it, and never reaches beyond.
    assert_rows!(ages(oldest.clone().slice(1..4).slice(1..)).await?, [20, 10]);
    assert_rows!(ages(oldest.clone().slice(1..3).slice(1..9)).await?, [20]);
    let counter = orm_testkit::QueryCounter::new(&db);
    assert_eq!(oldest.nth(&db, 1).await?.first_name, "Dan");
    in_order(&counter.statements()[0], &["ORDER BY", "DESC", "LIMIT", "OFFSET"]);
    let beyond = oldest.nth(&db, 5).await;
    assert!(matches!(beyond, Err(Error::DoesNotExist { model: "User" })), "{beyond:?}");
    Ok(())
}

#[tokio::test]
async fn s1_35_null_or_empty() -> Outcome {
    let db = users!();
    let find = |q: Q<User>| names(&db, User::objects().filter(|_| q));
    let either = User::q(|u| u.nickname().isnull(true) | u.nickname().eq(""));
    assert_rows!(find(either.clone()).await?, ["Dale", "Rosa", "Dan"]);
    assert_rows!(find(!either).await?, ["Ricky", "anna"]);
    assert_rows!(find(User::q(|u| u.nickname().eq(None)).q()).await?, ["Rosa", "Dan"]);
    assert_rows!(find(User::q(|u| u.nickname().eq(""))).await?, ["Dale"]);
    Ok(())
}

#[tokio::test]
async fn s1_39_orderings() -> Outcome {
    let db = users!();
    let names = async |q: QuerySet<User>| q.values(|u| u.first_name()).all(&db).await;
    let users = User::objects;
    let by_age = names(users().order_by(|u| u.age())).await?;
    assert_rows!(by_age, ["anna", "Rosa", "Dale", "Dan", "Ricky"]);
    let down = names(users().order_by(|u| u.age().desc())).await?;
    assert_rows!(down, ["Ricky", "Dan", "Dale", "Rosa", "anna"]);
    // The column sorts by bytes, so that "a" comes after "R" unless told otherwise.
    let by_case = names(users().order_by(|u| u.first_name())).await?;
    assert_rows!(by_case, ["Dale", "Dan", "Ricky", "Rosa", "anna"]);
    let without = names(users().order_by(|u| u.first_name().lower())).await?;
    assert_rows!(without, ["anna", "Dale", "Dan", "Ricky", "Rosa"]);
    // By a field of another table, and where there is none.
    let last = users().order_by(|u| (u.group().title().asc().nulls_last(), u.id()));
    in_order(&last.sql()?, &["LEFT JOIN", "ORDER BY", "NULLS LAST"]);
    assert_rows!(names(last).await?, ["Rosa", "Ricky", "Dale", "Dan", "anna"]);
    let first = users().order_by(|u| (u.group().title().asc().nulls_first(), u.id()));
    assert_rows!(names(first).await?, ["Dale", "Dan", "anna", "Rosa", "Ricky"]);
    let down = users().order_by(|u| (u.group().title().desc().nulls_last(), u.id().desc()));
    assert_rows!(names(down).await?, ["Ricky", "Rosa", "anna", "Dan", "Dale"]);
    Ok(())
}
