//! `bulk_update`: rows that are there, each with values of its own.

use super::copy::{Sample, drafts, samples};
use super::library::{Author, Book, Review, Tag, library, titles};
use crate::support::{Outcome, database, in_order, says};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};
use std::future::Future;
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn each_row_gets_its_own_values() -> Outcome {
    let db = library().await?;
    let seen = Arc::new(Mutex::new(String::new()));
    let into = seen.clone();
    let _watch = db.on_query(move |event| {
        into.lock().unwrap_or_else(|e| e.into_inner()).push_str(event.sql);
    });
    let mut books = Book::objects().order_by(|b| b.id()).all(&db).await?;
    for book in &mut books {
        book.title.push('!');
        book.pages += 1;
        book.editor = (book.id == 5).then(|| ForeignKey::new(3));
        book.published = None;
        book.in_print = false;
    }
    let written = Book::objects()
        .bulk_update(&db, &books, |b| (b.title(), b.pages(), b.editor(), b.published()));
    assert_eq!(assert_num_queries!(db, 1, written.await?), 5);
    in_order(
        &seen.lock().unwrap_or_else(|e| e.into_inner()),
        &[
            "UPDATE \"library_book\" AS t0 SET \"title\" = t1.c1, \"pages\" = t1.c2",
            " FROM UNNEST($1::",
            "::bigint[]",
            ") AS t1 (c0, c1, c2, c3, c4) WHERE t0.\"id\" = t1.c0",
        ],
    );
    let after = Book::objects().order_by(|b| b.id()).all(&db).await?;
    for (book, after) in books.iter().zip(&after) {
        // What was not named is as it was.
        assert_eq!(&Book { in_print: after.in_print, ..book.clone() }, after);
    }
    assert_eq!(after.iter().filter(|book| book.in_print).count(), 4);
    // Rows that are gone and rows that the query set leaves out are passed over.
    Book::objects().filter(|b| b.id().eq(1)).delete(&db).await?;
    let terry = Book::objects().filter(|b| b.author().name().eq("Terry") & b.id().lt(5));
    let named: Vec<Book> =
        books.iter().map(|b| Book { title: format!("T{}", b.id), ..b.clone() }).collect();
    assert_eq!(
        Book::objects().filter(|b| b.id().gt(9)).bulk_update(&db, &named, |b| b.title()).await?,
        0
    );
    assert_eq!(terry.bulk_update(&db, &named, |b| b.title()).await?, 2);
    let rest = Book::objects().order_by(|b| b.id()).all(&db).await?;
    assert_rows!(titles(&rest), ["Darkness!", "T3", "T4", "Lost!"]);
    assert_eq!(Book::objects().bulk_update(&db, named.iter(), |b| b.title()).await?, 4);
    Ok(())
}

#[tokio::test]
async fn columns_of_every_kind() -> Outcome {
    let db = samples().await?;
    let made = Sample::objects().bulk_create(&db, drafts()).await?;
    // The values of one row for the next.
    let mut turned = made.clone();
    for (row, from) in turned.iter_mut().zip(made.iter().cycle().skip(1)) {
        *row = Sample { id: row.id, made: row.made, ..from.clone() };
    }
    turned[0].words = Vec::new();
    turned[1].scores = vec![None];
    let fields = |s: &orm::Fields<Sample>| {
        let plain = (s.name(), s.amount(), s.ratio(), s.meta(), s.day(), s.code());
        (plain, (s.words(), s.scores(), s.during(), s.bytes(), s.seven(), s.eight()))
    };
    let written = Sample::objects().bulk_update(&db, &turned, fields);
    assert_eq!(assert_num_queries!(db, 1, written.await?), 6);
    assert_eq!(Sample::objects().all(&db).await?, turned);
    Ok(())
}

#[tokio::test]
async fn very_many_rows_are_one_unit() -> Outcome {
    let db = library().await?;
    let drafts = (0..20_000)
        .map(|n| draft!(Review { stars: n, created: DateTime::<Utc>::UNIX_EPOCH, book: 1 }));
    let mut reviews = Review::objects().bulk_create(&db, drafts).await?;
    for review in &mut reviews {
        review.stars = -review.stars;
    }
    let one = Review::objects().bulk_update(&db, &reviews, |r| r.stars());
    // Two statements in a transaction: BEGIN and COMMIT are counted, too.
    let (written, statements) = counted(&db, one).await?;
    assert_eq!(written, 20_000);
    assert!((2..=4).contains(&statements), "{statements}");
    let sum = Review::objects().filter(|r| r.stars().lte(0)).aggregate(&db, |r| r.stars().sum());
    assert_eq!(sum.await?, Some(-(0..20_000).sum::<i64>()));
    // The last row is refused: the first ones are as they were.
    for review in &mut reviews {
        review.stars = 1;
    }
    if let Some(last) = reviews.last_mut() {
        last.book = ForeignKey::new(999);
    }
    let error = Review::objects().bulk_update(&db, &reviews, |r| (r.stars(), r.book())).await;
    assert!(matches!(error, Err(Error::ForeignKey(_))), "{error:?}");
    assert_eq!(Review::objects().filter(|r| r.stars().eq(1)).count(&db).await?, 0);
    Ok(())
}

/// What a call comes to, and how many statements it takes.
async fn counted<T>(
    db: &Database,
    work: impl Future<Output = orm::Result<T>>,
) -> orm::Result<(T, usize)> {
    let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = count.clone();
    let _watch = db.on_query(move |_| {
        counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    });
    let done = work.await?;
    Ok((done, count.load(std::sync::atomic::Ordering::Relaxed)))
}

#[tokio::test]
async fn what_cannot_be_written_is_said() -> Outcome {
    let db = library().await?;
    let tags = Tag::objects().all(&db).await?;
    let objects = Tag::objects();
    let usage = |error: orm::Result<u64>, parts: &[&str]| {
        let error = error.expect_err("an error");
        assert!(matches!(error, Error::Usage(_)), "{error:?}");
        says(&error, parts);
    };
    assert_num_queries!(db, 0, {
        let twice = [&tags[0], &tags[1], &tags[0]];
        usage(objects.bulk_update(&db, twice, |t| t.name()).await, &["row 3", "key", "`Tag`"]);
        usage(objects.bulk_update(&db, &tags, |t| t.id()).await, &["`id`", "key of `Tag`"]);
        usage(
            objects
                .bulk_update(&db, &tags, |_| Vec::<orm::Expr<Tag, String, orm::Own>>::new())
                .await,
            &["no fields"],
        );
        let sliced = objects.clone().limit(1);
        usage(sliced.bulk_update(&db, &tags, |t| t.name()).await, &["`bulk_update`", "`in_`"]);
        let none: [Tag; 0] = [];
        assert_eq!(objects.bulk_update(&db, none, |t| t.name()).await?, 0);
    });
    // All or none.
    let same: Vec<Tag> = tags.iter().map(|t| Tag { name: "same".into(), ..t.clone() }).collect();
    let error = objects.bulk_update(&db, &same, |t| t.name()).await.expect_err("a name twice");
    let Error::Unique(unique) = &error else { panic!("{error:?}") };
    assert_eq!(unique.model, Some("Tag"));
    let zero: Vec<Tag> = tags.iter().map(|t| Tag { name: "\0".into(), ..t.clone() }).collect();
    let error = objects.bulk_update(&db, &zero, |t| t.name()).await.expect_err("a zero byte");
    assert!(matches!(error, Error::Encode { .. }), "{error:?}");
    assert_eq!(Tag::objects().all(&db).await?, tags);
    // Two rows that swap what must be unique: the database looks at each row as it is written.
    assert_eq!(
        Author::objects().bulk_update(&db, Author::objects().all(&db).await?, |a| a.name()).await?,
        3
    );
    Ok(())
}

mod dated {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "bulk", ordering = [id])]
    pub struct Entry {
        pub id: i64,
        pub text: String,
        #[field(auto_now)]
        pub changed: DateTime<Utc>,
        #[field(version)]
        pub version: i32,
    }
}

#[tokio::test]
async fn moments_and_versions_go_along() -> Outcome {
    use dated::Entry;
    let db = database!("api_bulk_update": Entry);
    let drafts = ["a", "b", "c"].map(|text| draft!(Entry { text: text }));
    let made = Entry::objects().bulk_create(&db, drafts).await?;
    // Somebody else has saved the second one since.
    made[1].clone().save(&db).await?;
    let new: Vec<Entry> =
        made.iter().map(|e| Entry { text: e.text.to_uppercase(), ..e.clone() }).collect();
    assert_eq!(Entry::objects().bulk_update(&db, &new, |e| e.text()).await?, 2);
    let after = Entry::objects().all(&db).await?;
    let seen: Vec<_> = after.iter().map(|e| (e.text.as_str(), e.version)).collect();
    assert_eq!(seen, [("A", 2), ("b", 2), ("C", 2)]);
    assert!(after[0].changed > made[0].changed && after[0].changed == after[2].changed);
    // The same instances are old now.
    assert_eq!(Entry::objects().bulk_update(&db, &new, |e| e.text()).await?, 0);
    Ok(())
}

mod keyed {
    use super::*;
    use orm::SqlType;

    /// A text without case, as the extension `citext` has it.
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct Folded(pub String);

    impl orm::Column for Folded {
        type Inner = Self;
        type Null = orm::column::NotNull;
        const SQL_TYPE: SqlType = SqlType::Named("citext");
        fn decode(raw: &[u8]) -> std::result::Result<Self, orm::column::CellError> {
            Ok(Folded(String::from_utf8(raw.to_vec())?))
        }
        fn to_value(&self) -> orm::SqlValue {
            orm::SqlValue::Text(self.0.clone())
        }
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(table = "account", managed = false, ordering = [email])]
    pub struct Account {
        #[field(primary_key)]
        pub email: Folded,
        pub visits: i32,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(table = "account", managed = false, ordering = [email])]
    pub struct Texted {
        #[field(primary_key)]
        pub email: String,
        pub visits: i32,
    }
}

#[tokio::test]
async fn keys_that_the_database_has_for_one_are_given_once() -> Outcome {
    use keyed::{Account, Folded, Texted};
    let collation = "CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level2', \
                     deterministic = false);";
    for (before, email) in
        [("CREATE EXTENSION citext;", "citext"), (collation, "text COLLATE folded")]
    {
        let db = orm_testkit::TestDatabase::empty().await?;
        match db.batch_execute(before).await {
            Err(error) if error.to_string().contains("0A000") => {
                orm_testkit::skipped("the server knows no collations of ICU");
                continue;
            }
            made => made?,
        }
        db.batch_execute(&format!(
            "CREATE TABLE account (email {email} PRIMARY KEY, visits int NOT NULL);
             INSERT INTO account VALUES ('Ann', 1), ('Bob', 2), ('Cid', 3)"
        ))
        .await?;
        // By a type of its own, and by plain texts, which only the column's collation folds.
        let write = async |rows: &[(&str, i32)]| -> orm::Result<u64> {
            if email == "citext" {
                let row = |(email, visits): &(&str, i32)| Account {
                    email: Folded((*email).to_owned()),
                    visits: *visits,
                };
                let rows: Vec<_> = rows.iter().map(row).collect();
                return Account::objects().bulk_update(&db, rows, |a| a.visits()).await;
            }
            let row = |(email, visits): &(&str, i32)| Texted {
                email: (*email).to_owned(),
                visits: *visits,
            };
            let rows: Vec<_> = rows.iter().map(row).collect();
            Texted::objects().bulk_update(&db, rows, |a| a.visits()).await
        };
        let twice = write(&[("Bob", 20), ("ANN", 10), ("Cid", 30), ("Ann", 11)]).await;
        let error = twice.expect_err("Ann twice");
        assert!(matches!(error, Error::Usage(_)), "{email}: {error:?}");
        says(&error, &["rows 2 and 4", "equal in the database"]);
        let visits = "SELECT visits FROM account ORDER BY email";
        assert_rows!(db.query_as::<(i32,)>(visits, params![]).await?, [(1,), (2,), (3,)]);
        // Each of them is the row that a join finds.
        assert_eq!(write(&[("bob", 20), ("ANN", 10), ("nobody", 9)]).await?, 2);
        assert_rows!(db.query_as::<(i32,)>(visits, params![]).await?, [(10,), (20,), (3,)]);
    }
    Ok(())
}
