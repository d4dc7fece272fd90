//! The greatest and the least of types that the server orders and has no `MAX` of; what a draft
//! cannot read; keys to what is not unique.

use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_num_queries};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "extremes")]
pub struct Item {
    pub id: i64,
    pub kind: i32,
    pub key: Uuid,
    pub live: bool,
    pub blob: Vec<u8>,
    pub doc: Value,
    pub span: Range<i32>,
    pub spare: Option<Uuid>,
    pub marks: Vec<i32>,
}

type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

async fn items() -> Opened {
    Ok(database!("extremes": Item; rows))
}

async fn rows(db: &Database) -> Result<()> {
    for (n, kind, live) in [(2u8, 1, true), (1, 1, false), (3, 2, true)] {
        let draft = draft!(Item {
            kind: kind,
            key: Uuid::from_bytes([n; 16]),
            live: live,
            blob: vec![n],
            doc: json!({ "n": n }),
            span: Range::from(i32::from(n)..10),
            spare: (n == 1).then(|| Uuid::from_bytes([9; 16])),
            marks: vec![i32::from(n); usize::from(n)],
        });
        draft.save(db).await?;
    }
    Ok(())
}

#[tokio::test]
async fn every_type_that_is_ordered_has_extremes() -> Outcome {
    let db = items().await?;
    let uuid = |n: u8| Some(Uuid::from_bytes([n; 16]));
    let all = Item::objects;
    assert_eq!(all().aggregate(&db, |i| (i.key().min(), i.key().max())).await?, (uuid(1), uuid(3)));
    assert_eq!(
        all().aggregate(&db, |i| (i.live().min(), i.live().max())).await?,
        (Some(false), Some(true))
    );
    assert_eq!(
        all().aggregate(&db, |i| (i.blob().min(), i.blob().max())).await?,
        (Some(vec![1]), Some(vec![3]))
    );
    assert_eq!(
        all().aggregate(&db, |i| (i.doc().min(), i.doc().max())).await?,
        (Some(json!({ "n": 1 })), Some(json!({ "n": 3 })))
    );
    let spans = all().aggregate(&db, |i| (i.span().min(), i.span().max())).await?;
    assert_eq!(spans, (Some(Range::from(1..10)), Some(Range::from(3..10))));
    // NULLs are no values, and of no row there is none.
    assert_eq!(
        all().aggregate(&db, |i| (i.spare().min(), i.spare().max())).await?,
        (uuid(9), uuid(9))
    );
    let none = all().filter(|i| i.kind().gt(5));
    assert_eq!(none.aggregate(&db, |i| (i.key().max(), i.live().max())).await?, (None, None));
    assert_eq!(none.aggregate(&db, |i| i.key().max().default(Uuid::nil())).await?, Uuid::nil());
    // With all that aggregates have.
    let filtered =
        all().aggregate(&db, |i| i.key().max().filter(i.kind().eq(1)).default(Uuid::nil()));
    assert_eq!(Some(filtered.await?), uuid(2));
    let filtered =
        all().aggregate(&db, |i| i.key().max().default(Uuid::nil()).filter(i.kind().eq(7)));
    assert_eq!(filtered.await?, Uuid::nil());
    let groups = all().values(|i| i.kind()).annotate(|i| i.key().max()).order_by(|i| i.kind());
    assert_eq!(groups.all(&db).await?, [(1, uuid(2)), (2, uuid(3))]);
    let greatest = groups.filter(|i| i.key().max().eq(Uuid::from_bytes([3; 16])));
    assert_eq!(greatest.all(&db).await?, [(2, uuid(3))]);
    Ok(())
}

#[tokio::test]
async fn arrays_are_not_put_into_an_array() -> Outcome {
    let db = items().await?;
    let error = Item::objects().aggregate(&db, |i| i.marks().array_agg()).await;
    says(&error.expect_err("of different lengths"), &["`array_agg` of arrays", "`json_agg`"]);
    let marks = Item::objects().aggregate(&db, |i| i.marks().json_agg().order_by(i.id())).await?;
    assert_eq!(marks, Some(json!([[2, 2], [1], [3, 3, 3]])));
    Ok(())
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "extremes")]
pub struct Person {
    pub id: i64,
    pub name: String,
    pub age: i32,
    pub at: DateTime<Utc>,
}

#[tokio::test]
async fn a_draft_reads_no_columns() -> Outcome {
    let db = database!("extremes_drafts": Person);
    let p = Person::paths();
    let now = Utc::now();
    let in_place = &["in a draft", "`update`"];
    for draft in [
        draft!(Person { name: "a", age: p.age() + 1, at: now }),
        draft!(Person { name: p.name().upper(), age: 1, at: now }),
        draft!(Person { name: "a", age: coalesce((p.age().max(), 1)), at: now }),
    ] {
        let error =
            assert_num_queries!(&db, 0, draft.clone().save(&db).await.expect_err("a column"));
        says(&error, in_place);
        let many = Person::objects().bulk_create(&db, [draft]).await;
        says(&many.expect_err("a column"), in_place);
    }
    let of_person = draft!(Person { name: "a", age: p.age() + 1, at: now }).save(&db).await;
    says(&of_person.expect_err("a column"), &["`age` of `Person`", "the column `age`"]);
    Ok(())
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "extremes")]
pub struct Town {
    pub id: i64,
    pub name: String,
    #[field(unique)]
    pub code: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "extremes")]
pub struct Street {
    pub id: i64,
    #[field(to_field = name, on_delete = Cascade, related_name = "streets")]
    pub town: ForeignKey<Town, String>,
}

#[tokio::test]
async fn a_key_refers_to_what_is_unique() -> Outcome {
    let db = TestDatabase::empty().await?;
    let made = create_tables::<(Town, Street)>(&db);
    let error = assert_num_queries!(&db, 0, made.await.expect_err("`name` is not unique"));
    says(&error, &["`town` of `Street`", "`name` of `Town`", "not unique", "#[field(unique)]"]);
    Ok(())
}

#[tokio::test]
async fn casts_that_the_server_does_not_have_are_refused() -> Outcome {
    let db = items().await?;
    let none = "`cast` between two types of which PostgreSQL converts none";
    let all = Item::objects;
    for error in [
        all().values(|i| i.live().cast::<i64>()).all(&db).await.map(drop),
        all().values(|i| i.key().cast::<i32>()).all(&db).await.map(drop),
        all().values(|i| i.span().cast::<Range<i64>>()).all(&db).await.map(drop),
        all().values(|i| i.kind().cast::<Value>()).all(&db).await.map(drop),
        all().values(|i| i.marks().cast::<i32>()).all(&db).await.map(drop),
        all().filter(|i| i.marks().cast::<Vec<Uuid>>().eq(vec![])).all(&db).await.map(drop),
    ] {
        says(&error.expect_err("no conversion"), &[none, ".cast::<String>()"]);
    }
    let (yes, text, many) = all()
        .order_by(|i| i.id())
        .values(|i| {
            let text = i.key().cast::<String>();
            (i.live().cast::<i32>(), text.left(2), i.marks().cast::<Vec<i64>>())
        })
        .first(&db)
        .await?
        .expect("a row");
    assert_eq!((yes, text.as_str(), many), (1, "02", vec![2, 2]));
    Ok(())
}

#[tokio::test]
async fn a_cast_of_json_may_be_null() -> Outcome {
    let db = items().await?;
    let null = Item::objects().filter(|i| i.id().eq(1));
    null.update(&db, |i| i.doc().set(json!(null))).await?;
    let docs = Item::objects().order_by(|i| i.id());
    let texts: Vec<Option<String>> =
        docs.clone().values(|i| i.doc().cast::<String>()).all(&db).await?;
    assert_eq!(texts[0], None);
    assert_eq!(texts[1].as_deref(), Some("{\"n\": 1}"));
    let numbers: Vec<Option<i32>> =
        docs.values(|i| i.doc().key("n").cast::<i32>()).all(&db).await?;
    assert_eq!(numbers, [None, Some(1), Some(3)]);
    // What is no document stays as it is.
    let kinds: Vec<String> = Item::objects().values(|i| i.kind().cast::<String>()).all(&db).await?;
    assert_eq!(kinds.len(), 3);
    let none = Item::objects().exclude(|i| i.doc().cast::<String>().eq("x"));
    assert_eq!(none.count(&db).await?, 3);
    Ok(())
}
