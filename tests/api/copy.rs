//! COPY: rows in, text out.

use super::library::{Author, Book, Review, Tag, library};
use crate::support::{Outcome, database, says, scalar};
use orm::CopyFormat;
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Columns of many types, with values that any separator would disturb.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "copy", ordering = [id])]
pub struct Sample {
    pub id: i64,
    pub name: String,
    pub amount: Option<Decimal>,
    pub ratio: f64,
    pub words: Vec<String>,
    pub scores: Vec<Option<i32>>,
    pub meta: Option<Value>,
    pub day: Option<NaiveDate>,
    pub code: Uuid,
    pub during: Option<Range<i32>>,
    pub bytes: Vec<u8>,
    #[field(default = 7)]
    pub seven: i16,
    #[field(db_default = 8)]
    pub eight: i16,
    #[field(auto_now_add)]
    pub made: DateTime<Utc>,
}

const HOSTILE: [&str; 6] =
    ["", "it's; DROP TABLE copy_sample; --", "a\tb\nc\\N\r", "$1 \"x\",'{}' \\", "é 漢 🦀", "\\."];

pub async fn samples() -> Result<orm_testkit::TestDatabase, Box<dyn std::error::Error + Send + Sync>>
{
    Ok(database!("api_copy": Sample))
}

/// Drafts with everything that is hard to write.
pub fn drafts() -> Vec<impl orm::Complete<Model = Sample> + Clone> {
    let draft = |(n, name): (usize, &str)| {
        let n = n as i32;
        draft!(Sample {
            name: name,
            amount: (n % 2 == 0).then(|| Decimal::new(n.into(), 2)),
            ratio: f64::from(n) / 3.0,
            words: vec![name.to_owned(), "b,c".to_owned()],
            scores: vec![Some(n), None],
            meta: (n > 0).then(|| json!({ "name": name })),
            day: NaiveDate::from_ymd_opt(2024, 1, 1 + n as u32),
            code: Uuid::from_u128(n as u128),
            during: (n > 1).then(|| Range::from(n..n + 5)),
            bytes: vec![0, 255, n as u8],
        })
    };
    HOSTILE.iter().copied().enumerate().map(draft).collect()
}

#[tokio::test]
async fn what_goes_in_is_what_bulk_create_makes() -> Outcome {
    let db = samples().await?;
    let copied = assert_num_queries!(db, 1, Sample::objects().copy_in(&db, drafts()).await?);
    assert_eq!(copied, 6);
    let copies = Sample::objects().all(&db).await?;
    assert_rows!(copies.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), HOSTILE);
    // Defaults of both kinds are there.
    assert!(copies.iter().all(|s| (s.seven, s.eight) == (7, 8) && s.made <= Utc::now()));
    let created = Sample::objects().bulk_create(&db, drafts()).await?;
    for (copy, created) in copies.into_iter().zip(created) {
        assert_eq!(Sample { id: created.id, made: created.made, ..copy }, created);
    }
    Ok(())
}

/// What refers to a row that need not be there before the commit.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "copy")]
pub struct Late {
    pub id: i64,
    #[field(on_delete = Cascade)]
    pub sample: ForeignKey<Sample>,
}

/// Makes the key one that is looked at by the commit.
const DEFERRED: &str = "DO $$ DECLARE key text; BEGIN
    SELECT conname INTO key FROM pg_constraint
    WHERE conrelid = 'copy_late'::regclass AND contype = 'f';
    EXECUTE format(
        'ALTER TABLE copy_late ALTER CONSTRAINT %I DEFERRABLE INITIALLY DEFERRED', key);
    END $$";

#[tokio::test]
async fn rows_that_the_commit_refuses_are_an_error() -> Outcome {
    let db = database!("api_copy_late": Sample, Late);
    db.batch_execute(DEFERRED).await?;
    let drafts = || (1..=3).map(|n| draft!(Late { sample: n }));
    let refused = Late::objects().copy_in(&db, drafts()).await;
    assert!(matches!(refused, Err(Error::ForeignKey(_))), "{refused:?}");
    assert_eq!(Late::objects().count(&db).await?, 0);
    // In a transaction it is the commit's error.
    let tx = db.begin().await?;
    assert_eq!(Late::objects().copy_in(&tx, drafts()).await?, 3);
    assert!(matches!(tx.commit().await, Err(Error::ForeignKey(_))));
    Sample::objects().copy_in(&db, self::drafts()).await?;
    assert_eq!(Late::objects().copy_in(&db, drafts()).await?, 3);
    assert_eq!(Late::objects().count(&db).await?, 3);
    Ok(())
}

#[tokio::test]
async fn a_query_that_writes_and_is_refused_at_its_end_is_an_error_of_the_copy_out() -> Outcome {
    let db = database!("api_copy_late": Sample, Late);
    db.batch_execute(DEFERRED).await?;
    db.batch_execute(
        "CREATE FUNCTION refer() RETURNS bigint LANGUAGE sql AS \
         'INSERT INTO copy_late (sample_id) VALUES (99) RETURNING 1::bigint'",
    )
    .await?;
    Sample::objects().copy_in(&db, drafts()).await?;
    let mut text = Vec::new();
    let query = Sample::objects().slice(..1).values(|_| raw_expr::<i64>("refer()", params![]));
    let refused = query.copy_out(&db, &mut text).await;
    assert!(matches!(refused, Err(Error::ForeignKey(_))), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn many_rows_with_progress_from_an_iterator_and_a_stream() -> Outcome {
    let db = library().await?;
    let mut seen = Vec::new();
    let drafts = |from: i32| {
        (from..from + 20_000)
            .map(|n| draft!(Review { stars: n, created: DateTime::<Utc>::UNIX_EPOCH, book: 1 }))
    };
    let reviews = Review::objects();
    let copied = reviews.copy_in(&db, drafts(1000)).on_progress(|rows| seen.push(rows)).await?;
    assert_eq!(copied, 20_000);
    assert!(seen.len() > 5 && seen.is_sorted() && seen.last() == Some(&20_000), "{seen:?}");
    // A stream whose rows are not always there.
    let mut left = drafts(50_000);
    let mut ready = false;
    let stream = futures_util::stream::poll_fn(move |cx| {
        ready = !ready;
        if ready {
            return Poll::Ready(left.next());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    });
    assert_eq!(reviews.copy_in_stream(&db, stream).await?, 20_000);
    let sum = reviews.filter(|r| r.stars().gte(1000)).aggregate(&db, |r| r.stars().sum()).await?;
    assert_eq!(sum, Some((1000..21_000).sum::<i64>() + (50_000..70_000).sum::<i64>()));
    // In a transaction that is rolled back there are none.
    let tx = db.begin().await?;
    let before = Review::objects().count(&tx).await?;
    assert_eq!(Review::objects().copy_in(&tx, drafts(0)).await?, 20_000);
    assert_eq!(Review::objects().count(&tx).await?, before + 20_000);
    tx.rollback().await?;
    assert_eq!(Review::objects().count(&db).await?, before);
    Ok(())
}

#[tokio::test]
async fn what_is_refused_leaves_nothing() -> Outcome {
    let db = library().await?;
    let tag = |name: &str| draft!(Tag { name: name });
    let tags = Tag::objects();
    // By a constraint, with the row.
    let names = ["new", "newer", "fantasy", "newest"].map(tag);
    let error = tags.copy_in(&db, names).await.expect_err("a name twice");
    let Error::Unique(unique) = &error else { panic!("{error:?}") };
    assert_eq!((unique.model, unique.column.as_deref()), (Some("Tag"), None));
    says(&error, &["library_tag_name", "row 3 of COPY"]);
    // By a value that cannot be sent, long after the first rows were.
    let many = (0..50_000).map(|n| tag(&if n < 49_999 { format!("t{n}") } else { "a\0b".into() }));
    let error = tags.copy_in(&db, many).await.expect_err("a zero byte");
    assert!(matches!(error, Error::Encode { position: 1, .. }), "{error:?}");
    says(&error, &["`name` of `Tag` in row 50000", "zero byte"]);
    // By whoever makes the rows.
    let failing = ["x", "y"].map(|name| match name {
        "x" => Ok(tag(name)),
        _ => Err(Error::other("the file ended early")),
    });
    let error = tags.copy_in(&db, failing).await.expect_err("an error of ours");
    says(&error, &["the file ended early"]);
    // By a key that refers to nothing.
    let review = draft!(Review { stars: 1, created: DateTime::<Utc>::UNIX_EPOCH, book: 999 });
    let error = Review::objects().copy_in(&db, [review]).await.expect_err("no such book");
    assert!(matches!(&error, Error::ForeignKey(e) if e.model == Some("Review")), "{error:?}");
    assert_eq!((tags.count(&db).await?, Review::objects().count(&db).await?), (4, 3));
    // Nothing to do is nothing done.
    let none = assert_num_queries!(db, 0, tags.copy_in(&db, [""; 0].map(tag)).await?);
    assert_eq!(none, 0);
    // In a savepoint the transaction goes on.
    db.transaction(async |tx| {
        let failed = tx.transaction(async |sp| tags.copy_in(sp, ["new", "new"].map(tag)).await);
        assert!(matches!(failed.await, Err(Error::Unique(_))));
        tags.copy_in(tx, ["new"].map(tag)).await
    })
    .await?;
    assert_eq!(tags.count(&db).await?, 5);
    Ok(())
}

/// COPY begins with the first 64 KiB: what is wrong before leaves the transaction as it is.
#[tokio::test]
async fn a_value_that_cannot_be_sent_does_not_end_the_transaction() -> Outcome {
    let db = library().await?;
    let tx = db.begin().await?;
    let before = Tag::objects().count(&tx).await?;
    for bad in [0, 3] {
        let drafts = (0..5).map(|n| match n == bad {
            true => draft!(Tag { name: "a\0" }),
            false => draft!(Tag { name: format!("copied {n}") }),
        });
        let error = Tag::objects().copy_in(&tx, drafts).await.expect_err("a zero byte");
        says(&error, &["`name` of `Tag` in row", "zero byte"]);
        assert_eq!(Tag::objects().count(&tx).await?, before);
    }
    let draft = || draft!(Tag { name: "copied" });
    let given_up = Tag::objects().copy_in(&tx, [Ok(draft()), Err(Error::other("no more"))]).await;
    says(&given_up.expect_err("a draft that is an error"), &["no more"]);
    assert_eq!(Tag::objects().copy_in(&tx, [draft()]).await?, 1);
    let none: [orm::DynDraft<Tag>; 0] = [];
    assert_eq!(Tag::objects().copy_in(&tx, none).await?, 0);
    assert_eq!(Tag::objects().count(&tx).await?, before + 1);
    tx.commit().await?;
    Ok(())
}

#[tokio::test]
async fn drafts_must_have_the_same_columns() -> Outcome {
    let db = library().await?;
    let tags = Tag::objects();
    let error =
        tags.copy_in(&db, [draft!(Tag { name: "x" }), draft!(Tag { name: "y", id: 9 })]).await;
    says(&error.expect_err("a key"), &["`id` of `Tag` in row 2", "first row", "`bulk_create`"]);
    let error =
        tags.copy_in(&db, [draft!(Tag { name: "x", id: 9 }), draft!(Tag { name: "y" })]).await;
    says(&error.expect_err("no key"), &["`id` of `Tag` in row 2", "left to the database"]);
    let lower = || value::<Tag, _>("ABC").lower();
    let error = tags.copy_in(&db, [draft!(Tag { name: lower() })]).await;
    says(&error.expect_err("an expression"), &["`name` of `Tag` in row 1", "expression"]);
    assert_eq!(tags.count(&db).await?, 4);
    // All with a key of their own.
    let keys = [21, 22].map(|id| draft!(Tag { id: id, name: format!("t{id}") }));
    assert_eq!(tags.copy_in(&db, keys).await?, 2);
    assert_eq!(tags.filter(|t| t.id().gt(20)).count(&db).await?, 2);
    Ok(())
}

#[tokio::test]
async fn a_copy_given_up_at_any_moment_leaves_the_pool_usable() -> Outcome {
    let db = library().await?;
    let one = Database::builder().url(&db.url()).max_connections(1).connect().await?;
    let before = Review::objects().count(&one).await?;
    for polls in 0..12 {
        let endless = (0..)
            .map(|n| draft!(Review { stars: n, created: DateTime::<Utc>::UNIX_EPOCH, book: 1 }));
        {
            let copy = Review::objects().copy_in(&one, endless);
            let mut copy = pin!(copy.into_future());
            for _ in 0..polls {
                let mut cx = Context::from_waker(Waker::noop());
                assert!(copy.as_mut().poll(&mut cx).is_pending(), "it has no end");
                tokio::time::sleep(Duration::from_micros(300)).await;
            }
        }
        assert_eq!(Review::objects().count(&one).await?, before, "after {polls} polls");
        assert_eq!(one.status().max_connections, 1);
    }
    // The same of a COPY on its way out.
    for polls in 0..6 {
        let mut out = Vec::new();
        {
            let copy = Book::objects()
                .raw("SELECT b.* FROM library_book b, generate_series(1, 10000)", params![]);
            let mut copy = pin!(copy.copy_out(&one, &mut out).into_future());
            for _ in 0..polls {
                let mut cx = Context::from_waker(Waker::noop());
                let _ = copy.as_mut().poll(&mut cx);
                tokio::time::sleep(Duration::from_micros(300)).await;
            }
        }
        assert_eq!(Book::objects().count(&one).await?, 5);
    }
    Ok(())
}

#[tokio::test]
async fn rows_come_out_as_text() -> Outcome {
    let db = library().await?;
    let mut out = Vec::new();
    let books = Book::objects().order_by(|b| b.id());
    let titles = books
        .clone()
        .filter(|b| b.pages().lt(272))
        .values(|b| (b.id(), b.title(), b.editor().id()));
    assert_eq!(titles.copy_out(&db, &mut out).await?, 2);
    assert_eq!(String::from_utf8(out)?, "1,Earthsea,2\n5,Lost,\n");
    let mut out = Vec::new();
    assert_eq!(titles.copy_out(&db, &mut out).header(true).await?, 2);
    assert_eq!(String::from_utf8(out)?, "id,title,editor_id\n1,Earthsea,2\n5,Lost,\n");
    let mut out = Vec::new();
    assert_eq!(titles.copy_out(&db, &mut out).format(CopyFormat::Text).await?, 2);
    assert_eq!(String::from_utf8(out)?, "1\tEarthsea\t2\n5\tLost\t\\N\n");
    // Slices, related rows, aggregates: whatever can be asked for.
    let mut out = Vec::new();
    let counted = Author::objects()
        .annotate(|a| a.books().count())
        .values(|a| (a.name(), a.books().count()))
        .order_by(|a| a.name())
        .limit(2);
    assert_eq!(counted.copy_out(&db, &mut out).await?, 2);
    assert_eq!(String::from_utf8(out)?, "Nobody,0\nTerry,3\n");
    let mut out = Vec::new();
    assert_eq!(books.clone().none().copy_out(&db, &mut out).header(true).await?, 0);
    assert!(String::from_utf8(out)?.starts_with("id,title,"));
    let mut out = Vec::new();
    let error = books.prefetch_related(|b| b.tags()).copy_out(&db, &mut out).await;
    says(&error.expect_err("a prefetch"), &["`copy_out`", "`prefetch_related`"]);
    assert!(out.is_empty());
    Ok(())
}

/// Whatever the value, the rows are those that a parameter finds, and nobody sees it.
#[tokio::test]
async fn values_stand_in_the_text_as_literals() -> Outcome {
    let db = samples().await?;
    Sample::objects().copy_in(&db, drafts()).await?;
    let seen = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let into = seen.clone();
    let _watch = db.on_query(move |event| {
        into.lock().unwrap_or_else(|e| e.into_inner()).push_str(event.sql);
    });
    for (place, name) in HOSTILE.into_iter().enumerate() {
        let id = place as i64 + 1;
        let n = place as i32;
        let all = Sample::objects;
        let day = NaiveDate::from_ymd_opt(2024, 1, 1 + n as u32).expect("a day");
        for query in [
            all().filter(|s| s.name().eq(name)),
            all().filter(|s| s.name().in_([name, "no\\such"])),
            all().filter(|s| s.words().contains([name])),
            all().filter(|s| s.bytes().eq(vec![0, 255, n as u8])),
            all().filter(|s| s.day().eq(day) & s.seven().eq(7)),
            all().filter(|s| s.code().eq(Uuid::from_u128(n as u128)) & s.made().lte(Utc::now())),
            all().filter(|s| s.ratio().eq(f64::from(n) / 3.0) & s.id().gt(i64::MIN)),
            all().filter(|s| s.scores().eq(vec![Some(n), None]) & s.seven().gt(i16::MIN)),
            all().order_by(|s| s.id()).slice(place as u64..place as u64 + 1),
            all().raw("SELECT * FROM copy_sample WHERE name = $1 AND '$1' <> ''", params![name]),
        ] {
            let ids: Vec<i64> = query.clone().values(|s| s.id()).all(&db).await?;
            assert_eq!(ids, [id], "{name:?}");
            let mut out = Vec::new();
            let copied = query.values(|s| s.id()).copy_out(&db, &mut out).await?;
            assert_eq!((copied, String::from_utf8(out)?), (1, format!("{id}\n")), "{name:?}");
        }
        // And back: what is selected is a value itself.
        let mut out = Vec::new();
        let row = all().filter(|s| s.id().eq(id)).values(move |_| value::<Sample, _>(name));
        row.copy_out(&db, &mut out).await?;
        let read = scalar::<String>(&db, "SELECT name FROM copy_sample ORDER BY id LIMIT 1").await;
        assert!(read.is_ok());
        let quoted = format!("\"{}\"\n", name.replace('"', "\"\""));
        let written = String::from_utf8(out)?;
        assert!(written == quoted || written == format!("{name}\n"), "{written:?} of {name:?}");
    }
    let seen = seen.lock().unwrap_or_else(|e| e.into_inner()).clone();
    assert!(seen.contains("COPY (SELECT") && seen.contains("$1"));
    assert!(!seen.contains("DROP TABLE"), "a value was shown");
    let mut out = Vec::new();
    let zero = Sample::objects().filter(|s| s.name().eq("a\0b"));
    let error = zero.copy_out(&db, &mut out).await.expect_err("a zero byte");
    assert!(matches!(error, Error::Encode { .. }), "{error:?}");
    Ok(())
}

/// A writer that takes so many bytes and no more.
struct Small(usize);

impl tokio::io::AsyncWrite for Small {
    fn poll_write(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let taken = bytes.len().min(1000).min(self.0);
        self.0 -= taken;
        Poll::Ready(Ok(taken))
    }
    fn poll_flush(
        self: std::pin::Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
    fn poll_shutdown(
        self: std::pin::Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_writer_that_fails_ends_the_copy() -> Outcome {
    let db = library().await?;
    let one = Database::builder().url(&db.url()).max_connections(1).connect().await?;
    let books = "SELECT b.* FROM library_book b, generate_series(1, 2000)";
    let books = Book::objects().raw(books, params![]);
    let error = books.copy_out(&one, &mut Small(10_000)).await.expect_err("a full disk");
    assert!(matches!(error, Error::Other(_)), "{error:?}");
    assert_eq!(Book::objects().count(&one).await?, 5);
    let mut room = Small(usize::MAX);
    assert_eq!(books.copy_out(&one, &mut room).await?, 10_000);
    // What the server refuses is its error.
    let broken = Book::objects().raw("SELECT * FROM nothing", params![]);
    let error = broken.copy_out(&one, &mut room).await.expect_err("no such table");
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    Ok(())
}

mod named {
    use crate::api::instances::Citext;
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "copy_named", ordering = [id])]
    pub struct Word {
        pub id: i64,
        pub word: Citext,
        pub note: Option<String>,
        pub list: Vec<Option<String>>,
    }
}

/// A type of an extension: its rows travel as text, in which much must be escaped.
#[tokio::test]
async fn types_that_are_known_by_name_travel_as_text() -> Outcome {
    use super::instances::Citext;
    use named::Word;
    let db = orm_testkit::TestDatabase::empty().await?;
    if db.execute("CREATE EXTENSION IF NOT EXISTS citext", params![]).await.is_err() {
        // The server does not have the extension.
        return Ok(());
    }
    create_tables::<(Word,)>(&db).await?;
    let draft = |text: &str| {
        let list = vec![Some(text.to_owned()), None];
        draft!(Word { word: Citext(text.to_owned()), note: text.to_owned(), list: list })
    };
    let mut drafts: Vec<_> = HOSTILE.map(draft).into();
    drafts.push(draft("x").with(|d| d.note, None));
    assert_eq!(Word::objects().copy_in(&db, drafts.clone()).await?, 7);
    let copies = Word::objects().all(&db).await?;
    let created = Word::objects().bulk_create(&db, drafts).await?;
    for (copy, created) in copies.iter().zip(created) {
        assert_eq!(Word { id: created.id, ..copy.clone() }, created);
    }
    let turned: Vec<Word> = copies
        .iter()
        .zip(copies.iter().rev())
        .map(|(row, from)| Word { id: row.id, ..from.clone() })
        .collect();
    let written = Word::objects().bulk_update(&db, &turned, |w| (w.word(), w.note(), w.list()));
    assert_eq!(written.await?, 7);
    assert_eq!(Word::objects().filter(|w| w.id().lte(7)).all(&db).await?, turned);
    Ok(())
}
