//! What those who watch see of a statement: hooks, `tracing`, the place in the source.

use super::library::*;
use crate::support::Outcome;
use orm::prelude::*;
use orm_testkit::TestDatabase;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata};

/// What a hook saw.
#[derive(Clone, Debug)]
pub struct Seen {
    pub sql: String,
    pub operation: String,
    pub model: Option<&'static str>,
    pub collection: Option<&'static str>,
    pub rows: u64,
    pub error: Option<String>,
    pub prepared: bool,
    pub waited: bool,
    pub place: Option<(String, u32)>,
}

/// What a database runs from now on.
fn watch(db: &Database) -> (Arc<Mutex<Vec<Seen>>>, orm::Subscription) {
    let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
    let sink = seen.clone();
    let subscription = db.on_query(move |event| {
        assert!(event.duration > Duration::ZERO);
        sink.lock().unwrap_or_else(PoisonError::into_inner).push(Seen {
            sql: event.sql.to_owned(),
            operation: event.operation.to_string(),
            model: event.model,
            collection: event.collection,
            rows: event.rows,
            error: event.error.map(ToString::to_string),
            prepared: event.prepare.is_some(),
            waited: event.pool_wait.is_some(),
            place: event.place.map(|place| (place.file().to_owned(), place.line())),
        });
    });
    (seen, subscription)
}

fn taken(seen: &Mutex<Vec<Seen>>) -> Vec<Seen> {
    std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner))
}

#[tokio::test]
async fn a_hook_sees_operation_model_rows_and_place() -> Outcome {
    let db = library().await?;
    let (seen, _subscription) = watch(&db);
    let books = Book::objects().filter(|b| b.pages().gt(200)).all(&db).await?;
    let line = line!() - 1;
    let select = taken(&seen).remove(0);
    assert_eq!((&*select.operation, select.rows), ("SELECT", books.len() as u64));
    assert_eq!((select.model, select.collection), (Some("Book"), Some("library_book")));
    assert_eq!(select.place, Some((file!().to_owned(), line)));
    assert!(select.prepared && select.waited && select.error.is_none(), "{select:?}");
    // Prepared once for the connection.
    Book::objects().filter(|b| b.pages().gt(300)).all(&db).await?;
    let again = taken(&seen).remove(0);
    assert_eq!((&again.sql, again.prepared), (&select.sql, false));

    Author::objects().filter(|a| a.id().eq(3)).update(&db, |a| a.name().set("x")).await?;
    let update = taken(&seen).remove(0);
    assert_eq!((&*update.operation, update.model, update.rows), ("UPDATE", Some("Author"), 1));

    let error = Tag::objects().create(&db, draft!(Tag { name: "fantasy" })).await.unwrap_err();
    let insert = taken(&seen).remove(0);
    assert_eq!((&*insert.operation, insert.collection), ("INSERT", Some("library_tag")));
    assert_eq!((insert.error, insert.rows), (Some(error.to_string()), 0));
    Ok(())
}

#[tokio::test]
async fn a_hook_sees_transactions_cursors_and_raw_sql() -> Outcome {
    let db = library().await?;
    let (seen, _subscription) = watch(&db);
    let operations = || taken(&seen).into_iter().map(|seen| seen.operation).collect::<Vec<_>>();
    let tx = db.begin().await?;
    assert!(taken(&seen)[0].waited, "BEGIN was the first on its connection");
    tx.transaction(async |tx| Book::objects().count(tx).await).await?;
    let failed = tx.transaction(async |tx| tx.execute("SELECT 1/0", params![]).await);
    failed.await.unwrap_err();
    tx.rollback().await?;
    let ran = operations();
    let expected =
        ["SAVEPOINT", "SELECT", "RELEASE", "SAVEPOINT", "SELECT", "ROLLBACK", "ROLLBACK"];
    assert_eq!(ran, expected);

    let mut rows = Book::objects().stream(&db);
    let line = line!() - 1;
    while rows.next().await.transpose()?.is_some() {}
    let stream = taken(&seen).remove(0);
    assert_eq!((&*stream.operation, stream.rows), ("SELECT", 5));
    assert_eq!(stream.place, Some((file!().to_owned(), line)));
    let tx = db.begin().await?;
    let mut rows = Book::objects().stream(&tx);
    let line = line!() - 1;
    while rows.next().await.transpose()?.is_some() {}
    drop(rows);
    tx.rollback().await?;
    let ran = taken(&seen);
    let declared = ran.iter().find(|seen| seen.operation == "SELECT").ok_or("no cursor")?;
    assert_eq!((declared.rows, &declared.place), (5, &Some((file!().to_owned(), line))));
    assert_eq!(ran.last().map(|seen| &*seen.operation), Some("ROLLBACK"));

    db.query_as::<(i32,)>("select 1", params![]).await?;
    let raw = taken(&seen).remove(0);
    assert_eq!((&*raw.operation, raw.model), ("SELECT", None));
    assert_eq!(raw.place.map(|place| place.1), Some(line!() - 3));
    Ok(())
}

/// Runs code, and asserts that every statement of it was asked for on the lines where it stands.
macro_rules! from_here {
    ($seen:expr, $code:expr) => {{
        taken($seen);
        let (first, value, last) = (line!(), $code, line!());
        let ran = taken($seen);
        let asked = |seen: &Seen| match &seen.place {
            Some((file, line)) => file == file!() && (first..=last).contains(line),
            // Commands of transactions.
            None => !["SELECT", "INSERT", "UPDATE", "DELETE"].contains(&&*seen.operation),
        };
        assert!(!ran.is_empty() && ran.iter().all(asked), "{first}: {ran:#?}");
        value
    }};
}

#[tokio::test]
async fn every_terminal_that_reads_knows_its_place() -> Outcome {
    let db = library().await?;
    let (seen, _subscription) = watch(&db);
    let seen = &*seen;
    let books = || Book::objects().filter(|b| b.id().gt(0));
    from_here!(seen, books().all(&db).await?);
    let mut book = from_here!(seen, books().filter(|b| b.id().eq(1)).get(&db).await?);
    from_here!(seen, books().filter(|b| b.id().eq(1)).get_opt(&db).await?);
    from_here!(seen, books().first(&db).await?);
    from_here!(seen, books().last(&db).await?);
    from_here!(seen, books().nth(&db, 1).await?);
    from_here!(seen, books().latest(&db).await?);
    from_here!(seen, books().earliest(&db).await?);
    from_here!(seen, books().latest_by(&db, |b| b.pages()).await?);
    from_here!(seen, books().earliest_by(&db, |b| b.pages()).await?);
    from_here!(seen, books().count(&db).await?);
    from_here!(seen, books().exists(&db).await?);
    from_here!(seen, books().contains(&db, &book).await?);
    from_here!(seen, books().aggregate(&db, |b| b.pages().max()).await?);
    from_here!(seen, books().nested().aggregate(&db, |b| b.pages().max()).await?);
    from_here!(seen, books().explain(&db).await?);
    from_here!(seen, books().in_bulk(&db, [1, 2]).await?);
    from_here!(seen, Tag::objects().in_bulk_by(&db, |t| t.name(), ["fantasy"]).await?);
    from_here!(seen, books().prefetch_related(|b| (b.tags(), b.reviews())).all(&db).await?);
    let both = from_here!(seen, prefetch(&db, vec![book.clone()], |b| b.tags()).await?);
    assert_eq!(both[0].1.len(), 1);
    let author = from_here!(seen, book.author.fetch(&db).await?);
    from_here!(seen, book.editor.fetch(&db).await?);
    from_here!(seen, author.books().all(&db).await?);
    from_here!(seen, book.tags().all(&db).await?);
    from_here!(seen, book.refresh(&db).await?);
    from_here!(seen, db.query_as::<(i32,)>("SELECT 1", params![]).await?);
    from_here!(seen, db.execute("SELECT 1", params![]).await?);
    // The prefetch of a stream runs while the rows are read, for the place of the stream.
    taken(seen);
    let mut rows = books().prefetch_related(|b| b.tags()).stream(&db);
    let line = line!() - 1;
    while rows.next().await.transpose()?.is_some() {}
    let places: Vec<_> = taken(seen).into_iter().filter_map(|seen| seen.place).collect();
    assert_eq!(places, vec![(file!().to_owned(), line); 2]);
    Ok(())
}

#[tokio::test]
async fn every_terminal_that_writes_knows_its_place() -> Outcome {
    let db = library().await?;
    let (seen, _subscription) = watch(&db);
    let seen = &*seen;
    let author = from_here!(seen, draft!(Author { name: "Ann" }).save(&db).await?);
    from_here!(seen, Author::objects().create(&db, draft!(Author { name: "Bob" })).await?);
    let many = ["a", "b"].map(|name| draft!(Tag { name: name }));
    let tags = from_here!(seen, Tag::objects().bulk_create(&db, many).await?);
    let draft = draft!(Book { title: "x", pages: 1 });
    let mut book = from_here!(seen, author.books().create(&db, draft).await?);
    from_here!(seen, book.save(&db).await?);
    from_here!(seen, book.update(&db, |b| b.pages().set(2)).await?);
    let all = || Book::objects().filter(|b| b.title().eq("x"));
    from_here!(seen, all().update(&db, |b| b.pages().set(3)).await?);
    from_here!(seen, all().update_returning(&db, |b| b.pages().set(3)).await?);
    from_here!(seen, book.tags().add(&db, &tags).await?);
    from_here!(seen, book.tags().remove(&db, &tags[..1]).await?);
    from_here!(seen, book.tags().set(&db, &tags[..1]).await?);
    from_here!(seen, book.tags().create(&db, draft!(Tag { name: "c" })).await?);
    from_here!(seen, book.tags().clear(&db).await?);
    from_here!(seen, author.books().add(&db, [&book]).await?);
    from_here!(seen, book.delete(&db).await?);
    from_here!(seen, Book::objects().delete(&db).await?);
    from_here!(seen, orm::tables::create_tables::<(alone::Alone,)>(&*db).await?);
    from_here!(seen, orm::tables::drop_tables::<(alone::Alone,)>(&*db).await?);
    Ok(())
}

mod alone {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "observe")]
    pub struct Alone {
        pub id: i64,
    }
}

/// The fields of events, for one thread.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<Vec<BTreeMap<String, String>>>>);

impl Recorder {
    /// The events of the targets of this library, with their level and target, and none before.
    pub fn take(&self) -> Vec<BTreeMap<String, String>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl tracing::Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("orm::")
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(BTreeMap::new());
        event.record(&mut fields);
        fields.0.insert("level".to_owned(), event.metadata().level().to_string());
        fields.0.insert("target".to_owned(), event.metadata().target().to_owned());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fields.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn seconds(event: &BTreeMap<String, String>, field: &str) -> f64 {
    event.get(field).and_then(|value| value.parse().ok()).unwrap_or(-1.0)
}

#[tokio::test]
async fn an_event_has_the_names_of_opentelemetry() -> Outcome {
    let db = library().await?;
    let recorder = Recorder::default();
    let _recording = tracing::subscriber::set_default(recorder.clone());
    Book::objects().filter(|b| b.title().eq("a secret title")).all(&db).await?;
    let line = line!() - 1;
    let events = recorder.take();
    let [event] = &events[..] else { panic!("one event: {events:?}") };
    for (field, value) in [
        ("target", "orm::query"),
        ("level", "DEBUG"),
        ("message", "query"),
        ("db.system.name", "postgresql"),
        ("db.namespace", db.dbname()),
        ("db.operation.name", "SELECT"),
        ("db.collection.name", "library_book"),
        ("db.response.returned_rows", "0"),
        ("server.address", db.host()),
        ("server.port", &db.port().to_string()),
        ("code.file.path", file!()),
        ("code.line.number", &line.to_string()),
    ] {
        assert_eq!(event.get(field).map(String::as_str), Some(value), "{field}: {event:#?}");
    }
    assert!(event["db.query.text"].ends_with("WHERE t0.\"title\" = $1 ORDER BY t0.\"id\""));
    assert!(seconds(event, "db.client.operation.duration") > 0.0, "{event:#?}");
    assert!(seconds(event, "db.client.operation.prepare") > 0.0, "{event:#?}");
    assert!(seconds(event, "db.client.connection.wait_time") > 0.0, "{event:#?}");
    assert!(!event.contains_key("error.type") && !event.contains_key("db.response.status_code"));
    assert!(event.values().all(|value| !value.contains("secret")), "{event:#?}");

    draft!(Tag { name: "fantasy" }).save(&db).await.unwrap_err();
    let events = recorder.take();
    let failed = &events[0];
    assert_eq!((&*failed["db.response.status_code"], &*failed["error.type"]), ("23505", "23505"));
    assert!(!failed.contains_key("db.response.returned_rows"), "{failed:#?}");
    assert!(failed.values().all(|value| !value.contains("fantasy")), "{failed:#?}");
    Ok(())
}

/// The same database by another pool.
pub async fn connected(
    db: &TestDatabase,
    with: impl FnOnce(orm::DatabaseBuilder) -> orm::DatabaseBuilder,
) -> Result<Database> {
    with(Database::builder().url(&db.url())).connect().await
}

#[tokio::test]
async fn a_slow_statement_is_a_warning() -> Outcome {
    let db = library().await?;
    let slow = connected(&db, |b| b.slow_query(Duration::from_millis(40))).await?;
    let recorder = Recorder::default();
    let _recording = tracing::subscriber::set_default(recorder.clone());
    slow.execute("SELECT 1", params![]).await?;
    slow.execute("SELECT pg_sleep(0.05)", params![]).await?;
    let line = line!() - 1;
    let events = recorder.take();
    let levels: Vec<_> = events.iter().map(|e| (&*e["level"], &*e["message"])).collect();
    assert_eq!(levels, [("DEBUG", "query"), ("WARN", "slow query")], "{events:#?}");
    assert_eq!(events[1]["db.query.text"], "SELECT pg_sleep(0.05)");
    assert_eq!(events[1]["code.line.number"], line.to_string());
    assert!(seconds(&events[1], "db.client.operation.duration") >= 0.04);
    slow.close().await;
    Ok(())
}
