//! Generic relations in two columns, wherever a row of another kind has the same key: sets at the end of
//! paths, models that extend others, names that are given at run time.

use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_num_queries};

pub mod models {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "press", ordering = [title])]
    pub struct Book {
        pub id: i64,
        pub title: String,
        #[field(on_delete = Cascade, related_name = "books")]
        pub by: Option<ForeignKey<Author>>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "press", extends = Book)]
    pub struct Novel {
        pub book: Book,
        pub plot: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "press", ordering = [name])]
    pub struct Author {
        pub id: i64,
        pub name: String,
    }

    #[derive(GenericForeignKey, Clone, Debug, PartialEq)]
    #[generic(kind = "{field}_kind", key = "{field}_id")]
    pub enum Target {
        #[generic(kind = "it's a book")]
        Book(ForeignKey<Book>),
        Novel(ForeignKey<Novel>),
        Author(ForeignKey<Author>),
        Comment(ForeignKey<Comment>),
    }

    /// On anything, and on a comment.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "press", ordering = [text])]
    pub struct Comment {
        pub id: i64,
        pub text: String,
        #[field(generic, on_delete = Cascade, related_name = "comments")]
        pub on: Target,
        #[field(generic, on_delete = SetNull, related_name = "mentions")]
        pub also: Option<Target>,
    }

    /// With a generic key of the model that it extends.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "press", extends = Comment)]
    pub struct Review {
        pub comment: Comment,
        pub stars: i32,
    }
}
use models::*;

/// The book, the novel, the author and the first comment have one key.
async fn rows(db: &Database) -> Result<()> {
    let ann = draft!(Author { name: "Ann" }).save(db).await?;
    let emma = draft!(Novel { title: "Emma", plot: "a match", by: &ann }).save(db).await?;
    draft!(Book { title: "Odd" }).save(db).await?;
    let book = &emma.book;
    let first = draft!(Comment { text: "of the book", on: book }).save(db).await?;
    assert!([ann.id, book.id, first.id] == [1, 1, 1]);
    draft!(Comment { text: "of the novel", on: &emma, also: &ann }).save(db).await?;
    draft!(Comment { text: "of the author", on: &ann, also: book }).save(db).await?;
    draft!(Review { text: "of the comment", on: &first, stars: 3 }).save(db).await?;
    Ok(())
}

async fn opened() -> std::result::Result<TestDatabase, orm_testkit::TestError> {
    Ok(database!("generic_paths": Author, Book, Novel, Comment, Review; rows))
}

fn plain(sql: Result<String>) -> Result<String> {
    Ok(sql?.replace('"', ""))
}

#[tokio::test]
async fn sets_at_the_end_of_paths_ask_for_the_kind() -> Outcome {
    let db = opened().await?;
    let texts = |rows: QuerySet<Comment>| rows.values(|c| c.text());
    // Back.
    let answered = Comment::objects().filter(|c| exists(c.comments().objects()));
    assert!(
        plain(answered.sql())?.contains(
            "WHERE EXISTS (SELECT 1 FROM press_comment AS t1 WHERE t1.on_id = t0.id AND t1.on_kind = ('comment'))"
        ),
        "{}",
        answered.sql()?
    );
    assert_eq!(texts(answered).all(&db).await?, ["of the book"]);
    let last = Author::objects()
        .values(|a| subquery(a.comments().objects().values(|c| c.text()).limit(1)));
    assert_eq!(last.all(&db).await?, [Some("of the author".to_owned())]);
    let of_books = Author::objects()
        .filter(|a| exists(a.books().comments().objects().filter(|c| c.text().eq("of the novel"))));
    assert_eq!(of_books.count(&db).await?, 0);
    let silent = Author::objects().filter(|a| !exists(a.mentions().objects()));
    assert_eq!(silent.count(&db).await?, 0);
    // Forward.
    let on_emma = Comment::objects()
        .filter(|c| exists(c.on().book().objects().filter(|b| b.title().eq("Emma"))));
    assert!(
        plain(on_emma.sql())?.contains(
            "FROM press_book AS t1 WHERE t1.id = t0.on_id AND t0.on_kind = ('it''s a book') AND t1.title = $1"
        ),
        "{}",
        on_emma.sql()?
    );
    assert_eq!(texts(on_emma).all(&db).await?, ["of the book"]);
    Ok(())
}

#[tokio::test]
async fn rows_of_other_kinds_stay_where_one_is_excluded() -> Outcome {
    let db = opened().await?;
    let texts = |rows: QuerySet<Comment>| rows.values(|c| c.text());
    let all = Comment::objects;
    let (book, author, comment) = ("of the book", "of the author", "of the comment");
    let not_emma = all().exclude(|c| c.on().book().title().eq("Emma"));
    assert_eq!(texts(not_emma).all(&db).await?, [author, comment, "of the novel"]);
    let emma = Book::objects().filter(|b| b.title().eq("Emma")).get(&db).await?;
    let not_also = all().exclude(|c| c.also().eq(&emma));
    assert_eq!(texts(not_also).all(&db).await?, [book, comment, "of the novel"]);
    let not_in = all().exclude(|c| c.also().in_([&emma]));
    assert_eq!(texts(not_in).count(&db).await?, 3);
    let unanswered = all().exclude(|c| c.comments().text().eq(comment));
    assert_eq!(texts(unanswered).count(&db).await?, 3);
    let uncommented = Book::objects().exclude(|b| b.comments().text().eq(author));
    assert_eq!(uncommented.count(&db).await?, 2);
    Ok(())
}

#[tokio::test]
async fn models_that_extend_others_have_the_rows_of_their_kind() -> Outcome {
    let db = opened().await?;
    let of_each = Novel::objects().prefetch_related(|n| (n.comments(), n.book().comments()));
    let of_each = assert_num_queries!(db, 3, of_each.get(&db).await?).1;
    let texts = |rows: &[Comment]| rows.iter().map(|row| row.text.clone()).collect::<Vec<_>>();
    assert_eq!(
        (texts(&of_each.0), texts(&of_each.1)),
        (vec!["of the novel".to_owned()], vec!["of the book".to_owned()])
    );
    let counted = Novel::objects().values(|n| (n.comments().count(), n.book().comments().count()));
    assert_eq!(counted.get(&db).await?, (1, 1));
    let review = Review::objects().prefetch_related(|r| (r.on(), r.also())).get(&db).await?;
    let on = matches!(&review.1.0, TargetRow::Comment(comment) if comment.text == "of the book");
    assert!(on && review.1.1.is_none(), "{review:?}");
    let of_comments = Review::objects().filter(|r| r.on().comment().on().book().title().eq("Emma"));
    assert_eq!(of_comments.get(&db).await?.stars, 3);
    // The novel is the book, and its comments are those of both.
    let novel = Novel::objects().get(&db).await?;
    let gone = novel.delete(&db).await?;
    assert_eq!((gone.of::<Comment>(), gone.of::<Review>()), (3, 1));
    assert_eq!(Comment::objects().get(&db).await?.also, None);
    Ok(())
}

#[tokio::test]
async fn names_lead_through_the_kinds() -> Outcome {
    let db = opened().await?;
    let allowed = ["on_book__title", "on_author__isnull", "on_kind"];
    let titled = Comment::objects().filter_names([("on_book__title", "Emma")], &allowed)?;
    assert!(
        plain(titled.sql())?.contains("ON t1.id = t0.on_id AND (t0.on_kind = ('it''s a book'))")
    );
    assert_eq!(titled.get(&db).await?.text, "of the book");
    let others = Comment::objects().filter_names([("on_author__isnull", "true")], &allowed)?;
    assert_eq!(others.count(&db).await?, 3);
    let by_kind = Comment::objects().filter_names([("on_kind", "novel")], &allowed)?;
    assert_eq!(by_kind.get(&db).await?.text, "of the novel");
    let by_title = Comment::objects().order_by_names(["-on_book__title"], &allowed)?;
    assert_eq!(by_title.last(&db).await?.map(|row| row.text), Some("of the book".to_owned()));
    let unknown = Comment::objects().filter_names([("on_shop__title", "x")], &["on_shop__title"]);
    says(&unknown.expect_err("no such kind"), &["cannot resolve `on_shop`"]);
    Ok(())
}
