//! A folder of migrations and a database for each test, and the two programs.

use orm_migrate::introspect;
use orm_sql::schema::Table;
use orm_testkit::TestDatabase;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Where no server is.
pub const NOWHERE: &str = "postgres://nobody@127.0.0.1:1/nothing";

/// A folder of migrations, which is gone with this value, and a database.
pub struct Project {
    folder: PathBuf,
    pub db: TestDatabase,
}

impl Project {
    /// Nothing is there yet.
    pub async fn new(name: &str) -> Outcome<Project> {
        let folder = std::env::temp_dir().join(format!("scrapbook-{name}-{}", std::process::id()));
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder)?;
        Ok(Project { folder, db: TestDatabase::empty().await? })
    }

    /// The first migration is there, and has run.
    pub async fn migrated(name: &str) -> Outcome<Project> {
        let project = Project::new(name).await?;
        project.before(&["makemigrations"])?;
        project.before(&["migrate"])?;
        Ok(project)
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    pub fn read(&self, path: &str) -> Outcome<String> {
        Ok(fs::read_to_string(self.path(path))?)
    }

    pub fn write(&self, path: &str, text: &str) -> Outcome {
        let path = self.path(path);
        fs::create_dir_all(path.parent().ok_or("a folder")?)?;
        Ok(fs::write(path, text)?)
    }

    /// Removes the file of a migration.
    pub fn remove(&self, name: &str) -> Outcome {
        Ok(fs::remove_file(self.path(&format!("core/{name}.toml")))?)
    }

    /// The files of the app, by name.
    pub fn files(&self) -> Outcome<Vec<String>> {
        let entries = fs::read_dir(self.path("core"))?;
        let name = |entry: std::io::Result<fs::DirEntry>| -> Outcome<String> {
            Ok(entry?.file_name().to_string_lossy().into_owned())
        };
        let mut names = entries.map(name).collect::<Outcome<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }

    /// What `head` names.
    pub fn last(&self) -> Outcome<String> {
        Ok(self.read("core/head")?.trim().to_owned())
    }

    /// What the program with the models as they were prints.
    pub fn before(&self, args: &[&str]) -> Outcome<String> {
        self.printed("before", args)
    }

    /// What the program with the models as they were prints for another database.
    pub fn at_printed(&self, db: &TestDatabase, args: &[&str]) -> Outcome<String> {
        shown(args, self.at(&db.url(), "before", args)?)
    }

    /// What the program with the models as they are prints.
    pub fn after(&self, args: &[&str]) -> Outcome<String> {
        self.printed("after", args)
    }

    fn printed(&self, program: &str, args: &[&str]) -> Outcome<String> {
        shown(args, self.run(program, args)?)
    }

    /// What went wrong, where it did.
    pub fn refused(&self, program: &str, args: &[&str]) -> Outcome<String> {
        let output = self.run(program, args)?;
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        Ok(String::from_utf8(output.stderr)?)
    }

    pub fn run(&self, program: &str, args: &[&str]) -> Outcome<Output> {
        self.at(&self.db.url(), program, args)
    }

    pub fn at(&self, url: &str, program: &str, args: &[&str]) -> Outcome<Output> {
        let program = match program {
            "before" => env!("CARGO_BIN_EXE_before"),
            _ => env!("CARGO_BIN_EXE_after"),
        };
        let mut command = Command::new(program);
        command.env("DATABASE_URL", url).arg("--migrations").arg(&self.folder).args(args);
        Ok(command.output()?)
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok();
    }
}

fn shown(args: &[&str], output: Output) -> Outcome<String> {
    let errors = String::from_utf8(output.stderr)?;
    let shown = String::from_utf8(output.stdout)?;
    assert!(output.status.success(), "{args:?}: {errors}{shown}");
    Ok(shown)
}

/// What is in a database, but for the notes of what has run.
pub async fn tables(db: &TestDatabase) -> Outcome<Vec<Table>> {
    let mut tables = introspect::tables(&**db, &[]).await?;
    tables.retain(|table| table.name.name != "orm_migrations");
    // As a squash has them, whatever their order.
    for table in &mut tables {
        table.columns.sort_by(|one, other| one.name.cmp(&other.name));
        table.constraints.sort_by(|one, other| one.name.cmp(&other.name));
        table.indexes.sort_by(|one, other| one.name.cmp(&other.name));
    }
    Ok(tables)
}
