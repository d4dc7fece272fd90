//! "Given that I have an app named core and migrations numbered 0001 to 0044 that I'd like to squash."

use crate::support::{Outcome, Project, tables};
use orm_testkit::TestDatabase;
use std::collections::BTreeSet;

const VENUE: &str = r#"
create_model = "Venue"
table = "core_venue"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "name", type = "varchar(50)" },
]"#;

const EXPERIENCE: &str = r#"
create_model = "Experience"
table = "core_experience"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
    { name = "name", type = "varchar(200)" },
]"#;

const TAG: &str = r#"
create_model = "Tag"
table = "core_tag"
primary_key = ["id"]
fields = [
    { name = "id", type = "bigint", identity = true },
]"#;

/// The step of the seed, which wants its rows; it stands where it stood: after `0036_auto`.
const STEP: &str = "run_rust = \"update_license_info\"\nreverse = \"\"";

/// What 44 migrations do, as it comes about in years: there, back, and otherwise.
fn operations() -> Vec<String> {
    let mut all: Vec<String> = [
        VENUE,
        "add_field = \"Venue.city\"\ntype = \"varchar(60)\"\nfill = \"''\"",
        "alter_field = \"Venue.name\"\ntype = \"varchar(100)\"",
        "add_index = \"Venue\"\nname = \"venue_by_name\"\nfields = [\"name\"]",
        "remove_index = \"Venue\"\nname = \"venue_by_name\"",
        "add_index = \"Venue\"\nname = \"venue_by_place\"\nfields = [\"city\", \"name\"]",
        "alter_field = \"Venue.city\"\ntype = \"varchar(100)\"",
        EXPERIENCE,
        "add_field = \"Experience.venue\"\nforeign_key = \"core.Venue\"\non_delete = \"cascade\"\nnull = true",
        "rename_field = \"Experience.name\"\nto = \"title\"",
        "alter_field = \"Experience.venue\"\nforeign_key = \"core.Venue\"\non_delete = \"cascade\"",
        "add_field = \"Venue.country\"\ntype = \"varchar(2)\"\nfill = \"'de'\"",
        "add_field = \"Venue.license\"\ntype = \"varchar(20)\"\nfill = \"''\"",
        "add_field = \"Experience.license\"\ntype = \"varchar(20)\"\nfill = \"''\"",
        "add_field = \"Venue.started_at\"\ntype = \"timestamptz\"\ndb_index = true\nfill = \"'2021-07-31'\"",
    ]
    .map(str::to_owned)
    .into();
    // Columns that came, and were given up.
    all.extend(
        (0..10).map(|n| format!("add_field = \"Venue.note_{n}\"\ntype = \"text\"\nnull = true")),
    );
    all.extend((0..10).map(|n| format!("remove_field = \"Venue.note_{n}\"")));
    all.extend(
        [
            "run_sql = \"INSERT INTO core_venue (name, city, country, license, started_at) VALUES ('Zoo', \
             'Berlin', 'de', '', '2021-07-31'), ('Opera', 'Oslo', 'no', '', '2021-07-31')\"\nreverse = \
             \"DELETE FROM core_venue\"",
            STEP,
            TAG,
            "delete_model = \"Tag\"",
            "rename_index = \"Venue\"\nname = \"venue_by_place\"\nto = \"venue_by_city\"",
            "alter_field = \"Venue.country\"\ntype = \"varchar(2)\"\ndefault = \"'de'\"",
            "alter_field = \"Experience.title\"\ntype = \"varchar(200)\"\ncomment = \"what it is called\"",
            "alter_field = \"Experience.title\"\ntype = \"varchar(200)\"",
        ]
        .map(str::to_owned),
    );
    all.push(
        "add_unique = \"Venue\"\nname = \"Unique venue name per country\"\nfields = [\"name\", \"country\"]"
            .to_owned(),
    );
    all
}

fn name(number: usize) -> String {
    if number == 1 { "0001_initial".to_owned() } else { format!("{number:04}_auto") }
}

/// The 44 files.
fn write(project: &Project) -> Outcome<usize> {
    let all = operations();
    for (place, operation) in all.iter().enumerate() {
        let number = place + 1;
        let needs = match number {
            1 => String::new(),
            _ => format!("dependencies = [\"core.{}\"]\n", name(place)),
        };
        let text =
            format!("id = \"seed {number}\"\n{needs}\n[[operations]]\n{}\n", operation.trim());
        project.write(&format!("core/{}.toml", name(number)), &text)?;
    }
    project.write("core/head", &format!("{}\n", name(all.len())))?;
    Ok(all.len())
}

/// The rows of venues, as one text.
fn rows(project: &Project) -> Outcome<String> {
    project.before(&["dumpdata", "core.Venue"])
}

#[tokio::test]
async fn s1_4_squash_0001_to_0044() -> Outcome {
    let project = Project::new("squash").await?;
    assert_eq!(write(&project)?, 44);
    project.before(&["migrate"])?;
    assert_eq!(project.before(&["makemigrations", "--check"])?, "No changes detected\n");
    let (old, old_rows) = (tables(&project.db).await?, rows(&project)?);
    assert!(old_rows.contains("cc0"), "{old_rows}");

    let behind = TestDatabase::empty().await?;
    project.at_printed(&behind, &["migrate", "core", "0020"])?;

    let shown = project.before(&["squashmigrations", "core", "0001", "0044", "--prove"])?;
    // What nobody can see through is named, with where it was.
    let step = name(operations().iter().position(|one| one == STEP).map_or(0, |place| place + 1));
    assert!(shown.contains("  44 operations became "), "{shown}");
    assert!(
        shown.contains(&format!("kept as it is: run Rust update_license_info of core.{step}")),
        "{shown}"
    );
    assert!(shown.contains("kept as it is: run SQL of core."), "{shown}");
    assert!(shown.contains("Two databases have become the same"), "{shown}");
    let squash = project.last()?;
    assert_eq!(squash, "0001_squashed_0044_auto");
    let text = project.read(&format!("core/{squash}.toml"))?;
    assert!(!text.contains("note_") && !text.contains("\"Tag\""), "{text}");
    // "An edge case that required me to manually delete indexes and add them in a follow-up migration."
    for part in ["venue_by_city", "Unique venue name per country", "db_index = true"] {
        assert_eq!(text.matches(part).count(), 1, "{part}: {text}");
    }

    // The database that has run all of them accepts it.
    assert!(project.before(&["migrate"])?.contains("No migrations to apply."));
    let shown = project.before(&["showmigrations"])?;
    assert_eq!(shown, format!("core\n [X] {squash} (44 squashed migrations)\n"));
    assert_eq!(project.before(&["makemigrations", "--check"])?, "No changes detected\n");
    assert_eq!(project.before(&["check", "--database"])?, "No problems found.\n");

    // One that has run some of them goes on with the rest of them, step by step as well.
    let shown = project.at_printed(&behind, &["migrate", "core", "0021"])?;
    assert!(shown.contains("Applying core.0021_auto... OK"), "{shown}");
    project.at_printed(&behind, &["migrate"])?;
    assert_eq!(tables(&behind).await?, old);

    // "You can delete the old migrations."
    for number in 1..=44 {
        project.remove(&name(number))?;
    }
    let files: BTreeSet<String> = project.files()?.into_iter().collect();
    assert_eq!(files, BTreeSet::from([format!("{squash}.toml"), "head".to_owned()]));
    for db in [&project.db, &behind] {
        assert!(project.at_printed(db, &["migrate"])?.contains("No migrations to apply."));
        assert_eq!(project.at_printed(db, &["check", "--database"])?, "No problems found.\n");
    }
    let shown = project.before(&["migrate", "core", "--prune"])?;
    assert_eq!(shown.matches("  Pruned core.").count(), 44, "{shown}");
    assert_eq!(tables(&project.db).await?, old);
    assert_eq!(rows(&project)?, old_rows);

    // "Tested thoroughly, e.g. setting up a dev db from scratch."
    let scratch = TestDatabase::empty().await?;
    project.at_printed(&scratch, &["migrate"])?;
    assert_eq!(tables(&scratch).await?, old);
    assert_eq!(project.at_printed(&scratch, &["diff"])?, "The database is as the models are.\n");
    project.at_printed(&scratch, &["migrate", "core", "zero", "--noinput"])?;
    assert!(tables(&scratch).await?.is_empty());
    Ok(())
}
