//! What models cannot do with enums of keys.
#![allow(unused)]

use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    pub title: String,
}

#[derive(Model)]
pub struct Author {
    pub id: i64,
    pub name: String,
}

#[derive(Model)]
pub struct Tag {
    pub id: i64,
    pub name: String,
}

#[derive(GenericForeignKey, Clone, Debug)]
pub enum Target {
    Book(ForeignKey<Book>),
    Author(ForeignKey<Author>),
}

/// It says not that the field is a generic key.
#[derive(Model)]
pub struct Unsaid {
    pub id: i64,
    pub target: Target,
}

#[derive(Model)]
pub struct Comment {
    pub id: i64,
    pub text: String,
    #[field(generic, on_delete = Cascade, related_name = "comments")]
    pub target: Target,
}

#[derive(Model)]
pub struct Misnamed {
    pub id: i64,
    #[field(generic, on_delete = Cascade, related(books: Book = "misnamed", book: Author = "misnamed"))]
    pub target: Target,
}

async fn wrong(db: &Database, tag: Tag, book: Book, comment: Comment) -> Result<()> {
    draft!(Comment { text: "x" }).save(db).await?;
    draft!(Comment { text: "x", target: &tag }).save(db).await?;
    draft!(Comment { text: "x", target: None }).save(db).await?;
    let _ = Comment::objects().filter(|c| c.target().eq(&tag));
    let _ = Comment::objects().filter(|c| c.target().isnull(true));
    let _ = Comment::objects().filter(|c| c.target().tag().name().eq("x"));
    let _ = tag.comments();
    let _ = Book::objects().filter(|b| b.comments().target().eq(&tag));
    let _ = Comment::objects().update(db, |c| c.target().set(None::<Target>)).await?;
    let _ = Book::objects().prefetch_related(|b| b.comments().target());
    let title = comment.target.book.title;
    book.comments().create(db, draft!(Comment { text: "x", target: &book })).await?;
    Ok(())
}

fn main() {}
