//! Models that extend one whose rows belong to tenants: what a tenant sees is what is there where nobody else
//! has rows.

use super::tenants_of_extended::{ACME, Board, Entry, Pin, Poll, Topic, ZOO, statements, wiki};
use crate::support::{Outcome, says};
use orm::prelude::*;
use orm_testkit::QueryCounter;

/// What many queries find, as text.
async fn seen(db: &impl Executor) -> Result<Vec<(&'static str, String)>> {
    let mut all = Vec::new();
    macro_rules! seen {
        ($($name:literal: $query:expr;)*) => {$(
            all.push(($name, format!("{:?}", $query.await?)));
        )*};
    }
    let boards = Board::objects;
    let counted = || boards().annotate(|b| (b.topics().count(), b.topics().pins().count()));
    let best = || {
        Topic::objects()
            .filter(|t| t.board().eq(outer_ref(Board::paths().id())))
            .order_by(|t| t.views().desc())
            .values(|t| t.title())
            .limit(1)
    };
    let above = || Entry::objects().filter(|e| e.topic().poll().answers().gte(0));
    seen! {
        "two aggregates": counted().all(db);
        "over the other table": boards().annotate(|b| b.topics().text().max()).all(db);
        "conditions of an aggregate": boards()
            .annotate(|b| b.topics().count().filter(b.topics().votes().gt(5)))
            .all(db);
        "having": boards().filter(|b| b.topics().count().gt(4)).all(db);
        "groups": Topic::objects().values(|t| (t.text(), t.pk().count())).all(db);
        "groups of two levels": Poll::objects().values(|p| (p.votes(), p.answers().sum())).all(db);
        "a total of a total": counted().aggregate(db, |b| b.topics().votes().sum());
        "distinct": Topic::objects().unordered().values(|t| t.votes()).distinct().all(db);
        "a negated relation": boards().exclude(|b| b.topics().poll().votes().gt(0)).all(db);
        "two negations": boards()
            .exclude(|b| b.topics().title().startswith("zoo") & b.topics().votes().eq(20))
            .all(db);
        "a subquery": boards().values(|_| subquery(best())).all(db);
        "rows behind a path": boards().filter(|b| exists(b.topics().objects())).all(db);
        "rows behind a path of two": boards()
            .filter(|b| exists(b.topics().poll().objects().filter(|p| p.title().contains("zoo"))))
            .all(db);
        "a window": Topic::objects()
            .values(|t| (t.title(), row_number().over(window().order_by(t.title().desc()))))
            .all(db);
        "union": Topic::objects().values(|t| t.title()).union(Poll::objects().values(|p| p.title()))
            .order_by(|title| title.asc())
            .all(db);
        "nested": Topic::objects().limit(3).nested().filter(|t| t.votes().gte(0)).all(db);
        "with": Topic::objects().cte("some").objects().filter(|t| t.votes().gte(0)).all(db);
        "beside": boards().join(Topic::objects(), |b, t| t.board().eq(b.id())).all(db);
        "beside, or not": boards()
            .left_join(Topic::objects().filter(|t| t.title().contains("zoo")), |b, t| {
                t.board().eq(b.id())
            })
            .all(db);
        "prefetched twice": boards().prefetch_related(|b| b.topics().objects().prefetch_related(|t| t.pins())).all(db);
        "from above": above().all(db);
        "from above, not": Entry::objects().exclude(|e| e.topic().poll().answers().gte(0)).all(db);
        "latest": Topic::objects().latest_by(db, |t| t.views());
        "last": Topic::objects().last(db);
        "page": Topic::objects().paginate(3).page(db, 2);
        "pins of seen polls": Pin::objects().filter(|p| p.poll().title().contains(" ")).all(db);
        "copied out": async {
            let mut csv = Vec::new();
            Topic::objects().values(|t| (t.title(), t.text())).copy_out(db, &mut csv).await?;
            Ok::<_, Error>(String::from_utf8_lossy(&csv).into_owned())
        };
    }
    Ok(all)
}

#[tokio::test]
async fn what_is_seen_is_what_is_there_without_the_others() -> Outcome {
    let db = wiki().await?;
    let acme = db.for_tenant(ACME);
    let beside_others = seen(&acme).await?;
    let everybody = seen(&db.all_tenants()).await?;
    Entry::objects().filter(|e| e.org().eq(ZOO)).delete(&db.all_tenants()).await?;
    let alone = seen(&acme).await?;
    let of_all = seen(&db.all_tenants()).await?;
    for (((name, beside), (_, alone)), (_, of_all)) in
        beside_others.iter().zip(&alone).zip(&of_all)
    {
        assert_eq!(beside, alone, "{name}");
        assert_eq!(beside, of_all, "{name}");
        assert!(!beside.contains("zoo"), "{name}: {beside}");
    }
    let differ = everybody.iter().zip(&alone).filter(|(all, own)| all != own).count();
    assert!(differ > 15, "the others would be seen: {differ}");
    Ok(())
}

#[tokio::test]
async fn statements_of_with_change_the_rows_of_the_tenant() -> Outcome {
    let db = wiki().await?;
    let acme = db.for_tenant(ACME);
    let count = QueryCounter::new(&db);
    let changed = Topic::objects().updating("changed", |t| t.votes().set(50));
    let rows = changed.objects().all(&acme).await?;
    assert_eq!(statements(&count).len(), 1);
    assert!(rows.len() == 4 && rows.iter().all(|t| t.org.pk() == ACME), "{rows:?}");
    let all = db.all_tenants();
    assert_eq!(Topic::objects().filter(|t| t.votes().eq(50)).count(&all).await?, 4);
    let unsaid = Topic::objects().updating("changed", |t| t.votes().set(1)).objects().all(&*db).await;
    says(&unsaid.unwrap_err(), &["`Topic`", "`org`"]);
    Ok(())
}

#[tokio::test]
async fn related_sets_are_of_the_tenant() -> Outcome {
    let db = wiki().await?;
    let (acme, zoo) = (db.for_tenant(ACME), db.for_tenant(ZOO));
    let board = Board::objects().get(&*db).await?;
    let made = board
        .topics()
        .create(&acme, draft!(Topic { text: "acme", title: "acme made" }))
        .await?;
    assert_eq!(made.org.pk(), ACME);
    assert_eq!((board.topics().count(&acme).await?, board.topics().count(&zoo).await?), (5, 4));
    assert_eq!(board.topics().update(&acme, |t| t.votes().set(1)).await?, 5);
    assert_eq!(Topic::objects().filter(|t| t.votes().eq(1)).count(&zoo).await?, 0);
    let other = draft!(Board { name: "other" }).save(&*db).await?;
    // A row of another tenant is not added: it is not found.
    let theirs = Topic::objects().first(&zoo).await?.ok_or("a topic")?;
    let added = other.topics().add(&acme, [theirs.pk()]).await;
    assert_eq!(other.topics().count(&db.all_tenants()).await?, 0, "{added:?}");
    other.topics().add(&acme, [&made]).await?;
    assert_eq!(other.topics().count(&acme).await?, 1);
    assert_eq!(board.topics().delete(&acme).await?.of::<Topic>(), 4);
    assert_eq!(Topic::objects().count(&zoo).await?, 4);
    // The row of the other half by the key, and changed ones.
    let topic = Topic::objects().first(&zoo).await?.ok_or("a topic")?;
    let mut tracked = orm::Tracked::new(topic);
    tracked.votes += 1;
    tracked.entry.text = "zoo!".into();
    tracked.save(&zoo).await?;
    assert!(tracked.refresh(&acme).await.is_err());
    Ok(())
}
