//! Rows of functions: those of the server, and of one's own; beside others, and alone.

use super::library::{Author, Book, library};
use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm_testkit::{QueryCounter, assert_rows};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "functions")]
pub struct Scan {
    pub id: i64,
    pub text: Option<String>,
    pub words: Option<Vec<String>>,
}

mod own {
    use orm::prelude::*;

    sql_rows! {
        /// The words of a text, with their places.
        pub fn words_of(text: String) -> (i64, Option<String>);

        #[sql = "public.\"Days\""]
        pub fn days(first: NaiveDate, last: NaiveDate) -> NaiveDate;

        pub(crate) fn nothing() -> (i32,);
    }
}

const FUNCTIONS: &str = r#"
    CREATE FUNCTION words_of(text) RETURNS TABLE (place bigint, word text) LANGUAGE sql IMMUTABLE
        AS $$ SELECT n, nullif(w, '-') FROM unnest(string_to_array($1, ' ')) WITH ORDINALITY AS u (w, n) $$;
    CREATE FUNCTION "Days"(date, date) RETURNS SETOF date LANGUAGE sql IMMUTABLE
        AS $$ SELECT d::date FROM generate_series($1, $2, interval '1 day') AS d $$;
    CREATE FUNCTION nothing() RETURNS TABLE (n int) LANGUAGE sql IMMUTABLE
        AS $$ SELECT 1 WHERE FALSE $$;
"#;

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 2, day).expect("a date of the calendar")
}

#[tokio::test]
async fn functions_of_ones_own_return_rows() -> Outcome {
    let db = database!("functions": Scan);
    db.batch_execute(FUNCTIONS).await?;
    for text in [Some("a sea - change"), Some(""), None] {
        draft!(Scan { text }).save(&db).await?;
    }
    let words = Scan::objects()
        .join_lateral(|s| own::words_of(s.text()))
        .order_by(|(s, (place, _))| (s.id(), place.clone()));
    let pairs = words.clone().values(|(s, (place, word))| (s.id(), place.clone(), word.clone()));
    assert_eq!(
        pairs.sql()?,
        "SELECT t0.\"id\", t2.c0, t2.c1 FROM \"functions_scan\" AS t0 JOIN LATERAL (SELECT t1.c0 AS \
         c0, t1.c1 AS c1 FROM words_of(t0.\"text\") AS t1 (\"c0\", \"c1\")) AS t2 ON TRUE ORDER BY \
         t0.\"id\", 2"
    );
    let word = |place, word: Option<&str>| (1_i64, place, word.map(str::to_owned));
    let expected =
        [word(1, Some("a")), word(2, Some("sea")), word(3, None), word(4, Some("change"))];
    assert_rows!(pairs.all(&db).await?, expected);
    // Filtered, grouped, counted; rows without any; asked for by values.
    let long = words.clone().filter(|(_, (_, word))| word.length().gt(2));
    assert_eq!(long.count(&db).await?, 2);
    let counts = Scan::objects()
        .left_join_lateral(|s| own::words_of(s.text()))
        .values(|(s, _)| s.id())
        .annotate(|(_, (place, _))| place.count())
        .order_by(|(s, _)| s.id());
    assert_eq!(counts.all(&db).await?, [(1, 4), (2, 0), (3, 0)]);
    let alone = own::words_of("x yy").objects().order_by(|(place, _)| place.desc());
    assert_eq!(alone.all(&db).await?, [(2, Some("yy".to_owned())), (1, Some("x".to_owned()))]);
    let days = own::days(day(28), NaiveDate::from_ymd_opt(2024, 3, 1).ok_or("a date")?);
    assert_eq!(days.objects().all(&db).await?.len(), 3);
    assert_eq!(own::nothing().objects().all(&db).await?, []);
    assert_eq!(own::nothing().objects().first(&db).await?, None);
    Ok(())
}

#[tokio::test]
async fn rows_of_functions_stand_alone() -> Outcome {
    let db = library().await?;
    let counter = QueryCounter::new(&db);
    let series = generate_series(1, 10, 3).objects();
    assert_eq!(series.all(&db).await?, [1, 4, 7, 10]);
    assert_eq!(
        counter.statements(),
        ["SELECT t0.c0 FROM GENERATE_SERIES($1, $2, $3) AS t0 (\"c0\")"]
    );
    let even = series.clone().filter(|n| (n.clone() % 2).eq(0)).order_by(|n| n.desc());
    assert_eq!(even.all(&db).await?, [10, 4]);
    assert_eq!(even.count(&db).await?, 2);
    assert!(even.exists(&db).await?);
    assert_eq!(even.first(&db).await?, Some(10));
    assert_eq!(series.aggregate(&db, |n| (n.sum(), n.max())).await?, (Some(22_i64), Some(10)));
    let squares = series.clone().values(|n| (n.clone(), n.clone() * n.clone())).limit(2);
    assert_eq!(squares.all(&db).await?, [(1, 1), (4, 16)]);
    assert_eq!(series.clone().annotate(|n| n.clone() + 1).offset(3).all(&db).await?, [(10, 11)]);
    // As a member, in a set, in WITH, frozen.
    let books = Book::objects().filter(|b| b.id().in_(generate_series(1_i64, 2, 1_i64).objects()));
    assert_eq!(books.count(&db).await?, 2);
    let both = series.clone().union(generate_series(4, 5, 1).objects()).order_by(|n| n.clone());
    assert_eq!(both.all(&db).await?, [1, 4, 5, 7, 10]);
    let cte = series.clone().cte("series");
    let twice = cte.objects().join(&cte, |a, b| a.eq(b.clone() + 3));
    assert_eq!(twice.all(&db).await?, [(4, 1), (7, 4), (10, 7)]);
    assert_eq!(series.clone().limit(3).nested().filter(|n| n.gt(1)).count(&db).await?, 2);
    // Lists, with nothing in them as well; documents; moments.
    let words = vec!["b".to_owned(), "a".to_owned()];
    assert_eq!(
        unnest(words).objects().order_by(|w| w.clone()).all(&db).await?,
        ["a", "b"].map(str::to_owned)
    );
    assert_eq!(unnest(Vec::<i32>::new()).objects().count(&db).await?, 0);
    let items = jsonb_array_elements(json!([1, {"a": null}])).objects();
    assert_eq!(items.all(&db).await?, [json!(1), json!({"a": null})]);
    let start: DateTime<Utc> = "2024-01-31T00:00:00Z".parse()?;
    let days = generate_series(start, start + TimeDelta::days(2), TimeDelta::days(1)).objects();
    assert_eq!(days.count(&db).await?, 3);
    // Days without reviews are there: what Django has no words for.
    let per_day = days
        .left_join(super::library::Review::objects(), |day, r| {
            r.created().gte(day.clone()) & r.created().lt(day.clone() + TimeDelta::days(1))
        })
        .values(|(day, _)| day.clone())
        .annotate(|(_, r)| r.id().count())
        .order_by(|(day, _)| day.clone());
    let counts: Vec<i64> = per_day.all(&db).await?.into_iter().map(|(_, n)| n).collect();
    assert_eq!(counts, [1, 1, 0]);
    // Rows of a series that are beside models, which can be loaded.
    let by_key = generate_series(1_i64, 4, 1_i64)
        .objects()
        .left_join(Author::objects(), |n, a| a.id().eq(n.clone()))
        .order_by(|(n, _)| n.desc());
    let named: Vec<(i64, Option<String>)> =
        by_key.all(&db).await?.into_iter().map(|(n, a)| (n, a.map(|a| a.name))).collect();
    assert_eq!(named[0], (4, None));
    assert_eq!(named[1], (3, Some("Nobody".to_owned())));
    Ok(())
}

#[tokio::test]
async fn rows_of_functions_cannot_be_written() -> Outcome {
    let db = library().await?;
    let series = generate_series(1, 3, 1).objects();
    says(&series.delete(&db).await.unwrap_err(), &["`delete`", "function"]);
    let failed = series.get(&db).await.unwrap_err();
    assert!(matches!(failed, Error::MultipleObjectsReturned { .. }), "{failed:?}");
    let none = series.filter(|n| n.gt(5)).get(&db).await.unwrap_err();
    assert!(matches!(none, Error::DoesNotExist { .. }), "{none:?}");
    says(&none, &["row"]);
    let step = generate_series(1, 3, 0).objects().all(&db).await.unwrap_err();
    says(&step, &["step size"]);
    Ok(())
}
