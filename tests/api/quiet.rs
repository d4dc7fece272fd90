//! What errors, events and counts show of themselves: short, and no value of a row.

use super::library::{Author, Book, Review, library};
use crate::support::{Outcome, database};
use orm::prelude::*;
use std::sync::{Arc, Mutex};

mod members {
    use orm::prelude::*;

    #[derive(serde::Serialize, serde::Deserialize, Clone, Debug, PartialEq)]
    pub struct Settings {
        pub level: u8,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "quiet", check(|m| m.age().gte(0), name = "age_gte_0"))]
    pub struct Member {
        pub id: i64,
        #[field(max_length = 20, unique)]
        pub phone: String,
        pub age: i32,
        pub settings: Option<Json<Settings>>,
    }
}
use members::Member;

const SECRET: &str = "secret-4711";

#[tokio::test]
async fn errors_show_no_value_of_a_row() -> Outcome {
    let db = database!("api_quiet": Member);
    let seen = Arc::new(Mutex::new(String::new()));
    let log = seen.clone();
    let _watch = db.on_query(move |event| {
        log.lock().expect("a log").push_str(&format!("{event:?}\n"));
    });
    let secret = |age: i32| draft!(Member { phone: SECRET, age: age });
    let member = secret(1).save(&db).await?;
    let cast = "SELECT ($1::text)::int";
    let mut errors: Vec<Error> = vec![
        secret(2).save(&db).await.unwrap_err(),
        draft!(Member { phone: "x", age: -4711 }).save(&db).await.unwrap_err(),
        db.query_as::<(i32,)>(cast, params![SECRET]).await.unwrap_err(),
        db.query_as::<(String,)>("SELECT $1::tsquery::text", params!["secret-4711 &"])
            .await
            .unwrap_err(),
        db.query_as::<(NaiveDate,)>("SELECT ($1::text)::date", params![SECRET]).await.unwrap_err(),
        Member::objects().filter(|m| m.phone().cast::<i64>().eq(1_i64)).all(&db).await.unwrap_err(),
    ];
    db.execute("UPDATE quiet_member SET settings = '{\"level\": \"secret-4711\"}'", params![])
        .await?;
    errors.push(Member::objects().get(&db).await.unwrap_err());
    for error in &errors {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("4711") && !shown.contains("secret"), "{shown}");
        assert!(shown.len() < 500, "{shown}");
        // What `fn main() -> Result<…>` prints is the kind and the message.
        assert_eq!(format!("{error:?}"), format!("{}: {error}", error.kind()));
    }
    assert!(!seen.lock().expect("a log").contains("4711\n"), "events have no values");
    let events = seen.lock().expect("a log").clone();
    let values = events.lines().filter(|line| line.contains(SECRET) && !line.contains("UPDATE"));
    assert_eq!(values.count(), 0, "{events}");
    // Who asks gets the server's own words.
    let Error::Unique(unique) = &errors[0] else { panic!("{:?}", errors[0]) };
    assert_eq!(unique.detail(), Some("Key (phone)=(secret-4711) already exists."));
    let Error::Database(cast) = &errors[2] else { panic!("{:?}", errors[2]) };
    assert!(cast.server_message().contains(SECRET));
    drop(member);
    Ok(())
}

#[tokio::test]
async fn counts_of_deletions_are_short() -> Outcome {
    let db = library().await?;
    let gone = Review::objects().filter(|r| r.stars().lt(5)).delete(&db).await?;
    assert_eq!(format!("{gone:?}"), "Deleted { total: 2, Review: 2 }");
    let gone = Book::objects().delete(&db).await?;
    let shown = format!("{gone:?}");
    assert!(shown.starts_with("Deleted { total: ") && shown.contains("Book: 5"), "{shown}");
    assert!(shown.len() < 100, "{shown}");
    assert_eq!(Author::objects().count(&db).await?, 3);
    Ok(())
}
