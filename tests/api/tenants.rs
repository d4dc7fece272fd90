//! Models whose rows belong to tenants, by a column: asked in every statement, filled in drafts.

use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm_testkit::{QueryCounter, TestDatabase};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "tenants", ordering = [id])]
pub struct Org {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "tenants", tenant = org, ordering = [id], unique(fields = [org, name]))]
pub struct Project {
    pub id: i64,
    #[field(on_delete = Cascade)]
    pub org: ForeignKey<Org>,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "tenants", tenant = org, ordering = [id])]
pub struct Label {
    pub id: i64,
    #[field(on_delete = Cascade)]
    pub org: ForeignKey<Org>,
    #[field(unique)]
    pub text: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "tenants", tenant = org, ordering = [id])]
pub struct Task {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "tasks")]
    pub org: ForeignKey<Org>,
    #[field(on_delete = Cascade, related_name = "tasks")]
    pub project: ForeignKey<Project>,
    #[field(unique)]
    pub title: String,
    #[field(default = 0)]
    pub hours: i32,
    pub labels: ManyToMany<Label>,
}

/// One without a tenant of its own, that refers to rows that have one.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "tenants", ordering = [id])]
pub struct Remark {
    pub id: i64,
    #[field(on_delete = Cascade)]
    pub task: ForeignKey<Task>,
    pub text: String,
}

/// One that the database keeps apart as well.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "tenants", tenant = org, row_level_security, ordering = [id])]
pub struct Invoice {
    pub id: i64,
    pub org: i64,
    pub total: i32,
}

const ACME: i64 = 1;
const ZOO: i64 = 2;

async fn rows(db: &Database) -> orm::Result<()> {
    for (id, name) in [(ACME, "acme"), (ZOO, "zoo")] {
        draft!(Org { id: id, name: name }).save(db).await?;
        let db = db.for_tenant(id);
        let project: Project = draft!(Project { name: "website" }).save(&db).await?;
        let label: Label = draft!(Label { text: format!("{name} urgent") }).save(&db).await?;
        for number in 1..=2 {
            let title = format!("{name} {number}");
            let hours = i32::try_from(id).unwrap_or_default() * 10;
            let draft = draft!(Task { project: &project, title: title, hours: hours });
            let task: Task = draft.save(&db).await?;
            task.labels().add(&db, [&label]).await?;
            draft!(Remark { task: &task, text: name }).save(&db).await?;
        }
    }
    Ok(())
}

async fn tenants() -> Result<TestDatabase, Box<dyn std::error::Error + Send + Sync>> {
    Ok(database!("tenants": Org, Project, Label, Task, Remark; rows))
}

/// What was sent, but for what the session was told: the program has a model with policies.
fn statements(count: &QueryCounter) -> Vec<String> {
    let mut sent = count.statements();
    sent.retain(|sql| !sql.starts_with("SELECT set_config('orm."));
    sent
}

fn titles(tasks: &[Task]) -> Vec<&str> {
    tasks.iter().map(|task| task.title.as_str()).collect()
}

/// Every kind of statement about rows that have tenants, with what came of it.
async fn everything(db: &impl Executor, number: i64) -> Vec<(&'static str, Result<()>)> {
    let mut all: Vec<(&'static str, Result<()>)> = Vec::new();
    macro_rules! runs {
        ($($name:literal: $future:expr;)*) => {$(
            let result = $future.await;
            all.push(($name, result.map(drop)));
        )*};
    }
    let unsaved = |suffix: &str| {
        let title = format!("{number} {suffix}");
        draft!(Task { project: number, title: title })
    };
    let mut task = Task {
        id: number * 2,
        org: ForeignKey::new(number),
        project: ForeignKey::new(number),
        title: format!("{number} changed"),
        hours: 1,
        labels: ManyToMany::default(),
    };
    let stream = async {
        let mut rows = Task::objects().stream(db);
        while let Some(row) = futures_util::StreamExt::next(&mut rows).await {
            row?;
        }
        Ok::<(), Error>(())
    };
    runs! {
        "all": Task::objects().all(db);
        "first": Task::objects().first(db);
        "get": Task::objects().filter(|t| t.id().eq(number * 2)).get(db);
        "get_by_key": Task::objects().get_by_key(db, number * 2);
        "in_bulk": Task::objects().in_bulk(db, [number * 2]);
        "count": Task::objects().count(db);
        "exists": Task::objects().exists(db);
        "aggregate": Task::objects().aggregate(db, |t| t.hours().sum());
        "values": Task::objects().values(|t| (t.title(), t.project().name())).all(db);
        "annotate": Project::objects().annotate(|p| p.tasks().count()).all(db);
        "select_related": Task::objects().select_related(|t| t.project()).all(db);
        "prefetch": Project::objects().prefetch_related(|p| p.tasks()).all(db);
        "subquery": Remark::objects().filter(|r| r.task().in_(Task::objects())).all(db);
        "join": Remark::objects().filter(|r| r.task().title().contains("1")).all(db);
        "exclude": Project::objects().exclude(|p| p.tasks().title().contains("x")).all(db);
        "union": Task::objects().union(Task::objects().filter(|t| t.hours().gt(5))).all(db);
        "nested": Task::objects().limit(1).nested().all(db);
        "explain": Task::objects().explain(db);
        "stream": stream;
        "page": Task::objects().paginate(2).page(db, 1);
        "save a draft": unsaved("new").save(db);
        "bulk_create": Task::objects().bulk_create(db, [unsaved("b1"), unsaved("b2")]);
        "copy_in": Task::objects().copy_in(db, [unsaved("c1"), unsaved("c2")]);
        "get_or_create": Task::objects().get_or_create(db, |t| t.title(), unsaved("new"));
        "update_or_create": Task::objects().update_or_create(db, |t| t.title(), unsaved("new"));
        "save": task.save(db);
        "save_fields": task.save_fields(db, |t| t.hours());
        "update of a row": task.update(db, |t| t.hours().set(3));
        "refresh": task.refresh(db);
        "save_or_insert": task.save_or_insert(db);
        "bulk_update": Task::objects().bulk_update(db, [&task], |t| t.hours());
        "update": Task::objects().filter(|t| t.hours().gt(100)).update(db, |t| t.hours().set(0));
        "related set": task.labels().all(db);
        "delete": Task::objects().filter(|t| t.title().contains("b1")).delete(db);
        "delete of a row": task.delete(db);
    }
    all
}

#[tokio::test]
async fn without_a_tenant_nothing_runs_and_the_error_says_what_to_do() -> Outcome {
    let db = tenants().await?;
    for (name, result) in everything(&*db, ACME).await {
        let Err(error) = result else { panic!("{name} ran") };
        assert!(matches!(error, Error::Usage(_)), "{name}: {error:?}");
        says(&error, &["belong to tenants", "`org`", "db.for_tenant(…)", "db.all_tenants()"]);
    }
    let tx = db.begin().await?;
    says(&Task::objects().all(&tx).await.unwrap_err(), &["`Task`"]);
    // Models without tenants are not concerned.
    assert_eq!(Org::objects().count(&*db).await?, 2);
    assert_eq!(Remark::objects().count(&*db).await?, 4);
    Ok(())
}

#[tokio::test]
async fn every_statement_asks_for_the_tenant() -> Outcome {
    let db = tenants().await?;
    let others = || Task::objects().filter(|t| t.org().eq(ZOO));
    let before = others().all(&db.all_tenants()).await?;
    let acme = db.for_tenant(ACME);
    let count = QueryCounter::new(&db);
    for (name, result) in everything(&acme, ACME).await {
        assert!(result.is_ok(), "{name}: {result:?}");
    }
    let about_tasks = |sql: &&String| {
        let tables = ["\"tenants_task\"", "\"tenants_project\"", "\"tenants_label\""];
        tables.iter().any(|table| sql.contains(&format!("FROM {table}")))
            || sql.starts_with("UPDATE")
    };
    for sql in statements(&count).iter().filter(about_tasks) {
        // What a deletion finds by keys of rows that it has locked.
        let by_keys = sql.contains("= ANY($1)") && !sql.contains(" AS t0");
        assert!(sql.contains("\"org_id\" = $") || by_keys, "{sql}");
    }
    assert_eq!(others().all(&db.all_tenants()).await?, before, "those of another are as they were");
    Ok(())
}

#[tokio::test]
async fn rows_of_others_are_never_seen() -> Outcome {
    let db = tenants().await?;
    for (tenant, name) in [(ACME, "acme"), (ZOO, "zoo")] {
        let db = db.for_tenant(tenant);
        let expected = [format!("{name} 1"), format!("{name} 2")];
        assert_eq!(titles(&Task::objects().all(&db).await?), expected);
        assert_eq!(Task::objects().count(&db).await?, 2);
        assert_eq!(Task::objects().aggregate(&db, |t| t.hours().sum()).await?, Some(tenant * 20));
        // Another's rows by their keys, by a relation, by a subquery, and beside others.
        let other = if tenant == ACME { ZOO } else { ACME };
        assert!(!Task::objects().filter(|t| t.org().eq(other)).exists(&db).await?);
        let by_key = Task::objects().get_by_key(&db, other * 2).await;
        assert!(matches!(by_key, Err(Error::DoesNotExist { .. })), "{by_key:?}");
        assert!(Task::objects().in_bulk(&db, [other * 2]).await?.is_empty());
        let joined = Remark::objects().filter(|r| r.task().hours().gt(0));
        assert_eq!(joined.count(&db).await?, 2);
        let excluded = Remark::objects().exclude(|r| r.task().hours().gt(1000));
        assert_eq!(excluded.filter(|r| r.task().title().startswith(name)).count(&db).await?, 2);
        let inside = Remark::objects().filter(|r| r.task().in_(Task::objects()));
        assert_eq!(inside.count(&db).await?, 2);
        let orgs = Org::objects().annotate(|o| o.tasks().count()).order_by(|o| o.id());
        let orgs = orgs.all(&db).await?;
        let counts: Vec<i64> = orgs.iter().map(|(_, count)| *count).collect();
        let mut expected = vec![0, 0];
        expected[usize::try_from(tenant)? - 1] = 2;
        assert_eq!(counts, expected);
        let orgs = Org::objects().prefetch_related(|o| o.tasks()).all(&db).await?;
        let loaded: Vec<usize> = orgs.iter().map(|(_, tasks)| tasks.len()).collect();
        assert_eq!(loaded.iter().sum::<usize>(), 2);
        // A negated condition over a relation to many sees none of theirs either.
        let none = Org::objects().exclude(|o| o.tasks().hours().gt(0));
        assert_eq!(none.all(&db).await?.iter().map(|o| o.id).collect::<Vec<_>>(), [other]);
    }
    Ok(())
}

#[tokio::test]
async fn the_sql_of_each() -> Outcome {
    assert_eq!(
        Task::objects().filter(|t| t.hours().gt(1)).sql()?,
        "SELECT t0.\"id\", t0.\"org_id\", t0.\"project_id\", t0.\"title\", t0.\"hours\" FROM \
         \"tenants_task\" AS t0 WHERE t0.\"org_id\" = $1 AND t0.\"hours\" > $2 ORDER BY t0.\"id\""
    );
    assert_eq!(
        Task::objects().values(|t| t.project().name()).order_by(|t| t.id()).sql()?,
        "SELECT t1.\"name\" FROM \"tenants_task\" AS t0 JOIN \"tenants_project\" AS t1 ON t1.\"id\" \
         = t0.\"project_id\" AND (t1.\"org_id\" = $1) WHERE t0.\"org_id\" = $1 ORDER BY t0.\"id\""
    );
    let db = tenants().await?;
    let acme = db.for_tenant(ACME);
    let count = QueryCounter::new(&db);
    Task::objects().filter(|t| t.hours().gt(50)).update(&acme, |t| t.hours().set(0)).await?;
    Task::objects().filter(|t| t.hours().gt(50)).delete(&acme).await?;
    draft!(Project { name: "x" }).save(&acme).await?;
    let sent = statements(&count);
    assert_eq!(
        sent[0],
        "UPDATE \"tenants_task\" AS t0 SET \"hours\" = $1 WHERE t0.\"org_id\" = $2 AND t0.\"hours\" > $3"
    );
    let insert = sent.last().map(String::as_str).unwrap_or_default();
    assert!(insert.starts_with("INSERT INTO \"tenants_project\" AS t0 (\"org_id\", \"name\")"));
    Ok(())
}

#[tokio::test]
async fn the_statement_is_kept_for_all_tenants_and_the_value_is_not() -> Outcome {
    let db = tenants().await?;
    let mut texts = Vec::new();
    for round in 0..4 {
        let tenant = if round % 2 == 0 { ACME } else { ZOO };
        let count = QueryCounter::new(&db);
        let tasks = Task::objects().filter(|t| t.id().gt(0)).all(&db.for_tenant(tenant)).await?;
        assert!(tasks.iter().all(|task| task.org.pk() == tenant), "{tasks:?}");
        // The same value as the tenant's.
        let few = Task::objects().filter(|t| t.id().eq(tenant)).all(&db.for_tenant(tenant)).await?;
        assert!(few.iter().all(|task| task.org.pk() == tenant), "{few:?}");
        texts.push(statements(&count));
    }
    assert!(texts.iter().all(|sent| sent == &texts[0]), "{texts:#?}");
    Ok(())
}

#[tokio::test]
async fn drafts_and_rows_of_another_tenant_are_refused() -> Outcome {
    let db = tenants().await?;
    let acme = db.for_tenant(ACME);
    let other = ["another tenant", "`org`"];
    let draft = || draft!(Project { org: ZOO, name: "x" });
    says(&draft().save(&acme).await.unwrap_err(), &other);
    says(&Project::objects().bulk_create(&acme, [draft()]).await.unwrap_err(), &other);
    says(&Project::objects().copy_in(&acme, [draft()]).await.unwrap_err(), &other);
    says(
        &Project::objects().get_or_create(&acme, |p| p.name(), draft()).await.unwrap_err(),
        &other,
    );
    let mut row = Project::objects().get_by_key(&db.all_tenants(), ZOO).await?;
    says(&row.save(&acme).await.unwrap_err(), &other);
    says(&row.save_fields(&acme, |p| p.name()).await.unwrap_err(), &other);
    says(&row.save_or_insert(&acme).await.unwrap_err(), &other);
    says(&Project::objects().bulk_update(&acme, [&row], |p| p.name()).await.unwrap_err(), &other);
    says(&row.clone().delete(&acme).await.unwrap_err(), &other);
    // Its own may be said.
    draft!(Project { org: ACME, name: "own" }).save(&acme).await?;
    // Rows do not move.
    let moved = Project::objects().update(&acme, |p| p.org().set(ZOO)).await.unwrap_err();
    says(&moved, &["to which tenant a row belongs", "db.all_tenants()"]);
    let mut own = Project::objects().get_by_key(&acme, ACME).await?;
    own.org = ForeignKey::new(ZOO);
    says(&own.save(&acme).await.unwrap_err(), &other);
    assert_eq!(Project::objects().update(&acme, |p| p.org().set(ACME)).await?, 2);
    let all = db.all_tenants();
    Project::objects().filter(|p| p.name().eq("own")).update(&all, |p| p.org().set(ZOO)).await?;
    assert_eq!(Project::objects().count(&db.for_tenant(ZOO)).await?, 2);
    Ok(())
}

#[tokio::test]
async fn an_upsert_leaves_the_rows_of_others_alone() -> Outcome {
    let db = tenants().await?;
    let (acme, all) = (db.for_tenant(ACME), db.all_tenants());
    // `text` is unique over all tenants.
    let draft = || draft!(Label { text: "zoo urgent" });
    let unique = draft().save(&acme).await.unwrap_err();
    assert!(matches!(unique, Error::Unique(_)), "{unique:?}");
    let skipped = Label::objects().bulk_create(&acme, [draft()]).on_conflict_ignore().await?;
    assert!(skipped.is_empty(), "{skipped:?}");
    let upserted = Label::objects()
        .bulk_create(&acme, [draft()])
        .on_conflict(|l| l.text())
        .update(|l| l.text())
        .await?;
    assert!(upserted.is_empty(), "{upserted:?}");
    assert_eq!(
        Label::objects().filter(|l| l.text().eq("zoo urgent")).get(&all).await?.org.pk(),
        ZOO
    );
    Ok(())
}

#[tokio::test]
async fn all_tenants_is_said_and_asks_drafts_for_theirs() -> Outcome {
    let db = tenants().await?;
    let all = db.all_tenants();
    assert_eq!(Task::objects().count(&all).await?, 4);
    let error = draft!(Project { name: "whose" }).save(&all).await.unwrap_err();
    says(&error, &["`Project`", "`org`", "does not fill in"]);
    draft!(Project { org: ZOO, name: "theirs" }).save(&all).await?;
    // The innermost one says it.
    assert_eq!(Task::objects().count(&all.for_tenant(ACME)).await?, 2);
    assert_eq!(Task::objects().count(&db.for_tenant(ACME).all_tenants()).await?, 4);
    Ok(())
}

#[tokio::test]
async fn transactions_zones_and_pools_keep_it() -> Outcome {
    let db = tenants().await?;
    let acme = db.for_tenant(ACME);
    let counted = acme.transaction(async |tx| {
        let inner = tx.transaction(async |savepoint| Task::objects().count(savepoint).await);
        Ok((Task::objects().count(tx).await?, inner.await?))
    });
    assert_eq!(counted.await?, (2, 2));
    assert_eq!(Task::objects().count(&acme.in_zone("Europe/Berlin")).await?, 2);
    assert_eq!(Task::objects().count(&db.in_zone("Europe/Berlin").for_tenant(ZOO)).await?, 2);
    let both = acme.together((Task::objects().all(&acme), Task::objects().count(&acme))).await?;
    assert_eq!((both.0.len(), both.1), (2, 2));
    let tx = db.begin().await?;
    assert_eq!(Task::objects().count(&tx.for_tenant(ZOO)).await?, 2);
    Ok(())
}

#[tokio::test]
async fn a_tenant_of_another_type_is_refused() -> Outcome {
    let db = tenants().await?;
    for error in [
        Task::objects().all(&db.for_tenant("acme")).await.unwrap_err(),
        draft!(Project { name: "x" }).save(&db.for_tenant(Uuid::nil())).await.unwrap_err(),
    ] {
        says(&error, &["`org`", "bigint", "for_tenant"]);
    }
    // A number of another width is the same one.
    assert_eq!(Task::objects().count(&db.for_tenant(1_i32)).await?, 2);
    assert_eq!(Task::objects().count(&db.for_tenant(1_i16)).await?, 2);
    let org = Org::objects().get_by_key(&*db, ACME).await?;
    assert_eq!(Task::objects().count(&db.for_tenant(org.pk())).await?, 2);
    Ok(())
}

#[tokio::test]
async fn related_rows_are_those_of_the_tenant_and_cascades_take_all() -> Outcome {
    let db = tenants().await?;
    let (acme, all) = (db.for_tenant(ACME), db.all_tenants());
    let project = Project::objects().get_by_key(&acme, ACME).await?;
    assert_eq!(project.tasks().count(&acme).await?, 2);
    let task = project.tasks().create(&acme, draft!(Task { title: "made there" })).await?;
    assert_eq!(task.org.pk(), ACME);
    // A row that refers to one of another tenant, which only a mistake makes.
    Task::objects()
        .filter(|t| t.title().eq("zoo 1"))
        .update(&all, |t| t.project().set(ACME))
        .await?;
    assert_eq!(project.tasks().count(&acme).await?, 3);
    let gone = project.delete(&acme).await?;
    // The database lets no key refer to a row that is gone: it went, too.
    assert_eq!(gone.of::<Task>(), 4);
    assert_eq!(Task::objects().count(&all).await?, 1);
    Ok(())
}

#[tokio::test]
async fn rows_of_queries_and_statements_of_with_are_of_the_tenant() -> Outcome {
    let db = tenants().await?;
    let acme = db.for_tenant(ACME);
    let copied = Label::objects()
        .insert_from(&acme, Task::objects(), |label, task| label.text().set(task.title().upper()))
        .returning()
        .await?;
    let texts: Vec<_> = copied.iter().map(|l| (l.org.pk(), l.text.as_str())).collect();
    assert_eq!(texts, [(ACME, "ACME 1"), (ACME, "ACME 2")]);
    let given = Label::objects()
        .insert_from(&acme, Task::objects(), |label, task| {
            (label.org().set(task.org()), label.text().set(task.title()))
        })
        .await
        .unwrap_err();
    says(&given, &["`org`", "the executor gives"]);
    Ok(())
}

/// What the database shows, whatever a query asks for.
async fn totals(db: &impl Executor) -> Result<Vec<i32>> {
    let rows = db.query_as::<(i32,)>("SELECT total FROM tenants_invoice ORDER BY 1", params![]);
    Ok(rows.await?.into_iter().map(|(total,)| total).collect())
}

#[tokio::test]
async fn policies_of_the_database_are_told_of_the_tenant() -> Outcome {
    let db = TestDatabase::empty().await?;
    create_tables::<(Invoice,)>(&db).await?;
    let role = format!("policies_{}", std::process::id());
    db.batch_execute(&format!("CREATE ROLE {role}; GRANT ALL ON tenants_invoice TO {role}"))
        .await?;
    for (org, total) in [(ACME, 10), (ZOO, 20), (ZOO, 21)] {
        draft!(Invoice { total: total }).save(&db.for_tenant(org)).await?;
    }
    let seen = async |db: &dyn Executor| {
        // The tests run as a superuser, for whom there are no policies.
        db.transaction(async |tx| {
            tx.batch_execute(&format!("SET LOCAL ROLE {role}")).await?;
            totals(tx).await
        })
        .await
    };
    for _ in 0..2 {
        assert_eq!(seen(&db.for_tenant(ACME)).await?, [10]);
        assert_eq!(seen(&db.for_tenant(ZOO)).await?, [20, 21]);
        assert_eq!(seen(&*db).await?, [] as [i32; 0], "nobody's tenant sees nothing");
        assert_eq!(seen(&db.all_tenants()).await?, [10, 20, 21]);
        assert_eq!(seen(&db.all_tenants().for_tenant(ACME)).await?, [10]);
        assert_eq!(seen(&db.for_tenant(ACME).all_tenants()).await?, [10, 20, 21]);
    }
    let tx = db.begin().await?;
    tx.batch_execute(&format!("SET LOCAL ROLE {role}")).await?;
    assert_eq!(totals(&tx.for_tenant(ZOO)).await?, [20, 21]);
    assert_eq!(totals(&tx.for_tenant(ACME)).await?, [10]);
    assert_eq!(totals(&tx.all_tenants()).await?, [10, 20, 21]);
    assert_eq!(totals(&tx).await?, [] as [i32; 0]);
    drop(tx);
    assert_eq!(totals(&*db).await?, [10, 20, 21]);
    db.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await?;
    Ok(())
}

#[tokio::test]
async fn levels_that_are_loaded_at_once() -> Outcome {
    let db = tenants().await?;
    let far = Database::builder().url(&db.url()).prefetch_mode(orm::PrefetchMode::AtOnce);
    let far = far.connect().await?;
    let query = Project::objects()
        .prefetch_related(|p| p.tasks().objects().prefetch_related(|t| t.labels()));
    for org in [ACME, ZOO] {
        let counter = QueryCounter::new(&far);
        let rows = query.all(&far.for_tenant(org)).await?;
        assert_eq!(rows, query.all(&db.for_tenant(org)).await?);
        assert_eq!((rows.len(), rows[0].1.len(), rows[0].1[0].1.len()), (1, 2, 1));
        let sent = statements(&counter);
        assert_eq!(sent.len(), 5, "{sent:#?}");
        for (level, sql) in sent[1..4].iter().enumerate() {
            let asked = sql.matches(r#""org_id" = $"#).count();
            assert!(asked > level && sql.matches("IN (SELECT").count() == level, "{sql}");
        }
    }
    Ok(())
}
