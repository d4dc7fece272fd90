//! `manage` for tenants that have a schema each, as it is called at a prompt.

use orm_testkit::TestDatabase;
use serde_json::Value;
use std::process::{Command, Output};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn manage(db: &str, args: &[&str]) -> Outcome<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_manage"));
    Ok(command.env("DATABASE_URL", db).args(args).output()?)
}

/// What it printed.
fn printed(db: &str, args: &[&str]) -> Outcome<String> {
    Ok(String::from_utf8(manage(db, args)?.stdout)?)
}

#[tokio::test]
async fn what_has_run_is_shown_for_each_tenant() -> Outcome {
    let db = TestDatabase::empty().await?;
    let url = db.url();
    printed(&url, &["migrate", "--tenant", "acme", "--create-schema"])?;
    let shown =
        printed(&url, &["showmigrations", "catalogue", "--tenant", "acme", "--tenant", "zoo"])?;
    let wanted =
        "Tenant acme:\ncatalogue\n [X] 0001_initial\nTenant zoo:\ncatalogue\n [ ] 0001_initial\n";
    assert_eq!(shown, wanted);
    let json = printed(&url, &["--json", "showmigrations", "--tenant", "acme"])?;
    let json: Value = serde_json::from_str(&json)?;
    assert_eq!(json["tenants"][0]["tenant"], "acme");
    assert_eq!(json["tenants"][0]["migrations"][0]["name"], "0001_initial");

    assert!(manage(&url, &["check", "--tenant", "acme"])?.status.success());
    let found = manage(&url, &["check", "--tenant", "acme", "--tenant", "zoo"])?;
    assert_eq!(found.status.code(), Some(1));
    let said = String::from_utf8(found.stdout)? + &String::from_utf8(found.stderr)?;
    assert!(said.contains("tenant zoo: 4 migrations have not run, the first of them "), "{said}");
    assert!(!said.contains("tenant acme"), "{said}");
    let missing = manage(&url, &["showmigrations", "--all-tenants"])?;
    let said = String::from_utf8(missing.stderr)?;
    assert!(
        said.contains("Say it in the program: `Manage::new(…).tenants(async |db| …)`"),
        "{said}"
    );
    Ok(())
}
