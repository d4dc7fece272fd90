//! Rows deleted by a mark, on a server.

use orm::BoxFuture;
use orm::prelude::*;
use orm_testkit::{QueryCounter, TestDatabase};
use soft_delete::{Deletion, Marked, NotDeleted, SoftDelete, delete, delete_all, restore};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(ordering = [id], managers(objects = NotDeleted, with_deleted = AllRows))]
struct Chapter {
    id: i64,
    title: String,
    deleted_at: Option<DateTime<Utc>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(ordering = [id], managers(objects = NotDeleted, with_deleted = AllRows))]
struct Page {
    id: i64,
    #[field(on_delete = Cascade, related_name = "pages")]
    chapter: ForeignKey<Chapter>,
    deleted_at: Option<DateTime<Utc>>,
}

impl SoftDelete for Chapter {
    fn deleted_at(chapter: &Fields<Chapter>) -> Marked<Chapter> {
        chapter.deleted_at()
    }

    fn cascade<'a>(
        rows: QuerySet<Chapter>,
        deletion: Deletion,
        db: &'a dyn Executor,
    ) -> BoxFuture<'a, Result<u64>> {
        deletion.of(Page::with_deleted().filter(|p| p.chapter().in_(rows)), db)
    }
}

impl SoftDelete for Page {
    fn deleted_at(page: &Fields<Page>) -> Marked<Page> {
        page.deleted_at()
    }
}

type Outcome = std::result::Result<(), Box<dyn std::error::Error + Send + Sync>>;

async fn book(db: &Database) -> Result<(Chapter, Vec<Page>)> {
    create_tables::<(Chapter, Page)>(db).await?;
    let chapter: Chapter = draft!(Chapter { title: "one" }).save(db).await?;
    draft!(Chapter { title: "two" }).save(db).await?;
    let pages = (0..3).map(|_| draft!(Page { chapter: &chapter }));
    let pages = Page::objects().bulk_create(db, pages).await?;
    Ok((chapter, pages))
}

#[tokio::test]
async fn rows_that_are_deleted_are_not_seen_and_come_back_with_what_went_with_them() -> Outcome {
    let db = TestDatabase::empty().await?;
    let (chapter, pages) = book(&db).await?;
    assert_eq!(delete(&*db, &pages[0]).await?, 1);
    assert_eq!(delete(&*db, &pages[0]).await?, 0, "it was deleted already");
    assert_eq!(chapter.pages().count(&*db).await?, 2, "related sets go through the manager");

    let sent = QueryCounter::new(&db);
    assert_eq!(delete(&*db, &chapter).await?, 3, "the chapter and two pages");
    assert_eq!(sent.statements().len(), 4, "BEGIN, an UPDATE for each model, COMMIT");
    assert_eq!(Chapter::objects().count(&*db).await?, 1);
    assert_eq!(Page::objects().count(&*db).await?, 0);
    let chapters = Chapter::with_deleted().prefetch_related(|c| c.pages()).all(&*db).await?;
    assert_eq!((chapters.len(), chapters[0].1.len()), (2, 0));
    assert_eq!(Page::with_deleted().count(&*db).await?, 3);

    // What was deleted before stays deleted.
    assert_eq!(restore(&*db, &chapter).await?, 3);
    let back: Vec<i64> = Page::objects().values(|p| p.id()).all(&*db).await?;
    assert_eq!(back, [pages[1].id, pages[2].id]);
    assert_eq!(restore(&*db, &chapter).await?, 0, "it is there");
    assert_eq!(restore(&*db, &pages[0]).await?, 1);
    assert_eq!(Page::objects().count(&*db).await?, 3);
    Ok(())
}

#[tokio::test]
async fn query_sets_are_deleted_in_a_transaction_around() -> Outcome {
    let db = TestDatabase::empty().await?;
    let (_, pages) = book(&db).await?;
    let few = Page::objects().filter(|p| p.id().lte(pages[1].id));
    let undone: Result<()> = db
        .transaction(async |tx| {
            assert_eq!(delete_all(tx, few.clone()).await?, 2);
            assert_eq!(Page::objects().count(tx).await?, 1);
            Err(Error::usage("undone"))
        })
        .await;
    assert!(undone.is_err());
    assert_eq!(Page::objects().count(&*db).await?, 3);
    assert_eq!(delete_all(&*db, few).await?, 2);
    assert_eq!(delete_all(&*db, Page::objects().none()).await?, 0);
    // A row that is deleted for good takes its marks with it.
    pages[0].clone().delete(&*db).await?;
    assert_eq!(Page::with_deleted().count(&*db).await?, 2);
    Ok(())
}
