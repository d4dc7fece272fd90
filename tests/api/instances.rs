//! Rows that are saved in part, inserted where they are not there, read again in part.

use super::library::{Author, Book, library};
use crate::support::{Outcome, database, in_order, says};
use orm::prelude::*;
use orm::{ByKey, SqlType, SqlValue};
use orm_testkit::{TestDatabase, assert_num_queries};
use std::collections::HashSet;

mod notes {
    use super::Citext;
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "instances", ordering = [id])]
    pub struct Note {
        pub id: i64,
        pub title: String,
        #[field(default = "")]
        pub text: String,
        #[field(generated = |n| n.title().length())]
        pub length: i32,
        #[field(auto_now_add)]
        pub created: DateTime<Utc>,
        #[field(auto_now)]
        pub changed: DateTime<Utc>,
        #[field(default = Vec::new)]
        pub words: Vec<String>,
        pub meta: Option<Value>,
        #[field(default = Range::from(1..5))]
        pub pages: Range<i32>,
        #[field(default = TimeDelta::seconds(90))]
        pub read_in: TimeDelta,
        pub from: Option<std::net::IpAddr>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "instances", primary_key = [left, right])]
    pub struct Pair {
        pub left: i32,
        pub right: i32,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "instances")]
    pub struct Word {
        pub id: i64,
        pub word: Citext,
        pub uses: i32,
    }
}
use notes::{Note, Pair, Word};

/// A type of an extension, which travels as text.
#[derive(Clone, Debug, PartialEq)]
pub struct Citext(pub String);

impl orm::Column for Citext {
    type Inner = Self;
    type Null = orm::column::NotNull;
    const SQL_TYPE: SqlType = SqlType::Named("citext");
    fn decode(raw: &[u8]) -> Result<Self, orm::column::CellError> {
        Ok(Citext(String::from_utf8(raw.to_vec())?))
    }
    fn to_value(&self) -> SqlValue {
        SqlValue::Text(self.0.clone())
    }
}

async fn notes() -> Result<TestDatabase, Box<dyn std::error::Error + Send + Sync>> {
    Ok(database!("api_instances": Note, Pair))
}

#[tokio::test]
async fn some_fields_are_saved_and_the_others_stay() -> Outcome {
    let db = notes().await?;
    let mut note = draft!(Note { title: "a" }).save(&db).await?;
    let mut other = note.clone();
    other.text = "theirs".to_owned();
    other.save(&db).await?;

    note.title = "longer".to_owned();
    note.text = "mine".to_owned();
    note.words = vec!["x".to_owned()];
    let before = note.changed;
    let seen = orm_testkit::QueryCounter::new(&db);
    note.save_fields(&db, |n| (n.title(), n.words())).await?;
    let [statement] = seen.statements().try_into().expect("one statement");
    in_order(&statement, &["UPDATE", "\"title\" = $1, \"words\" = $2", "WHERE", "RETURNING"]);
    // What was not named stays as it was: in the database, and in the instance.
    let row = Note::objects().get(&db).await?;
    assert_eq!((row.title.as_str(), row.text.as_str()), ("longer", "theirs"));
    assert_eq!((note.text.as_str(), note.changed, note.length), ("mine", before, 6));
    assert_eq!((row.changed, row.words), (other.changed, vec!["x".to_owned()]));
    // `auto_now` is set where it is named.
    note.save_fields(&db, |n| n.changed()).await?;
    assert!(note.changed > before);
    // Nothing named: nothing to do.
    let none: Vec<orm::Field<Note, String, orm::Own>> = Vec::new();
    assert_num_queries!(db, 0, note.save_fields(&db, |_| none).await?);
    Ok(())
}

#[tokio::test]
async fn fields_that_cannot_be_saved() -> Outcome {
    let db = notes().await?;
    let mut note = draft!(Note { title: "a" }).save(&db).await?;
    let key = note.save_fields(&db, |n| (n.title(), n.id())).await.expect_err("the key");
    says(&key, &["`id`", "`Note`", "key"]);
    let length = note.save_fields(&db, |n| n.length()).await.expect_err("a generated column");
    says(&length, &["`length`", "`Note`", "calculated"]);
    for error in [key, length] {
        assert!(matches!(error, Error::Usage(_)), "{error:?}");
    }
    note.clone().delete(&db).await?;
    let error = note.save_fields(&db, |n| n.title()).await.expect_err("the row is gone");
    assert!(matches!(error, Error::DoesNotExist { model: "Note" }), "{error:?}");
    let error = note.refresh_fields(&db, |n| n.title()).await.expect_err("the row is gone");
    assert!(matches!(error, Error::DoesNotExist { model: "Note" }), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn keys_are_columns_too() -> Outcome {
    let db = library().await?;
    let mut book = Book::objects().first(&db).await?.expect("a book");
    let nobody = Author::objects().last(&db).await?.expect("an author");
    (book.author, book.editor, book.pages) = ((&nobody).into(), None, 7);
    book.save_fields(&db, |b| (b.author(), b.editor())).await?;
    let row = Book::objects().first(&db).await?.expect("a book");
    assert_eq!((row.author.pk(), row.editor, row.pages), (nobody.id, None, 205));
    assert_eq!(book.pages, 7);
    Ok(())
}

#[tokio::test]
async fn some_fields_are_read_again() -> Outcome {
    let db = notes().await?;
    let meta = json!({"a": [1, null]});
    let address: std::net::IpAddr = "10.0.0.1".parse()?;
    let draft = draft!(Note { title: "a", meta: meta, words: vec!["x".into()], from: address });
    let mut note = draft.save(&db).await?;
    Note::objects().update(&db, |n| (n.title().set("theirs"), n.text().set("theirs"))).await?;
    note.text = "mine".to_owned();
    let kept = note.clone();
    let seen = orm_testkit::QueryCounter::new(&db);
    note.refresh_fields(&db, |n| (n.title(), n.length())).await?;
    let [statement] = seen.statements().try_into().expect("one statement");
    assert!(!statement.contains("\"text\""), "{statement}");
    assert_eq!(note, Note { title: "theirs".to_owned(), length: 6, ..kept });
    note.refresh(&db).await?;
    assert_eq!((note.text.as_str(), note.read_in), ("theirs", TimeDelta::seconds(90)));
    Ok(())
}

#[tokio::test]
async fn rows_are_saved_or_inserted() -> Outcome {
    let db = notes().await?;
    let mut note = draft!(Note { title: "a" }).save(&db).await?;
    let created = note.created;
    note.title = "b".to_owned();
    assert!(!assert_num_queries!(db, 1, note.save_or_insert(&db).await?));
    assert_eq!(Note::objects().get(&db).await?, note);
    assert_eq!((note.created, note.title.as_str(), note.length), (created, "b", 1));
    note.clone().delete(&db).await?;
    assert!(assert_num_queries!(db, 1, note.save_or_insert(&db).await?));
    assert_eq!(Note::objects().get(&db).await?, note);
    assert!(note.created > created, "it was made anew");

    // A model of nothing but its key.
    let mut pair = Pair { left: 1, right: 2 };
    assert!(pair.save_or_insert(&db).await?);
    assert!(!pair.save_or_insert(&db).await?);
    assert_eq!(Pair::objects().count(&db).await?, 1);
    Ok(())
}

#[tokio::test]
async fn many_that_insert_one_row_at_once() -> Outcome {
    let db = notes().await?;
    let mut row = draft!(Note { title: "a" }).save(&db).await?;
    row.clone().delete(&db).await?;
    row.text = "again".to_owned();
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let (db, mut row) = ((*db).clone(), row.clone());
        tasks.push(tokio::spawn(async move { row.save_or_insert(&db).await }));
    }
    let mut inserted = 0;
    for task in tasks {
        inserted += usize::from(task.await??);
    }
    assert_eq!((inserted, Note::objects().count(&db).await?), (1, 1));
    Ok(())
}

#[tokio::test]
async fn types_that_only_the_server_knows() -> Outcome {
    let db = notes().await?;
    let extension = db.execute("CREATE EXTENSION IF NOT EXISTS citext", params![]).await;
    if extension.is_err() {
        return Ok(()); // A server without its extensions.
    }
    create_tables::<(Word,)>(&db).await?;
    let mut word = draft!(Word { word: Citext("Sea".into()), uses: 1 }).save(&db).await?;
    Word::objects().update(&db, |w| w.word().set(Citext("theirs".into()))).await?;
    (word.word, word.uses) = (Citext("mine".into()), 2);
    word.save_fields(&db, |w| w.uses()).await?;
    assert_eq!(word.word, Citext("mine".into()));
    let row = Word::objects().get(&db).await?;
    assert_eq!((row.word, row.uses), (Citext("theirs".into()), 2));
    Ok(())
}

#[tokio::test]
async fn the_same_row_read_twice() -> Outcome {
    let db = library().await?;
    let books = Book::objects().all(&db).await?;
    let mut again = books.clone();
    again[0].pages += 1;
    assert_ne!(books[0], again[0]);
    assert_eq!(ByKey(&books[0]).0.id, again[0].id);
    let all: HashSet<ByKey<Book>> = books.iter().cloned().chain(again).map(ByKey).collect();
    assert_eq!(all.len(), books.len());
    assert_eq!(ByKey(books[0].clone()), ByKey::from(books[0].clone()));
    assert_ne!(ByKey(books[0].clone()), ByKey(books[1].clone()));
    Ok(())
}
