//! Unique indexes with a condition or an expression as what an upsert looks for, from the model's
//! own metadata; rows found by NULL.

use crate::support::{Outcome, database};
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_rows};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "conflicts",
    unique(fields = [slug], where = |p| p.live().eq(true), name = "live_slug"),
    unique(|p| p.title().lower(), name = "title_ci")
)]
pub struct Page {
    pub id: i64,
    pub slug: String,
    pub title: String,
    #[field(default = true)]
    pub live: bool,
    #[field(default = 0)]
    pub n: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "conflicts", unique(|l| (l.word().lower(), l.lang()), name = "word_in_lang"))]
pub struct Label {
    pub id: i64,
    pub word: String,
    pub lang: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "conflicts", unique(fields = [user, key]))]
pub struct Setting {
    pub id: i64,
    pub user: Option<i64>,
    pub key: String,
    pub theme: String,
}

type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

async fn pages() -> Opened {
    Ok(database!("conflicts": Page, Setting; rows))
}

async fn rows(db: &Database) -> Result<()> {
    draft!(Page { slug: "a", title: "First" }).save(db).await?;
    draft!(Page { slug: "a", title: "Old", live: false, n: 7 }).save(db).await?;
    Ok(())
}

#[tokio::test]
async fn several_expressions_are_unique_together() -> Outcome {
    let db = database!("conflicts_labels": Label);
    let label =
        |word: &str, lang: &str| draft!(Label { word: word.to_owned(), lang: lang.to_owned() });
    let both = Label::objects().bulk_create(&db, [label("Gift", "en"), label("gift", "de")]);
    assert_eq!(both.await?.len(), 2);
    let error = label("GIFT", "de").save(&db).await.unwrap_err();
    assert!(
        matches!(&error, Error::Unique(e) if e.constraint.as_deref() == Some("word_in_lang")),
        "{error:?}"
    );
    Ok(())
}

async fn all(db: &Database) -> Result<Vec<(String, i32)>> {
    let pages = Page::objects().order_by(|p| p.id());
    pages.values(|p| (p.title(), p.n())).all(db).await
}

fn row(title: &str, n: i32) -> (String, i32) {
    (title.to_owned(), n)
}

#[tokio::test]
async fn an_index_over_some_rows_is_found_by_its_fields_and_by_its_name() -> Outcome {
    let db = pages().await?;
    let again = |n: i32| [draft!(Page { slug: "a", title: "Second", n })];
    let by_fields = Page::objects().bulk_create(&db, again(5)).on_conflict(|p| p.slug());
    assert!(!by_fields.update(|p| p.n()).await?[0].inserted);
    let by_name = Page::objects().bulk_create(&db, again(6)).on_constraint("live_slug");
    assert!(!by_name.update(|p| (p.n(), p.title())).await?[0].inserted);
    assert_rows!(all(&db).await?, [row("Second", 6), row("Old", 7)]);
    let ignored = Page::objects().bulk_create(&db, again(8)).on_constraint("live_slug").ignore();
    assert_eq!(ignored.await?.len(), 0);
    let dead = [draft!(Page { slug: "a", title: "Dead", live: false })];
    let dead = Page::objects().bulk_create(&db, dead).on_conflict(|p| p.slug()).update(|p| p.n());
    assert!(dead.await?[0].inserted);
    Ok(())
}

#[tokio::test]
async fn an_index_over_an_expression_is_found_by_its_name() -> Outcome {
    let db = pages().await?;
    let other = [draft!(Page { slug: "b", title: "FIRST", n: 3 })];
    let upsert = Page::objects().bulk_create(&db, other).on_constraint("title_ci");
    assert!(!upsert.update(|p| p.n()).await?[0].inserted);
    assert_rows!(all(&db).await?, [row("First", 3), row("Old", 7)]);
    Ok(())
}

#[tokio::test]
async fn one_row_is_obtained_by_an_index_over_some_rows() -> Outcome {
    let db = pages().await?;
    Page::objects().filter(|p| !p.live()).delete(&db).await?;
    let draft = || draft!(Page { slug: "a", title: "Third", n: 9 });
    let (page, created) = Page::objects().get_or_create(&db, |p| p.slug(), draft()).await?;
    assert_eq!((page.n, created), (0, false));
    let (page, created) = Page::objects().update_or_create(&db, |p| p.slug(), draft()).await?;
    assert_eq!((page.n, created), (9, false));
    let draft = draft!(Page { slug: "new", title: "New" });
    assert!(Page::objects().update_or_create(&db, |p| p.slug(), draft).await?.1);
    assert_rows!(all(&db).await?, [row("Third", 9), row("New", 0)]);
    Ok(())
}

#[tokio::test]
async fn a_row_with_null_is_found_again() -> Outcome {
    let db = pages().await?;
    let none: Option<i64> = None;
    let draft = |theme: &str| draft!(Setting { user: none, key: "k", theme });
    for (theme, new) in [("a", true), ("b", false), ("c", false)] {
        let obtained =
            Setting::objects().update_or_create(&db, |s| (s.user(), s.key()), draft(theme));
        assert_eq!(obtained.await?.1, new, "{theme}");
    }
    let got = Setting::objects().get_or_create(&db, |s| (s.user(), s.key()), draft("d")).await?;
    assert_eq!((got.0.theme.as_str(), got.1), ("c", false));
    let one = draft!(Setting { user: 1, key: "k", theme: "x" });
    assert!(Setting::objects().update_or_create(&db, |s| (s.user(), s.key()), one).await?.1);
    assert_eq!(Setting::objects().count(&db).await?, 2);
    Ok(())
}
