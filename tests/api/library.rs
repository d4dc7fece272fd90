//! The models and rows that most tests here use.

use crate::support::database;
use orm::prelude::*;
use orm_testkit::TestDatabase;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library")]
pub struct Country {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library")]
pub struct Publisher {
    pub id: i64,
    pub name: String,
    #[field(related_name = "publishers", on_delete = Cascade)]
    pub country: ForeignKey<Country>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", ordering = [id])]
pub struct Author {
    pub id: i64,
    pub name: String,
    #[field(related_name = "pupils", on_delete = Cascade)]
    pub mentor: Option<ForeignKey<Self>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library")]
pub struct Profile {
    pub id: i64,
    pub motto: String,
    #[field(on_delete = Cascade)]
    pub author: OneToOne<Author>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", ordering = [id], get_latest_by = [published])]
pub struct Book {
    pub id: i64,
    pub title: String,
    pub pages: i32,
    pub published: Option<NaiveDate>,
    #[field(default = true)]
    pub in_print: bool,
    #[field(related_name = "books", on_delete = Cascade)]
    pub author: ForeignKey<Author>,
    #[field(related_name = "edited", on_delete = SetNull)]
    pub editor: Option<ForeignKey<Author>>,
    #[field(related_name = "books", on_delete = Cascade)]
    pub publisher: Option<ForeignKey<Publisher>>,
    #[field(related_name = "books")]
    pub tags: ManyToMany<Tag>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", ordering = [id])]
pub struct Tag {
    pub id: i64,
    #[field(unique)]
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", ordering = [id])]
pub struct Review {
    pub id: i64,
    pub stars: i32,
    pub created: DateTime<Utc>,
    #[field(related_name = "reviews", on_delete = Cascade)]
    pub book: ForeignKey<Book>,
}

/// What a preparation may fail with.
pub type Tried<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A library with rows in it:
///
/// | book | author | editor | publisher | tags | reviews |
/// |---|---|---|---|---|---|
/// | 1 Earthsea, 205 pages, 1968-11-01 | 1 Ursula | 2 Terry | 1 Ace | fantasy | 5, 3 |
/// | 2 Darkness, 286 pages, 1969-03-01 | 1 Ursula | | 1 Ace | science | |
/// | 3 Mort, 272 pages, 1987-11-12 | 2 Terry | 1 Ursula | | fantasy, humour | 4 |
/// | 4 Gods, 381 pages, 1992-05-01 | 2 Terry | | | fantasy, humour | |
/// | 5 Lost, 10 pages, out of print | 2 Terry | | | | |
///
/// Ursula has a profile and is Terry's mentor; author 3, Nobody, and the tag `unused` have nothing.
pub async fn library() -> Tried<TestDatabase> {
    Ok(database!("api_library": Country, Publisher, Author, Profile, Book, Tag, Review; rows))
}

async fn rows(db: &Database) -> Result<()> {
    let chile = draft!(Country { name: "Chile" }).save(db).await?;
    let ace = draft!(Publisher { name: "Ace", country: &chile }).save(db).await?;
    let ursula = draft!(Author { name: "Ursula" }).save(db).await?;
    let terry = draft!(Author { name: "Terry", mentor: &ursula }).save(db).await?;
    draft!(Author { name: "Nobody" }).save(db).await?;
    draft!(Profile { motto: "dragons", author: &ursula }).save(db).await?;
    let tags = ["fantasy", "humour", "science", "unused"].map(|name| draft!(Tag { name: name }));
    let tags = Tag::objects().bulk_create(db, tags).await?;
    let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d);
    let (f, h, s) = (&tags[0], &tags[1], &tags[2]);
    let none: Option<&Author> = None;
    for (title, pages, published, author, editor, publisher, tags) in [
        ("Earthsea", 205, day(1968, 11, 1), &ursula, Some(&terry), Some(&ace), vec![f]),
        ("Darkness", 286, day(1969, 3, 1), &ursula, none, Some(&ace), vec![s]),
        ("Mort", 272, day(1987, 11, 12), &terry, Some(&ursula), None, vec![f, h]),
        ("Gods", 381, day(1992, 5, 1), &terry, none, None, vec![f, h]),
        ("Lost", 10, None, &terry, none, None, vec![]),
    ] {
        let draft = draft!(Book { title: title, pages: pages, published: published });
        let draft = draft
            .with(|d| d.author, author)
            .with(|d| d.editor, editor.map(ForeignKey::from))
            .with(|d| d.publisher, publisher.map(ForeignKey::from));
        let book = draft.with(|d| d.in_print, published.is_some()).save(db).await?;
        book.tags().add(db, tags).await?;
    }
    for (book, stars, created) in [
        (1, 5, "2024-01-31T23:30:00Z"),
        (1, 3, "2024-02-01T10:00:00Z"),
        (3, 4, "2024-02-15T12:00:00Z"),
    ] {
        let created: DateTime<Utc> = created.parse().map_err(Error::other)?;
        draft!(Review { stars: stars, created: created, book: book as i64 }).save(db).await?;
    }
    Ok(())
}

/// The titles of books.
pub fn titles<'a>(books: impl IntoIterator<Item = &'a Book>) -> Vec<&'a str> {
    books.into_iter().map(|book| book.title.as_str()).collect()
}
