//! Enum types of the database: made, changed, and what their rows become.

use orm_core::tables::Enums;
use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::introspect;
use orm_migrate::run::{Runner, Target};
use orm_sql::exec::Executor;
use orm_sql::schema::TableName;
use orm_testkit::TestDatabase;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const FIRST: &str = r#"
id = "one"

[[operations]]
create_enum = "mood"
values = ["sad", "ok"]

[[operations]]
create_model = "Diary"
table = "diary"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "mood", type = "mood", default = "'ok'::mood", db_index = true },
    { name = "moods", type = "mood[]", null = true },
]
checks = [{ name = "not_sad", check = "\"mood\" <> 'sad'::mood OR \"id\" > 0" }]
"#;

fn name(text: &str) -> MigrationName {
    MigrationName { app: "notes".into(), name: text.into() }
}

/// The first migration, and those of these operations.
fn graph(rest: &[&str]) -> Outcome<Graph> {
    let mut all = vec![Migration::parse(name("0001"), FIRST)?];
    for (place, operations) in rest.iter().enumerate() {
        let (number, before) = (place + 2, place + 1);
        let text =
            format!("id = \"{number}\"\ndependencies = [\"notes.{before:04}\"]\n{operations}");
        all.push(Migration::parse(name(&format!("{number:04}")), &text)?);
    }
    Ok(Graph::of(all)?)
}

async fn database(graph: &Graph) -> Outcome<TestDatabase> {
    let db = TestDatabase::empty().await?;
    Runner::new(graph).run(&*db, &Target::Migration(name("0001"))).await?;
    db.batch_execute(
        "INSERT INTO diary (mood, moods) VALUES ('sad', '{sad,ok}'), ('ok', NULL), ('ok', '{}')",
    )
    .await?;
    Ok(db)
}

async fn moods(db: &dyn Executor) -> Outcome<Vec<String>> {
    let enums: Enums = introspect::enums(db, &[]).await?;
    Ok(enums.get(&TableName::new("mood")).cloned().ok_or("no such type")?)
}

/// Whether a condition over the table holds.
async fn holds(db: &dyn Executor, condition: &str) -> Outcome {
    let check = format!("DO $$ BEGIN ASSERT (SELECT {condition}); END $$");
    Ok(db.batch_execute(&check).await?)
}

const ADD_AND_USE: &str = r#"
[[operations]]
add_enum_value = "mood"
value = "glad"
after = "sad"

[[operations]]
alter_field = "Diary.mood"
type = "mood"
default = "'glad'::mood"
db_index = true

[[operations]]
run_sql = "UPDATE diary SET mood = 'glad' WHERE mood = 'ok'"
reverse = "UPDATE diary SET mood = 'ok' WHERE mood = 'glad'"
"#;

#[tokio::test]
async fn a_value_is_added_and_used_in_one_migration() -> Outcome {
    let graph = graph(&[ADD_AND_USE])?;
    let db = database(&graph).await?;
    let mut runner = Runner::new(&graph);
    assert_eq!(runner.run(&*db, &Target::Latest).await?, 1);
    assert_eq!(moods(&*db).await?, ["sad", "glad", "ok"]);
    holds(&*db, "count(*) = 2 FROM diary WHERE mood = 'glad'").await?;
    assert_eq!(runner.run(&*db, &Target::Migration(name("0001"))).await?, 1);
    assert_eq!(moods(&*db).await?, ["sad", "ok"]);
    holds(&*db, "count(*) = 2 FROM diary WHERE mood = 'ok'").await?;
    holds(&*db, "moods = '{sad,ok}' FROM diary WHERE mood = 'sad'").await?;
    Ok(())
}

#[tokio::test]
async fn a_run_that_ends_after_the_value_goes_on_there() -> Outcome {
    let wrong = ADD_AND_USE.replace("UPDATE diary SET mood = 'glad'", "UPDATE nothing SET a = 1");
    let graph = graph(&[&wrong])?;
    let db = database(&graph).await?;
    let error = Runner::new(&graph).run(&*db, &Target::Latest).await.unwrap_err();
    assert!(error.to_string().contains("the next run goes on here"), "{error}");
    db.batch_execute("CREATE TABLE nothing (a int, mood mood)").await?;
    assert_eq!(Runner::new(&graph).run(&*db, &Target::Latest).await?, 1);
    assert_eq!(moods(&*db).await?, ["sad", "glad", "ok"]);
    Ok(())
}

#[tokio::test]
async fn a_value_gets_another_name_with_all_that_has_it() -> Outcome {
    let graph = graph(&[r#"
        [[operations]]
        rename_enum_value = "mood"
        value = "sad"
        to = "it's bad"
        [[operations]]
        rename_enum = "mood"
        to = "Feeling"
    "#])?;
    let db = database(&graph).await?;
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    holds(&*db, r#"count(*) = 1 FROM diary WHERE mood = 'it''s bad'::"Feeling""#).await?;
    let state = graph.state()?;
    let diary = state.models.values().next().ok_or("no model")?;
    let texts: Vec<&str> = diary.texts().into_iter().map(|sql| sql.as_str()).collect();
    let check = r#""mood" <> 'it''s bad'::"Feeling" OR "id" > 0"#;
    assert_eq!(texts, [r#"'ok'::"Feeling""#, check]);
    Runner::new(&graph).run(&*db, &Target::Migration(name("0001"))).await?;
    assert_eq!(moods(&*db).await?, ["sad", "ok"]);
    Ok(())
}

const LOSE: &str = r#"
[[operations]]
remove_constraint = "Diary"
name = "not_sad"

[[operations]]
alter_enum = "mood"
values = ["glad", "ok"]
"#;

#[tokio::test]
async fn a_value_that_rows_have_is_not_taken_away() -> Outcome {
    let graph = graph(&[LOSE])?;
    let db = database(&graph).await?;
    let error = Runner::new(&graph).run(&*db, &Target::Latest).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with(
            "migration notes.0002, alter enum mood: rows of `diary` have `sad` in `mood`, which its type \
             has no more: give them another value first, or say in `replace` which one they get"
        ) && text.contains("nothing of it has happened"),
        "{text}"
    );
    assert_eq!(moods(&*db).await?, ["sad", "ok"]);

    // In an array as well.
    db.batch_execute("DELETE FROM diary WHERE mood = 'sad'; UPDATE diary SET moods = '{ok,sad}'")
        .await?;
    let error = Runner::new(&graph).run(&*db, &Target::Latest).await.unwrap_err();
    assert!(error.to_string().contains("have `sad` in `moods`"), "{error}");
    db.batch_execute("UPDATE diary SET moods = NULL").await?;
    assert_eq!(Runner::new(&graph).run(&*db, &Target::Latest).await?, 1);
    assert_eq!(moods(&*db).await?, ["glad", "ok"]);
    let error = db.batch_execute("INSERT INTO diary (mood) VALUES ('sad')").await.unwrap_err();
    assert!(error.to_string().contains("invalid input value for enum mood"), "{error}");
    Runner::new(&graph).run(&*db, &Target::Migration(name("0001"))).await?;
    assert_eq!(moods(&*db).await?, ["sad", "ok"]);
    Ok(())
}

#[tokio::test]
async fn rows_get_another_value_where_that_is_said() -> Outcome {
    let replace = format!("{LOSE}\nreplace = [[\"sad\", \"glad\"]]");
    let graph = graph(&[&replace])?;
    let db = database(&graph).await?;
    Runner::new(&graph).run(&*db, &Target::Latest).await?;
    assert_eq!(moods(&*db).await?, ["glad", "ok"]);
    holds(&*db, "moods = '{glad,ok}' FROM diary WHERE mood = 'glad'").await?;
    let tables = introspect::tables(&*db, &[]).await?;
    let diary = tables.iter().find(|one| one.name.name == "diary").ok_or("no table")?;
    assert_eq!(diary.indexes.len(), 1);
    db.batch_execute("INSERT INTO diary DEFAULT VALUES").await?;
    holds(&*db, "count(*) = 3 FROM diary WHERE mood = 'ok'").await?;
    Ok(())
}

#[test]
fn what_does_not_fit_is_said() -> Outcome {
    let said = |operation: &str| -> Outcome<String> {
        match graph(&[operation])?.state() {
            Ok(_) => Err("it fits".into()),
            Err(error) => Ok(error.to_string()),
        }
    };
    for (operation, expected) in [
        ("drop_enum = \"mood\"", "fields have the enum type `mood`"),
        (
            "add_enum_value = \"mood\"\nvalue = \"ok\"",
            "the enum type `mood` has the value `ok` twice",
        ),
        (
            "add_enum_value = \"mood\"\nvalue = \"x\"\nbefore = \"y\"",
            "the enum type `mood` has no value `y`",
        ),
        ("rename_enum = \"moot\"\nto = \"x\"", "there is no enum type `moot`"),
        ("create_enum = \"mood\"", "there is an enum type `mood` already"),
        (
            "alter_enum = \"mood\"\nvalues = [\"sad\"]",
            "a default, an index or a constraint of `notes.Diary` has a value that the enum type `mood` \
             has no more",
        ),
    ] {
        let text = said(&format!("[[operations]]\n{operation}"))?;
        assert!(text.ends_with(expected), "{text}");
    }
    let error = graph(&["[[operations]]\nadd_enum_value = \"mood\""]).unwrap_err();
    assert_eq!(error.to_string(), "migration notes.0002, line 3: `value` is missing");
    Ok(())
}
