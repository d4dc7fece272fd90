//! Rows that know what of them was changed.

use super::library::{Author, Book, library};
use crate::support::{Outcome, database, in_order};
use orm::Tracked;
use orm::prelude::*;
use orm_testkit::{QueryCounter, assert_num_queries};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "tracked", hooks)]
pub struct Page {
    pub id: i64,
    pub title: String,
    #[field(default = "")]
    pub slug: String,
    #[field(default = "")]
    pub text: String,
    #[field(auto_now)]
    pub changed: DateTime<Utc>,
    #[field(version)]
    pub version: i32,
}

impl Hooks for Page {
    async fn before_save(&mut self, cx: &HookCx<'_>) -> Result<()> {
        if cx.fields().is_none_or(|fields| fields.contains(&"title")) {
            self.slug = self.title.to_lowercase();
        }
        Ok(())
    }
}

#[tokio::test]
async fn only_what_was_changed_is_saved() -> Outcome {
    let db = library().await?;
    let mut book = Tracked::new(Book::objects().first(&db).await?.expect("a book"));
    assert_eq!(book.changed(), [""; 0]);
    assert_num_queries!(db, 0, book.save(&db).await?);

    let nobody = Author::objects().last(&db).await?.expect("an author");
    book.title = "Tehanu".into();
    book.author = (&nobody).into();
    assert_eq!(book.changed(), ["title", "author"]);
    assert!(book.is_changed(|b| b.title()) && book.is_changed(|b| (b.pages(), b.author())));
    assert!(!book.is_changed(|b| (b.pages(), b.editor())));
    assert_eq!((book.original().title.as_str(), book.title.as_str()), ("Earthsea", "Tehanu"));

    Book::objects().update(&db, |b| b.pages().set(1)).await?;
    let seen = QueryCounter::new(&db);
    book.save(&db).await?;
    let [statement] = seen.statements().try_into().expect("one statement");
    in_order(&statement, &["SET \"title\" = $1, \"author_id\" = $2 WHERE"]);
    let row = Book::objects().first(&db).await?.expect("a book");
    assert_eq!((row.title.as_str(), row.author.pk(), row.pages), ("Tehanu", nobody.id, 1));
    assert_eq!((book.changed().len(), book.pages), (0, 205));

    book.pages = 7;
    book.reset();
    assert_eq!((book.pages, book.changed().len()), (205, 0));
    book.refresh(&db).await?;
    assert_eq!((book.pages, book.changed().len()), (1, 0));
    book.title = "x".into();
    book.title = "Tehanu".into();
    assert!(book.changed().is_empty(), "the same again is no change");
    book.title = "y".into();
    book.pages = 9;
    book.save_fields(&db, |b| b.pages()).await?;
    assert_eq!(book.changed(), ["title"]);
    book.update(&db, |b| b.pages().set(b.pages() + 1)).await?;
    assert_eq!((book.pages, book.title.as_str(), book.changed().len()), (10, "Tehanu", 0));
    assert_eq!(book.clone().into_inner(), *book);
    assert_eq!(book.delete(&db).await?.of::<Book>(), 1);
    Ok(())
}

#[tokio::test]
async fn versions_moments_and_hooks_go_along() -> Outcome {
    let db = database!("api_tracked": Page);
    let mut page = Tracked::new(draft!(Page { title: "First" }).save(&db).await?);
    let mut other = page.clone();
    let before = page.changed;
    page.text = "x".into();
    page.save(&db).await?;
    assert!(page.changed > before && page.version == 2);
    // What a hook changes is saved along.
    page.title = "Second".into();
    page.save(&db).await?;
    let row = Page::objects().get(&db).await?;
    assert_eq!((row.slug.as_str(), row.text.as_str(), row.version), ("second", "x", 3));
    assert_eq!(row, *page);
    other.text = "y".into();
    let error = other.save(&db).await.expect_err("somebody else has saved it");
    assert!(matches!(error, Error::Stale { model: "Page" }), "{error:?}");
    assert_eq!(other.changed(), ["text"]);
    Ok(())
}

mod measures {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "tracked")]
    pub struct Measure {
        pub id: i64,
        pub float: f64,
        pub floats: Vec<Option<f32>>,
        pub number: Decimal,
        pub range: Range<Decimal>,
    }
}

#[tokio::test]
async fn what_is_shown_otherwise_was_changed_and_nan_was_not() -> Outcome {
    use measures::Measure;
    let db = crate::support::database!("tracked_measures": Measure);
    let range = |from: &str| Range::from(from.parse::<Decimal>().expect("a number")..);
    let draft = draft!(Measure {
        float: f64::NAN,
        floats: vec![Some(f32::NAN), None],
        number: dec!(1.5),
        range: range("1.5")
    });
    let mut row = Tracked::new(draft.save(&db).await?);
    assert_eq!(row.changed(), [""; 0]);
    assert_num_queries!(db, 0, row.save(&db).await?);
    (row.number, row.range, row.float) = (dec!(1.50), range("1.50"), -0.0);
    assert_eq!(row.changed(), ["float", "number", "range"]);
    row.save(&db).await?;
    assert_eq!(row.changed(), [""; 0]);
    row.float = 0.0;
    assert_eq!(row.changed(), ["float"]);
    let stored = "SELECT number::text, range::text FROM tracked_measure";
    let stored = db.query_as::<(String, String)>(stored, params![]).await?;
    assert_eq!(stored, [("1.50".to_owned(), "[1.50,)".to_owned())]);
    Ok(())
}
