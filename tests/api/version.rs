//! Rows that count their saves, so that nobody overwrites what he has not seen.

use crate::support::{Outcome, database, in_order, says};
use orm::prelude::*;
use orm_testkit::{QueryCounter, TestDatabase, assert_num_queries};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "version")]
pub struct Page {
    pub id: i64,
    pub text: String,
    #[field(version)]
    pub version: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "version")]
pub struct Small {
    pub id: i64,
    #[field(version, default = i16::MAX)]
    pub saves: i16,
}

async fn pages() -> Result<(TestDatabase, Page), Box<dyn std::error::Error + Send + Sync>> {
    let db = database!("api_version": Page, Small);
    let page = draft!(Page { text: "first" }).save(&db).await?;
    Ok((db, page))
}

#[track_caller]
fn is_stale<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.expect_err("somebody else has saved the row");
    assert!(matches!(error, Error::Stale { model: "Page" }), "{error:?}");
    says(&error, &["`Page`", "refresh"]);
}

#[tokio::test]
async fn every_save_counts() -> Outcome {
    let (db, mut page) = pages().await?;
    assert_eq!(page.version, 1);
    page.text = "second".to_owned();
    let seen = QueryCounter::new(&db);
    page.save(&db).await?;
    let [statement] = seen.statements().try_into().expect("one statement");
    in_order(&statement, &["\"version\" = $2", "WHERE", "\"id\" = $3", "\"version\" = $4"]);
    assert_eq!(page.version, 2);
    page.save_fields(&db, |p| p.text()).await?;
    page.update(&db, |p| p.text().set("third")).await?;
    assert_eq!((page.version, page.text.as_str()), (4, "third"));
    assert!(!page.save_or_insert(&db).await?);
    assert_eq!(Page::objects().get(&db).await?, page);
    assert_eq!(page.version, 5);
    // A copy begins anew.
    let copy = draft!(Page { ..page.clone() }).save(&db).await?;
    assert_eq!((copy.version, copy.text.as_str()), (1, "third"));
    // After the greatest number it begins again.
    let mut small = draft!(Small {}).save(&db).await?;
    small.save(&db).await?;
    assert_eq!(small.saves, 1);
    Ok(())
}

#[tokio::test]
async fn an_older_row_is_refused() -> Outcome {
    let (db, mut page) = pages().await?;
    let old = page.clone();
    page.text = "theirs".to_owned();
    page.save(&db).await?;
    let mut mine = old.clone();
    mine.text = "mine".to_owned();
    let tried = mine.clone();
    // One further statement tells it from a row that is gone.
    assert_num_queries!(db, 2, is_stale(mine.save(&db).await));
    is_stale(mine.save_fields(&db, |p| p.text()).await);
    is_stale(mine.update(&db, |p| p.text().set("mine")).await);
    is_stale(mine.save_or_insert(&db).await);
    is_stale(mine.clone().delete(&db).await);
    assert_eq!(mine, tried, "what was refused changes nothing");
    assert_eq!(Page::objects().get(&db).await?, page);
    // Read again, it can be saved.
    mine.refresh(&db).await?;
    mine.text = "mine".to_owned();
    mine.save(&db).await?;
    assert_eq!(mine.version, 3);
    // Gone is not stale.
    let mut gone = mine.clone();
    mine.delete(&db).await?;
    let error = gone.save(&db).await.expect_err("the row is gone");
    assert!(matches!(error, Error::DoesNotExist { model: "Page" }), "{error:?}");
    assert_eq!(gone.delete(&db).await?.total, 0);
    // It can be put back, as it was.
    let mut back = old;
    assert!(back.save_or_insert(&db).await?);
    assert_eq!((back.version, back.text.as_str()), (1, "first"));
    Ok(())
}

#[tokio::test]
async fn of_many_at_once_one_is_saved() -> Outcome {
    let (db, page) = pages().await?;
    let mut tasks = Vec::new();
    for n in 0..8 {
        let (db, mut page) = ((*db).clone(), page.clone());
        page.text = format!("of task {n}");
        tasks.push(tokio::spawn(async move { (page.save(&db).await, page) }));
    }
    let mut saved = Vec::new();
    for task in tasks {
        match task.await? {
            (Ok(()), page) => saved.push(page),
            (result, _) => is_stale(result),
        }
    }
    assert_eq!(saved, [Page::objects().get(&db).await?]);
    assert_eq!(saved[0].version, 2);
    Ok(())
}

#[tokio::test]
async fn query_sets_neither_count_nor_look() -> Outcome {
    let (db, mut page) = pages().await?;
    Page::objects().update(&db, |p| p.text().set("theirs")).await?;
    page.save(&db).await?;
    // Unless they say so.
    Page::objects().update(&db, |p| p.version().set(p.version() + 1)).await?;
    is_stale(page.save(&db).await);
    Ok(())
}
