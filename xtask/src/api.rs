//! The public API of the facade, written down: a change of it is read in a review.

mod facade;
mod lines;

use crate::{Result, root, rustdoc, text};
use facade::Facade;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where it is written down, a file for each module of the facade.
const DIRECTORY: &str = "tests/public_api";

/// Compares, or writes down.
pub fn run(words: &[String]) -> Result<()> {
    let record = match words {
        [] => false,
        [word] if word == "--record" => true,
        _ => return Err("`cargo xtask api` takes `--record` or nothing".into()),
    };
    let Some(libraries) = rustdoc::libraries()? else { return Ok(()) };
    let now = Facade::new(&libraries)?.files();
    let directory = root()?.join(DIRECTORY);
    if record { write(&directory, &now) } else { compare(&now, &read(&directory)?) }
}

/// The files of a directory, by name.
fn read(directory: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for path in paths(directory)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.insert(name, fs::read_to_string(&path).map_err(text)?);
    }
    Ok(files)
}

fn paths(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(text)).collect()
}

fn write(directory: &Path, files: &BTreeMap<String, String>) -> Result<()> {
    for path in paths(directory)? {
        fs::remove_file(path).map_err(text)?;
    }
    fs::create_dir_all(directory).map_err(text)?;
    for (name, text) in files {
        fs::write(directory.join(name), text).map_err(crate::text)?;
    }
    Ok(())
}

/// Fails with the lines that are new and those that are gone.
fn compare(now: &BTreeMap<String, String>, before: &BTreeMap<String, String>) -> Result<()> {
    let mut said = String::new();
    let names = now.keys().chain(before.keys().filter(|name| !now.contains_key(*name)));
    for name in names {
        let lines = |files: &BTreeMap<String, String>| -> Vec<String> {
            files
                .get(name)
                .map(|text| text.lines().map(str::to_owned).collect())
                .unwrap_or_default()
        };
        let (now, before) = (lines(now), lines(before));
        if now == before {
            continue;
        }
        said.push_str(&format!("{DIRECTORY}/{name}\n"));
        for (mark, one, other) in [("-", &before, &now), ("+", &now, &before)] {
            for line in surplus(one, other) {
                said.push_str(&format!("{mark} {line}\n"));
            }
        }
    }
    if said.is_empty() {
        return Ok(());
    }
    Err(format!("{said}the public API has changed; if that is meant: `cargo xtask api --record`"))
}

/// The lines of which the first text has more than the second.
fn surplus<'a>(one: &'a [String], other: &[String]) -> Vec<&'a str> {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for line in other {
        *left.entry(line).or_default() += 1;
    }
    let is_new = |line: &&String| match left.get_mut(line.as_str()) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    one.iter().filter(is_new).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("orm.txt".to_owned(), text.to_owned())])
    }

    #[test]
    fn what_is_new_and_what_is_gone_is_told() {
        assert!(compare(&files("a\nb\n"), &files("a\nb\n")).is_ok());
        let said = compare(&files("a\nc\nc\n"), &files("a\nb\nc\n")).unwrap_err();
        assert!(said.starts_with("tests/public_api/orm.txt\n- b\n+ c\nthe public API"), "{said}");
    }

    #[test]
    fn files_that_are_new_or_gone_are_told() {
        assert!(compare(&files("a\n"), &BTreeMap::new()).is_err());
        assert!(compare(&BTreeMap::new(), &files("a\n")).is_err());
    }
}
