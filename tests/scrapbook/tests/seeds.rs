//! Part 14 of the issue: what the seed documents say of migrations, with `manage` as people call it.

#[path = "seeds/squash.rs"]
mod squash;
#[path = "seeds/support.rs"]
mod support;

use support::{NOWHERE, Outcome, Project, tables};

const FIRST: &str = "core/0001_initial.toml";

/// "Just edit your model, then run to generate the migrations; to actually run them, migrate."
#[tokio::test]
async fn s1_2_makemigrations_from_the_structs_and_migrate() -> Outcome {
    let project = Project::new("made").await?;
    let shown = project.before(&["makemigrations"])?;
    assert!(shown.starts_with("Migrations for 'core':\n"), "{shown}");
    assert!(shown.contains("    + create model Venue\n    + create model Experience\n"), "{shown}");
    assert_eq!(project.files()?, ["0001_initial.toml", "head"]);
    assert_eq!(project.before(&["makemigrations"])?, "No changes detected\n");
    let shown = project.before(&["migrate"])?;
    assert!(shown.contains("Applying core.0001_initial... OK ("), "{shown}");
    assert_eq!(project.before(&["showmigrations"])?, "core\n [X] 0001_initial\n");
    assert_eq!(project.before(&["check", "--database"])?, "No problems found.\n");
    assert_eq!(project.before(&["diff"])?, "The database is as the models are.\n");
    // What was said of columns and constraints is there, odd names included.
    let venue = tables(&project.db).await?.into_iter().find(|one| one.name.name == "core_venue");
    let venue = format!("{venue:?}");
    for part in ["Unique venue name per country", "venue_by_city", "core_venue_started_at_2131f6be"]
    {
        assert!(venue.contains(part), "{part}: {venue}");
    }
    Ok(())
}

/// "You can go back by just referencing the number. If you want to get rid of the migration for good,
/// delete it after running this command."
#[tokio::test]
async fn s1_3_back_to_a_number_delete_the_undone_one_and_go_on() -> Outcome {
    let project = Project::migrated("back").await?;
    let before = tables(&project.db).await?;
    project.after(&["makemigrations"])?;
    let second = project.last()?;
    project.after(&["migrate"])?;
    assert_ne!(tables(&project.db).await?, before);
    let shown = project.before(&["migrate", "core", "0001", "--noinput"])?;
    assert!(shown.contains(&format!("Undoing core.{second}... OK (")), "{shown}");
    assert_eq!(tables(&project.db).await?, before);

    project.remove(&second)?;
    // What is left over of it is named, with what to do.
    let refused = project.refused("before", &["migrate"])?;
    assert_eq!(
        refused,
        format!(
            "error: migration core.head: it names `{second}`, of which there is no file: bring the file \
             back, or, where it was removed on purpose, run `makemigrations`, which notes \
             `0001_initial`\n"
        )
    );
    assert_eq!(
        project.before(&["makemigrations"])?,
        "A file is gone: the last migration is core.0001_initial now.\nNo changes detected\n"
    );
    assert_eq!(project.before(&["migrate"])?, "Running migrations:\n  No migrations to apply.\n");
    assert_eq!(project.before(&["check", "--database"])?, "No problems found.\n");

    // And on, with a migration of the same name that is another one.
    project.after(&["makemigrations"])?;
    assert_eq!(project.last()?, second);
    project.after(&["migrate"])?;
    assert_eq!(project.after(&["check", "--database"])?, "No problems found.\n");
    Ok(())
}

/// "How to merge migrations when clashes occur due to parallel development."
#[tokio::test]
async fn s1_5_two_migrations_of_parallel_work_are_merged() -> Outcome {
    let project = Project::migrated("parallel").await?;
    let add = |field: &str, id: &str| {
        format!(
            "id = \"{id}\"\ndependencies = [\"core.0001_initial\"]\n\n[[operations]]\n\
             add_field = \"Venue.{field}\"\ntype = \"text\"\nnull = true\n"
        )
    };
    project.write("core/0002_venue_phone.toml", &add("phone", "of ann"))?;
    project.write("core/0002_venue_email.toml", &add("email", "of bob"))?;
    let conflict = "<<<<<<< HEAD\n0002_venue_phone\n=======\n0002_venue_email\n>>>>>>> bob\n";
    project.write("core/head", conflict)?;
    // Nothing runs before it is solved.
    let refused = project.refused("before", &["migrate"])?;
    assert!(refused.contains("two branches have added migrations"), "{refused}");
    let shown = project.before(&["makemigrations", "--merge", "core"])?;
    assert!(shown.contains("0003_merge_0002_venue_email_0002_venue_phone.toml"), "{shown}");
    let shown = project.before(&["migrate", "--plan"])?;
    assert!(shown.contains("core.0003_merge_0002_venue_email_0002_venue_phone"), "{shown}");
    project.before(&["migrate"])?;
    let venue = format!("{:?}", tables(&project.db).await?);
    assert!(venue.contains("\"phone\"") && venue.contains("\"email\""), "{venue}");

    // Where both change the same, it is said what, and nothing is written.
    let project = Project::migrated("clash").await?;
    let alter = |length: u8, id: &str| {
        format!(
            "id = \"{id}\"\ndependencies = [\"core.0001_initial\"]\n\n[[operations]]\n\
             alter_field = \"Venue.name\"\ntype = \"varchar({length})\"\n"
        )
    };
    project.write("core/0002_longer.toml", &alter(200, "of ann"))?;
    project.write("core/0002_short.toml", &alter(150, "of bob"))?;
    project.write("core/head", "0002_longer\n")?;
    let refused = project.refused("before", &["migrate"])?;
    assert_eq!(
        refused,
        "error: two branches have added migrations; in core: 0002_longer, 0002_short; run `makemigrations \
         --merge`\n"
    );
    let refused = project.refused("before", &["makemigrations", "--merge"])?;
    assert!(
        refused.contains("core.0002_longer (alter field name of Venue) and core.0002_short"),
        "{refused}"
    );
    assert_eq!(project.files()?.len(), 4, "nothing is written");
    Ok(())
}

/// "This is useful when the generated migrations are broken and you get errors about tables or indexes
/// already existing."
#[tokio::test]
async fn s1_6_fake_notes_without_running() -> Outcome {
    let project = Project::new("fake").await?;
    project.before(&["makemigrations"])?;
    let sql = project.before(&["sqlmigrate", "core", "0001"])?;
    project.db.batch_execute(&sql).await?;
    let before = tables(&project.db).await?;

    let refused = project.refused("before", &["migrate"])?;
    for part in
        ["core.0001_initial", "create model", "already exists", "nothing of it has happened"]
    {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    assert!(refused.contains("--fake"), "what to do: {refused}");
    let shown = project.before(&["migrate", "--fake"])?;
    assert!(shown.contains("Applying core.0001_initial... FAKED"), "{shown}");
    assert_eq!(project.before(&["showmigrations"])?, "core\n [X] 0001_initial\n");
    assert_eq!(tables(&project.db).await?, before);
    assert_eq!(project.before(&["diff"])?, "The database is as the models are.\n");
    // Back as well, and the table stays; `--fake-initial` looks whether it is the right one.
    project.before(&["migrate", "core", "zero", "--fake"])?;
    assert_eq!(project.before(&["showmigrations"])?, "core\n [ ] 0001_initial\n");
    project.before(&["migrate", "--fake-initial"])?;
    assert_eq!(project.before(&["showmigrations"])?, "core\n [X] 0001_initial\n");
    assert_eq!(tables(&project.db).await?, before);
    Ok(())
}

/// "First create an empty migration; within it, create a function that gets passed to RunPython."
#[tokio::test]
async fn s1_7_an_empty_migration_with_a_step_on_the_models_of_then() -> Outcome {
    let project = Project::migrated("step").await?;
    project
        .db
        .batch_execute(
            "INSERT INTO core_venue (name, city, license, started_at) VALUES ('x', 'Rome', '', now());
             INSERT INTO core_experience (title, license, venue_id) SELECT 'y', '', id FROM core_venue",
        )
        .await?;
    let shown = project.before(&["makemigrations", "core", "--empty", "--name", "license_info"])?;
    assert!(shown.contains("0002_license_info.toml"), "{shown}");
    let path = "core/0002_license_info.toml";
    let text = project.read(path)?;
    // It says how it goes on, and is a migration as it is.
    assert!(text.contains("# run_rust = \"my_function\""), "{text}");
    assert!(project.before(&["migrate", "--plan"])?.contains("core.0002_license_info"));

    let step = "[[operations]]\nrun_rust = \"update_license_info\"\nreverse = \"\"\n";
    project.write(path, &format!("{text}\n{step}"))?;
    let sql = project.before(&["sqlmigrate", "core", "0002"])?;
    assert!(sql.contains("-- run Rust update_license_info"), "{sql}");
    // The model goes on: a column is gone in the struct of today, and the step still works.
    let gone = "id = \"three\"\ndependencies = [\"core.0002_license_info\"]\n\n[[operations]]\n\
                rename_field = \"Experience.license\"\nto = \"licence\"\n";
    project.write("core/0003_licence.toml", gone)?;
    project.write("core/head", "0003_licence\n")?;
    let shown = project.before(&["migrate"])?;
    assert!(shown.contains("Applying core.0002_license_info... OK ("), "{shown}");
    let rows = "DO $$ BEGIN ASSERT (SELECT license FROM core_venue) = 'cc0';
                ASSERT (SELECT licence FROM core_experience) = 'cc0'; END $$";
    project.db.batch_execute(rows).await?;
    Ok(())
}

const VENUES: &str = "INSERT INTO core_venue (name, city, license, started_at) VALUES
                      ('a', 'Rome', '', now()), ('b', 'Oslo', '', now()), ('c', 'Rome', '', now())";

/// "An automatically generated migration that converts a field between string and foreign key types
/// fails: invalid input syntax for type bigint."
#[tokio::test]
async fn s1_8_a_text_becomes_a_foreign_key_or_nothing_happens() -> Outcome {
    let project = Project::migrated("text").await?;
    project.db.batch_execute(VENUES).await?;
    let before = tables(&project.db).await?;

    // Texts that are no keys are refused before anything happens.
    let shown = project.after(&["makemigrations"])?;
    assert!(shown.contains("~ alter field city of Venue"), "{shown}");
    let second = project.last()?;
    let refused = project.refused("after", &["migrate"])?;
    for part in [
        "alter field city of Venue",
        "invalid input syntax for type bigint",
        "nothing of it has happened",
        "makemigrations --recreate APP.MODEL.FIELD",
    ] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    assert_eq!(tables(&project.db).await?, before);
    assert_eq!(project.before(&["dumpdata", "core.Venue"])?.lines().count(), 3);

    // "The field is deleted and created afresh instead of altered": as it is asked for.
    project.remove(&second)?;
    let first = ["makemigrations", "--recreate", "core.Venue.city"];
    let refused = project.refused("after", &first)?;
    assert!(refused.contains("--fill 'core.Venue.city=…'"), "{refused}");
    let rome = "--fill=core.Venue.city=(SELECT min(id) FROM core_city)";
    let shown = project.after(&[&first[..], &[rome]].concat())?;
    for part in [
        "- remove index venue_by_city from Venue",
        "- remove field city from Venue",
        "+ add field city to Venue",
        "+ add index venue_by_city to Venue",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    Ok(())
}

/// What is meant most of the time: each text becomes a row, and the key to it.
#[tokio::test]
async fn s1_8_texts_become_rows_and_keys_to_them() -> Outcome {
    let project = Project::migrated("rows").await?;
    project.db.batch_execute(VENUES).await?;
    project.after(&["makemigrations", "--name", "cities"])?;
    let text = project.read("core/0002_cities.toml")?;
    let (head, rest) = text.split_once("[[operations]]\nalter_field").ok_or("no alter_field")?;
    assert!(head.contains("create_model = \"City\""), "{text}");
    assert!(!rest.contains("[[operations]]"), "nothing follows: {text}");
    project.write("core/0002_cities.toml", &format!("{head}{CITIES}"))?;
    assert_eq!(project.after(&["makemigrations"])?, "No changes detected\n");
    project.after(&["migrate"])?;
    assert_eq!(project.after(&["diff"])?, "The database is as the models are.\n");
    let kept = "DO $$ BEGIN ASSERT (SELECT string_agg(v.name || ' in ' || c.name, ', ' ORDER BY v.name)
                FROM core_venue v JOIN core_city c ON c.id = v.city_id) = 'a in Rome, b in Oslo, c in Rome';
                END $$";
    project.db.batch_execute(kept).await?;
    // And back, with the texts.
    project.before(&["migrate", "core", "0001", "--noinput"])?;
    let rows = project.before(&["dumpdata", "core.Venue"])?;
    assert!(rows.contains(r#""name": "b", "city": "Oslo""#), "{rows}");
    Ok(())
}

/// The book has it as well: "A text becomes a key".
const CITIES: &str = r#"[[operations]]
remove_index = "Venue"
name = "venue_by_city"

[[operations]]
rename_field = "Venue.city"
to = "city_name"

[[operations]]
add_field = "Venue.city"
foreign_key = "core.City"
on_delete = "cascade"
null = true

[[operations]]
alter_field = "Venue.city_name"
type = "varchar(100)"
null = true

[[operations]]
run_sql = """
INSERT INTO core_city (name) SELECT DISTINCT city_name FROM core_venue;
UPDATE core_venue SET city_id = core_city.id FROM core_city WHERE core_city.name = city_name"""
reverse = """
UPDATE core_venue SET city_name = core_city.name FROM core_city WHERE core_city.id = city_id"""

[[operations]]
alter_field = "Venue.city"
foreign_key = "core.City"
on_delete = "cascade"

[[operations]]
remove_field = "Venue.city_name"

[[operations]]
add_index = "Venue"
name = "venue_by_city"
fields = ["city", "name"]
"#;

/// "How to convert a legacy DB into models and migrations."
#[tokio::test]
async fn s1_11_models_from_a_database_that_is_there() -> Outcome {
    let project = Project::migrated("legacy").await?;
    let text = project.before(&["inspectdb", "--app", "core", "core_venue", "core_experience"])?;
    for part in [
        "pub struct Venue {",
        "unique(fields = [name, country], name = \"Unique venue name per country\")",
        "#[field(max_length = 100)]\n    pub city: String,",
        "pub venue: ForeignKey<Venue>,",
        "#[field(db_index)]\n    pub started_at: DateTime<Utc>,",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // Migrations from there on: the first one is there already.
    let legacy = Project::new("legacy-on").await?;
    legacy.before(&["makemigrations"])?;
    legacy.db.batch_execute(&legacy.before(&["sqlmigrate", "core", "0001"])?).await?;
    legacy.before(&["migrate", "--fake-initial"])?;
    legacy.after(&["makemigrations"])?;
    legacy.after(&["migrate"])?;
    assert_eq!(legacy.after(&["diff"])?, "The database is as the models are.\n");
    Ok(())
}

/// "Creating the views can be done using some helpers to store the SQL in files for easy versioning."
#[tokio::test]
async fn s2_10_sql_in_files_with_versions() -> Outcome {
    let project = Project::migrated("files").await?;
    let migration = |number: u8, dependency: &str, reverse: &str| {
        format!(
            "id = \"cities {number}\"\ndependencies = [\"core.{dependency}\"]\n\n[[operations]]\n\
             run_sql_file = \"sql/cities/000{number}.sql\"\n{reverse}\n"
        )
    };
    let view = |columns: &str| {
        format!("CREATE OR REPLACE VIEW cities AS\nSELECT DISTINCT {columns}\nFROM core_venue;\n")
    };
    project.write("core/sql/cities/0001.sql", &view("city"))?;
    project.write("core/sql/cities/0002.sql", &view("city, country"))?;
    project.write("core/sql/cities/drop.sql", "DROP VIEW cities;\n")?;
    project.write(
        "core/sql/cities/back_to_0001.sql",
        &format!("DROP VIEW cities;\n{}", view("city")),
    )?;
    let drop = "reverse_file = \"sql/cities/drop.sql\"";
    project.write("core/0002_cities.toml", &migration(1, "0001_initial", drop))?;
    let back = "reverse_file = \"sql/cities/back_to_0001.sql\"";
    project.write("core/0003_cities.toml", &migration(2, "0002_cities", back))?;
    project.write("core/head", "0003_cities\n")?;
    project.db.batch_execute(VENUES).await?;

    let shown = project.before(&["sqlmigrate", "core", "0003"])?;
    assert!(shown.contains("SELECT DISTINCT city, country"), "{shown}");
    project.before(&["migrate"])?;
    project.db.batch_execute("SELECT city, country FROM cities").await?;
    project.before(&["migrate", "core", "0002", "--noinput"])?;
    project.db.batch_execute("SELECT city FROM cities").await?;
    assert!(project.db.batch_execute("SELECT country FROM cities").await.is_err());
    // A version that has run is not another one afterwards.
    project.write("core/sql/cities/0001.sql", &view("name"))?;
    let refused = project.refused("before", &["migrate"])?;
    assert!(refused.contains("core.0002_cities has run, and says something else now"), "{refused}");
    assert!(refused.contains("- SELECT DISTINCT city\n"), "{refused}");
    assert!(refused.contains("+ SELECT DISTINCT name\n"), "{refused}");
    // One that is missing is said before anything runs.
    std::fs::remove_file(project.path("core/sql/cities/0002.sql"))?;
    let refused = project.refused("before", &["migrate"])?;
    assert!(refused.contains("there is no file `sql/cities/0002.sql`"), "{refused}");
    Ok(())
}

#[tokio::test]
async fn nothing_is_asked_of_a_server_where_only_files_are_concerned() -> Outcome {
    let project = Project::new("nowhere").await?;
    let output = project.at(NOWHERE, "before", &["makemigrations"])?;
    assert!(output.status.success());
    assert!(project.read(FIRST)?.contains("create_model = \"Venue\""));
    Ok(())
}
