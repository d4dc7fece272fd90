//! Call shapes of the public API: that they compile is the test.
#![allow(dead_code, clippy::type_complexity)]

use crate::library::*;
use orm::expr::{exists, outer_ref, subquery};
use orm::prelude::*;

/// A row of one's own.
#[derive(Debug)]
struct Card {
    title: String,
    editor: Option<Author>,
    n: i64,
}

struct AuthorCard {
    who: Author,
    books: Vec<Book>,
    n: i64,
}

fn sendable<T: Clone + Send + Sync + 'static>(_: &T) {}

async fn queries(db: &impl Executor, author: &Author) -> Result<()> {
    let query = Book::objects()
        .filter(|b| {
            b.editor().name().icontains("lennon") & (b.pages().gte(20) | b.pages().isnull(true))
        })
        .exclude(|b| b.tags().name().eq("draft"))
        .order_by(|b| (b.editor().name().asc(), b.published().desc().nulls_last()))
        .limit(20);
    sendable(&query);
    let _: Vec<Book> = query.all(db).await?;
    let _ = Book::objects()
        .filter(|b| b.editor().eq(author) & b.editor().eq(3) & b.editor().in_([author, author]))
        .filter(|b| b.editor().in_(Author::objects().filter(|a| a.alive())))
        .filter(|b| b.editor().isnull(true) & b.editor().name().isnull(false))
        .filter(|b| b.editor().eq(b.editor().mentor()))
        .filter(|b| b.editor().eq(ForeignKey::<Author>::from(author)))
        .order_by(|b| (b.editor(), b.publisher().desc()));
    let q: Q<Book> = Book::q(|b| b.pages().gt(3));
    let _ = Book::objects().filter(|_| q);
    let pages = Book::paths().pages();
    let _ = Book::objects().order_by(|_| pages.desc());
    let _: Vec<Book> = Book::objects().in_print().all(db).await?;
    let _: Vec<Book> = author.edited_books().in_print().filter(|b| b.pages().gt(1)).all(db).await?;
    let _: Vec<(Book, i64)> =
        Book::objects().annotate(|b| b.authors().count()).in_print().all(db).await?;
    let _ = Author::objects().filter(|a| exists(a.books().objects().in_print()));
    Ok(())
}

async fn rows(db: &impl Executor) -> Result<()> {
    let _: Vec<(Book, (Option<Author>, Option<Publisher>))> =
        Book::objects().select_related(|b| (b.editor(), b.publisher())).all(db).await?;
    let _: Vec<(Review, Book)> = Review::objects().select_related(|r| r.book()).all(db).await?;
    let _: Vec<(Author, Option<Profile>)> =
        Author::objects().select_related(|a| a.profile()).all(db).await?;
    let _: Vec<(Book, Option<Book>)> =
        Book::objects().select_related(|b| b.sequel()).all(db).await?;
    let _: Vec<(Author, Vec<Book>)> =
        Author::objects().prefetch_related(|a| a.books()).all(db).await?;
    type Loaded = Vec<(Author, Vec<(Book, Option<Author>)>)>;
    let _: Loaded = Author::objects()
        .prefetch_related(|a| {
            a.books()
                .objects()
                .filter(|b| b.pages().gt(100))
                .select_related(|b| b.editor())
                .limit(3)
        })
        .all(db)
        .await?;
    let _: Vec<(Review, Book)> = Review::objects().prefetch_related(|r| r.book()).all(db).await?;
    let _: Vec<(Book, Option<Author>)> =
        Book::objects().prefetch_related(|b| b.editor()).all(db).await?;
    let _: Vec<(Author, i64)> = Author::objects().annotate(|a| a.books().count()).all(db).await?;
    let _: Vec<(String, Option<String>)> =
        Book::objects().values(|b| (b.title(), b.editor().name())).all(db).await?;
    let cards = Book::objects()
        .values(|b| row!(Card { title: b.title(), editor: b.editor(), n: b.tags().count() }));
    sendable(&cards);
    let _: Vec<Card> = cards.all(db).await?;
    let _: Vec<AuthorCard> = Author::objects()
        .values(|a| row!(AuthorCard { who: a, books: prefetch(a.books()), n: a.books().count() }))
        .all(db)
        .await?;
    let rows =
        Book::objects().values(|b| row! { id: b.id(), editor: b.editor().name() }).all(db).await?;
    let _: i64 = rows[0].get("id")?;
    let _ = serde_json::to_value(&rows[0]);
    let n = |a: &Fields<Author>| a.books().count();
    let _: Vec<(Author, i64)> = Author::objects()
        .annotate(n)
        .filter(|a| n(a).gt(3))
        .order_by(|a| n(a).desc())
        .all(db)
        .await?;
    let _: Vec<(Author, Option<String>)> = Author::objects()
        .annotate(|a| {
            subquery(
                Book::objects()
                    .filter(|b| b.editor().eq(outer_ref(a.id())))
                    .values(|b| b.title())
                    .limit(1),
            )
        })
        .all(db)
        .await?;
    Ok(())
}

async fn keywords(db: &impl Executor) -> Result<()> {
    let _: Vec<Book> = Book::objects()
        .filter(q!(editor__name__icontains = "lennon", pages__gte = 20))
        .filter(q!((title__startswith = "R") | !(subtitle = "1")))
        .filter(q!(editor__isnull = false, id__in = [1, 2], authors__mentor__name = "x"))
        .all(db)
        .await?;
    let _: Q<Book> = q!(Book: title = "x");
    Ok(())
}

async fn writes(db: &impl Executor, author: Author, tag: Tag) -> Result<()> {
    let draft =
        || draft!(Book { isbn: Uuid::now_v7(), title: "x", price: 5, created_at: Utc::now() });
    let book = draft().save(db).await?;
    let book = Book::objects().create(db, draft!(Book { title: "y", ..book })).await?;
    let _: Book = author.edited_books().create(db, draft()).await?;
    let _: Review =
        book.reviews().create(db, draft!(Review { stars: 5, created: Utc::now() })).await?;
    let _: Profile = draft!(Profile { author: &author, website: "x" }).save(db).await?;
    let _: Profile = author.profile().create(db, draft!(Profile {})).await?;
    let _: Profile = author.profile().get(db).await?;
    let _: Vec<Tag> =
        Tag::objects().bulk_create(db, ["a", "b"].map(|name| draft!(Tag { name }))).await?;
    book.tags().add(db, [&tag]).await?;
    book.tags().remove(db, [1]).await?;
    book.tags().clear(db).await?;
    let _: Tag = book.tags().create(db, draft!(Tag { name: "x" })).await?;
    let _: Vec<Author> = author.friends().all(db).await?;
    let _: Vec<Author> = author.followers().filter(|a| a.alive()).all(db).await?;
    let _: Vec<Book> = tag.books().all(db).await?;
    Ok(())
}

async fn instances(
    db: &impl Executor,
    mut book: Book,
    review: Review,
    author: Author,
) -> Result<()> {
    book.title = "New".into();
    book.save(db).await?;
    book.update(db, |b| (b.pages().set(1), b.editor().set(&author))).await?;
    book.refresh(db).await?;
    let _: Book = review.book.fetch(db).await?;
    let _: Option<Author> = book.editor.fetch(db).await?;
    let gone = book.delete(db).await?;
    let _ = gone.of::<Review>();
    let _: u64 = Book::objects()
        .filter(|b| b.pages().gt(1))
        .update(db, |b| (b.pages().set(1), b.editor().set(&author), b.title().set("x")))
        .await?;
    Ok(())
}
