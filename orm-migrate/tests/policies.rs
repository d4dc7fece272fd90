//! Row level security, made by migrations: its statements, what it does to rows, and the way there and
//! back.

use orm::prelude::*;
use orm_core::tables::create_tables_of;
use orm_migrate::detect::{NoInput, Questions, detect};
use orm_migrate::drift;
use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::inspect;
use orm_migrate::operation::{Misfit, Operation};
use orm_migrate::optimize::optimize;
use orm_migrate::run::{Runner, Target};
use orm_migrate::state::ProjectState;
use orm_sql::exec::Executor;
use orm_sql::ident::RawSql;
use orm_testkit::TestDatabase;

type Outcome<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "shop")]
pub struct Org {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "shop", tenant = org, row_level_security)]
pub struct Invoice {
    pub id: i64,
    #[field(on_delete = Cascade)]
    pub org: ForeignKey<Org>,
    pub total: i32,
}

fn models() -> Outcome<ProjectState> {
    Ok(ProjectState::of_models(&[Org::meta(), Invoice::meta()])?)
}

fn name(name: &str) -> MigrationName {
    MigrationName { app: "shop".into(), name: name.into() }
}

/// A graph of migrations that come one after another.
fn graph(texts: &[&str]) -> Outcome<Graph> {
    let mut all = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        let before = match place {
            0 => String::new(),
            _ => format!("dependencies = [\"shop.{place:04}\"]\n"),
        };
        let text = format!("id = \"{place}\"\n{before}\n{text}");
        let migration = Migration::parse(name(&format!("{:04}", place + 1)), &text)?;
        assert_eq!(Migration::parse(migration.name.clone(), &migration.to_toml())?, migration);
        all.push(migration);
    }
    Ok(Graph::of(all)?)
}

fn sql(graph: &Graph, of: &str, forwards: bool) -> Outcome<Vec<String>> {
    let all = graph.statements(&name(of), forwards)?;
    Ok(all.into_iter().flat_map(|(_, statements)| statements).collect())
}

const NOTE: &str = r#"
[[operations]]
create_model = "Note"
table = "note"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "org", type = "integer" },
]
"#;

const ON: &str = r#"
[[operations]]
alter_row_level_security = "Note"
tenant = "org"
"#;

const RENAMED: &str = r#"
[[operations]]
rename_field = "Note.org"
to = "owner"

[[operations]]
rename_model = "Note"
to = "shop.Memo"
table = "memo"
"#;

const WIDER: &str = r#"
[[operations]]
alter_field = "Memo.owner"
type = "bigint"
"#;

const OFF: &str = r#"
[[operations]]
alter_row_level_security = "Memo"
"#;

const ENABLE: &str =
    "ALTER TABLE \"note\"\n    ENABLE ROW LEVEL SECURITY,\n    FORCE ROW LEVEL SECURITY";
const DISABLE: &str =
    "ALTER TABLE \"note\"\n    DISABLE ROW LEVEL SECURITY,\n    NO FORCE ROW LEVEL SECURITY";

fn policy(table: &str, column: &str, kind: &str) -> String {
    format!(
        "CREATE POLICY \"orm_tenant\" ON \"{table}\" USING (\"{column}\" = \
         nullif(current_setting('orm.tenant', true), '')::{kind} \
         OR current_setting('orm.all_tenants', true) = 'on')"
    )
}

fn drop(table: &str) -> String {
    format!("DROP POLICY \"orm_tenant\" ON \"{table}\"")
}

#[test]
fn statements_of_policies() -> Outcome {
    let graph = graph(&[NOTE, ON, RENAMED, WIDER, OFF])?;
    let on = [ENABLE.to_owned(), policy("note", "org", "integer")];
    assert_eq!(sql(&graph, "0002", true)?, on);
    assert_eq!(sql(&graph, "0002", false)?, [drop("note"), DISABLE.to_owned()]);
    // A policy follows its table and its column by itself.
    let renamed = sql(&graph, "0003", true)?;
    assert!(renamed.iter().all(|sql| sql.contains("RENAME")), "{renamed:?}");
    let wider = sql(&graph, "0004", true)?;
    assert_eq!(wider.first(), Some(&drop("memo")));
    assert_eq!(wider.last(), Some(&policy("memo", "owner", "bigint")));
    let back = sql(&graph, "0004", false)?;
    assert_eq!(back.last(), Some(&policy("memo", "owner", "integer")));
    let off = [drop("memo"), DISABLE.replace("note", "memo")];
    assert_eq!(sql(&graph, "0005", true)?, off);
    let lines: Vec<String> =
        graph.iter().flat_map(|one| &one.operations).map(ToString::to_string).collect();
    assert_eq!(lines[1], "enable row level security of Note by org");
    assert_eq!(lines[5], "disable row level security of Memo");
    Ok(())
}

#[test]
fn what_fits_no_model_is_refused() -> Outcome {
    let nothing = "[[operations]]\nalter_row_level_security = \"Note\"\ntenant = \"orgg\"\n";
    let error = graph(&[NOTE, nothing])?.state().unwrap_err().to_string();
    assert!(error.contains("names the field `orgg`, which it has not"), "{error}");
    let gone = "[[operations]]\nremove_field = \"Note.org\"\n";
    let error = graph(&[NOTE, ON, gone])?.state().unwrap_err().to_string();
    assert!(error.contains("row level security of `shop.Note` names the field `org`"), "{error}");
    Ok(())
}

/// Whose answer is that a field is another one under a new name.
struct Renamed;

impl Questions for Renamed {
    fn is_renamed_model(
        &mut self,
        _: &orm_core::tables::state::ModelName,
        _: &orm_core::tables::state::ModelName,
    ) -> std::result::Result<bool, Misfit> {
        Ok(true)
    }

    fn is_renamed_field(
        &mut self,
        _: &orm_core::tables::state::ModelName,
        _: &str,
        _: &str,
    ) -> std::result::Result<bool, Misfit> {
        Ok(true)
    }

    fn is_renamed_value(
        &mut self,
        _: &orm_sql::schema::TableName,
        _: &str,
        _: &str,
    ) -> std::result::Result<bool, Misfit> {
        Ok(true)
    }

    fn is_recreated(
        &mut self,
        _: &orm_core::tables::state::ModelState,
        _: &orm_core::tables::state::FieldState,
        _: &orm_core::tables::state::FieldState,
    ) -> std::result::Result<bool, Misfit> {
        Ok(true)
    }

    fn fill(
        &mut self,
        _: &orm_core::tables::state::ModelState,
        _: &orm_core::tables::state::FieldState,
        _: bool,
    ) -> std::result::Result<Option<RawSql>, Misfit> {
        Ok(Some(RawSql::new("1")))
    }
}

fn found(from: &ProjectState, to: &ProjectState, who: &mut dyn Questions) -> Outcome<Vec<String>> {
    let operations = detect(from, to, who)?;
    // They lead there, and back as well.
    let mut now = from.clone();
    for operation in &operations {
        let before = now.clone();
        operation.apply(&mut now)?;
        operation.changes_back(&before, &now)?;
    }
    assert_eq!(now, *to);
    Ok(operations.iter().map(ToString::to_string).collect())
}

#[test]
fn the_autodetector_sees_what_models_say() -> Outcome {
    let (plain, on) = (graph(&[NOTE])?.state()?, graph(&[NOTE, ON])?.state()?);
    let nothing = ProjectState::default();
    assert_eq!(found(&nothing, &on, &mut NoInput)?, ["create model Note"]);
    assert_eq!(found(&plain, &on, &mut NoInput)?, ["enable row level security of Note by org"]);
    assert_eq!(found(&on, &plain, &mut NoInput)?, ["disable row level security of Note"]);
    // The column of the tenant is called otherwise, or its rows get others.
    let other = NOTE.replace("\"org\"", "\"owner\"");
    let secured = ON.replace("\"org\"", "\"owner\"");
    let renamed = graph(&[&other, &secured])?.state()?;
    assert_eq!(found(&on, &renamed, &mut Renamed)?, ["rename field org of Note to owner"]);
    let wider = graph(&[&NOTE.replace("\"integer\"", "\"text\""), ON])?.state()?;
    assert_eq!(found(&on, &wider, &mut NoInput)?, ["alter field org of Note"]);
    assert_eq!(
        found(&on, &wider, &mut Renamed)?,
        [
            "disable row level security of Note",
            "remove field org from Note",
            "add field org to Note",
            "enable row level security of Note by org",
        ]
    );
    // Another field says it.
    let both = NOTE.replace(
        "    { name = \"org\"",
        "    { name = \"owner\", type = \"integer\" },\n    { name = \"org\"",
    );
    let by_owner = graph(&[&both, &secured])?.state()?;
    let by_org = graph(&[&both, ON])?.state()?;
    let other_field = ["enable row level security of Note by owner"];
    assert_eq!(found(&by_org, &by_owner, &mut NoInput)?, other_field);
    let gone = graph(&[&other, &secured])?.state()?;
    let first = ["enable row level security of Note by owner", "remove field org from Note"];
    assert_eq!(found(&by_org, &gone, &mut NoInput)?, first);
    Ok(())
}

#[test]
fn models_that_refer_to_each_other_are_made_in_parts() -> Outcome {
    let text = r#"
[[operations]]
create_model = "Org"
table = "org"
primary_key = ["id"]
fields = [{ name = "id", type = "bigint", identity = true }]

[[operations]]
create_model = "User"
table = "user"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "org", foreign_key = "shop.Org", on_delete = "cascade" },
]
row_level_security = "org"

[[operations]]
add_field = "Org.owner"
foreign_key = "shop.User"
on_delete = "cascade"
"#;
    let state = graph(&[text])?.state()?;
    let nothing = ProjectState::default();
    let there = found(&nothing, &state, &mut NoInput)?;
    assert!(there.len() > 2, "{there:?}");
    found(&state, &nothing, &mut NoInput)?;
    Ok(())
}

#[test]
fn fewer_operations_do_the_same() -> Outcome {
    let all = |texts: &[&str]| -> Outcome<Vec<String>> {
        let graph = graph(texts)?;
        let list: Vec<Operation> = graph.iter().flat_map(|one| &one.operations).cloned().collect();
        let shorter = optimize(&ProjectState::default(), &list)?;
        let mut state = ProjectState::default();
        for operation in &shorter {
            operation.apply(&mut state)?;
        }
        assert_eq!(state, graph.state()?);
        Ok(shorter.iter().map(ToString::to_string).collect())
    };
    assert_eq!(all(&[NOTE, ON])?, ["create model Note"]);
    assert_eq!(all(&[NOTE, ON, RENAMED, WIDER])?, ["create model Memo"]);
    assert_eq!(all(&[NOTE, ON, RENAMED, WIDER, OFF])?, ["create model Memo"]);
    Ok(())
}

/// A role that is no superuser; tables of the database are for it as well.
async fn role(db: &TestDatabase, what: &str) -> Outcome<String> {
    let role = format!("policies_{what}_{}", std::process::id());
    db.batch_execute(&format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'right'; GRANT ALL ON SCHEMA public TO {role};
         ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {role}"
    ))
    .await?;
    Ok(role)
}

async fn forget(db: &TestDatabase, role: &str) -> Outcome {
    Ok(db.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await?)
}

/// What somebody sees by SQL of their own.
async fn totals(db: &impl Executor) -> orm::Result<Vec<i32>> {
    let rows = db.query_as::<(i32,)>("SELECT total FROM shop_invoice ORDER BY 1", params![]);
    Ok(rows.await?.into_iter().map(|(total,)| total).collect())
}

#[tokio::test]
async fn from_the_models_and_back() -> Outcome {
    let db = TestDatabase::empty().await?;
    let role = role(&db, "models").await?;
    let to = models()?;
    let mut operations = detect(&ProjectState::default(), &to, &mut NoInput)?;
    let mut file = Migration::parse(name("0001"), "id = \"1\"")?;
    file.operations.append(&mut operations);
    let text = file.to_toml();
    assert!(text.contains("row_level_security = \"org\""), "{text}");
    let graph = Graph::of([Migration::parse(name("0001"), &text)?])?;
    assert_eq!(detect(&graph.state()?, &to, &mut NoInput)?, [], "no changes");
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    let drift = drift::compare(&*db, &to).await?;
    assert!(drift.is_clean() && drift.notes.is_empty(), "{drift} {:?}", drift.notes);

    for org in 1..=2 {
        let sql = format!("INSERT INTO shop_org VALUES ({org}, 'org')");
        db.batch_execute(&sql).await?;
        draft!(Invoice { total: org * 10 }).save(&db.for_tenant(org)).await?;
    }
    let seen = async |db: &dyn Executor| {
        db.transaction(async |tx| {
            tx.batch_execute(&format!("SET LOCAL ROLE {role}")).await?;
            totals(tx).await
        })
        .await
    };
    assert_eq!(seen(&db.for_tenant(1)).await?, [10]);
    assert_eq!(seen(&db.for_tenant(2)).await?, [20]);
    assert_eq!(seen(&db.for_tenant(3)).await?, [] as [i32; 0]);
    assert_eq!(seen(&*db).await?, [] as [i32; 0], "nobody's tenant sees nothing");
    assert_eq!(seen(&db.all_tenants()).await?, [10, 20], "that is said");
    assert_eq!(totals(&*db).await?, [10, 20], "a superuser is free of policies");
    of_another(&db, &role).await?;

    Runner::new(&graph).run(&*db, &Target::Zero("shop".into())).await?;
    assert!(totals(&*db).await.is_err());
    forget(&db, &role).await
}

/// Rows of another tenant are not written, nor given away.
async fn of_another(db: &TestDatabase, role: &str) -> Outcome {
    let first = db.for_tenant(1);
    let run = async |sql: &str| {
        first
            .transaction(async |tx| {
                tx.batch_execute(&format!("SET LOCAL ROLE {role}")).await?;
                tx.batch_execute(sql).await?;
                totals(tx).await
            })
            .await
    };
    for sql in [
        "INSERT INTO shop_invoice (org_id, total) VALUES (2, 99)",
        "UPDATE shop_invoice SET org_id = 2",
    ] {
        let error = run(sql).await.unwrap_err().to_string();
        assert!(error.contains("row-level security policy"), "{error}");
    }
    assert_eq!(run("UPDATE shop_invoice SET total = total + 1").await?, [11]);
    assert_eq!(run("DELETE FROM shop_invoice WHERE org_id = 2").await?, [11]);
    assert_eq!(totals(&**db).await?, [11, 20]);
    Ok(())
}

#[tokio::test]
async fn tables_without_migrations_have_them_as_well() -> Outcome {
    let db = TestDatabase::empty().await?;
    create_tables_of(&*db, &[Org::meta(), Invoice::meta()]).await?;
    assert!(drift::compare(&*db, &models()?).await?.is_clean());
    Ok(())
}

/// A migration that the owner of the tables runs, for whom the policy holds as well.
#[tokio::test]
async fn migrations_see_the_rows_of_all_tenants() -> Outcome {
    let db = TestDatabase::empty().await?;
    let role = role(&db, "owner").await?;
    let url = db.url();
    let (_, place) = url.rsplit_once('@').ok_or("no user")?;
    let owner = Database::connect(&format!("postgres://{role}:right@{place}")).await?;
    let more =
        "[[operations]]\nadd_field = \"Note.size\"\ntype = \"integer\"\nfill = '\"org\" * 2'\n";
    let safely = "[[operations]]\nadd_field = \"Note.width\"\ntype = \"integer\"\n\
                  fill = '\"org\" * 3'\nsafely = true\n";
    let by_hand = "[[operations]]\nrun_sql = \"UPDATE note SET size = size + 1\"\nreverse = \"\"\n";
    let graph = graph(&[NOTE, ON, more, safely, by_hand])?;
    Runner::new(&graph).run(&owner, &Target::Migration(name("0002"))).await?;
    db.batch_execute("INSERT INTO note (org) VALUES (1), (2)").await?;
    let count = "SELECT count(*), 1 FROM note";
    let seen = async |db: &dyn Executor| db.query_as::<(i64, i32)>(count, params![]).await;
    assert_eq!(seen(&owner).await?, [(0, 1)], "the owner is asked as well");
    Runner::new(&graph).run(&owner, &Target::Latest).await?;
    let rows = "SELECT org, size, width FROM note ORDER BY org";
    let rows = db.query_as::<(i32, i32, i32)>(rows, params![]).await?;
    assert_eq!(rows, [(1, 3, 3), (2, 5, 6)]);
    assert_eq!(seen(&owner).await?, [(0, 1)], "no connection keeps it");
    Runner::new(&graph).run(&owner, &Target::Migration(name("0001"))).await?;
    assert_eq!(seen(&owner).await?, [(2, 1)]);
    Runner::new(&graph).run(&owner, &Target::Zero("shop".into())).await?;
    std::mem::drop(owner);
    forget(&db, &role).await
}

#[tokio::test]
async fn what_became_of_a_policy_is_said_and_mended() -> Outcome {
    let db = TestDatabase::empty().await?;
    create_tables_of(&*db, &[Org::meta(), Invoice::meta()]).await?;
    let changes = [
        ("DROP POLICY orm_tenant ON shop_invoice", "+ policy orm_tenant USING ("),
        ("ALTER TABLE shop_invoice NO FORCE ROW LEVEL SECURITY", "not forced in the database"),
        ("ALTER TABLE shop_invoice DISABLE ROW LEVEL SECURITY", "not enabled in the database"),
        ("ALTER POLICY orm_tenant ON shop_invoice USING (true)", "USING (true) in the database"),
        (
            "ALTER POLICY orm_tenant ON shop_invoice WITH CHECK (true)",
            "USING (false) in the database",
        ),
        (
            "CREATE POLICY orm_tenant ON shop_org USING (true)",
            "- policy orm_tenant USING (true), row level security not enabled",
        ),
    ];
    for (sql, said) in changes {
        db.batch_execute(sql).await?;
        let drift = drift::compare(&*db, &models()?).await?;
        assert!(drift.to_string().contains(said), "{sql}: {drift}");
        for change in &drift.mend {
            db.batch_execute(&change.sql()).await?;
        }
        let drift = drift::compare(&*db, &models()?).await?;
        assert!(drift.is_clean(), "{sql}: {drift}");
    }
    // Policies of others are none of ours.
    db.batch_execute("CREATE POLICY own ON shop_invoice USING (true)").await?;
    let drift = drift::compare(&*db, &models()?).await?;
    let notes: Vec<&str> = drift.notes.iter().map(|note| &*note.text).collect();
    assert_eq!(notes, ["the policy own"]);
    Ok(())
}

#[tokio::test]
async fn models_are_made_of_tables_that_have_it() -> Outcome {
    let db = TestDatabase::empty().await?;
    create_tables_of(&*db, &[Org::meta(), Invoice::meta()]).await?;
    let source = inspect::models(&*db, &inspect::Options::default()).await?;
    assert!(source.text.contains("tenant = org"), "{}", source.text);
    assert!(source.text.contains("row_level_security"), "{}", source.text);
    assert_eq!(source.notes, []);
    let options = inspect::Options { managed: false, ..inspect::Options::default() };
    let source = inspect::models(&*db, &options).await?;
    assert!(source.text.contains("tenant = org"), "{}", source.text);
    assert!(!source.text.contains("row_level_security"), "{}", source.text);
    Ok(())
}
