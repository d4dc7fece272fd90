//! `manage`, as it is called at a prompt and by other programs.

use orm::prelude::ModelExt as _;
use orm_testkit::TestDatabase;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// A folder of migrations of a test's own, which is gone with this value.
struct Folder(PathBuf);

impl Folder {
    /// A copy of the shop's.
    fn copy(name: &str) -> Outcome<Folder> {
        let path = std::env::temp_dir().join(format!("bookshop-{name}-{}", std::process::id()));
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations"), &path)?;
        Ok(Folder(path))
    }

    fn read(&self, path: &str) -> Outcome<String> {
        Ok(fs::read_to_string(self.0.join(path))?)
    }

    fn change(&self, path: &str, from: &str, to: &str) -> Outcome {
        let text = self.read(path)?;
        assert!(text.contains(from), "{text}");
        Ok(fs::write(self.0.join(path), text.replace(from, to))?)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn copy(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let to = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() { copy(&path, &to)? } else { fs::copy(&path, &to).map(drop)? }
    }
    Ok(())
}

fn manage(folder: &Folder, db: &str, args: &[&str]) -> Outcome<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_manage"));
    command.env("DATABASE_URL", db).arg("--migrations").arg(&folder.0).args(args);
    Ok(command.output()?)
}

/// What it printed, where it ended well.
fn printed(folder: &Folder, db: &str, args: &[&str]) -> Outcome<String> {
    let output = manage(folder, db, args)?;
    let errors = String::from_utf8(output.stderr)?;
    assert!(output.status.success(), "{args:?}: {errors}");
    Ok(String::from_utf8(output.stdout)?)
}

/// What it said went wrong.
fn refused(folder: &Folder, db: &str, args: &[&str]) -> Outcome<String> {
    let output = manage(folder, db, args)?;
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    Ok(String::from_utf8(output.stderr)?)
}

fn json(folder: &Folder, db: &str, args: &[&str]) -> Outcome<Value> {
    let args: Vec<&str> = std::iter::once(&"--json").chain(args).copied().collect();
    Ok(serde_json::from_str(&printed(folder, db, &args)?)?)
}

const NOWHERE: &str = "postgres://nobody@127.0.0.1:1/nothing";

#[test]
fn a_changed_struct_becomes_a_migration() -> Outcome {
    let folder = Folder::copy("changed")?;
    assert_eq!(printed(&folder, NOWHERE, &["makemigrations"])?, "No changes detected\n");

    // As if `isbn` had not been there, which is NOT NULL.
    let isbn = "    { name = \"isbn\", type = \"varchar(13)\", unique = true },\n";
    folder.change("catalogue/0001_initial.toml", isbn, "")?;
    assert_eq!(
        refused(&folder, NOWHERE, &["makemigrations"])?,
        "error: `isbn` of `catalogue.Book` is NOT NULL and has no default, and there may be rows that \
         need a value: give it a `db_default`, make it an `Option`, say what they get with `--fill \
         'catalogue.Book.isbn=…'`, or answer the question at a terminal\n"
    );
    let fill = ["makemigrations", "--fill", "catalogue.Book.isbn=id::text"];
    let check = manage(&folder, NOWHERE, &[&fill[..], &["--check"]].concat())?;
    assert_eq!(check.status.code(), Some(1), "there is something to do");
    assert!(!folder.0.join("catalogue/0002_book_isbn.toml").exists());
    let shown = printed(&folder, NOWHERE, &fill)?;
    let path = folder.0.join("catalogue/0002_book_isbn.toml");
    let said = format!(
        "Migrations for 'catalogue':\n  {}\n    + add field isbn to Book\n",
        path.display()
    );
    assert!(shown.starts_with(&said), "{shown}");
    // And what hurts on a database that is in use.
    assert!(shown.contains("[unique-constraint]"), "{shown}");
    let text = folder.read("catalogue/0002_book_isbn.toml")?;
    assert!(text.contains("fill = \"id::text\""), "{text}");
    assert_eq!(folder.read("catalogue/head")?, "0002_book_isbn\n");
    assert_eq!(printed(&folder, NOWHERE, &["makemigrations"])?, "No changes detected\n");
    Ok(())
}

#[test]
fn what_would_hold_up_others_is_done_safely() -> Outcome {
    let folder = Folder::copy("safe")?;
    let isbn = "    { name = \"isbn\", type = \"varchar(13)\", unique = true },\n";
    folder.change("catalogue/0001_initial.toml", isbn, "")?;
    let fill = ["makemigrations", "--safe", "--fill", "catalogue.Book.isbn=gen_random_uuid()"];
    let shown = printed(&folder, NOWHERE, &fill)?;
    assert!(shown.contains("    + add field isbn to Book, safely\n"), "{shown}");
    assert!(!shown.contains("warning"), "{shown}");
    let text = folder.read("catalogue/0002_book_isbn.toml")?;
    assert!(text.contains("safely = true"), "{text}");
    assert_eq!(printed(&folder, NOWHERE, &["makemigrations"])?, "No changes detected\n");
    // The steps are transactions of their own.
    let sql = printed(&folder, NOWHERE, &["sqlmigrate", "catalogue", "0002"])?;
    let steps = sql.split("CREATE UNIQUE INDEX CONCURRENTLY").count();
    assert_eq!(
        (steps, sql.matches("BEGIN;").count(), sql.matches("COMMIT;").count()),
        (2, 6, 6),
        "{sql}"
    );
    Ok(())
}

#[test]
fn what_may_be_another_name_is_asked() -> Outcome {
    let folder = Folder::copy("renamed")?;
    folder.change("catalogue/0001_initial.toml", "\"isbn\"", "\"code\"")?;
    let refused = refused(&folder, NOWHERE, &["makemigrations", "--noinput"])?;
    assert_eq!(
        refused,
        "error: `code` of `catalogue.Book` is gone and `isbn` is new, which may be another name for it: \
         say so with `--renamed catalogue.Book.code=isbn` or `--not-renamed \
         catalogue.Book.code=isbn`, or answer the question at a terminal\n"
    );
    // A slip in a name is not lost behind the next question.
    let slip = ["makemigrations", "--renamed", "catalogue.Book.coed=isbn"];
    let said = self::refused(&folder, NOWHERE, &slip)?;
    assert!(said.contains("--fill 'catalogue.Book.isbn=…'"), "{said}");
    assert!(
        said.contains("`catalogue.Book.coed=catalogue.Book.isbn` has answered no question yet"),
        "{said}"
    );
    let renamed = ["makemigrations", "--dry-run", "--renamed", "catalogue.Book.code=isbn"];
    let shown = json(&folder, NOWHERE, &renamed)?;
    let operations = &shown["migrations"][0]["operations"];
    assert_eq!(*operations, serde_json::json!(["rename field code of Book to isbn"]));
    let others = ["--not-renamed", "catalogue.Book.code=isbn", "--fill", "catalogue.Book.isbn='-'"];
    let shown = json(&folder, NOWHERE, &[&["makemigrations", "--dry-run"], &others[..]].concat())?;
    assert_eq!(shown["migrations"][0]["operations"].as_array().map(Vec::len), Some(2));
    Ok(())
}

#[tokio::test]
async fn migrations_run_and_are_undone() -> Outcome {
    let (folder, db) = (Folder::copy("run")?, TestDatabase::empty().await?);
    let url = db.url();
    let plan = json(&folder, &url, &["migrate", "--plan"])?;
    let names: Vec<_> = plan["plan"].as_array().unwrap().iter().map(|one| &one["app"]).collect();
    assert_eq!(names, ["catalogue", "sales", "sales", "sales"]);
    assert_eq!(manage(&folder, &url, &["migrate", "--check"])?.status.code(), Some(1));
    let shown = printed(&folder, &url, &["migrate"])?;
    assert!(shown.contains("Applying catalogue.0001_initial... OK ("), "{shown}");
    assert_eq!(
        printed(&folder, &url, &["showmigrations"])?,
        "catalogue\n [X] 0001_initial\nsales\n [X] 0001_initial\n [X] 0002_lower_emails\n [X] 0003_sold\n"
    );
    assert_eq!(printed(&folder, &url, &["check", "--database"])?, "No problems found.\n");

    let undo = ["migrate", "sales", "zero"];
    assert_eq!(
        refused(&folder, &url, &undo)?,
        "error: sales.0003_sold, sales.0002_lower_emails, sales.0001_initial will be undone, with the data of \
         what they made; where that is meant, and nobody can be asked, say --noinput\n"
    );
    let shown = printed(&folder, &url, &[&undo[..], &["--noinput"]].concat())?;
    assert!(shown.contains("Undoing sales.0001_initial... OK ("), "{shown}");
    assert_eq!(
        printed(&folder, &url, &["showmigrations", "--plan"])?,
        "[X]  catalogue.0001_initial\n[ ]  sales.0001_initial\n[ ]  sales.0002_lower_emails\n\
         [ ]  sales.0003_sold\n"
    );
    assert_eq!(manage(&folder, &url, &["check", "--database"])?.status.code(), Some(1));
    let sql = printed(&folder, &url, &["sqlmigrate", "sales", "0002"])?;
    assert!(sql.contains("-- run Rust lower_emails\n--\n-- (Rust, which is no SQL)\n"), "{sql}");
    let sql = printed(&folder, &url, &["sqlmigrate", "sales", "0001", "--backwards"])?;
    assert!(sql.contains("DROP TABLE \"sales_line\";"), "{sql}");

    // What has run and says something else now is told apart from a comment.
    folder.change("catalogue/0001_initial.toml", "id =", "# reviewed by Ann\nid =")?;
    assert_eq!(json(&folder, &url, &["migrate"])?["ran"], 3);
    folder.change("catalogue/0001_initial.toml", "varchar(300)", "varchar(30)")?;
    let refused = refused(&folder, &url, &["migrate"])?;
    assert!(
        refused.contains("catalogue.0001_initial has run, and says something else now"),
        "{refused}"
    );
    assert!(refused.contains("varchar(300)") && refused.contains("varchar(30)"), "{refused}");
    Ok(())
}

#[tokio::test]
async fn databases_are_made_emptied_and_dropped() -> Outcome {
    let (folder, db) = (Folder::copy("flush")?, TestDatabase::empty().await?);
    let other = format!("{}_other", db.name());
    let url = db.url().replace(db.name(), &other);
    printed(&folder, &url, &["createdb"])?;
    printed(&folder, &url, &["migrate"])?;
    let insert = "INSERT INTO catalogue_tag (name) VALUES ('a'), ('b')";
    let made = orm::Database::connect(&url).await?;
    made.batch_execute(insert).await?;
    let sql = printed(&folder, &url, &["flush", "--sql"])?;
    assert!(sql.starts_with("TRUNCATE \"catalogue_author\", \"catalogue_book\""), "{sql}");
    assert_eq!(json(&folder, &url, &["flush", "--noinput"])?["tables"], 7);
    made.batch_execute(insert).await?;
    made.close().await;
    printed(&folder, &url, &["dropdb", "--noinput"])?;
    let said = refused(&folder, &url, &["migrate"])?;
    assert!(said.ends_with("does not exist; `createdb` makes it\n"), "{said}");
    Ok(())
}

#[test]
fn mistakes_are_said() -> Outcome {
    let folder = Folder::copy("mistakes")?;
    let said = |args: &[&str]| refused(&folder, NOWHERE, args);
    assert_eq!(
        said(&["migrate", "shop"])?,
        "error: there is no app `shop` with migrations; there are catalogue, sales\n"
    );
    assert_eq!(
        said(&["sqlmigrate", "sales", "0009"])?,
        "error: no migration of `sales` begins with `0009`\n"
    );
    assert_eq!(
        said(&["sqlmigrate", "sales"])?,
        "error: which migration of `sales`? Say its name behind the app\n"
    );
    assert_eq!(
        said(&["sqlmigrate", "shop"])?,
        "error: there is no app `shop`; there are catalogue, sales\n"
    );
    assert_eq!(
        said(&["dumpdata", "catalogue.Bok"])?,
        "error: there is no app and no model `catalogue.Bok`; there are catalogue.Author, catalogue.Book, \
         catalogue.Tag\n"
    );
    assert!(said(&["migrate"])?.contains("127.0.0.1:1"), "where it tried to connect");
    folder.change(
        "catalogue/0001_initial.toml",
        "create_model = \"Tag\"",
        "create_modle = \"Tag\"",
    )?;
    let line = said(&["makemigrations"])?;
    assert!(line.contains("catalogue.0001_initial, line 14"), "{line}");
    Ok(())
}

#[tokio::test]
async fn data_steps_run_with_the_others() -> Outcome {
    let (folder, db) = (Folder::copy("data")?, TestDatabase::empty().await?);
    let url = db.url();
    printed(&folder, &url, &["migrate", "sales", "0001"])?;
    db.batch_execute("INSERT INTO sales_customer (email) VALUES ('Ann@Example.com')").await?;
    let shown = printed(&folder, &url, &["migrate"])?;
    assert!(shown.contains("Applying sales.0002_lower_emails... OK ("), "{shown}");
    let customers = bookshop::models::Customer::objects().all(&*db).await?;
    assert_eq!(customers[0].email, "ann@example.com");

    // A function that is not in the program is missed before anything runs.
    let other = TestDatabase::empty().await?;
    folder.change("sales/0002_lower_emails.toml", "\"lower_emails\"", "\"lower_mails\"")?;
    assert_eq!(
        refused(&folder, &other.url(), &["migrate"])?,
        "error: migration sales.0002_lower_emails, run Rust lower_mails: there is no data migration \
         `lower_mails` in this program: was it renamed or removed? there are lower_emails\n"
    );
    let nothing = printed(&folder, &other.url(), &["showmigrations", "catalogue"])?;
    assert_eq!(nothing, "catalogue\n [ ] 0001_initial\n");
    Ok(())
}

#[tokio::test]
async fn rows_go_into_files_and_come_back() -> Outcome {
    let db = TestDatabase::empty().await?;
    let folder = Folder::copy("fixtures")?;
    let url = db.url();
    printed(&folder, &url, &["migrate"])?;
    let rows = r#"{"model": "catalogue.book", "pk": 7, "fields": {"title": "T", "isbn": "1",
                   "price": "9.50", "author": 3, "tags": [1, 2]}}
        {"model": "catalogue.author", "pk": 3, "fields": {"name": "A", "born": "1900-01-31"}}
        {"model": "catalogue.tag", "pk": 1, "fields": {"name": "new"}}
        {"model": "catalogue.tag", "pk": 2, "fields": {"name": "old"}}"#;
    let loaded = with_input(&folder, &url, &["loaddata", "-", "--json"], rows)?;
    let loaded: Value = serde_json::from_slice(&loaded.stdout)?;
    assert_eq!((&loaded["objects"], &loaded["models"]["catalogue.Tag"]), (&4.into(), &2.into()));

    let dumped = printed(&folder, &url, &["dumpdata"])?;
    let book = r#"{"model": "catalogue.Book", "pk": 7, "fields": {"title": "T", "isbn": "1", "price": "9.50", "published": null, "author": 3, "tags": [1, 2]}}"#;
    assert!(dumped.lines().any(|line| line == book), "{dumped}");
    printed(&folder, &url, &["flush", "--noinput"])?;
    assert!(with_input(&folder, &url, &["loaddata", "-"], &dumped)?.status.success());
    assert_eq!(printed(&folder, &url, &["dumpdata"])?, dumped);

    let refused = with_input(&folder, &url, &["loaddata", "-"], &rows.replace("9.50", "much"))?;
    let message = String::from_utf8(refused.stderr)?;
    assert_eq!(refused.status.code(), Some(1));
    assert!(message.contains("stdin:1: catalogue.Book.price: "), "{message}");
    assert!(printed(&folder, &url, &["sqlflush"])?.starts_with("TRUNCATE "));
    Ok(())
}

/// What comes of a command that reads something.
fn with_input(folder: &Folder, db: &str, args: &[&str], input: &str) -> Outcome<Output> {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut command = Command::new(env!("CARGO_BIN_EXE_manage"));
    command.env("DATABASE_URL", db).arg("--migrations").arg(&folder.0).args(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(input.as_bytes())?;
    Ok(child.wait_with_output()?)
}
