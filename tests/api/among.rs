//! Relations looked for among the rows of a query set, whatever these are; and rows by values of a
//! field. Found with Django's own tests.

use super::library::{Author, Book, Profile, Review, Tag, library, titles};
use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_rows};

#[tokio::test]
async fn a_relation_is_among_rows_to_which_something_was_added() -> Outcome {
    let db = library().await?;
    let count = |a: &Fields<Author>| a.books().count();
    let prolific = Author::objects().annotate(count).filter(|a| count(a).gt(2));
    let sets = Book::objects().filter(|b| b.author().in_(prolific.clone()));
    assert_rows!(titles(&sets.all(&db).await?), ["Mort", "Gods", "Lost"]);
    let others = Book::objects().exclude(|b| b.author().in_(prolific.clone()));
    assert_rows!(titles(&others.all(&db).await?), ["Earthsea", "Darkness"]);
    // Of the two with the most books, one.
    let most = Author::objects().annotate(count).order_by(|a| (count(a).desc(), a.id())).limit(1);
    let sets = Book::objects().filter(|b| b.author().in_(most));
    assert_rows!(titles(&sets.all(&db).await?), ["Mort", "Gods", "Lost"]);

    let rated =
        Book::objects().select_related(|b| b.author()).filter(|b| b.reviews().stars().eq(4));
    let reviews = Review::objects().filter(|r| r.book().in_(rated.clone())).count(&db).await?;
    assert_eq!(reviews, 1);
    let tags = Tag::objects().filter(|t| t.books().in_(rated)).order_by(|t| t.id());
    assert_rows!(tags.values(|t| t.name()).all(&db).await?, ["fantasy", "humour"]);
    Ok(())
}

#[tokio::test]
async fn a_relation_is_among_keys() -> Outcome {
    let db = library().await?;
    let editors = || Book::objects().values(|b| b.editor().pk());
    let authors = Author::objects().filter(|a| a.id().in_(editors()));
    assert_eq!(authors.count(&db).await?, 2);
    let edited = Book::objects().filter(|b| b.author().in_(editors()));
    assert_eq!(edited.count(&db).await?, 5);
    // Some books have no editor, and that decides nothing.
    let unedited = Book::objects().exclude(|b| b.author().in_(editors()));
    assert_eq!(unedited.count(&db).await?, 0);
    let newest = Book::objects().unordered().values(|b| b.author().pk()).annotate(|b| b.id().max());
    let newest = Review::objects()
        .filter(|r| r.book().in_(newest.values(|b| b.id().max())))
        .count(&db)
        .await?;
    assert_eq!(newest, 0);
    let sql = Profile::objects()
        .filter(|p| p.author().in_(Author::objects().values(|a| a.id())))
        .sql()?;
    assert!(
        sql.ends_with(r#"WHERE t0."author_id" IN (SELECT t1."id" FROM "library_author" AS t1)"#),
        "{sql}"
    );
    Ok(())
}

#[tokio::test]
async fn rows_by_the_key_of_a_relation_and_by_what_they_are_distinct_on() -> Outcome {
    let db = library().await?;
    let profiles = Profile::objects().in_bulk_by(&db, |p| p.author().pk(), [1, 2]).await?;
    assert_eq!(profiles.len(), 1);
    assert_eq!(profiles[&1].motto, "dragons");
    let error = Book::objects().in_bulk_by(&db, |b| b.author().pk(), [1]).await;
    says(&error.unwrap_err(), &["`author` of `Book` is not"]);

    let longest = Book::objects()
        .order_by(|b| (b.author().pk(), b.pages().desc()))
        .distinct_on(|b| b.author().pk());
    let longest = longest.in_bulk_by(&db, |b| b.author().pk(), [1, 2, 3]).await?;
    assert_eq!(longest.len(), 2);
    assert_eq!((&*longest[&1].title, &*longest[&2].title), ("Darkness", "Gods"));
    let by_title = Book::objects().unordered().distinct_on(|b| b.title());
    assert_eq!(by_title.in_bulk_by(&db, |b| b.title(), ["Mort"]).await?.len(), 1);
    let error = by_title.in_bulk_by(&db, |b| b.pages(), [1]).await;
    says(&error.unwrap_err(), &["`pages` of `Book` is not"]);
    Ok(())
}

#[tokio::test]
async fn what_is_annotated_reads_the_row_of_the_last_filter() -> Outcome {
    let db = library().await?;
    let funny = |b: &Fields<Book>| {
        exists(
            Tag::objects()
                .filter(|t| t.name().eq(outer_ref(b.tags().name())))
                .filter(|t| t.id().eq(2)),
        )
    };
    let both = Book::objects()
        .filter(|b| b.tags().name().eq("fantasy"))
        .filter(|b| b.tags().name().eq("humour"));
    let rows = both.clone().annotate(funny).values(|b| (b.title(), funny(b)));
    assert_rows!(
        rows.all(&db).await?,
        [("Mort", true), ("Gods", true)].map(|(title, e)| (title.to_owned(), e))
    );
    let turned = Book::objects()
        .filter(|b| b.tags().name().eq("humour"))
        .filter(|b| b.tags().name().eq("fantasy"));
    let rows = turned.annotate(funny).values(|b| (b.title(), funny(b)));
    assert_rows!(
        rows.all(&db).await?,
        [("Mort", false), ("Gods", false)].map(|(title, e)| (title.to_owned(), e))
    );
    // In a filter it is another row, as any condition of its own call.
    let rows = both.filter(funny).values(|b| b.title());
    assert_rows!(rows.all(&db).await?, ["Mort", "Gods"]);
    Ok(())
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "among")]
pub struct Stay {
    pub id: i64,
    pub days: orm::Range<NaiveDate>,
    pub places: Option<orm::Range<i32>>,
}

#[tokio::test]
async fn drafts_take_the_ranges_of_the_standard_library() -> Outcome {
    let db: TestDatabase = database!("among": Stay);
    let day = |d| NaiveDate::from_ymd_opt(2024, 5, d).ok_or("a day");
    let stay = draft!(Stay { days: day(1)?..day(4)?, places: 1..=3 }).save(&db).await?;
    assert_eq!(stay.days, orm::Range::from(day(1)?..day(4)?));
    assert_eq!(stay.places, Some(orm::Range::from(1..4)));
    let open = draft!(Stay { days: day(5)?.., places: Some(..9) }).save(&db).await?;
    assert_eq!(
        (open.days.upper(), open.places.map(|p| p.to_string())),
        (None, Some("(,9)".into()))
    );
    let kept = Stay::objects().filter(|s| s.days().contains(day(3).unwrap_or_default()));
    assert_rows!(kept.values(|s| s.id()).all(&db).await?, [stay.id]);
    Ok(())
}
