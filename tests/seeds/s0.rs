//! The trap of `DISTINCT ON`: `WHERE` runs first.

use crate::support::{Outcome, database, in_order};
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_num_queries, assert_rows, same_rows, same_rows_unordered};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "core",
    unique(fields = [name, edition], name = "{app}_{model}_unique_name_edition"),
)]
pub struct Book {
    pub id: i64,
    #[field(max_length = 255)]
    pub name: String,
    #[field(max_length = 255)]
    pub edition: String,
    #[field(positive)]
    pub release_year: Option<i32>,
}

/// The five books of the seed.
async fn books() -> Result<(TestDatabase, Vec<Book>), Box<dyn std::error::Error + Send + Sync>> {
    let db = database!("seeds_s0": Book);
    let mut books = Vec::new();
    for (name, edition, year) in [
        ("Django tips", "1", Some(2020)),
        ("Django tips", "2", Some(2022)),
        ("Django tips", "3", None),
        ("Golf swings", "1", Some(2018)),
        ("Golf swings", "2", Some(2021)),
    ] {
        let draft = draft!(Book { name: name, edition: edition, release_year: year });
        books.push(Book::objects().create(&db, draft).await?);
    }
    Ok((db, books))
}

/// The latest edition of each book.
fn latest() -> QuerySet<Book> {
    Book::objects().order_by(|b| (b.name(), b.edition().desc())).distinct_on(|b| b.name())
}

#[tokio::test]
async fn s0_1_constraint_named_after_app_and_model() -> Outcome {
    let (db, books) = books().await?;
    let constraints = db
        .query_as::<(String,)>(
            "SELECT conname::text FROM pg_constraint \
             WHERE conrelid = 'core_book'::regclass AND contype = 'u'",
            params![],
        )
        .await?;
    assert_eq!(constraints, [("core_book_unique_name_edition".to_owned(),)]);
    let again = draft!(Book { name: &books[4].name, edition: &books[4].edition }).save(&db).await;
    let error = again.expect_err("there is such a book");
    assert!(matches!(error, Error::Unique(_)), "{error:?}");
    assert_eq!(error.constraint(), Some("core_book_unique_name_edition"));
    // Either column alone may be there again.
    draft!(Book { name: "Golf swings", edition: "3" }).save(&db).await?;
    Ok(())
}

#[tokio::test]
async fn s0_2_where_runs_before_distinct_on() -> Outcome {
    let (db, books) = books().await?;
    let query = latest().filter(|b| b.release_year().isnull(false));
    assert_rows!(query.all(&db).await?, [books[1].clone(), books[4].clone()]);
    in_order(
        &query.sql()?,
        &[
            "SELECT DISTINCT ON (",
            "name",
            "WHERE",
            "release_year",
            "IS NOT NULL",
            "ORDER BY",
            "DESC",
        ],
    );
    Ok(())
}

#[tokio::test]
async fn s0_3_filter_after_distinct_on_by_subquery_or_nested() -> Outcome {
    let (db, books) = books().await?;
    let wanted = [books[4].clone()];
    // The key is named.
    let by_key = Book::objects()
        .filter(|b| b.id().in_(latest().values(|b| b.id())) & b.release_year().isnull(false));
    assert_rows!(by_key.all(&db).await?, wanted);
    in_order(&by_key.sql()?, &["WHERE", "IN (SELECT DISTINCT ON (", "IS NOT NULL"]);
    // It is selected by itself.
    let by_models =
        Book::objects().filter(|b| b.id().in_(latest()) & b.release_year().isnull(false));
    assert_rows!(by_models.all(&db).await?, wanted);
    assert_eq!(by_models.sql()?, by_key.sql()?);
    // Without a subquery in the condition.
    let nested = latest().nested().filter(|b| b.release_year().isnull(false));
    assert_rows!(nested.all(&db).await?, wanted);
    in_order(&nested.sql()?, &["FROM (SELECT DISTINCT ON (", "ORDER BY", ")", "IS NOT NULL"]);
    Ok(())
}

#[tokio::test]
async fn s0_4_sql_without_running() -> Outcome {
    let db = database!("seeds_s0": Book);
    let query = latest().filter(|b| b.release_year().gt(2019));
    let sql = assert_num_queries!(db, 0, query.sql()?);
    in_order(&sql, &["SELECT DISTINCT ON", "FROM", "core_book", "WHERE", "$1", "ORDER BY"]);
    let (same, params) = query.sql_with_params()?;
    assert_eq!(same, sql);
    assert_eq!(format!("{params:?}"), "[I32(2019)]");
    // What is shown is what runs.
    let counter = orm_testkit::QueryCounter::new(&db);
    query.all(&db).await?;
    assert_eq!(counter.statements(), [sql]);
    Ok(())
}

#[tokio::test]
async fn s0_5_rows_compared_with_a_readable_difference() -> Outcome {
    let (db, books) = books().await?;
    let names = Book::objects().order_by(|b| b.id()).values(|b| (b.name(), b.edition()));
    let names = names.all(&db).await?;
    assert_eq!(names.len(), books.len());
    let row = |name: &str, edition: &str| (name.to_owned(), edition.to_owned());
    let expected = [row("Django tips", "1"), row("Django tips", "2"), row("Golf swings", "1")];
    let difference = same_rows(&names, &expected).expect_err("two rows too many").to_string();
    assert_eq!(
        difference,
        "rows differ (- expected, + found):\n  (\"Django tips\", \"1\")\n  (\"Django tips\", \"2\")\n\
         + (\"Django tips\", \"3\")\n  (\"Golf swings\", \"1\")\n+ (\"Golf swings\", \"2\")\n"
    );
    let mut turned = names.clone();
    turned.reverse();
    assert!(same_rows(&turned, &names).is_err());
    assert!(same_rows_unordered(&turned, &names).is_ok());
    Ok(())
}
