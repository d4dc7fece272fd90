//! What does not compile, and what the compiler says about it.
//!
//! The messages are compared word for word with `tests/ui/*.stderr`. Other versions of the
//! compiler word their part otherwise, so they are compared with one version only.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The version that has written the messages.
const RUSTC: &str = "rustc 1.95.";

/// No error is longer than that: the beginning of it fits a terminal.
const LINES: usize = 30;

#[test]
fn mistakes_do_not_compile() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output().expect("rustc runs");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if !version.starts_with(RUSTC) {
        println!("skipped: the messages are those of {RUSTC}*, and this is {}", version.trim());
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

#[test]
fn every_case_has_its_message() {
    let cases = files("rs");
    let messages = files("stderr");
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    assert_eq!(cases, messages, "a case without its `.stderr`, or the reverse");
}

#[test]
fn errors_are_short() {
    let too_long: Vec<String> = files("stderr")
        .iter()
        .flat_map(|name| errors(name).into_iter().map(move |error| (name, error)))
        .filter(|(_, error)| error.lines().count() > LINES)
        .map(|(name, error)| format!("{name}: {} lines", error.lines().count()))
        .collect();
    assert!(too_long.is_empty(), "errors of more than {LINES} lines: {too_long:#?}");
}

/// The cases in which the language leaves the first line to the compiler, with what it says.
const OF_THE_COMPILER: &[(&str, &[&str])] = &[];

#[test]
fn errors_begin_with_our_sentence() {
    let mut wrong = Vec::new();
    for name in files("stderr") {
        let first = errors(&name).first().map_or(String::new(), |error| first_line(error));
        let listed = OF_THE_COMPILER.iter().find(|(_, names)| names.contains(&name.as_str()));
        match listed {
            Some((says, _)) if first.contains(says) => {}
            None if ours(&first) => {}
            _ => wrong.push(format!("{name}: {first}")),
        }
    }
    assert!(wrong.is_empty(), "unexpected first lines: {wrong:#?}");
}

/// True for sentences of the library: those of the derive have no number, and those of
/// `#[diagnostic::on_unimplemented]` have E0277 and do not speak of trait bounds.
fn ours(first: &str) -> bool {
    let compiler =
        ["the trait bound", "type mismatch", "the size for", "cannot be sent", "literal"];
    let by_trait = first.starts_with("error[E0277]: ");
    let by_derive = first.starts_with("error: ");
    (by_trait || by_derive) && !compiler.iter().any(|words| first.contains(words))
}

/// The names of the files of a kind.
fn files(extension: &str) -> Vec<String> {
    let entries = fs::read_dir(directory()).expect("tests/ui is there");
    let paths = entries.map(|entry| entry.expect("tests/ui can be read").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    let stem = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut names: Vec<String> = paths.filter_map(stem).collect();
    names.sort();
    names
}

/// The errors of a case, one by one.
fn errors(name: &str) -> Vec<String> {
    let text = fs::read_to_string(directory().join(format!("{name}.stderr")));
    let text = text.expect("the message can be read");
    let mut errors: Vec<String> = Vec::new();
    for line in text.lines() {
        match errors.last_mut() {
            Some(error) if !line.starts_with("error") && !line.starts_with("warning") => {
                error.push_str(line);
                error.push('\n');
            }
            _ => errors.push(format!("{line}\n")),
        }
    }
    errors.iter().map(|error| error.trim_end().to_owned()).collect()
}

fn first_line(error: &str) -> String {
    error.lines().next().unwrap_or_default().to_owned()
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/ui")
}
