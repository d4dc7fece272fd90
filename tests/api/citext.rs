//! Columns of type `citext`, which belongs to an extension: text without regard to case.

use crate::support::{Outcome, database, in_order};
use orm::CiText;
use orm::prelude::*;
use orm_testkit::TestDatabase;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "citext", ordering = [id])]
pub struct Account {
    pub id: i64,
    #[field(unique)]
    pub email: CiText,
    pub nickname: Option<CiText>,
}

async fn accounts() -> Result<Option<TestDatabase>, Box<dyn std::error::Error + Send + Sync>> {
    async fn rows(db: &Database) -> orm::Result<()> {
        let accounts = [
            ("Ada@Example.com", Some("Ada")),
            ("grace@example.com", None),
            ("50%_@x", Some("ADA")),
        ];
        let drafts =
            accounts.map(|(email, nickname)| draft!(Account { email: email, nickname: nickname }));
        Account::objects().bulk_create(db, drafts).await.map(drop)
    }
    let db = TestDatabase::empty().await?;
    if db.execute("CREATE EXTENSION citext", params![]).await.is_err() {
        orm_testkit::skipped("the server does not have the extension citext");
        return Ok(None);
    }
    Ok(Some(database!("api_citext": Account; rows)))
}

#[tokio::test]
async fn case_does_not_matter() -> Outcome {
    let Some(db) = accounts().await? else { return Ok(()) };
    let sql = create_tables_sql::<(Account,)>()?;
    assert_eq!(sql[0], "CREATE EXTENSION IF NOT EXISTS \"citext\"");
    in_order(&sql[1], &["\"email\" citext NOT NULL", "\"nickname\" citext,"]);
    for (q, expected, text) in [
        (Account::q(|a| a.email().eq("ada@example.COM")), vec![1], "t0.\"email\" = $1"),
        (
            Account::q(|a| a.email().in_(["ADA@example.com", "x"])),
            vec![1],
            "t0.\"email\" = ANY($1)",
        ),
        (Account::q(|a| a.email().contains("EXAMPLE")), vec![1, 2], "t0.\"email\" LIKE $1"),
        (Account::q(|a| a.email().contains("0%_")), vec![3], "t0.\"email\" LIKE $1"),
        (Account::q(|a| a.email().startswith("GRACE")), vec![2], "t0.\"email\" LIKE $1"),
        (Account::q(|a| a.email().endswith(".COM")), vec![1, 2], "t0.\"email\" LIKE $1"),
        (Account::q(|a| a.email().icontains("AdA")), vec![1], "UPPER(t0.\"email\") LIKE UPPER($1)"),
        (
            Account::q(|a| a.email().iexact("ADA@EXAMPLE.COM")),
            vec![1],
            "UPPER(t0.\"email\") = UPPER($1)",
        ),
        (Account::q(|a| a.email().regex("^ada")), vec![1], "t0.\"email\" ~ $1"),
        (Account::q(|a| a.nickname().eq("ada").q()), vec![1, 3], "t0.\"nickname\" = $1"),
        (Account::q(|a| a.nickname().eq(None)), vec![2], "t0.\"nickname\" IS NULL"),
        (
            Account::q(|a| a.email().lower().eq("ada@example.com")),
            vec![1],
            "LOWER(t0.\"email\") = $1",
        ),
        (Account::q(|a| a.email().length().lt(7)), vec![3], "LENGTH(t0.\"email\") < $1"),
        (
            Account::q(|a| a.email().search("grace@example.com")),
            vec![2],
            "to_tsvector(COALESCE(CAST(t0.\"email\" AS text), '')) @@ plainto_tsquery($1)",
        ),
    ] {
        let found = Account::objects().filter(|_| q).values(|a| a.id());
        in_order(&found.sql()?, &[text]);
        assert_eq!(found.all(&db).await?, expected, "{text}");
    }
    let twice = draft!(Account { email: "ADA@example.com" }).save(&db).await.unwrap_err();
    assert_eq!(twice.kind(), "Unique");
    let nicknames = Account::objects()
        .filter(|a| a.nickname().isnull(false))
        .values(|a| a.nickname())
        .distinct();
    assert_eq!(nicknames.count(&db).await?, 1);
    let email: String =
        Account::objects().filter(|a| a.id().eq(1)).values(|a| a.email()).get(&db).await?.0;
    assert_eq!(email, "Ada@Example.com");
    let (ada, created) = Account::objects()
        .get_or_create(&db, |a| a.email(), draft!(Account { email: "ADA@example.com" }))
        .await?;
    assert_eq!((ada.id, created), (1, false));
    Ok(())
}
