//! Pages of groups, windows, sets, joins and nested rows; pages by number; the row next to another one.

use super::library::{Author, Book, Review, Tag, library, titles};
use crate::support::{Outcome, in_order, says};
use orm::prelude::*;
use orm_testkit::assert_num_queries;
use std::fmt::Debug;

/// Pages of any size have all rows, each once, forwards and backwards.
async fn walked<M: Model, O: Clone + Debug + PartialEq + Send + 'static>(
    db: &Database,
    set: &QuerySet<M, O>,
) -> Result<Vec<O>> {
    let expected = set.page(1000).get(db).await?.rows;
    for rows in 1..=expected.len() as u64 + 1 {
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let page = set.page(rows).after(token).get(db).await?;
            found.extend(page.rows);
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{rows} forwards");
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let page = set.page(rows).from_end().before(token).get(db).await?;
            found.splice(0..0, page.rows);
            token = page.previous;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{rows} backwards");
    }
    Ok(expected)
}

#[tokio::test]
async fn groups_by_their_keys() -> Outcome {
    let db = library().await?;
    let by_author = Book::objects().values(|b| b.author().id()).annotate(|b| b.id().count());
    let most = by_author.clone().order_by(|b| b.id().count().desc());
    let page = most.page(1).get(&db).await?;
    assert_eq!(page.rows, [(2, 3)]);
    let sql = most.page(1).after(page.next).sql()?.replace('"', "");
    in_order(
        &sql,
        &[
            "SELECT t0.author_id, COUNT(t0.id) FROM library_book AS t0 GROUP BY t0.author_id",
            "HAVING (COUNT(t0.id), t0.author_id) < ($1, $2)",
            "ORDER BY 2 DESC, t0.author_id DESC LIMIT 2",
        ],
    );
    assert_eq!(walked(&db, &most).await?, [(2, 3), (1, 2)]);
    assert_eq!(walked(&db, &by_author.unordered()).await?, [(1, 2), (2, 3)]);

    let tags = Tag::objects().annotate(|t| t.books().pages().sum()).values(|t| t.name());
    let tags = tags
        .annotate(|t| t.books().pages().sum())
        .order_by(|t| t.books().pages().sum().desc().nulls_last());
    let found = walked(&db, &tags).await?;
    assert_eq!(found.first(), Some(&("fantasy".to_owned(), Some(858))));
    assert_eq!(found.last(), Some(&("unused".to_owned(), None)));

    // By what is not selected, and by rows of a model.
    let authors = Author::objects().order_by(|a| a.books().count().desc()).values(|a| a.name());
    assert_eq!(walked(&db, &authors).await?, ["Terry", "Ursula", "Nobody"]);
    let few = Author::objects().annotate(|a| a.books().count()).filter(|a| a.books().count().lt(3));
    let few: Vec<_> = walked(&db, &few.order_by(|a| a.books().count())).await?;
    assert_eq!(few.iter().map(|(a, n)| (a.id, *n)).collect::<Vec<_>>(), [(3, 0), (1, 2)]);
    Ok(())
}

#[tokio::test]
async fn rows_that_are_joined_over_to_many_relations() -> Outcome {
    let db = library().await?;
    let pairs = Author::objects().values(|a| (a.name(), a.books().title())).order_by(|a| a.name());
    let found = walked(&db, &pairs).await?;
    assert_eq!(found.len(), 6);
    assert_eq!(found[0], ("Nobody".to_owned(), None));
    in_order(&pairs.page(2).sql()?, &["ORDER BY t0.\"name\", t0.\"id\", t1.\"id\""]);
    // Each of them, as often as the condition finds it.
    let twice = Book::objects().filter(|b| b.tags().name().in_(["fantasy", "humour"]));
    let found = walked(&db, &twice).await?;
    assert_eq!(titles(&found), ["Earthsea", "Mort", "Mort", "Gods", "Gods"]);
    let once = walked(&db, &twice.distinct().order_by(|b| b.pages())).await?;
    assert_eq!(titles(&once), ["Earthsea", "Mort", "Gods"]);
    let by_tag =
        Book::objects().order_by(|b| b.tags().name().desc()).values(|b| (b.tags().name(), b.id()));
    assert_eq!(walked(&db, &by_tag).await?.len(), 7);
    let many = Tag::objects().filter(|t| t.books().reviews().stars().gt(3)).order_by(|t| t.name());
    assert_eq!(walked(&db, &many).await?.len(), 3);
    Ok(())
}

#[tokio::test]
async fn windows_sets_joins_and_nested_rows() -> Outcome {
    let db = library().await?;
    let ranked = Book::objects().values(|b| {
        (b.title(), rank().over(window().partition_by(b.author()).order_by(b.pages().desc())))
    });
    let by_rank = ranked
        .order_by(|b| rank().over(window().partition_by(b.author()).order_by(b.pages().desc())));
    let found = walked(&db, &by_rank).await?;
    assert_eq!(found.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [1, 1, 2, 2, 3]);

    let books = Book::objects().values(|b| (b.title(), value("book")));
    let authors = Author::objects().values(|a| (a.name(), value("author")));
    let all = books.union_all(authors);
    assert_eq!(walked(&db, &all).await?.len(), 8);
    let by_kind = all.order_by(|(name, kind)| (kind.desc(), name.length()));
    let found = walked(&db, &by_kind).await?;
    assert_eq!(found[0], ("Gods".to_owned(), "book".to_owned()));
    let sql = by_kind.page(3).sql()?;
    in_order(&sql, &["UNION ALL", "AS t2 ORDER BY 2 DESC, LENGTH(t2.c0), t2.c0 LIMIT"]);

    let models = Book::objects()
        .filter(|b| b.pages().gt(270))
        .union(Book::objects().filter(|b| b.id().lt(3)));
    let models = models.order_by(|b| b.pages().desc()).select_related(|b| b.author());
    let found = walked(&db, &models).await?;
    assert_eq!(
        found.iter().map(|(b, a)| (b.id, a.id)).collect::<Vec<_>>(),
        [(4, 2), (2, 1), (3, 2), (1, 1)]
    );

    let nested = Book::objects().order_by(|b| b.pages().desc()).limit(3).nested();
    let nested = nested.annotate(|b| b.pages() + 1).order_by(|b| b.title());
    let found = walked(&db, &nested).await?;
    assert_eq!(
        found.iter().map(|(b, _)| b.title.as_str()).collect::<Vec<_>>(),
        ["Darkness", "Gods", "Mort"]
    );

    let firsts =
        Book::objects().distinct_on(|b| b.author()).order_by(|b| (b.author(), b.pages().desc()));
    let found = walked(&db, &firsts.nested().order_by(|b| b.pages())).await?;
    assert_eq!(titles(&found), ["Darkness", "Gods"]);

    let sums = Book::objects().values(|b| b.author().id()).annotate(|b| b.pages().sum());
    let joined = Author::objects().join(sums, |a, (author, _)| a.id().eq(author));
    let joined = joined.order_by(|(_, (_, pages))| pages.desc());
    let found = walked(&db, &joined).await?;
    assert_eq!(
        found.iter().map(|(a, (_, n))| (a.id, *n)).collect::<Vec<_>>(),
        [(2, Some(663)), (1, Some(491))]
    );
    let each = Author::objects()
        .join(Book::objects().values(|b| (b.author().id(), b.title())), |a, (author, _)| {
            a.id().eq(author)
        });
    assert_eq!(walked(&db, &each.order_by(|(a, _)| a.name())).await?.len(), 5);

    let raw = Book::objects().raw("SELECT * FROM library_book WHERE pages > $1", params![100]);
    assert_eq!(
        titles(&walked(&db, &raw.order_by(|b| b.pages())).await?),
        ["Earthsea", "Mort", "Darkness", "Gods"]
    );
    Ok(())
}

#[tokio::test]
async fn pages_by_number() -> Outcome {
    let db = library().await?;
    let pages = Book::objects().order_by(|b| b.title()).paginate(2);
    let first = assert_num_queries!(&db, 2, pages.page(&db, 1).await?);
    assert_eq!(titles(&first.rows), ["Darkness", "Earthsea"]);
    assert_eq!((first.number, first.pages, first.total, first.before), (1, 3, 5, 0));
    assert_eq!(
        (first.has_next(), first.has_previous(), first.has_other_pages()),
        (true, false, true)
    );
    assert_eq!((first.next_number(), first.previous_number()), (Some(2), None));
    assert_eq!((first.start_index(), first.end_index()), (1, 2));
    let last = pages.page(&db, 3).await?;
    assert_eq!((titles(&last.rows), last.start_index(), last.end_index()), (vec!["Mort"], 5, 5));
    assert_eq!(
        (last.has_next(), last.next_number(), last.previous_number()),
        (false, None, Some(2))
    );
    assert_eq!((pages.count(&db).await?, pages.pages(&db).await?), (5, 3));

    for number in [0, 4, u64::MAX] {
        let error = pages.page(&db, number).await.unwrap_err();
        assert!(
            matches!(error, Error::EmptyPage { model: "Book", number: n, .. } if n == number),
            "{error:?}"
        );
    }
    says(&pages.page(&db, 4).await.unwrap_err(), &["page 4 of `Book`", "3 pages"]);
    says(&pages.page(&db, 0).await.unwrap_err(), &["page 0", "first one is 1"]);
    for (number, found) in [(0, 3), (1, 1), (3, 3), (4, 3), (99, 3)] {
        assert_eq!(pages.nearest_page(&db, number).await?.number, found, "{number}");
    }

    // As Django: with orphans the last page takes them.
    let pages = Book::objects().order_by(|b| b.title()).paginate(2).orphans(1);
    let second = pages.page(&db, 2).await?;
    assert_eq!((titles(&second.rows), second.pages), (vec!["Gods", "Lost", "Mort"], 2));
    assert_eq!((second.start_index(), second.end_index(), second.has_next()), (3, 5, false));
    assert_eq!(pages.page(&db, 1).await?.rows.len(), 2);
    assert!(matches!(pages.page(&db, 3).await, Err(Error::EmptyPage { pages: 2, .. })));

    // Nothing at all.
    for none in [Book::objects().none(), Book::objects().filter(|b| b.pages().gt(9999))] {
        let page = none.paginate(2).page(&db, 1).await?;
        assert_eq!(
            (page.rows.len(), page.pages, page.total, page.start_index(), page.end_index()),
            (0, 1, 0, 0, 0)
        );
        assert!(matches!(
            none.paginate(2).page(&db, 2).await,
            Err(Error::EmptyPage { pages: 1, .. })
        ));
        let strict = none.paginate(2).allow_empty_first_page(false);
        assert!(matches!(strict.page(&db, 1).await, Err(Error::EmptyPage { pages: 0, .. })));
        assert_eq!(
            (strict.pages(&db).await?, strict.nearest_page(&db, 1).await?.rows.len()),
            (0, 0)
        );
    }
    let error = Book::objects().paginate(0).page(&db, 1).await.unwrap_err();
    assert!(matches!(error, Error::Usage(_)));
    says(&error, &["`Book`", "0 rows"]);
    Ok(())
}

#[tokio::test]
async fn pages_by_number_are_ordered_and_of_all_rows() -> Outcome {
    let db = library().await?;
    let count = orm_testkit::QueryCounter::new(&db);
    Book::objects().unordered().paginate(2).page(&db, 2).await?;
    in_order(&count.statements()[0].replace('"', ""), &["ORDER BY t0.id LIMIT"]);
    let groups = Book::objects().values(|b| b.author().id()).annotate(|b| b.id().count());
    let page = groups.paginate(1).page(&db, 2).await?;
    assert_eq!((page.rows, page.total), (vec![(2, 3)], 2));
    let slice = Book::objects().order_by(|b| b.id()).slice(1..4).paginate(2);
    let page = slice.page(&db, 2).await?;
    assert_eq!((titles(&page.rows), page.total), (vec!["Gods"], 3));
    let firsts =
        Book::objects().distinct_on(|b| b.author()).order_by(|b| (b.author(), b.pages().desc()));
    let page = firsts.paginate(1).page(&db, 2).await?;
    assert_eq!((titles(&page.rows), page.pages), (vec!["Gods"], 2));
    let with = Author::objects().prefetch_related(|a| a.books()).paginate(2).orphans(0);
    let page = with.page(&db, 1).await?.map(|(a, books)| (a.name, books.len()));
    assert_eq!(page.rows, [("Ursula".to_owned(), 2), ("Terry".to_owned(), 3)]);
    let names = Book::objects().values(|b| b.title()).union(Author::objects().values(|a| a.name()));
    assert_eq!(names.paginate(3).page(&db, 3).await?.rows, ["Terry", "Ursula"]);
    Ok(())
}

#[tokio::test]
async fn the_row_next_to_another_one() -> Outcome {
    let db = library().await?;
    let book = Book::objects().get_by_key(&db, 3).await?;
    let count = orm_testkit::QueryCounter::new(&db);
    let next = book.get_next_by(&db, |b| b.pages()).await?;
    assert_eq!(next.title, "Darkness");
    in_order(
        &count.statements()[0].replace('"', ""),
        &["WHERE (t0.pages, t0.id) > ($1, $2) ORDER BY t0.pages, t0.id LIMIT 1"],
    );
    assert_eq!(book.get_previous_by(&db, |b| b.pages()).await?.title, "Earthsea");
    // Those that are alike come in the order of their keys.
    assert_eq!(book.get_next_by(&db, |b| b.in_print()).await?.id, 4);
    assert_eq!(book.get_previous_by(&db, |b| b.in_print()).await?.id, 2);
    assert_eq!(book.get_next_by(&db, |b| b.id()).await?.id, 4);
    let longest = Book::objects().latest_by(&db, |b| b.pages()).await?;
    let error = longest.get_next_by(&db, |b| b.pages()).await.unwrap_err();
    assert!(matches!(error, Error::DoesNotExist { model: "Book" }), "{error:?}");
    let shortest = Book::objects().earliest_by(&db, |b| b.pages()).await?;
    assert!(matches!(
        shortest.get_previous_by(&db, |b| b.pages()).await,
        Err(Error::DoesNotExist { .. })
    ));

    // Among other rows, of other shapes.
    let of_author = Book::objects().filter(|b| b.author().eq(2)).select_related(|b| b.author());
    let (next, author) = of_author.get_next_by(&db, &book, |b| b.pages()).await?;
    assert_eq!((next.title.as_str(), author.name.as_str()), ("Gods", "Terry"));
    let tagged =
        Book::objects().filter(|b| b.tags().name().eq("fantasy")).prefetch_related(|b| b.tags());
    let (before, tags) = tagged.get_previous_by(&db, &book, |b| b.title()).await?;
    assert_eq!((before.title.as_str(), tags.len()), ("Gods", 2));
    let review = Review::objects().get_by_key(&db, 1).await?;
    let of_book = Book::objects().get_by_key(&db, 1).await?.reviews();
    assert_eq!(of_book.get_next_by(&db, &review, |r| r.created()).await?.id, 2);
    let names = Author::objects().annotate(|a| a.books().count()).values(|a| a.name());
    let ursula = Author::objects().get_by_key(&db, 1).await?;
    assert_eq!(names.get_previous_by(&db, &ursula, |a| a.name()).await?, "Terry");
    let error = Book::objects().limit(2).get_next_by(&db, &book, |b| b.pages()).await.unwrap_err();
    says(&error, &["once a slice has been taken"]);
    Ok(())
}

#[tokio::test]
async fn the_first_and_last_of_rows_of_all_kinds() -> Outcome {
    let db = library().await?;
    let counted = Author::objects().annotate(|a| a.books().count()).nested();
    let (author, books) = counted.latest_by(&db, |(_, n)| n.clone()).await?;
    assert_eq!((author.id, books), (2, 3));
    let (author, _) = counted.earliest_by(&db, |(a, n)| (n.clone(), a.name())).await?;
    assert_eq!(author.name, "Nobody");
    let both = Book::objects()
        .filter(|b| b.pages().gt(300))
        .union(Book::objects().filter(|b| b.id().eq(5)));
    assert_eq!(both.latest_by(&db, |b| b.pages()).await?.title, "Gods");
    assert_eq!(both.latest(&db).await?.title, "Lost");
    assert_eq!(both.first(&db).await?.map(|b| b.id), Some(4));
    assert_eq!(both.last(&db).await?.map(|b| b.id), Some(5));
    let joined = Author::objects().join(Book::objects(), |a, b| a.id().eq(b.author().id()));
    let (author, book) = joined.earliest_by(&db, |(_, b)| b.pages()).await?;
    assert_eq!((author.id, book.id), (2, 5));
    let none = both.filter(|b| b.pages().gt(9999)).earliest_by(&db, |b| b.pages()).await;
    assert!(matches!(none, Err(Error::DoesNotExist { model: "Book" })), "{none:?}");
    let first = Book::objects().order_by(|b| b.id()).limit(3).nested();
    let years = first.clone().dates(|b| b.published().trunc_year()).all(&db).await?;
    assert_eq!(
        years.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["1968-01-01", "1969-01-01", "1987-01-01"]
    );
    let found = first.in_bulk(&db, [1, 2, 4]).await?;
    let mut keys: Vec<i64> = found.into_keys().collect();
    keys.sort_unstable();
    assert_eq!(keys, [1, 2]);
    let scalars =
        Book::objects().values(|b| b.title()).union(Author::objects().values(|a| a.name()));
    says(&scalars.first(&db).await.unwrap_err(), &["order"]);
    Ok(())
}
