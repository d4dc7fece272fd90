//! Tables that are changed between two calls: what the library runs in transactions of its own is run
//! again, where no hook was called.

use crate::support::Outcome;
use orm::prelude::*;
use orm_testkit::TestDatabase;
use std::sync::atomic::{AtomicUsize, Ordering};

mod shop {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "outdated", ordering = [id])]
    pub struct Tag {
        pub id: i64,
        #[field(max_length = 20)]
        pub name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "outdated", ordering = [id])]
    pub struct Shop {
        pub id: i64,
        #[field(max_length = 20)]
        pub name: String,
        #[field(related_name = "shops")]
        pub tags: ManyToMany<Tag>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "outdated", ordering = [code])]
    pub struct Item {
        #[field(primary_key, max_length = 20)]
        pub code: String,
        #[field(on_delete = Cascade, related_name = "items")]
        pub shop: ForeignKey<Shop>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "outdated", ordering = [id])]
    pub struct Note {
        pub id: i64,
        #[field(on_delete = Cascade, related_name = "notes")]
        pub item: ForeignKey<Item>,
    }
}
use shop::{Item, Note, Shop, Tag};

/// A database of its own, whose types are changed, and a pool of one connection.
async fn made() -> Result<(TestDatabase, Database), Box<dyn std::error::Error + Send + Sync>> {
    let db = TestDatabase::empty().await?;
    create_tables::<(Tag, Shop, Item, Note)>(&db).await?;
    let pool = Database::builder().url(&db.url()).max_connections(1).connect().await?;
    Ok((db, pool))
}

/// Changes the type of a column by another connection, so that what was prepared before does not fit
/// any more.
async fn widen(db: &Database, table: &str, column: &str) -> orm::Result<()> {
    static LENGTH: AtomicUsize = AtomicUsize::new(21);
    let length = LENGTH.fetch_add(1, Ordering::Relaxed);
    db.batch_execute(&format!("ALTER TABLE outdated_{table} ALTER {column} TYPE varchar({length})"))
        .await
}

#[tokio::test]
async fn drafts_in_drafts_are_saved_again() -> Outcome {
    let (db, pool) = made().await?;
    for round in 1..4_u64 {
        let items = ["a", "b"].map(|code| draft!(Item { code: format!("{code}{round}") }));
        let shop = draft!(Shop { name: "s" }).nested(Shop::items, items).save(&pool).await?;
        assert_eq!(shop.items().count(&pool).await?, 2);
        assert_eq!(Shop::objects().count(&pool).await?, round);
        // The children's table: their statement is the second of the transaction.
        widen(&db, "item", "code").await?;
    }
    Ok(())
}

#[tokio::test]
async fn rows_of_sets_are_made_again() -> Outcome {
    let (db, pool) = made().await?;
    let shop = draft!(Shop { name: "s" }).save(&pool).await?;
    for round in 1..4 {
        shop.tags().create(&pool, draft!(Tag { name: "t" })).await?;
        let tags = Tag::objects().all(&pool).await?;
        shop.tags().set(&pool, &tags).await?;
        assert_eq!(shop.tags().count(&pool).await?, round);
        widen(&db, "tag", "name").await?;
    }
    Ok(())
}

#[tokio::test]
async fn deletions_with_cascades_begin_again() -> Outcome {
    let (db, pool) = made().await?;
    for round in 0..3 {
        let shop = draft!(Shop { name: "s" }).save(&db).await?;
        let item = draft!(Item { code: format!("i{round}"), shop: &shop }).save(&db).await?;
        draft!(Note { item: &item }).save(&db).await?;
        let gone = shop.delete(&pool).await?;
        assert_eq!((gone.total, gone.of::<Item>(), gone.of::<Note>()), (3, 1, 1), "{round}");
        // The items are asked for after the shop was locked.
        widen(&db, "item", "code").await?;
    }
    Ok(())
}

/// A statement that fails in the middle of such a call says that it can be retried where the whole is
/// the caller's transaction.
#[tokio::test]
async fn in_a_transaction_of_the_callers_it_is_an_error_that_can_be_retried() -> Outcome {
    let (db, pool) = made().await?;
    let save = async |code: &str| {
        pool.transaction(async |tx| {
            let shop = draft!(Shop { name: "s" }).save(tx).await?;
            draft!(Item { code: code, shop: &shop }).save(tx).await
        })
        .await
    };
    save("a").await?;
    widen(&db, "item", "code").await?;
    let error = save("b").await.expect_err("a statement that was prepared before");
    assert!(error.is_retryable(), "{error}");
    assert_eq!(save("b").await?.code, "b");
    assert_eq!(Shop::objects().count(&db).await?, 2);
    Ok(())
}
