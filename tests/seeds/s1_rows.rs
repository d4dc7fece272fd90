//! The scrap book: managers, query set methods, many rows.

use crate::support::{Outcome, alone, database};
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_num_queries, assert_rows};

mod blog {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "blog")]
    pub struct Author {
        pub id: i64,
        pub name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(
        app = "blog",
        ordering = [title],
        managers(objects = PubliclyViewable, everything = AllRows),
    )]
    pub struct BlogPost {
        pub id: i64,
        pub title: String,
        pub public: bool,
        #[field(related_name = "posts", on_delete = Cascade)]
        pub author: ForeignKey<Author>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "blog", ordering = [id])]
    pub struct Comment {
        pub id: i64,
        #[field(related_name = "comments", on_delete = Cascade)]
        pub post: ForeignKey<BlogPost>,
    }

    pub struct PubliclyViewable;
    impl Manager<BlogPost> for PubliclyViewable {
        fn queryset(&self) -> QuerySet<BlogPost> {
            BlogPost::unfiltered().filter(|p| p.public().eq(true))
        }
    }
}

#[tokio::test]
async fn s1_36_manager_with_a_default_filter_beside_the_plain_one() -> Outcome {
    use blog::{Author, BlogPost, Comment};
    let db = database!("seeds_s1_36": Author, BlogPost, Comment);
    let ann = draft!(Author { name: "Ann" }).save(&db).await?;
    for (title, public) in [("Draft", false), ("News", true), ("Old", true)] {
        draft!(BlogPost { title: title, public: public, author: &ann }).save(&db).await?;
    }
    let titles = async |posts: QuerySet<BlogPost>| posts.values(|p| p.title()).all(&db).await;
    assert_rows!(titles(BlogPost::objects()).await?, ["News", "Old"]);
    assert_rows!(titles(BlogPost::everything()).await?, ["Draft", "News", "Old"]);
    // It is the beginning of a query set, so everything goes on from there.
    let filtered = BlogPost::objects().filter(|p| p.title().startswith("D"));
    assert_eq!(filtered.count(&db).await?, 0);
    // Related sets go through it, keys do not.
    assert_eq!(ann.posts().count(&db).await?, 2);
    let authors = Author::objects().prefetch_related(|a| a.posts()).all(&db).await?;
    assert_eq!(authors[0].1.len(), 2);
    let written = Author::objects().filter(|a| exists(a.posts().objects()));
    assert_eq!(written.count(&db).await?, 1);
    BlogPost::objects().update(&db, |p| p.public().set(false)).await?;
    assert_eq!(written.count(&db).await?, 0);
    assert_eq!(ann.posts().count(&db).await?, 0);
    let hidden = BlogPost::everything().first(&db).await?.expect("a post");
    let comment = draft!(Comment { post: &hidden }).save(&db).await?;
    assert_eq!(comment.post.fetch(&db).await?, hidden);
    let with_post = Comment::objects().select_related(|c| c.post());
    assert_rows!(with_post.all(&db).await?, [(comment, hidden)]);
    Ok(())
}

mod notifications {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "push")]
    pub struct User {
        pub id: i64,
        pub name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "push", table = "sent_push_notifications", ordering = [id])]
    pub struct SentPushNotification {
        pub id: i64,
        pub notification_category: String,
        pub sent_at: DateTime<Utc>,
        #[field(related_name = "notifications", on_delete = Cascade)]
        pub user: ForeignKey<User>,
    }

    #[queryset]
    impl QuerySet<SentPushNotification> {
        pub fn nearby(self) -> Self {
            self.filter(|n| n.notification_category().eq("nearby"))
        }

        pub fn special_offer(self) -> Self {
            self.filter(|n| n.notification_category().eq("special_offer"))
        }

        pub fn on(self, day: NaiveDate) -> Self {
            self.filter(|n| n.sent_at().date().eq(day))
        }
    }
}

#[tokio::test]
async fn s1_37_query_set_methods_chained() -> Outcome {
    use notifications::{SentPushNotification, SentPushNotificationQuerySet, User};
    let db = database!("seeds_s1_37": User, SentPushNotification);
    let ann = draft!(User { name: "Ann" }).save(&db).await?;
    let bob = draft!(User { name: "Bob" }).save(&db).await?;
    for (category, at, user) in [
        ("nearby", "2024-02-03T10:00:00Z", &ann),
        ("nearby", "2024-02-04T00:30:00Z", &ann),
        ("special_offer", "2024-02-03T11:00:00Z", &ann),
        ("nearby", "2024-02-03T12:00:00Z", &bob),
    ] {
        let at: DateTime<Utc> = at.parse()?;
        let draft = draft!(SentPushNotification { notification_category: category, sent_at: at });
        draft.with(|d| d.user, user).save(&db).await?;
    }
    let day: NaiveDate = "2024-02-03".parse()?;
    let ids = async |q: QuerySet<SentPushNotification>| q.values(|n| n.id()).all(&db).await;
    let all = SentPushNotification::objects;
    assert_rows!(ids(all().nearby()).await?, [1, 2, 4]);
    assert_rows!(ids(all().special_offer()).await?, [3]);
    assert_rows!(ids(all().nearby().on(day)).await?, [1, 4]);
    assert_rows!(ids(all().on(day).filter(|n| n.user().name().eq("Bob")).nearby()).await?, [4]);
    // On the related set of an instance, and in the query of another model.
    assert_eq!(ann.notifications().nearby().count(&db).await?, 2);
    let with_offers =
        User::objects().filter(|u| exists(u.notifications().objects().special_offer()));
    assert_rows!(with_offers.all(&db).await?, [ann]);
    Ok(())
}

mod crowd {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "crowd")]
    pub struct Person {
        pub id: i64,
        pub name: String,
    }
}

const MANY: i32 = 100_000;

/// 100,000 rows of over 500 bytes each.
async fn crowd() -> Result<TestDatabase, Box<dyn std::error::Error + Send + Sync>> {
    let db = database!("seeds_s1_38": crowd::Person);
    let sql = "INSERT INTO crowd_person (name) SELECT repeat('x', 500) FROM generate_series(1, $1)";
    db.execute(sql, params![MANY]).await?;
    Ok(db)
}

#[tokio::test]
async fn s1_38_many_rows_in_bounded_memory() -> Outcome {
    use crowd::Person;
    // The memory of a process is that of all tests, so this one gets its own.
    if !alone("seeds::s1_rows::s1_38_many_rows_in_bounded_memory")? {
        return Ok(());
    }
    let db = crowd().await?;
    let before = most_memory()?;
    let mut seen = 0;
    let mut rows = Person::objects().order_by(|p| p.id()).stream(&db);
    while let Some(person) = rows.next().await.transpose()? {
        seen += 1;
        assert_eq!((person.id, person.name.len()), (seen.into(), 500));
    }
    assert_eq!(seen, MANY);
    db.transaction(async |tx| {
        let mut rows = Person::objects().stream(tx);
        while let Some(person) = rows.next().await.transpose()? {
            seen -= i32::from(person.name.len() == 500);
        }
        Ok(())
    })
    .await?;
    assert_eq!(seen, 0);
    let streamed = most_memory()? - before;
    let all = Person::objects().all(&db).await?;
    assert_eq!(all.len(), 100_000);
    let loaded = most_memory()? - before;
    assert!(loaded > 50_000 && streamed < 10_000, "{streamed} kB streamed, {loaded} kB loaded");

    // The connection is free again after a stream that was left early.
    let one = Database::builder().url(&db.url()).max_connections(1).connect().await?;
    let mut rows = Person::objects().stream(&one);
    rows.next().await.transpose()?;
    drop(rows);
    assert_num_queries!(one, 1, assert_eq!(Person::objects().count(&one).await?, 100_000));
    Ok(())
}

/// The most memory that this process has held so far, in kB.
fn most_memory() -> std::io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    number.and_then(|n| n.parse().ok()).ok_or_else(|| std::io::Error::other("no VmHWM"))
}
