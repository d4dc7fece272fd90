//! Rows of several models in a view of the database, and those of tenants.

use super::combined::{Comment, Feed, FeedRow, Photo, Post, User, UserFields, at, plain, rows};
use crate::support::{Outcome, database, in_order, says, scalar};
use orm::prelude::*;
use orm::tables::outdated_views;
use orm_testkit::assert_num_queries;

combined! {
    /// The feed as a view, with the author of each post.
    #[derive(Clone, Debug, PartialEq)]
    #[combined(view)]
    #[model(app = "feed", ordering = [created], comment = "what happened")]
    pub Timeline {
        Post(Post, User) = Post::objects().select_related(|p| p.author()),
        Photo,
        Comment,
    }
    by {
        created: DateTime<Utc>,
        author: ForeignKey<User>,
    }
}

combined! {
    #[derive(Clone, Debug, PartialEq)]
    #[combined(materialized)]
    #[model(app = "feed", index(fields = [created]))]
    pub Archive { Photo, Comment }
    by { created: DateTime<Utc> }
}

#[tokio::test]
async fn a_view_keeps_rows_as_json_and_they_are_rebuilt_in_full() -> Outcome {
    let db = database!("combined_views": Timeline, Archive, User, Post, Photo, Comment; rows);
    let all = assert_num_queries!(db, 1, Timeline::objects().all(&db).await?);
    let feed = Feed::objects().order_by(|f| f.created()).all(&db).await?;
    assert_eq!(all.len(), feed.len());
    let users = User::objects().all(&db).await?;
    for (stored, row) in all.iter().zip(feed) {
        assert_eq!(
            (stored.key, stored.created, &stored.author),
            (row.key, row.created, &row.author)
        );
        let wanted = match row.row {
            FeedRow::Post(post) => TimelineRow::Post(post, users[0].clone()),
            FeedRow::Photo(photo) => TimelineRow::Photo(photo),
            FeedRow::Comment(comment) => TimelineRow::Comment(comment),
        };
        assert_eq!(stored.row, wanted);
    }
    let photos =
        Timeline::objects().filter(|t| t.kind().eq(TimelineKind::Photo) & t.created().gt(at(2)));
    assert_eq!(photos.get(&db).await?.key, 2);
    assert_eq!(users[1].timeline_set().count(&db).await?, 2);
    // Anybody can read what is in it.
    let title = "SELECT row ->> 'title' || ' by ' || (row ->> 'name') FROM feed_timeline WHERE kind = 'post'";
    let title: String = scalar(&db, title).await?;
    assert_eq!(title, "Sea by Ann");
    assert_eq!(outdated_views::<(Timeline, Archive)>(&*db).await?, []);
    Ok(())
}

#[tokio::test]
async fn the_view_is_made_of_the_models() -> Outcome {
    let sql = create_tables_sql::<(Timeline, User, Post, Photo, Comment)>()?.join("\n");
    in_order(
        &plain(Ok(sql))?,
        &[
            "CREATE VIEW feed_timeline (kind, key, created, author_id, row) AS",
            "(SELECT ('post'::text), t0.id, t0.created, t0.author_id, ",
            "jsonb_build_object(('id'::text), t0.id, ('title'::text), t0.title, ",
            "('User.id'::text), ",
            "('name'::text), t1.name) FROM feed_post AS t0 JOIN feed_user AS t1",
            "UNION ALL (SELECT ('photo'::text), ",
        ],
    );
    let sql = plain(Timeline::objects().filter(|t| t.key().eq(3)).sql())?;
    in_order(
        &sql,
        &[
            "FROM (SELECT v.kind, v.key, v.created, v.author_id, CASE v.kind WHEN 'post' THEN (SELECT ROW(0, r.id, ",
            "FROM jsonb_to_record(v.row) AS r (id bigint, title text, author bigint, ",
            " END FROM feed_timeline AS v) AS t0 (kind, key, created, author_id, row) WHERE t0.key = $1",
        ],
    );
    Ok(())
}

#[tokio::test]
async fn materialized_ones_are_refreshed() -> Outcome {
    let db = database!("combined_views": Timeline, Archive, User, Post, Photo, Comment; rows);
    assert_eq!(Archive::objects().count(&db).await?, 0);
    Archive::objects().refresh(&db).await?;
    Archive::objects().refresh(&db).concurrently().await?;
    let comment = Comment::objects().get(&db).await?;
    let found = Archive::objects().filter(|a| a.kind().eq(ArchiveKind::Comment)).get(&db).await?;
    assert_eq!(found.row, ArchiveRow::Comment(comment));
    Ok(())
}

mod tenants {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "feed_of", tenant = org)]
    pub struct Plan {
        pub id: i64,
        pub org: i64,
        pub name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "feed_of")]
    pub struct Step {
        pub id: i64,
        #[field(on_delete = Cascade, related_name = "steps")]
        pub plan: ForeignKey<Plan>,
    }

    combined! {
        #[derive(Clone, Debug, PartialEq)]
        #[model(app = "feed_of", tenant = org, ordering = [kind, key])]
        pub Work { Plan, Step }
        by { org: i64 = { Step: |s| s.plan().org() } }
    }

    combined! {
        #[derive(Clone, Debug, PartialEq)]
        pub Leak { Plan, Step }
    }
}

#[tokio::test]
async fn each_tenant_sees_its_own() -> Outcome {
    use tenants::{Leak, Plan, Step, Work};
    let db = database!("combined_tenants": Plan, Step);
    for org in [1_i64, 2] {
        let own = db.for_tenant(org);
        let plan: Plan = draft!(Plan { name: format!("of {org}") }).save(&own).await?;
        draft!(Step { plan: &plan }).save(&own).await?;
    }
    let seen = Work::objects().all(&db.for_tenant(2_i64)).await?;
    assert_eq!(seen.iter().map(|row| (row.org, row.key)).collect::<Vec<_>>(), [(2, 2), (2, 2)]);
    assert_eq!(Work::objects().count(&db.all_tenants()).await?, 4);
    let error = Work::objects().all(&db).await.expect_err("nobody says whose");
    says(&error, &["the rows of `Work` belong to tenants"]);
    for error in [
        Leak::objects().all(&db).await.expect_err("nothing says whose"),
        Leak::objects().all(&db.for_tenant(1_i64)).await.expect_err("nothing says whose"),
    ] {
        says(&error, &["in the rows of `Leak`", "`#[model(tenant = …)]`"]);
    }
    Ok(())
}
