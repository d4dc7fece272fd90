//! The scrap book: columns beside columns, and updates by expression.

use crate::support::{Outcome, database};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "seed_f", ordering = [id])]
pub struct Reporter {
    pub id: i64,
    pub name: String,
    pub stories_filed: i32,
    #[field(default = 0)]
    pub stories_cut: i32,
}

async fn reporters() -> Result<orm_testkit::TestDatabase, Box<dyn std::error::Error + Send + Sync>>
{
    let db = database!("seed_s1_29": Reporter);
    for (name, filed, cut) in [("Tintin", 3, 5), ("Lois", 7, 1), ("Clark", 4, 4)] {
        let draft = draft!(Reporter { name: name, stories_filed: filed, stories_cut: cut });
        draft.save(&db).await?;
    }
    Ok(db)
}

#[tokio::test]
async fn s1_29_a_column_is_compared_with_a_column() -> Outcome {
    let db = reporters().await?;
    let cut = Reporter::objects().filter(|r| r.stories_cut().gt(r.stories_filed()));
    assert_rows!(cut.values(|r| r.name()).all(&db).await?, ["Tintin"]);
    let double = Reporter::objects().filter(|r| (r.stories_filed() * 2).gte(r.stories_cut() + 8));
    assert_rows!(double.values(|r| r.name()).all(&db).await?, ["Lois"]);
    Ok(())
}

#[tokio::test]
async fn s1_29_rows_are_updated_by_expression() -> Outcome {
    let db = reporters().await?;
    let all = Reporter::objects();
    let more = all.update(&db, |r| r.stories_filed().set(r.stories_filed() + r.stories_cut()));
    assert_eq!(assert_num_queries!(db, 1, more.await?), 3);
    let filed = Reporter::objects().values(|r| r.stories_filed());
    assert_rows!(filed.all(&db).await?, [8, 8, 8]);
    // Both are computed from the row as it was.
    let swap = |r: &orm::Fields<Reporter>| {
        (r.stories_filed().set(r.stories_cut()), r.stories_cut().set(r.stories_filed()))
    };
    all.update(&db, swap).await?;
    let both = Reporter::objects().values(|r| (r.stories_filed(), r.stories_cut()));
    assert_rows!(both.all(&db).await?, [(5, 8), (1, 8), (4, 8)]);
    Ok(())
}

/// Two connections read a row and write it back: one story is lost. By expression none is.
#[tokio::test]
async fn s1_29_the_race_that_an_expression_avoids() -> Outcome {
    let db = reporters().await?;
    let tintin = Reporter::objects().filter(|r| r.name().eq("Tintin"));
    let (mine, theirs) = (db.begin().await?, db.begin().await?);
    let (mut one, mut other) = (tintin.get(&mine).await?, tintin.get(&theirs).await?);
    one.stories_filed += 1;
    one.save(&mine).await?;
    mine.commit().await?;
    other.stories_filed += 1;
    other.save(&theirs).await?;
    theirs.commit().await?;
    assert_eq!(tintin.get(&db).await?.stories_filed, 4, "3 + 1 + 1, and one is lost");

    let (mine, theirs) = (db.begin().await?, db.begin().await?);
    let (mut one, mut other) = (tintin.get(&mine).await?, tintin.get(&theirs).await?);
    one.update(&mine, |r| r.stories_filed().set(r.stories_filed() + 1)).await?;
    let waits = other.update(&theirs, |r| r.stories_filed().set(r.stories_filed() + 1));
    // The second one waits for the first, and then counts on.
    let (done, committed) = tokio::join!(waits, async {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        mine.commit().await
    });
    done?;
    committed?;
    theirs.commit().await?;
    assert_eq!((one.stories_filed, other.stories_filed), (5, 6));
    assert_eq!(tintin.get(&db).await?.stories_filed, 6);
    Ok(())
}

/// In Django an F expression stays on the instance, and the next `save` applies it once more. Here
/// an instance holds values: what was calculated is read back, and saving writes just that.
#[tokio::test]
async fn s1_29_an_expression_is_never_applied_twice() -> Outcome {
    let db = reporters().await?;
    let mut tintin = Reporter::objects().filter(|r| r.name().eq("Tintin")).get(&db).await?;
    tintin.update(&db, |r| r.stories_filed().set(r.stories_filed() + 1)).await?;
    assert_eq!(tintin.stories_filed, 4);
    tintin.name = "Tintin Jr.".to_owned();
    tintin.save(&db).await?;
    tintin.save(&db).await?;
    tintin.refresh(&db).await?;
    assert_eq!((tintin.stories_filed, tintin.name.as_str()), (4, "Tintin Jr."));
    Ok(())
}
