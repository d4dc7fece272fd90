//! Structs that several models flatten: abstract base classes, as Django has them.

use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_num_queries};

/// The shared structs stand in a module of their own: the models name nothing that they need.
pub mod shared {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "shared")]
    pub struct Author {
        pub id: i64,
        pub name: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "shared")]
    pub struct Tag {
        pub id: i64,
        pub name: String,
    }

    #[derive(ModelFields, Clone, Debug, PartialEq)]
    #[model(get_latest_by = created, index(fields = [-created], name = "{app}_{model}_newest"))]
    pub struct Timestamps {
        #[field(auto_now_add)]
        pub created: DateTime<Utc>,
        #[field(auto_now)]
        pub changed: DateTime<Utc>,
    }

    /// A key that is shared, and nothing else.
    #[derive(ModelFields, Clone, Debug, PartialEq)]
    pub struct Keyed {
        #[field(primary_key, default = Uuid::now_v7)]
        pub id: Uuid,
    }

    pub struct Visible;
    impl<M: HasWritten> Manager<M> for Visible {
        fn queryset(&self) -> QuerySet<M> {
            M::unfiltered().filter(|m| m.title().ne("hidden"))
        }
    }

    /// Everything that a shared struct can have.
    #[derive(ModelFields, Clone, Debug, PartialEq)]
    #[model(
        ordering = [-title],
        unique(fields = [title, author], name = "{app}_{model}_once"),
        unique(fields = [title], where = |w| w.words().gt(1000), name = "{model}_long"),
        index(|w| w.title().lower(), name = "{model}_lower"),
        check(|w| w.words().gte(0), name = "{app}_{model}_words"),
        managers(visible = Visible, everything = AllRows),
        hooks, clean, validate
    )]
    pub struct Written {
        #[field(max_length = 40)]
        pub title: String,
        #[field(default = 0)]
        pub words: i32,
        #[field(generated = |w| w.words() / 250)]
        pub pages: i32,
        #[field(on_delete = Cascade, related_name = "written_{model}s", column = "{model}_by")]
        pub author: ForeignKey<Author>,
        #[field(on_delete = SetNull, related_name = "edited_{model}s", related_query_name = "edited_{model}")]
        pub editor: Option<ForeignKey<Author>>,
        #[model(flatten)]
        pub times: Timestamps,
        #[field(related_name = "tagged_{model}s")]
        pub tags: ManyToMany<Tag>,
        #[field(db_default = "")]
        pub note: String,
    }

    impl Hooks for Written {
        async fn before_save(&mut self, _: &HookCx<'_>) -> Result<()> {
            self.note.push('w');
            Ok(())
        }
        async fn after_create(&self, cx: &HookCx<'_>) -> Result<()> {
            draft!(Tag { name: format!("new {}", self.title) }).save(cx).await?;
            Ok(())
        }
        async fn before_delete(&self, cx: &HookCx<'_>) -> Result<()> {
            draft!(Tag { name: format!("gone {}", self.title) }).save(cx).await?;
            Ok(())
        }
    }

    impl Clean for Written {
        fn clean(&mut self, errors: &mut Errors) {
            self.title = self.title.trim().to_owned();
            if self.title == "bad" {
                errors.add("title", "a bad title");
            }
        }
    }

    /// Written once, for every model that flattens it.
    pub fn newest<M: HasTimestamps>() -> QuerySet<M> {
        M::objects().order_by(|m| m.created().desc())
    }

    #[queryset]
    impl<M: HasWritten> QuerySet<M> {
        /// Those of an author.
        pub fn by(self, name: &str) -> Self {
            let name = name.to_owned();
            self.filter(|m| m.author().name().eq(name))
        }
    }

    pub fn label<M: HasWritten>(row: &M) -> String {
        format!("{} ({})", row.written().title, M::meta().name)
    }
}

mod models {
    use super::shared::{self, Written};
    use orm::prelude::{HookCx, Hooks, Model, Result};

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "shared", hooks)]
    pub struct Article {
        pub id: i64,
        #[model(flatten, with = [shared::Timestamps], related(author: shared::Author = "articles"))]
        pub text: Written,
        pub section: String,
    }

    impl Hooks for Article {
        async fn before_save(&mut self, _: &HookCx<'_>) -> Result<()> {
            self.text.note.push('a');
            Ok(())
        }
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "shared", ordering = [text.title], get_latest_by = text.words)]
    pub struct Story {
        #[model(flatten, primary_key)]
        pub key: shared::Keyed,
        #[model(flatten)]
        pub text: Written,
    }
}
use models::{Article, Story};
use shared::{Author, HasWritten, Tag, WrittenPaths as _, WrittenQuerySet as _};

type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

async fn opened() -> Opened {
    Ok(database!("abstract_models": Author, Tag, Article, Story; rows))
}

async fn rows(db: &Database) -> Result<()> {
    let ann = draft!(Author { name: "Ann" }).save(db).await?;
    let bob = draft!(Author { name: "Bob" }).save(db).await?;
    draft!(Article { title: "a", author: &ann, section: "news", words: 500 }).save(db).await?;
    draft!(Article { title: "b", author: &bob, editor: &ann, section: "news" }).save(db).await?;
    draft!(Story { title: "s", author: &ann, words: 2000 }).save(db).await?;
    Ok(())
}

fn sql(models: &[&'static orm::model::ModelMeta]) -> Result<String> {
    Ok(orm::tables::create_tables_sql_of(models)?.join("\n").replace('"', ""))
}

/// The SQL of a query set, without quotes.
fn plain(sql: Result<String>) -> Result<String> {
    Ok(sql?.replace('"', ""))
}

#[test]
fn tables_have_what_the_struct_says() -> Outcome {
    let article = sql(&[Author::meta(), Tag::meta(), Article::meta()])?;
    for part in [
        "CREATE TABLE shared_article (\n",
        "article_by bigint NOT NULL",
        "pages integer GENERATED ALWAYS AS ((words / 250)) STORED NOT NULL",
        "CONSTRAINT shared_article_once UNIQUE (title, article_by)",
        "CREATE UNIQUE INDEX article_long ON shared_article (title) WHERE words > 1000",
        "CREATE INDEX article_lower ON shared_article ((LOWER(title)))",
        "CREATE INDEX shared_article_newest ON shared_article (created DESC)",
        "CONSTRAINT shared_article_words CHECK (words >= 0)",
        "CREATE TABLE shared_article_tags",
        "article_id bigint NOT NULL",
        "tag_id bigint NOT NULL",
        "REFERENCES shared_author (id) ON DELETE CASCADE",
        "REFERENCES shared_author (id) ON DELETE SET NULL",
    ] {
        assert!(article.contains(part), "`{part}` is not in: {article}");
    }
    let story = sql(&[Author::meta(), Tag::meta(), Story::meta()])?;
    for part in [
        "id uuid NOT NULL",
        "story_by bigint NOT NULL",
        "CONSTRAINT shared_story_once UNIQUE (title, story_by)",
        "CREATE TABLE shared_story_tags",
        "story_id uuid NOT NULL",
    ] {
        assert!(story.contains(part), "`{part}` is not in: {story}");
    }
    Ok(())
}

#[test]
fn meta_is_taken_over_unless_the_model_has_its_own() -> Outcome {
    // The ordering of the struct, and a query set through its manager: the default of the model.
    assert_eq!(
        plain(Article::objects().values(|a| a.id()).sql())?,
        "SELECT t0.id FROM shared_article AS t0 WHERE NOT (t0.title = $1) ORDER BY t0.title DESC"
    );
    // The ordering of the model.
    assert_eq!(
        plain(Story::unfiltered().values(|s| s.words()).sql())?,
        "SELECT t0.words FROM shared_story AS t0 ORDER BY t0.title"
    );
    let named = plain(<Article as HasWritten>::visible().values(|a| a.id()).sql())?;
    assert_eq!(named, plain(Article::objects().values(|a| a.id()).sql())?);
    assert!(
        plain(<Article as HasWritten>::everything().sql())?.ends_with("ORDER BY t0.title DESC")
    );
    Ok(())
}

#[tokio::test]
async fn rows_are_read_and_written() -> Outcome {
    let db = opened().await?;
    let mut article = Article::objects().filter(|a| a.text().title().eq("a")).get(&db).await?;
    assert_eq!((article.text.pages, article.section.as_str()), (2, "news"));
    article.text.words = 1000;
    article.save(&db).await?;
    // The hooks of the struct run before those of the model.
    assert_eq!((article.text.pages, article.text.note.as_str()), (4, "wawa"));
    let story = Story::objects().get(&db).await?;
    assert_eq!(story.pk(), story.key.id);
    assert_eq!(Story::objects().get_by_key(&db, story.key.id).await?, story);
    article.text.words = 1;
    article.save_fields(&db, |a| a.words()).await?;
    article.refresh(&db).await?;
    assert_eq!((article.text.words, article.text.pages), (1, 0));
    article.update(&db, |a| a.text().words().set(a.words() + 249)).await?;
    assert_eq!(article.text.pages, 1);
    let raw =
        db.query_as::<Article>("SELECT * FROM shared_article WHERE title = 'a'", params![]).await?;
    assert_eq!(raw, [article.clone()]);
    assert_eq!(shared::label(&article), "a (Article)");
    article.written_mut().title = "z".to_owned();
    assert_eq!(article.text.title, "z");
    Ok(())
}

#[tokio::test]
async fn drafts_are_given_flat_or_as_a_struct() -> Outcome {
    let db = opened().await?;
    let author = Author::objects().filter(|a| a.name().eq("Bob")).get(&db).await?;
    let story = draft!(Story { title: "flat", author: &author, note: "n" }).save(&db).await?;
    assert_eq!((story.text.title.as_str(), story.text.note.as_str()), ("flat", "nw"));
    assert_eq!(story.text.times.created, story.text.times.changed);
    // A struct, whose generated columns are left out.
    let text =
        shared::Written { title: "held".to_owned(), words: 750, pages: 99, ..story.text.clone() };
    let key = shared::Keyed { id: Uuid::now_v7() };
    let held = draft!(Story { text, key: key.clone() }).save(&db).await?;
    assert_eq!((held.text.pages, held.pk()), (3, key.id));
    // A copy of a row, with another title.
    let copy = draft!(Story { title: "copied", key: shared::Keyed { id: Uuid::now_v7() }, ..held })
        .save(&db)
        .await?;
    assert_eq!((copy.text.title.as_str(), copy.text.words), ("copied", 750));
    let tag = Tag::objects().first(&db).await?.ok_or("a tag")?;
    let tagged = draft!(Article { title: "t", author: &author, section: "x", tags: [&tag] })
        .save(&db)
        .await?;
    assert_eq!(tagged.tags().all(&db).await?, [tag]);
    let many = ["x", "y"].map(|title| draft!(Story { title, author: &author }));
    assert_eq!(Story::objects().bulk_create(&db, many).await?.len(), 2);
    let (found, created) = Story::objects()
        .get_or_create(&db, |s| s.title().eq("x"), draft!(Story { title: "x", author: &author }))
        .await?;
    assert!(!created && found.text.title == "x");
    Ok(())
}

#[tokio::test]
async fn relations_lead_both_ways() -> Outcome {
    let db = opened().await?;
    let ann = Author::objects().filter(|a| a.name().eq("Ann")).get(&db).await?;
    // Forward: filters, values, rows beside rows.
    let news = Article::objects().filter(|a| a.text().author().name().eq("Ann"));
    assert_eq!(
        news.values(|a| (a.title(), a.author().name())).all(&db).await?,
        [("a".to_owned(), "Ann".to_owned())]
    );
    let rows = Article::objects().select_related(|a| a.text().author()).all(&db);
    let rows = assert_num_queries!(db, 1, rows.await?);
    assert_eq!(rows.iter().map(|(_, by)| by.name.as_str()).collect::<Vec<_>>(), ["Bob", "Ann"]);
    let rows = Article::objects().prefetch_related(|a| a.text().editor()).all(&db);
    let rows = assert_num_queries!(db, 2, rows.await?);
    assert_eq!(rows[0].1.as_ref().map(|editor| editor.id), Some(ann.id));
    // Back: by the name that the model gives, and by the model as a parameter.
    assert_eq!(ann.articles().count(&db).await?, 1);
    assert_eq!(ann.written_writtens::<Article>().count(&db).await?, 1);
    assert_eq!(ann.written_writtens::<Story>().count(&db).await?, 1);
    assert_eq!(ann.edited_writtens::<Article>().values(|a| a.title()).all(&db).await?, ["b"]);
    let busy = Author::objects().filter(|a| a.articles().words().gt(100));
    assert_eq!(busy.values(|a| a.name()).all(&db).await?, ["Ann"]);
    assert_eq!(
        plain(
            Author::objects()
                .filter(|a| a.edited_written::<Article>().title().eq("b"))
                .values(|a| a.id())
                .sql()
        )?,
        "SELECT t0.id FROM shared_author AS t0 JOIN shared_article AS t1 ON t1.editor_id = t0.id WHERE t1.title = $1"
    );
    let counted =
        Author::objects().order_by(|a| a.id()).values(|a| a.written_writtens::<Story>().count());
    assert_eq!(counted.all(&db).await?, [1, 0]);
    let loaded = Author::objects().order_by(|a| a.id()).prefetch_related(|a| a.articles()).all(&db);
    let loaded = assert_num_queries!(db, 2, loaded.await?);
    assert_eq!(loaded.iter().map(|(_, all)| all.len()).collect::<Vec<_>>(), [1, 1]);
    // What is created in the set of a row needs no key.
    let new = ann.articles().create(&db, draft!(Article { title: "n", section: "s" })).await?;
    assert_eq!(new.text.author, ForeignKey::new(ann.id));
    let new = ann.written_writtens::<Story>().create(&db, draft!(Story { title: "n" })).await?;
    assert_eq!(new.text.author, ForeignKey::new(ann.id));
    // Inside of a draft of the other row.
    let cora =
        draft!(Author { name: "Cora", articles: [draft!(Article { title: "in", section: "s" })] });
    assert_eq!(cora.save(&db).await?.articles().count(&db).await?, 1);
    // The names that messages and migrations have.
    let reverse = |model: &'static orm::model::ModelMeta, field| {
        model.field(field).and_then(|(_, field)| field.relation)?.reverse
    };
    assert_eq!(reverse(Article::meta(), "author"), Some("articles"));
    assert_eq!(reverse(Article::meta(), "editor"), Some("edited_article"));
    assert_eq!(reverse(Story::meta(), "author"), Some("written_storys"));
    Ok(())
}

#[tokio::test]
async fn many_to_many_relations_have_a_table_for_each_model() -> Outcome {
    let db = opened().await?;
    let [sea, sky] = ["sea", "sky"].map(|name| draft!(Tag { name }));
    let (sea, sky) = (sea.save(&db).await?, sky.save(&db).await?);
    let article = Article::objects().filter(|a| a.title().eq("a")).get(&db).await?;
    let story = Story::objects().get(&db).await?;
    article.tags().add(&db, [&sea, &sky]).await?;
    story.tags().add(&db, [&sky]).await?;
    assert_eq!(
        article.tags().order_by(|t| t.name()).values(|t| t.name()).all(&db).await?,
        ["sea", "sky"]
    );
    assert_eq!(sky.tagged_writtens::<Story>().all(&db).await?, [story]);
    let tagged = Article::objects().filter(|a| a.tags().name().eq("sky"));
    assert_eq!(tagged.values(|a| a.title()).all(&db).await?, ["a"]);
    let loaded = Article::objects().prefetch_related(|a| a.tags()).all(&db);
    let loaded = assert_num_queries!(db, 2, loaded.await?);
    assert_eq!(loaded.iter().map(|(_, tags)| tags.len()).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(
        Tag::objects()
            .filter(|t| t.tagged_writtens::<Story>().title().eq("s"))
            .values(|t| t.name())
            .all(&db)
            .await?,
        ["sky"]
    );
    Ok(())
}

#[tokio::test]
async fn hooks_and_validation_of_the_struct_run() -> Outcome {
    let db = opened().await?;
    let names = || Tag::objects().order_by(|t| t.id()).values(|t| t.name());
    assert_eq!(names().all(&db).await?, ["new a", "new b", "new s"]);
    let mut article = Article::objects().filter(|a| a.title().eq("b")).get(&db).await?;
    article.text.title = " b2 ".to_owned();
    article.save(&db).await?;
    assert_eq!(article.text.title, "b2");
    article.text.title = "bad".to_owned();
    let error = article.save(&db).await.expect_err("refused");
    says(&error, &["a bad title"]);
    let error = draft!(Story { title: "bad", author: 1 }).save(&db).await.expect_err("refused");
    says(&error, &["a bad title"]);
    let error =
        draft!(Story { title: "x".repeat(50), author: 1 }).save(&db).await.expect_err("too long");
    says(&error, &["title", "40"]);
    Story::objects().delete(&db).await?;
    assert_eq!(names().last(&db).await?.as_deref(), Some("gone s"));
    // A cascade over the shared key takes the rows along, and their hooks run.
    let author = Author::objects().filter(|a| a.name().eq("Bob")).get(&db).await?;
    let gone = author.delete(&db).await?;
    assert_eq!(gone.of::<Article>(), 1);
    Ok(())
}

#[tokio::test]
async fn written_once_for_all_models() -> Outcome {
    let db = opened().await?;
    assert_eq!(
        plain(shared::newest::<Article>().values(|a| a.id()).sql())?,
        "SELECT t0.id FROM shared_article AS t0 WHERE NOT (t0.title = $1) ORDER BY t0.created DESC"
    );
    assert_eq!(Article::objects().by("Ann").count(&db).await?, 1);
    assert_eq!(Story::objects().by("Ann").values(|s| s.title()).all(&db).await?, ["s"]);
    let by = Author::objects().filter(|a| a.name().eq("Ann")).get(&db).await?;
    assert_eq!(by.articles().by("Bob").count(&db).await?, 0);
    // `latest`: the struct nested in the struct says by what, and the model by what instead.
    let latest = Article::objects().latest(&db).await?;
    assert_eq!(latest.text.title, "b");
    draft!(Story { title: "long", author: &by, words: 9000 }).save(&db).await?;
    draft!(Story { title: "short", author: &by, words: 1 }).save(&db).await?;
    assert_eq!(Story::objects().latest(&db).await?.text.title, "long");
    Ok(())
}

#[tokio::test]
async fn changes_of_many_rows() -> Outcome {
    let db = opened().await?;
    let changed = Article::objects()
        .filter(|a| a.author().name().eq("Ann"))
        .update(&db, |a| a.text().words().set(9));
    assert_eq!(changed.await?, 1);
    let mut rows = Article::unfiltered().order_by(|a| a.text().words().desc()).all(&db).await?;
    for row in &mut rows {
        row.text.words += 1;
    }
    assert_eq!(Article::unfiltered().bulk_update(&db, &rows, |a| a.text().words()).await?, 2);
    assert_eq!(
        Article::unfiltered().order_by(|a| a.id()).values(|a| a.words()).all(&db).await?,
        [10, 1]
    );
    assert_eq!(
        plain(
            Article::unfiltered().order_by(|a| a.text().times().created()).values(|a| a.id()).sql()
        )?,
        "SELECT t0.id FROM shared_article AS t0 ORDER BY t0.created"
    );
    let error =
        draft!(Article { title: "a", author: 1, section: "x" }).save(&db).await.expect_err("twice");
    says(&error, &["shared_article_once"]);
    let error = Article::objects().update(&db, |a| a.words().set(-1)).await.expect_err("checked");
    says(&error, &["shared_article_words"]);
    Ok(())
}
