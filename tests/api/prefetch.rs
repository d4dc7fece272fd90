//! `prefetch_related`: one more statement for each relation, however many rows.

use super::library::{Author, Book, Publisher, Review, Tag, library, titles};
use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};

/// The names of tags.
fn names(tags: &[Tag]) -> Vec<&str> {
    tags.iter().map(|tag| &*tag.name).collect()
}

#[tokio::test]
async fn the_reverse_of_a_key() -> Outcome {
    let db = library().await?;
    let query = Author::objects().prefetch_related(|a| a.books());
    let rows: Vec<(Author, Vec<Book>)> = assert_num_queries!(db, 2, query.all(&db).await?);
    let books: Vec<_> = rows.iter().map(|(a, books)| (&*a.name, titles(books))).collect();
    let expected = [
        ("Ursula", vec!["Earthsea", "Darkness"]),
        ("Terry", vec!["Mort", "Gods", "Lost"]),
        ("Nobody", vec![]),
    ];
    assert_rows!(books, expected);
    // Two statements for one row as well, and the second not at all for none.
    let one = query.clone().filter(|a| a.name().eq("Nobody"));
    let one = assert_num_queries!(db, 2, one.all(&db).await?);
    assert_eq!(one[0].1, []);
    let none = query.filter(|a| a.name().eq("Somebody"));
    assert_num_queries!(db, 1, assert!(none.all(&db).await?.is_empty()));
    Ok(())
}

#[tokio::test]
async fn many_to_many_from_both_sides() -> Outcome {
    let db = library().await?;
    let query = Book::objects().prefetch_related(|b| b.tags());
    let books = assert_num_queries!(db, 2, query.all(&db).await?);
    let tags: Vec<_> = books.iter().map(|(_, tags)| names(tags)).collect();
    let both = vec!["fantasy", "humour"];
    assert_rows!(tags, [vec!["fantasy"], vec!["science"], both.clone(), both, vec![]]);
    let tags = Tag::objects().prefetch_related(|t| t.books());
    let tags = assert_num_queries!(db, 2, tags.all(&db).await?);
    let books: Vec<_> = tags.iter().map(|(_, books)| titles(books)).collect();
    let expected =
        [vec!["Earthsea", "Mort", "Gods"], vec!["Mort", "Gods"], vec!["Darkness"], vec![]];
    assert_rows!(books, expected);
    Ok(())
}

#[tokio::test]
async fn through_keys() -> Outcome {
    let db = library().await?;
    // A key itself, and a relation of the row at its end.
    let query = Book::objects().prefetch_related(|b| b.editor());
    let rows: Vec<(Book, Option<Author>)> = assert_num_queries!(db, 2, query.all(&db).await?);
    let editors: Vec<_> = rows.iter().map(|(_, e)| e.as_ref().map(|e| &*e.name)).collect();
    assert_rows!(editors, [Some("Terry"), None, Some("Ursula"), None, None]);
    let query = Review::objects().prefetch_related(|r| r.book().tags());
    let rows: Vec<(Review, Vec<Tag>)> = assert_num_queries!(db, 2, query.all(&db).await?);
    let tags: Vec<_> = rows.iter().map(|(_, tags)| names(tags)).collect();
    assert_rows!(tags, [vec!["fantasy"], vec!["fantasy"], vec!["fantasy", "humour"]]);
    let query = Book::objects().prefetch_related(|b| b.author().pupils());
    let rows = assert_num_queries!(db, 2, query.all(&db).await?);
    let pupils: Vec<_> = rows.iter().map(|(_, pupils)| pupils.len()).collect();
    assert_rows!(pupils, [1, 1, 0, 0, 0]);
    Ok(())
}

#[tokio::test]
async fn filtered_ordered_and_limited_for_each_parent() -> Outcome {
    let db = library().await?;
    let query =
        Author::objects().prefetch_related(|a| a.books().objects().filter(|b| b.pages().gt(250)));
    let rows = assert_num_queries!(db, 2, query.all(&db).await?);
    let books: Vec<_> = rows.iter().map(|(_, books)| titles(books)).collect();
    assert_rows!(books, [vec!["Darkness"], vec!["Mort", "Gods"], vec![]]);

    let longest = |n| {
        Author::objects()
            .prefetch_related(move |a| a.books().objects().order_by(|b| b.pages().desc()).limit(n))
    };
    let rows = assert_num_queries!(db, 2, longest(1).all(&db).await?);
    let books: Vec<_> = rows.iter().map(|(_, books)| titles(books)).collect();
    assert_rows!(books, [vec!["Darkness"], vec!["Gods"], vec![]]);
    let rows = longest(2).all(&db).await?;
    let books: Vec<_> = rows.iter().map(|(_, books)| titles(books)).collect();
    assert_rows!(books, [vec!["Darkness", "Earthsea"], vec!["Gods", "Mort"], vec![]]);
    let second = Author::objects()
        .prefetch_related(|a| a.books().objects().order_by(|b| b.pages().desc()).slice(1..2));
    let books = second.all(&db).await?;
    let books: Vec<_> = books.iter().map(|(_, books)| titles(books)).collect();
    assert_rows!(books, [vec!["Earthsea"], vec!["Mort"], vec![]]);
    // Over a table between as well.
    let tags = Tag::objects()
        .prefetch_related(|t| t.books().objects().order_by(|b| b.pages().desc()).limit(1));
    let tags = assert_num_queries!(db, 2, tags.all(&db).await?);
    let books: Vec<_> = tags.iter().map(|(_, books)| titles(books)).collect();
    assert_rows!(books, [vec!["Gods"], vec!["Gods"], vec!["Darkness"], vec![]]);
    Ok(())
}

#[tokio::test]
async fn nested_and_several() -> Outcome {
    let db = library().await?;
    let query = Author::objects().prefetch_related(|a| {
        a.books().objects().select_related(|b| b.publisher()).prefetch_related(|b| b.tags())
    });
    type Whole = (Book, Option<Publisher>, Vec<Tag>);
    let rows: Vec<(Author, Vec<Whole>)> = assert_num_queries!(db, 3, query.all(&db).await?);
    let terry: Vec<_> =
        rows[1].1.iter().map(|(b, p, t)| (&*b.title, p.is_some(), names(t))).collect();
    let both = vec!["fantasy", "humour"];
    assert_rows!(
        terry,
        [("Mort", false, both.clone()), ("Gods", false, both), ("Lost", false, vec![])]
    );
    assert_eq!(rows[0].1[1].1.as_ref().map(|p| &*p.name), Some("Ace"));
    assert_eq!(names(&rows[0].1[1].2), ["science"]);

    // Several of one level go in one round trip, beside what else was added to the row.
    let query = Book::objects()
        .order_by(|b| b.id())
        .annotate(|b| b.tags().count())
        .prefetch_related(|b| (b.tags(), b.reviews()));
    type Several = (Vec<Tag>, Vec<Review>);
    let rows: Vec<(Book, i64, Several)> = assert_num_queries!(db, 3, query.all(&db).await?);
    for (book, n, (tags, reviews)) in &rows {
        assert_eq!(usize::try_from(*n)?, tags.len(), "{book:?}");
        assert!(reviews.iter().all(|review| review.book.pk() == book.id));
    }
    let stars: Vec<Vec<i32>> =
        rows.iter().map(|(.., (_, r))| r.iter().map(|r| r.stars).collect()).collect();
    assert_rows!(stars, [vec![5, 3], vec![], vec![4], vec![], vec![]]);
    Ok(())
}

#[tokio::test]
async fn for_rows_that_are_loaded() -> Outcome {
    let db = library().await?;
    let mut books = Book::objects().all(&db).await?;
    books.reverse();
    let order: Vec<i64> = books.iter().map(|b| b.id).collect();
    let rows: Vec<(Book, Vec<Tag>)> =
        assert_num_queries!(db, 1, prefetch(&db, books, |b| b.tags()).await?);
    assert_eq!(rows.iter().map(|(b, _)| b.id).collect::<Vec<_>>(), order);
    assert_eq!(names(&rows[1].1), ["fantasy", "humour"]);
    assert_eq!(rows[0].1, []);
    let few = rows.into_iter().map(|(book, _)| book).filter(|b| b.id < 3).collect();
    let rows = prefetch(&db, few, |b| {
        (b.reviews().objects().filter(|r| r.stars().gt(4)), b.editor(), b.author().pupils())
    });
    let rows = assert_num_queries!(db, 3, rows.await?);
    let rows: Vec<_> = rows
        .iter()
        .map(|(b, (reviews, editor, pupils))| {
            (&*b.title, reviews.len(), editor.as_ref().map(|e| &*e.name), pupils.len())
        })
        .collect();
    assert_rows!(rows, [("Darkness", 0, None, 1), ("Earthsea", 1, Some("Terry"), 1)]);
    // It goes by the keys that the rows hold, whatever has become of them since.
    let books = Book::objects().filter(|b| b.id().gt(3)).all(&db).await?;
    Book::objects().filter(|b| b.id().eq(4)).delete(&db).await?;
    let rows = prefetch(&db, books, |b| (b.tags(), b.author())).await?;
    let rows: Vec<_> = rows.iter().map(|(b, (t, a))| (&*b.title, t.len(), &*a.name)).collect();
    assert_rows!(rows, [("Gods", 0, "Terry"), ("Lost", 0, "Terry")]);
    Ok(())
}

mod bytes {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "prefetch_bytes", ordering = [key])]
    pub struct Blob {
        #[field(primary_key)]
        pub key: Vec<u8>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "prefetch_bytes", ordering = [id])]
    pub struct Piece {
        pub id: i64,
        #[field(on_delete = Cascade, related_name = "pieces")]
        pub blob: ForeignKey<Blob>,
    }
}

/// Keys are compared whole: bytes that differ by zeros before them belong to different rows.
#[tokio::test]
async fn keys_of_bytes_with_zeros_before_them() -> Outcome {
    use bytes::{Blob, Piece};
    let db = database!("prefetch_bytes": Blob, Piece);
    let long = |first: u8| [&[first][..], &[0; 16]].concat();
    let keys = [vec![], vec![0], vec![0, 1], vec![1], long(0), long(1)];
    for (pieces, key) in keys.iter().enumerate() {
        draft!(Blob { key: key.clone() }).save(&db).await?;
        for _ in 0..pieces {
            draft!(Piece { blob: ForeignKey::<Blob>::new(key.clone()) }).save(&db).await?;
        }
    }
    let blobs = Blob::objects().prefetch_related(|b| b.pieces()).all(&db).await?;
    let pieces = |key: &Vec<u8>| {
        let found = blobs.iter().find(|(blob, _)| blob.key == *key);
        found.map(|(_, pieces)| (pieces.len(), pieces.iter().all(|p| p.blob.pk() == *key)))
    };
    let counted: Vec<_> = keys.iter().map(pieces).collect();
    assert_rows!(counted, (0..6).map(|n| Some((n, true))).collect::<Vec<_>>());
    Ok(())
}

mod chosen {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "chosen")]
    pub struct Parent {
        #[field(primary_key)]
        pub id: Uuid,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "chosen")]
    pub struct Child {
        pub id: i64,
        #[field(on_delete = Cascade, related_name = "children")]
        pub parent: ForeignKey<Parent>,
    }
}

#[tokio::test]
async fn keys_that_were_chosen_to_collide_are_as_fast_as_others() -> Outcome {
    use chosen::{Child, Parent};
    let db = database!("api_chosen_keys": Parent, Child);
    db.batch_execute(
        "INSERT INTO chosen_parent SELECT (h || h)::uuid
         FROM (SELECT lpad(to_hex(n), 16, '0') AS h FROM generate_series(1, 50000) AS n) AS x;
         INSERT INTO chosen_child (parent_id) SELECT id FROM chosen_parent",
    )
    .await?;
    let started = std::time::Instant::now();
    let rows = Parent::objects().prefetch_related(|p| p.children()).all(&db).await?;
    assert_eq!(rows.len(), 50_000);
    assert!(rows.iter().all(|(parent, children)| {
        children.len() == 1 && children[0].parent.key() == &parent.id
    }));
    // Two minutes where all of them collide; a second or two otherwise, without optimization.
    let took = started.elapsed();
    assert!(took < std::time::Duration::from_secs(20), "{took:?}");
    Ok(())
}

#[tokio::test]
async fn rows_that_share_what_was_loaded_all_have_it() -> Outcome {
    let db = library().await?;
    // A join gives some authors more than once.
    let query = Author::objects().filter(|a| a.books().pages().gt(250)).order_by(|a| a.id());
    let query = query.prefetch_related(|a| a.books());
    let rows: Vec<(Author, Vec<Book>)> = assert_num_queries!(db, 2, query.all(&db).await?);
    let books: Vec<_> = rows.iter().map(|(a, books)| (&*a.name, titles(books))).collect();
    let terry = ("Terry", vec!["Mort", "Gods", "Lost"]);
    assert_rows!(books, [("Ursula", vec!["Earthsea", "Darkness"]), terry.clone(), terry]);
    // Two reviews of one book, whose tags are loaded in turn.
    let query = Review::objects()
        .prefetch_related(|r| r.book().objects().prefetch_related(|b| (b.tags(), b.reviews())));
    let rows = assert_num_queries!(db, 4, query.all(&db).await?);
    let found = rows.iter().map(|(_, books)| {
        let (book, (tags, reviews)) = &books[0];
        (&*book.title, names(tags), reviews.len())
    });
    let found: Vec<_> = found.collect();
    let first = ("Earthsea", vec!["fantasy"], 2);
    assert_rows!(found, [first.clone(), first, ("Mort", vec!["fantasy", "humour"], 1)]);
    // And the rows that are loaded already, one of them twice.
    let author = Author::objects().filter(|a| a.name().eq("Ursula")).get(&db).await?;
    let rows = orm::prefetch(&db, vec![author.clone(), author], |a| a.books()).await?;
    assert_eq!(rows.iter().map(|(_, books)| books.len()).collect::<Vec<_>>(), [2, 2]);
    Ok(())
}

#[tokio::test]
async fn a_related_row_that_cannot_be_read_is_named() -> Outcome {
    let db = library().await?;
    db.batch_execute("ALTER TABLE library_book ALTER pages TYPE bigint").await?;
    let rows = Author::objects().prefetch_related(|a| a.books()).all(&db).await;
    says(&rows.unwrap_err(), &["Book", "pages"]);
    let rows =
        Tag::objects().prefetch_related(|t| t.books().objects().prefetch_related(|b| b.reviews()));
    says(&rows.all(&db).await.unwrap_err(), &["pages"]);
    Ok(())
}
