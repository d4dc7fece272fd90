//! The history of rows, on a server.

use history::Entry;
use orm::prelude::*;
use orm_testkit::TestDatabase;
use serde_json::{Value, json};

#[derive(Model, Clone, Debug, PartialEq, serde::Serialize)]
struct Account {
    id: i64,
    owner: String,
    balance: i64,
}

#[derive(Model, Clone, Debug, PartialEq, serde::Serialize)]
#[model(primary_key = [account, number])]
struct Booking {
    #[field(on_delete = Cascade)]
    account: ForeignKey<Account>,
    number: i32,
}

type Outcome = std::result::Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[tokio::test]
async fn each_change_has_an_entry_with_the_old_and_the_new_values() -> Outcome {
    let db = TestDatabase::empty().await?;
    create_tables::<(Account, Booking, Entry)>(&db).await?;
    history::record::<Account>().forever();
    let recording = history::record::<Booking>();

    let mut account: Account = draft!(Account { owner: "ann", balance: 1 }).save(&db).await?;
    account.balance = 5;
    account.save(&db).await?;
    account.update(&db, |a| a.balance().set(a.balance() + 1)).await?;
    let entries = history::of(&account).all(&db).await?;
    let actions: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["created", "changed", "changed"]);
    assert_eq!(entries[0].old, None);
    let id = account.id;
    assert_eq!(entries[0].new, Some(json!({ "id": id, "owner": "ann", "balance": 1 })));
    assert_eq!(Value::Object(entries[1].changes()), json!({ "balance": [1, 5] }));
    assert_eq!(Value::Object(entries[2].changes()), json!({ "balance": [5, 6] }));

    // A key of two columns; a cascade is written as well.
    let booking: Booking = draft!(Booking { account: &account, number: 3 }).save(&db).await?;
    assert_eq!(history::of(&booking).count(&db).await?, 1);
    assert_eq!(history::of(&booking).get(&db).await?.key, format!("{id},3"));
    account.clone().delete(&db).await?;
    assert_eq!(history::of(&booking).last(&db).await?.map(|e| e.action), Some("deleted".into()));
    let last = history::of(&account).last(&db).await?.ok_or("an entry")?;
    assert_eq!((last.action.as_str(), last.new), ("deleted", None));

    // What is rolled back has none; and no one hears of what nobody records any more.
    let undone: Result<()> = db
        .transaction(async |tx| {
            draft!(Account { owner: "bob", balance: 1 }).save(tx).await?;
            Err(Error::usage("undone"))
        })
        .await;
    assert!(undone.is_err());
    let before = Entry::objects().count(&db).await?;
    drop(recording);
    let account: Account = draft!(Account { owner: "cy", balance: 1 }).save(&db).await?;
    draft!(Booking { account: &account, number: 1 }).save(&db).await?;
    assert_eq!(Entry::objects().count(&db).await?, before + 1);
    Ok(())
}
