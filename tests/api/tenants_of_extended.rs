//! Models that extend one whose rows belong to tenants: their queries ask in the table that says whose a
//! row is.

use crate::support::{Outcome, database, in_order, says};
use orm::prelude::*;
use orm_testkit::{QueryCounter, TestDatabase};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "wiki", ordering = [id])]
pub struct Org {
    pub id: i64,
    pub name: String,
}

/// One without tenants.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "wiki", ordering = [id])]
pub struct Board {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "wiki", tenant = org, ordering = [id])]
pub struct Entry {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "entries")]
    pub org: ForeignKey<Org>,
    pub text: String,
    #[field(default = 0)]
    pub views: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "wiki", extends = Entry)]
pub struct Topic {
    pub entry: Entry,
    #[field(unique)]
    pub title: String,
    #[field(default = 0)]
    pub votes: i32,
    #[field(on_delete = Cascade, related_name = "topics")]
    pub board: ForeignKey<Board>,
    #[field(related_name = "watched")]
    pub watchers: ManyToMany<Org>,
}

/// Two levels.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "wiki", extends = Topic)]
pub struct Poll {
    pub topic: Topic,
    #[field(default = 0)]
    pub answers: i32,
}

/// Both models say whose a row is.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "wiki", extends = Entry, tenant = keeper)]
pub struct Secret {
    pub entry: Entry,
    pub keeper: i64,
    pub code: String,
}

/// One without a tenant of its own, that refers to rows that have one.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "wiki", ordering = [id])]
pub struct Pin {
    pub id: i64,
    #[field(on_delete = SetNull, related_name = "pins")]
    pub topic: Option<ForeignKey<Topic>>,
    #[field(on_delete = Cascade, related_name = "polls")]
    pub poll: ForeignKey<Poll>,
    pub note: String,
}

pub const ACME: i64 = 1;
pub const ZOO: i64 = 2;

async fn rows(db: &Database) -> orm::Result<()> {
    let board = draft!(Board { name: "all" }).save(db).await?;
    for (id, name) in [(ACME, "acme"), (ZOO, "zoo")] {
        let org = draft!(Org { id: id, name: name }).save(db).await?;
        let db = db.for_tenant(id);
        let votes = i32::try_from(id).unwrap_or_default() * 10;
        for number in 1..=2 {
            let title = format!("{name} {number}");
            let draft = draft!(Topic { text: name, title: title, votes: votes, board: &board });
            let topic: Topic = draft.save(&db).await?;
            topic.watchers().add(&db, [&org]).await?;
            let title = format!("{name} poll {number}");
            let poll: Poll =
                draft!(Poll { text: name, title: title, board: &board }).save(&db).await?;
            draft!(Pin { topic: topic.pk(), poll: poll.pk(), note: name }).save(&db).await?;
        }
        draft!(Entry { text: format!("plain {name}") }).save(&db).await?;
        draft!(Secret { text: name, code: name }).save(&db).await?;
    }
    Ok(())
}

pub async fn wiki() -> Result<TestDatabase, Box<dyn std::error::Error + Send + Sync>> {
    Ok(database!("wiki": Org, Board, Entry, Topic, Poll, Secret, Pin; rows))
}

/// What was sent, but for what the session was told: the program has a model with policies.
pub fn statements(count: &QueryCounter) -> Vec<String> {
    let mut sent = count.statements();
    sent.retain(|sql| !sql.starts_with("SELECT set_config('orm."));
    sent
}

/// All rows of a tenant, in all tables.
pub async fn rows_of(
    db: &TestDatabase,
    org: i64,
) -> Result<(Vec<Entry>, Vec<Topic>, Vec<Poll>, Vec<Secret>)> {
    let db = db.all_tenants();
    Ok((
        Entry::objects().filter(|e| e.org().eq(org)).all(&db).await?,
        Topic::objects().filter(|t| t.org().eq(org)).all(&db).await?,
        Poll::objects().filter(|p| p.org().eq(org)).all(&db).await?,
        Secret::objects().filter(|s| s.org().eq(org)).all(&db).await?,
    ))
}

fn titles(topics: &[Topic]) -> Vec<&str> {
    topics.iter().map(|topic| topic.title.as_str()).collect()
}

/// Every kind of statement about such rows, with what came of it.
async fn everything(db: &impl Executor, mut topic: Topic) -> Vec<(&'static str, Result<()>)> {
    let mut all: Vec<(&'static str, Result<()>)> = Vec::new();
    macro_rules! runs {
        ($($name:literal: $future:expr;)*) => {$(
            let result = $future.await;
            all.push(($name, result.map(drop)));
        )*};
    }
    let key = topic.pk();
    let unsaved = |title: &str| draft!(Topic { text: "x", title: title, board: 1 });
    let poll = || draft!(Poll { text: "x", title: "a poll", board: 1 });
    let stream = async {
        let mut rows = Topic::objects().stream(db);
        while let Some(row) = futures_util::StreamExt::next(&mut rows).await {
            row?;
        }
        Ok::<(), Error>(())
    };
    runs! {
        "all": Topic::objects().all(db);
        "first": Topic::objects().first(db);
        "get": Topic::objects().filter(|t| t.title().eq(topic.title.clone())).get(db);
        "get_by_key": Topic::objects().get_by_key(db, key);
        "in_bulk": Topic::objects().in_bulk(db, [key]);
        "count": Topic::objects().count(db);
        "exists": Topic::objects().exists(db);
        "aggregate": Topic::objects().aggregate(db, |t| t.votes().sum());
        "values": Topic::objects().values(|t| (t.title(), t.board().name())).all(db);
        "two levels": Poll::objects().filter(|p| p.answers().gte(0)).count(db);
        "both": Secret::objects().all(db);
        "annotate": Board::objects().annotate(|b| b.topics().count()).all(db);
        "select_related": Pin::objects().select_related(|p| (p.topic(), p.poll())).all(db);
        "prefetch": Board::objects().prefetch_related(|b| b.topics()).all(db);
        "prefetch to one": Pin::objects().prefetch_related(|p| p.topic()).all(db);
        "subquery": Pin::objects().filter(|p| p.topic().in_(Topic::objects())).all(db);
        "related subquery": Board::objects().filter(|b| exists(b.topics().objects())).all(db);
        "join": Pin::objects().filter(|p| p.topic().title().contains("1")).all(db);
        "exclude": Board::objects().exclude(|b| b.topics().title().contains("x")).all(db);
        "union": Topic::objects().union(Topic::objects().filter(|t| t.votes().gt(5))).all(db);
        "nested": Topic::objects().limit(1).nested().all(db);
        "explain": Topic::objects().explain(db);
        "stream": stream;
        "page": Topic::objects().paginate(2).page(db, 1);
        "lock": db.transaction(async |tx| Topic::objects().select_for_update().all(tx).await);
        "save a draft": unsaved("new").save(db);
        "save a draft of two levels": poll().save(db);
        "bulk_create": Topic::objects().bulk_create(db, [unsaved("b1"), unsaved("b2")]);
        "get_or_create": Topic::objects().get_or_create(db, |t| t.title(), unsaved("new"));
        "update_or_create": Topic::objects().update_or_create(db, |t| t.title(), unsaved("new"));
        "save": topic.save(db);
        "save_fields": topic.save_fields(db, |t| t.votes());
        "update of a row": topic.update(db, |t| t.votes().set(3));
        "refresh": topic.refresh(db);
        "save_or_insert": topic.save_or_insert(db);
        "bulk_update": Topic::objects().bulk_update(db, [&topic], |t| t.votes());
        "update": Topic::objects().filter(|t| t.votes().gt(100)).update(db, |t| t.votes().set(0));
        "related set": topic.pins().all(db);
        "delete": Topic::objects().filter(|t| t.title().contains("b1")).delete(db);
        "delete_keep_parents": Poll { topic: topic.clone(), answers: 1 }.delete_keep_parents(db);
        "delete of a row": topic.delete(db);
    }
    all
}

#[tokio::test]
async fn without_a_tenant_nothing_runs_and_the_error_names_the_model_that_was_asked() -> Outcome {
    let db = wiki().await?;
    let topic = Topic::objects().first(&db.all_tenants()).await?.ok_or("a topic")?;
    let count = QueryCounter::new(&db);
    for (name, result) in everything(&*db, topic).await {
        let Err(error) = result else { panic!("{name} ran") };
        assert!(matches!(error, Error::Usage(_)), "{name}: {error:?}");
        says(&error, &["belong to tenants", "db.for_tenant(…)", "db.all_tenants()"]);
    }
    let sent = count.statements();
    let of_rows = |sql: &String| sql.contains("wiki_topic") || sql.contains("wiki_entry");
    assert!(!sent.iter().any(of_rows), "{sent:#?}");
    says(&Topic::objects().all(&*db).await.unwrap_err(), &["`Topic`", "`org`"]);
    says(&Poll::objects().count(&*db).await.unwrap_err(), &["`Poll`", "`org`"]);
    let joined = Pin::objects().filter(|p| p.topic().votes().gt(1)).all(&*db).await.unwrap_err();
    says(&joined, &["`Topic`", "`org`"]);
    let another = Topic::objects().all(&db.for_tenant("acme")).await.unwrap_err();
    says(&another, &["`Topic`", "`org`", "bigint", "for_tenant"]);
    Ok(())
}

#[tokio::test]
async fn every_statement_asks_for_the_tenant_in_the_other_table() -> Outcome {
    let db = wiki().await?;
    let before = rows_of(&db, ZOO).await?;
    let acme = db.for_tenant(ACME);
    let topic = Topic::objects().first(&acme).await?.ok_or("a topic")?;
    let count = QueryCounter::new(&db);
    for (name, result) in everything(&acme, topic).await {
        assert!(result.is_ok(), "{name}: {result:?}");
    }
    for sql in statements(&count) {
        let reads = ["FROM \"wiki_topic\"", "JOIN \"wiki_topic\"", "FROM \"wiki_poll\""];
        let deletes = sql.contains("= ANY($1)") && !sql.contains(" AS t0");
        if reads.iter().any(|table| sql.contains(table)) && !deletes {
            assert!(sql.contains("\"org_id\" = $"), "{sql}");
        }
    }
    assert_eq!(rows_of(&db, ZOO).await?, before, "those of another are as they were");
    Ok(())
}

#[tokio::test]
async fn rows_of_others_are_never_seen() -> Outcome {
    let db = wiki().await?;
    for (tenant, other, name) in [(ACME, ZOO, "acme"), (ZOO, ACME, "zoo")] {
        let db = db.for_tenant(tenant);
        let topics = Topic::objects().filter(|t| t.title().ne("")).all(&db).await?;
        let own = [" 1", " poll 1", " 2", " poll 2"].map(|end| format!("{name}{end}"));
        assert_eq!(titles(&topics), own);
        assert_eq!(Topic::objects().count(&db).await?, 4);
        assert_eq!(Poll::objects().count(&db).await?, 2);
        assert_eq!(Secret::objects().count(&db).await?, 1);
        assert_eq!(Topic::objects().aggregate(&db, |t| t.votes().sum()).await?, Some(tenant * 20));
        assert!(!Topic::objects().filter(|t| t.org().eq(other)).exists(&db).await?);
        assert!(!Topic::objects().filter(|t| t.votes().eq(other as i32 * 10)).exists(&db).await?);
        let theirs =
            Topic::objects().filter(|t| t.org().eq(other)).first(&db.all_tenants()).await?;
        let theirs = theirs.ok_or("a topic")?.pk();
        let by_key = Topic::objects().get_by_key(&db, theirs).await;
        assert!(matches!(by_key, Err(Error::DoesNotExist { .. })), "{by_key:?}");
        assert!(Topic::objects().in_bulk(&db, [theirs]).await?.is_empty());
        let votes = Topic::objects().values(|t| t.votes()).all(&db).await?;
        assert_eq!(votes, [tenant as i32 * 10, 0, tenant as i32 * 10, 0]);
        // By relations in both directions, by subqueries, and beside others.
        let boards = Board::objects().annotate(|b| b.topics().count()).all(&db).await?;
        assert_eq!(boards[0].1, 4);
        let boards = Board::objects().annotate(|b| (b.topics().count(), b.topics().votes().sum()));
        assert_eq!(boards.all(&db).await?[0].1, (4, Some(tenant * 20)));
        let boards = Board::objects().prefetch_related(|b| b.topics()).all(&db).await?;
        assert_eq!(titles(&boards[0].1), own);
        assert_eq!(boards[0].0.topics().count(&db).await?, 4);
        let others = format!("{} 1", if tenant == ACME { "zoo" } else { "acme" });
        let with = |title: String| Board::objects().filter(move |b| b.topics().title().eq(title));
        assert!(!with(others.clone()).exists(&db).await?);
        assert!(with(own[0].clone()).exists(&db).await?);
        let without = Board::objects().exclude(|b| b.topics().title().eq(others));
        assert_eq!(without.count(&db).await?, 1);
        let inside = Pin::objects().filter(|p| p.topic().in_(Topic::objects()));
        assert_eq!(inside.count(&db).await?, 2);
        assert_eq!(Pin::objects().filter(|p| p.poll().in_(Poll::objects())).count(&db).await?, 2);
        let joined = Pin::objects().filter(|p| p.topic().votes().gte(0));
        assert_eq!(joined.count(&db).await?, 2);
        let joined = Pin::objects().filter(|p| p.poll().answers().gte(0));
        assert_eq!(joined.count(&db).await?, 2);
        let watched = Org::objects().filter(|o| o.watched().votes().gt(0)).all(&db).await?;
        assert_eq!(watched.iter().map(|org| org.id).collect::<Vec<_>>(), [tenant, tenant]);
        let from_above = Entry::objects().filter(|e| e.topic().votes().gte(0));
        assert_eq!(from_above.count(&db).await?, 4);
        let of_orgs = Org::objects().filter(|o| o.entries().topic().poll().answers().gte(0));
        assert_eq!(of_orgs.distinct().count(&db).await?, 1);
        // A pair of rows, of which one would be another's.
        let pairs = Board::objects().join(Topic::objects(), |b, t| t.board().eq(b.id())).count(&db);
        assert_eq!(pairs.await?, 4);
    }
    Ok(())
}

#[tokio::test]
async fn the_sql_of_each() -> Outcome {
    // The other table is joined where nothing but the tenant is asked of it, and stays one statement.
    assert_eq!(
        Topic::objects().filter(|t| t.votes().gt(1)).values(|t| t.title()).unordered().sql()?,
        "SELECT t0.\"title\" FROM \"wiki_topic\" AS t0 JOIN \"wiki_entry\" AS t1 ON t1.\"id\" = \
         t0.\"entry_ptr_id\" AND (t1.\"org_id\" = $1) WHERE t0.\"votes\" > $2"
    );
    assert_eq!(
        Poll::objects().values(|p| p.answers()).unordered().sql()?,
        "SELECT t0.\"answers\" FROM \"wiki_poll\" AS t0 JOIN \"wiki_topic\" AS t1 ON \
         t1.\"entry_ptr_id\" = t0.\"topic_ptr_id\" JOIN \"wiki_entry\" AS t2 ON t2.\"id\" = \
         t1.\"entry_ptr_id\" AND (t2.\"org_id\" = $1)"
    );
    // Both say it.
    in_order(
        &Secret::objects().sql()?,
        &[
            "JOIN \"wiki_entry\" AS t1 ON t1.\"id\" = t0.\"entry_ptr_id\" AND (t1.\"org_id\" = $1)",
            "WHERE t0.\"keeper\" = $1",
        ],
    );
    // A joined row that may be missing is asked in ON.
    assert_eq!(
        Pin::objects().values(|p| p.topic().title()).unordered().sql()?,
        "SELECT t1.\"title\" FROM \"wiki_pin\" AS t0 LEFT JOIN \"wiki_topic\" AS t1 ON \
         t1.\"entry_ptr_id\" = t0.\"topic_id\" AND (EXISTS (SELECT 1 FROM \"wiki_entry\" WHERE \"id\" = \
         t1.\"entry_ptr_id\" AND \"org_id\" = $1))"
    );
    // From the row that is extended it is the same row.
    assert_eq!(
        Entry::objects().values(|e| e.topic().title()).unordered().sql()?,
        "SELECT t1.\"title\" FROM \"wiki_entry\" AS t0 LEFT JOIN \"wiki_topic\" AS t1 ON \
         t1.\"entry_ptr_id\" = t0.\"id\" WHERE t0.\"org_id\" = $1"
    );
    let db = wiki().await?;
    let count = QueryCounter::new(&db);
    Topic::objects().count(&db.for_tenant(ACME)).await?;
    Topic::objects().count(&db.all_tenants()).await?;
    assert_eq!(
        statements(&count),
        [
            "SELECT COUNT(*) FROM \"wiki_topic\" AS t0 JOIN \"wiki_entry\" AS t1 ON t1.\"id\" = \
             t0.\"entry_ptr_id\" AND (t1.\"org_id\" = $1)",
            "SELECT COUNT(*) FROM \"wiki_topic\" AS t0",
        ]
    );
    Ok(())
}

#[tokio::test]
async fn a_key_to_a_row_of_another_tenant_leads_to_none() -> Outcome {
    let db = wiki().await?;
    let (acme, all) = (db.for_tenant(ACME), db.all_tenants());
    let pins = Pin::objects().select_related(|p| p.topic()).all(&acme).await?;
    let seen: Vec<_> = pins.iter().map(|(_, t)| t.as_ref().map(|t| t.title.as_str())).collect();
    assert_eq!(seen, [Some("acme 1"), Some("acme 2"), None, None]);
    // Columns of the other table as well.
    let pins = Pin::objects().values(|p| (p.topic().title(), p.topic().text())).all(&acme).await?;
    let text = |title: &str| (Some(title.to_owned()), Some("acme".to_owned()));
    assert_eq!(pins, [text("acme 1"), text("acme 2"), (None, None), (None, None)]);
    // A key that is not NULL: there is no such row, as for other models.
    let pins = Pin::objects().select_related(|p| p.poll()).all(&acme).await?;
    assert_eq!(pins.iter().map(|(p, _)| p.note.as_str()).collect::<Vec<_>>(), ["acme", "acme"]);
    // Conditions on columns of either table, with and without a negation.
    let by = |text: &str| Pin::objects().filter(|p| p.topic().text().eq(text.to_owned()));
    assert_eq!((by("acme").count(&acme).await?, by("zoo").count(&acme).await?), (2, 0));
    let not = Pin::objects().exclude(|p| p.topic().text().eq("zoo")).count(&acme).await?;
    assert_eq!(not, 4);
    let either = Pin::objects().filter(|p| p.topic().title().eq("zoo 1") | p.note().eq("zoo"));
    assert_eq!(either.count(&acme).await?, 2);
    // Prefetched, and fetched by the key.
    let pins = Pin::objects().prefetch_related(|p| p.topic()).all(&acme).await?;
    assert_eq!(pins.iter().filter(|(_, topic)| topic.is_some()).count(), 2);
    let zoo = Pin::objects().filter(|p| p.note().eq("zoo")).first(&acme).await?.ok_or("a pin")?;
    let topic = zoo.topic.as_ref().ok_or("a key")?.fetch(&acme).await;
    assert!(matches!(topic, Err(Error::DoesNotExist { .. })), "{topic:?}");
    assert_eq!(Pin::objects().filter(|p| p.topic().votes().gte(0)).count(&all).await?, 4);
    Ok(())
}

#[derive(Subclasses, Clone, Debug, PartialEq)]
enum Kind {
    Poll(Poll),
    Topic(Topic),
    Secret(Secret),
    Plain(Entry),
}

#[tokio::test]
async fn rows_are_read_as_what_they_are() -> Outcome {
    let db = wiki().await?;
    let acme = db.for_tenant(ACME);
    let count = QueryCounter::new(&db);
    let kinds = Entry::objects().select_subclasses::<Kind>().all(&acme).await?;
    assert_eq!(kinds.len(), 6);
    let orgs = kinds.iter().map(|kind| match kind {
        Kind::Poll(row) => row.org.pk(),
        Kind::Topic(row) => row.org.pk(),
        Kind::Secret(row) => row.org.pk(),
        Kind::Plain(row) => row.org.pk(),
    });
    assert!(orgs.into_iter().all(|org| org == ACME), "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| matches!(kind, Kind::Poll(_))).count(), 2);
    let sent = statements(&count);
    assert_eq!(sent.len(), 1);
    // The row itself is asked, and the halves of it only where they say something themselves.
    assert!(!sent[0].contains("EXISTS") && sent[0].contains("\"keeper\" = $"), "{}", sent[0]);
    Ok(())
}

combined! {
    /// What is read, whosever it is: it says so itself.
    #[derive(Clone, Debug, PartialEq)]
    #[model(app = "wiki", tenant = org, ordering = [title])]
    pub Reading { Topic, Secret }
    by {
        org: ForeignKey<Org>,
        title: String = { Secret: |s| s.code() },
    }
}

combined! {
    /// One that does not.
    #[derive(Clone, Debug, PartialEq)]
    #[model(app = "wiki")]
    pub Leak { Topic, Secret }
    by {
        title: String = { Secret: |s| s.code() },
    }
}

#[tokio::test]
async fn parts_of_combined_rows_are_of_the_tenant() -> Outcome {
    let db = wiki().await?;
    let zoo = db.for_tenant(ZOO);
    let read = Reading::objects().all(&zoo).await?;
    let titles: Vec<_> = read.iter().map(|row| row.title.as_str()).collect();
    assert_eq!(titles, ["zoo", "zoo 1", "zoo 2", "zoo poll 1", "zoo poll 2"]);
    assert_eq!(Reading::objects().count(&db.all_tenants()).await?, 10);
    says(&Reading::objects().all(&*db).await.unwrap_err(), &["`Reading`", "`org`"]);
    says(&Leak::objects().all(&zoo).await.unwrap_err(), &["belong to tenants", "tenant = …"]);
    Ok(())
}
