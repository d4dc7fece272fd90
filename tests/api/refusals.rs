//! What Django refuses, refused before anything is sent, with the cure; and what stands beside it
//! that works.

use super::library::{Author, Book, Tag, library};
use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_num_queries, assert_rows};

#[tokio::test]
async fn slices_of_text_and_arrays_count_from_the_start() -> Outcome {
    let negative = &["negative"];
    let (end, start) = (2, 5);
    let refused = [
        (Author::objects().values(|a| a.name().slice(-3..)).sql(), negative),
        (Author::objects().values(|a| a.name().slice(..-3)).sql(), negative),
        (Author::objects().values(|a| a.name().slice(-5..-2)).sql(), negative),
        (Author::objects().values(|a| a.name().slice(..=-2)).sql(), negative),
        (
            Author::objects().values(|a| a.name().slice(start..end)).sql(),
            &["comes before its start"],
        ),
        (Shelf::objects().values(|s| s.labels().slice(-2..)).sql(), negative),
        (Shelf::objects().values(|s| s.labels().slice(..-1)).sql(), negative),
        (
            Shelf::objects().values(|s| s.labels().slice(start..end)).sql(),
            &["comes before its start"],
        ),
        (Shelf::objects().filter(|s| s.labels().index(-1).eq("c")).sql(), negative),
        (Author::objects().values(|a| a.name().left(-1)).sql(), negative),
        (Author::objects().values(|a| a.name().right(-1)).sql(), negative),
        (Author::objects().values(|a| a.name().repeat(-1)).sql(), negative),
        (Author::objects().values(|a| a.name().lpad(-1, "x")).sql(), negative),
        (Author::objects().values(|a| a.name().substr(1, -1)).sql(), negative),
        (Author::objects().values(|a| a.name().substr(0, 1)).sql(), &["count from 1"]),
        (Author::objects().filter(|a| a.name().substr_from(-2).eq("c")).sql(), &["count from 1"]),
        (Author::objects().order_by(|a| a.name().left(value(-1))).sql(), negative),
    ];
    for (sql, parts) in refused {
        says(&sql.expect_err("out of range"), parts);
    }
    let db = database!("refusals": Shelf, Box);
    draft!(Shelf { labels: ["a", "b", "c"].map(String::from).to_vec() }).save(&db).await?;
    let values = Shelf::objects()
        .values(|s| (s.labels().slice(1..), s.labels().slice(2..2), s.labels().index(5)));
    let (from, none, beyond) = values.get(&db).await?;
    assert_eq!((from, none, beyond), (vec!["b".into(), "c".into()], vec![], None));
    Ok(())
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "refusals")]
pub struct Shelf {
    pub id: i64,
    pub labels: Vec<String>,
    #[field(db_default = 0)]
    pub rank: i32,
    #[field(generated = |s| s.rank() + 1)]
    pub next: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "refusals", ordering = [name])]
pub struct Box {
    pub id: i64,
    pub name: String,
    #[field(on_delete = SetNull, related_name = "inside")]
    pub within: Option<ForeignKey<Self>>,
}

#[tokio::test]
async fn a_path_over_one_relation_twice_is_ordered_by() -> Outcome {
    let db = database!("refusals": Shelf, Box);
    let outer = draft!(Box { name: "z" }).save(&db).await?;
    let other = draft!(Box { name: "y" }).save(&db).await?;
    let one = draft!(Box { name: "b", within: &outer }).save(&db).await?;
    let two = draft!(Box { name: "c", within: &other }).save(&db).await?;
    draft!(Box { name: "d", within: &one }).save(&db).await?;
    draft!(Box { name: "e", within: &two }).save(&db).await?;
    let names = Box::objects().filter(|b| b.within().within().isnull(false));
    let by_row = names.clone().order_by(|b| b.within().within());
    assert_rows!(by_row.values(|b| b.name()).all(&db).await?, ["e", "d"]);
    let by_name = names.order_by(|b| b.within().within().name().desc());
    assert_rows!(by_name.values(|b| b.name()).all(&db).await?, ["d", "e"]);
    Ok(())
}

#[tokio::test]
async fn a_subquery_that_is_a_value_has_one_row() -> Outcome {
    let db = library().await?;
    let parts = &["may have several rows", "`.limit(1)`", "`in_`"];
    let refused = [
        Book::objects()
            .filter(|b| b.pages().eq(subquery(Book::objects().values(|x| x.pages()))))
            .sql(),
        Author::objects().values(|a| subquery(a.books().objects().values(|b| b.pages()))).sql(),
        // An aggregate within `values` is one of each book.
        Author::objects()
            .values(|a| subquery(a.books().objects().values(|b| b.pages().max())))
            .sql(),
        Book::objects()
            .order_by(|b| {
                subquery(
                    Tag::objects().filter(|t| t.name().ne(outer_ref(b.title()))).values(|t| t.id()),
                )
            })
            .sql(),
    ];
    for sql in refused {
        says(&sql.expect_err("many rows"), parts);
    }
    let longest = Author::objects()
        .values(|a| {
            subquery(
                a.books().objects().order_by(|b| b.pages().desc()).values(|b| b.pages()).limit(1),
            )
        })
        .order_by(|a| a.id());
    assert_rows!(longest.all(&db).await?, [Some(286), Some(381), None]);
    let by_key = Book::objects()
        .values(|b| {
            subquery(
                Author::objects()
                    .filter(|a| a.id().eq(outer_ref(b.author().id())))
                    .values(|a| a.name()),
            )
        })
        .order_by(|b| b.id())
        .limit(1);
    assert_eq!(by_key.get(&db).await?.as_deref(), Some("Ursula"));
    let unique = Book::objects()
        .values(|_| subquery(Tag::objects().filter(|t| t.name().eq("humour")).values(|t| t.id())))
        .limit(1);
    assert_eq!(unique.get(&db).await?, Some(2));
    let to_one = Book::objects()
        .values(|b| subquery(b.author().objects().values(|a| a.name())))
        .order_by(|b| b.id())
        .limit(1);
    assert_eq!(to_one.get(&db).await?.as_deref(), Some("Ursula"));
    let total = Author::objects()
        .values(|_| {
            subquery(
                Book::objects()
                    .values(|b| b.in_print())
                    .annotate(|b| b.id().count())
                    .values(|b| b.id().count())
                    .order_by(|b| b.id().count())
                    .limit(1),
            )
        })
        .limit(1);
    assert_eq!(total.get(&db).await?, Some(1));
    Ok(())
}

#[tokio::test]
async fn none_is_no_bound() -> Outcome {
    let db = library().await?;
    let wanted: Option<i32> = None;
    let parts = &["`None`", "`filter_if`"];
    let refused = [
        Book::objects().filter(|b| b.pages().gt(wanted)).sql(),
        Book::objects().exclude(|b| b.pages().lte(wanted)).sql(),
        Book::objects().filter(|b| b.title().icontains(None::<String>)).sql(),
        Book::objects().filter(|b| b.title().regex(None::<String>)).sql(),
        Book::objects().filter(|b| b.pages().range(wanted..=Some(3))).sql(),
        Book::objects().filter(|b| b.pages().range(Some(3)..wanted)).sql(),
        Book::objects().annotate(|b| b.tags().count().filter(b.pages().lt(wanted))).sql(),
    ];
    for sql in refused {
        says(&sql.expect_err("NULL as a bound"), parts);
    }
    let missing = Book::objects().filter(|b| b.published().eq(None)).count(&db).await?;
    assert_eq!(missing, 1);
    assert_eq!(
        Book::objects().filter_if(wanted.is_some(), |b| b.pages().gt(wanted)).count(&db).await?,
        5
    );
    Ok(())
}

#[tokio::test]
async fn generated_columns_are_not_assigned() -> Outcome {
    let db = database!("refusals": Shelf, Box);
    let update = Shelf::objects().update(&db, |s| s.next().set(3));
    let error = assert_num_queries!(&db, 0, update.await.expect_err("generated"));
    says(&error, &["`next` of `Shelf` is calculated by the database"]);
    Ok(())
}

#[tokio::test]
async fn a_row_that_is_saved_must_be_there() -> Outcome {
    let db = library().await?;
    let mut tag = Tag { id: 99, name: "gone".into() };
    let says_all = |error: &Error| {
        assert!(matches!(error, Error::DoesNotExist { .. }), "{error:?}");
    };
    let error = tag.save(&db).await.expect_err("no such row");
    says_all(&error);
    says(&error, &["`Tag`", "not there", "draft!(Tag", "save_or_insert"]);
    Ok(())
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "refusals")]
pub struct Fee {
    pub id: i64,
    #[field(default = "0.12345678901234567890123456789012345")]
    pub rate: Decimal,
}

#[tokio::test]
async fn a_default_that_its_type_does_not_hold_is_refused_and_not_null() -> Outcome {
    let db = TestDatabase::empty().await?;
    create_tables::<(Fee,)>(&*db).await?;
    let error = draft!(Fee {}).save(&db).await.expect_err("the default is too long");
    says(&error, &["`default`", "`db_default`"]);
    assert!(matches!(error, Error::Encode { .. }), "{error:?}");
    assert_eq!(Fee::objects().count(&db).await?, 0);
    Ok(())
}
