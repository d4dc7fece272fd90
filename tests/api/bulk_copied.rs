//! Thousands of new rows, which go by COPY with keys drawn before where that changes nothing.

use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm_testkit::{QueryCounter, TestDatabase};

/// Every type whose values come back as they were sent.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "bulk_copied", ordering = [id])]
pub struct Line {
    pub id: i64,
    #[field(max_length = 40, unique)]
    pub name: String,
    #[field(db_index)]
    pub pages: Option<i32>,
    pub small: i16,
    pub score: Option<f64>,
    pub good: bool,
    pub at: DateTime<Utc>,
    pub day: Option<NaiveDate>,
    pub time: Option<NaiveTime>,
    pub local: Option<NaiveDateTime>,
    pub token: Option<Vec<u8>>,
    pub ident: Option<Uuid>,
    #[field(default = "en", db_index)]
    pub language: String,
    #[field(auto_now_add)]
    pub made: DateTime<Utc>,
}

/// What the database makes or changes.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "bulk_copied", ordering = [id])]
pub struct Price {
    pub id: i32,
    #[field(max_digits = 10, decimal_places = 2)]
    pub amount: Decimal,
}

/// A key that is smaller than those which a sequence gives.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "bulk_copied", ordering = [id])]
pub struct Mark {
    pub id: i32,
    pub name: String,
}

const MANY: usize = 5_000;

async fn lines() -> Result<TestDatabase, Box<dyn std::error::Error + Send + Sync>> {
    Ok(database!("api_bulk_copied": Line, Price, Mark))
}

fn drafts(n: usize) -> impl Iterator<Item = impl Complete<Model = Line>> {
    let moment = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::nanoseconds(1_234_567_890);
    (0..n).map(move |n| {
        let number = i32::try_from(n).unwrap_or_default();
        let odd = n % 2 == 1;
        draft!(Line {
            name: format!("line {n} ü"),
            pages: odd.then_some(number),
            small: i16::try_from(n % 30_000).unwrap_or_default(),
            score: odd.then_some(f64::from(number) / 3.0),
            good: odd,
            at: moment + TimeDelta::seconds(number.into()),
            day: odd.then_some(moment.date_naive()),
            time: odd.then_some(moment.time()),
            local: odd.then_some(moment.naive_utc()),
            token: odd.then(|| vec![0, 1, 255]),
            ident: odd.then(|| Uuid::from_u128(n as u128)),
        })
    })
}

fn copies(counter: &QueryCounter) -> usize {
    counter.statements().iter().filter(|sql| sql.starts_with("COPY")).count()
}

fn are_in_order(lines: &[Line]) -> bool {
    lines.iter().enumerate().all(|(n, line)| line.name == format!("line {n} ü"))
}

#[tokio::test]
async fn what_comes_back_is_what_is_there() -> Outcome {
    let db = lines().await?;
    let counter = QueryCounter::new(&db);
    let made = Line::objects().bulk_create(&db, drafts(MANY)).await?;
    assert_eq!(copies(&counter), 1);
    drop(counter);
    assert_eq!(made, Line::objects().all(&db).await?);
    assert!(are_in_order(&made) && made.is_sorted_by_key(|line| line.id));
    // The next key is another one.
    let next = Line::objects().create(&db, draft!(Line { name: "next", ..made[0] })).await?;
    assert_eq!(Some(next.id), made.last().map(|line| line.id + 1));
    Ok(())
}

#[tokio::test]
async fn within_a_transaction() -> Outcome {
    let db = lines().await?;
    // Nothing is copied there: a COPY that is refused could end it.
    let counter = QueryCounter::new(&db);
    let tx = db.begin().await?;
    let made = Line::objects().bulk_create(&tx, drafts(MANY)).await?;
    assert_eq!(made, Line::objects().all(&tx).await?);
    tx.rollback().await?;
    assert_eq!((copies(&counter), Line::objects().count(&db).await?), (0, 0));
    let tx = db.begin().await?;
    Line::objects().bulk_create(&tx, drafts(1)).await?;
    let within = tx.begin().await?;
    let made = Line::objects().bulk_create(&within, drafts(MANY)).await;
    let error = made.expect_err("a name twice");
    says(&error, &["name"]);
    within.rollback().await?;
    assert!(matches!(error, Error::Unique(_)), "{error:?}");
    // What was done before stays.
    tx.commit().await?;
    assert_eq!(Line::objects().count(&db).await?, 1);
    Ok(())
}

#[tokio::test]
async fn mistakes_are_said_as_ever() -> Outcome {
    let db = lines().await?;
    let late = draft!(Line {
        name: "a\0b",
        small: 1,
        good: true,
        at: DateTime::<Utc>::UNIX_EPOCH,
        pages: None,
    });
    let error = Line::objects().create(&db, late).await.expect_err("a zero byte");
    says(&error, &["`name` of `Line`"]);
    let twice = drafts(MANY).chain(drafts(1));
    let error = Line::objects().bulk_create(&db, twice).await.expect_err("a name twice");
    assert!(matches!(&error, Error::Unique(e) if e.model == Some("Line")), "{error:?}");
    assert_eq!(Line::objects().count(&db).await?, 0);
    // The first row of very many is refused while others are still sent.
    Line::objects().bulk_create(&db, drafts(1)).await?;
    let error = Line::objects().bulk_create(&db, drafts(60_000)).await.expect_err("it is there");
    assert!(matches!(&error, Error::Unique(e) if e.model == Some("Line")), "{error:?}");
    assert_eq!(Line::objects().count(&db).await?, 1);
    Ok(())
}

/// The last keys that are drawn do not fit into their column, when rows are on their way already.
#[tokio::test]
async fn keys_that_do_not_fit() -> Outcome {
    let db = lines().await?;
    db.batch_execute(
        "ALTER TABLE bulk_copied_mark ALTER id DROP IDENTITY;
         CREATE SEQUENCE marks OWNED BY bulk_copied_mark.id START 2147480000;
         ALTER TABLE bulk_copied_mark ALTER id SET DEFAULT nextval('marks')",
    )
    .await?;
    let marks = || (0..MANY).map(|n| draft!(Mark { name: format!("{n} {}", "x".repeat(60)) }));
    let counter = QueryCounter::new(&db);
    let error = Mark::objects().bulk_create(&db, marks()).await.expect_err("too large");
    assert_eq!(copies(&counter), 1);
    drop(counter);
    assert!(matches!(&error, Error::Database(e) if e.code == "22003"), "{error:?}");
    assert_eq!(Mark::objects().count(&db).await?, 0);
    db.batch_execute("ALTER SEQUENCE marks RESTART WITH 2147470000").await?;
    let made = Mark::objects().bulk_create(&db, marks()).await?;
    assert_eq!((made.len(), made[0].id), (MANY, 2_147_470_000));
    assert_eq!(made, Mark::objects().all(&db).await?);
    Ok(())
}

/// More rows than one statement takes: what is refused stands in the second one.
#[tokio::test]
async fn a_value_that_is_too_large_names_its_field_in_a_later_statement() -> Outcome {
    let db = lines().await?;
    let prices = |large: usize| {
        (0..20_000).map(move |n| {
            let cents = if n == large { 123_456_789_012 } else { 100 };
            draft!(Price { amount: Decimal::new(cents, 2) })
        })
    };
    for large in [3, 17_000] {
        let error = Price::objects().bulk_create(&db, prices(large)).await.expect_err("too large");
        assert!(matches!(&error, Error::Database(e) if e.code == "22003"), "{error:?}");
        says(&error, &["`amount` of `Price`"]);
        assert_eq!(Price::objects().count(&db).await?, 0);
    }
    let counter = QueryCounter::new(&db);
    let made = Price::objects().bulk_create(&db, prices(usize::MAX)).await?;
    assert_eq!(made.len(), 20_000);
    let inserts = counter.statements().iter().filter(|sql| sql.starts_with("INSERT")).count();
    assert_eq!((inserts, copies(&counter)), (2, 0));
    Ok(())
}

/// Each makes a table one into which nothing is copied, or one with other keys.
#[tokio::test]
async fn tables_that_are_otherwise() -> Outcome {
    let changes = "CREATE FUNCTION louder() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.language := 'xx'; RETURN NEW; END $$;
        CREATE TRIGGER louder BEFORE INSERT ON bulk_copied_line
        FOR EACH ROW EXECUTE FUNCTION louder();";
    let tables = [
        (0, changes),
        (0, "ALTER TABLE bulk_copied_line ALTER made TYPE timestamptz(0)"),
        (0, "ALTER TABLE bulk_copied_line ALTER language TYPE char(10)"),
        (0, "CREATE RULE nothing AS ON UPDATE TO bulk_copied_line DO ALSO NOTHING"),
        (
            0,
            "ALTER TABLE bulk_copied_line ALTER id DROP IDENTITY;
             CREATE SEQUENCE others;
             ALTER TABLE bulk_copied_line ALTER id SET DEFAULT nextval('others')",
        ),
        (1, "ALTER TABLE bulk_copied_line ALTER id SET GENERATED ALWAYS"),
        (1, "ALTER TABLE bulk_copied_line ALTER id SET INCREMENT 10 SET CACHE 7"),
        (1, "ALTER TABLE bulk_copied_line ALTER id SET INCREMENT -1 SET MINVALUE -9999999"),
    ];
    for (copied, change) in tables {
        let db = lines().await?;
        db.batch_execute(change).await?;
        let counter = QueryCounter::new(&db);
        let made = Line::objects().bulk_create(&db, drafts(MANY)).await.expect(change);
        assert_eq!(copies(&counter), copied, "{change}");
        drop(counter);
        assert!(are_in_order(&made), "{change}");
        let read = "SELECT id::bigint FROM bulk_copied_line ORDER BY small";
        let keys = db.query_as::<(i64,)>(read, params![]).await?;
        assert!(made.iter().map(|line| line.id).eq(keys.into_iter().map(|(id,)| id)), "{change}");
        let mut made = made;
        made.sort_by_key(|line| line.id);
        assert_eq!(made, Line::objects().all(&db).await?, "{change}");
    }
    Ok(())
}

#[tokio::test]
async fn what_the_database_makes_is_not_copied() -> Outcome {
    let db = lines().await?;
    let counter = QueryCounter::new(&db);
    let prices = (0..MANY).map(|_| draft!(Price { amount: Decimal::ONE }));
    let made = Price::objects().bulk_create(&db, prices).await?;
    let ignored = Line::objects().bulk_create(&db, drafts(MANY)).on_conflict_ignore().await?;
    assert_eq!((copies(&counter), ignored.len()), (0, MANY));
    drop(counter);
    assert_eq!(made, Price::objects().all(&db).await?);
    assert_eq!(made[0].amount.to_string(), "1.00");
    Ok(())
}

/// Policies let nobody copy, and let rows through that they allow.
#[tokio::test]
async fn policies() -> Outcome {
    let db = lines().await?;
    let role = format!("copier_{}", db.name());
    db.batch_execute(&format!(
        "CREATE ROLE {role};
         GRANT ALL ON ALL TABLES IN SCHEMA public TO {role};
         GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role};
         ALTER TABLE bulk_copied_line ENABLE ROW LEVEL SECURITY;
         CREATE POLICY those ON bulk_copied_line USING (language = 'en')"
    ))
    .await?;
    let tx = db.begin().await?;
    tx.execute(&format!("SET LOCAL ROLE {role}"), params![]).await?;
    let counter = QueryCounter::new(&db);
    let made = Line::objects().bulk_create(&tx, drafts(MANY)).await?;
    assert_eq!((copies(&counter), made.len()), (0, MANY));
    tx.rollback().await?;
    db.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await?;
    Ok(())
}
