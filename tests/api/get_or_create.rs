//! Rows that are there or come to be: `get_or_create` and `update_or_create`, also by many at once.

use crate::support::{Outcome, database, in_order, says};
use orm::IsolationLevel::RepeatableRead;
use orm::prelude::*;
use orm_testkit::{QueryCounter, TestDatabase, assert_num_queries, assert_rows};
use std::sync::Arc;
use tokio::sync::Barrier;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "obtain", ordering = [id])]
pub struct Shelf {
    pub id: i64,
    #[field(unique)]
    pub name: String,
    #[field(related_name = "shelves")]
    pub tags: ManyToMany<Tag>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "obtain", ordering = [id])]
pub struct Tag {
    pub id: i64,
    #[field(unique)]
    pub name: Option<String>,
    #[field(default = 0)]
    pub uses: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "obtain", ordering = [id], unique(fields = [shelf, title], name = "item_uniq"))]
pub struct Item {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "items")]
    pub shelf: ForeignKey<Shelf>,
    pub title: String,
    #[field(default = 1)]
    pub copies: i32,
    #[field(db_default = "new")]
    pub state: String,
    pub note: Option<String>,
    #[field(unique, default = Uuid::new_v4)]
    pub code: Uuid,
    #[field(auto_now)]
    pub changed: DateTime<Utc>,
    #[field(auto_now_add)]
    pub created: DateTime<Utc>,
    #[field(version)]
    pub saves: i32,
}

async fn shelves() -> Result<(TestDatabase, Shelf), Box<dyn std::error::Error + Send + Sync>> {
    let db = database!("api_obtain": Tag, Shelf, Item);
    let shelf = draft!(Shelf { name: "first" }).save(&db).await?;
    Ok((db, shelf))
}

#[tokio::test]
async fn got_or_created() -> Outcome {
    let (db, shelf) = shelves().await?;
    let draft = || draft!(Item { shelf: &shelf, title: "a", copies: 3 });
    let by = |i: &orm::Fields<Item>| (i.shelf(), i.title());
    let counter = QueryCounter::new(&db);
    let (first, created) = Item::objects().get_or_create(&db, by, draft()).await?;
    let statements = counter.statements();
    drop(counter);
    assert_eq!((statements.len(), created), (2, true));
    in_order(&statements[0], &["SELECT", "WHERE", "\"shelf_id\" =", "\"title\" =", "LIMIT"]);
    in_order(&statements[1], &["INSERT", "ON CONFLICT (\"shelf_id\", \"title\") DO NOTHING"]);
    // What is there is found by one statement, and stays as it is.
    let again = draft().with(|d| d.copies, 99).with(|d| d.note, "other");
    let again = assert_num_queries!(db, 1, Item::objects().get_or_create(&db, by, again).await?);
    assert_eq!(again, (first.clone(), false));
    assert_eq!((first.copies, first.state.as_str()), (3, "new"));
    // By a condition.
    let like = Item::objects().get_or_create(&db, |i| i.title().iexact("A"), draft()).await?;
    assert_eq!(like, (first.clone(), false));
    let like =
        Item::objects().get_or_create(&db, |i| i.title().eq("b"), draft().with(|d| d.title, "b"));
    let (second, created) = assert_num_queries!(db, 2, like.await?);
    assert!(created && second.title == "b");
    let both = |i: &orm::Fields<Item>| i.shelf().eq(&shelf);
    let error = Item::objects().get_or_create(&db, both, draft()).await.expect_err("there are two");
    assert!(matches!(error, Error::MultipleObjectsReturned { model: "Item" }), "{error:?}");
    // By a draft whose fields are named at run time.
    let dynamic = Item::dyn_draft().set("shelf", shelf.id).set("title", "a");
    assert_eq!(Item::objects().get_or_create(&db, by, dynamic).await?, (first, false));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_told_apart() -> Outcome {
    let (db, shelf) = shelves().await?;
    let draft = || draft!(Item { shelf: &shelf, title: "a" });
    // NULL is found, though no constraint keeps a second one away.
    let null = || draft!(Tag { uses: 1 });
    let (tag, created) = Tag::objects().get_or_create(&db, |t| t.name(), null()).await?;
    assert!(created);
    assert_eq!(Tag::objects().get_or_create(&db, |t| t.name(), null()).await?, (tag, false));
    // An expression is compared as such.
    let lower = || draft!(Tag { name: value::<Tag, _>("POETRY").lower() });
    let (tag, created) = Tag::objects().get_or_create(&db, |t| t.name(), lower()).await?;
    assert!(created && tag.name.as_deref() == Some("poetry"));
    assert_eq!(Tag::objects().get_or_create(&db, |t| t.name(), lower()).await?, (tag, false));
    // No unique constraint is over these.
    for error in [
        Item::objects().get_or_create(&db, |i| i.title(), draft()).await.err(),
        Item::objects().update_or_create(&db, |i| (i.title(), i.note()), draft()).await.err(),
    ] {
        let error = error.expect("no constraint");
        assert!(matches!(error, Error::Usage(_)), "{error:?}");
        says(&error, &["no unique constraint", "`Item`", "`title`", "unique("]);
    }
    let state = Item::objects().get_or_create(&db, |i| i.state(), draft()).await;
    says(&state.expect_err("the database makes the value"), &["`state` of `Item`"]);
    assert_eq!(Item::objects().count(&db).await?, 0);
    // Another constraint is violated: it says so, and nobody waits forever.
    let code = Uuid::from_u128(1);
    draft().with(|d| d.code, code).save(&db).await?;
    let by = |i: &orm::Fields<Item>| (i.shelf(), i.title());
    let other = draft().with(|d| d.title, "b").with(|d| d.code, code);
    for error in [
        Item::objects().get_or_create(&db, by, other.clone()).await.err(),
        Item::objects().get_or_create(&db, |i| i.title().eq("b"), other.clone()).await.err(),
        Item::objects().update_or_create(&db, by, other.clone()).await.err(),
        Item::objects().update_or_create(&db, |i| i.title().eq("b"), other).await.err(),
    ] {
        let error = error.expect("the code is there");
        assert!(matches!(&error, Error::Unique(e) if e.model == Some("Item")), "{error:?}");
        assert!(error.constraint().is_some_and(|name| name.starts_with("obtain_item_code")));
    }
    // So does a row that the query set leaves out.
    let some = Item::objects().filter(|i| i.copies().gt(5));
    let error = some.get_or_create(&db, by, draft()).await.expect_err("it is there, but not here");
    assert_eq!(error.constraint(), Some("item_uniq"));
    assert_eq!(Item::objects().count(&db).await?, 1);
    Ok(())
}

#[tokio::test]
async fn updated_or_created() -> Outcome {
    let (db, shelf) = shelves().await?;
    let by = |i: &orm::Fields<Item>| (i.shelf(), i.title());
    let draft = || draft!(Item { shelf: &shelf, title: "a", copies: 3, note: "x" });
    let counter = QueryCounter::new(&db);
    let (first, created) = Item::objects().update_or_create(&db, by, draft()).await?;
    assert!(created);
    in_order(&counter.statements()[0], &["INSERT", "ON CONFLICT (\"shelf_id\", \"title\")", "SET"]);
    drop(counter);
    // What the draft gives is written, what it leaves out stays; the row was saved once more.
    first.clone().update(&db, |i| i.state().set("used")).await?;
    let less = draft!(Item { shelf: &shelf, title: "a", copies: 4 });
    let less = Item::objects().update_or_create(&db, by, less);
    let (second, created) = assert_num_queries!(db, 1, less.await?);
    assert_eq!((second.id, created, second.copies), (first.id, false, 4));
    assert_eq!((second.note.as_deref(), second.state.as_str()), (Some("x"), "used"));
    assert!(second.changed > first.changed && second.created == first.created);
    assert_eq!((first.saves, second.saves, second.code), (1, 3, first.code));
    // Something else is assigned.
    let more = Item::objects().update_or_create(&db, by, draft());
    let more = more.updating(|i| (i.copies().set(i.copies() * 2), i.note().set(None)));
    let (third, created) = assert_num_queries!(db, 1, more.await?);
    assert_eq!((third.copies, third.note, created), (8, None, false));
    // Nothing but what it is found by: the row comes back.
    let bare = draft!(Tag { name: "t" });
    let (tag, created) = Tag::objects().update_or_create(&db, |t| t.name(), bare.clone()).await?;
    assert!(created);
    assert_eq!(Tag::objects().update_or_create(&db, |t| t.name(), bare).await?, (tag, false));

    // By a condition, and on some of the rows, it is looked for.
    let counter = QueryCounter::new(&db);
    let like = Item::objects().update_or_create(&db, |i| i.title().iexact("A"), draft());
    let (fourth, created) = like.updating(|i| i.copies().set(i.copies() + 1)).await?;
    assert_eq!((fourth.copies, created, fourth.saves), (9, false, 5));
    in_order(&counter.statements().join("\n"), &["BEGIN", "FOR NO KEY UPDATE", "UPDATE", "COMMIT"]);
    let some = Item::objects().filter(|i| i.shelf().name().eq("first"));
    let (fifth, created) = some.update_or_create(&db, by, draft()).await?;
    assert_eq!((fifth.copies, fifth.note.as_deref(), created), (3, Some("x"), false));
    let (sixth, created) = some.update_or_create(&db, by, draft().with(|d| d.title, "b")).await?;
    assert!(created && sixth.title == "b");
    assert_eq!(Item::objects().count(&db).await?, 2);
    Ok(())
}

#[tokio::test]
async fn in_related_sets() -> Outcome {
    let (db, shelf) = shelves().await?;
    let other = draft!(Shelf { name: "other" }).save(&db).await?;
    // Over a key: it comes from the relation, and need not be named.
    let by = |i: &orm::Fields<Item>| (i.shelf(), i.title());
    let draft = || draft!(Item { title: "a" });
    let got = shelf.items().get_or_create(&db, by, draft());
    let (item, created) = assert_num_queries!(db, 2, got.await?);
    assert_eq!((item.shelf.pk(), created), (shelf.id, true));
    assert_eq!(shelf.items().get_or_create(&db, by, draft()).await?, (item.clone(), false));
    let theirs = other.items().get_or_create(&db, by, draft()).await?;
    assert_eq!((theirs.0.shelf.pk(), theirs.1), (other.id, true));
    let like = shelf.items().get_or_create(&db, |i| i.title().iexact("A"), draft()).await?;
    assert_eq!(like, (item.clone(), false));
    let more = shelf.items().update_or_create(&db, by, draft().with(|d| d.copies, 5)).await?;
    assert_eq!((more.0.id, more.0.copies, more.1), (item.id, 5, false));
    let new = other
        .items()
        .update_or_create(&db, by, draft().with(|d| d.title, "b").with(|d| d.copies, 6))
        .await?;
    assert_eq!((new.0.shelf.pk(), new.0.copies, new.1), (other.id, 6, true));
    assert_eq!(Item::objects().count(&db).await?, 3);

    // Over a table between: what is created is added, and both are there or none.
    let tag = || draft!(Tag { name: "sea" });
    let counter = QueryCounter::new(&db);
    let (sea, created) = shelf.tags().get_or_create(&db, |t| t.name(), tag()).await?;
    assert!(created);
    let parts = ["SELECT", "BEGIN", "INSERT", "INSERT", "COMMIT"];
    in_order(&counter.statements().join("\n"), &parts);
    drop(counter);
    assert_rows!(shelf.tags().all(&db).await?, [sea.clone()]);
    let again = shelf.tags().get_or_create(&db, |t| t.name(), tag());
    assert_eq!(assert_num_queries!(db, 1, again.await?), (sea.clone(), false));
    // It is there, but not in this set: as in Django, the constraint refuses a second one.
    let error =
        other.tags().get_or_create(&db, |t| t.name(), tag()).await.expect_err("it is there");
    assert!(error.constraint().is_some_and(|name| name.starts_with("obtain_tag_name")));
    let used = shelf.tags().update_or_create(&db, |t| t.name(), tag());
    let used = used.updating(|t| t.uses().set(t.uses() + 1)).await?;
    assert_eq!((used.0.id, used.0.uses, used.1), (sea.id, 1, false));
    let new =
        other.tags().update_or_create(&db, |t| t.name(), tag().with(|d| d.name, "lake")).await?;
    assert!(new.1);
    assert_rows!(other.tags().all(&db).await?, [new.0]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once() -> Outcome {
    let (db, shelf) = shelves().await?;
    let by = |i: &orm::Fields<Item>| (i.shelf(), i.title());
    let mut tasks = Vec::new();
    for _ in 0..32 {
        let (db, shelf) = ((*db).clone(), shelf.id);
        tasks.push(tokio::spawn(async move {
            let draft = draft!(Item { shelf, title: "one" });
            let got = Item::objects().get_or_create(&db, by, draft).await?;
            let draft = draft!(Item { shelf, title: "two" });
            let updated = Item::objects().update_or_create(&db, by, draft);
            let updated = updated.updating(|i| i.copies().set(i.copies() + 1)).await?;
            let draft = draft!(Item { shelf, title: "three" });
            let some = Item::objects().filter(|i| i.copies().gt(0));
            let found = some.update_or_create(&db, by, draft);
            let found = found.updating(|i| i.copies().set(i.copies() + 1)).await?;
            Ok::<_, Error>((got, updated, found))
        }));
    }
    let (mut one, mut two, mut three) = (0, 0, 0);
    for task in tasks {
        let (got, updated, found) = task.await??;
        (one, two, three) =
            (one + usize::from(got.1), two + usize::from(updated.1), three + usize::from(found.1));
    }
    assert_eq!((one, two, three), (1, 1, 1));
    let copies = Item::objects().order_by(|i| i.id()).values(|i| i.copies()).all(&db).await?;
    // No update was lost.
    assert_rows!(copies, [1, 32, 32]);
    Ok(())
}

/// Two connections that meet before each round.
async fn race<T, F>(
    db: &Database,
    rounds: usize,
    run: impl Fn(Database, usize) -> F,
) -> Result<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let mut results = Vec::new();
    for round in 0..rounds {
        let barrier = Arc::new(Barrier::new(2));
        let pair = [0, 1].map(|_| {
            let (run, barrier) = (run(db.clone(), round), barrier.clone());
            tokio::spawn(async move {
                barrier.wait().await;
                run.await
            })
        });
        for task in pair {
            results.push(task.await.map_err(Error::other)??);
        }
    }
    Ok(results)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_that_race() -> Outcome {
    let (db, shelf) = shelves().await?;
    let by = |i: &orm::Fields<Item>| (i.shelf(), i.title());
    let shelf = shelf.id;
    let got = race(&db, 150, move |db, round| async move {
        let draft = draft!(Item { shelf, title: round.to_string() });
        Item::objects().get_or_create(&db, by, draft).await
    });
    let got = got.await?;
    for pair in got.as_chunks::<2>().0 {
        let [(first, a), (second, b)] = pair;
        assert!(a ^ b && first.id == second.id, "{pair:?}");
    }
    assert_eq!(Item::objects().count(&db).await?, 150);
    // By a condition it is the constraint that keeps the second one away.
    let got = race(&db, 60, move |db, round| async move {
        let draft = draft!(Tag { name: round.to_string() });
        let name = round.to_string();
        Tag::objects().get_or_create(&db, move |t| t.name().eq(name), draft).await
    });
    assert_eq!(got.await?.iter().filter(|(_, created)| *created).count(), 60);
    assert_eq!(Tag::objects().count(&db).await?, 60);
    // Somebody deletes it all the time: there is a row for each, and no error.
    let got = race(&db, 100, move |db, round| async move {
        let draft = draft!(Item { shelf, title: "gone" });
        let got = Item::objects().get_or_create(&db, by, draft).await?.0;
        if round % 2 == 0 {
            Item::objects().filter(|i| i.title().eq("gone")).delete(&db).await?;
        }
        Ok(got.title)
    });
    assert!(got.await?.iter().all(|title| title == "gone"));
    Ok(())
}

#[tokio::test]
async fn under_repeatable_read() -> Outcome {
    let (db, shelf) = shelves().await?;
    let by = |i: &orm::Fields<Item>| (i.shelf(), i.title());
    let draft = || draft!(Item { shelf: &shelf, title: "theirs" });
    for way in 0..4 {
        let tx = db.begin().isolation(RepeatableRead).await?;
        // From here on it sees nothing new.
        assert_eq!(Item::objects().count(&tx).await?, 0);
        let theirs = draft().save(&db).await?;
        let some = Item::objects().filter(|i| i.copies().gt(0));
        let error = match way {
            0 => Item::objects().get_or_create(&tx, by, draft()).await.err(),
            1 => {
                Item::objects().get_or_create(&tx, |i| i.title().eq("theirs"), draft()).await.err()
            }
            2 => Item::objects().update_or_create(&tx, by, draft()).await.err(),
            _ => some.update_or_create(&tx, by, draft()).await.err(),
        };
        let error = error.expect("it cannot see the row that is there");
        assert!(matches!(error, Error::Serialization(_)) && error.is_retryable(), "{error:?}");
        tx.rollback().await?;
        // The same again sees it.
        let tx = db.begin().isolation(RepeatableRead).await?;
        assert_eq!(Item::objects().get_or_create(&tx, by, draft()).await?, (theirs.clone(), false));
        tx.commit().await?;
        theirs.delete(&db).await?;
    }
    Ok(())
}
