//! Models written from a live database compile, are laid out as rustfmt does, and are what the database
//! is.
//!
//! `MIGRATE_SCHEMA=dump.sql cargo test -p orm-migrate --test inspect` tries a schema of yours, such as
//! `pg_dump --schema-only --no-owner --no-privileges` prints it. `MIGRATE_SCHEMAS=public,auth` names its
//! schemas.

use orm::prelude::*;
use orm_migrate::inspect::{self, Options, Source};
use orm_sql::exec::Executor;
use orm_testkit::TestDatabase;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

type Outcome<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const PROGRAM: &str = include_str!("inspect/program.rs");

/// A database of other hands. Its models are those of an app of its name.
struct World {
    name: &'static str,
    sql: &'static str,
    /// The schemas that are read; none for the usual one.
    schemas: &'static [&'static str],
    /// What it needs of the server.
    extensions: &'static [&'static str],
}

const WORLDS: &[World] = &[
    World {
        name: "schema",
        sql: include_str!("inspect/schema.sql"),
        schemas: &["public", "auth"],
        extensions: &[],
    },
    World {
        name: "rails",
        sql: include_str!("inspect/rails.sql"),
        schemas: &[],
        extensions: &["citext", "pg_trgm", "hstore"],
    },
    World {
        name: "videos",
        sql: include_str!("inspect/videos.sql"),
        schemas: &[],
        extensions: &[],
    },
    World {
        name: "supabase",
        sql: include_str!("inspect/supabase.sql"),
        schemas: &["public", "auth", "storage"],
        extensions: &["uuid-ossp", "pgcrypto"],
    },
    World {
        name: "forge",
        sql: include_str!("inspect/forge.sql"),
        schemas: &[],
        extensions: &["btree_gist", "btree_gin"],
    },
    World {
        name: "handmade",
        sql: include_str!("inspect/handmade.sql"),
        schemas: &[],
        extensions: &["ltree"],
    },
];

/// What is written of a world, and what is noted.
struct Expected {
    world: &'static str,
    texts: &'static [&'static str],
    notes: &'static [&'static str],
}

const EXPECTED: &[Expected] = &[
    Expected {
        world: "schema",
        texts: &[
            "pub manager: Option<ForeignKey<Self>>,",
            "pub user: OneToOne<Users>,",
            "pub store: ForeignKey<Store>,",
            "pub item: Option<ForeignKey<Item>>,",
            "pub tags: ManyToMany<Tag>,",
            "pub user_code: Option<ForeignKey<Users, String>>,",
            "#[field(column = \"createdAt\", db_type = \"timestamp(3) without time zone\", ",
            "pub r#type: Option<String>,",
            "#[model(primary_key_name = \"PK_users\")]",
            "#[model(view_sql = r#\"\nSELECT u.id,\n",
        ],
        notes: &[
            "event: PARTITION BY RANGE (at)",
            "no_key: a primary key, which there is none of: b stands for it",
            "users: ALWAYS, of the identity column id",
            "users: ON UPDATE, of the foreign key users_manager_id_fkey",
            "totals: the query of the view: it has no unique index to tell its rows apart",
        ],
    },
    Expected {
        world: "rails",
        texts: &[
            "    #[choice(\"in-progress\")]\n    InProgress,",
            "#[model(with(autovacuum_vacuum_scale_factor = \"0.05\", fillfactor = 80))]",
            "#[model(index(fields = [settings], opclasses = [\"jsonb_path_ops\"], name = ",
            ".over::<Orders>().desc().nulls_last()",
            "name = \"unique_position\", deferrable = immediate))]",
            "using = \"brin\", with(pages_per_range = 32)))]",
        ],
        notes: &[
            "accounts: the direction of the unique index index_accounts_on_uuid",
            "orders: NOT VALID, of the constraint fk_rails_1a2b3c4d5e",
        ],
    },
    Expected {
        world: "videos",
        texts: &[
            "#[choice(\"NC-17\")]\n    Nc17,",
            "#[model(comment = \"What the shop shows\")]\n#[model(view_sql = r#\"",
            "lower(film_list.category::text) AS \"CATEGORY\"",
            "db_comment = \"Without tax\"",
            "#[model(materialized)]",
            "#[model(primary_key_name = \"rental_category\")]",
        ],
        notes: &[
            "actor_info: the query of the view: it needs the function list_of(text)",
            "film: the trigger film_fulltext_trigger",
        ],
    },
    Expected {
        world: "supabase",
        texts: &[
            "#[choice(db_enum = \"factor_type\", schema = \"auth\")]",
            "(lower(name)) COLLATE \"POSIX\"",
            "pub id: OneToOne<Users>,",
        ],
        notes: &[
            "active_users: the query of the view: models cannot say all of it",
            "profiles: the policy \"Profiles are viewable by everyone.\"",
        ],
    },
    Expected {
        world: "forge",
        texts: &[
            "exclude((title, \"=\"), name = \"by_hash\", using = \"hash\")",
            "exclude((title, \"=\"), (state, \"<>\"), name = \"one_title\", deferrable)",
            "raw_expr::<String>(\"daterange(start_date, due_date, '[]'::text)\", params![]), \"&&\")",
        ],
        notes: &[
            "group_totals: the query of the view: it has no unique index to tell its rows apart",
            "p_ci_builds: PARTITION BY LIST (partition_id)",
        ],
    },
    Expected {
        world: "handmade",
        texts: &["pub self_: Option<i32>,", "#[model(table = \"日本\")]"],
        notes: &["kinds: the column k64: its type `aclitem` has no binary form"],
    },
];

/// A schema that was read, and what is tried with its models.
struct Tried {
    name: String,
    app: Option<String>,
    source: Source,
    /// The one that was read, and one with what tables stand on.
    databases: [TestDatabase; 2],
    schemas: Vec<String>,
}

/// The target directory of the tests that run: what is compiled there is not compiled again.
fn target() -> Outcome<PathBuf> {
    let program = std::env::current_exe()?;
    let mut above = program.ancestors();
    let profile = above.find(|path| path.ends_with("debug") || path.ends_with("release"));
    Ok(profile.and_then(Path::parent).ok_or("a target directory")?.to_owned())
}

/// Writes a program around the models, which [`run`] builds.
fn write(name: &str, all: &[Tried]) -> Outcome<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no workspace")?;
    let project = target()?.join("inspected").join(name);
    fs::create_dir_all(project.join("src/models"))?;
    let dependency = |name: &str, path: &Path| format!("{name} = {{ path = {path:?} }}\n");
    let mut manifest = format!(
        "[package]\nname = \"inspected-{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [workspace]\n[profile.dev]\ndebug = \"line-tables-only\"\n\n[dependencies]\n"
    );
    manifest += &format!("orm = {{ path = {workspace:?}, features = [\"migrate\"] }}\n");
    // The last two for their features only: what is built is what the tests have built already.
    for package in ["orm-core", "orm-migrate", "orm-sql", "orm-doctest", "orm-testkit"] {
        manifest += &dependency(package, &workspace.join(package));
    }
    manifest += "tokio = { version = \"1\", features = [\"rt\", \"macros\"] }\n";
    fs::write(project.join("Cargo.toml"), manifest)?;
    fs::copy(workspace.join("Cargo.lock"), project.join("Cargo.lock"))?;
    fs::write(project.join("src/main.rs"), PROGRAM)?;
    let mut modules: Vec<String> =
        all.iter().map(|one| format!("pub mod {};\n", one.name)).collect();
    modules.sort();
    fs::write(project.join("src/models.rs"), modules.concat())?;
    for one in all {
        let file = format!("src/models/{}.rs", one.name);
        fs::write(project.join(file), &one.source.text)?;
    }
    fs::write(project.join("src/readable.rs"), readable(all))?;
    Ok(project)
}

/// A query of each model: that its columns are of the types that the model says.
fn readable(all: &[Tried]) -> String {
    let mut out =
        "use crate::models;\nuse orm::prelude::*;\n\npub async fn all(app: &str, db: &Database) \
                   -> orm::Result<()> {\n"
            .to_owned();
    for one in all {
        let app = one.app.as_deref().unwrap_or_default();
        out += &format!("    if app == {app:?} {{\n");
        let mut is_model = false;
        for line in one.source.text.lines() {
            is_model |= line.starts_with("#[derive(Model,");
            if let Some(name) = line.strip_prefix("pub struct ").filter(|_| is_model) {
                let model = name.split_whitespace().next().unwrap_or_default();
                let path = format!("models::{}::{model}", one.name);
                out += &format!("        {path}::unfiltered().limit(1).all(db).await?;\n");
                is_model = false;
            }
        }
        out += "    }\n";
    }
    out + "    Ok(())\n}\n"
}

/// What rustfmt would make of it.
fn is_formatted(project: &Path) -> Outcome {
    let run = Command::new("rustfmt")
        .args(["--check", "--edition", "2024", "--config-path", "/dev/null"])
        .arg(project.join("src/models.rs"))
        .output()?;
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    if run.status.success() { Ok(()) } else { Err(said.into()) }
}

/// Builds the program and runs it.
fn run(project: &Path, all: &[Tried]) -> Outcome {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.args(["run", "--offline", "--quiet"]);
    for one in all {
        let app = one.app.as_deref().unwrap_or_default();
        let [first, second] = one.databases.each_ref().map(|database| database.url());
        command.args(["--", app, &first, &second]).args(&one.schemas);
    }
    let run = command
        .current_dir(project)
        .env("CARGO_TARGET_DIR", target()?)
        .env("RUSTFLAGS", "")
        .output()?;
    let said = [run.stdout, run.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    println!("{}", said.join("\n"));
    if run.status.success() { Ok(()) } else { Err(said.join("\n").into()) }
}

/// A dump has materialised views without their rows, which cannot be read.
const FILLED: &str = "DO $$ DECLARE v regclass; BEGIN \
    FOR v IN SELECT oid FROM pg_class WHERE relkind = 'm' AND NOT relispopulated LOOP \
    EXECUTE 'REFRESH MATERIALIZED VIEW ' || v; END LOOP; END $$";

/// Reads a schema.
async fn read(name: &str, app: Option<&str>, schema: &[&str], schemas: &[&str]) -> Outcome<Tried> {
    let (first, second) = (TestDatabase::empty().await?, TestDatabase::empty().await?);
    let failed = |error: orm::Error| format!("{name}: {error}");
    let dump = format!("SET check_function_bodies = off;\n{}", schema.join("\n"));
    first.batch_execute(&dump).await.map_err(failed)?;
    first.batch_execute(FILLED).await?;
    // What needs the tables is no part of what they stand on.
    for statement in beneath(schema) {
        let statement = format!("SET check_function_bodies = off; {statement}");
        if let Err(error) = second.batch_execute(&statement).await {
            println!("{name}: left out, {error}: {statement}");
        }
    }
    let options = Options {
        schemas: schemas.iter().map(|&name| name.to_owned()).collect(),
        include_views: true,
        app: app.map(str::to_owned),
        ..Options::default()
    };
    Ok(Tried {
        name: name.to_owned(),
        app: app.map(str::to_owned),
        source: inspect::models(&*first, &options).await?,
        databases: [first, second],
        schemas: options.schemas,
    })
}

/// Tries what is written of some schemas, all in one program.
fn tried(name: &str, all: &[Tried]) -> Outcome {
    let project = write(name, all)?;
    is_formatted(&project)?;
    run(&project, all)
}

/// Whether a server has all that a world needs.
async fn has(extensions: &[&str]) -> Outcome<bool> {
    let db = TestDatabase::empty().await?;
    let sql = "SELECT name::text, 1 FROM pg_available_extensions";
    let there = db.query_as::<(String, i32)>(sql, params![]).await?;
    Ok(extensions.iter().all(|wanted| there.iter().any(|(name, _)| name == wanted)))
}

#[tokio::test]
async fn models_compile_and_are_what_the_database_is() -> Outcome {
    let mut all = Vec::new();
    let only = std::env::var("MIGRATE_WORLD").ok().filter(|name| !name.is_empty());
    for world in WORLDS.iter().filter(|one| only.as_ref().is_none_or(|only| only == one.name)) {
        // A server may be without its contributed extensions.
        if has(world.extensions).await? {
            let lines: Vec<&str> = world.sql.lines().collect();
            all.push(read(world.name, Some(world.name), &lines, world.schemas).await?);
        }
    }
    tried("worlds", &all)?;
    for one in &all {
        let Tried { name, source, .. } = one;
        let notes: Vec<String> = source.notes.iter().map(ToString::to_string).collect();
        let expected = EXPECTED.iter().filter(|expected| expected.world == name);
        for Expected { texts, notes: noted, .. } in expected {
            for text in *texts {
                assert!(source.text.contains(text), "{name}: {text}: {}", source.text);
            }
            assert!(!source.text.contains("django_migrations"));
            for note in *noted {
                assert!(notes.iter().any(|one| one == note), "{name}: {note}: {notes:#?}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_schema_of_yours() -> Outcome {
    let Ok(path) = std::env::var("MIGRATE_SCHEMA") else { return Ok(()) };
    let schemas = std::env::var("MIGRATE_SCHEMAS").unwrap_or_default();
    let schemas: Vec<&str> = schemas.split(',').filter(|name| !name.is_empty()).collect();
    let text = fs::read_to_string(&path)?;
    let is_setting = |line: &&str| {
        !line.starts_with("SET ")
            && !line.starts_with("SELECT pg_catalog.set")
            && !line.starts_with('\\')
    };
    let schema: Vec<&str> = text.lines().filter(is_setting).collect();
    let yours = read("yours", None, &schema, &schemas).await?;
    let all = [yours];
    tried("yours", &all)?;
    for note in &all[0].source.notes {
        println!("{note}");
    }
    Ok(())
}

/// What tables stand on, and models do not make: extensions, types, functions.
fn beneath(schema: &[&str]) -> Vec<String> {
    let starts =
        ["CREATE EXTENSION", "CREATE TYPE", "CREATE DOMAIN", "CREATE FUNCTION", "CREATE SEQUENCE"];
    let (mut all, mut out, mut inside, mut dollar) = (Vec::new(), Vec::new(), false, false);
    for line in schema {
        let starts = starts.iter().any(|start| line.starts_with(start));
        inside |= starts && !line.contains(" AS ENUM ");
        if inside {
            out.push(*line);
            if ["$$", "$_$"].iter().map(|tag| line.matches(tag).count()).sum::<usize>() % 2 == 1 {
                dollar = !dollar;
            }
            inside = dollar || !line.trim_end().ends_with(';');
            if !inside {
                all.push(std::mem::take(&mut out).join("\n"));
            }
        }
    }
    all
}
