//! The page "First project" of the book, followed from an empty folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PAGE: &str = include_str!("../docs/book/first-project.md");

/// The files of the page: a name in bold, and the next block of code.
fn files() -> Vec<(&'static str, String)> {
    let mut files = Vec::new();
    let mut name = None;
    let mut code: Option<String> = None;
    for line in PAGE.lines() {
        if let Some(text) = &mut code {
            if line == "```" {
                let text = code.take().unwrap_or_default();
                files.extend(name.take().map(|name| (name, text)));
            } else {
                text.push_str(line);
                text.push('\n');
            }
        } else if let Some(rest) = line.strip_prefix("**`") {
            name = rest.split_once("`**").map(|(name, _)| name);
        } else if line.starts_with("```") {
            code = Some(String::new());
        }
    }
    files
}

/// The target directory of the tests that run: what is compiled there is not compiled again.
fn target() -> PathBuf {
    let program = std::env::current_exe().expect("the path of this program");
    let target =
        program.ancestors().find(|path| path.ends_with("debug") || path.ends_with("release"));
    target.and_then(Path::parent).expect("a target directory").to_owned()
}

#[test]
fn the_first_project_compiles_and_its_test_passes() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = target().join("first-project");
    if project.exists() {
        fs::remove_dir_all(&project).expect("an old project is removed");
    }
    let files = files();
    assert_eq!(files.len(), 7, "files of the page");
    for (name, text) in files {
        let path = project.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
        let mut text = text.replace("../orm", &workspace.display().to_string());
        if name == "Cargo.toml" {
            // The folder is within this repository, and no part of its workspace.
            text += "\n[workspace]\n[profile.dev]\ndebug = \"line-tables-only\"\n";
        }
        fs::write(path, text).expect("a file is written");
    }
    // The versions that are tested here, so that nothing is downloaded.
    fs::copy(workspace.join("Cargo.lock"), project.join("Cargo.lock")).expect("the versions");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let run = Command::new(cargo)
        .args(["test", "--offline", "--quiet"])
        .current_dir(&project)
        .env("CARGO_TARGET_DIR", target())
        .output()
        .expect("cargo runs");
    let said = [run.stdout, run.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(run.status.success(), "{}", said.join("\n"));
    assert!(said[0].contains("1 passed"), "{}", said.join("\n"));
}
