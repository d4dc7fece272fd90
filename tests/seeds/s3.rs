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

/// `post1` with two tags, `post2` with one of them, `post3` with none.
async fn tagged(db: &Database) -> Result<()> {
    let tags = Tag::objects().bulk_create(db, ["a", "b"].map(|name| draft!(Tag { name }))).await?;
    let titles = ["post1", "post2", "post3"].map(|title| draft!(Post { title }));
    let posts = Post::objects().bulk_create(db, titles).await?;
    posts[0].tags().add(db, &tags).await?;
    posts[1].tags().add(db, &tags[..1]).await
}

#[tokio::test]
async fn s3_1_tags_counted_by_a_subquery() -> Outcome {
    let db = database!("seeds_s3_counted": Tag, Post; tagged);
    // The reverse relation by its default name, with a raw key.
    assert_eq!(Tag::objects().filter(|t| t.post().eq(1)).count(&db).await?, 2);

    // Grouped inside: a post without tags has no group, and NULL.
    let grouped = Post::objects().order_by(|p| p.id()).annotate(|p| {
        let tags = Tag::objects().filter(|t| t.post().eq(outer_ref(p.id())));
        let groups = tags.values(|t| t.post().id()).annotate(|t| t.id().count());
        subquery(groups.values(|t| t.id().count()).limit(1))
    });
    let counts = grouped.all(&db).await?.into_iter().map(|(_, n)| n);
    assert_rows!(counts.collect::<Vec<_>>(), [Some(2), Some(1), None]);
    let outside = grouped.sql()?;
    let outside = outside.rsplit(')').next().unwrap_or_default();
    assert!(!outside.contains("GROUP BY"), "{outside}");

    // An aggregate over a subquery groups outside, as Django does.
    let counted = Post::objects().order_by(|p| p.id()).annotate(|p| {
        subquery(p.tags().objects().order_by(|t| t.id()).values(|t| t.id()).limit(1)).count()
    });
    assert!(counted.sql()?.contains("GROUP BY"), "{}", counted.sql()?);
    let counts = counted.all(&db).await?.into_iter().map(|(_, n)| n);
    assert_rows!(counts.collect::<Vec<_>>(), [1, 1, 0]);

    // In one word: 0 where there is none, and nothing is grouped.
    for counted in [
        Post::objects().annotate(|p| subquery_count(p.tags().objects())),
        Post::objects().annotate(|p| {
            subquery_count(Tag::objects().filter(|t| t.post().eq(outer_ref(p.id()))))
        }),
    ] {
        let counted = counted.order_by(|p| p.id());
        assert!(!counted.sql()?.contains("GROUP BY"), "{}", counted.sql()?);
        let counts = counted.all(&db).await?.into_iter().map(|(_, n)| n);
        assert_rows!(counts.collect::<Vec<_>>(), [2, 1, 0]);
    }
    Ok(())
}

#[tokio::test]
async fn s3_3_totals_over_a_relation_in_one_word() -> Outcome {
    let db = database!("seeds_s3_counted": Tag, Post; tagged);
    let totals = Post::objects().order_by(|p| p.id()).values(|p| {
        let ids = || p.tags().objects().values(|t| t.id());
        (
            subquery_count(ids()),
            subquery_sum(ids()),
            subquery_min(ids()),
            subquery_max(p.tags().objects().values(|t| t.name())),
            subquery_avg(ids()),
            exists(p.tags().objects()),
        )
    });
    let text = |text: &str| Some(text.to_owned());
    assert_rows!(
        totals.all(&db).await?,
        [
            (2, Some(3), Some(1), text("b"), Some(1.5), true),
            (1, Some(1), Some(1), text("a"), Some(1.0), true),
            (0, None, None, None, None, false),
        ]
    );
    Ok(())
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
