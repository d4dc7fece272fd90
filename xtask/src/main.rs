//! Chores of the project: `cargo xtask`.

mod compile_time;
mod models;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask compile-time [--cold] [number of models]…
    CPU time of checking and building crates of so many models (1, 50 and 200 if none are named),
    and the crates that the facade brings; with --cold also the time to build those";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.split_first() {
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
