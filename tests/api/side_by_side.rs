//! Rows of several query sets in one: put together, side by side, and by statements of WITH.

use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_rows, assert_rows_unordered};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "beside")]
pub struct Author {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "beside")]
pub struct Book {
    pub id: i64,
    pub name: String,
    pub pages: i32,
    #[field(on_delete = Cascade, related_name = "books")]
    pub author: ForeignKey<Author>,
    #[field(on_delete = SetNull, related_name = "edited")]
    pub editor: Option<ForeignKey<Author>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "beside", ordering = [name])]
pub struct Category {
    pub id: i64,
    pub name: String,
    #[field(on_delete = Cascade, related_name = "children")]
    pub parent: Option<ForeignKey<Self>>,
}

type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

async fn library() -> Opened {
    Ok(database!("beside": Author, Book, Category; rows))
}

/// Ada has written x (10 pages, edited by Bob) and y (600), Bob z (700, edited by Cy), Cy nothing;
/// categories: root with c1 and c2, c1 with c11.
async fn rows(db: &Database) -> Result<()> {
    let authors = ["Ada", "Bob", "Cy"].map(|name| draft!(Author { name }));
    Author::objects().bulk_create(db, authors).await?;
    let books = [("x", 10, 1, Some(2)), ("y", 600, 1, None), ("z", 700, 2, Some(3))];
    let books =
        books.map(|(name, pages, author, editor)| draft!(Book { name, pages, author, editor }));
    Book::objects().bulk_create(db, books).await?;
    let categories = [("root", None), ("c1", Some(1)), ("c2", Some(1)), ("c11", Some(2))];
    for (name, parent) in categories {
        draft!(Category { name, parent }).save(db).await?;
    }
    Ok(())
}

fn texts<const N: usize>(texts: [&str; N]) -> [String; N] {
    texts.map(str::to_owned)
}

/// The names of everything, with what it is.
fn named() -> orm::Nested<Book, (String, String), impl Clone + Send + use<>> {
    let books = Book::objects().values(|b| (b.name(), value("book")));
    books.union(Author::objects().values(|a| (a.name(), value("author"))))
}

fn totals() -> QuerySet<Book, (i64, Option<i64>)> {
    Book::objects().values(|b| b.author().id()).annotate(|b| b.pages().sum())
}

#[tokio::test]
async fn rows_of_several_models_are_put_together() -> Outcome {
    let db = library().await?;
    let books = || Book::objects().values(|b| (b.name(), value("book")));
    let authors = || Author::objects().values(|a| (a.name(), value("author")));
    let all = books().union(authors());
    let newest = all.clone().order_by(|(name, kind)| (kind.clone(), name.desc())).limit(4);
    assert_eq!(
        newest.sql()?,
        "(SELECT t0.\"name\", $1 FROM \"beside_book\" AS t0) UNION (SELECT t1.\"name\", $2 FROM \
         \"beside_author\" AS t1) ORDER BY 2, 1 DESC LIMIT 4"
    );
    let found = newest.all(&db).await?;
    let expected = [("Cy", "author"), ("Bob", "author"), ("Ada", "author"), ("z", "book")];
    assert_rows!(found, expected.map(|(name, kind)| (name.to_owned(), kind.to_owned())));
    assert_eq!(newest.count(&db).await?, 4);
    // What Django cannot: a filter, an annotation and an aggregate behind it.
    let with_a = all.clone().filter(|(name, _)| name.icontains("a"));
    assert_eq!(with_a.all(&db).await?, [("Ada".to_owned(), "author".to_owned())]);
    let lengths = all
        .clone()
        .annotate(|(name, _)| name.length())
        .order_by(|(name, _)| (name.length().desc(), name.clone()));
    assert_eq!(
        lengths.first(&db).await?.map(|(name, _, length)| (name, length)),
        Some(("Ada".into(), 3))
    );
    let kinds = all
        .clone()
        .values(|(_, kind)| kind.clone())
        .annotate(|(name, _)| name.count())
        .order_by(|(_, kind)| kind.clone());
    assert_eq!(kinds.all(&db).await?, [("author".to_owned(), 3), ("book".to_owned(), 3)]);
    let longest = all.clone().aggregate(&db, |(name, _)| name.length().max()).await?;
    assert_eq!(longest, Some(3));
    let only_books = all.difference(authors()).order_by(|(name, _)| name.clone());
    let names: Vec<String> = only_books.all(&db).await?.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, texts(["x", "y", "z"]));
    // Slices stay what they are, within and around.
    let cut = books()
        .order_by(|b| b.name())
        .limit(1)
        .union_all(books().order_by(|b| b.name().desc()).limit(1));
    assert_eq!(cut.count(&db).await?, 2);
    let both = books().union_all(books()).distinct().count(&db).await?;
    assert_eq!(both, 3);
    Ok(())
}

#[tokio::test]
async fn whole_models_of_a_set_have_their_relations() -> Outcome {
    let db = library().await?;
    let ada = || Author::objects().filter(|a| a.name().eq("Ada"));
    let all = ada().union(Author::objects());
    let ordered = all.clone().order_by(|a| a.name().desc());
    assert_eq!(
        ordered.sql()?,
        "(SELECT t0.\"id\", t0.\"name\" FROM \"beside_author\" AS t0 WHERE t0.\"name\" = $1) UNION \
         (SELECT t1.\"id\", t1.\"name\" FROM \"beside_author\" AS t1) ORDER BY 2 DESC"
    );
    let names = |authors: Vec<Author>| authors.into_iter().map(|a| a.name).collect::<Vec<_>>();
    assert_eq!(names(ordered.all(&db).await?), texts(["Cy", "Bob", "Ada"]));
    let counted = all
        .clone()
        .filter(|a| a.books().pages().gt(100))
        .annotate(|a| a.books().count())
        .order_by(|a| a.id());
    let counts: Vec<(String, i64)> =
        counted.all(&db).await?.into_iter().map(|(a, n)| (a.name, n)).collect();
    assert_eq!(counts, [("Ada".to_owned(), 1), ("Bob".to_owned(), 1)]);
    let short = all.clone().exclude(|a| a.books().pages().gt(100));
    assert_eq!(names(short.all(&db).await?), texts(["Cy"]));
    let loaded = all.clone().order_by(|a| a.id()).prefetch_related(|a| a.books()).all(&db).await?;
    let books: Vec<usize> = loaded.iter().map(|(_, books)| books.len()).collect();
    assert_eq!(books, [2, 1, 0]);
    let editors = Book::objects()
        .filter(|b| b.id().eq(1))
        .union(Book::objects().filter(|b| b.id().eq(2)))
        .select_related(|b| b.editor())
        .order_by(|b| b.id());
    let editors: Vec<Option<String>> =
        editors.all(&db).await?.into_iter().map(|(_, e)| e.map(|e| e.name)).collect();
    assert_eq!(editors, [Some("Bob".to_owned()), None]);
    // As the right side of lookups.
    let two = || ada().union(Author::objects().filter(|a| a.id().eq(2)));
    assert_eq!(Author::objects().filter(|a| a.in_(two())).count(&db).await?, 2);
    assert_eq!(Book::objects().filter(|b| b.editor().in_(two())).count(&db).await?, 1);
    assert_eq!(Book::objects().exclude(|b| b.author().in_(two())).count(&db).await?, 0);
    let ids = two().values(|a| a.id()).intersection(Author::objects().values(|a| a.id()));
    assert_eq!(Author::objects().filter(|a| a.id().in_(ids.clone())).count(&db).await?, 2);
    let involved = Author::objects().filter(|a| {
        let written =
            Book::objects().filter(|b| b.author().eq(outer_ref(a.id()))).values(|b| b.id());
        let edited =
            Book::objects().filter(|b| b.editor().eq(outer_ref(a.id()))).values(|b| b.id());
        exists(written.intersection(edited))
    });
    assert_eq!(involved.count(&db).await?, 0);
    assert!(named().exists(&db).await?);
    says(&all.update(&db, |a| a.name().set("?")).await.unwrap_err(), &["set operation", "in_"]);
    Ok(())
}

#[tokio::test]
async fn rows_stand_beside_those_that_belong_to_them() -> Outcome {
    let db = library().await?;
    let rich = Author::objects()
        .join(totals(), |a, (author, _)| a.id().eq(author.clone()))
        .filter(|(_, (_, pages))| pages.gt(650))
        .order_by(|(a, _)| a.name());
    assert_eq!(
        rich.sql()?,
        "SELECT t0.\"id\", t0.\"name\", t2.c0, t2.c1 FROM \"beside_author\" AS t0 JOIN (SELECT \
         t1.\"author_id\" AS c0, SUM(t1.\"pages\") AS c1 FROM \"beside_book\" AS t1 GROUP BY \
         t1.\"author_id\") AS t2 ON t0.\"id\" = t2.c0 WHERE t2.c1 > $1 ORDER BY t0.\"name\""
    );
    let bob = Author { id: 2, name: "Bob".to_owned() };
    assert_eq!(rich.all(&db).await?, [(bob, (2, Some(700)))]);
    let all = Author::objects()
        .left_join(totals(), |a, (author, _)| a.id().eq(author.clone()))
        .order_by(|(a, _)| a.id());
    let found: Vec<Option<(i64, Option<i64>)>> =
        all.all(&db).await?.into_iter().map(|(_, total)| total).collect();
    assert_eq!(found, [Some((1, Some(610))), Some((2, Some(700))), None]);
    let without = all.clone().filter(|(_, (author, _))| author.isnull(true));
    assert_eq!(without.values(|(a, _)| a.name()).all(&db).await?, texts(["Cy"]));
    // Rows of nothing but NULL are rows.
    let editors = Book::objects().filter(|b| b.id().eq(2)).values(|b| b.editor().id());
    let beside = Author::objects()
        .order_by(|a| a.id())
        .left_join(editors, |a, editor| a.id().eq(1) & editor.isnull(true))
        .values(|(a, editor)| (a.name(), editor.clone()));
    assert_eq!(beside.count(&db).await?, 3);
    let beside = Author::objects().order_by(|a| a.id()).left_join(
        Book::objects().filter(|b| b.id().eq(2)).values(|b| b.editor().id()),
        |a, editor| a.id().eq(1) & editor.isnull(true),
    );
    let found: Vec<Option<Option<i64>>> =
        beside.all(&db).await?.into_iter().map(|(_, editor)| editor).collect();
    assert_eq!(found, [Some(None), None, None]);
    Ok(())
}

#[tokio::test]
async fn whole_models_beside_each_other_have_their_relations() -> Outcome {
    let db = library().await?;
    let pairs = Author::objects()
        .left_join(Book::objects().filter(|b| b.pages().gt(100)), |a, b| b.author().eq(a.id()))
        .order_by(|(a, b)| (a.id(), b.id()));
    let found: Vec<(String, Option<String>)> =
        pairs.all(&db).await?.into_iter().map(|(a, b)| (a.name, b.map(|b| b.name))).collect();
    let expected = [("Ada", Some("y")), ("Bob", Some("z")), ("Cy", None)];
    assert_rows!(found, expected.map(|(a, b)| (a.to_owned(), b.map(str::to_owned))));
    let editors = pairs.clone().values(|(a, b)| (a.name(), b.editor().name()));
    let expected = [("Ada", None), ("Bob", Some("Cy")), ("Cy", None)];
    assert_rows!(
        editors.all(&db).await?,
        expected.map(|(a, b)| (a.to_owned(), b.map(str::to_owned)))
    );
    // A condition in ON over a relation of the first.
    let same = Book::objects()
        .join(Author::objects(), |b, a| b.editor().name().eq(a.name()))
        .order_by(|(b, _)| b.id())
        .values(|(b, a)| (b.name(), a.name()));
    let expected = [("x", "Bob"), ("z", "Cy")];
    assert_rows!(same.all(&db).await?, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    // A negation over a to-many relation of the second, and of the first.
    let joined = Author::objects().join(Book::objects(), |a, b| b.author().eq(a.id()));
    let of_second = joined.clone().exclude(|(_, b)| b.editor().edited().pages().gt(600));
    assert_rows_unordered!(of_second.values(|(_, b)| b.name()).all(&db).await?, texts(["x", "y"]));
    let of_first = joined.clone().exclude(|(a, _)| a.books().pages().gt(650));
    assert_rows_unordered!(of_first.values(|(_, b)| b.name()).all(&db).await?, texts(["x", "y"]));
    let three = joined
        .clone()
        .join(totals(), |(a, _), (author, _)| a.id().eq(author.clone()))
        .order_by(|(_, b, _)| b.id())
        .values(|(a, b, (_, pages))| (a.name(), b.name(), pages.clone()));
    let expected = [("Ada", "x", 610), ("Ada", "y", 610), ("Bob", "z", 700)];
    assert_rows!(
        three.all(&db).await?,
        expected.map(|(a, b, n)| (a.to_owned(), b.to_owned(), Some(n)))
    );
    let groups = joined
        .clone()
        .values(|(a, _)| a.name())
        .annotate(|(_, b)| b.pages().max())
        .order_by(|(a, _)| a.name());
    let expected = [("Ada", Some(600)), ("Bob", Some(700))];
    assert_rows!(groups.all(&db).await?, expected.map(|(a, n)| (a.to_owned(), n)));
    let busy = Author::objects()
        .annotate(|a| a.books().count())
        .join(totals(), |(a, n), (author, _)| a.id().eq(author.clone()) & n.gt(1));
    assert_eq!(busy.count(&db).await?, 1);
    let loaded = joined.order_by(|(_, b)| b.id()).prefetch_related(|(a, _)| a.edited());
    let edited: Vec<usize> = loaded.all(&db).await?.iter().map(|(_, _, e)| e.len()).collect();
    assert_eq!(edited, [0, 0, 1]);
    says(
        &Author::objects()
            .join(Author::objects().prefetch_related(|a| a.books()).values(|a| a.id()), |a, id| {
                a.id().eq(id.clone())
            })
            .delete(&db)
            .await
            .unwrap_err(),
        &["`delete` after `join`"],
    );
    Ok(())
}

#[tokio::test]
async fn each_row_has_rows_of_its_own() -> Outcome {
    let db = library().await?;
    let longest = Author::objects()
        .order_by(|a| a.id())
        .join_lateral(|a| a.books().objects().order_by(|b| b.pages().desc()).limit(1))
        .values(|(a, b)| (a.name(), b.name()));
    assert_eq!(
        longest.sql()?,
        "SELECT t0.\"name\", t2.c1 FROM \"beside_author\" AS t0 JOIN LATERAL (SELECT t1.\"id\" AS \
         c0, t1.\"name\" AS c1, t1.\"pages\" AS c2, t1.\"author_id\" AS c3, t1.\"editor_id\" AS c4 \
         FROM \"beside_book\" AS t1 WHERE t1.\"author_id\" = t0.\"id\" ORDER BY t1.\"pages\" DESC \
         LIMIT 1) AS t2 ON TRUE ORDER BY t0.\"id\""
    );
    let expected = [("Ada", "y"), ("Bob", "z")];
    assert_rows!(longest.all(&db).await?, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    let edited = Author::objects()
        .left_join_lateral(|a| {
            let edited = Book::objects().filter(|b| b.editor().eq(outer_ref(a.id())));
            edited.order_by(|b| b.pages().desc()).limit(1)
        })
        .order_by(|(a, _)| a.id());
    let names: Vec<Option<String>> =
        edited.all(&db).await?.into_iter().map(|(_, b)| b.map(|b| b.name)).collect();
    assert_eq!(names, [None, Some("x".to_owned()), Some("z".to_owned())]);
    let outside = Author::objects().join(
        Book::objects().filter(|b| b.author().eq(outer_ref(Author::paths().id()))),
        |a, b| b.author().eq(a.id()),
    );
    says(&outside.all(&db).await.unwrap_err(), &["outer_ref"]);
    Ok(())
}

#[tokio::test]
async fn a_statement_of_with_is_written_once() -> Outcome {
    let db = library().await?;
    let long = Book::objects()
        .filter(|b| b.pages().gt(500))
        .values(|b| (b.author().id(), b.pages()))
        .cte("long");
    let twice = Author::objects()
        .join(&long, |a, (author, _)| a.id().eq(author.clone()))
        .join(&long, |(_, (_, pages)), (_, other)| pages.lt(other.clone()));
    assert_eq!(
        twice.sql()?,
        "WITH \"long\" AS (SELECT t1.\"author_id\" AS c0, t1.\"pages\" AS c1 FROM \"beside_book\" AS \
         t1 WHERE t1.\"pages\" > $1) SELECT t0.\"id\", t0.\"name\", t2.c0, t2.c1, t3.c0, t3.c1 FROM \
         \"beside_author\" AS t0 JOIN \"long\" AS t2 ON t0.\"id\" = t2.c0 JOIN \"long\" AS t3 ON \
         t2.c1 < t3.c1"
    );
    let ada = Author { id: 1, name: "Ada".to_owned() };
    assert_eq!(twice.all(&db).await?, [(ada, (1, 600), (2, 700))]);
    assert_eq!(twice.count(&db).await?, 1);
    let most = long.objects().filter(|(_, pages)| {
        let longest = long.objects().order_by(|(_, pages)| pages.desc()).values(|(_, p)| p.clone());
        pages.eq(subquery(longest.limit(1)))
    });
    assert_eq!(most.all(&db).await?, [(2, 700)]);
    let authors =
        Author::objects().filter(|a| a.id().in_(long.objects().values(|(a, _)| a.clone())));
    assert_eq!(authors.count(&db).await?, 2);
    let other = Tag::like(&long);
    says(&other.all(&db).await.unwrap_err(), &["beside_author", "another name"]);
    let same = Book::objects().values(|b| (b.id(), b.pages())).cte("long");
    let both = long.objects().union(same.objects());
    says(&both.all(&db).await.unwrap_err(), &["two statements", "`long`"]);
    let within = long.objects().cte("long");
    says(&within.objects().all(&db).await.unwrap_err(), &["two statements", "`long`"]);
    let name = "x".repeat(64);
    let too_long = Author::objects().cte(&name);
    says(&too_long.objects().all(&db).await.unwrap_err(), &["64 bytes"]);
    Ok(())
}

/// A statement of WITH that hides a table.
struct Tag;
impl Tag {
    fn like(long: &orm::Cte<Book, (i64, i32)>) -> QuerySet<Author> {
        let hides = long.objects().cte("beside_author");
        Author::objects()
            .filter(|a| a.id().in_(hides.objects().values(|(author, _)| author.clone())))
    }
}

#[tokio::test]
async fn trees_are_read_by_one_statement() -> Outcome {
    let db = library().await?;
    let roots = Category::objects().filter(|c| c.parent().isnull(true));
    let tree = recursive("tree", roots.values(|c| (c.id(), c.name(), value(0_i32))), |tree| {
        Category::objects()
            .join(tree, |c, (id, _, _)| c.parent().eq(id.clone()))
            .values(|(c, (_, _, depth))| (c.id(), c.name(), depth.clone() + 1))
    });
    let ordered = tree.objects().order_by(|(_, name, depth)| (depth.clone(), name.clone()));
    assert_eq!(
        ordered.sql()?,
        "WITH RECURSIVE \"tree\" AS ((SELECT t0.\"id\" AS c0, t0.\"name\" AS c1, $1 AS c2 FROM \
         \"beside_category\" AS t0 WHERE t0.\"parent_id\" IS NULL) UNION ALL (SELECT t1.\"id\" AS \
         c0, t1.\"name\" AS c1, (t2.c2 + $2) AS c2 FROM \"beside_category\" AS t1 JOIN \"tree\" AS t2 \
         ON t1.\"parent_id\" = t2.c0)) SELECT t3.c0, t3.c1, t3.c2 FROM \"tree\" AS t3 ORDER BY 3, 2"
    );
    let names =
        |rows: Vec<(i64, String, i32)>| rows.into_iter().map(|row| row.1).collect::<Vec<_>>();
    assert_eq!(names(ordered.all(&db).await?), texts(["root", "c1", "c2", "c11"]));
    let deep = tree.clone().search_depth_first(|(_, name, _)| name.clone());
    assert_eq!(names(deep.objects().all(&db).await?), texts(["root", "c1", "c11", "c2"]));
    let wide = tree.clone().search_breadth_first(|(_, name, _)| name.clone());
    let inner = wide.objects().filter(|(_, _, depth)| depth.gt(0));
    assert_eq!(names(inner.all(&db).await?), texts(["c1", "c2", "c11"]));
    // A circle ends where it closes.
    Category::objects().filter(|c| c.id().eq(1)).update(&db, |c| c.parent().set(4)).await?;
    let first = Category::objects().filter(|c| c.id().eq(1)).values(|c| (c.id(), value(0_i32)));
    let circle = recursive("circle", first, |circle| {
        Category::objects()
            .join(circle, |c, (id, _)| c.parent().eq(id.clone()))
            .values(|(c, (_, depth))| (c.id(), depth.clone() + 1))
    });
    let circle = circle.cycle(|(id, _)| id.clone());
    assert_rows_unordered!(circle.objects().all(&db).await?, [(1, 0), (2, 1), (3, 1), (4, 2)]);
    let all =
        Category::objects().filter(|c| c.id().in_(circle.objects().values(|(id, _)| id.clone())));
    assert_eq!(all.count(&db).await?, 4);
    let below = recursive("below", Category::objects().filter(|c| c.id().eq(2)), |below| {
        Category::objects()
            .join(below, |c, above| c.parent().eq(above.id()))
            .values(|(c, _)| c.clone())
    });
    let below = below.distinct().objects().order_by(|c| c.name());
    let found: Vec<String> = below.all(&db).await?.into_iter().map(|c| c.name).collect();
    assert_eq!(found, texts(["c1", "c11", "c2", "root"]));
    let plain = Category::objects().cte("plain").distinct();
    says(&plain.objects().all(&db).await.unwrap_err(), &["recursive"]);
    Ok(())
}

#[tokio::test]
async fn what_is_changed_is_read_in_the_same_statement() -> Outcome {
    let db = library().await?;
    let longer = Book::objects()
        .filter(|b| b.pages().gt(100))
        .updating("longer", |b| b.pages().set(b.pages() + 1));
    let pages = longer.objects().order_by(|b| b.id()).values(|b| (b.pages(), b.author().name()));
    assert_eq!(pages.all(&db).await?, [(601, "Ada".to_owned()), (701, "Bob".to_owned())]);
    let gone = Book::objects().filter(|b| b.author().name().eq("Ada")).deleting("gone");
    let names = gone.objects().order_by(|b| b.name()).values(|b| b.name());
    assert_eq!(names.all(&db).await?, texts(["x", "y"]));
    assert_eq!(Book::objects().count(&db).await?, 1);
    Ok(())
}

#[tokio::test]
async fn conditions_of_relations_stand_in_on() -> Outcome {
    let db = library().await?;
    let long = |a: &orm::Fields<Author>| a.books().joined_on(|b| b.pages().gt(100));
    let counts = Author::objects()
        .order_by(|a| a.id())
        .annotate(|a| (long(a).count(), a.books().count().distinct()));
    assert_eq!(
        counts.sql()?,
        "SELECT t0.\"id\", t0.\"name\", (SELECT COUNT(t2.\"id\") FROM \"beside_author\" AS t1 JOIN \
         \"beside_book\" AS t2 ON t2.\"author_id\" = t1.\"id\" AND (t2.\"pages\" > $1) WHERE t1.\"id\" = \
         t0.\"id\"), COUNT(DISTINCT t3.\"id\") FROM \"beside_author\" AS t0 LEFT JOIN \"beside_book\" AS t3 \
         ON t3.\"author_id\" = t0.\"id\" GROUP BY t0.\"id\" ORDER BY t0.\"id\""
    );
    let found: Vec<(i64, i64)> = counts.all(&db).await?.into_iter().map(|(_, n)| n).collect();
    // Of Ada one is long; that she has two does not count it twice.
    assert_eq!(found, [(1, 2), (1, 1), (0, 0)]);
    let names = async |authors: QuerySet<Author>| {
        authors.order_by(|a| a.id()).values(|a| a.name()).all(&db).await
    };
    assert_eq!(names(Author::objects().filter(|a| long(a).name().eq("y"))).await?, texts(["Ada"]));
    assert!(names(Author::objects().filter(|a| long(a).name().eq("x"))).await?.is_empty());
    assert_eq!(names(Author::objects().filter(|a| long(a).isnull(true))).await?, texts(["Cy"]));
    let not = Author::objects().exclude(|a| long(a).editor().name().eq("Cy"));
    assert_eq!(names(not).await?, texts(["Ada", "Cy"]));
    let longest = Author::objects().filter(|a| long(a).pages().max().gt(600));
    assert_eq!(names(longest).await?, texts(["Bob"]));
    let inside =
        Author::objects().filter(|a| exists(long(a).objects().filter(|b| b.pages().gt(650))));
    assert_eq!(names(inside).await?, texts(["Bob"]));
    // A to-one relation: its row may be missing now.
    let by_ada = Book::objects()
        .order_by(|b| b.id())
        .select_related(|b| b.author().joined_on(|a| a.name().eq("Ada")));
    let found: Vec<Option<String>> =
        by_ada.all(&db).await?.into_iter().map(|(_, a)| a.map(|a| a.name)).collect();
    assert_eq!(found, [Some("Ada".to_owned()), Some("Ada".to_owned()), None]);
    // Beside a column of the row itself.
    let others = Book::objects()
        .order_by(|b| b.id())
        .values(|b| b.editor().joined_on(|e| e.id().gt(b.id())).name());
    assert_eq!(others.all(&db).await?, [Some("Bob".to_owned()), None, None]);
    let loaded = Author::objects().order_by(|a| a.id()).prefetch_related(long).all(&db).await?;
    let loaded: Vec<usize> = loaded.iter().map(|(_, books)| books.len()).collect();
    assert_eq!(loaded, [1, 1, 0]);
    let far = Author::objects()
        .filter(|a| a.books().joined_on(|b| b.editor().name().eq("Cy")).isnull(true));
    says(&far.all(&db).await.unwrap_err(), &["editor.name", "over a relation"]);
    let behind = Author::objects().filter(|a| exists(long(a).editor().objects()));
    says(&behind.all(&db).await.unwrap_err(), &["joined_on"]);
    Ok(())
}
