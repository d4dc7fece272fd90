//! Models with keys of several columns, and keys that refer to them.

use crate::support::{Outcome, database};
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

#[tokio::test]
async fn children_of_rows_with_a_key_of_two_columns() -> Outcome {
    let db = database!("api_composite_keys_prefetch": Store, Book, Tag, Stock);
    let store = draft!(Store { name: "north" }).save(&db).await?;
    let tags = ["sea", "air"].map(|name| draft!(Tag { name: name }));
    let tags = Tag::objects().bulk_create(&db, tags).await?;
    for (name, tags) in [("Earthsea", &tags[..1]), ("Mort", &tags[1..]), ("Gods", &tags[..])] {
        let book = draft!(Book { name: name, tags: tags }).save(&db).await?;
        draft!(Stock { store: &store, book: &book, quantity: 1 }).save(&db).await?;
    }
    // All rows have one store: what belongs to a row is found by both columns of its key.
    let stocks = Stock::objects().prefetch_related(|s| s.book().tags());
    let stocks: Vec<(Stock, Vec<Tag>)> = assert_num_queries!(db, 2, stocks.all(&db).await?);
    let names: Vec<Vec<&str>> =
        stocks.iter().map(|(_, tags)| tags.iter().map(|tag| &*tag.name).collect()).collect();
    assert_rows!(names, [vec!["sea"], vec!["air"], vec!["sea", "air"]]);
    let first = Stock::objects().prefetch_related(|s| s.book().tags().objects().limit(1));
    let first = first.all(&db).await?;
    let names: Vec<&str> = first.iter().map(|(_, tags)| &*tags[0].name).collect();
    assert_rows!(names, ["sea", "air", "sea"]);
    Ok(())
}
