//! Rows of models that extend one whose rows belong to tenants are written: those of the tenant only, in all
//! tables.

use super::tenants_of_extended::{
    ACME, Board, Entry, Org, Pin, Poll, Secret, Topic, ZOO, rows_of, statements, wiki,
};
use crate::support::{Outcome, database, in_order, says};
use orm::prelude::*;
use orm_testkit::{QueryCounter, TestDatabase};

const OTHER: [&str; 2] = ["another tenant", "`org`"];

/// A topic of another tenant that says to be one of this.
async fn disguised(db: &TestDatabase) -> Result<Topic> {
    let zoo = db.for_tenant(ZOO);
    let mut topic = Topic::objects().filter(|t| t.title().eq("zoo 1")).get(&zoo).await?;
    topic.entry.org = ForeignKey::new(ACME);
    topic.votes = 77;
    topic.entry.text = "taken".into();
    Ok(topic)
}

#[tokio::test]
async fn drafts_are_given_the_tenant_in_the_other_table() -> Outcome {
    let db = wiki().await?;
    let (acme, zoo) = (db.for_tenant(ACME), db.for_tenant(ZOO));
    let count = QueryCounter::new(&db);
    let topic = draft!(Topic { text: "x", title: "new", board: 1 }).save(&acme).await?;
    let poll = draft!(Poll { text: "x", title: "new poll", board: 1 }).save(&acme).await?;
    let secret = draft!(Secret { text: "x", code: "new" }).save(&zoo).await?;
    let sent = statements(&count);
    assert_eq!(sent.len(), 3);
    in_order(
        &sent[0],
        &[
            "WITH d0 AS (SELECT nextval(",
            "INSERT INTO \"wiki_entry\" AS t1 (\"id\", \"org_id\", \"text\", \"views\")",
            "INSERT INTO \"wiki_topic\"",
        ],
    );
    assert_eq!((topic.org.pk(), poll.org.pk()), (ACME, ACME));
    assert_eq!((secret.org.pk(), secret.keeper), (ZOO, ZOO));
    for many in [2, 40] {
        let drafts =
            (0..many).map(|n| draft!(Topic { text: "x", title: format!("{many} {n}"), board: 1 }));
        let count = QueryCounter::new(&db);
        let made = Topic::objects().bulk_create(&zoo, drafts).await?;
        assert_eq!(statements(&count).len(), 1);
        assert!(made.iter().all(|topic| topic.org.pk() == ZOO), "{made:?}");
    }
    // Its own may be said, another one not.
    draft!(Topic { org: ACME, text: "x", title: "said", board: 1 }).save(&acme).await?;
    let theirs = || draft!(Topic { org: ZOO, text: "x", title: "theirs", board: 1 });
    says(&theirs().save(&acme).await.unwrap_err(), &["`Topic`", "another tenant", "`org`"]);
    says(&Topic::objects().bulk_create(&acme, [theirs()]).await.unwrap_err(), &OTHER);
    let found = Topic::objects().get_or_create(&acme, |t| t.title(), theirs()).await;
    says(&found.unwrap_err(), &OTHER);
    let found = Topic::objects().update_or_create(&acme, |t| t.title(), theirs()).await;
    says(&found.unwrap_err(), &OTHER);
    let keeper = draft!(Secret { keeper: ZOO, text: "x", code: "c" }).save(&acme).await;
    says(&keeper.unwrap_err(), &["another tenant", "`keeper`"]);
    // An executor of all tenants fills in none.
    let all = db.all_tenants();
    let whose = draft!(Topic { text: "x", title: "whose", board: 1 }).save(&all).await;
    says(&whose.unwrap_err(), &["`Topic`", "`org`", "does not fill in"]);
    assert_eq!(theirs().save(&all).await?.org.pk(), ZOO);
    Ok(())
}

#[tokio::test]
async fn rows_are_found_or_made_among_those_of_the_tenant() -> Outcome {
    let db = wiki().await?;
    let before = rows_of(&db, ZOO).await?;
    let acme = db.for_tenant(ACME);
    let draft = |text: &str| draft!(Topic { text: text, title: "acme 9", board: 1 });
    let by = |text: &str| {
        let text = text.to_owned();
        Topic::objects().filter(move |t| t.text().eq(text))
    };
    let (made, created) =
        Topic::objects().get_or_create(&acme, |t| t.title(), draft("found")).await?;
    assert!(created && made.org.pk() == ACME);
    let (found, created) =
        Topic::objects().get_or_create(&acme, |t| t.title(), draft("again")).await?;
    assert_eq!((found.pk(), created), (made.pk(), false));
    let (found, created) =
        Topic::objects().update_or_create(&acme, |t| t.title(), draft("changed")).await?;
    assert_eq!((found.pk(), created, found.text.as_str()), (made.pk(), false, "changed"));
    assert_eq!(by("changed").count(&acme).await?, 1);
    // `title` is unique over all tenants, and the row of another is not found by it.
    let theirs = || draft!(Topic { text: "x", title: "zoo 1", board: 1 });
    let found = Topic::objects().get_or_create(&acme, |t| t.title(), theirs()).await;
    assert!(matches!(found, Err(Error::Unique(_))), "{found:?}");
    let found = Topic::objects().update_or_create(&acme, |t| t.title(), theirs()).await;
    assert!(matches!(found, Err(Error::Unique(_))), "{found:?}");
    // By a column of the other table.
    let draft = draft!(Topic { text: "zoo", title: "acme zoo", board: 1 });
    let (row, created) = Topic::objects().update_or_create(&acme, |t| t.text(), draft).await?;
    assert!(created && row.org.pk() == ACME);
    assert_eq!(rows_of(&db, ZOO).await?, before);
    Ok(())
}

#[tokio::test]
async fn updates_change_the_rows_of_the_tenant_only() -> Outcome {
    let db = wiki().await?;
    let (acme, zoo) = (db.for_tenant(ACME), db.for_tenant(ZOO));
    let before = rows_of(&db, ZOO).await?;
    let count = QueryCounter::new(&db);
    // Own columns, those of the other table, those of both and of three.
    let own = Topic::objects().filter(|t| t.votes().gte(0)).update(&acme, |t| t.votes().set(5));
    assert_eq!(own.await?, 4);
    assert_eq!(
        statements(&count),
        [
            "WITH d0 AS (SELECT t0.\"entry_ptr_id\" AS c0, CAST($1 AS integer) AS c1 FROM \"wiki_topic\" AS t0 \
          JOIN \"wiki_entry\" AS t1 ON t1.\"id\" = t0.\"entry_ptr_id\" AND (t1.\"org_id\" = $2) WHERE \
          t0.\"votes\" >= $3 FOR NO KEY UPDATE OF t0) UPDATE \"wiki_topic\" AS t2 SET \"votes\" = t3.c1 \
          FROM d0 AS t3 WHERE t2.\"entry_ptr_id\" = t3.c0"
        ]
    );
    assert_eq!(Topic::objects().update(&acme, |t| t.text().set("all")).await?, 4);
    let both = Topic::objects()
        .update(&acme, |t| (t.views().set(t.views() + t.votes()), t.votes().set(t.votes() + 1)));
    assert_eq!(both.await?, 4);
    let three = Poll::objects()
        .update(&acme, |p| (p.views().set(0), p.votes().set(1), p.answers().set(p.votes() + 2)));
    assert_eq!(three.await?, 2);
    assert_eq!(Poll::objects().update(&acme, |p| p.answers().set(p.answers() + 1)).await?, 2);
    assert_eq!(Secret::objects().update(&acme, |s| s.code().set("own")).await?, 1);
    // By what is joined, from what is joined, and with rows that come back.
    let by_title = |title: &str| {
        let title = title.to_owned();
        Topic::objects().filter(move |t| t.board().topics().title().eq(title))
    };
    assert_eq!(by_title("zoo 1").update(&acme, |t| t.votes().set(99)).await?, 0);
    assert_eq!(by_title("acme 1").update(&acme, |t| t.votes().set(9)).await?, 4);
    let named = Topic::objects().update(&acme, |t| t.text().set(t.board().name()));
    assert_eq!(named.await?, 4);
    let back = Topic::objects().update_returning(&acme, |t| t.votes().set(8)).await?;
    assert!(back.len() == 4 && back.iter().all(|t| t.org.pk() == ACME && t.votes == 8), "{back:?}");
    assert_eq!(rows_of(&db, ZOO).await?, before);
    // The rows of the other half, by a condition on these.
    let topics = Entry::objects().filter(|e| e.topic().votes().eq(8));
    assert_eq!(topics.update(&zoo, |e| e.views().set(7)).await?, 0);
    assert_eq!(Topic::objects().filter(|t| t.views().eq(7)).count(&db.all_tenants()).await?, 0);
    Ok(())
}

#[tokio::test]
async fn rows_do_not_move_between_tenants() -> Outcome {
    let db = wiki().await?;
    let acme = db.for_tenant(ACME);
    let moved = ["to which tenant a row belongs", "`org` of `Topic`", "db.all_tenants()"];
    says(&Topic::objects().update(&acme, |t| t.org().set(ZOO)).await.unwrap_err(), &moved);
    let moved_by = Topic::objects().update(&acme, |t| (t.votes().set(1), t.org().set(ZOO)));
    says(&moved_by.await.unwrap_err(), &moved);
    let polls = Poll::objects().update(&acme, |p| p.org().set(ZOO)).await;
    says(&polls.unwrap_err(), &["`org` of `Poll`"]);
    let keeper = Secret::objects().update(&acme, |s| s.keeper().set(ZOO)).await;
    says(&keeper.unwrap_err(), &["`keeper` of `Secret`"]);
    let mut own = Topic::objects().filter(|t| t.title().eq("acme 1")).get(&acme).await?;
    says(&own.update(&acme, |t| t.org().set(ZOO)).await.unwrap_err(), &moved);
    // The same one may be assigned.
    assert_eq!(Topic::objects().update(&acme, |t| t.org().set(ACME)).await?, 4);
    assert_eq!(Secret::objects().update(&acme, |s| s.keeper().set(s.keeper())).await?, 1);
    assert_eq!(Topic::objects().bulk_update(&acme, [&own], |t| t.org()).await?, 1);
    own.entry.org = ForeignKey::new(ZOO);
    says(&own.save(&acme).await.unwrap_err(), &OTHER);
    let all = db.all_tenants();
    own.save(&all).await?;
    assert_eq!(Topic::objects().count(&db.for_tenant(ZOO)).await?, 5);
    assert_eq!(Topic::objects().update(&all, |t| t.org().set(ACME)).await?, 8);
    assert_eq!(Topic::objects().count(&db.for_tenant(ZOO)).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_row_of_another_tenant_is_refused() -> Outcome {
    let db = wiki().await?;
    let before = rows_of(&db, ZOO).await?;
    let (acme, zoo) = (db.for_tenant(ACME), db.for_tenant(ZOO));
    let mut row = Topic::objects().filter(|t| t.title().eq("zoo 1")).get(&zoo).await?;
    row.votes = 1;
    says(&row.save(&acme).await.unwrap_err(), &["the row of `Topic`", "another tenant", "`org`"]);
    says(&row.save_fields(&acme, |t| t.votes()).await.unwrap_err(), &OTHER);
    says(&row.update(&acme, |t| t.votes().set(1)).await.unwrap_err(), &OTHER);
    says(&row.save_or_insert(&acme).await.unwrap_err(), &OTHER);
    says(&Topic::objects().bulk_update(&acme, [&row], |t| t.votes()).await.unwrap_err(), &OTHER);
    says(&row.clone().delete(&acme).await.unwrap_err(), &OTHER);
    let mut poll = Poll::objects().first(&zoo).await?.ok_or("a poll")?;
    says(&poll.save(&acme).await.unwrap_err(), &["the row of `Poll`", "another tenant"]);
    says(&poll.clone().delete_keep_parents(&acme).await.unwrap_err(), &OTHER);
    let mut secret = Secret::objects().get(&zoo).await?;
    secret.keeper = ACME;
    says(&secret.save(&acme).await.unwrap_err(), &OTHER);
    let gone = row.refresh(&acme).await;
    assert!(matches!(gone, Err(Error::DoesNotExist { .. })), "{gone:?}");
    assert_eq!(rows_of(&db, ZOO).await?, before);
    Ok(())
}

#[tokio::test]
async fn a_row_that_only_says_to_be_of_the_tenant_is_not_there() -> Outcome {
    let db = wiki().await?;
    let before = rows_of(&db, ZOO).await?;
    let acme = db.for_tenant(ACME);
    let mut row = disguised(&db).await?;
    for gone in [
        row.save(&acme).await,
        row.save_fields(&acme, |t| t.votes()).await,
        row.save_fields(&acme, |t| t.text()).await,
        row.update(&acme, |t| (t.votes().set(1), t.text().set("x"))).await,
        row.refresh(&acme).await,
        row.refresh_fields(&acme, |t| t.votes()).await,
    ] {
        assert!(matches!(gone, Err(Error::DoesNotExist { .. })), "{gone:?}");
    }
    let bulk = Topic::objects().bulk_update(&acme, [&row], |t| (t.votes(), t.text()));
    assert_eq!(bulk.await?, 0);
    assert_eq!(Topic::objects().bulk_update(&acme, [&row], |t| t.votes()).await?, 0);
    let upsert = row.save_or_insert(&acme).await;
    assert!(matches!(upsert, Err(Error::Stale { .. })), "{upsert:?}");
    assert_eq!(row.clone().delete(&acme).await?.total, 0);
    let mut poll = Poll::objects().first(&db.for_tenant(ZOO)).await?.ok_or("a poll")?;
    poll.topic.entry.org = ForeignKey::new(ACME);
    assert_eq!(poll.clone().delete_keep_parents(&acme).await?.total, 0);
    assert!(poll.save_or_insert(&acme).await.is_err());
    // A row of another that is no topic does not become one.
    let plain =
        Entry::objects().filter(|e| e.text().eq("plain zoo")).get(&db.all_tenants()).await?;
    let entry = Entry { org: ForeignKey::new(ACME), text: "taken".into(), ..plain };
    let mut becomes = Topic { entry, title: "taken".into(), ..row.clone() };
    assert!(becomes.save_or_insert(&acme).await.is_err());
    assert_eq!(rows_of(&db, ZOO).await?, before);
    assert!(!Topic::objects().filter(|t| t.title().eq("taken")).exists(&db.all_tenants()).await?);
    // An own one does, and is written again.
    let plain = Entry::objects().filter(|e| e.text().eq("plain acme")).get(&acme).await?;
    let mut becomes = Topic { entry: plain, title: "own".into(), ..row };
    assert!(becomes.save_or_insert(&acme).await?);
    becomes.votes = 3;
    let count = QueryCounter::new(&db);
    assert!(!becomes.save_or_insert(&acme).await?);
    in_order(
        &statements(&count)[0],
        &[
            "WHERE NOT EXISTS (SELECT 1 FROM \"wiki_entry\" WHERE \"id\" = CAST($1 AS bigint)",
            "AND NOT (\"org_id\" = $",
            "ON CONFLICT (\"id\") DO UPDATE SET",
            "WHERE t1.\"org_id\" = $",
            "FROM d0 AS t2 JOIN d1 AS t3 ON t3.\"id\" = t2.c0",
        ],
    );
    Ok(())
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "wiki", ordering = [id])]
pub struct Thing {
    pub id: i64,
    pub name: String,
}

/// The tenant stands in the table of the model that extends.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "wiki", extends = Thing, tenant = org)]
pub struct Owned {
    pub thing: Thing,
    pub org: i64,
    pub price: i32,
}

#[tokio::test]
async fn an_upsert_leaves_both_tables_of_another_alone() -> Outcome {
    let db = database!("wiki_things": Thing, Owned);
    let (acme, zoo) = (db.for_tenant(ACME), db.for_tenant(ZOO));
    let mut row = draft!(Owned { name: "lamp", price: 5 }).save(&zoo).await?;
    let before = row.clone();
    row.org = ACME;
    row.price = 1;
    row.thing.name = "taken".into();
    let taken = row.save_or_insert(&acme).await;
    assert!(matches!(taken, Err(Error::Stale { .. })), "{taken:?}");
    let gone = row.save(&acme).await;
    assert!(matches!(gone, Err(Error::DoesNotExist { .. })), "{gone:?}");
    assert_eq!(Owned::objects().get(&zoo).await?, before);
    row.org = ZOO;
    assert!(!row.save_or_insert(&zoo).await?);
    assert_eq!(Owned::objects().get(&zoo).await?, row);
    Ok(())
}

#[tokio::test]
async fn deletions_take_the_rows_of_the_tenant_only() -> Outcome {
    let db = wiki().await?;
    let before = rows_of(&db, ZOO).await?;
    let (acme, all) = (db.for_tenant(ACME), db.all_tenants());
    let zoo = Topic::objects().filter(|t| t.title().startswith("zoo"));
    assert_eq!(zoo.delete(&acme).await?.total, 0);
    let count = QueryCounter::new(&db);
    let gone = Topic::objects().filter(|t| t.title().eq("acme 1")).delete(&acme).await?;
    assert_eq!((gone.of::<Topic>(), gone.of::<Entry>()), (1, 1));
    in_order(
        &statements(&count).join("\n"),
        &[
            "FROM \"wiki_entry\" AS t0 WHERE t0.\"org_id\" = $1 AND t0.\"id\" IN (SELECT",
            "JOIN \"wiki_entry\" AS t2 ON t2.\"id\" = t1.\"entry_ptr_id\" AND (t2.\"org_id\" = $1)",
            "FOR UPDATE",
        ],
    );
    let back = Topic::objects().filter(|t| t.title().eq("acme 2")).delete_returning(&acme).await?;
    assert_eq!(back.iter().map(|t| t.title.as_str()).collect::<Vec<_>>(), ["acme 2"]);
    let poll = Poll::objects().first(&acme).await?.ok_or("a poll")?;
    Pin::objects().delete(&acme).await?;
    let kept = poll.clone().delete_keep_parents(&acme).await?;
    assert_eq!((kept.total, kept.of::<Poll>()), (1, 1));
    assert_eq!(Topic::objects().filter(|t| t.pk().eq(poll.pk())).count(&acme).await?, 1);
    assert_eq!(Secret::objects().delete(&acme).await?.of::<Secret>(), 1);
    assert_eq!(Topic::objects().delete(&acme).await?.of::<Topic>(), 2);
    assert_eq!(Topic::objects().count(&acme).await?, 0);
    assert_eq!(rows_of(&db, ZOO).await?, before);
    assert_eq!(Topic::objects().count(&all).await?, 4);
    // What refers to a row goes with it, whosever it is.
    let gone = Board::objects().delete(&acme).await?;
    assert_eq!(gone.of::<Entry>(), 4);
    assert_eq!(Topic::objects().count(&all).await?, 0);
    Org::objects().delete(&*db).await?;
    assert_eq!(Entry::objects().count(&all).await?, 0);
    Ok(())
}
