//! What a test says where migrations are missing.

use orm::prelude::*;
use orm_testkit::{TestDatabase, TestError, check_migrations};

static NONE: orm::migrate::Embedded = orm::migrations!("tests/no_migrations");

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Shelf {
    pub id: i64,
    pub name: String,
}

/// What a test prints that returns the error.
fn printed(error: TestError) -> String {
    format!("{:?}", Box::<dyn std::error::Error>::from(error))
}

#[tokio::test]
async fn models_without_migrations_are_named() -> std::result::Result<(), TestError> {
    assert_eq!(
        printed(check_migrations(&NONE).expect_err("there is a model")),
        "Differs: the models have changes that are not in a migration: create model Shelf; run \
         `makemigrations`"
    );
    let error = TestDatabase::from_migrations(&NONE).await.expect_err("there are none");
    let text = printed(error);
    assert!(text.starts_with("NoMigrations: there are no migrations in "), "{text}");
    assert!(text.ends_with("no_migrations: run `makemigrations`"), "{text}");
    // The models themselves do without.
    let db = TestDatabase::from_models().await?;
    draft!(Shelf { name: "a" }).save(&db).await?;
    Ok(())
}
