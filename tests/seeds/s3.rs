//! Subqueries with a reference to the query around them.

use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "posts")]
pub struct Tag {
    pub id: i64,
    #[field(max_length = 120)]
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "posts")]
pub struct Post {
    pub id: i64,
    #[field(max_length = 120)]
    pub title: String,
    pub tags: ManyToMany<Tag>,
}

#[tokio::test]
async fn s3_2_outer_reference_run_on_its_own() -> Outcome {
    let db = database!("seeds_s3": Tag, Post);
    let tag = draft!(Tag { name: "tag1" }).save(&db).await?;
    let post = draft!(Post { title: "post1" }).save(&db).await?;
    post.tags().add(&db, [&tag]).await?;
    // The question of the seed, in its first line: a raw key by the reverse relation.
    assert_rows!(Tag::objects().filter(|t| t.post().eq(post.pk())).all(&db).await?, [tag.clone()]);

    let posts = Post::paths();
    let tags = Tag::objects().filter(|t| t.post().eq(outer_ref(posts.id())));
    let error = assert_num_queries!(db, 0, tags.count(&db).await).expect_err("no query around it");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    says(&error, &["`outer_ref`", "inside another query"]);
    let error = assert_num_queries!(db, 0, tags.all(&db).await).expect_err("no query around it");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    assert!(matches!(tags.sql(), Err(Error::Usage(_))));
    // Inside of the query that it refers to it works.
    let tagged = Post::objects()
        .filter(|p| exists(Tag::objects().filter(|t| t.post().eq(outer_ref(p.id())))));
    assert_rows!(tagged.all(&db).await?, [post]);
    Ok(())
}
