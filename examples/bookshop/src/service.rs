//! The web service: books, and orders of them.

use crate::models::{Author, Book, Customer, Line, Order, Sold};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use orm::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// All endpoints.
pub fn router(db: Database) -> Router {
    Router::new()
        .route("/books", get(books))
        .route("/authors/{id}", get(author))
        .route("/bestsellers", get(bestsellers))
        .route("/orders", post(order))
        .with_state(db)
}

/// What went wrong, as a status.
pub struct Failed(Error);

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Failed(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let status = match &self.0 {
            Error::DoesNotExist { .. } => StatusCode::NOT_FOUND,
            Error::Validation(_) | Error::Check(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Unique(_) => StatusCode::CONFLICT,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            // What the server said is for those who run this, and not for those who ask.
            eprintln!("{}", self.0);
            return (status, "something went wrong").into_response();
        }
        (status, self.0.to_string()).into_response()
    }
}

type Answer<T> = std::result::Result<T, Failed>;

#[derive(Deserialize)]
struct Search {
    title: Option<String>,
    tag: Option<String>,
}

#[derive(Serialize)]
struct BookView {
    id: i64,
    title: String,
    author: String,
    price: Decimal,
}

/// `GET /books?title=…&tag=…`
async fn books(
    State(db): State<Database>,
    Query(search): Query<Search>,
) -> Answer<Json<Vec<BookView>>> {
    let mut books = Book::objects().select_related(|b| b.author());
    if let Some(title) = search.title {
        books = books.filter(|b| b.title().icontains(title));
    }
    if let Some(tag) = search.tag {
        books = books.filter(|b| b.tags().name().eq(tag));
    }
    let books: Vec<(Book, Author)> = books.all(&db).await?;
    let view = |(book, author): (Book, Author)| BookView {
        id: book.id,
        title: book.title,
        author: author.name,
        price: book.price,
    };
    Ok(Json(books.into_iter().map(view).collect()))
}

#[derive(Serialize)]
struct AuthorView {
    name: String,
    books: Vec<String>,
}

/// `GET /authors/7`
async fn author(State(db): State<Database>, Path(id): Path<i64>) -> Answer<Json<AuthorView>> {
    let author = Author::objects().filter(|a| a.id().eq(id)).get(&db).await?;
    let books = author.books().values(|b| b.title()).all(&db).await?;
    Ok(Json(AuthorView { name: author.name, books }))
}

#[derive(Serialize)]
struct Bestseller {
    title: String,
    author: String,
    copies: i64,
    turnover: Decimal,
}

/// `GET /bestsellers`: read from the view, with the book and its author, in one statement.
async fn bestsellers(State(db): State<Database>) -> Answer<Json<Vec<Bestseller>>> {
    let best = Sold::objects().limit(10).values(|s| {
        row!(Bestseller {
            title: s.book().title(),
            author: s.book().author().name(),
            copies: s.copies(),
            turnover: s.turnover(),
        })
    });
    Ok(Json(best.all(&db).await?))
}

#[derive(Deserialize)]
struct NewOrder {
    email: String,
    lines: Vec<NewLine>,
}

#[derive(Deserialize)]
struct NewLine {
    book: i64,
    copies: i32,
}

#[derive(Serialize)]
struct OrderView {
    id: i64,
    total: Decimal,
}

/// `POST /orders`: all of it, or nothing.
async fn order(
    State(db): State<Database>,
    Json(new): Json<NewOrder>,
) -> Answer<(StatusCode, Json<OrderView>)> {
    let tx = db.begin().await?;
    let draft = draft!(Customer { email: new.email });
    let (customer, _) = Customer::objects().get_or_create(&tx, |c| c.email(), draft).await?;
    let order = draft!(Order { customer: &customer }).save(&tx).await?;
    // Two statements, whatever the number of lines.
    let asked = new.lines.iter().map(|line| line.book);
    let books = Book::objects().filter(|b| b.id().in_(asked)).all(&tx).await?;
    let prices: HashMap<i64, Decimal> = books.iter().map(|book| (book.id, book.price)).collect();
    let mut total = dec!(0);
    let mut lines = Vec::new();
    for NewLine { book, copies } in new.lines {
        let price = *prices.get(&book).ok_or(Error::DoesNotExist { model: "Book" })?;
        total += price * Decimal::from(copies);
        lines.push(draft!(Line { order: &order, book, copies, price }));
    }
    Line::objects().bulk_create(&tx, lines).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(OrderView { id: order.id, total })))
}
