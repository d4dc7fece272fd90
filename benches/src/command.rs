//! Arguments, and what they ask for.

use crate::contest::{Effort, contest};
use crate::report::{self, Outcome};
use crate::scenario::{READING, Scenario};
use crate::{Result, building, contestant, data};
use std::process::ExitCode;

const USAGE: &str = "\
cargo run --release -p orm-bench -- [read|build] [--quick] [part of a scenario's name]…";

/// What is to be done.
#[derive(Debug, Default)]
struct Arguments {
    read: bool,
    build: bool,
    quick: bool,
    only: Vec<String>,
}

impl Arguments {
    fn parse(words: impl Iterator<Item = String>) -> Result<Arguments> {
        let mut arguments = Arguments::default();
        for word in words {
            match word.as_str() {
                "read" => arguments.read = true,
                "build" => arguments.build = true,
                "--quick" => arguments.quick = true,
                option if option.starts_with('-') => {
                    return Err(format!("there is no `{option}`\n{USAGE}").into());
                }
                _ => arguments.only.push(word),
            }
        }
        if !arguments.read && !arguments.build {
            (arguments.read, arguments.build) = (true, true);
        }
        Ok(arguments)
    }

    fn effort(&self) -> Effort {
        if self.quick { Effort::QUICK } else { Effort::FULL }
    }

    fn wants(&self, scenario: &Scenario) -> bool {
        let name = format!("{} {}", scenario.name, scenario.n);
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }
}

/// What a piece of work took.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// How many allocations.
    pub allocations: u64,
    /// The most bytes at one time, beyond those before.
    pub peak_bytes: u64,
}

/// Counts a piece of work.
pub type Counter<'a> = &'a dyn Fn(&mut dyn FnMut()) -> Counted;

/// The program that measures time.
pub fn timed() -> ExitCode {
    finish(Arguments::parse(std::env::args().skip(1)).and_then(|arguments| {
        if arguments.read {
            runtime()?.block_on(read(&arguments))?;
        }
        if arguments.build {
            build(&arguments)?;
        }
        Ok(())
    }))
}

/// The program that counts allocations and memory.
pub fn counted(counter: Counter<'_>) -> ExitCode {
    for way in building::WAYS {
        (way.make)(1);
        let counted = counter(&mut || {
            std::hint::black_box((way.make)(2));
        });
        println!("{}\t{}\t{}", way.name, counted.allocations, counted.peak_bytes);
    }
    ExitCode::SUCCESS
}

async fn read(arguments: &Arguments) -> Result<()> {
    let database = data::database().await?;
    let contestants = contestant::all(&database.url()).await?;
    let names: Vec<&str> = contestants.iter().map(|c| c.name()).collect();
    println!("{}", report::head(&names));
    let mut outcomes = Vec::new();
    for scenario in READING.iter().filter(|scenario| arguments.wants(scenario)) {
        let scores = contest(scenario, &contestants, arguments.effort()).await?;
        let outcome = Outcome { scenario, scores };
        println!("{}", report::line(&outcome));
        outcomes.push(outcome);
    }
    let file = report::write("table.tsv", &report::tsv(&names, &outcomes))?;
    println!("\nwritten to {}", file.display());
    Ok(())
}

fn build(arguments: &Arguments) -> Result<()> {
    println!("{}", building::text()?);
    for (way, time) in building::WAYS.iter().zip(building::times(arguments.effort())) {
        println!("{:<24} {:>10}", way.name, report::time(Some(time)));
    }
    Ok(())
}

/// One thread: the CPU time is then that of the client and nothing else.
fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

fn finish(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
