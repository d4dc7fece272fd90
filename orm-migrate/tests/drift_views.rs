//! Views, enum types, schemas, extensions and what tables say as a whole, compared with a live database:
//! what is missing, another, or there besides; what mends it, and the way back.

use orm::prelude::*;
use orm_core::tables::create_tables_of;
use orm_migrate::detect::{NoInput, detect};
use orm_migrate::drift::{self, Drift};
use orm_migrate::file::Migration;
use orm_migrate::graph::Graph;
use orm_migrate::make;
use orm_migrate::operation::Operation;
use orm_migrate::run::{Runner, Target};
use orm_migrate::state::ProjectState;
use orm_testkit::TestDatabase;

type Outcome<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Choices, Clone, Copy, PartialEq, Debug)]
#[choice(db_enum = "mood", schema = "feelings")]
pub enum Mood {
    #[choice("sad")]
    Sad,
    #[choice("it's ok")]
    Ok,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(table = "item", with(fillfactor = 80))]
#[model(exclude((name, "="), using = "btree", where = |i| i.size().gt(1) & i.name().ne(""), name = "names"))]
pub struct Item {
    pub id: i64,
    #[field(max_length = 40)]
    pub name: String,
    pub size: i32,
    #[field(db_default = Mood::Ok)]
    pub mood: Mood,
    pub moods: Vec<Mood>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(table = "big", comment = "those that are big", view = || Item::objects()
    .filter(|i| i.size().gt(10))
    .values(|i| (i.id(), i.name(), i.mood())))]
pub struct Big {
    pub id: i64,
    #[field(db_comment = "as printed")]
    pub name: String,
    pub mood: Mood,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(table = "big_names", view_sql = "SELECT b.id, upper(b.name) AS name FROM big b")]
pub struct BigName {
    pub id: i64,
    pub name: Option<String>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(table = "totals", materialized, comment = "of each name")]
#[model(view_sql = "SELECT name, sum(size) AS n FROM item GROUP BY name")]
#[model(index(|t| t.n().desc(), name = "by_n", where = |t| t.n().gt(3)))]
pub struct Total {
    #[field(primary_key, max_length = 40)]
    pub name: String,
    pub n: Option<i64>,
}

fn models() -> Outcome<ProjectState> {
    Ok(ProjectState::of_models(&[Item::meta(), Big::meta(), BigName::meta(), Total::meta()])?)
}

async fn database() -> Outcome<TestDatabase> {
    let db = TestDatabase::empty().await?;
    create_tables_of(&*db, &[Item::meta(), Big::meta(), BigName::meta(), Total::meta()]).await?;
    Ok(db)
}

async fn compare(db: &TestDatabase) -> Outcome<Drift> {
    Ok(drift::compare(&**db, &models()?).await?)
}

#[tokio::test]
async fn what_models_and_migrations_make_is_no_difference() -> Outcome {
    let db = database().await?;
    let found = compare(&db).await?;
    assert!(found.is_clean(), "{found}");
    assert_eq!((found.mend.len(), found.back.len()), (0, 0), "{:?}", found.mend);

    let migrated = TestDatabase::empty().await?;
    let state = models()?;
    let operations = detect(&ProjectState::default(), &state, &mut NoInput)?;
    let mut id = || "one".to_owned();
    let all = make::migrations(&Graph::default(), &ProjectState::default(), operations, &mut id)?;
    let graph = Graph::of(all)?;
    Runner::new(&graph).run(&*migrated, &Target::Latest).await?;
    let found = compare(&migrated).await?;
    assert!(found.is_clean(), "{found}");

    // What no model has is listed.
    db.batch_execute("CREATE VIEW stray AS SELECT 1 AS one").await?;
    let found = compare(&db).await?;
    assert!(found.is_clean(), "{found}");
    let unknown: Vec<String> = found.unknown.iter().map(ToString::to_string).collect();
    assert_eq!(unknown, ["stray"]);
    Ok(())
}

const BIG: &str = "CREATE VIEW big AS SELECT t0.id, t0.name, t0.mood FROM item t0 WHERE t0.size > 10; \
    COMMENT ON VIEW big IS 'those that are big'; COMMENT ON COLUMN big.name IS 'as printed'; \
    CREATE VIEW big_names AS SELECT b.id, upper(b.name) AS name FROM big b";

#[tokio::test]
async fn what_differs_is_said_and_mended() -> Outcome {
    let under_views = format!(
        "DROP VIEW big_names; DROP VIEW big; DROP MATERIALIZED VIEW totals; \
         ALTER TABLE item ALTER COLUMN name TYPE varchar(50); {BIG}; \
         CREATE MATERIALIZED VIEW totals AS SELECT name, sum(size) AS n FROM item GROUP BY name; \
         CREATE UNIQUE INDEX totals_pkey ON totals (name); CREATE INDEX by_n ON totals (n DESC) WHERE n > 3; \
         COMMENT ON MATERIALIZED VIEW totals IS 'of each name'"
    );
    let changes = [
        ("DROP VIEW big_names", "big_names\n  + the view is missing"),
        (
            "DROP VIEW big_names; CREATE TABLE big_names (id bigint)",
            "+ it is no view in the database",
        ),
        (
            "CREATE OR REPLACE VIEW big AS SELECT i.id, i.name, i.mood FROM item i WHERE i.size > 11",
            "~ query: SELECT t0.id, t0.name, t0.mood FROM item t0 WHERE (t0.size > 10) in the models, \
             SELECT i.id, i.name, i.mood FROM item i WHERE (i.size > 11) in the database",
        ),
        (
            "DROP VIEW big_names; CREATE MATERIALIZED VIEW big_names AS \
             SELECT b.id, upper(b.name) AS name FROM big b",
            "~ it: a view in the models, a materialized view in the database",
        ),
        ("DROP INDEX by_n", "totals\n  + INDEX \"by_n\""),
        ("CREATE INDEX stray ON totals (n)", "totals\n  - INDEX \"stray\""),
        (
            "COMMENT ON VIEW big IS 'x'",
            "~ comment: \"those that are big\" in the models, \"x\" in the database",
        ),
        ("COMMENT ON MATERIALIZED VIEW totals IS NULL", "totals\n  ~ comment: \"of each name\""),
        ("COMMENT ON COLUMN big.mood IS 'x'", "~ column mood, comment: none in the models"),
        (&under_views, "~ column name: varchar(40) in the models, varchar(50) in the database"),
        (
            "ALTER TYPE feelings.mood ADD VALUE 'fine'",
            "type feelings.mood\n  ~ sad, it's ok in the models, sad, it's ok, fine in the database",
        ),
        (
            "ALTER TYPE feelings.mood RENAME VALUE 'sad' TO 'blue'",
            "~ sad, it's ok in the models, blue, it's ok in the database",
        ),
        (
            "ALTER TABLE item SET (fillfactor = 50, autovacuum_enabled = false)",
            "~ storage parameters: fillfactor=80 in the models, autovacuum_enabled=false, \
             fillfactor=50 in the database",
        ),
        (
            "ALTER TABLE item DROP CONSTRAINT names; \
             ALTER TABLE item ADD CONSTRAINT names EXCLUDE USING btree (name WITH =) WHERE (size > 2)",
            "~ names: constraint",
        ),
        (
            "ALTER TABLE item DROP CONSTRAINT names",
            "+ constraint \"names\" EXCLUDE USING \"btree\"",
        ),
    ];
    for (change, line) in changes {
        let db = database().await?;
        db.batch_execute("INSERT INTO item (name, size, moods) VALUES ('a', 12, '{\"it''s ok\"}')")
            .await?;
        is_mended(&db, change, line).await.map_err(|error| format!("{change}: {error}"))?;
        let rows = Item::objects().count(&*db).await?;
        assert_eq!(rows, 1, "{change}");
    }
    Ok(())
}

async fn is_mended(db: &TestDatabase, change: &str, line: &str) -> Outcome {
    db.batch_execute(change).await?;
    let found = compare(db).await?;
    let text = found.to_string();
    assert!(text.contains(line), "{change}: {text}");
    let is_one = found.differences.len() == 1;
    assert!(is_one || change.contains("MATERIALIZED VIEW big_names"), "{change}: {text}");
    let Some(Operation::RunSql { sql, reverse, .. }) = found.operation() else {
        assert!(change.contains("CREATE TABLE"), "{change} is not mended");
        return Ok(());
    };
    db.batch_execute(sql.as_str()).await.map_err(|error| format!("{error}: {sql:?}"))?;
    let mended = compare(db).await?;
    assert!(mended.is_clean(), "{change}: {mended}");
    let reverse = reverse.ok_or("no way back")?;
    db.batch_execute(reverse.as_str()).await.map_err(|error| format!("{error}: {reverse:?}"))?;
    assert_eq!(compare(db).await?.differences, found.differences, "{change}");
    Ok(())
}

#[tokio::test]
async fn schemas_and_extensions_that_are_missing_are_made() -> Outcome {
    let db = database().await?;
    db.batch_execute(
        "ALTER TYPE feelings.mood SET SCHEMA public; DROP SCHEMA feelings; DROP EXTENSION plpgsql",
    )
    .await?;
    let mut state = models()?;
    state.extensions.insert("plpgsql".to_owned());
    let found = drift::compare(&*db, &state).await?;
    let text = found.to_string();
    for line in [
        "schema feelings\n  + the schema is missing",
        "extension plpgsql\n  + the extension is missing",
        "type feelings.mood\n  + the type is missing: sad, it's ok",
    ] {
        assert!(text.contains(line), "{text}");
    }
    for change in &found.mend {
        let sql = change.sql();
        db.batch_execute(&sql).await.map_err(|error| format!("{error}: {sql}"))?;
    }
    let found = drift::compare(&*db, &state).await?;
    assert!(found.is_clean(), "{found}");
    Ok(())
}

#[tokio::test]
async fn comments_of_views_change_by_migrations() -> Outcome {
    let db = TestDatabase::empty().await?;
    let before = models()?;
    let mut after = before.clone();
    for (name, column) in [("Big", "mood"), ("Total", "n")] {
        let model = before.models.values().find(|one| one.name.name == name).ok_or("no model")?;
        let mut model = (**model).clone();
        model.comment = Some(format!("another {name}"));
        let field = model.fields.iter_mut().find(|field| field.name == column).ok_or("no field")?;
        field.comment = Some("a column's".to_owned());
        after.insert(model);
    }
    let mut id = 0;
    let mut id = || {
        id += 1;
        format!("id{id}")
    };
    let mut graph = Graph::default();
    let mut all: Vec<Migration> = Vec::new();
    for state in [&before, &after] {
        let from = graph.state()?;
        let operations = detect(&from, state, &mut NoInput)?;
        all.extend(make::migrations(&graph, &from, operations, &mut id)?);
        graph = Graph::of(all.clone())?;
        Runner::new(&graph).run(&*db, &Target::Latest).await?;
        let found = drift::compare(&*db, state).await?;
        assert!(found.is_clean(), "{found}");
    }
    let first = all.first().ok_or("no migration")?.name.clone();
    Runner::new(&graph).run(&*db, &Target::Migration(first)).await?;
    let found = drift::compare(&*db, &before).await?;
    assert!(found.is_clean(), "{found}");
    Ok(())
}
