//! Related sets change what their manager shows: rows that it hides stay where they are, as in Django.

use crate::support::{Outcome, database};
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_rows_unordered};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "managers")]
pub struct Paper {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "managers", managers(objects = Shown, everything = AllRows))]
pub struct Article {
    pub id: i64,
    pub headline: String,
    #[field(related_name = "articles")]
    pub papers: ManyToMany<Paper>,
    #[field(on_delete = SetNull, related_name = "leads")]
    pub lead_of: Option<ForeignKey<Paper>>,
    pub see_also: ManyToMany<Self>,
}

pub struct Shown;
impl Manager<Article> for Shown {
    fn queryset(&self) -> QuerySet<Article> {
        Article::unfiltered().exclude(|a| a.headline().eq("deleted"))
    }
}

type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

async fn papers() -> Opened {
    Ok(database!("managers": Paper, Article; rows))
}

/// A paper with three articles, the last of which is hidden, as its articles and as its leads.
async fn rows(db: &Database) -> Result<()> {
    let paper = draft!(Paper { name: "Guardian" }).save(db).await?;
    for headline in ["a", "b", "deleted"] {
        let article = draft!(Article { headline, lead_of: &paper }).save(db).await?;
        paper.articles().add(db, [&article]).await?;
    }
    Ok(())
}

/// The articles of the paper, and its leads, the hidden ones among them.
async fn held(db: &Database) -> Result<(Vec<i64>, Vec<i64>)> {
    let all = || Article::unfiltered().order_by(|a| a.id());
    let articles = all().filter(|a| a.papers().id().eq(1)).values(|a| a.id()).all(db).await?;
    let leads = all().filter(|a| a.lead_of().eq(1)).values(|a| a.id()).all(db).await?;
    Ok((articles, leads))
}

#[tokio::test]
async fn set_leaves_hidden_rows_where_they_are() -> Outcome {
    let db = papers().await?;
    let paper = Paper::objects().get(&db).await?;
    paper.articles().set(&db, [1]).await?;
    paper.leads().set(&db, [1]).await?;
    assert_eq!(held(&db).await?, (vec![1, 3], vec![1, 3]));
    assert_rows_unordered!(paper.articles().values(|a| a.id()).all(&db).await?, [1]);
    Ok(())
}

#[tokio::test]
async fn remove_leaves_hidden_rows_where_they_are() -> Outcome {
    let db = papers().await?;
    let paper = Paper::objects().get(&db).await?;
    paper.articles().remove(&db, [2, 3]).await?;
    paper.leads().remove(&db, [2, 3]).await?;
    assert_eq!(held(&db).await?, (vec![1, 3], vec![1, 3]));
    Ok(())
}

#[tokio::test]
async fn clear_leaves_hidden_rows_where_they_are() -> Outcome {
    let db = papers().await?;
    let paper = Paper::objects().get(&db).await?;
    paper.articles().clear(&db).await?;
    paper.leads().clear(&db).await?;
    assert_eq!(held(&db).await?, (vec![3], vec![3]));
    Ok(())
}

#[tokio::test]
async fn both_directions_of_a_symmetrical_relation_keep_hidden_rows() -> Outcome {
    let db = papers().await?;
    let first = Article::objects().get_by_key(&db, 1).await?;
    first.see_also().add(&db, [2, 3]).await?;
    let seen = async || -> Result<Vec<i64>> {
        let seen = Article::unfiltered().filter(|a| a.see_also().id().eq(1));
        seen.order_by(|a| a.id()).values(|a| a.id()).distinct().all(&db).await
    };
    assert_eq!(seen().await?, [2, 3]);
    first.see_also().clear(&db).await?;
    assert_eq!(seen().await?, [3]);
    Ok(())
}
