//! Transactions in the handlers of a web framework, which want futures that are `Send`.

use super::library::{Tag, library};
use crate::support::Outcome;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRef, Path, Request, State};
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use orm::IsolationLevel::Serializable;
use orm::prelude::*;
use std::sync::{Arc, Mutex};

/// What the handlers share.
#[derive(Clone)]
struct App {
    db: Database,
    sent: Arc<Mutex<Vec<String>>>,
}

impl FromRef<App> for Database {
    fn from_ref(app: &App) -> Database {
        app.db.clone()
    }
}

/// The application's own error.
enum AppError {
    NoSuchTag(String),
    Database(Error),
}

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        AppError::Database(error)
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self {
            AppError::NoSuchTag(name) => (StatusCode::NOT_FOUND, name).into_response(),
            AppError::Database(Error::Unique(_)) => StatusCode::CONFLICT.into_response(),
            AppError::Database(error) => {
                (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
            }
        }
    }
}

/// A function over any executor, with a transaction of its own.
async fn add(db: &impl Executor, name: &str) -> Result<Tag> {
    db.transaction(async |tx| draft!(Tag { name: name }).save(tx).await).await
}

async fn closure(State(app): State<App>, name: String) -> Result<String, AppError> {
    let tag = app
        .db
        .try_transaction::<_, AppError>(async |tx| {
            let tag = add(tx, &name).await?;
            let (sent, told) = (app.sent.clone(), name.clone());
            tx.on_commit(async move || sent.lock().expect("not poisoned").push(told));
            if name.is_empty() {
                return Err(AppError::NoSuchTag(name.clone()));
            }
            Ok(tag)
        })
        .await?;
    Ok(tag.name)
}

async fn retried(State(db): State<Database>, name: String) -> Result<String, AppError> {
    let upper = name.to_uppercase();
    let tag = db
        .retry(5)
        .isolation(Serializable)
        .transaction(async |tx| {
            let there = Tag::objects().filter(|t| t.name().eq(&name)).count(tx).await?;
            tx.transaction(async |savepoint| add(savepoint, &format!("{upper} {there}")).await)
                .await
        })
        .await?;
    Ok(tag.name)
}

async fn guard(State(db): State<Database>, name: String) -> Result<String, AppError> {
    let tx = db.begin().isolation(Serializable).await?;
    let tag = add(&tx, &name).await?;
    let savepoint = tx.begin().await?;
    add(&savepoint, "undone").await?;
    savepoint.rollback().await?;
    let locked = Tag::objects().filter(|t| t.id().eq(tag.id)).select_for_update();
    let tag = locked.get(&tx).await?;
    tx.commit().await?;
    Ok(tag.name)
}

async fn nowhere(State(db): State<Database>, Path(name): Path<String>) -> Result<(), AppError> {
    db.try_transaction(async |tx| {
        match Tag::objects().filter(|t| t.name().eq(&name)).get(tx).await {
            Ok(_) => Ok(()),
            Err(Error::DoesNotExist { .. }) => Err(AppError::NoSuchTag(name.clone())),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

/// Calls a handler, in a task as a server does.
async fn call<H, T>(handler: H, app: &App, body: &str) -> (StatusCode, String)
where
    H: Handler<T, App> + Sync,
    T: 'static,
{
    let (app, request) = (app.clone(), Request::new(Body::from(body.to_owned())));
    let task = tokio::spawn(async move { handler.call(request, app).await });
    let response = task.await.expect("the handler does not panic");
    let status = response.status();
    let body = to_bytes(response.into_body(), 1000).await.expect("a short body");
    (status, String::from_utf8(body.to_vec()).expect("text"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handlers_run_closures_guards_and_retries() -> Outcome {
    let db = library().await?;
    let app = App { db: (*db).clone(), sent: Arc::default() };
    let ok = |text: &str| (StatusCode::OK, text.to_owned());
    assert_eq!(call(closure, &app, "a").await, ok("a"));
    assert_eq!(call(closure, &app, "a").await.0, StatusCode::CONFLICT);
    assert_eq!(call(closure, &app, "").await.0, StatusCode::NOT_FOUND);
    assert_eq!(call(retried, &app, "a").await, ok("A 1"));
    assert_eq!(call(guard, &app, "b").await, ok("b"));
    assert_eq!(*app.sent.lock().expect("not poisoned"), ["a"]);
    let names = Tag::objects().order_by(|t| t.id()).filter(|t| t.id().gt(4)).values(|t| t.name());
    assert_eq!(names.all(&db).await?, ["a", "A 1", "b"]);
    // All of them are routes.
    let _: [MethodRouter<App>; 4] = [post(closure), post(retried), post(guard), post(nowhere)];
    Ok(())
}
