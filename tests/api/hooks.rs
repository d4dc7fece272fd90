//! What models do when their rows are saved and deleted.

use crate::support::{Outcome, database, in_order, says};
use orm::prelude::*;
use orm::{RelatedAction, RelatedChange};
use orm_testkit::{QueryCounter, TestDatabase, assert_num_queries, assert_rows};

/// Tells of all that happens to it.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "hooks", hooks)]
pub struct Venue {
    pub id: i64,
    pub name: String,
    #[field(default = "")]
    pub slug: String,
    pub photo: Option<String>,
    #[field(generated = |v| v.name().length() + v.stars())]
    pub weight: i32,
    #[field(db_default = 7)]
    pub stars: i32,
    #[field(auto_now_add)]
    pub opened: DateTime<Utc>,
    #[field(version)]
    pub version: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "hooks", ordering = [id])]
pub struct Log {
    pub id: i64,
    pub text: String,
}

impl Venue {
    async fn tell(&self, what: &str, cx: &HookCx<'_>) -> Result<()> {
        draft!(Log { text: format!("{what} {} {}", self.name, cx.created()) }).save(cx).await?;
        if self.name == format!("refuse {what}") {
            return Err(Error::other(std::io::Error::other(format!("refused by {what}"))));
        }
        assert_ne!(self.name, format!("panic {what}"));
        Ok(())
    }
}

impl Hooks for Venue {
    async fn before_save(&mut self, cx: &HookCx<'_>) -> Result<()> {
        self.slug = self.name.to_lowercase().replace(' ', "-");
        self.tell("before_save", cx).await
    }
    async fn after_save(&self, cx: &HookCx<'_>) -> Result<()> {
        self.tell("after_save", cx).await
    }
    async fn before_create(&mut self, cx: &HookCx<'_>) -> Result<()> {
        self.tell("before_create", cx).await
    }
    async fn after_create(&self, cx: &HookCx<'_>) -> Result<()> {
        self.tell("after_create", cx).await
    }
    async fn before_update(&mut self, cx: &HookCx<'_>) -> Result<()> {
        self.tell("before_update", cx).await
    }
    async fn after_update(&self, cx: &HookCx<'_>) -> Result<()> {
        self.tell("after_update", cx).await
    }
    async fn before_delete(&self, cx: &HookCx<'_>) -> Result<()> {
        self.tell("before_delete", cx).await
    }
    async fn after_delete(&self, cx: &HookCx<'_>) -> Result<()> {
        self.tell("after_delete", cx).await
    }
}

/// Only comes after.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "hooks", hooks)]
pub struct Late {
    pub id: i64,
    pub name: String,
}

impl Hooks for Late {
    async fn after_save(&self, cx: &HookCx<'_>) -> Result<()> {
        assert_eq!(Late::objects().filter(|l| l.id().eq(self.id)).count(cx).await?, 1);
        Ok(())
    }
}

/// Has a key made in Rust, and looks at what changes.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "hooks", hooks)]
pub struct Picture {
    #[field(primary_key, default = Uuid::now_v7)]
    pub id: Uuid,
    pub file: String,
    pub title: String,
    #[field(default = 0)]
    pub thumbnails: i32,
}

impl Hooks for Picture {
    async fn before_save(&mut self, cx: &HookCx<'_>) -> Result<()> {
        if cx.changed(self, |p| p.file()).await? {
            self.thumbnails += 1;
        }
        if cx.changed(self, |p| (p.file(), p.title())).await? && !cx.created() {
            let stored: Option<Picture> = cx.stored(self).await?;
            assert_ne!(stored.expect("the row is there"), *self);
        }
        Ok(())
    }
    async fn after_save(&self, cx: &HookCx<'_>) -> Result<()> {
        // What was asked before is known, and is what was there before.
        assert_eq!(cx.changed(self, |p| p.title()).await?, self.title != "same" || cx.created());
        Ok(())
    }
}

/// Goes with its venue.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "hooks", hooks)]
pub struct Concert {
    pub id: i64,
    pub title: String,
    #[field(on_delete = Cascade, related_name = "concerts")]
    pub venue: ForeignKey<Venue>,
    #[field(related_name = "concerts")]
    pub bands: ManyToMany<Band>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "hooks", ordering = [id])]
pub struct Band {
    pub id: i64,
    pub name: String,
    pub friends: ManyToMany<Self>,
}

impl Hooks for Concert {
    async fn before_delete(&self, cx: &HookCx<'_>) -> Result<()> {
        // It is there, and so is what goes with it.
        let stored = cx.stored(self).await?.expect("the row is there");
        assert_eq!((stored.title.as_str(), Concert::objects().count(cx).await?), (&*self.title, 2));
        draft!(Log { text: format!("before_delete {}", self.title) }).save(cx).await?;
        if self.title == "refuse" { Err(Error::other("a concert stays")) } else { Ok(()) }
    }
    async fn after_delete(&self, cx: &HookCx<'_>) -> Result<()> {
        assert_eq!(Concert::objects().count(cx).await?, 0);
        draft!(Log { text: format!("after_delete {}", self.title) }).save(cx).await.map(drop)
    }
    async fn related_change(change: &RelatedChange, cx: &HookCx<'_>) -> Result<()> {
        let (key, keys) = (change.key::<i64>(), change.keys::<i64>());
        let text = format!(
            "{:?} {} {} {} {keys:?}",
            change.action(),
            change.field(),
            change.is_reverse(),
            key.expect("keys are i64"),
        );
        draft!(Log { text: text }).save(cx).await?;
        match (change.action(), keys.contains(&3)) {
            (RelatedAction::AfterAdd, true) => Err(Error::other("not the third band")),
            _ => Ok(()),
        }
    }
}

/// Is trimmed before it is validated.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "hooks", hooks, validate)]
pub struct Code {
    pub id: i64,
    #[field(max_length = 3)]
    pub code: String,
}

impl Hooks for Code {
    async fn before_save(&mut self, _: &HookCx<'_>) -> Result<()> {
        self.code = self.code.trim().to_owned();
        Ok(())
    }
}

/// Is found by a unique field.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "hooks", hooks)]
pub struct Unique {
    pub id: i64,
    #[field(unique)]
    pub code: String,
    #[field(default = 0)]
    pub saves: i32,
}

impl Hooks for Unique {
    async fn before_save(&mut self, cx: &HookCx<'_>) -> Result<()> {
        self.saves += 1;
        draft!(Log { text: cx.created().to_string() }).save(cx).await.map(drop)
    }
}

/// Asks too late.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "hooks", hooks)]
pub struct Forgetful {
    pub id: i64,
    pub name: String,
}

impl Hooks for Forgetful {
    async fn after_update(&self, cx: &HookCx<'_>) -> Result<()> {
        cx.changed(self, |f| f.name()).await.map(drop)
    }
}

type Tried<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

async fn venues() -> Tried<TestDatabase> {
    Ok(database!("api_hooks": Venue, Log, Late, Picture, Forgetful, Band, Concert, Code, Unique))
}

/// What was told so far; it is forgotten then.
async fn told(db: &TestDatabase) -> Result<Vec<String>> {
    let told = Log::objects().values(|l| l.text()).all(db).await?;
    Log::objects().delete(db).await?;
    Ok(told)
}

#[tokio::test]
async fn everything_is_told_in_order() -> Outcome {
    let db = venues().await?;
    let mut venue = draft!(Venue { name: "Blue Note" }).save(&db).await?;
    let created = ["before_save", "before_create", "after_create", "after_save"];
    assert_rows!(told(&db).await?, created.map(|what| format!("{what} Blue Note true")));
    assert_eq!((venue.slug.as_str(), venue.stars, venue.weight), ("blue-note", 7, 16));
    assert_eq!(Venue::objects().get(&db).await?, venue);

    venue.name = "Red Note".to_owned();
    venue.save(&db).await?;
    let updated = ["before_save", "before_update", "after_update", "after_save"];
    assert_rows!(told(&db).await?, updated.map(|what| format!("{what} Red Note false")));
    assert_eq!((venue.slug.as_str(), venue.version), ("red-note", 2));
    assert_eq!(Venue::objects().get(&db).await?, venue);

    venue.save_fields(&db, |v| v.photo()).await?;
    venue.update(&db, |v| v.stars().set(v.stars() + 1)).await?;
    assert_eq!((told(&db).await?.len(), venue.stars, venue.weight), (8, 8, 16));
    assert!(!venue.save_or_insert(&db).await?);
    assert_rows!(told(&db).await?, updated.map(|what| format!("{what} Red Note false")));

    assert_eq!(venue.clone().delete(&db).await?.total, 1);
    let deleted = ["before_delete", "after_delete"];
    assert_rows!(told(&db).await?, deleted.map(|what| format!("{what} Red Note false")));
    assert!(venue.save_or_insert(&db).await?);
    assert_rows!(told(&db).await?, created.map(|what| format!("{what} Red Note true")));
    assert_eq!(Venue::objects().get(&db).await?, venue);
    Ok(())
}

#[tokio::test]
async fn a_new_row_is_whole_before_it_is_there() -> Outcome {
    let db = venues().await?;
    let seen = QueryCounter::new(&db);
    let venue = Venue::objects().create(&db, draft!(Venue { name: "x" })).await?;
    let statements = seen.statements();
    drop(seen);
    // Its key is drawn, defaults and generated columns are evaluated, in one statement.
    in_order(&statements[0], &["BEGIN"]);
    in_order(&statements[1], &["SELECT \"id\"", "FROM (SELECT nextval(", "AS \"stars\""]);
    assert_eq!(statements.iter().filter(|sql| sql.starts_with("SELECT")).count(), 1);
    assert_eq!(statements.last().map(String::as_str), Some("COMMIT"));
    // No key is left out, and the next one is the next.
    let next = draft!(Venue { name: "y", stars: value::<Venue, _>(2) * 3 }).save(&db).await?;
    assert_eq!((venue.id, next.id, next.stars, next.weight), (1, 2, 6, 7));

    // Where nothing comes before, nothing is asked before.
    let late = assert_num_queries!(db, 4, draft!(Late { name: "x" }).save(&db).await?);
    assert_eq!(late.name, "x");
    // Where the draft has all of it, neither.
    let draft = draft!(Picture { file: "a.png", title: "a" });
    let picture = assert_num_queries!(db, 3, draft.save(&db).await?);
    assert_eq!(picture.thumbnails, 1);
    Ok(())
}

#[tokio::test]
async fn an_error_refuses_the_whole() -> Outcome {
    let db = venues().await?;
    for what in ["before_save", "before_create", "after_create", "after_save"] {
        let draft = draft!(Venue { name: format!("refuse {what}") });
        let error = draft.save(&db).await.expect_err("it was refused");
        assert_eq!(error.to_string(), format!("refused by {what}"));
    }
    assert_eq!(Venue::objects().count(&db).await?, 0);
    assert_eq!(Log::objects().count(&db).await?, 0, "what hooks do is undone too");

    let kept = draft!(Venue { name: "kept" }).save(&db).await?;
    told(&db).await?;
    for what in ["before_save", "before_update", "after_update", "after_save"] {
        let mut venue = kept.clone();
        venue.name = format!("refuse {what}");
        venue.save(&db).await.expect_err("it was refused");
        // Its version is still that of the row: it can be corrected, and saved.
        assert_eq!(venue.version, kept.version);
        let inserted = Venue { id: 77, ..venue }.save_or_insert(&db).await;
        assert_eq!(inserted.is_err(), !what.ends_with("update"));
        Venue::objects().filter(|v| v.id().eq(77)).delete(&db).await?;
    }
    told(&db).await?;
    assert_rows!(Venue::objects().all(&db).await?, [kept.clone()]);
    for what in ["before_delete", "after_delete"] {
        Venue::objects().update(&db, |v| v.name().set(format!("refuse {what}"))).await?;
        let venue = Venue::objects().get(&db).await?;
        venue.delete(&db).await.expect_err("it was refused");
        assert_eq!(Venue::objects().count(&db).await?, 1);
    }
    assert_eq!(told(&db).await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn inside_of_a_transaction_only_the_save_is_undone() -> Outcome {
    let db = venues().await?;
    db.transaction(async |tx| {
        draft!(Venue { name: "first" }).save(tx).await?;
        let refused = draft!(Venue { name: "refuse after_save" }).save(tx).await;
        assert!(refused.is_err());
        draft!(Venue { name: "second" }).save(tx).await.map(drop)
    })
    .await?;
    let names = Venue::objects().order_by(|v| v.id()).values(|v| v.name());
    assert_rows!(names.all(&db).await?, ["first", "second"]);
    assert_eq!(told(&db).await?.len(), 8);
    Ok(())
}

#[tokio::test]
async fn a_panic_leaves_nothing_behind() -> Outcome {
    let db = venues().await?;
    for what in ["before_save", "after_save"] {
        let pool = (*db).clone();
        let draft = draft!(Venue { name: format!("panic {what}") });
        let task = tokio::spawn(async move { draft.save(&pool).await });
        assert!(task.await.expect_err("it panicked").is_panic());
    }
    assert_eq!(Log::objects().count(&db).await?, 0);
    draft!(Venue { name: "fine" }).save(&db).await?;
    assert_eq!(told(&db).await?.len(), 4);
    Ok(())
}

#[tokio::test]
async fn what_has_changed_is_asked_once() -> Outcome {
    let db = venues().await?;
    let mut picture = draft!(Picture { file: "a.png", title: "a" }).save(&db).await?;
    picture.title = "b".to_owned();
    let seen = QueryCounter::new(&db);
    picture.save(&db).await?;
    let statements = seen.statements();
    drop(seen);
    assert_eq!(statements.len(), 4, "{statements:?}");
    in_order(&statements[1], &["SELECT", "FOR NO KEY UPDATE"]);
    assert_eq!(picture.thumbnails, 1);
    // Compared with the database, not with what this instance was.
    Picture::objects().update(&db, |p| (p.file().set("theirs.png"), p.title().set("same"))).await?;
    picture.title = "same".to_owned();
    picture.save(&db).await?;
    assert_eq!((picture.file.as_str(), picture.thumbnails), ("a.png", 2));
    // Who asks too late is told so.
    let mut forgetful = draft!(Forgetful { name: "x" }).save(&db).await?;
    let error = forgetful.save(&db).await.expect_err("it asks too late");
    says(&error, &["`Forgetful`", "`changed`", "before_"]);
    Ok(())
}

#[tokio::test]
async fn a_row_that_is_gone_or_stale() -> Outcome {
    let db = venues().await?;
    let mut venue = draft!(Venue { name: "x" }).save(&db).await?;
    let mut old = venue.clone();
    venue.save(&db).await?;
    told(&db).await?;
    let stale =
        |result: Result<()>| assert!(matches!(result, Err(Error::Stale { model: "Venue" })));
    stale(old.save(&db).await);
    stale(old.clone().delete(&db).await.map(drop));
    stale(old.save_or_insert(&db).await.map(drop));
    venue.delete(&db).await?;
    told(&db).await?;
    let gone = old.save(&db).await;
    assert!(matches!(gone, Err(Error::DoesNotExist { model: "Venue" })), "{gone:?}");
    assert_eq!(old.delete(&db).await?.total, 0);
    // Nothing is left of what was told of these, and there was no row to tell of.
    assert_eq!(told(&db).await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn sets_of_rows_are_not_told_one_by_one() -> Outcome {
    let db = venues().await?;
    let drafts = ["a", "b"].map(|name| draft!(Venue { name }));
    let venues = assert_num_queries!(db, 1, Venue::objects().bulk_create(&db, drafts).await?);
    assert_eq!(venues[0].slug, "");
    Venue::objects().update(&db, |v| v.name().set("c")).await?;
    assert_eq!(Log::objects().count(&db).await?, 0);
    Ok(())
}

#[tokio::test]
async fn many_that_save_or_insert_one_row() -> Outcome {
    let db = venues().await?;
    let row = draft!(Venue { name: "x" }).save(&db).await?;
    row.clone().delete(&db).await?;
    told(&db).await?;
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let (pool, mut row) = ((*db).clone(), row.clone());
        tasks.push(tokio::spawn(async move { row.save_or_insert(&pool).await }));
    }
    let (mut inserted, mut stale) = (0, 0);
    for task in tasks {
        match task.await? {
            Ok(true) => inserted += 1,
            Ok(false) => {}
            Err(Error::Stale { .. }) => stale += 1,
            Err(other) => return Err(other.into()),
        }
    }
    // One inserts, the next ones find its row, and all but the first of them an older version.
    assert_eq!((inserted, stale), (1, 6));
    assert_eq!(told(&db).await?.len(), 8);
    Ok(())
}

#[tokio::test]
async fn rows_that_a_cascade_takes_are_told_too() -> Outcome {
    let db = venues().await?;
    let venue = draft!(Venue { name: "x" }).save(&db).await?;
    for title in ["first", "refuse"] {
        venue.concerts().create(&db, draft!(Concert { title })).await?;
    }
    told(&db).await?;
    let error = venue.clone().delete(&db).await.expect_err("a concert refuses");
    says(&error, &["a concert stays"]);
    assert_eq!((Venue::objects().count(&db).await?, told(&db).await?.len()), (1, 0));
    Concert::objects()
        .filter(|c| c.title().eq("refuse"))
        .update(&db, |c| c.title().set("b"))
        .await?;
    let gone = Venue::objects().filter(|v| v.name().eq("x")).delete(&db).await?;
    assert_eq!((gone.of::<Venue>(), gone.of::<Concert>()), (1, 2));
    let expected = [
        "before_delete x false",
        "before_delete first",
        "before_delete b",
        "after_delete x false",
        "after_delete first",
        "after_delete b",
    ];
    assert_rows!(told(&db).await?, expected);
    Ok(())
}

#[tokio::test]
async fn many_to_many_relations_from_both_sides() -> Outcome {
    let db = venues().await?;
    let venue = draft!(Venue { name: "x" }).save(&db).await?;
    let concert = venue.concerts().create(&db, draft!(Concert { title: "c" })).await?;
    let bands = ["a", "b", "c"].map(|name| draft!(Band { name }));
    let bands = Band::objects().bulk_create(&db, bands).await?;
    told(&db).await?;
    concert.bands().add(&db, [&bands[0], &bands[0]]).await?;
    assert_rows!(told(&db).await?, ["BeforeAdd bands false 1 [1]", "AfterAdd bands false 1 [1]"]);
    // Only what is not there yet.
    concert.bands().add(&db, [&bands[0]]).await?;
    assert_eq!(told(&db).await?.len(), 0);
    bands[1].concerts().add(&db, [&concert]).await?;
    assert_rows!(told(&db).await?, ["BeforeAdd bands true 2 [1]", "AfterAdd bands true 2 [1]"]);
    // Refused, and undone.
    let error = concert.bands().add(&db, [&bands[2]]).await.expect_err("it was refused");
    says(&error, &["not the third band"]);
    assert_eq!((concert.bands().count(&db).await?, told(&db).await?.len()), (2, 0));

    concert.bands().set(&db, [&bands[1]]).await?;
    let removed = ["BeforeRemove bands false 1 [1]", "AfterRemove bands false 1 [1]"];
    assert_rows!(told(&db).await?, removed);
    bands[1].concerts().remove(&db, [&concert]).await?;
    let removed = ["BeforeRemove bands true 2 [1]", "AfterRemove bands true 2 [1]"];
    assert_rows!(told(&db).await?, removed);
    concert.bands().clear(&db).await?;
    assert_rows!(told(&db).await?, ["BeforeClear bands false 1 []", "AfterClear bands false 1 []"]);
    let new = concert.bands().create(&db, draft!(Band { name: "d" })).await?;
    assert_eq!(told(&db).await?.len(), 2);
    assert_rows!(concert.bands().all(&db).await?, [new]);
    // A relation that nobody watches is one statement.
    assert_num_queries!(db, 1, bands[0].friends().add(&db, [&bands[1]]).await?);
    Ok(())
}

#[tokio::test]
async fn hooks_come_before_validation() -> Outcome {
    let db = venues().await?;
    let mut code = draft!(Code { code: " abc " }).save(&db).await?;
    assert_eq!(code.code, "abc");
    code.code = "  x  ".to_owned();
    code.save(&db).await?;
    code.code = "abcd".to_owned();
    for error in [
        code.save(&db).await.err(),
        code.save_fields(&db, |c| c.code()).await.err(),
        code.save_or_insert(&db).await.err(),
        draft!(Code { code: "abcd" }).save(&db).await.err(),
    ] {
        let error = error.expect("it is too long");
        assert!(matches!(error, Error::Validation(_)), "{error:?}");
    }
    assert_eq!(Code::objects().get(&db).await?.code, "x");
    Ok(())
}

#[tokio::test]
async fn get_or_create_and_update_or_create_go_through_hooks() -> Outcome {
    let db = venues().await?;
    let draft = || draft!(Unique { code: "a" });
    let (row, created) = Unique::objects().get_or_create(&db, |u| u.code(), draft()).await?;
    assert_eq!((created, row.saves), (true, 1));
    let (row, created) = Unique::objects().get_or_create(&db, |u| u.code(), draft()).await?;
    assert_eq!((created, row.saves), (false, 1));
    let update = Unique::objects().update_or_create(&db, |u| u.code(), draft());
    let (row, created) = update.updating(|u| u.saves().set(u.saves() + 10)).await?;
    assert_eq!((created, row.saves), (false, 11));
    assert_rows!(told(&db).await?, ["true", "false"]);
    let new = draft!(Unique { code: "b" });
    let (row, created) = Unique::objects().update_or_create(&db, |u| u.code(), new).await?;
    assert_eq!((created, row.saves), (true, 1));
    told(&db).await?;

    // Many at once: one creates, and what the hooks of the others have done is undone.
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let pool = (*db).clone();
        tasks.push(tokio::spawn(async move {
            let draft = draft!(Unique { code: "c" });
            Unique::objects().get_or_create(&pool, |u| u.code(), draft).await
        }));
    }
    let mut created = 0;
    for task in tasks {
        created += usize::from(task.await??.1);
    }
    assert_eq!((created, told(&db).await?.len()), (1, 1));
    Ok(())
}
