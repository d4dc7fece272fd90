//! Commands for tenants: of those that have a schema each, and of those whose rows the database keeps
//! apart.

use orm::cli::Manage;
use orm::prelude::*;
use orm_testkit::TestDatabase;
use std::path::PathBuf;
use std::process::ExitCode;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// What all tenants share.
#[derive(Model, Clone, Debug)]
#[model(app = "people")]
pub struct Person {
    pub id: i64,
    pub name: String,
}

/// What each tenant has, in its schema.
#[derive(Model, Clone, Debug)]
#[model(app = "shop")]
pub struct Item {
    pub id: i64,
    pub name: String,
}

/// Rows of tenants in one table.
#[derive(Model, Clone, Debug)]
#[model(app = "people", tenant = org, row_level_security)]
pub struct Visit {
    pub id: i64,
    pub org: i64,
    pub place: String,
}

/// A folder of a test's own, which is gone with this value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Outcome<Folder> {
        let name = format!("orm-tenants-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(Folder(path))
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// What the command ends with: true for 0, false for 1.
async fn manage(folder: &Folder, url: &str, arguments: &[&str]) -> Outcome<bool> {
    let migrations = folder.path("migrations");
    let global = ["--database-url", url, "--migrations", &migrations, "--verbosity", "0"];
    let all: Vec<&str> = arguments.iter().copied().chain(global).collect();
    let code = Manage::new(orm::migrations!())
        .tenants(async |_| Ok(vec!["acme".to_owned(), "zoo".to_owned()]))
        .tenant_apps(["shop"])
        .call(all)
        .await?;
    Ok(code == ExitCode::SUCCESS)
}

#[tokio::test]
async fn what_has_run_is_looked_at_for_each_tenant() -> Outcome {
    let (db, folder) = (TestDatabase::empty().await?, Folder::new("schemas")?);
    std::fs::create_dir_all(folder.path("migrations"))?;
    let url = db.url();
    let run = async |arguments: &[&str]| manage(&folder, &url, arguments).await;
    assert!(run(&["makemigrations", "--noinput"]).await?);
    for nothing in [&["check", "--database"][..], &["check", "--all-tenants"]] {
        assert!(!run(nothing).await?, "{nothing:?}");
    }
    assert!(run(&["migrate"]).await?);
    // What tenants share is there, and of that nothing else is asked.
    assert!(run(&["check", "--database"]).await?);
    assert!(run(&["showmigrations"]).await?);
    assert!(run(&["migrate", "--tenant", "acme", "--create-schema"]).await?);
    assert!(run(&["check", "--tenant", "acme", "--deploy"]).await?);
    assert!(!run(&["check", "--tenant", "acme", "--tenant", "zoo"]).await?);
    assert!(!run(&["check", "--all-tenants"]).await?);
    assert!(!run(&["migrate", "--all-tenants", "--check"]).await?);
    assert!(run(&["migrate", "--tenant", "zoo", "--create-schema"]).await?);
    assert!(run(&["check", "--all-tenants", "--deploy"]).await?);
    assert!(run(&["showmigrations", "--all-tenants"]).await?);
    assert!(run(&["showmigrations", "--plan", "--tenant", "zoo", "shop"]).await?);
    for both in [
        &["showmigrations", "--tenant", "zoo", "--all-tenants"][..],
        &["migrate", "shop", "--prune", "--all-tenants"],
        &["migrate", "--create-schema"],
    ] {
        assert!(run(both).await.is_err(), "{both:?}");
    }
    Ok(())
}

#[tokio::test]
async fn fixtures_have_the_rows_of_all_tenants() -> Outcome {
    let (db, folder) = (TestDatabase::empty().await?, Folder::new("rows")?);
    std::fs::create_dir_all(folder.path("migrations"))?;
    let role = format!("fixtures_{}", std::process::id());
    db.batch_execute(&format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'right'; GRANT ALL ON SCHEMA public TO {role}"
    ))
    .await?;
    let url = db.url();
    let (_, place) = url.rsplit_once('@').ok_or("no user")?;
    let url = format!("postgres://{role}:right@{place}");
    let run = async |arguments: &[&str]| manage(&folder, &url, arguments).await;
    assert!(run(&["makemigrations", "--noinput"]).await?);
    assert!(run(&["migrate"]).await?);
    for org in [1, 2] {
        draft!(Visit { org: org, place: "the sea" }).save(&db.all_tenants()).await?;
    }
    let file = folder.path("visits.json");
    assert!(run(&["dumpdata", "people.Visit", "--output", &file]).await?);
    assert_eq!(std::fs::read_to_string(&file)?.matches("the sea").count(), 2);
    Visit::objects().delete(&db.all_tenants()).await?;
    assert!(run(&["loaddata", &file]).await?);
    assert_eq!(Visit::objects().count(&db.all_tenants()).await?, 2);
    db.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await?;
    Ok(())
}
