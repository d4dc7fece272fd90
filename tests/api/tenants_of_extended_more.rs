//! Models that extend one whose rows belong to tenants, with hooks, versions and validation, and where the
//! database keeps tenants apart as well.

use super::tenants_of_extended::{ACME, ZOO, statements};
use crate::support::{Outcome, database, in_order, says};
use orm::prelude::*;
use orm_testkit::{QueryCounter, TestDatabase};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "office", ordering = [id])]
pub struct Room {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "office", tenant = org, row_level_security, ordering = [id])]
pub struct Paper {
    pub id: i64,
    pub org: i64,
    pub text: String,
}

/// One that counts its saves, and is validated.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "office", extends = Paper, validate)]
pub struct Sheet {
    pub paper: Paper,
    #[field(unique, max_length = 20)]
    pub code: String,
    #[field(version)]
    pub version: i32,
}

/// One with hooks, whose rows go with others.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "office", extends = Paper, hooks)]
pub struct Letter {
    pub paper: Paper,
    pub seen: i32,
    #[field(on_delete = Cascade, related_name = "letters")]
    pub room: ForeignKey<Room>,
}

impl Hooks for Letter {
    async fn before_save(&mut self, _: &HookCx<'_>) -> Result<()> {
        self.seen += 1;
        Ok(())
    }

    async fn before_delete(&self, _: &HookCx<'_>) -> Result<()> {
        match self.text.as_str() {
            "sealed" => Err(Error::usage("it is sealed")),
            _ => Ok(()),
        }
    }
}

/// One with a field of its own for it, which a policy can go by.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "office", extends = Paper, tenant = owner, row_level_security)]
pub struct Deed {
    pub paper: Paper,
    pub owner: i64,
    pub price: i32,
}

async fn office() -> Result<TestDatabase, Box<dyn std::error::Error + Send + Sync>> {
    Ok(database!("office": Room, Paper, Sheet, Letter, Deed))
}

#[tokio::test]
async fn versions_are_asked_with_the_tenant() -> Outcome {
    let db = office().await?;
    let (acme, zoo) = (db.for_tenant(ACME), db.for_tenant(ZOO));
    let mut sheet = draft!(Sheet { text: "a", code: "a" }).save(&acme).await?;
    let old = sheet.clone();
    sheet.code = "b".into();
    let count = QueryCounter::new(&db);
    sheet.save_fields(&acme, |s| s.code()).await?;
    let sent = statements(&count);
    in_order(
        sent.last().ok_or("a statement")?,
        &["WITH d0 AS (SELECT", "\"org\" = $", "\"version\" = $", "FOR NO KEY UPDATE", "UPDATE"],
    );
    let mut stale = old.clone();
    stale.code = "c".into();
    for result in [stale.save(&acme).await, stale.save_fields(&acme, |s| s.code()).await] {
        assert!(matches!(result, Err(Error::Stale { .. })), "{result:?}");
    }
    assert_eq!(Sheet::objects().bulk_update(&acme, [&old], |s| s.code()).await?, 0);
    let gone = old.clone().delete_keep_parents(&acme).await;
    assert!(matches!(gone, Err(Error::Stale { .. })), "{gone:?}");
    assert_eq!(Sheet::objects().get(&acme).await?, sheet);
    assert_eq!(Sheet::objects().count(&zoo).await?, 0);
    assert_eq!(sheet.delete_keep_parents(&acme).await?.total, 1);
    assert_eq!(Paper::objects().count(&acme).await?, 1);
    Ok(())
}

/// What is waited for has changed once it is there: the condition is asked of the new row.
#[tokio::test]
async fn an_update_that_waits_sees_what_has_changed() -> Outcome {
    let db = office().await?;
    let acme = db.for_tenant(ACME);
    let room = draft!(Room { name: "r" }).save(&*db).await?;
    let letter = draft!(Letter { text: "a", seen: 0, room: &room }).save(&acme).await?;
    assert_eq!(letter.seen, 1);
    let tx = acme.begin().await?;
    let own = Letter::objects().filter(|l| l.seen().eq(1));
    assert_eq!(own.update(&tx, |l| l.seen().set(5)).await?, 1);
    let waits = Letter::objects().filter(|l| l.seen().eq(1));
    let waiting = waits.update(&acme, |l| l.seen().set(l.seen() + 100));
    let commit = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        tx.commit().await
    };
    let (waited, committed) = tokio::join!(waiting, commit);
    committed?;
    assert_eq!(waited?, 0);
    assert_eq!(Letter::objects().get(&acme).await?.seen, 5);
    Ok(())
}

#[tokio::test]
async fn hooks_and_cascades_go_by_keys() -> Outcome {
    let db = office().await?;
    let (acme, zoo, all) = (db.for_tenant(ACME), db.for_tenant(ZOO), db.all_tenants());
    let room = draft!(Room { name: "r" }).save(&*db).await?;
    let draft = |text: &str| draft!(Letter { text: text, seen: 0, room: &room });
    let mut letter = draft("a").save(&acme).await?;
    let sealed = draft("sealed").save(&zoo).await?;
    letter.save(&acme).await?;
    assert_eq!((letter.seen, letter.org), (2, ACME));
    says(&letter.save(&zoo).await.unwrap_err(), &["another tenant"]);
    let mut taken = sealed.clone();
    taken.paper.org = ACME;
    assert!(matches!(taken.save(&acme).await, Err(Error::DoesNotExist { .. })));
    assert!(taken.save_or_insert(&acme).await.is_err());
    assert_eq!(taken.delete(&acme).await?.total, 0);
    // The row is read with its other half, for the hook, whosever it is.
    says(&Paper::objects().delete(&zoo).await.unwrap_err(), &["it is sealed"]);
    assert_eq!(Paper::objects().delete(&acme).await?.of::<Letter>(), 1);
    let mut sealed = sealed;
    sealed.paper.text = "open".into();
    sealed.save(&zoo).await?;
    draft("b").save(&acme).await?;
    let gone = Room::objects().delete(&acme).await?;
    assert_eq!((gone.of::<Letter>(), gone.of::<Paper>()), (2, 2));
    assert_eq!(Paper::objects().count(&all).await?, 0);
    Ok(())
}

#[tokio::test]
async fn rows_of_queries_are_inserted_for_the_tenant() -> Outcome {
    let db = office().await?;
    let (acme, zoo) = (db.for_tenant(ACME), db.for_tenant(ZOO));
    for (db, text) in [(&acme, "acme"), (&zoo, "zoo")] {
        draft!(Sheet { text: text, code: text }).save(db).await?;
    }
    let copied = Deed::objects()
        .insert_from(&acme, Sheet::objects(), |deed, sheet| {
            (deed.text().set(sheet.code().upper()), deed.price().set(3))
        })
        .returning()
        .await?;
    let texts: Vec<_> = copied.iter().map(|d| (d.org, d.owner, d.text.as_str())).collect();
    assert_eq!(texts, [(ACME, ACME, "ACME")]);
    let given = Deed::objects()
        .insert_from(&acme, Sheet::objects(), |deed, sheet| {
            (deed.org().set(sheet.org()), deed.text().set("x"), deed.price().set(3))
        })
        .await
        .unwrap_err();
    says(&given, &["`org` of `Deed`", "the executor gives"]);
    // What is unique is looked for among the rows of the tenant; the database knows of all.
    let twice = draft!(Sheet { text: "x", code: "acme" }).save(&acme).await.unwrap_err();
    assert!(matches!(twice, Error::Validation(_) | Error::Unique(_)), "{twice:?}");
    let theirs = draft!(Sheet { text: "x", code: "zoo" }).save(&acme).await.unwrap_err();
    assert!(matches!(theirs, Error::Unique(_) | Error::Validation(_)), "{theirs:?}");
    Ok(())
}

#[tokio::test]
async fn policies_of_the_database_let_the_statements_of_models_pass() -> Outcome {
    let db = office().await?;
    let role = format!("office_{}", std::process::id());
    let all = "GRANT ALL ON ALL TABLES IN SCHEMA public TO";
    db.batch_execute(&format!(
        "CREATE ROLE {role}; {all} {role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}"
    ))
    .await?;
    let (acme, zoo) = (db.for_tenant(ACME), db.for_tenant(ZOO));
    draft!(Deed { text: "zoo", price: 1 }).save(&zoo).await?;
    draft!(Sheet { text: "zoo", code: "zoo" }).save(&zoo).await?;
    acme.transaction(async |tx| {
        tx.batch_execute(&format!("SET LOCAL ROLE {role}")).await?;
        let mut deed = draft!(Deed { text: "acme", price: 2 }).save(tx).await?;
        let mut sheet = draft!(Sheet { text: "acme", code: "acme" }).save(tx).await?;
        deed.price = 3;
        deed.paper.text = "changed".into();
        deed.save(tx).await?;
        assert!(!deed.save_or_insert(tx).await?);
        sheet.code = "changed".into();
        sheet.save(tx).await?;
        assert_eq!(Deed::objects().update(tx, |d| d.price().set(d.price() + 1)).await?, 1);
        // SQL of one's own sees what policies show: of a table without a column for it, all rows.
        let rows = tx.query_as::<(i32,)>("SELECT price FROM office_deed", params![]).await?;
        assert_eq!(rows, [(4,)]);
        let rows = tx.query_as::<(String,)>("SELECT code FROM office_sheet", params![]).await?;
        assert_eq!(rows.len(), 2);
        assert_eq!(Sheet::objects().count(tx).await?, 1);
        Deed::objects().delete(tx).await?;
        Sheet::objects().delete(tx).await?;
        assert_eq!(Paper::objects().count(tx).await?, 0);
        Ok(())
    })
    .await?;
    assert_eq!((Deed::objects().count(&zoo).await?, Sheet::objects().count(&zoo).await?), (1, 1));
    db.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await?;
    Ok(())
}
