//! The service, on a database that the migrations have made.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use bookshop::MIGRATIONS;
use bookshop::models::{Author, Book, Line, Tag};
use bookshop::service::router;
use orm::prelude::*;
use orm_testkit::{TestDatabase, check_migrations};
use tower::ServiceExt as _;

type Outcome = std::result::Result<(), Box<dyn std::error::Error>>;

#[test]
fn no_migration_is_missing() -> Outcome {
    Ok(check_migrations(&MIGRATIONS)?)
}

async fn shop() -> std::result::Result<(TestDatabase, Vec<Book>), Box<dyn std::error::Error>> {
    let db = TestDatabase::from_migrations(&MIGRATIONS).await?;
    let author = draft!(Author { name: "Ursula K. Le Guin" }).save(&db).await?;
    let of = |title: &str, isbn: &str, price: Decimal| {
        draft!(Book { title: title, isbn: isbn, price: price, author: &author })
    };
    let drafts =
        [of("The Dispossessed", "1", dec!(9.50)), of("A Wizard of Earthsea", "2", dec!(8))];
    let books = Book::objects().bulk_create(&db, drafts).await?;
    let tag = draft!(Tag { name: "utopia" }).save(&db).await?;
    books[0].tags().add(&db, [&tag]).await?;
    Ok((db, books))
}

async fn ask(db: &TestDatabase, request: Request<Body>) -> (StatusCode, Value) {
    let database: Database = (**db).clone();
    let response = router(database).oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

fn post(path: &str, body: &Value) -> Request<Body> {
    let request = Request::post(path).header("content-type", "application/json");
    request.body(Body::from(body.to_string())).unwrap()
}

#[tokio::test]
async fn books_are_found() -> Outcome {
    let (db, books) = shop().await?;
    let (status, found) = ask(&db, get("/books?tag=utopia")).await;
    assert_eq!(status, StatusCode::OK);
    let expected = json!([{
        "id": books[0].id,
        "title": "The Dispossessed",
        "author": "Ursula K. Le Guin",
        "price": "9.50",
    }]);
    assert_eq!(found, expected);
    let (_, found) = ask(&db, get("/books?title=wizard")).await;
    assert_eq!(found[0]["title"], "A Wizard of Earthsea");
    assert_eq!(ask(&db, get("/authors/999")).await.0, StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn orders_are_whole_or_not_at_all() -> Outcome {
    let (db, books) = shop().await?;
    let lines = json!([{ "book": books[0].id, "copies": 2 }, { "book": books[1].id, "copies": 1 }]);
    let new = json!({ "email": "ann@example.com", "lines": lines });
    let (status, order) = ask(&db, post("/orders", &new)).await;
    assert_eq!((status, &order["total"]), (StatusCode::CREATED, &json!("27.00")));
    // The view has it at once.
    let (status, best) = ask(&db, get("/bestsellers")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(best.as_array().map(Vec::len), Some(2));
    let first = json!({
        "title": "The Dispossessed",
        "author": "Ursula K. Le Guin",
        "copies": 2,
        "turnover": "19.00",
    });
    assert_eq!(best[0], first);
    let lines = json!([{ "book": books[0].id, "copies": 2 }, { "book": 999, "copies": 1 }]);
    let new = json!({ "email": "bob@example.com", "lines": lines });
    assert_eq!(ask(&db, post("/orders", &new)).await.0, StatusCode::NOT_FOUND);
    assert_eq!(Line::objects().count(&db).await?, 2);
    // From the other side: what was sold of each book, and of one that nobody bought.
    let sold = Book::objects().select_related(|b| b.sold()).order_by(|b| b.isbn()).all(&db).await?;
    let copies = sold.iter().map(|(_, sold)| sold.as_ref().map(|sold| sold.copies));
    assert_eq!(copies.collect::<Vec<_>>(), [Some(2), Some(1)]);
    Ok(())
}
