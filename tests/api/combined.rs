//! Rows of several models in one query, each read as what it is: `combined!`.

use crate::support::{Outcome, database, in_order, says};
use orm::prelude::*;
use orm_testkit::{QueryCounter, TestDatabase, assert_num_queries};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "feed", ordering = [id])]
pub struct User {
    pub id: i64,
    pub name: String,
}

#[derive(Choices, Clone, Copy, Debug, PartialEq)]
#[choice(db_enum = "feed_mood")]
pub enum Mood {
    #[choice("calm")]
    Calm,
    #[choice("wild")]
    Wild,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "feed", ordering = [title])]
pub struct Post {
    pub id: i64,
    #[field(max_length = 100)]
    pub title: String,
    #[field(on_delete = Cascade, related_name = "posts")]
    pub author: ForeignKey<User>,
    pub created: DateTime<Utc>,
    #[field(max_digits = 6, decimal_places = 2)]
    pub rating: Option<Decimal>,
    pub tags: Vec<String>,
    pub meta: Value,
    pub token: Uuid,
    pub mood: Mood,
    #[field(default = false)]
    pub hidden: bool,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "feed")]
pub struct Photo {
    pub id: i64,
    pub caption: Option<String>,
    pub bytes: Vec<u8>,
    pub size: Range<i32>,
    pub exposure: f64,
    #[field(on_delete = Cascade, related_name = "photos")]
    pub author: ForeignKey<User>,
    pub created: DateTime<Utc>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "feed")]
pub struct Comment {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "comments")]
    pub post: ForeignKey<Post>,
    #[field(on_delete = Cascade, related_name = "comments")]
    pub author: ForeignKey<User>,
    pub text: String,
    pub created: DateTime<Utc>,
}

combined! {
    /// What happened lately.
    #[derive(Clone, Debug, PartialEq)]
    #[model(app = "feed", ordering = [-created, kind])]
    pub Feed { Post, Photo, Comment }
    by {
        created: DateTime<Utc>,
        /// Who did it.
        #[field(related_name = "feed")]
        author: ForeignKey<User>,
        title: Option<String> = { Photo: |p| p.caption(), Comment: |c| c.post().title() },
    }
}

#[queryset]
impl QuerySet<Feed> {
    pub fn by(self, name: &str) -> Self {
        self.filter(|f| f.author().name().eq(name))
    }
}

pub fn at(hour: u32) -> DateTime<Utc> {
    let day = NaiveDate::from_ymd_opt(2026, 5, 1).and_then(|day| day.and_hms_opt(hour, 0, 0));
    day.map(|moment| moment.and_utc()).unwrap_or_default()
}

pub async fn filled() -> std::result::Result<TestDatabase, orm_testkit::TestError> {
    Ok(database!("combined_feed": User, Post, Photo, Comment; rows))
}

pub async fn rows(db: &Database) -> orm::Result<()> {
    let ann = draft!(User { name: "Ann" }).save(db).await?;
    let bob = draft!(User { name: "Bob" }).save(db).await?;
    let sea = draft!(Post {
        title: "Sea",
        author: &ann,
        created: at(1),
        rating: dec!(12.50),
        tags: vec!["a".to_owned(), "b\"c".to_owned()],
        meta: json!({"deep": [1, null, {"x": 1.5}]}),
        token: Uuid::from_u128(7),
        mood: Mood::Wild,
    });
    let sea = sea.save(db).await?;
    let sun = draft!(Photo {
        caption: "Sun",
        bytes: vec![0, 255, 7],
        size: Range::from(3..9),
        exposure: f64::INFINITY,
        author: &bob,
        created: at(2),
    });
    sun.save(db).await?;
    draft!(Comment { post: &sea, author: &bob, text: "fine", created: at(3) }).save(db).await?;
    let no_caption = draft!(Photo {
        caption: None,
        bytes: Vec::new(),
        size: Range::from(0..0),
        exposure: -0.0,
        author: &ann,
        created: at(4),
    });
    no_caption.save(db).await?;
    Ok(())
}

pub fn plain(sql: Result<String>) -> Result<String> {
    Ok(sql?.replace('"', ""))
}

fn kinds(rows: &[Feed]) -> Vec<(FeedKind, i64)> {
    rows.iter().map(|row| (row.kind, row.key)).collect()
}

const COMMENT: FeedKind = FeedKind::Comment;
const PHOTO: FeedKind = FeedKind::Photo;
const POST: FeedKind = FeedKind::Post;

#[tokio::test]
async fn each_row_is_rebuilt_as_its_own_model_in_one_query() -> Outcome {
    let db = filled().await?;
    let counter = QueryCounter::new(&db);
    let feed = Feed::objects().all(&db).await?;
    counter.expect(1)?;
    assert_eq!(kinds(&feed), [(PHOTO, 2), (COMMENT, 1), (PHOTO, 1), (POST, 1)]);
    let photos = Photo::objects().order_by(|p| p.id()).all(&db).await?;
    let post = Post::objects().get(&db).await?;
    let comment = Comment::objects().get(&db).await?;
    let rows: Vec<_> = feed.iter().map(|row| row.row.clone()).collect();
    let wanted = [
        FeedRow::Photo(photos[1].clone()),
        FeedRow::Comment(comment),
        FeedRow::Photo(photos[0].clone()),
        FeedRow::Post(post.clone()),
    ];
    assert_eq!(rows, wanted);
    assert_eq!(
        feed[3],
        Feed {
            kind: POST,
            key: 1,
            created: at(1),
            author: post.author,
            title: Some("Sea".into()),
            row: FeedRow::Post(post),
        }
    );
    let titles: Vec<_> = feed.iter().map(|row| row.title.as_deref()).collect();
    assert_eq!(titles, [None, Some("Sea"), Some("Sun"), Some("Sea")]);
    Ok(())
}

#[tokio::test]
async fn the_sql_is_one_query_over_all_tables() -> Outcome {
    let sql = plain(Feed::objects().filter(|f| f.title().eq("Sea")).sql())?;
    in_order(
        &sql,
        &[
            "SELECT t0.kind, t0.key, t0.created, t0.author_id, t0.title, t0.row FROM (",
            "(SELECT ('post'::text), t0.id, t0.created, t0.author_id, t0.title, ",
            "ROW(('0'::integer), t0.id, t0.title, t0.author_id, ",
            "FROM feed_post AS t0) UNION ALL (SELECT ('photo'::text), ",
            "FROM feed_photo AS t1) UNION ALL (SELECT ('comment'::text), t2.id, t2.created, t2.author_id, ",
            "t3.title, ROW(('2'::integer), t2.id, ",
            "FROM feed_comment AS t2 JOIN feed_post AS t3 ON t3.id = t2.post_id)",
            ") AS t0 (kind, key, created, author_id, title, row) WHERE t0.title = $1 ORDER BY t0.created DESC, t0.kind",
        ],
    );
    Ok(())
}

#[tokio::test]
async fn common_columns_filter_order_slice_and_page() -> Outcome {
    let db = filled().await?;
    let by_bob = Feed::objects().by("Bob").order_by(|f| f.created()).all(&db).await?;
    assert_eq!(kinds(&by_bob), [(PHOTO, 1), (COMMENT, 1)]);
    let recent = Feed::objects().filter(|f| f.created().gte(at(2))).slice(1..3).all(&db).await?;
    assert_eq!(kinds(&recent), [(COMMENT, 1), (PHOTO, 1)]);
    let posts = Feed::objects().filter(|f| f.kind().eq(POST)).get(&db).await?;
    assert!(matches!(posts.row, FeedRow::Post(post) if post.title == "Sea"));
    let none = Feed::objects().exclude(|f| f.kind().in_([POST, PHOTO])).count(&db).await?;
    assert_eq!(none, 1);
    assert_eq!(Feed::objects().get_by_key(&db, (PHOTO, 2)).await?.created, at(4));
    assert_eq!(Feed::objects().first(&db).await?.map(|row| row.key), Some(2));
    assert!(Feed::objects().filter(|f| f.title().isnull(true)).exists(&db).await?);
    let mut seen = Vec::new();
    let by_time = || Feed::objects().order_by(|f| (f.created(), f.kind(), f.key()));
    let mut page = by_time().page(3).get(&db).await?;
    seen.extend(kinds(&page.rows));
    while let Some(next) = page.next.take() {
        page = by_time().page(3).after(&next).get(&db).await?;
        seen.extend(kinds(&page.rows));
    }
    assert_eq!(seen, [(POST, 1), (PHOTO, 1), (COMMENT, 1), (PHOTO, 2)]);
    let counted = Feed::objects()
        .unordered()
        .values(|f| f.kind())
        .annotate(|f| f.key().count())
        .order_by(|f| f.kind());
    assert_eq!(counted.all(&db).await?, [(COMMENT, 1), (PHOTO, 2), (POST, 1)]);
    Ok(())
}

#[tokio::test]
async fn relations_lead_to_it_and_from_it() -> Outcome {
    let db = filled().await?;
    let with: Vec<(Feed, User)> =
        assert_num_queries!(db, 1, Feed::objects().select_related(|f| f.author()).all(&db).await?);
    let names: Vec<_> = with.iter().map(|(_, user)| &*user.name).collect();
    assert_eq!(names, ["Ann", "Bob", "Bob", "Ann"]);
    let users: Vec<(User, Vec<Feed>)> =
        assert_num_queries!(db, 2, User::objects().prefetch_related(|u| u.feed()).all(&db).await?);
    let of_each: Vec<_> = users.iter().map(|(user, feed)| (&*user.name, kinds(feed))).collect();
    assert_eq!(
        of_each,
        [("Ann", vec![(PHOTO, 2), (POST, 1)]), ("Bob", vec![(COMMENT, 1), (PHOTO, 1)])]
    );
    let ann = User::objects().get_by_key(&db, 1).await?;
    assert_eq!(ann.feed().count(&db).await?, 2);
    let busy = User::objects().filter(|u| u.feed().created().gt(at(3))).all(&db).await?;
    assert_eq!(busy, std::slice::from_ref(&ann));
    let idle = User::objects().exclude(|u| u.feed().kind().eq(COMMENT)).all(&db).await?;
    assert_eq!(idle, std::slice::from_ref(&ann));
    let counted = User::objects().annotate(|u| u.feed().count()).all(&db).await?;
    assert_eq!(counted.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [2, 2]);
    let some =
        User::objects().filter(|u| exists(u.feed().objects().filter(|f| f.kind().eq(COMMENT))));
    assert_eq!(some.count(&db).await?, 1);
    // Prefetches for the rows of one kind.
    let feed = Feed::objects().all(&db).await?;
    let posts = feed.into_iter().filter_map(|row| match row.row {
        FeedRow::Post(post) => Some(post),
        _ => None,
    });
    let posts: Vec<(Post, Vec<Comment>)> = prefetch(&db, posts.collect(), |p| p.comments()).await?;
    assert_eq!(posts[0].1.len(), 1);
    // A user goes with the rows of the tables, not with those that are put together of them.
    let gone = ann.delete(&db).await?;
    assert_eq!((gone.of::<Post>(), gone.of::<Photo>(), gone.of::<Feed>()), (1, 1, 0));
    Ok(())
}

#[tokio::test]
async fn rows_are_selected_without_and_beside_the_model() -> Outcome {
    let db = filled().await?;
    let rows = Feed::objects().values(|f| (f.created(), f.row())).all(&db).await?;
    assert!(matches!(&rows[1], (moment, FeedRow::Comment(comment))
        if *moment == at(3) && comment.text == "fine"));
    let likes = Feed::objects().annotate(|f| f.author().posts().count());
    let likes = likes.order_by(|f| f.created().desc()).all(&db).await?;
    assert_eq!(likes.iter().map(|(_, posts)| *posts).collect::<Vec<_>>(), [1, 0, 0, 1]);
    let longest =
        Feed::objects().annotate(|f| (f.author().posts().count(), f.author().photos().count()));
    assert_eq!(longest.all(&db).await?.len(), 4);
    let nested = Feed::objects().limit(3).nested().filter(|f| f.kind().eq(PHOTO)).all(&db).await?;
    assert_eq!(kinds(&nested), [(PHOTO, 2), (PHOTO, 1)]);
    let joined = User::objects()
        .join(Feed::objects(), |user, feed| feed.author().pk().eq(user.id()))
        .all(&db)
        .await?;
    assert_eq!(joined.len(), 4);
    let both = Feed::objects().by("Bob") | Feed::objects().filter(|f| f.kind().eq(POST));
    assert_eq!(both.count(&db).await?, 3);
    let all = Feed::objects().by("Bob").union(Feed::objects().by("Ann"));
    assert_eq!(all.all(&db).await?.len(), 4);
    let texts =
        Feed::objects().values(|f| f.title()).distinct().order_by(|f| f.title().asc().nulls_last());
    assert_eq!(texts.all(&db).await?, [Some("Sea".to_owned()), Some("Sun".to_owned()), None]);
    let bytes = Feed::objects().filter(|f| f.kind().eq(PHOTO)).stream(&db);
    let rows: Vec<Feed> = futures_util::TryStreamExt::try_collect(bytes).await?;
    assert_eq!(rows.len(), 2);
    Ok(())
}

#[tokio::test]
async fn rows_are_not_written() -> Outcome {
    let db = filled().await?;
    let row = Feed::objects().first(&db).await?.ok_or("a row")?;
    for error in [
        Feed::objects().delete(&db).await.map(drop),
        Feed::objects().update(&db, |f| f.created().set(at(9))).await.map(drop),
        row.clone().delete(&db).await.map(drop),
    ] {
        says(&error.expect_err("it is a view"), &["`Feed`, which is a view"]);
    }
    let error = Feed::objects().filter(|f| f.row().eq(row.row)).count(&db).await;
    says(&error.expect_err("no such comparison"), &["rows of several models are read"]);
    assert_eq!(create_tables_sql::<Feed>()?, Vec::<String>::new());
    Ok(())
}

mod parts {
    use super::{Comment, Photo, Post, User};
    use orm::prelude::*;

    combined! {
        /// Query sets of one's own, and more than a row of the model.
        #[derive(Clone, Debug, PartialEq)]
        #[model(app = "feed", ordering = [what, key])]
        pub Found {
            Post(Post, User, i64) = Post::objects()
                .filter(|p| !p.hidden())
                .select_related(|p| p.author())
                .annotate(|p| p.comments().count()),
            /// The newest one only.
            Newest(Box<Photo>) = Photo::objects().order_by(|p| p.created().desc()).limit(1),
            Text(String) = Comment::objects().filter(|c| c.text().ne("it's $1 {}")).values(|c| c.text()),
        }
        by {
            what: String = { Post: |p| p.title().upper(), Newest: |_| value("photo"), Text: |c| c.author().name() },
            likes: Option<i64> = { Post: |p| p.comments().count(), Newest: |_| value(None::<i64>), Text: |_| value(5_i64) },
        }
    }
}
use parts::{Found, FoundKind, FoundRow};

#[tokio::test]
async fn parts_have_query_sets_of_their_own() -> Outcome {
    let db = filled().await?;
    let all = assert_num_queries!(db, 1, Found::objects().all(&db).await?);
    let seen: Vec<_> = all.iter().map(|row| (row.kind, &*row.what, row.likes)).collect();
    assert_eq!(
        seen,
        [
            (FoundKind::Text, "Bob", Some(5)),
            (FoundKind::Post, "SEA", Some(1)),
            (FoundKind::Newest, "photo", None),
        ]
    );
    let post = Post::objects().get(&db).await?;
    let ann = User::objects().get_by_key(&db, 1).await?;
    assert_eq!(all[1].row, FoundRow::Post(post, ann, 1));
    assert!(matches!(&all[2].row, FoundRow::Newest(photo) if photo.id == 2));
    assert_eq!(all[0].row, FoundRow::Text("fine".into()));
    // Values of the query around and of the parts do not mix.
    for (name, likes) in [("Bob", 5), ("SEA", 1), ("Bob", 1)] {
        let found = Found::objects().filter(|f| f.what().eq(name) & f.likes().eq(likes));
        assert_eq!(found.count(&db).await?, u64::from(likes != 1 || name == "SEA"), "{name}");
    }
    Ok(())
}
