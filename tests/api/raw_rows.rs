//! SQL of one's own, read as models, structs and dictionaries, with query sets in it, and as a stream.

use super::library::{Author, Book, Tag, library};
use crate::support::{Outcome, says};
use orm::SqlRow;
use orm::prelude::*;
use orm_testkit::assert_num_queries;

#[derive(ColumnRow, Clone, Debug, PartialEq)]
struct Card {
    title: String,
    #[field(column = "of")]
    author: String,
    published: Option<NaiveDate>,
    pages: i32,
}

const CARDS: &str = "SELECT b.published, b.pages, a.name AS of, b.title FROM library_book b
                     JOIN library_author a ON a.id = b.author_id WHERE b.pages > $1 ORDER BY b.id";

#[tokio::test]
async fn structs_by_the_names_of_their_columns() -> Outcome {
    let db = library().await?;
    let cards = db.query_as::<Card>(CARDS, params![280]).await?;
    let titles: Vec<(&str, &str, i32)> =
        cards.iter().map(|card| (&*card.title, &*card.author, card.pages)).collect();
    assert_eq!(titles, [("Darkness", "Ursula", 286), ("Gods", "Terry", 381)]);
    assert!(cards[0].published < cards[1].published);
    let one = Book::objects().raw_as::<Card>(CARDS, params![300]).get(&db).await?;
    assert_eq!(one, cards[1]);
    assert_eq!(Book::objects().raw_as::<Card>(CARDS, params![999]).get_opt(&db).await?, None);
    let none = Book::objects().raw_as::<Card>(CARDS, params![999]).get(&db).await.unwrap_err();
    assert!(matches!(none, Error::DoesNotExist { .. }), "{none:?}");
    let many = Book::objects().raw_as::<Card>(CARDS, params![1]).get(&db).await.unwrap_err();
    assert!(matches!(many, Error::MultipleObjectsReturned { .. }), "{many:?}");
    // The same inside of a tuple, beside a column, and beside a model.
    let sql = "SELECT 1, b.pages, b.title, 'x' AS of, b.published, t.name, t.id FROM library_book b, library_tag t
               WHERE b.id = 4 AND t.id = 2";
    let (one, card, tag) =
        Book::objects().raw_as::<(i32, Card, Tag)>(sql, params![]).get(&db).await?;
    assert_eq!((one, card.title.as_str(), card.author.as_str()), (1, "Gods", "x"));
    assert_eq!((tag.id, tag.name.as_str()), (2, "humour"));
    Ok(())
}

#[tokio::test]
async fn models_beside_columns_and_other_models() -> Outcome {
    let db = library().await?;
    let sql = "SELECT b.*, a.*, b.pages * 2 AS twice FROM library_book b
               JOIN library_author a ON a.id = b.author_id WHERE b.id = $1";
    let rows = db.query_as::<(Book, Author, i32)>(sql, params![3i64]).await?;
    let [(book, author, twice)] = rows.as_slice() else { return Err("one row".into()) };
    assert_eq!(*book, Book::objects().get_by_key(&db, 3).await?);
    assert_eq!(*author, Author::objects().get_by_key(&db, 2).await?);
    assert_eq!(*twice, 544);
    let tags =
        db.query_as::<Tag>("SELECT name, id FROM library_tag ORDER BY id", params![]).await?;
    assert_eq!(tags, Tag::objects().all(&db).await?);
    Ok(())
}

#[tokio::test]
async fn columns_that_do_not_fit_are_named() -> Outcome {
    let db = library().await?;
    let fails = async |sql: &str| {
        let error = db.query_as::<Card>(sql, params![]).await.unwrap_err();
        assert!(matches!(error, Error::Decode { .. }), "{error:?}");
        error
    };
    let all = "'t' AS title, 'a' AS of, NULL::date AS published, 1 AS pages";
    for empty in ["", " WHERE false"] {
        let sql = |columns: &str| format!("SELECT {columns}{empty}");
        let missing = "'t' AS title, NULL::date AS published, 1 AS pages";
        says(&fails(&sql(missing)).await, &["`of`", "Card", "does not return it", "`published`"]);
        says(&fails(&sql(&format!("{all}, 2 AS more"))).await, &["`more`", "nothing reads it"]);
        says(&fails(&sql(&format!("{all}, 2 AS pages"))).await, &["`pages`", "several columns"]);
        let other = "'t' AS title, 'a' AS of, NULL::date AS published, 1::bigint AS pages";
        says(&fails(&sql(other)).await, &["`pages`", "Card", "bigint", "integer"]);
    }
    let null = "SELECT NULL::text AS title, 'a' AS of, NULL::date AS published, 1 AS pages";
    says(&fails(null).await, &["`title`", "NULL"]);
    let error =
        db.query_as::<(Tag, i32)>("SELECT id, 1 FROM library_tag", params![]).await.unwrap_err();
    says(&error, &["`name`", "`Tag`"]);
    let error =
        db.query_as::<(Tag, i32)>("SELECT *, 1, 2 FROM library_tag", params![]).await.unwrap_err();
    says(&error, &["it is not read", "4 columns"]);
    let error = db.query_as::<Card>("SELECT 1 AS a WHERE $1", params![]).await.unwrap_err();
    assert!(matches!(error, Error::Usage(_)));
    // The same text again, read as something else.
    assert_eq!(
        db.query_as::<(String, String, Option<NaiveDate>, i32)>(
            &format!("SELECT {all}"),
            params![]
        )
        .await?
        .len(),
        1
    );
    assert_eq!(db.query_as::<Card>(&format!("SELECT {all}"), params![]).await?[0].pages, 1);
    Ok(())
}

#[tokio::test]
async fn rows_by_the_names_that_the_server_gives() -> Outcome {
    let db = library().await?;
    let sql = "SELECT id, title AS \"The Title\", published, pages::numeric / 4 AS quarter, ARRAY[1, NULL, id] AS ids,
               '{\"a\": [1]}'::jsonb AS meta, 'NaN'::float8 AS nan, title::varchar(3) AS short
               FROM library_book WHERE id IN ($1, 5) ORDER BY id";
    let rows: Vec<SqlRow> = db.query_dyn(sql, params![1i64]).await?;
    let names: Vec<&str> = rows[0].names().collect();
    assert_eq!(names, ["id", "The Title", "published", "quarter", "ids", "meta", "nan", "short"]);
    assert_eq!(
        (rows[0].get::<i64>("id")?, rows[0].get::<String>("The Title")?),
        (1, "Earthsea".to_owned())
    );
    assert_eq!(rows[1].get::<Option<NaiveDate>>("published")?, None);
    assert_eq!(rows[0].get::<Vec<Option<i64>>>("ids")?, [Some(1), None, Some(1)]);
    assert_eq!(
        (rows[0].get::<Decimal>("quarter")?, rows[0].get::<String>("short")?),
        (Decimal::new(5125, 2), "Ear".to_owned())
    );
    assert!(rows[0].get::<f64>("nan")?.is_nan());
    says(&rows[0].get::<i32>("id").unwrap_err(), &["`id`", "int8", "integer"]);
    says(&rows[0].get::<i64>("name").unwrap_err(), &["no `name`", "`The Title`"]);
    says(&rows[1].get::<NaiveDate>("published").unwrap_err(), &["`published`", "NULL"]);
    let json = serde_json::to_value(&rows)?;
    assert_eq!(json[0]["published"], json!("1968-11-01"));
    assert_eq!(
        (&json[0]["ids"], &json[0]["meta"], &json[1]["published"]),
        (&json!([1, null, 1]), &json!({"a": [1]}), &json!(null))
    );
    assert!(db.query_dyn("SELECT 1 WHERE false", params![]).await?.is_empty());
    let odd = db.query_dyn("SELECT '(1,2)'::point AS at", params![]).await?;
    says(&odd[0].to_json().unwrap_err(), &["`at`", "cast it to `text`"]);
    Ok(())
}

#[tokio::test]
async fn query_sets_as_parts_of_it() -> Outcome {
    let db = library().await?;
    let long =
        Book::objects().filter(|b| b.pages().gt(200) & b.title().ne("$1")).order_by(|b| b.id());
    let least = 1i64;
    let sql = raw!(
        "SELECT a.name, count(*), {mark} FROM ({long}) AS long JOIN library_author a ON a.id = long.author_id
         WHERE a.id IN ({ids}) AND '{{}}' <> {mark} GROUP BY a.name HAVING count(*) > {least} ORDER BY 1",
        mark = "$2",
        ids = Author::objects().filter(|a| a.name().ne("Nobody")).values(|a| a.id()),
        long = &long,
    );
    let rows =
        assert_num_queries!(&db, 1, sql.clone().rows::<(String, i64, String)>().all(&db).await?);
    let mark = || "$2".to_owned();
    assert_eq!(rows, [("Terry".to_owned(), 2, mark()), ("Ursula".to_owned(), 2, mark())]);
    let (text, params) = sql.into_parts()?;
    assert_eq!(params.len(), 5, "{text}");

    // Of related sets, of nested rows, of sets; into models; and what they write.
    let ursula = Author::objects().get_by_key(&db, 1).await?;
    let three = Book::objects()
        .order_by(|b| b.pages().desc())
        .limit(3)
        .nested()
        .filter(|b| b.pages().lt(300));
    let books =
        raw!("SELECT * FROM ({of}) AS x", of = ursula.books()).rows::<Book>().all(&db).await?;
    assert_eq!(books.len(), 2);
    let (titles,) = raw!("SELECT string_agg(c1, ',' ORDER BY c1) FROM ({three}) AS x (c0, c1)")
        .rows::<(String,)>()
        .get(&db)
        .await?;
    assert_eq!(titles, "Darkness,Mort");
    let names = Book::objects().values(|b| b.title()).union(Author::objects().values(|a| a.name()));
    let (all,) = raw!("SELECT count(*) FROM ({names}) AS n").rows::<(i64,)>().get(&db).await?;
    assert_eq!(all, 8);
    let (sql, params) =
        raw!("SELECT * FROM ({long}) AS b WHERE title <> {but}", but = "Mort").into_parts()?;
    assert_eq!(Book::objects().raw(sql, params).filter(|b| b.pages().lt(300)).count(&db).await?, 2);
    let old = Book::objects().filter(|b| b.in_print().eq(false)).values(|b| b.id());
    assert_eq!(raw!("DELETE FROM library_book WHERE id IN ({old})").execute(&db).await?, 1);

    // What cannot be.
    let wrong = raw!("SELECT {least} WHERE $1 = 1").rows::<(i64,)>().all(&db).await.unwrap_err();
    says(&wrong, &["`raw!`", "`{name}`"]);
    let quoted = raw!("SELECT '{least}'").rows::<(String,)>().all(&db).await.unwrap_err();
    says(&quoted, &["stands nowhere in the SQL"]);
    let none = Book::objects().filter(|b| b.pages().gt(None));
    says(&raw!("SELECT * FROM ({none}) AS x").execute(&db).await.unwrap_err(), &["`None`"]);
    // In the time zone of the executor.
    let days = || Book::objects().values(|b| b.reviews().created().trunc_day());
    let tokyo = Database::builder().url(&db.url()).time_zone("Asia/Tokyo").connect().await?;
    let sql = || {
        raw!("SELECT max(d) FROM ({days}) AS x (d)", days = days())
            .rows::<(Option<DateTime<Utc>>,)>()
    };
    assert_ne!(sql().get(&db).await?, sql().get(&tokyo).await?);
    Ok(())
}

#[tokio::test]
async fn streams_of_it_on_a_pool_and_in_a_transaction() -> Outcome {
    let db = library().await?;
    let sql = "SELECT n, 'x' || n AS name FROM generate_series(1, $1) AS n";
    let read = async |db: &dyn Executor| {
        let mut rows = db.stream_as::<(i32, String)>(sql, params![1700]);
        let mut sum = 0;
        while let Some(row) = rows.next().await {
            let (n, name) = row?;
            assert_eq!(name, format!("x{n}"));
            sum += i64::from(n);
        }
        Ok::<_, Error>(sum)
    };
    assert_eq!(read(&*db).await?, 1_445_850);
    db.transaction(async |tx| {
        assert_eq!(read(tx).await?, 1_445_850);
        // Others run between its rows.
        let mut cards = tx.stream_as::<Card>(CARDS, params![0]);
        let first = cards.next().await.transpose()?.map(|card| card.title);
        assert_eq!(first.as_deref(), Some("Earthsea"));
        assert_eq!(Book::objects().count(tx).await?, 5);
        let mut more = 0;
        while cards.next().await.transpose()?.is_some() {
            more += 1;
        }
        assert_eq!(more, 4);
        Ok(())
    })
    .await?;
    let long = Book::objects().filter(|b| b.pages().gt(250)).values(|b| b.title());
    let mut titles =
        raw!("SELECT title FROM ({long}) AS t ORDER BY title").rows::<(String,)>().stream(&db);
    assert_eq!(titles.next().await.transpose()?, Some(("Darkness".to_owned(),)));
    drop(titles);
    let wrong = db.stream_as::<(i32,)>("SELECT $2", params![1]).next().await;
    assert!(matches!(wrong, Some(Err(Error::Usage(_)))));
    let wrong = db.stream_as::<Card>("SELECT 1 AS pages", params![]).next().await;
    assert!(matches!(wrong, Some(Err(Error::Decode { .. }))));
    Ok(())
}
