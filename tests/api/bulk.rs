//! Many rows at once: what goes in, what comes back, and what happens to rows that are there.

use crate::support::{Outcome, database, in_order, says, scalar};
use orm::Upserted;
use orm::prelude::*;
use orm_testkit::{QueryCounter, TestDatabase, assert_num_queries, assert_rows};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "bulk",
    ordering = [id],
    unique(fields = [word, language], name = "word_language_uniq"),
    check(|w| w.times().gte(0), name = "word_times_gte_0"),
)]
pub struct Word {
    pub id: i64,
    #[field(max_length = 20)]
    pub word: String,
    #[field(default = "en")]
    pub language: String,
    #[field(db_default = 1)]
    pub times: i32,
    #[field(generated = |w| w.times() * 2)]
    pub double: i32,
    pub note: Option<String>,
    #[field(auto_now)]
    pub changed: DateTime<Utc>,
}

/// Every type that arrays have their own rules for.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "bulk", ordering = [id])]
pub struct Sample {
    pub id: i64,
    #[field(default = Vec::new)]
    pub labels: Vec<String>,
    pub scores: Option<Vec<Option<i32>>>,
    pub meta: Option<Value>,
    pub price: Option<Decimal>,
    pub at: Option<DateTime<Utc>>,
    pub span: Option<TimeDelta>,
    pub pages: Option<Range<i32>>,
    pub bytes: Option<Vec<u8>>,
    pub hosts: Option<IpNet>,
    pub flags: Option<Vec<bool>>,
    pub days: Option<Vec<NaiveDate>>,
    pub ids: Option<Vec<Uuid>>,
}

/// A table in partitions, which the test makes itself.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "bulk", managed = false, ordering = [day])]
pub struct Visit {
    #[field(primary_key)]
    pub day: i32,
    pub number: i32,
}

/// Nothing but a key.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "bulk")]
pub struct Ticket {
    pub id: i64,
}

async fn words() -> Result<TestDatabase, Box<dyn std::error::Error + Send + Sync>> {
    Ok(database!("api_bulk": Word, Sample, Ticket))
}

fn named(n: usize) -> impl Iterator<Item = impl Complete<Model = Word>> {
    (0..n).map(|n| draft!(Word { word: format!("w{n}") }))
}

fn told(rows: &[Upserted<Word>]) -> Vec<(&str, i32, bool)> {
    rows.iter().map(|u| (u.row.word.as_str(), u.row.times, u.inserted)).collect()
}

#[tokio::test]
async fn any_number_of_rows() -> Outcome {
    let db = words().await?;
    for n in [0, 1, 2, 24, 25, 999] {
        Word::objects().delete(&db).await?;
        let statements = usize::from(n > 0);
        let rows =
            assert_num_queries!(db, statements, Word::objects().bulk_create(&db, named(n)).await?);
        assert_eq!(rows.len(), n);
        // In order, with keys, defaults of both sides and generated columns.
        let right = |(place, row): (usize, &Word)| {
            row.word == format!("w{place}")
                && row.id == rows[0].id + place as i64
                && (row.language.as_str(), row.times, row.double) == ("en", 1, 2)
        };
        assert!(rows.iter().enumerate().all(right), "{n}");
        assert_eq!(Word::objects().all(&db).await?, rows);
    }
    Ok(())
}

#[tokio::test]
async fn few_texts_for_any_number_of_rows() -> Outcome {
    let db = words().await?;
    let counter = QueryCounter::new(&db);
    for n in [3, 3, 30, 40, 500] {
        let words = (0..n).map(|i| draft!(Word { word: format!("{n}.{i}"), note: "x" }));
        Word::objects().bulk_create(&db, words).on_conflict_ignore().await?;
    }
    let mut statements = counter.statements();
    assert_eq!(statements.len(), 5);
    in_order(&statements[0], &["INSERT INTO", "VALUES ($1", "ON CONFLICT DO NOTHING", "RETURNING"]);
    in_order(&statements[4], &["SELECT * FROM UNNEST($1::text[]", "ON CONFLICT DO NOTHING"]);
    statements.dedup();
    assert_eq!(statements.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_hundred_thousand_rows() -> Outcome {
    let db = words().await?;
    let rows = Word::objects().bulk_create(&db, named(100_000)).await?;
    assert_eq!(rows.len(), 100_000);
    let right = |(place, row): (usize, &Word)| row.word == format!("w{place}");
    assert!(rows.iter().enumerate().all(right));
    assert!(rows.is_sorted_by_key(|row| row.id));
    assert_eq!(Word::objects().count(&db).await?, 100_000);
    Ok(())
}

#[tokio::test]
async fn all_statements_or_none() -> Outcome {
    let db = words().await?;
    Word::objects().bulk_create(&db, [draft!(Word { word: "w39999" })]).await?;
    let counter = QueryCounter::new(&db);
    let error = Word::objects().bulk_create(&db, named(40_000)).await.expect_err("it is there");
    assert!(matches!(&error, Error::Unique(e) if e.model == Some("Word")), "{error:?}");
    assert_eq!(error.constraint(), Some("word_language_uniq"));
    // The first ones were there in between.
    let statements = counter.statements();
    assert!(statements.iter().filter(|sql| sql.starts_with("INSERT")).count() > 1);
    drop(counter);
    assert_eq!(Word::objects().count(&db).await?, 1);
    // Within a transaction they are a savepoint: what was done before stays.
    let tx = db.begin().await?;
    Word::objects().create(&tx, draft!(Word { word: "before" })).await?;
    assert!(Word::objects().bulk_create(&tx, named(40_000)).await.is_err());
    tx.commit().await?;
    assert_eq!(Word::objects().count(&db).await?, 2);
    Ok(())
}

#[tokio::test]
async fn drafts_that_differ_in_what_they_give() -> Outcome {
    let db = words().await?;
    for n in [10_usize, 120] {
        Word::objects().delete(&db).await?;
        let drafts = (0..n).map(|place| {
            let mut draft = Word::dyn_draft().set("word", format!("w{place}"));
            if place % 2 == 0 {
                draft = draft.set("id", 1_000_000 + place as i64);
            }
            match place % 3 {
                0 => draft.set("times", 7),
                1 => draft.set("note", value::<Word, _>("NOTE").lower()),
                _ => draft,
            }
        });
        let rows = Word::objects().bulk_create(&db, drafts).await?;
        assert_eq!(rows.len(), n);
        for (place, row) in rows.iter().enumerate() {
            assert_eq!(row.word, format!("w{place}"));
            assert_eq!(row.id == 1_000_000 + place as i64, place % 2 == 0);
            assert_eq!(row.times, if place % 3 == 0 { 7 } else { 1 });
            assert_eq!(row.note.as_deref(), (place % 3 == 1).then_some("note"));
        }
        assert_eq!(Word::objects().count(&db).await?, n as u64);
    }
    // Nothing is given.
    for n in [1, 3, 700] {
        let tickets = (0..n).map(|_| draft!(Ticket {}));
        let tickets = Ticket::objects().bulk_create(&db, tickets).await?;
        assert_eq!(tickets.len(), n);
        assert!(tickets.is_sorted_by_key(|ticket| ticket.id));
    }
    Ok(())
}

#[tokio::test]
async fn arrays_and_everything_else_by_columns() -> Outcome {
    let db = words().await?;
    let samples = |n: usize| {
        let day = NaiveDate::from_ymd_opt(2024, 2, 29).expect("a day");
        (0..n).map(move |place| {
            let sample = draft!(Sample {});
            match place % 4 {
                0 => sample,
                1 => sample
                    .with(
                        |d| d.labels,
                        vec![r#"quo"te"#.into(), r"back\slash".into(), "NULL".into(), "".into()],
                    )
                    .with(|d| d.scores, vec![Some(1), None, Some(-3)])
                    .with(|d| d.meta, json!({"a": [1, null], "b": "\"{}"}))
                    .with(|d| d.price, "1.50".parse::<Decimal>().expect("a price"))
                    .with(|d| d.days, vec![day]),
                2 => sample
                    .with(|d| d.labels, vec!["{}".to_owned(); place % 7])
                    .with(|d| d.scores, Vec::new())
                    .with(|d| d.meta, Value::Null)
                    .with(|d| d.at, DateTime::<Utc>::UNIX_EPOCH)
                    .with(|d| d.span, TimeDelta::seconds(-90))
                    .with(|d| d.pages, Range::from(1..9))
                    .with(|d| d.flags, vec![true, false]),
                _ => sample
                    .with(|d| d.labels, vec!["a,b".into(), "c d".into()])
                    .with(|d| d.bytes, vec![0, 255, 39, 92])
                    .with(|d| d.hosts, "10.0.0.0/8".parse::<IpNet>().expect("a network"))
                    .with(|d| d.ids, vec![Uuid::from_u128(7); place % 3]),
            }
        })
    };
    let one_by_one = Sample::objects().bulk_create(&db, samples(12)).await?;
    let counter = QueryCounter::new(&db);
    let by_columns = Sample::objects().bulk_create(&db, samples(40)).await?;
    in_order(&counter.statements()[0], &["SELECT c0::text[], c1::integer[], c2,", "UNNEST"]);
    drop(counter);
    for (place, row) in by_columns.iter().enumerate() {
        if let Some(few) = one_by_one.get(place) {
            assert_eq!(Sample { id: few.id, ..row.clone() }, *few);
        }
    }
    let first = Sample { id: by_columns[1].id, ..one_by_one[1].clone() };
    assert_eq!(by_columns[1], first);
    assert_eq!(first.scores, Some(vec![Some(1), None, Some(-3)]));
    assert_eq!(
        (by_columns[0].scores.as_ref(), by_columns[2].scores.as_ref()),
        (None, Some(&vec![]))
    );
    let nulls = scalar::<i64>(&db, "SELECT count(*) FROM bulk_sample WHERE meta = 'null'").await?;
    assert_eq!(nulls, 3 + 10);
    Ok(())
}

#[tokio::test]
async fn conflicts_are_ignored() -> Outcome {
    let db = words().await?;
    let words = |names: &[&'static str]| {
        names.iter().map(|word| draft!(Word { word: *word })).collect::<Vec<_>>()
    };
    Word::objects().bulk_create(&db, words(&["a", "b"])).await?;
    let new = Word::objects().bulk_create(&db, words(&["a", "c", "c", "b", "d"]));
    let new = assert_num_queries!(db, 1, new.on_conflict_ignore().await?);
    assert_rows!(new.iter().map(|w| w.word.as_str()).collect::<Vec<_>>(), ["c", "d"]);
    // Only for what is named; other constraints refuse as ever.
    let mut drafts = words(&["a", "e"]);
    let ignored = Word::objects().bulk_create(&db, drafts.clone());
    let new = ignored.on_conflict(|w| (w.word(), w.language())).ignore().await?;
    assert_rows!(new.iter().map(|w| w.word.as_str()).collect::<Vec<_>>(), ["e"]);
    let new = Word::objects().bulk_create(&db, drafts.clone());
    assert!(new.on_constraint("word_language_uniq").ignore().await?.is_empty());
    drafts.push(draft!(Word { word: "f" }));
    let negative = drafts.into_iter().map(|draft| draft.with(|d| d.times, -1));
    let error = Word::objects().bulk_create(&db, negative).on_conflict_ignore().await;
    let error = error.expect_err("a check is no conflict");
    assert_eq!(error.constraint(), Some("word_times_gte_0"));
    assert_eq!(Word::objects().count(&db).await?, 5);
    Ok(())
}

#[tokio::test]
async fn rows_that_are_there_are_updated() -> Outcome {
    let db = words().await?;
    let words = |from: usize, to: usize, times: i32| {
        (from..to).map(move |n| draft!(Word { word: format!("w{n}"), times, note: "new" }))
    };
    Word::objects().bulk_create(&db, words(0, 2, 5)).await?;
    let before = Word::objects().first(&db).await?.expect("a word");

    let upsert = Word::objects().bulk_create(&db, words(1, 4, 6));
    let upsert = upsert.on_conflict(|w| (w.word(), w.language())).update(|w| w.times());
    let rows = assert_num_queries!(db, 1, upsert.await?);
    assert_eq!(told(&rows), [("w1", 6, false), ("w2", 6, true), ("w3", 6, true)]);
    // Only that column, and the row is the same one; what was not named stays, `auto_now` too.
    let first = Word::objects().first(&db).await?.expect("a word");
    assert_eq!(first, before);
    let second = Word::objects().filter(|w| w.word().eq("w1")).get(&db).await?;
    assert_eq!((second.id, second.changed), (before.id + 1, before.changed));

    let upsert =
        Word::objects().bulk_create(&db, words(0, 30, 10)).on_constraint("word_language_uniq");
    let upsert = upsert
        .update_set(|w, new| w.times().set(w.times() + new.times()))
        .update(|w| (w.note(), w.changed()))
        .update_where(|w, new| w.times().lt(6) & new.word().ne("w9"));
    let rows = upsert.await?;
    // Those that were neither inserted nor updated are not there: w1, w2 and w3.
    assert_eq!(rows.len(), 27);
    assert_eq!(told(&rows[..2]), [("w0", 15, false), ("w4", 10, true)]);
    assert!(rows[0].row.changed > before.changed);
    assert_eq!(rows.iter().filter(|row| row.inserted).count(), 26);
    Ok(())
}

#[tokio::test]
async fn mistakes_about_conflicts() -> Outcome {
    let db = words().await?;
    let twice = |n: usize| named(n).chain(named(1));
    // In one statement the server sees it, in several we do.
    for n in [1, 40, 20_000] {
        let upsert = Word::objects().bulk_create(&db, twice(n));
        let upsert = upsert.on_conflict(|w| (w.word(), w.language())).update(|w| w.note());
        let error = upsert.await.expect_err("the same word twice");
        assert!(matches!(error, Error::Usage(_)), "{error:?}");
        says(&error, &["two drafts of `Word`", "`word`, `language`"]);
        assert_eq!(Word::objects().count(&db).await?, 0, "{n}");
    }
    let create = || Word::objects().bulk_create(&db, named(2));
    let error = create().on_conflict(|w| w.word()).update(|w| w.note()).await;
    let error = error.expect_err("no such constraint");
    says(&error, &["`Word`", "`word`", "unique("]);
    let by = create().on_conflict(|w| (w.word(), w.language()));
    let error = by.update(|w| w.id()).await.expect_err("the primary key");
    says(&error, &["`id` of `Word`", "primary key"]);
    let by = create().on_conflict(|w| (w.word(), w.language()));
    let error = by.update(|w| (w.note(), w.double())).await.expect_err("a generated column");
    says(&error, &["`double` of `Word`"]);
    let error = create().on_constraint("nothing").ignore().await.expect_err("no such constraint");
    assert!(matches!(&error, Error::Database(e) if e.code == "42704"), "{error:?}");
    assert_eq!(Word::objects().count(&db).await?, 0);
    Ok(())
}

#[tokio::test]
async fn values_that_cannot_be_sent() -> Outcome {
    let db = words().await?;
    for n in [1, 7, 300] {
        let drafts = named(n).chain([]).collect::<Vec<_>>();
        let bad = draft!(Word { word: "good", note: "b\0d" });
        let error = match n {
            1 => bad.save(&db).await.expect_err("a zero byte"),
            _ => {
                let good =
                    (0..drafts.len()).map(|n| draft!(Word { word: n.to_string(), note: "x" }));
                let error = Word::objects().bulk_create(&db, good.chain([bad])).await;
                error.expect_err("a zero byte")
            }
        };
        assert!(matches!(error, Error::Encode { .. }), "{error:?}");
        says(&error, &["`note` of `Word`", "\\0"]);
        assert!(!error.to_string().contains("b\0d"));
    }
    let long = Word::objects().bulk_create(&db, [draft!(Word { word: "x".repeat(21) })]).await;
    assert!(matches!(&long, Err(Error::Database(e)) if e.code == "22001"), "{long:?}");
    assert_eq!(Word::objects().count(&db).await?, 0);
    Ok(())
}

#[tokio::test]
async fn what_triggers_do() -> Outcome {
    let db = words().await?;
    db.batch_execute(
        "CREATE FUNCTION louder() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF NEW.word = 'w3' THEN RETURN NULL; END IF;
             NEW.note := upper(coalesce(NEW.note, 'none')); RETURN NEW;
         END $$;
         CREATE TRIGGER louder BEFORE INSERT OR UPDATE ON bulk_word
             FOR EACH ROW EXECUTE FUNCTION louder()",
    )
    .await?;
    // What a trigger leaves out is not returned, and alone it is an error.
    let rows = Word::objects().bulk_create(&db, named(5)).await?;
    assert_rows!(
        rows.iter().map(|w| w.word.as_str()).collect::<Vec<_>>(),
        ["w0", "w1", "w2", "w4"]
    );
    let error = draft!(Word { word: "w3" }).save(&db).await.expect_err("nothing was inserted");
    says(&error, &["`Word`", "trigger"]);
    // Inserted and updated are told apart whatever triggers do, also when it is done again.
    for round in [1, 2] {
        let drafts = named(6);
        let upsert = Word::objects().bulk_create(&db, drafts);
        let rows = upsert.on_conflict(|w| (w.word(), w.language())).update(|w| w.note()).await?;
        let inserted: Vec<&str> =
            rows.iter().filter(|r| r.inserted).map(|r| r.row.word.as_str()).collect();
        assert_eq!(inserted, if round == 1 { vec!["w5"] } else { vec![] });
        assert!(rows.iter().all(|row| row.row.note.as_deref() == Some("NONE")));
    }
    Ok(())
}

#[tokio::test]
async fn tables_in_partitions() -> Outcome {
    let db = words().await?;
    db.batch_execute(
        "CREATE TABLE bulk_visit (day integer PRIMARY KEY, number integer NOT NULL)
             PARTITION BY RANGE (day);
         CREATE TABLE visit_low PARTITION OF bulk_visit FOR VALUES FROM (0) TO (50);
         CREATE TABLE visit_high PARTITION OF bulk_visit FOR VALUES FROM (50) TO (90)",
    )
    .await?;
    let visits = |number: i32| (0..90).map(move |day| draft!(Visit { day, number }));
    let rows = Visit::objects().bulk_create(&db, visits(1)).await?;
    assert!(rows.iter().zip(0..).all(|(row, day)| row.day == day));
    let ignored = Visit::objects().bulk_create(&db, visits(2)).on_conflict_ignore().await?;
    assert!(ignored.is_empty());
    let upsert = Visit::objects().bulk_create(&db, visits(3)).on_conflict(|v| v.day());
    // A limit of the server's: partitions have no `xmax` to return.
    let error = upsert.update(|v| v.number()).await.expect_err("no system columns");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    says(&error, &["`Visit`", "partitions", "`ignore`"]);
    assert_eq!(Visit::objects().filter(|v| v.number().eq(1)).count(&db).await?, 90);
    // One by one they can be had and made.
    let one = draft!(Visit { day: 5, number: 5 });
    let (visit, created) = Visit::objects().get_or_create(&db, |v| v.day(), one).await?;
    assert_eq!((visit.number, created), (1, false));
    Ok(())
}
