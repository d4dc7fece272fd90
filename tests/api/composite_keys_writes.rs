//! Rows with keys of several columns, and those that refer to them, written.

use super::composite_keys::models::{Book, Label, Movement, Shelf, Stock, Store, Tag, Tally};
use super::composite_keys::{models, rows, stocked};
use crate::support::{Outcome, in_order, says};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};

fn keys(stocks: Vec<Stock>) -> Vec<(i64, i64)> {
    stocks.iter().map(Stock::pk).collect()
}

#[tokio::test]
async fn tables_have_keys_of_several_columns() -> Outcome {
    let sql = create_tables_sql::<(Store, Book, Tag, Stock, Movement, Label, Shelf, Tally)>()?;
    let sql = sql.join("\n");
    in_order(
        &sql,
        &[
            r#"CREATE TABLE "ck_stock""#,
            r#"PRIMARY KEY ("store_id", "book_id")"#,
            r#"CREATE TABLE "ck_movement""#,
            r#"FOREIGN KEY ("store_id", "book_id")"#,
            r#"REFERENCES "ck_stock" ("store_id", "book_id") ON DELETE CASCADE"#,
            r#"FOREIGN KEY ("from_store_id", "from_book_id")"#,
            r#"REFERENCES "ck_stock" ("store_id", "book_id") ON DELETE SET NULL"#,
        ],
    );
    for part in [
        r#"UNIQUE ("store_id", "book_id")"#,
        r#"UNIQUE ("shelf_id", "stock_store_id", "stock_book_id")"#,
        r#"FOREIGN KEY ("stock_store_id", "stock_book_id")"#,
        r#"UNIQUE ("stock_store_id", "stock_book_id", "tag_id")"#,
        r#"PRIMARY KEY ("store_id", "book_id", "day", "code")"#,
        r#"REFERENCES "ck_tally" ("store_id", "book_id", "day", "code")"#,
        r#"ON "ck_movement" ("from_store_id", "from_book_id")"#,
        r#""before_code" varchar(8)"#,
    ] {
        assert!(sql.contains(part), "`{part}` is not in\n{sql}");
    }
    Ok(())
}

#[tokio::test]
async fn related_sets_of_a_row_with_two_columns() -> Outcome {
    let db = stocked!();
    let stock = Stock::objects().get_by_key(&db, (1, 2)).await?;
    let made = stock.movements().create(&db, draft!(Movement { copies: 3 })).await?;
    assert_eq!(made.stock.pk(), (1, 2));
    let found = |copies| draft!(Movement { copies: copies });
    let (again, created) =
        stock.movements().get_or_create(&db, |m| m.copies().eq(3), found(3)).await?;
    assert_eq!((again.id, created), (made.id, false));
    let (other, created) =
        stock.movements().get_or_create(&db, |m| m.copies().eq(4), found(4)).await?;
    assert_eq!((other.stock.pk(), created), ((1, 2), true));
    assert_eq!(stock.movements().count(&db).await?, 3);
    // Rows come and go.
    stock.departures().add(&db, [&made]).await?;
    assert_eq!(stock.departures().count(&db).await?, 2);
    stock.departures().remove(&db, [1]).await?;
    assert_eq!(stock.departures().values(|m| m.id()).all(&db).await?, [made.id]);
    stock.departures().set(&db, [&other]).await?;
    assert_eq!(stock.departures().values(|m| m.id()).all(&db).await?, [other.id]);
    stock.departures().clear(&db).await?;
    let mut made = made;
    made.refresh(&db).await?;
    assert_eq!((made.origin, stock.departures().count(&db).await?), (None, 0));
    let error = stock.movements().set(&db, Vec::<i64>::new()).await.unwrap_err();
    says(&error, &["`stock` of `Movement` cannot be NULL"]);
    assert_eq!(stock.label().get(&db).await?.text, "new");
    Ok(())
}

#[tokio::test]
async fn many_to_many_with_a_key_of_two_columns() -> Outcome {
    let db = stocked!();
    let shelf = Shelf::objects().get_by_key(&db, 1).await?;
    assert_rows!(keys(shelf.stocks().all(&db).await?), [(1, 1), (2, 1)]);
    shelf.stocks().add(&db, [(1, 1), (1, 2)]).await?;
    assert_rows!(keys(shelf.stocks().all(&db).await?), [(1, 1), (1, 2), (2, 1)]);
    shelf.stocks().remove(&db, [(1, 1), (7, 7)]).await?;
    assert_rows!(keys(shelf.stocks().all(&db).await?), [(1, 2), (2, 1)]);
    shelf.stocks().set(&db, [(1, 1), (1, 2)]).await?;
    assert_rows!(keys(shelf.stocks().all(&db).await?), [(1, 1), (1, 2)]);
    let draft = draft!(Stock { store: 2, book: 3, quantity: 1 });
    let stock = shelf.stocks().create(&db, draft).await?;
    assert_eq!(stock.shelves().get(&db).await?, shelf);
    stock.tags().add(&db, [1, 2]).await?;
    let tag = Tag::objects().get_by_key(&db, 2).await?;
    assert_rows!(keys(tag.stocks().all(&db).await?), [(2, 3)]);
    tag.stocks().add(&db, [&stock, &Stock::objects().get_by_key(&db, (1, 1)).await?]).await?;
    assert_rows!(keys(tag.stocks().all(&db).await?), [(1, 1), (2, 3)]);
    stock.tags().clear(&db).await?;
    assert_rows!(keys(tag.stocks().all(&db).await?), [(1, 1)]);
    assert_eq!(stock.tags().count(&db).await?, 0);
    let gone = stock.delete(&db).await?;
    // The row, and its row between.
    assert_eq!(gone.total, 2, "{gone:?}");
    Ok(())
}

#[tokio::test]
async fn deletions_follow_keys_of_two_columns() -> Outcome {
    let db = stocked!();
    let error = Stock::objects().filter(|s| s.pk().eq((1, 2))).delete(&db).await.unwrap_err();
    assert!(matches!(error, Error::Protected(_)), "{error:?}");
    says(&error, &["`Label`", "stock"]);
    let gone = Stock::objects().get_by_key(&db, (2, 1)).await?.delete(&db).await?;
    // The stock, a movement to it, and its place on a shelf; another movement loses its origin.
    assert_eq!((gone.total, gone.of::<Stock>(), gone.of::<Movement>()), (3, 1, 1), "{gone:?}");
    let origins = Movement::objects().filter(|m| m.origin().isnull(true)).values(|m| m.id());
    assert_eq!(origins.all(&db).await?, [2, 3]);
    // A key within a key, which refers to itself.
    let gone = Stock::objects().get_by_key(&db, (1, 1)).await?.delete(&db).await?;
    assert_eq!((gone.of::<Tally>(), gone.of::<Movement>()), (2, 2), "{gone:?}");
    let gone = Label::objects().delete(&db).await?;
    assert_eq!(gone.total, 1);
    let gone = Store::objects().delete(&db).await?;
    assert_eq!((gone.of::<Store>(), gone.of::<Stock>(), gone.of::<Tally>()), (2, 1, 1));
    assert_eq!(Movement::objects().count(&db).await?, 0);
    Ok(())
}

/// Keys that the library follows itself.
mod library {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ckl", primary_key = [a, b], on_delete_in = "library")]
    pub struct Pair {
        pub a: i32,
        pub b: Uuid,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ckl", ordering = [id], on_delete_in = "library")]
    pub struct Note {
        pub id: i64,
        #[field(columns = ["a", "b"], related_name = "notes", on_delete = SetNull)]
        pub pair: Option<ForeignKey<Pair>>,
        #[field(
            columns = ["c", "d"],
            related_name = "defaults",
            on_delete = SetDefault,
            default = (1, Uuid::nil()),
        )]
        pub other: ForeignKey<Pair>,
        #[field(columns = ["e", "f"], related_name = "kept", on_delete = Restrict)]
        pub kept: Option<ForeignKey<Pair>>,
    }
}

#[tokio::test]
async fn the_library_sets_all_columns_of_a_key() -> Outcome {
    use library::{Note, Pair};
    let db = crate::support::database!("api_composite_keys_library": Pair, Note);
    let pairs = [(1, Uuid::nil()), (1, Uuid::max()), (2, Uuid::nil())];
    let pairs = pairs.map(|(a, b)| draft!(Pair { a: a, b: b }));
    let pairs = Pair::objects().bulk_create(&db, pairs).await?;
    let note = draft!(Note { pair: &pairs[1], other: &pairs[1], kept: &pairs[2] });
    let mut note = note.save(&db).await?;
    assert_eq!(pairs[1].clone().delete(&db).await?.total, 1);
    note.refresh(&db).await?;
    assert_eq!((note.pair, note.other.pk()), (None, (1, Uuid::nil())));
    let error = pairs[2].clone().delete(&db).await.unwrap_err();
    says(&error, &["`Note`"]);
    note.update(&db, |n| n.kept().set(None)).await?;
    assert_eq!(pairs[2].clone().delete(&db).await?.total, 1);
    let draft = draft!(Note { kept: (1, Uuid::nil()) }).save(&db).await?;
    assert_eq!((draft.other.pk(), draft.pair), ((1, Uuid::nil()), None));
    Ok(())
}

#[tokio::test]
async fn rows_are_written_with_keys_of_two_columns() -> Outcome {
    let db = stocked!();
    // One by one.
    let mut movement = draft!(Movement { stock: (1, 1), copies: 1 }).save(&db).await?;
    movement.stock = ForeignKey::new((1, 2));
    movement.save_fields(&db, |m| m.stock()).await?;
    movement.refresh(&db).await?;
    assert_eq!(movement.stock.pk(), (1, 2));
    movement.update(&db, |m| (m.stock().set((2, 1)), m.origin().set(m.stock()))).await?;
    assert_eq!(
        (movement.stock.pk(), movement.origin.as_ref().map(|k| k.pk())),
        ((2, 1), Some((1, 2)))
    );
    let error = draft!(Movement { stock: (9, 9), copies: 1 }).save(&db).await.unwrap_err();
    assert!(matches!(error, Error::ForeignKey(_)), "{error:?}");
    // Many at once.
    let changed = Movement::objects()
        .filter(|m| m.stock().eq((1, 1)))
        .update(&db, |m| m.origin().set((1, 2)));
    assert_eq!(changed.await?, 2);
    let mut rows = Movement::objects().filter(|m| m.id().lte(2)).all(&db).await?;
    rows[0].origin = None;
    rows[1].origin = Some(ForeignKey::new((2, 1)));
    Movement::objects().bulk_update(&db, &rows, |m| m.origin()).await?;
    assert_eq!(Movement::objects().filter(|m| m.id().lte(2)).all(&db).await?, rows);
    let drafts = (0..40).map(|n| draft!(Movement { stock: (1, 2), copies: n }));
    let made = Movement::objects().bulk_create(&db, drafts).await?;
    assert!(made.iter().all(|row| row.stock.pk() == (1, 2) && row.origin.is_none()));
    let drafts = (0..5).map(|n| draft!(Movement { stock: (2, 1), copies: n, origin: (1, 1) }));
    assert_eq!(Movement::objects().copy_in(&db, drafts).await?, 5);
    assert_eq!(Movement::objects().filter(|m| m.origin().eq((1, 1))).count(&db).await?, 5);
    let keys = [(1, 1), (2, 1), (5, 5)];
    let stocks = Stock::objects().in_bulk(&db, keys).await?;
    assert_eq!((stocks.len(), stocks[&(2, 1)].quantity), (2, 30));
    Ok(())
}

#[tokio::test]
async fn rows_are_found_or_created_by_keys_of_two_columns() -> Outcome {
    let db = stocked!();
    let label = |text: &str| draft!(Label { stock: (2, 1), text: text });
    let (first, created) = Label::objects().get_or_create(&db, |l| l.stock(), label("a")).await?;
    assert!(created);
    let (again, created) = Label::objects().get_or_create(&db, |l| l.stock(), label("b")).await?;
    assert_eq!((again, created), (first.clone(), false));
    let upsert = Label::objects().update_or_create(&db, |l| l.stock(), label("c"));
    let (row, created) = assert_num_queries!(db, 1, upsert.await?);
    assert_eq!((row.id, &*row.text, created), (first.id, "c", false));
    let stock = |n| draft!(Stock { store: 1, book: 1, quantity: n });
    let upsert = Stock::objects().update_or_create(&db, |s| (s.store(), s.book()), stock(99));
    assert_eq!(upsert.await?.0.quantity, 99);
    // Drafts within drafts, and by names.
    let draft = draft!(Stock {
        store: 2,
        book: 2,
        quantity: 1,
        movements: [draft!(Movement { copies: 1 }), draft!(Movement { copies: 2 })],
        shelves: [draft!(Shelf { name: "C" })],
        label: draft!(Label { text: "nested" }),
    });
    let stock = draft.save(&db).await?;
    assert_eq!(stock.movements().count(&db).await?, 2);
    assert_eq!(stock.shelves().get(&db).await?.name, "C");
    assert_eq!(stock.label().get(&db).await?.text, "nested");
    let dynamic = Movement::dyn_draft().set("stock", (2_i64, 2_i64)).set("copies", 7);
    assert_eq!(dynamic.save(&db).await?.stock.pk(), (2, 2));
    let json = json!([2, 2]);
    let dynamic = Movement::dyn_draft().set("stock", json).set("origin", json!(null));
    assert_eq!(dynamic.set("copies", 7).save(&db).await?.stock.pk(), (2, 2));
    let wrong = Movement::dyn_draft().set("stock", 2_i64).set("copies", 7);
    says(&wrong.save(&db).await.unwrap_err(), &["`stock` of `Movement`", "a key of 2 columns"]);
    Ok(())
}

#[tokio::test]
async fn keys_of_two_columns_are_validated() -> Outcome {
    let db = stocked!();
    let mut label = draft!(Label { stock: (1, 2), text: "x" });
    let error = label.full_clean_with(&db).await.unwrap_err();
    says(&error, &["Stock already exists"]);
    let mut missing = draft!(Label { stock: (9, 9), text: "x" });
    let error = missing.full_clean_with(&db).await.unwrap_err();
    says(&error, &["stock instance with store", "does not exist"]);
    draft!(Label { stock: (1, 1), text: "x" }).full_clean_with(&db).await?;
    Ok(())
}
