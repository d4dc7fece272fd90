//! What the library does in a transaction of its own: how often it waits for the server.

use crate::support::{Outcome, database};
use orm::prelude::*;
use orm_testkit::TestDatabase;
use proxy::Proxy;
use std::time::Duration;

#[path = "../../orm-postgres/tests/network/proxy.rs"]
#[allow(dead_code)]
mod proxy;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "trips")]
pub struct Person {
    pub id: i64,
    #[field(unique)]
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "trips")]
pub struct Team {
    pub id: i64,
    pub name: String,
    pub members: ManyToMany<Person>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "trips")]
pub struct Task {
    pub id: i64,
    #[field(unique)]
    pub title: String,
    #[field(related_name = "tasks", on_delete = Cascade)]
    pub team: ForeignKey<Team>,
}

/// Is trimmed before it is written.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "trips", hooks)]
pub struct Code {
    pub id: i64,
    pub code: String,
    #[field(version)]
    pub version: i32,
}

impl Hooks for Code {
    async fn before_save(&mut self, _: &HookCx<'_>) -> Result<()> {
        self.code = self.code.trim().to_owned();
        Ok(())
    }
}

/// Writes another row before it is written itself.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "trips", hooks)]
pub struct Noted {
    pub id: i64,
    pub name: String,
}

impl Hooks for Noted {
    async fn before_update(&mut self, cx: &HookCx<'_>) -> Result<()> {
        draft!(Person { name: &self.name }).save(cx).await.map(drop)
    }
}

/// The only connection of a pool, with what counts its round trips.
struct Counted {
    db: Database,
    proxy: Proxy,
    _server: TestDatabase,
}

impl Counted {
    async fn new() -> Result<Counted, Box<dyn std::error::Error + Send + Sync>> {
        let server = database!("api_trips": Person, Team, Task, Code, Noted);
        let proxy = Proxy::start((server.host().to_owned(), server.port())).await;
        let builder = Database::builder().url(&server.url()).host("127.0.0.1").port(proxy.port);
        let db = builder.max_connections(1).connect().await?;
        Ok(Counted { db, proxy, _server: server })
    }

    /// How often some work waits for the server, once its statements are prepared.
    async fn trips<T>(&self, work: impl AsyncFn(&Database, usize) -> Result<T>) -> Result<usize> {
        work(&self.db, 0).await?;
        self.proxy.hold_answers(Duration::from_millis(20));
        let before = self.proxy.round_trips();
        work(&self.db, 1).await?;
        self.proxy.hold_answers(Duration::ZERO);
        Ok(self.proxy.round_trips() - before)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_refers_to_a_row_goes_with_the_end() -> Outcome {
    let counted = Counted::new().await?;
    let tasks = |n: usize| ["a", "b"].map(|name| draft!(Task { title: format!("{name}{n}") }));
    let nested = async |db: &Database, n| {
        draft!(Team { name: "nested" }).nested(Team::tasks, tasks(n)).save(db).await
    };
    assert_eq!(counted.trips(nested).await?, 2);
    let linked = async |db: &Database, _| {
        let tasks = Task::objects().order_by(|t| t.id()).all(db).await?;
        draft!(Team { name: "linked" }).linked(Team::tasks, &tasks).save(db).await
    };
    assert_eq!(counted.trips(linked).await?, 3);
    let people = |n: usize| ["x", "y"].map(|name| draft!(Person { name: format!("{name}{n}") }));
    let known = Person::objects().bulk_create(&counted.db, people(9)).await?;
    let between = async |db: &Database, _| {
        draft!(Team { name: "between" }).linked(Team::members, &known).save(db).await
    };
    assert_eq!(counted.trips(between).await?, 2);
    let both = async |db: &Database, n| {
        draft!(Team { name: "both" })
            .nested(Team::members, people(n))
            .nested(Team::tasks, tasks(n + 2))
            .save(db)
            .await
    };
    assert_eq!(counted.trips(both).await?, 4);

    let titles = Task::objects().order_by(|t| t.title()).values(|t| (t.title(), t.team().name()));
    let titles = titles.all(&counted.db).await?;
    let expected = ["a0", "a1", "a2", "a3", "b0", "b1", "b2", "b3"].map(|title| {
        let team = if title.ends_with(['0', '1']) { "linked" } else { "both" };
        (title.to_owned(), team.to_owned())
    });
    assert_eq!(titles, expected);
    let teams = Team::objects().filter(|t| t.members().name().in_(["x9", "y0", "y1"]));
    assert_eq!(teams.count(&counted.db).await?, 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_where_the_last_statement_is_refused() -> Outcome {
    let counted = Counted::new().await?;
    let db = &counted.db;
    let team = draft!(Team { name: "first" });
    team.nested(Team::tasks, [draft!(Task { title: "same" })]).save(db).await?;
    let team = draft!(Team { name: "second" });
    let refused = team.nested(Team::tasks, [draft!(Task { title: "same" })]).save(db).await;
    assert!(matches!(refused, Err(Error::Unique(_))), "{refused:?}");
    let team = draft!(Team { name: "third" });
    let refused = team.linked(Team::members, [4711]).save(db).await;
    assert!(matches!(refused, Err(Error::ForeignKey(_))), "{refused:?}");
    // What a draft creates goes with it, and the transaction around it goes on.
    db.transaction(async |tx| {
        for same in [["new", "new"], ["one", "two"]] {
            let members = same.map(|name| draft!(Person { name }));
            let team = draft!(Team { name: "fourth" }).nested(Team::members, members);
            let saved = match same {
                ["new", _] => team.save(tx).await,
                _ => team.nested(Team::tasks, [draft!(Task { title: "same" })]).save(tx).await,
            };
            assert!(matches!(saved, Err(Error::Unique(_))), "{saved:?}");
        }
        draft!(Person { name: "new" }).save(tx).await.map(drop)
    })
    .await?;
    assert_eq!(Person::objects().values(|p| p.name()).all(db).await?, ["new"]);
    let names = Team::objects().values(|t| t.name()).all(db).await?;
    assert_eq!(names, ["first"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_go_with_the_end() -> Outcome {
    let counted = Counted::new().await?;
    let team = draft!(Team { name: "team" }).save(&counted.db).await?;
    let created = async |db: &Database, n: usize| {
        team.members().create(db, draft!(Person { name: format!("p{n}") })).await
    };
    assert_eq!(counted.trips(created).await?, 2);
    let people = Person::objects().order_by(|p| p.id()).all(&counted.db).await?;
    let other = draft!(Person { name: "other" }).save(&counted.db).await?;
    let set = async |db: &Database, n: usize| match n {
        0 => team.members().set(db, &people).await,
        _ => team.members().set(db, [&people[0], &other]).await,
    };
    assert_eq!(counted.trips(set).await?, 3);
    let names = team.members().order_by(|p| p.id()).values(|p| p.name()).all(&counted.db).await?;
    assert_eq!(names, ["p0", "other"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_with_hooks_before_it_is_saved_in_one_round_trip() -> Outcome {
    let counted = Counted::new().await?;
    let code = draft!(Code { code: " a " }).save(&counted.db).await?;
    assert_eq!(code.code, "a");
    let saved = async |db: &Database, n: usize| {
        let mut code = Code::objects().get(db).await?;
        code.code = format!(" b{n} ");
        code.save(db).await
    };
    // One of the two reads it.
    assert_eq!(counted.trips(saved).await?, 2);
    let named = async |db: &Database, n: usize| {
        let mut code = Code::objects().get(db).await?;
        code.code = format!(" c{n} ");
        code.save_fields(db, |c| c.code()).await?;
        assert_eq!(code.code, format!("c{n}"));
        Ok(())
    };
    assert_eq!(counted.trips(named).await?, 2);
    let mut stale = Code { version: 1, ..code.clone() };
    assert!(matches!(stale.save(&counted.db).await, Err(Error::Stale { .. })));
    let mut gone = Code { id: 4711, ..code.clone() };
    assert!(matches!(gone.save(&counted.db).await, Err(Error::DoesNotExist { .. })));
    let codes = Code::objects().values(|c| (c.code(), c.version())).all(&counted.db).await?;
    assert_eq!(codes, [("c1".to_owned(), code.version + 4)]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_hook_did_is_taken_back_where_the_row_is_gone() -> Outcome {
    let counted = Counted::new().await?;
    let db = &counted.db;
    let mut noted = draft!(Noted { name: "one" }).save(db).await?;
    noted.save(db).await?;
    noted.name = "two".to_owned();
    Noted::objects().delete(db).await?;
    assert!(matches!(noted.save(db).await, Err(Error::DoesNotExist { .. })));
    assert_eq!(Person::objects().values(|p| p.name()).all(db).await?, ["one"]);
    Ok(())
}
