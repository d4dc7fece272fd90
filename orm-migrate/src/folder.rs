//! The folder of migrations: `migrations/<app>/0002_book_isbn.toml`, and beside them a file `head` with the
//! name of the app's last one. Models that name no app have theirs in `migrations` itself.
//!
//! Two branches that add a migration each change the same line of `head`, so that merging them is a
//! conflict in version control, and not a surprise when they are deployed.

use crate::error::{Error, Result};
use crate::file::{FileError, Migration, MigrationName};
use crate::graph::Graph;
use std::borrow::Cow;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The name of the file with the name of the last migration.
const HEAD: &str = "head";

/// The name of the file with the names of the apps that have a folder, so that a program into which
/// they are built is built again when there is one more.
const APPS: &str = "apps";

/// What version control writes where both sides have changed a line.
const CONFLICT: &str = "<<<<<<<";

/// What stands in a migration that somebody is going to write.
const TO_BE_FILLED: &str = r##"
# What it does comes here, in order. Without `reverse`, it cannot be undone; `reverse = ""`: there is
# nothing to undo.
#
# [[operations]]
# run_sql = "UPDATE my_table SET my_column = 0"
# reverse = ""
#
# [[operations]]
# run_rust = "my_function"      # a function with #[orm::data_migration]
# reverse = ""
"##;

/// A folder of migrations.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// A file of such a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// Its path within the folder, with `/` between names.
    pub path: Cow<'a, str>,
    /// What it says.
    pub text: Cow<'a, str>,
}

impl Folder {
    /// A folder, which need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Folder(path.into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The migrations of all apps.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or says no migration, they are no graph, or a `head` does not name the
    /// last one of its app.
    pub fn read(&self) -> Result<Graph> {
        parse(&self.files()?)
    }

    /// The migrations of all apps, where two branches have added some that are not merged: a `head` may
    /// name what it likes.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or says no migration, or they are no graph.
    pub fn read_branches(&self) -> Result<Graph> {
        Ok(parse_all(&self.files()?)?.0)
    }

    /// Its files, as far as they belong to migrations.
    ///
    /// # Errors
    ///
    /// When one cannot be read.
    pub fn files(&self) -> Result<Vec<Source<'static>>> {
        let mut files = Vec::new();
        collect(&self.0, "", &mut files)?;
        Ok(files)
    }

    /// Writes migrations, and who is the last one of each app. None of them may be there.
    ///
    /// # Errors
    ///
    /// When a file is there already or cannot be written.
    pub fn write(&self, migrations: &[Migration]) -> Result<Vec<PathBuf>> {
        let is_first = self.files()?.is_empty();
        let mut written = Vec::with_capacity(migrations.len());
        for migration in migrations {
            let app = self.0.join(&migration.name.app);
            fs::create_dir_all(&app).map_err(|error| unusable(&app, &error))?;
            let path = app.join(format!("{}.toml", migration.name.name));
            let file = fs::OpenOptions::new().write(true).create_new(true).open(&path);
            let put = file.and_then(|mut file| {
                file.write_all(text_of(migration).as_bytes())?;
                file.sync_all()
            });
            put.map_err(|error| unusable(&path, &error))?;
            written.push(path);
        }
        self.note_heads(migrations.iter().map(|one| &one.name))?;
        self.note_apps()?;
        if is_first {
            self.touch_package();
        }
        Ok(written)
    }

    /// A program into which no file was built does not see when the first one comes: its package does.
    /// Where that cannot be, it is built again sooner or later anyhow.
    fn touch_package(&self) {
        let manifests = self.0.ancestors().skip(1).map(|folder| folder.join("Cargo.toml"));
        if let Some(manifest) = manifests.into_iter().find(|path| path.is_file())
            && let Ok(file) = fs::OpenOptions::new().append(true).open(manifest)
        {
            file.set_modified(std::time::SystemTime::now()).ok();
        }
    }

    /// Writes a migration over the file that it is in.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn overwrite(&self, migration: &Migration) -> Result<PathBuf> {
        let path = self.file(&migration.name);
        fs::write(&path, migration.to_toml()).map_err(|error| unusable(&path, &error))?;
        Ok(path)
    }

    /// Removes the files of migrations, such as those that a squash stands for.
    ///
    /// # Errors
    ///
    /// When a file cannot be removed.
    pub fn remove(&self, names: &[MigrationName]) -> Result<()> {
        for name in names {
            let path = self.file(name);
            fs::remove_file(&path).map_err(|error| unusable(&path, &error))?;
        }
        self.note_heads(names.iter())
    }

    /// Notes the last migration of apps anew whose `head` names a file that is gone, and of those that
    /// are in conflict and have one last migration again; returns those that are named now. Who
    /// undoes a migration and deletes its file can so go on.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written, or says no migration.
    pub fn mend_heads(&self) -> Result<Vec<MigrationName>> {
        let files = self.files()?;
        let (graph, heads) = parse_all(&files)?;
        let mut mended = Vec::new();
        for (app, head) in heads {
            if !is_outdated(&graph, app, head) {
                continue;
            }
            let path = self.0.join(app).join(HEAD);
            match graph.leaves(app).as_slice() {
                [] => fs::remove_file(&path).map_err(|error| unusable(&path, &error))?,
                [last] => {
                    fs::write(&path, format!("{}\n", last.name))
                        .map_err(|error| unusable(&path, &error))?;
                    mended.push((*last).clone());
                }
                _ => {}
            }
        }
        Ok(mended)
    }

    fn file(&self, name: &MigrationName) -> PathBuf {
        self.0.join(&name.app).join(format!("{}.toml", name.name))
    }

    /// Notes which is the last migration of the apps of some: that of the graph, and where there are
    /// several, the last one of these.
    fn note_heads<'a>(&self, names: impl Iterator<Item = &'a MigrationName>) -> Result<()> {
        let graph = self.read_branches().ok();
        for name in names {
            let leaves = graph.as_ref().map(|graph| graph.leaves(&name.app)).unwrap_or_default();
            let last = match leaves.as_slice() {
                [] if graph.is_some() => continue,
                [last] => last,
                _ => name,
            };
            let head = self.0.join(&name.app).join(HEAD);
            fs::write(&head, format!("{}\n", last.name))
                .map_err(|error| unusable(&head, &error))?;
        }
        Ok(())
    }

    /// Notes which apps there are.
    fn note_apps(&self) -> Result<()> {
        let mut text = String::new();
        for path in entries(&self.0)?.iter().filter(|path| path.is_dir()) {
            if let Some(app) = path.file_name().and_then(|name| name.to_str()) {
                text.push_str(app);
                text.push('\n');
            }
        }
        let path = self.0.join(APPS);
        let is_same = fs::read_to_string(&path).is_ok_and(|before| before == text);
        if is_same || text.is_empty() {
            return Ok(());
        }
        fs::write(&path, text).map_err(|error| unusable(&path, &error))
    }
}

/// The migrations that files say.
///
/// # Errors
///
/// When one says no migration, they are no graph, or a `head` does not name the last one of its app.
pub fn parse(files: &[Source<'_>]) -> Result<Graph> {
    let (graph, heads) = parse_all(files)?;
    for (app, head) in heads {
        check_head(&graph, app, head)?;
    }
    Ok(graph)
}

/// The text of the `head` of each app.
type Heads<'a> = Vec<(&'a str, &'a str)>;

fn parse_all<'a>(files: &'a [Source<'_>]) -> Result<(Graph, Heads<'a>)> {
    let (mut all, mut heads) = (Vec::new(), Vec::new());
    for Source { path, text } in files {
        // Files of no app are in the folder itself.
        let (app, file) = path.split_once('/').unwrap_or(("", path));
        match file.strip_suffix(".toml") {
            Some(stem) if !stem.contains('/') => {
                let name = MigrationName { app: app.to_owned(), name: stem.to_owned() };
                let beside = |path: &str| sql_of(files, app, path);
                all.push(Migration::parse_with(name, text, &beside)?);
            }
            _ if file == HEAD => heads.push((app, &**text)),
            _ => {}
        }
    }
    Ok((Graph::of(all)?, heads))
}

/// What a file of SQL in the folder of an app says.
fn sql_of(files: &[Source<'_>], app: &str, path: &str) -> std::result::Result<String, String> {
    if !path.ends_with(".sql") {
        return Err(format!("the name of a file of SQL ends with `.sql`, and not as `{path}`"));
    }
    let within = if app.is_empty() { path.to_owned() } else { format!("{app}/{path}") };
    let found = files.iter().find(|file| file.path == within);
    let missing = || format!("there is no file `{path}` in the folder of the app");
    Ok(found.ok_or_else(missing)?.text.clone().into_owned())
}

/// The files beneath a folder.
fn collect(folder: &Path, within: &str, files: &mut Vec<Source<'static>>) -> Result<()> {
    for path in entries(folder)? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let within = if within.is_empty() { name.to_owned() } else { format!("{within}/{name}") };
        if path.is_dir() {
            collect(&path, &within, files)?;
        } else if name == HEAD || name.ends_with(".toml") || name.ends_with(".sql") {
            let text = fs::read_to_string(&path).map_err(|error| unusable(&path, &error))?;
            files.push(Source { path: within.into(), text: text.into() });
        }
    }
    Ok(())
}

/// What is in a folder, by name; nothing where there is none.
fn entries(path: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|error| unusable(path, &error))?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> =
        paths.collect::<Result<_, _>>().map_err(|error| unusable(path, &error))?;
    paths.sort();
    Ok(paths)
}

fn unusable(path: &Path, error: &std::io::Error) -> Error {
    Error::Folder { path: path.to_owned(), message: error.to_string() }
}

/// The last migration of an app is the one that `head` names.
fn check_head(graph: &Graph, app: &str, head: &str) -> Result<()> {
    let wrong = |message: String| {
        let migration = MigrationName { app: app.to_owned(), name: HEAD.to_owned() };
        Err(Error::File(FileError { migration, line: None, message }))
    };
    if head.contains(CONFLICT) {
        return wrong(
            "two branches have added migrations, and the conflict is not resolved".into(),
        );
    }
    let head = head.trim();
    let gone = "bring the file back, or, where it was removed on purpose, run `makemigrations`, which notes";
    match graph.leaves(app).as_slice() {
        [last] if last.name == head => Ok(()),
        // Two branches: that is said when something is run.
        [_, _, ..] => Ok(()),
        [last] if is_outdated(graph, app, head) => {
            wrong(format!("it names `{head}`, of which there is no file: {gone} `{}`", last.name))
        }
        [last] => wrong(format!("it names `{head}`, and the last one is `{}`", last.name)),
        [] => wrong(format!(
            "it names `{head}`, of which there is no file: {gone} that there is none"
        )),
    }
}

/// True for a `head` that names no migration that there is: its file was removed, or the `head` is in
/// conflict.
fn is_outdated(graph: &Graph, app: &str, head: &str) -> bool {
    let mut names = graph.files().map(|one| &one.name).filter(|name| name.app == app);
    head.contains(CONFLICT) || !names.any(|name| name.name == head.trim())
}

/// What a migration is written as. One that does nothing yet says how that is done.
fn text_of(migration: &Migration) -> String {
    let of_app = migration.dependencies.iter().filter(|one| one.app == migration.name.app);
    let is_merge = of_app.count() > 1;
    match migration.operations.is_empty() && migration.replaces.is_empty() && !is_merge {
        true => migration.to_toml() + TO_BE_FILLED,
        false => migration.to_toml(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Operation;

    fn migration(name: &str, dependencies: &[&str]) -> Migration {
        let of = |name: &str| MigrationName { app: "library".into(), name: name.into() };
        Migration {
            name: of(name),
            id: name.into(),
            dependencies: dependencies.iter().map(|name| of(name)).collect(),
            operations: vec![Operation::CreateSchema(name.into())],
            ..Migration::default()
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let path = std::env::temp_dir().join(format!("orm-migrate-{}", std::process::id()));
        let folder = Folder::new(&path);
        assert_eq!(folder.read().unwrap(), Graph::default());
        let all = [migration("0001_initial", &[]), migration("0002_more", &["0001_initial"])];
        folder.write(&all).unwrap();
        assert_eq!(folder.read().unwrap(), Graph::of(all.clone()).unwrap());
        let head = path.join("library/head");
        assert_eq!(fs::read_to_string(&head).unwrap(), "0002_more\n");
        assert!(folder.write(&all).is_err(), "they are there");

        let said = || folder.read().unwrap_err().to_string();
        fs::write(&head, "0001_initial\n").unwrap();
        assert_eq!(
            said(),
            "migration library.head: it names `0001_initial`, and the last one is `0002_more`"
        );
        assert_eq!(folder.mend_heads().unwrap(), [], "nothing was removed");
        fs::write(&head, "<<<<<<< ours\n0002_more\n=======\n0002_other\n>>>>>>>\n").unwrap();
        assert_eq!(
            said(),
            "migration library.head: two branches have added migrations, and the conflict is not \
             resolved"
        );
        assert_eq!(folder.mend_heads().unwrap(), [all[1].name.clone()], "one of them is gone");
        assert!(folder.read().is_ok());
        fs::remove_file(path.join("library/0002_more.toml")).unwrap();
        assert_eq!(
            said(),
            "migration library.head: it names `0002_more`, of which there is no file: bring the file \
             back, or, where it was removed on purpose, run `makemigrations`, which notes `0001_initial`"
        );
        assert_eq!(folder.mend_heads().unwrap(), [all[0].name.clone()]);
        assert_eq!(folder.read().unwrap(), Graph::of(all[..1].to_vec()).unwrap());
        fs::remove_dir_all(&path).unwrap();
    }
}
