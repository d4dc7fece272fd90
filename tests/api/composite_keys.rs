//! Models with keys of several columns, and keys that refer to them.

use crate::support::{Outcome, in_order};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};

pub mod models {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ck", ordering = [id])]
    pub struct Store {
        pub id: i64,
        pub name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ck", ordering = [id])]
    pub struct Book {
        pub id: i64,
        pub name: String,
        #[field(related_name = "books")]
        pub tags: ManyToMany<Tag>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ck", ordering = [id])]
    pub struct Tag {
        pub id: i64,
        pub name: String,
    }

    /// A book in a store. Its key is made of two keys.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ck", primary_key = [store, book], ordering = [store, book])]
    pub struct Stock {
        #[field(related_name = "stocks", on_delete = Cascade)]
        pub store: ForeignKey<Store>,
        #[field(related_name = "stocks", on_delete = Cascade)]
        pub book: ForeignKey<Book>,
        pub quantity: i32,
        #[field(related_name = "stocks")]
        pub tags: ManyToMany<Tag>,
    }

    /// Keys of every kind to a row of two columns.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ck", ordering = [id])]
    pub struct Movement {
        pub id: i64,
        #[field(columns = ["store_id", "book_id"], related_name = "movements", on_delete = Cascade)]
        pub stock: ForeignKey<Stock>,
        #[field(
            columns = ["from_store_id", "from_book_id"],
            related_name = "departures",
            on_delete = SetNull,
        )]
        pub origin: Option<ForeignKey<Stock>>,
        pub copies: i32,
    }

    /// At most one for each stock, by its key.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ck", ordering = [id])]
    pub struct Label {
        pub id: i64,
        #[field(columns = ["store_id", "book_id"], related_name = "label", on_delete = Protect)]
        pub stock: OneToOne<Stock>,
        pub text: String,
    }

    /// Many-to-many with a key of two columns on the other side.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ck", ordering = [id])]
    pub struct Shelf {
        pub id: i64,
        pub name: String,
        #[field(related_name = "shelves")]
        pub stocks: ManyToMany<Stock>,
    }

    /// A key with a key of two columns in it, and two more columns.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ck", primary_key = [stock, day, code], ordering = [stock, day, code])]
    pub struct Tally {
        #[field(columns = ["store_id", "book_id"], related_name = "tallies", on_delete = Cascade)]
        pub stock: ForeignKey<Stock>,
        pub day: i32,
        #[field(max_length = 8)]
        pub code: String,
        #[field(
            columns = ["before_store_id", "before_book_id", "before_day", "before_code"],
            related_name = "later",
            on_delete = SetNull,
        )]
        pub before: Option<ForeignKey<Self>>,
        pub found: i32,
    }
}

use models::{Book, Label, Movement, Shelf, Stock, Store, Tag, Tally};

/// Two stores, three books, the stocks (1, 1), (1, 2), (2, 1) and what refers to them.
pub async fn rows(db: &Database) -> orm::Result<()> {
    let stores = ["north", "south"].map(|name| draft!(Store { name: name }));
    Store::objects().bulk_create(db, stores).await?;
    let tags = ["sea", "air"].map(|name| draft!(Tag { name: name }));
    let tags = Tag::objects().bulk_create(db, tags).await?;
    for (name, tags) in [("Earthsea", &tags[..1]), ("Mort", &tags[1..]), ("Gods", &tags[..])] {
        draft!(Book { name: name, tags: tags }).save(db).await?;
    }
    let stocks = [(1, 1, 10), (1, 2, 20), (2, 1, 30)];
    let stocks = stocks.map(|(s, b, n)| draft!(Stock { store: s, book: b, quantity: n }));
    let stocks = Stock::objects().bulk_create(db, stocks).await?;
    let movements = [(0, Some(1), 5), (0, None, 6), (1, Some(2), 7), (2, Some(2), 8)];
    let movements = movements.map(|(to, from, n)| {
        let from: Option<ForeignKey<Stock>> = from.map(|from: usize| (&stocks[from]).into());
        draft!(Movement { stock: &stocks[to], origin: from, copies: n })
    });
    Movement::objects().bulk_create(db, movements).await?;
    draft!(Label { stock: (1, 2), text: "new" }).save(db).await?;
    let shelf = draft!(Shelf { name: "A", stocks: [&stocks[0], &stocks[2]] });
    shelf.save(db).await?;
    draft!(Shelf { name: "B", stocks: [(1, 2)] }).save(db).await?;
    let first = draft!(Tally { stock: (1, 1), day: 1, code: "x", found: 9 }).save(db).await?;
    let second = draft!(Tally { stock: (1, 1), day: 2, code: "x", found: 8, before: &first });
    second.save(db).await?;
    draft!(Tally { stock: (1, 2), day: 1, code: "x", found: 7 }).save(db).await?;
    Ok(())
}

/// The database of these tests.
macro_rules! stocked {
    () => {
        crate::support::database!(
            "api_composite_keys": models::Store, models::Book, models::Tag, models::Stock,
            models::Movement, models::Label, models::Shelf, models::Tally; rows
        )
    };
}
pub(super) use stocked;

fn ids(movements: &[Movement]) -> Vec<i64> {
    movements.iter().map(|movement| movement.id).collect()
}

#[tokio::test]
async fn a_key_is_compared_by_all_of_its_columns() -> Outcome {
    let db = stocked!();
    let stock = Stock::objects().get_by_key(&db, (1, 1)).await?;
    assert_eq!((stock.pk(), stock.quantity), ((1, 1), 10));
    let query = Movement::objects().filter(|m| m.stock().eq((1, 1)));
    in_order(&query.sql()?, &[r#"("#, r#""store_id", "#, r#""book_id") = ($1, $2)"#]);
    assert_eq!(ids(&query.all(&db).await?), [1, 2]);
    for query in [
        Movement::objects().filter(|m| m.stock().eq(&stock)),
        Movement::objects().filter(|m| m.stock().eq(ForeignKey::from(&stock))),
        Movement::objects().filter(|m| m.stock().in_([(1, 1), (7, 7)])),
        Movement::objects().filter(|m| m.stock().in_([&stock])),
        Movement::objects()
            .filter(|m| m.stock().in_(Stock::objects().filter(|s| s.quantity().lt(15)))),
        Movement::objects().filter(|m| m.stock().pk().lte((1, 1))),
        Movement::objects().filter(|m| m.stock().store().eq(1) & m.stock().book().eq(1)),
        Movement::objects().exclude(|m| m.stock().in_([(1, 2), (2, 1)])),
        Movement::objects().filter(|m| m.stock().quantity().eq(10)),
    ] {
        assert_eq!(ids(&query.all(&db).await?), [1, 2], "{}", query.sql()?);
    }
    // NULL is different from every key, in lists and queries as well.
    for query in [
        Movement::objects().filter(|m| m.origin().ne((2, 1))),
        Movement::objects().exclude(|m| m.origin().in_([(2, 1)])),
        Movement::objects()
            .exclude(|m| m.origin().in_(Stock::objects().filter(|s| s.quantity().eq(30)))),
        Movement::objects().exclude(|m| m.origin().quantity().eq(30)),
    ] {
        assert_eq!(ids(&query.all(&db).await?), [1, 2], "{}", query.sql()?);
    }
    assert_eq!(ids(&Movement::objects().filter(|m| m.origin().isnull(true)).all(&db).await?), [2]);
    assert_eq!(
        ids(&Movement::objects().filter(|m| m.origin().isnull(false)).all(&db).await?),
        [1, 3, 4]
    );
    assert_eq!(ids(&Movement::objects().filter(|m| m.origin().eq(None)).all(&db).await?), [2]);
    assert_eq!(ids(&Movement::objects().filter(|m| m.origin().eq(m.stock())).all(&db).await?), [4]);
    let by_key = |stocks: Vec<Stock>| stocks.iter().map(Stock::pk).collect::<Vec<_>>();
    let stocks = Stock::objects().filter(|s| s.pk().gt((1, 1)));
    assert_rows!(by_key(stocks.all(&db).await?), [(1, 2), (2, 1)]);
    Ok(())
}

#[tokio::test]
async fn rows_are_joined_by_all_columns_of_a_key() -> Outcome {
    let db = stocked!();
    let query = Movement::objects().select_related(|m| (m.stock(), m.origin()));
    in_order(
        &query.sql()?,
        &[" JOIN ", r#""store_id" = "#, " AND ", r#""book_id" = "#, "LEFT JOIN"],
    );
    let rows = assert_num_queries!(db, 1, query.all(&db).await?);
    let quantities =
        rows.iter().map(|(_, (to, from))| (to.quantity, from.as_ref().map(|f| f.quantity)));
    let quantities: Vec<_> = quantities.collect();
    assert_rows!(quantities, [(10, Some(20)), (10, None), (20, Some(30)), (30, Some(30))]);
    // The key's own columns say it: nothing is joined.
    let query =
        Movement::objects().filter(|m| m.stock().store().eq(1)).values(|m| m.stock().book().pk());
    assert!(!query.sql()?.contains("JOIN"), "{}", query.sql()?);
    assert_rows!(query.all(&db).await?, [1, 1, 2]);
    let query = Movement::objects().filter(|m| m.stock().book().name().eq("Earthsea"));
    assert_eq!(ids(&query.all(&db).await?), [1, 2, 4]);
    // From the other side.
    let stocks = Stock::objects().filter(|s| s.movements().copies().gt(6)).values(|s| s.quantity());
    assert_rows!(stocks.all(&db).await?, [20, 30]);
    let stocks =
        Stock::objects().exclude(|s| s.movements().copies().gt(6)).values(|s| s.quantity());
    assert_rows!(stocks.all(&db).await?, [10]);
    let stocks = Stock::objects().filter(|s| s.label().text().eq("new")).values(|s| s.quantity());
    assert_rows!(stocks.all(&db).await?, [20]);
    let stocks = Stock::objects().filter(|s| s.label().isnull(true)).values(|s| s.quantity());
    assert_rows!(stocks.all(&db).await?, [10, 30]);
    let stocks = Stock::objects().filter(|s| s.shelves().name().eq("A")).values(|s| s.quantity());
    assert_rows!(stocks.all(&db).await?, [10, 30]);
    let has = |s: &Fields<Stock>| exists(s.movements().objects().filter(|m| m.copies().eq(6)));
    let stocks = Stock::objects().filter(has).values(|s| s.quantity());
    assert_rows!(stocks.all(&db).await?, [10]);
    // Counted, grouped and ordered.
    let counts = Stock::objects().annotate(|s| s.movements().count()).values(|s| s.quantity());
    assert_rows!(counts.all(&db).await?, [10, 20, 30]);
    let counts = Stock::objects().annotate(|s| s.movements().count()).all(&db).await?;
    let counts: Vec<i64> = counts.into_iter().map(|(_, n)| n).collect();
    assert_rows!(counts, [2, 1, 1]);
    let sums = Movement::objects().values(|m| m.stock()).annotate(|m| m.copies().sum());
    let sums = sums.order_by(|m| m.stock().pk().asc()).all(&db).await?;
    let sums: Vec<_> = sums.into_iter().map(|(stock, sum)| (stock.pk(), sum)).collect();
    assert_rows!(sums, [((1, 1), Some(11)), ((1, 2), Some(7)), ((2, 1), Some(8))]);
    let ordered = Movement::objects().order_by(|m| (m.stock().pk().desc(), m.id().asc()));
    assert_eq!(ids(&ordered.all(&db).await?), [4, 3, 1, 2]);
    Ok(())
}

#[tokio::test]
async fn rows_are_fetched_and_prefetched_by_all_columns_of_a_key() -> Outcome {
    let db = stocked!();
    let movement = Movement::objects().get_by_key(&db, 1).await?;
    assert_eq!((movement.stock.pk(), movement.stock.fetch(&db).await?.quantity), ((1, 1), 10));
    assert_eq!(movement.origin.fetch(&db).await?.map(|stock| stock.quantity), Some(20));
    let rows = Stock::objects().prefetch_related(|s| (s.movements(), s.label(), s.shelves()));
    let rows = assert_num_queries!(db, 4, rows.all(&db).await?);
    let rows: Vec<_> = rows
        .iter()
        .map(|(_, (movements, label, shelves))| {
            let shelves: Vec<&str> = shelves.iter().map(|shelf| &*shelf.name).collect();
            (ids(movements), label.as_ref().map(|label| &*label.text), shelves)
        })
        .collect();
    assert_rows!(
        rows,
        [
            (vec![1, 2], None, vec!["A"]),
            (vec![3], Some("new"), vec!["B"]),
            (vec![4], None, vec!["A"])
        ]
    );
    let rows = Movement::objects().prefetch_related(|m| (m.origin(), m.stock().book().tags()));
    let rows = assert_num_queries!(db, 3, rows.all(&db).await?);
    let rows: Vec<_> =
        rows.iter().map(|(_, (from, tags))| (from.as_ref().map(Stock::pk), tags.len())).collect();
    assert_rows!(rows, [(Some((1, 2)), 1), (None, 1), (Some((2, 1)), 1), (Some((2, 1)), 1)]);
    // Several levels, and a limit that holds for each parent.
    let last = |s: &Fields<Stock>| {
        s.movements()
            .objects()
            .order_by(|m| m.id().desc())
            .limit(1)
            .prefetch_related(|m| m.origin())
    };
    let rows = Stock::objects().prefetch_related(|s| last(s)).all(&db).await?;
    let rows: Vec<_> = rows.iter().map(|(_, movements)| movements[0].0.id).collect();
    assert_rows!(rows, [2, 3, 4]);
    let shelves = Shelf::objects()
        .prefetch_related(|s| s.stocks().objects().order_by(|s| s.quantity().asc()));
    let shelves = shelves.all(&db).await?;
    let shelves: Vec<Vec<i32>> = shelves
        .iter()
        .map(|(_, stocks)| stocks.iter().map(|stock| stock.quantity).collect())
        .collect();
    assert_rows!(shelves, [vec![10, 30], vec![20]]);
    Ok(())
}

#[tokio::test]
async fn a_key_within_a_key() -> Outcome {
    let db = stocked!();
    let tally = Tally::objects().get_by_key(&db, ((1, 1), 2, "x".to_owned())).await?;
    assert_eq!(tally.pk(), ((1, 1), 2, "x".to_owned()));
    let before = tally.before.fetch(&db).await?.expect("the one before");
    assert_eq!((before.pk(), before.found), (((1, 1), 1, "x".to_owned()), 9));
    assert_eq!(before.later().get(&db).await?, tally);
    let rows = Tally::objects().select_related(|t| (t.stock(), t.before())).all(&db).await?;
    let rows: Vec<_> = rows
        .iter()
        .map(|(t, (stock, before))| (t.found, stock.quantity, before.as_ref().map(|b| b.found)))
        .collect();
    assert_rows!(rows, [(9, 10, None), (8, 10, Some(9)), (7, 20, None)]);
    let rows = Tally::objects().prefetch_related(|t| t.later()).all(&db).await?;
    let rows: Vec<usize> = rows.iter().map(|(_, later)| later.len()).collect();
    assert_rows!(rows, [1, 0, 0]);
    let found = Tally::objects().filter(|t| t.before().stock().quantity().eq(10)).all(&db).await?;
    assert_eq!(found, std::slice::from_ref(&tally));
    let stock = Stock::objects().get_by_key(&db, (1, 1)).await?;
    assert_eq!(stock.tallies().count(&db).await?, 2);
    let mut tally = tally;
    tally.found = 3;
    tally.before = None;
    tally.save(&db).await?;
    tally.refresh(&db).await?;
    assert_eq!((tally.found, tally.before.clone()), (3, None));
    Ok(())
}

#[tokio::test]
async fn children_of_rows_with_a_key_of_two_columns() -> Outcome {
    let db = stocked!();
    draft!(Stock { store: 1, book: 3, quantity: 1 }).save(&db).await?;
    // Rows that share the first column of their key.
    let stocks = Stock::objects().filter(|s| s.store().eq(1));
    let stocks = stocks.prefetch_related(|s| s.book().tags());
    let stocks: Vec<(Stock, Vec<Tag>)> = assert_num_queries!(db, 2, stocks.all(&db).await?);
    let names: Vec<Vec<&str>> =
        stocks.iter().map(|(_, tags)| tags.iter().map(|tag| &*tag.name).collect()).collect();
    assert_rows!(names, [vec!["sea"], vec!["air"], vec!["sea", "air"]]);
    let first = Stock::objects().prefetch_related(|s| s.book().tags().objects().limit(1));
    let first = first.all(&db).await?;
    let names: Vec<&str> = first.iter().map(|(_, tags)| &*tags[0].name).collect();
    assert_rows!(names, ["sea", "air", "sea", "sea"]);
    Ok(())
}
