//! What closures receive: keys at the end of paths, and functions over `Fields`.

use super::library::{Author, Book, library};
use super::models::composite::Stock;
use crate::support::{Outcome, database, in_order};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};

#[test]
fn a_key_is_a_column_of_its_type() -> Outcome {
    let books = Book::objects().filter(|b| b.pk().gt(3) & b.author().pk().in_([1, 2]));
    in_order(&books.sql()?, &[r#""id" > $1"#, r#""author_id" = ANY($2)"#]);
    let keys = Book::objects().values(|b| (b.pk(), b.editor().pk()));
    let _: orm::QuerySet<Book, (i64, Option<i64>)> = keys;
    let ordered = Book::objects().order_by(|b| (b.publisher().pk().desc().nulls_last(), b.pk()));
    in_order(&ordered.sql()?, &["ORDER BY", r#""publisher_id" DESC NULLS LAST"#, r#""id""#]);
    let counted = Author::objects().annotate(|a| a.books().pk().count().distinct());
    in_order(&counted.sql()?, &["COUNT(DISTINCT"]);
    Ok(())
}

#[test]
fn a_key_of_two_columns_is_compared_with_tuples() -> Outcome {
    let key = || ("north".to_owned(), 2);
    let one = Stock::objects().filter(|s| s.pk().eq(key()) | s.eq(key()));
    in_order(&one.sql()?, &[r#"(t0."shop", t0."sku") = ($1, $2)"#]);
    let some = Stock::objects().exclude(|s| s.pk().in_([key(), key()]) | s.pk().ne(key()));
    in_order(&some.sql()?, &[r#""shop""#, r#""sku""#]);
    let ordered = Stock::objects().order_by(|s| s.pk().desc());
    in_order(&ordered.sql()?, &["ORDER BY", "shop", "DESC", "sku", "DESC"]);
    Ok(())
}

#[tokio::test]
async fn a_row_is_got_by_its_key() -> Outcome {
    let db = library().await?;
    let first = Book::objects().first(&db).await?.ok_or("no book")?;
    assert_num_queries!(db, 1, {
        assert_eq!(Book::objects().get_by_key(&db, first.id).await?, first);
    });
    assert_eq!(Book::objects().get_by_key(&db, &first).await?, first);
    let with_author = Book::objects().select_related(|b| b.author());
    let (book, author) = with_author.get_by_key(&db, first.id).await?;
    assert_eq!((book.author.pk(), &book), (author.id, &first));
    let none = Book::objects().filter(|b| b.pages().lt(0)).get_by_key(&db, first.id).await;
    assert!(matches!(none, Err(Error::DoesNotExist { model: "Book" })), "{none:?}");
    let own = author.books().get_by_key(&db, first.id).await?;
    assert_eq!(own, first);
    let sliced = Book::objects().limit(1).get_by_key(&db, first.id).await;
    assert!(matches!(sliced, Err(Error::Usage(_))), "{sliced:?}");
    Ok(())
}

#[tokio::test]
async fn a_row_is_got_by_a_key_of_two_columns() -> Outcome {
    let db = database!("api_composite": Stock);
    let drafts = [("north", 1, 5), ("south", 1, 7)]
        .map(|(shop, sku, n)| draft!(Stock { shop: shop, sku: sku, quantity: n }));
    let stocks = Stock::objects().bulk_create(&db, drafts).await?;
    let south = Stock::objects().get_by_key(&db, ("south".to_owned(), 1)).await?;
    assert_eq!(south, stocks[1]);
    assert_eq!(Stock::objects().get_by_key(&db, south.pk()).await?, south);
    let found = Stock::objects().filter(|s| s.pk().in_([stocks[0].pk()]));
    assert_rows!(found.all(&db).await?, [stocks[0].clone()]);
    Ok(())
}

fn long(b: &Fields<Book>) -> Q<Book> {
    b.pages().gt(250)
}

/// Of authors, wherever in a query they are.
fn works<R: Model, K: Cardinality>(a: &Fields<Author, R, K>) -> Expr<R, i64> {
    a.books().count().into()
}

fn is_named<R: Model, K: Cardinality>(a: &Fields<Author, R, K>, name: &str) -> Q<R> {
    a.name().eq(name).q()
}

#[tokio::test]
async fn functions_over_fields_are_conditions_and_annotations() -> Outcome {
    let db = library().await?;
    let books = Book::objects().filter(long).exclude(|b| is_named(&b.author(), "Terry"));
    let books = books.order_by(|b| works(&b.author())).annotate(|b| works(&b.author()));
    for (book, works) in books.all(&db).await? {
        assert!(book.pages > 250 && works > 0);
    }
    let authors = Author::objects().filter(|a| is_named(a, "Ursula") & works(a).gt(0));
    assert_eq!(authors.count(&db).await?, 1);
    Ok(())
}
