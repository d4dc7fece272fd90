//! Models, tables, rows and queries in one file: `cargo run --example quickstart`.
//!
//! It uses `DATABASE_URL` if that is set, and otherwise starts a PostgreSQL of its own that keeps
//! its data in `./.orm/pg`.

use orm::prelude::*;
use orm_testkit::server::Server;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "quickstart", ordering = [name])]
pub struct Author {
    pub id: i64,
    #[field(max_length = 100)]
    pub name: String,
    #[field(unique)]
    pub email: Option<String>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "quickstart",
    ordering = [title],
    check(|b| b.pages().gt(0), name = "book_pages_positive"),
)]
pub struct Book {
    pub id: i64,
    #[field(max_length = 200)]
    pub title: String,
    pub pages: i32,
    pub published: Option<NaiveDate>,
    #[field(default = true)]
    pub in_print: bool,
    #[field(on_delete = Cascade, related_name = "books")]
    pub author: ForeignKey<Author>,
    #[field(on_delete = SetNull, related_name = "edited_books")]
    pub editor: Option<ForeignKey<Author>>,
    #[field(related_name = "books")]
    pub tags: ManyToMany<Tag>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "quickstart")]
pub struct Tag {
    pub id: i64,
    #[field(max_length = 50, unique)]
    pub name: String,
}

/// Query set methods of your own, chainable after anything.
#[queryset]
impl QuerySet<Book> {
    pub fn in_print(self) -> Self {
        self.filter(|b| b.in_print())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::durable(".orm/pg")?;
    let db = Database::connect(server.url()).await?;

    step("Tables made from the models");
    drop_tables::<(Author, Book, Tag)>(&db).await?;
    for sql in create_tables_sql::<(Author, Book, Tag)>()? {
        println!("  {sql}");
    }
    create_tables::<(Author, Book, Tag)>(&db).await?;

    step("Rows: required fields are checked by the compiler");
    let ursula = draft!(Author { name: "Ursula K. Le Guin" }).save(&db).await?;
    let terry = draft!(Author { name: "Terry Pratchett", email: "terry@example.com" });
    let terry = terry.save(&db).await?;
    let mut earthsea = draft!(Book {
        title: "A Wizard of Earthsea",
        pages: 205,
        published: NaiveDate::from_ymd_opt(1968, 11, 1),
        author: &ursula,
        editor: &terry,
    })
    .save(&db)
    .await?;
    let books = Book::objects().bulk_create(
        &db,
        [
            draft!(Book { title: "The Left Hand of Darkness", pages: 286, author: &ursula }),
            draft!(Book { title: "Mort", pages: 272, author: &terry }),
            draft!(Book { title: "Small Gods", pages: 381, author: &terry }),
        ],
    );
    let books = books.await?;
    let tags = ["fantasy", "science fiction"].map(|name| draft!(Tag { name: name }));
    let tags = Tag::objects().bulk_create(&db, tags).await?;
    earthsea.tags().add(&db, [&tags[0]]).await?;
    books[0].tags().add(&db, &tags).await?;
    println!("  {earthsea:?}");

    step("Lookups through relations");
    let query = Book::objects()
        .in_print()
        .filter(|b| b.author().name().icontains("le guin") & b.pages().gt(200))
        .order_by(|b| b.pages().desc());
    show(&query.sql()?, &query.all(&db).await?);

    step("The same with Django's keywords, and still checked by the compiler");
    let query = Book::objects().filter(q!(author__name__icontains = "le guin", pages__gt = 200));
    show(&query.sql()?, &query.all(&db).await?);

    step("A join, and what it loads is in the type: Vec<(Book, (Author, Option<Author>))>");
    let query = Book::objects().select_related(|b| (b.author(), b.editor())).limit(2);
    show(&query.sql()?, &query.all(&db).await?);

    step("Reverse relations, two statements for all authors: Vec<(Author, Vec<Book>)>");
    let query = Author::objects().prefetch_related(|a| a.books());
    show(&query.sql()?, &query.all(&db).await?);

    step("Through a many-to-many relation: books with no science fiction tag");
    let query = Book::objects()
        .exclude(|b| b.tags().name().eq("science fiction"))
        .values(|b| (b.title(), b.author().name()));
    show(&query.sql()?, &query.all(&db).await?);

    step("Counted by the database: Vec<(Author, i64)>");
    let query = Author::objects().annotate(|a| a.books().count());
    show(&query.sql()?, &query.all(&db).await?);

    step("F: the database adds, so no update is lost");
    let touched = Book::objects()
        .filter(|b| b.author().eq(&terry))
        .update(&db, |b| b.pages().set(b.pages() + 1))
        .await?;
    println!("  {touched} rows; longest: {:?}", {
        Book::objects().aggregate(&db, |b| b.pages().max()).await?
    });

    step("Instances");
    earthsea.title = "A Wizard of Earthsea (50th anniversary)".into();
    earthsea.save(&db).await?;
    let author = earthsea.author.fetch(&db).await?;
    println!("  {} by {}", earthsea.title, author.name);
    let gone = earthsea.delete(&db).await?;
    println!("  deleted: {}", gone.total);

    step("Errors say what they are");
    let again = draft!(Tag { name: "fantasy" }).save(&db).await;
    println!("  {}", again.expect_err("the name is taken"));
    Ok(())
}

fn step(title: &str) {
    println!("\n-- {title}");
}

fn show<T: std::fmt::Debug>(sql: &str, rows: &[T]) {
    println!("  {sql}");
    for row in rows {
        println!("    {row:?}");
    }
}
