//! Expressions whose model, and literals whose type, the compiler finds by itself: in drafts, and in
//! tuples of alternatives.

use super::library::{Author, Book, Review, library};
use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm_testkit::{QueryCounter, TestDatabase};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "inferred")]
pub struct Note {
    pub id: i64,
    #[field(unique)]
    pub text: String,
    #[field(default = 0.5)]
    pub share: f64,
    #[field(default = 0)]
    pub length: i32,
    pub at: Option<DateTime<Utc>>,
    #[field(on_delete = Cascade, related_name = "answers")]
    pub answers_to: Option<ForeignKey<Self>>,
}

type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

async fn notes() -> Opened {
    Ok(database!("inferred": Note))
}

#[tokio::test]
async fn expressions_in_drafts_need_no_model() -> Outcome {
    let db = notes().await?;
    let before = Utc::now();
    let counter = QueryCounter::new(&db);
    let note = draft!(Note { text: value("a").upper(), at: now(), share: random() });
    let note = note.save(&db).await?;
    let sql = &counter.statements()[0];
    for part in ["UPPER($", "STATEMENT_TIMESTAMP()", "RANDOM()"] {
        assert!(sql.contains(part), "{sql}");
    }
    drop(counter);
    assert_eq!(note.text, "A");
    assert!((0.0..1.0).contains(&note.share));
    assert!(note.at.is_some_and(|at| (at - before).abs() < TimeDelta::minutes(5)));

    let joined = draft!(Note {
        text: concat(("a", "-", 7)),
        share: orm::expr::pi() * 2.0,
        length: raw_expr::<i32>("length($1)", params!["four"]),
    });
    let joined = Note::objects().create(&db, joined).await?;
    assert_eq!((&*joined.text, joined.length), ("a-7", 4));
    assert!((joined.share - std::f64::consts::TAU).abs() < 1e-9);

    let drafts = ["x", "y"].map(|text| {
        draft!(Note {
            text: value(text).repeat(3),
            length: value(text).length() + 1,
            at: raw_expr::<Option<DateTime<Utc>>>("NULL::timestamptz", params![]),
        })
    });
    let made = Note::objects().bulk_create(&db, drafts).await?;
    let made: Vec<_> = made.iter().map(|note| (&*note.text, note.length, note.at)).collect();
    assert_eq!(made, [("xxx", 2, None), ("yyy", 2, None)]);

    let later = draft!(Note { text: "with" }).with(|n| n.at, now()).save(&db).await?;
    assert!(later.at.is_some());
    // A model that is named is still that of the draft.
    let named = draft!(Note { text: "named", at: now::<Note>() }).save(&db).await?;
    assert!(named.at.is_some());
    let recent =
        Note::objects().filter(|n| n.at().lte(now()) & n.at().gt(before)).count(&db).await?;
    assert_eq!(recent, 3);
    Ok(())
}

#[tokio::test]
async fn expressions_stand_in_every_kind_of_draft() -> Outcome {
    let db = notes().await?;
    let by = |n: &Fields<Note>| n.text();
    let draft = || draft!(Note { text: "one", at: now(), length: least((3, 5)) });
    let (one, created) = Note::objects().get_or_create(&db, by, draft()).await?;
    assert!(created && one.at.is_some() && one.length == 3);
    let (again, created) = Note::objects().get_or_create(&db, by, draft()).await?;
    assert!(!created);
    assert_eq!(again, one);
    let draft = draft!(Note { text: "one", length: value(4) * 5, at: now() });
    let (changed, created) = Note::objects().update_or_create(&db, by, draft).await?;
    assert!(!created);
    assert_eq!((changed.id, changed.length), (one.id, 20));
    assert!(changed.at > one.at);

    let nested = draft!(Note {
        text: "asks",
        answers: [
            draft!(Note { text: value("answers").upper(), at: now() }),
            draft!(Note { text: concat(("says ", 2)), length: coalesce((value(None::<i32>), 8)) }),
        ],
    });
    let asked = nested.save(&db).await?;
    let answers = asked.answers().order_by(|n| n.id()).all(&db).await?;
    let answers: Vec<_> = answers.iter().map(|n| (&*n.text, n.length, n.at.is_some())).collect();
    assert_eq!(answers, [("ANSWERS", 0, true), ("says 2", 8, false)]);
    let created = asked.answers().create(&db, draft!(Note { text: "c", at: now() })).await?;
    assert_eq!(created.answers_to.map(|key| key.pk()), Some(asked.id));

    let dynamic = Note::dyn_draft().set("text", value("d").upper()).set("at", now());
    let dynamic = dynamic.set("length", raw_expr::<i32>("2 + $1", params![2])).save(&db).await?;
    assert_eq!((&*dynamic.text, dynamic.length, dynamic.at.is_some()), ("D", 4, true));
    Ok(())
}

#[tokio::test]
async fn a_subquery_stands_in_a_draft() -> Outcome {
    let db = library().await?;
    let longest = Book::objects().order_by(|b| b.pages().desc()).values(|b| b.pages()).limit(1);
    let most = longest.clone().first(&db).await?.ok_or("no book")?;
    let author = Author::objects().first(&db).await?.ok_or("no author")?;
    let draft = draft!(Book {
        title: "Longer",
        pages: coalesce((subquery(longest), 0)) + 1,
        published: subquery(Book::objects().filter(|b| b.id().eq(1)).values(|b| b.published())),
        author: &author,
    });
    let book = draft.save(&db).await?;
    assert_eq!(book.pages, most + 1);
    let first = Book::objects().filter(|b| b.id().eq(1)).values(|b| b.published());
    assert_eq!(Some(book.published), first.first(&db).await?);
    Ok(())
}

#[tokio::test]
async fn alternatives_find_their_type_and_model() -> Outcome {
    let db = library().await?;
    let stars = |a: &Fields<Author>| {
        let of = Review::objects().filter(|r| r.book().author().eq(outer_ref(a.id())));
        subquery(of.order_by(|r| r.stars().desc()).values(|r| r.stars()).limit(1))
    };
    let known = Author::objects().order_by(|a| a.id()).values(stars).all(&db).await?;
    let expected: Vec<i32> = known.iter().map(|stars| stars.unwrap_or(0)).collect();
    assert!(known.iter().any(Option::is_none) || known.iter().any(|s| *s > Some(1)));

    let by_id = || Author::objects().order_by(|a| a.id());
    let first = by_id().values(|a| coalesce((stars(a), 0)));
    let wanted = "COALESCE((SELECT ";
    assert!(first.sql()?.contains(wanted), "{}", first.sql()?);
    assert_eq!(first.all(&db).await?, expected);
    // What is compared says nothing about the type of the literal.
    let some =
        by_id().filter(|a| coalesce((stars(a), 0)).gt(3)).values(|a| a.id()).all(&db).await?;
    assert_eq!(some.len(), expected.iter().filter(|stars| **stars > 3).count());
    let beside = by_id().filter(|a| {
        a.id().gt(coalesce((
            subquery(Book::objects().order_by(|b| b.id()).values(|b| b.id()).limit(1)),
            0,
        )))
    });
    assert_eq!(beside.count(&db).await?, by_id().filter(|a| a.id().gt(1)).count(&db).await?);

    let bounds = by_id()
        .values(|a| (greatest((stars(a), 3)), least((3, stars(a))), nullif(stars(a), 0)))
        .all(&db)
        .await?;
    for ((greatest, least, nullif), stars) in bounds.into_iter().zip(&known) {
        assert_eq!(greatest, stars.unwrap_or(3).max(3));
        assert_eq!(least, stars.unwrap_or(3).min(3));
        assert_eq!(nullif, stars.filter(|stars| *stars != 0));
    }

    let chosen = by_id()
        .values(|a| case().when(a.name().startswith("A"), stars(a)).otherwise(-1))
        .all(&db)
        .await?;
    assert_eq!(chosen.len(), known.len());
    let chosen =
        by_id().values(|a| case().when(a.id().lt(0), 1).otherwise(stars(a))).all(&db).await?;
    assert_eq!(chosen, known);
    let texts =
        by_id().values(|a| concat((value("*"), stars(a), ": ", a.id() + 1))).all(&db).await?;
    let id = by_id().values(|a| a.id()).first(&db).await?.ok_or("no author")?;
    let stars_of_first = known[0].map_or(String::new(), |stars| stars.to_string());
    assert_eq!(texts[0], format!("*{stars_of_first}: {}", id + 1));
    Ok(())
}

#[tokio::test]
async fn alternatives_of_outer_columns_and_arithmetic() -> Outcome {
    let db = library().await?;
    let all = || Book::objects().order_by(|b| b.id());
    let pages = all().values(|b| b.pages()).all(&db).await?;
    let outer = all().values(|b| {
        let least = Book::objects().filter(|o| o.pages().gte(coalesce((outer_ref(b.pages()), 0))));
        let least = least.order_by(|o| o.pages());
        subquery(least.values(|o| coalesce((outer_ref(b.pages()) + 0, o.pages(), 0))).limit(1))
    });
    let found = outer.all(&db).await?;
    assert_eq!(found, pages.iter().copied().map(Some).collect::<Vec<_>>());
    let more = all().values(|b| greatest((b.pages() + 1, 150))).all(&db).await?;
    assert_eq!(more, pages.iter().map(|n| (n + 1).max(150)).collect::<Vec<_>>());
    let more = all().values(|b| greatest((150, b.pages() * 2, value(3)))).all(&db).await?;
    assert_eq!(more, pages.iter().map(|n| (n * 2).max(150)).collect::<Vec<_>>());
    // A literal takes the wide type of the key that the subquery selects.
    let wide: Vec<i64> = all()
        .values(|b| {
            let reviews = Review::objects().filter(|r| r.book().eq(outer_ref(b.id())));
            coalesce((subquery(reviews.order_by(|r| r.id()).values(|r| r.id()).limit(1)), 0))
        })
        .all(&db)
        .await?;
    let mut firsts = Vec::new();
    for book in all().all(&db).await? {
        let first = book.reviews().order_by(|r| r.id()).first(&db).await?;
        firsts.push(first.map_or(0, |review| review.id));
    }
    assert_eq!(wide, firsts);
    Ok(())
}

#[tokio::test]
async fn several_rows_are_locked_by_one_tuple() -> Outcome {
    let db = library().await?;
    let books = || Book::objects().select_related(|b| b.author()).select_for_update();
    let sql = books().of(|b| (b.clone(), b.author())).sql()?;
    assert!(sql.ends_with("FOR UPDATE OF t0, t1"), "{sql}");
    let one_by_one = books().of(|b| b.clone()).of(|b| b.author());
    assert_eq!(one_by_one.sql()?, sql);
    db.transaction(async |tx| {
        let rows = books().of(|b| (b.clone(), b.author())).all(tx).await?;
        assert_eq!(rows.len(), 5);
        Ok(())
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_stream_says_what_raw_sql_lacks() -> Outcome {
    let db = library().await?;
    let missing = Author::objects().raw("SELECT id, name AS title FROM library_author", params![]);
    let expected = missing.all(&db).await.expect_err("no `name`").to_string();
    let first = missing.stream(&db).next().await.ok_or("no row")?;
    let error = first.expect_err("no `name`");
    says(&error, &["raw SQL for `Author`", "no column `name`"]);
    assert_eq!(error.to_string(), expected);
    db.transaction(async |tx| {
        let first = missing.stream(tx).next().await;
        assert_eq!(first.and_then(Result::err).map(|e| e.to_string()), Some(expected));
        Ok(())
    })
    .await
    .ok();
    let with_books = missing.prefetch_related(|a| a.books());
    let error = with_books.stream(&db).next().await.ok_or("no row")?.expect_err("no `name`");
    says(&error, &["raw SQL for `Author`", "no column `name`"]);
    Ok(())
}

#[tokio::test]
async fn a_literal_takes_the_type_of_what_stands_behind_it() -> Outcome {
    let db = library().await?;
    let books = Book::objects().filter(|b| b.id().in_([1, 5]));
    let ids: Vec<i64> = books.clone().values(|b| coalesce((0, b.id()))).all(&db).await?;
    assert_eq!(ids, [0, 0]);
    let ids: Vec<i64> = books.clone().values(|b| greatest((2, 3, b.id()))).all(&db).await?;
    assert_eq!(ids, [3, 5]);
    let ids: Vec<i64> = books.clone().values(|b| least((4, b.editor().pk()))).all(&db).await?;
    assert_eq!(ids, [2, 4]);
    let ids: Vec<i64> = books
        .clone()
        .values(|b| case().when(b.pages().lt(100), 0).when(b.in_print(), b.id()).otherwise(7))
        .all(&db)
        .await?;
    assert_eq!(ids, [1, 0]);
    let ids: Vec<Option<i64>> = books.clone().values(|b| nullif(5, b.id())).all(&db).await?;
    assert_eq!(ids, [Some(5), None]);
    let titles: Vec<String> = books.values(|b| greatest(("F", b.title()))).all(&db).await?;
    assert_eq!(titles, ["F", "Lost"]);
    Ok(())
}
