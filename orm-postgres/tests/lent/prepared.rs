//! Prepared statements beside those of the application.

use crate::pool;
use crate::support::{numbers, pid, run, text};
use deadpool_postgres::RecyclingMethod;
use orm_postgres::{Database, StatementCache};
use orm_sql::exec::{Executor, NoRows};
use orm_sql::value::SqlType;

/// How many statements are prepared on the only connection.
async fn prepared(db: &Database, like: &str) -> i32 {
    let sql =
        format!("SELECT count(*)::int FROM pg_prepared_statements WHERE statement LIKE '{like}%'");
    numbers(db, &sql).await.unwrap()[0]
}

#[tokio::test]
async fn statements_are_prepared_once_by_each() {
    let shared = pool(1, RecyclingMethod::Fast);
    let db = Database::from_pool(shared.clone());
    for n in 0..10 {
        run(&db, "SELECT 'ours'").await.unwrap();
        let client = shared.get().await.unwrap();
        let statement = client.prepare_cached("SELECT 'theirs'").await.unwrap();
        client.query_one(&statement, &[]).await.unwrap();
        assert_eq!(client.statement_cache.size(), 1);
        drop((statement, client));
        assert_eq!(prepared(&db, "SELECT ''ours").await, 1, "{n}");
        assert_eq!(prepared(&db, "SELECT ''theirs").await, 1, "{n}");
    }
    // Two of ours on the same pool know nothing of each other.
    let other = Database::from_pool(shared.clone());
    run(&other, "SELECT 'ours'").await.unwrap();
    run(&db, "SELECT 'ours'").await.unwrap();
    assert_eq!(prepared(&db, "SELECT ''ours").await, 2);
}

#[tokio::test]
async fn what_the_application_deallocates_is_prepared_again() {
    let shared = pool(1, RecyclingMethod::Fast);
    let db = Database::from_pool(shared.clone());
    let first = pid(&db).await;
    shared.get().await.unwrap().batch_execute("DEALLOCATE ALL").await.unwrap();
    assert_eq!(pid(&db).await, first);
    assert_eq!(pid(&db).await, first);
}

#[tokio::test]
async fn a_pool_that_forgets_everything_needs_unnamed_statements() {
    let shared = pool(1, RecyclingMethod::Custom("DISCARD ALL".to_owned()));
    let db = Database::builder()
        .statement_cache(StatementCache::Unnamed)
        .from_pool(shared.clone())
        .unwrap();
    let mood = format!("lent_mood_{}", std::process::id());
    db.batch_execute(&format!("DROP TYPE IF EXISTS {mood}; CREATE TYPE {mood} AS ENUM ('ok')"))
        .await
        .unwrap();
    for _ in 0..5 {
        assert_eq!(text(&db, &format!("SELECT 'ok'::{mood}::text")).await.unwrap(), "ok");
        let row = shared.get().await.unwrap().query_one("SELECT 1", &[]).await.unwrap();
        assert_eq!(row.get::<_, i32>(0), 1);
        db.transaction(async |tx| {
            let series = crate::support::select("SELECT generate_series(1, 9)", SqlType::Int4);
            tx.run(&series, &mut NoRows).await
        })
        .await
        .unwrap();
        assert_eq!(prepared(&db, "SELECT").await, 0);
    }
    run(&db, &format!("DROP TYPE {mood}")).await.unwrap();
}
