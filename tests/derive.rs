//! Models by `#[derive(Model)]`: what is generated, and the call shapes that must compile.

use orm::prelude::*;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", ordering = [name])]
pub struct Author {
    pub id: i64,
    #[field(max_length = 100)]
    pub name: String,
    #[field(on_delete = SetNull, related_name = "proteges")]
    pub mentor: Option<ForeignKey<Self>>,
    pub friends: ManyToMany<Self>,
    #[field(symmetrical = false, related_name = "followers")]
    pub follows: ManyToMany<Self>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library")]
pub struct Tag {
    pub id: i64,
    #[field(unique, max_length = 50)]
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "library", ordering = [author.name, -title])]
pub struct Book {
    pub id: i64,
    #[field(max_length = 255)]
    pub title: String,
    #[field(default = 1)]
    pub edition: i32,
    pub year: Option<i32>,
    #[field(on_delete = Cascade, related_name = "books")]
    pub author: ForeignKey<Author>,
    #[field(on_delete = SetNull)]
    pub editor: Option<ForeignKey<Author>>,
    #[field(related_name = "books")]
    pub tags: ManyToMany<Tag>,
}

#[test]
fn metadata() {
    assert_eq!(Book::meta().table, "library_book");
    println!("{:#?}", Book::meta().fields.len());
}

#[allow(dead_code)]
async fn shapes(db: &impl Executor, author: Author) -> Result<()> {
    let _: Vec<Book> = Book::objects().filter(|b| b.author().eq(&author)).all(db).await?;
    let _: Vec<(Book, (Author, Option<Author>))> =
        Book::objects().select_related(|b| (b.author(), b.editor())).all(db).await?;
    let _: Vec<(Author, Vec<Book>)> =
        Author::objects().prefetch_related(|a| a.books()).all(db).await?;
    let _: Vec<(Author, i64)> = Author::objects().annotate(|a| a.books().count()).all(db).await?;
    let book = draft!(Book { title: "x", author: &author }).save(db).await?;
    let mut book = draft!(Book { title: "y", ..book }).save(db).await?;
    let _: Book = author.books().create(db, draft!(Book { title: "x" })).await?;
    book.tags().add(db, [1, 2]).await?;
    book.title = "z".into();
    book.save(db).await?;
    book.update(db, |b| (b.title().set("u"), b.editor().set(&author))).await?;
    let _: Author = book.author.fetch(db).await?;
    let _: Option<Author> = book.editor.fetch(db).await?;
    let _: Vec<Book> = author.book_set().all(db).await?;
    book.delete(db).await?;
    Ok(())
}
