//! LISTEN and NOTIFY.

use crate::support::{numbers, url, with};
use futures_util::StreamExt;
use orm_postgres::{Database, ListenEvent, Listener, Notification};
use orm_sql::Error;
use orm_sql::exec::transaction::Transactions;
use std::time::Duration;

async fn next(listener: &mut Listener) -> ListenEvent {
    let next = tokio::time::timeout(Duration::from_secs(10), listener.next());
    next.await.expect("an event in time").expect("an event")
}

async fn received(listener: &mut Listener) -> (String, String) {
    match next(listener).await {
        ListenEvent::Notification(Notification { channel, payload, .. }) => (channel, payload),
        other => panic!("{other:?}"),
    }
}

/// Names of a test's own: channels belong to the database, not to a schema.
fn channel(name: &str) -> String {
    format!("{name} \"{}", std::process::id())
}

#[tokio::test]
async fn notifications_arrive_in_order_from_several_channels() {
    let db = with(|b| b).await;
    let (a, b, c) = (channel("a"), channel("B é"), channel("c"));
    let mut listener = db.listen_all([&a, &b, &a]).await.unwrap();
    assert_eq!(listener.channels().collect::<Vec<_>>(), [&a, &b]);
    db.notify(&a, "it's 1").await.unwrap();
    db.notify(&c, "nobody listens").await.unwrap();
    db.notify(&b, "").await.unwrap();
    assert_eq!(received(&mut listener).await, (a.clone(), "it's 1".to_owned()));
    assert_eq!(received(&mut listener).await, (b.clone(), String::new()));
    listener.add(&c).await.unwrap();
    listener.remove(&b).await.unwrap();
    db.notify(&b, "nobody").await.unwrap();
    db.notify(&c, "3").await.unwrap();
    assert_eq!(received(&mut listener).await, (c, "3".to_owned()));
    // As a stream.
    db.notify(&a, "4").await.unwrap();
    let event = StreamExt::next(&mut listener).await.unwrap();
    let ListenEvent::Notification(n) = event else { panic!("{event:?}") };
    assert_eq!((n.channel, n.payload.as_str()), (a, "4"));
    assert!(n.pid > 0);
}

#[tokio::test]
async fn a_transaction_sends_when_it_commits() {
    let db = with(|b| b).await;
    let channel = channel("tx");
    let mut listener = db.listen(&channel).await.unwrap();
    let tx = db.begin().await.unwrap();
    tx.notify(&channel, "rolled back").await.unwrap();
    tx.rollback().await.unwrap();
    let tx = db.begin().await.unwrap();
    tx.notify(&channel, "committed").await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(100), listener.next()).await;
    assert!(early.is_err(), "{early:?}");
    tx.commit().await.unwrap();
    assert_eq!(received(&mut listener).await.1, "committed");
}

#[tokio::test]
async fn a_lost_connection_is_made_again_and_said() {
    let db = with(|b| b).await;
    let admin = Database::connect(&url()).await.unwrap();
    let channel = channel("lost");
    let mut listener = db.listen(&channel).await.unwrap();
    let kill = format!(
        "SELECT count(pg_terminate_backend(pid))::int FROM pg_stat_activity \
         WHERE query = 'LISTEN \"{}\"'",
        channel.replace('"', "\"\"")
    );
    for round in 0..3 {
        assert_eq!(numbers(&admin, &kill).await.unwrap(), [1], "round {round}");
        assert_eq!(next(&mut listener).await, ListenEvent::Reconnected);
        db.notify(&channel, &round.to_string()).await.unwrap();
        assert_eq!(received(&mut listener).await.1, round.to_string());
    }
    // Lost before a channel is added: the new connection listens to both.
    assert_eq!(numbers(&admin, &kill).await.unwrap(), [1]);
    let other = format!("{channel}2");
    tokio::time::sleep(Duration::from_millis(50)).await;
    listener.add(&other).await.unwrap();
    assert_eq!(next(&mut listener).await, ListenEvent::Reconnected);
    db.notify(&other, "both").await.unwrap();
    db.notify(&channel, "both").await.unwrap();
    assert_eq!(received(&mut listener).await.0, other);
    assert_eq!(received(&mut listener).await.0, channel);
}

#[tokio::test]
async fn a_dropped_listener_leaves_nothing() {
    let db = with(|b| b).await;
    let channel = channel("dropped");
    let listener = db.listen(&channel).await.unwrap();
    let listening = format!(
        "SELECT count(*)::int FROM pg_stat_activity WHERE query = 'LISTEN \"{}\"'",
        channel.replace('"', "\"\"")
    );
    assert_eq!(numbers(&db, &listening).await.unwrap(), [1]);
    assert_eq!(db.status().connections, 1, "it is not one of the pool's");
    drop(listener);
    crate::options::until("it is gone", async || numbers(&db, &listening).await.unwrap() == [0])
        .await;
}

#[tokio::test]
async fn a_closed_pool_ends_its_listeners() {
    let db = with(|b| b).await;
    let mut listener = db.listen("closing").await.unwrap();
    db.close().await;
    assert_eq!(listener.next().await, None);
    assert!(matches!(db.listen("closing").await, Err(Error::Pool { .. })));
}

#[tokio::test]
async fn names_that_no_channel_can_have_are_refused() {
    let db = with(|b| b).await;
    let long = "x".repeat(64);
    for name in ["", "a\0b", &long] {
        assert!(matches!(db.listen(name).await, Err(Error::Usage(_))), "{name:?}");
        assert!(matches!(db.notify(name, "").await, Err(Error::Usage(_))), "{name:?}");
    }
    let error = db.notify("a", &"x".repeat(8000)).await.unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert!(error.to_string().contains("payload"), "{error}");
}
