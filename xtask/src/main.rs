//! Chores of the project: `cargo xtask`.

mod api;
mod compile_time;
mod deps;
mod docs;
mod features;
mod models;
mod rustdoc;
mod source;
mod structure;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What a task has to say when it fails.
type Result<T> = std::result::Result<T, String>;

const USAGE: &str = "\
cargo xtask structure [order | lengths | lints | sql]
    fails on an edge between modules against the order that ARCHITECTURE.md states, on files and
    functions that are too long, on libraries that do not deny what may panic, on SQL that is
    written outside of the writer
cargo xtask deps
    fails on licences, on crates in several versions that Cargo.toml does not allow, and on
    dependencies without a reason
cargo xtask features
    checks every library without its features and with each of them alone
cargo xtask docs [--count]
    fails on public methods without an example, and on SQL in documentation that nothing checks
cargo xtask api [--record]
    fails when the public API of the facade is another one than that in tests/public_api; with
    --record writes it down
cargo xtask compile-time [--cold] [number of models]…
    CPU time of checking and building crates of so many models (1, 50 and 200 if none are named),
    and the crates that the facade brings; with --cold also the time to build those";

fn main() -> ExitCode {
    if let Some(code) = rustdoc::stand_in() {
        return code;
    }
    let words: Vec<String> = env::args().skip(1).collect();
    let done = match words.split_first() {
        Some((task, rest)) if task == "structure" => structure::run(rest),
        Some((task, rest)) if task == "deps" => deps::run(rest),
        Some((task, rest)) if task == "features" => features::run(rest),
        Some((task, rest)) if task == "docs" => docs::run(rest),
        Some((task, rest)) if task == "api" => api::run(rest),
        Some((task, rest)) if task == "compile-time" => compile_time::run(rest),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The directory of the workspace.
fn root() -> Result<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().map(Path::to_owned).ok_or_else(|| "there is no workspace".to_owned())
}

/// The cargo that runs this.
fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Where cargo builds.
fn target(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// An error as its text.
fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
