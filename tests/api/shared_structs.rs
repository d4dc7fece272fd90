//! More of the structs that models flatten: the abstract models of Django's own tests, and odd cases.

use crate::support::{Outcome, database};
use orm::prelude::*;
use orm_testkit::TestDatabase;

/// Django's `CommonInfo`, `Worker` and `Student`.
#[derive(ModelFields, Clone, Debug, PartialEq)]
#[model(ordering = [name])]
pub struct CommonInfo {
    #[field(max_length = 50)]
    pub name: String,
    #[field(positive)]
    pub age: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "odd")]
pub struct Worker {
    pub id: i64,
    #[model(flatten)]
    pub common: CommonInfo,
    #[field(max_length = 50)]
    pub job: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "odd", ordering = [-common.age])]
pub struct Student {
    pub id: i64,
    #[model(flatten)]
    pub common: CommonInfo,
    #[field(max_length = 10)]
    pub school_class: String,
}

/// Django's `Post` and `Attachment`, with `related_name="attached_%(class)s_set"`.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "odd")]
pub struct Post {
    pub id: i64,
    pub title: String,
}

#[derive(ModelFields, Clone, Debug, PartialEq)]
pub struct Attachment {
    #[field(on_delete = Cascade, related_name = "attached_{model}_set")]
    pub post: ForeignKey<Post>,
    pub content: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "odd")]
pub struct Comment {
    pub id: i64,
    #[model(flatten, related(post: Post = "attached_comment_set"))]
    pub attachment: Attachment,
    #[field(default = false)]
    pub is_spam: bool,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "odd")]
pub struct Link {
    pub id: i64,
    #[model(flatten, related(post: Post = "attached_link_set"))]
    pub attachment: Attachment,
    pub url: String,
}

/// A key of several columns, a one-to-one, a relation without another side, three levels.
#[derive(ModelFields, Clone, Debug, PartialEq)]
#[model(primary_key = [store, number])]
pub struct Numbered {
    pub store: i32,
    pub number: i32,
}

#[derive(ModelFields, Clone, Debug, PartialEq)]
#[model(unique(fields = [code], name = "{app}_{model}_code"))]
pub struct Coded {
    #[field(column = "{model}_code")]
    pub code: Option<String>,
    #[model(flatten)]
    pub common: CommonInfo,
}

#[derive(ModelFields, Clone, Debug, PartialEq)]
pub struct Owned {
    #[model(flatten, primary_key)]
    pub numbered: Numbered,
    #[field(on_delete = Cascade, related_name = "one_{model}")]
    pub post: OneToOne<Post>,
    #[field(on_delete = SetNull, related_name = "+")]
    pub hidden: Option<ForeignKey<Post>>,
    #[model(flatten, with = [CommonInfo])]
    pub coded: Coded,
    #[field(table = "odd_{model}_posts", related_name = "posted_{model}s")]
    pub posts: ManyToMany<Post>,
}

/// The struct by another name.
type OwnedFields2 = Owned;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "odd", table = "odd \"box\"", index(fields = [owned.coded.code], name = "by_code"))]
pub struct Box2 {
    #[model(flatten, primary_key, with = [Coded, CommonInfo, Numbered])]
    pub owned: OwnedFields2,
    #[field(default = 1)]
    pub select: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "odd")]
pub struct Shelf {
    pub id: i64,
    #[field(on_delete = Cascade, columns = ["box_store", "box_number"])]
    pub holds: ForeignKey<Box2>,
}

type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

async fn opened() -> Opened {
    Ok(database!("shared_structs": Worker, Student, Post, Comment, Link, Box2, Shelf))
}

fn plain(sql: Result<String>) -> Result<String> {
    Ok(sql?.replace('"', ""))
}

/// `test_abstract`, `test_abstract_parent_link` and the like of `model_inheritance`.
#[tokio::test]
async fn workers_and_students() -> Outcome {
    let db = opened().await?;
    assert!(Worker::objects().all(&db).await?.is_empty());
    draft!(Worker { name: "Fred", age: 35, job: "Quarry worker" }).save(&db).await?;
    draft!(Worker { name: "Barney", age: 34, job: "Quarry worker" }).save(&db).await?;
    draft!(Student { name: "Pebbles", age: 5, school_class: "1B" }).save(&db).await?;
    draft!(Student { name: "Bam", age: 6, school_class: "1B" }).save(&db).await?;
    let names = Worker::objects().values(|w| w.common().name()).all(&db).await?;
    assert_eq!(names, ["Barney", "Fred"]);
    let names = Student::objects().values(|s| s.common().name()).all(&db).await?;
    assert_eq!(names, ["Bam", "Pebbles"]);
    let error = draft!(Worker { name: "x", age: -1, job: "y" }).save(&db).await.expect_err("young");
    assert!(error.to_string().contains("age"), "{error}");
    let oldest = Worker::objects().aggregate(&db, |w| w.age().max()).await?;
    assert_eq!(oldest, Some(35));
    assert!(!Student::objects().filter(|s| s.age().gt(60)).exists(&db).await?);
    Ok(())
}

/// `test_reverse_relation_for_different_hierarchy_tree` and the related names of `model_inheritance`.
#[tokio::test]
async fn posts_have_attachments() -> Outcome {
    let db = opened().await?;
    let post = draft!(Post { title: "Lorem Ipsum" }).save(&db).await?;
    let save = draft!(Comment { content: "Save $ on V1agr@", is_spam: true });
    post.attached_comment_set().create(&db, save).await?;
    post.attached_link_set()
        .create(&db, draft!(Link { content: "The web framework", url: "http://x" }))
        .await?;
    assert_eq!(post.attached_comment_set().get(&db).await?.attachment.content, "Save $ on V1agr@");
    assert_eq!(post.attached_attachment_set::<Link>().count(&db).await?, 1);
    let with = Post::objects().filter(|p| p.attached_comment_set().is_spam());
    assert_eq!(with.get(&db).await?, post);
    assert_eq!(
        plain(Post::objects().filter(|p| p.attached_attachment_set::<Link>().url().eq("x")).sql())?,
        "SELECT t0.id, t0.title FROM odd_post AS t0 JOIN odd_link AS t1 ON t1.post_id = t0.id WHERE t1.url = $1"
    );
    let gone = post.delete(&db).await?;
    assert_eq!((gone.of::<Comment>(), gone.of::<Link>()), (1, 1));
    Ok(())
}

#[tokio::test]
async fn keys_nesting_and_names() -> Outcome {
    let db = opened().await?;
    let post = draft!(Post { title: "p" }).save(&db).await?;
    let boxed =
        draft!(Box2 { store: 1, number: 2, post: &post, name: "b", age: 3, posts: [&post] });
    let boxed = boxed.save(&db).await?;
    assert_eq!((boxed.pk(), boxed.owned.coded.code.as_deref()), ((1, 2), None));
    assert_eq!(Box2::objects().get_by_key(&db, (1, 2)).await?, boxed);
    assert_eq!(boxed.posts().get(&db).await?, post);
    assert_eq!(post.one_owned::<Box2>().get(&db).await?, boxed);
    assert_eq!(post.posted_owneds::<Box2>().count(&db).await?, 1);
    let by_post = Post::objects().filter(|p| p.one_owned::<Box2>().coded().common().name().eq("b"));
    assert_eq!(by_post.count(&db).await?, 1);
    let shelf = draft!(Shelf { holds: &boxed }).save(&db).await?;
    assert_eq!(shelf.holds.fetch(&db).await?, boxed);
    let on = Shelf::objects().filter(|s| s.holds().owned().coded().common().age().eq(3));
    assert_eq!(on.count(&db).await?, 1);
    // Query sets over what is nested.
    assert_eq!(aged::<Box2>(3).count(&db).await?, 1);
    assert_eq!(aged::<Worker>(3).count(&db).await?, 0);
    assert_eq!(
        plain(Box2::objects().values(|b| b.owned().coded().code()).sql())?,
        "SELECT t0.box2_code FROM odd box AS t0 ORDER BY t0.name"
    );
    let sql = orm::tables::create_tables_sql_of(&[Post::meta(), Box2::meta()])?.join("\n");
    for part in [
        r#"CREATE TABLE "odd ""box""""#,
        r#"PRIMARY KEY ("store", "number")"#,
        r#"CONSTRAINT "odd_box2_code" UNIQUE ("box2_code")"#,
        r#"CREATE INDEX "by_code" ON "odd ""box""" ("box2_code")"#,
        r#"CREATE TABLE "odd_box2_posts""#,
        r#""box2_store" integer NOT NULL"#,
    ] {
        assert!(sql.contains(part), "`{part}` is not in: {sql}");
    }
    post.delete(&db).await?;
    assert_eq!(Box2::objects().count(&db).await?, 0);
    Ok(())
}

fn aged<M: HasCommonInfo>(age: i32) -> QuerySet<M> {
    M::objects().filter(move |m| m.age().eq(age))
}

/// A struct and a model within a function.
#[test]
fn in_a_function() -> Outcome {
    #[derive(ModelFields, Clone, Debug, PartialEq)]
    struct Named {
        name: String,
    }
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(managed = false)]
    struct Thing {
        id: i64,
        #[model(flatten)]
        named: Named,
    }
    fn by_name<M: HasNamed>() -> QuerySet<M> {
        M::objects().order_by(|m| m.name().asc())
    }
    assert_eq!(
        plain(by_name::<Thing>().sql())?,
        "SELECT t0.id, t0.name FROM thing AS t0 ORDER BY t0.name"
    );
    Ok(())
}
