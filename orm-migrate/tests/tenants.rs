//! Migrations of tenants that have a schema each.

use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::run::{Event, Runner, Target, applied, create_schema};
use orm_sql::exec::Executor;
use orm_testkit::TestDatabase;
use std::sync::{Arc, Mutex};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn name(text: &str) -> MigrationName {
    let (app, name) = text.split_once('.').unwrap();
    MigrationName { app: app.into(), name: name.into() }
}

/// What all tenants share.
const USERS: &str = r#"
id = "users"

[[operations]]
create_model = "User"
table = "users_user"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "name", type = "text" },
]
"#;

/// What each tenant has, with a key to what they share.
const SHOP: &str = r#"
id = "shop"
dependencies = ["users.0001_initial"]

[[operations]]
create_model = "Order"
table = "shop_order"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "total", type = "integer" },
    { name = "buyer", foreign_key = "users.User", on_delete = "cascade" },
]
"#;

const POSITIVE: &str = r#"
id = "positive"
dependencies = ["shop.0001_initial"]

[[operations]]
add_check = "Order"
name = "order_total"
check = '"total" > 0'
"#;

/// What cannot stand in a transaction.
const INDEX: &str = r#"
id = "index"
dependencies = ["shop.0002_positive"]

[[operations]]
add_index = "Order"
name = "order_by_total"
fields = ["total"]
concurrently = true
"#;

fn graph() -> Graph {
    let files = [
        ("users.0001_initial", USERS),
        ("shop.0001_initial", SHOP),
        ("shop.0002_positive", POSITIVE),
        ("shop.0003_index", INDEX),
    ];
    Graph::of(files.iter().map(|(file, text)| Migration::parse(name(file), text).unwrap())).unwrap()
}

async fn count(db: &dyn Executor, table: &str) -> Outcome<bool> {
    Ok(db.batch_execute(&format!("SELECT count(*) FROM {table}")).await.is_ok())
}

#[tokio::test]
async fn each_has_its_own_tables_and_its_own_record_and_one_that_fails_stops_no_other() -> Outcome {
    let db = TestDatabase::empty().await?;
    let db: &dyn Executor = &*db;
    let graph = graph();
    // What is shared comes first, and the tables of tenants are not made beside it.
    let shared = Runner::new(&graph).apps(["users"]).run(db, &Target::Latest).await?;
    assert_eq!(shared, 1);
    assert!(count(db, "public.users_user").await?);
    assert!(!count(db, "public.shop_order").await?);

    let names = ["acme", "O'Zoo \"1\"", "broken"].map(str::to_owned);
    for name in &names {
        create_schema(db, name).await?;
        create_schema(db, name).await?;
    }
    // One whose second migration cannot run.
    let first = Target::Migration(name("shop.0001_initial"));
    let runs = Runner::new(&graph).apps(["shop"]).run_tenants(db, &names[2..], &first).await;
    assert_eq!((runs[0].ran, runs[0].error.is_none()), (1, true), "{runs:?}");
    let broken = db.tenant("broken");
    broken
        .batch_execute(
            "INSERT INTO users_user (name) VALUES ('ann');
             INSERT INTO shop_order (total, buyer_id) VALUES (-1, 1)",
        )
        .await?;

    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let sink = heard.clone();
    let mut runner = Runner::new(&graph).apps(["shop"]).on_event(move |event| {
        let text = match event {
            Event::Tenant { name, place, of } => format!("{name} {place} {of}"),
            Event::TenantDone { name, ran, .. } => format!("{name} ran {ran}"),
            Event::TenantFailed { name, ran, .. } => format!("{name} failed after {ran}"),
            _ => return,
        };
        sink.lock().unwrap().push(text);
    });
    let asked = [&names[2], &names[0], &"nobody".to_owned(), &names[1], &"pg_x".to_owned()];
    let asked: Vec<String> = asked.into_iter().cloned().collect();
    let runs = runner.run_tenants(db, &asked, &Target::Latest).await;
    let came: Vec<(usize, bool)> = runs.iter().map(|run| (run.ran, run.error.is_none())).collect();
    assert_eq!(came, [(0, false), (3, true), (0, false), (3, true), (0, false)], "{runs:?}");
    let error = |place: usize| runs[place].error.as_ref().map(ToString::to_string).unwrap();
    assert!(error(0).contains("shop.0002_positive"), "{}", error(0));
    assert!(error(2).contains("no schema `nobody`"), "{}", error(2));
    assert!(error(2).contains("create_schema"), "{}", error(2));
    assert!(error(4).contains("cannot be the schema of a tenant"), "{}", error(4));
    let expected = [
        "broken 0 5",
        "broken failed after 0",
        "acme 1 5",
        "acme ran 3",
        "nobody 2 5",
        "nobody failed after 0",
        "O'Zoo \"1\" 3 5",
        "O'Zoo \"1\" ran 3",
        "pg_x 4 5",
        "pg_x failed after 0",
    ];
    assert_eq!(*heard.lock().unwrap(), expected);

    // Each has tables and a record of its own, and sees what is shared.
    for (name, ran) in [(&names[0], 3), (&names[1], 3), (&names[2], 1)] {
        let tenant = db.tenant(name);
        assert!(count(&tenant, "shop_order JOIN users_user ON true").await?, "{name}");
        assert_eq!(applied(tenant.as_executor()).await?.len(), ran, "{name}");
        let quoted = name.replace('"', "\"\"");
        assert!(count(db, &format!("\"{quoted}\".orm_migrations")).await?, "{name}");
    }
    assert_eq!(applied(db).await?.len(), 1);
    // Mended, it goes on; the others have nothing to do.
    broken.batch_execute("UPDATE shop_order SET total = 1").await?;
    let again = Runner::new(&graph).apps(["shop"]).run_tenants(db, &names, &Target::Latest).await;
    assert_eq!(again.iter().map(|run| run.ran).collect::<Vec<_>>(), [0, 0, 2], "{again:?}");
    // Backwards, for one of them only.
    let back = Runner::new(&graph).apps(["shop"]).run_tenants(db, &names[..1], &first).await;
    assert_eq!((back[0].ran, back[0].error.is_none()), (2, true), "{back:?}");
    assert_eq!(applied(db.tenant("acme").as_executor()).await?.len(), 1);
    assert_eq!(applied(db.tenant(&names[1]).as_executor()).await?.len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_plan_of_a_tenant_without_a_record_does_not_read_that_of_public() -> Outcome {
    let db = TestDatabase::empty().await?;
    let db: &dyn Executor = &*db;
    let graph = graph();
    assert_eq!(Runner::new(&graph).run(db, &Target::Latest).await?, 4);
    create_schema(db, "new").await?;
    let tenant = db.tenant("new");
    let plan = Runner::new(&graph).plan(tenant.as_executor(), &Target::Latest).await?;
    assert_eq!(plan.len(), 4);
    assert!(create_schema(db, "").await.is_err());
    Ok(())
}
