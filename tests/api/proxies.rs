//! Proxies: another model over the rows of the first.

use crate::support::{Outcome, database};
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_num_queries};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "proxies")]
pub struct Author {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "proxies", ordering = [title], get_latest_by = year, hooks)]
pub struct Book {
    pub id: i64,
    pub title: String,
    pub year: i32,
    #[field(default = 0)]
    pub saves: i32,
    #[field(on_delete = Cascade, related_name = "books")]
    pub author: ForeignKey<Author>,
    #[field(related_name = "shelved")]
    pub tags: ManyToMany<Tag>,
}

impl Hooks for Book {
    async fn before_save(&mut self, _: &HookCx<'_>) -> Result<()> {
        self.saves += 1;
        Ok(())
    }
    async fn before_delete(&self, cx: &HookCx<'_>) -> Result<()> {
        draft!(Tag { name: format!("gone {}", self.title) }).save(cx).await?;
        Ok(())
    }
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "proxies")]
pub struct Tag {
    pub id: i64,
    pub name: String,
}

/// Books of long ago, the newest first.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(proxy = Book, ordering = [-year, author.name], managers(objects = LongAgo, all_books = AllRows))]
pub struct OldBook(pub Book);

pub struct LongAgo;
impl Manager<OldBook> for LongAgo {
    fn queryset(&self) -> QuerySet<OldBook> {
        OldBook::unfiltered().filter(|b| b.year().lt(1970))
    }
}

impl OldBook {
    pub fn age(&self, now: i32) -> i32 {
        now - self.year
    }
}

/// Another ordering, and nothing else.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(proxy = Book, ordering = [-title])]
pub struct Backwards(pub Book);

/// A proxy of a proxy.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(proxy = OldBook)]
pub struct VeryOldBook(pub OldBook);

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "proxies")]
pub struct Repair {
    pub id: i64,
    pub what: String,
    #[field(on_delete = Cascade, related_name = "repairs")]
    pub book: ForeignKey<OldBook>,
}

type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

async fn opened() -> Opened {
    Ok(database!("proxies": Author, Tag, Book, Repair; rows))
}

async fn rows(db: &Database) -> Result<()> {
    let ann = draft!(Author { name: "Ann" }).save(db).await?;
    for (title, year) in [("a", 1950), ("b", 1999), ("c", 1960)] {
        draft!(Book { title, year, author: &ann }).save(db).await?;
    }
    Ok(())
}

/// The SQL of a query set, without quotes.
fn plain(sql: Result<String>) -> Result<String> {
    Ok(sql?.replace('"', ""))
}

#[test]
fn they_have_an_ordering_and_managers() -> Outcome {
    assert_eq!(
        plain(OldBook::objects().values(|b| b.title()).sql())?,
        "SELECT t0.title FROM proxies_book AS t0 JOIN proxies_author AS t1 ON t1.id = t0.author_id \
         WHERE t0.year < $1 ORDER BY t0.year DESC, t1.name"
    );
    assert_eq!(
        plain(OldBook::all_books().values(|b| b.title()).sql())?,
        "SELECT t0.title FROM proxies_book AS t0 JOIN proxies_author AS t1 ON t1.id = t0.author_id \
         ORDER BY t0.year DESC, t1.name"
    );
    assert_eq!(
        plain(Backwards::objects().values(|b| b.id()).sql())?,
        "SELECT t0.id FROM proxies_book AS t0 ORDER BY t0.title DESC"
    );
    assert_eq!(
        plain(Backwards::objects().reverse().values(|b| b.id()).sql())?,
        "SELECT t0.id FROM proxies_book AS t0 ORDER BY t0.title"
    );
    assert_eq!(
        plain(Backwards::objects().order_by(|b| b.year()).values(|b| b.id()).sql())?,
        "SELECT t0.id FROM proxies_book AS t0 ORDER BY t0.year"
    );
    // The first model has its own, and a proxy of a proxy that of the other.
    assert_eq!(
        plain(Book::objects().values(|b| b.id()).sql())?,
        "SELECT t0.id FROM proxies_book AS t0 ORDER BY t0.title"
    );
    assert_eq!(
        VeryOldBook::objects().values(|b| b.title()).sql()?,
        OldBook::objects().values(|b| b.title()).sql()?
    );
    Ok(())
}

#[tokio::test]
async fn rows_are_those_of_the_first() -> Outcome {
    let db = opened().await?;
    let old = OldBook::objects().all(&db).await?;
    assert_eq!(old.iter().map(|b| b.title.as_str()).collect::<Vec<_>>(), ["c", "a"]);
    assert_eq!(old[0].age(2000), 40);
    let mut book: Book = old[0].clone().into();
    assert_eq!(Book::objects().get_by_key(&db, book.id).await?, book);
    book.title = "c2".to_owned();
    book.save(&db).await?;
    let mut proxy = OldBook::from(book);
    proxy.title = "c3".to_owned();
    // The hooks of the first run, and with what the proxy holds.
    proxy.save(&db).await?;
    assert_eq!((proxy.title.as_str(), proxy.saves), ("c3", 3));
    proxy.update(&db, |b| b.year().set(b.year() + 1)).await?;
    proxy.refresh(&db).await?;
    assert_eq!(proxy.year, 1961);
    let made = draft!(OldBook { title: "d", year: 1900, author: 1 }).save(&db).await?;
    assert_eq!((made.saves, made.age(2000)), (1, 100));
    let copy = draft!(OldBook { title: "e", ..made }).save(&db).await?;
    assert_eq!((copy.0.year, copy.0.title.as_str()), (1900, "e"));
    let many = ["x", "y"].map(|title| draft!(OldBook { title, year: 1, author: 1 }));
    assert_eq!(OldBook::objects().bulk_create(&db, many).await?.len(), 2);
    assert_eq!(
        OldBook::objects().filter(|b| b.year().eq(1)).update(&db, |b| b.year().set(2)).await?,
        2
    );
    assert_eq!(OldBook::objects().first(&db).await?.ok_or("a row")?.title, "c3");
    assert_eq!(OldBook::objects().latest(&db).await?.year, 1961);
    assert_eq!(Backwards::objects().last(&db).await?.ok_or("a row")?.title, "a");
    let (found, created) = OldBook::objects()
        .get_or_create(
            &db,
            |b| b.title().eq("a"),
            draft!(OldBook { title: "a", year: 1, author: 1 }),
        )
        .await?;
    assert!(!created && found.year == 1950);
    made.delete(&db).await?;
    assert_eq!(Tag::objects().values(|t| t.name()).all(&db).await?, ["gone d"]);
    Ok(())
}

#[tokio::test]
async fn relations_of_the_first_and_to_the_proxy() -> Outcome {
    let db = opened().await?;
    let tag = draft!(Tag { name: "t" }).save(&db).await?;
    let old = OldBook::objects().filter(|b| b.title().eq("a")).get(&db).await?;
    old.tags().add(&db, [&tag]).await?;
    assert_eq!(old.tags().all(&db).await?, [tag]);
    assert_eq!(old.author.fetch(&db).await?.name, "Ann");
    let tagged =
        OldBook::objects().filter(|b| b.tags().name().eq("t") & b.author().name().eq("Ann"));
    assert_eq!(tagged.get(&db).await?, old);
    let both = OldBook::objects().select_related(|b| b.author()).all(&db);
    let both = assert_num_queries!(db, 1, both.await?);
    assert_eq!((both[0].0.title.as_str(), both[0].1.name.as_str()), ("c", "Ann"));
    let both = OldBook::objects().prefetch_related(|b| b.tags()).all(&db);
    let both = assert_num_queries!(db, 2, both.await?);
    assert_eq!(both.iter().map(|(_, tags)| tags.len()).collect::<Vec<_>>(), [0, 1]);

    let repair = draft!(Repair { what: "spine", book: &old }).save(&db).await?;
    assert_eq!(repair.book.fetch(&db).await?, old);
    let with = Repair::objects().select_related(|r| r.book()).get(&db);
    let (_, book) = assert_num_queries!(db, 1, with.await?);
    assert_eq!((book.age(1960), book.title.as_str()), (10, "a"));
    let with = Repair::objects().prefetch_related(|r| r.book()).get(&db).await?;
    assert_eq!(with.1, old);
    assert_eq!(Repair::objects().filter(|r| r.book().title().eq("a")).count(&db).await?, 1);
    assert_eq!(
        Repair::objects().filter(|r| r.book().author().name().eq("Ann")).count(&db).await?,
        1
    );
    // Back from the proxy.
    assert_eq!(old.repairs().count(&db).await?, 1);
    let mended = OldBook::objects().filter(|b| b.repairs().what().eq("spine"));
    assert_eq!(mended.values(|b| b.title()).all(&db).await?, ["a"]);
    let loaded = OldBook::objects().prefetch_related(|b| b.repairs()).all(&db);
    let loaded = assert_num_queries!(db, 2, loaded.await?);
    assert_eq!(loaded.iter().map(|(_, all)| all.len()).collect::<Vec<_>>(), [0, 1]);
    // The key refers to the table of the first: what it cascades from is that.
    let book: Book = old.into();
    assert_eq!(book.delete(&db).await?.of::<Repair>(), 1);
    Ok(())
}

#[test]
fn there_is_no_table_of_a_proxy() -> Outcome {
    let metas = [Author::meta(), Tag::meta(), OldBook::meta(), Repair::meta()];
    let sql = orm::tables::create_tables_sql_of(&metas)?.join("\n").replace('"', "");
    assert!(!sql.to_lowercase().contains("oldbook"), "{sql}");
    assert!(sql.contains("FOREIGN KEY (book_id) REFERENCES proxies_book (id)"), "{sql}");
    assert!(std::ptr::eq(OldBook::meta(), Book::meta()));
    Ok(())
}

#[tokio::test]
async fn receivers_of_the_first_are_called() -> Outcome {
    let db = opened().await?;
    let kept = orm::signals::before_create::<OldBook>().connect(|book, _| {
        Box::pin(async move {
            if book.title == "signalled" {
                book.year = 1234;
            }
            Ok(())
        })
    });
    let book = draft!(OldBook { title: "signalled", year: 1, author: 1 }).save(&db).await?;
    assert_eq!(book.year, 1234);
    drop(kept);
    Ok(())
}
