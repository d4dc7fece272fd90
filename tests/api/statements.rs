//! Statements: the connection's time zone, assignments that types cannot refuse, what is remembered.

use super::library::*;
use crate::support::Outcome;
use orm::prelude::*;

#[tokio::test]
async fn date_parts_are_those_of_the_connections_zone() -> Outcome {
    let db = library().await?;
    // Seven in the morning in Berlin, the evening before in New York.
    let moment = "2024-03-01T04:00:00Z".parse::<DateTime<Utc>>()?;
    let days = |moment: DateTime<Utc>| {
        Author::objects().limit(1).values(move |_| (value(moment).day(), value(moment).hour()))
    };
    assert_eq!(days(moment).all(&db).await?, [(1, 4)]);
    let york = Database::builder().url(&db.url()).time_zone("America/New_York").connect().await?;
    assert_eq!(days(moment).all(&york).await?, [(29, 23)]);
    // What a query says itself wins.
    let berlin =
        Author::objects().limit(1).values(|_| value(moment).in_zone("Europe/Berlin").hour());
    assert_eq!(berlin.all(&york).await?, [5]);
    york.close().await;
    Ok(())
}

#[tokio::test]
async fn a_missing_key_is_given_as_none() -> Outcome {
    let db = library().await?;
    let author = Author::objects().first(&db).await?.ok_or("no author")?;
    let draft = draft!(Book { title: "x", pages: 1, author: &author, editor: None });
    assert_eq!(draft.save(&db).await?.editor, None);
    Ok(())
}

#[test]
fn a_remembered_statement_is_not_taken_for_another() -> Outcome {
    // Both select one plain column; only the second still has what it was grouped by.
    let plain = || Book::objects().unordered().values(|b| b.pages());
    let grouped = || plain().annotate(|b| b.id().count()).values(|b| b.pages());
    for _ in 0..2 {
        assert!(!plain().sql()?.contains("GROUP BY"));
        assert!(grouped().sql()?.contains("GROUP BY"));
    }
    Ok(())
}
