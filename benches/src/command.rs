//! Arguments, and what they ask for.

use crate::contest::{Effort, contest};
use crate::report::{self, Outcome};
use crate::scenario::{READING, Scenario, WRITING};
use crate::{Result, building, contestant, data, pooled};
use std::fmt::Write as _;
use std::process::{Command, ExitCode};

const USAGE: &str = "\
cargo run --release -p orm-bench -- [read|write|build|pool] [--quick] [part of a scenario's name]…";

/// What is to be done.
#[derive(Debug, Default)]
struct Arguments {
    read: bool,
    write: bool,
    build: bool,
    pool: bool,
    quick: bool,
    only: Vec<String>,
}

impl Arguments {
    fn parse(words: impl Iterator<Item = String>) -> Result<Arguments> {
        let mut arguments = Arguments::default();
        for word in words {
            match word.as_str() {
                "read" => arguments.read = true,
                "write" => arguments.write = true,
                "build" => arguments.build = true,
                "pool" => arguments.pool = true,
                "--quick" => arguments.quick = true,
                option if option.starts_with('-') => {
                    return Err(format!("there is no `{option}`\n{USAGE}").into());
                }
                _ => arguments.only.push(word),
            }
        }
        let none = !arguments.read && !arguments.write && !arguments.build && !arguments.pool;
        if none {
            arguments = Arguments { read: true, write: true, build: true, pool: true, ..arguments };
        }
        Ok(arguments)
    }

    fn effort(&self) -> Effort {
        if self.quick { Effort::QUICK } else { Effort::FULL }
    }

    /// The scenarios that are asked for.
    fn scenarios(&self) -> impl Iterator<Item = &'static Scenario> {
        let reading = READING.iter().filter(|_| self.read);
        let writing = WRITING.iter().filter(|_| self.write);
        reading.chain(writing).filter(|scenario| {
            let name = format!("{} {}", scenario.name, scenario.n);
            self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
        })
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
    finish(arguments().and_then(|arguments| {
        if arguments.read || arguments.write {
            runtime()?.block_on(run(&arguments))?;
        }
        if arguments.build {
            build(&arguments)?;
        }
        if arguments.pool {
            let effort = if arguments.quick { pooled::Effort::QUICK } else { pooled::Effort::FULL };
            pooled::run(effort)?;
        }
        if arguments.read || arguments.write || arguments.build {
            count_elsewhere()
        } else {
            Ok(())
        }
    }))
}

/// The program that counts allocations and memory.
pub fn counted(counter: Counter<'_>) -> ExitCode {
    finish(arguments().and_then(|arguments| {
        if arguments.build {
            println!("\n{:<30} {:>11}", "a query built", "allocations");
            for (way, counted) in building::WAYS.iter().zip(building::allocations(counter)) {
                println!("{:<30} {:>11}", way.name, counted.allocations);
            }
        }
        let runs = arguments.read || arguments.write;
        if runs { memory(&arguments, counter) } else { Ok(()) }
    }))
}

fn arguments() -> Result<Arguments> {
    Arguments::parse(std::env::args().skip(1))
}

/// Runs the program that counts, with the same arguments. Cargo builds it first.
fn count_elsewhere() -> Result<()> {
    let Some(cargo) = std::env::var_os("CARGO") else {
        println!("\nrun `orm-bench-counted` for allocations and memory");
        return Ok(());
    };
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--release", "--package", "orm-bench"]);
    command.args(["--bin", "orm-bench-counted", "--"]).args(std::env::args().skip(1));
    match command.status()?.success() {
        true => Ok(()),
        false => Err("orm-bench-counted failed".into()),
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    let database = data::database().await?;
    let contestants = contestant::all(&database.url()).await?;
    let names: Vec<&str> = contestants.iter().map(|c| c.name()).collect();
    println!("{}", report::head(&names));
    let mut outcomes = Vec::new();
    for scenario in arguments.scenarios() {
        let scores = contest(scenario, &contestants, &database, arguments.effort()).await?;
        let outcome = Outcome { scenario, scores };
        println!("{}", report::line(&outcome));
        outcomes.push(outcome);
    }
    let file = report::write("table.tsv", &report::tsv(&names, &outcomes))?;
    println!("\nwritten to {}", file.display());
    Ok(())
}

/// The most memory that each contestant takes for a scenario, beyond what it had before.
fn memory(arguments: &Arguments, counter: Counter<'_>) -> Result<()> {
    let runtime = runtime()?;
    let database = runtime.block_on(data::database())?;
    let contestants = runtime.block_on(contestant::all(&database.url()))?;
    let names: Vec<&str> = contestants.iter().map(|c| c.name()).collect();
    println!("\n{}", report::memory_head(&names));
    let mut table = String::from("scenario\tn\tcontestant\tpeak bytes\tallocations\n");
    for scenario in arguments.scenarios() {
        let mut peaks = Vec::new();
        for contestant in &contestants {
            let run = || contestant.run(&scenario.task).map(|run| runtime.block_on(run));
            // Once before, for what is kept: statements, buffers.
            run().transpose()?;
            let counted = counter(&mut || drop(run()));
            let (name, n) = (scenario.name, scenario.n);
            let Counted { allocations, peak_bytes } = counted;
            let _ =
                writeln!(table, "{name}\t{n}\t{}\t{peak_bytes}\t{allocations}", contestant.name());
            peaks.push(counted);
        }
        println!("{}", report::memory_line(scenario, &peaks));
    }
    report::write("memory.tsv", &table)?;
    Ok(())
}

fn build(arguments: &Arguments) -> Result<()> {
    let times = building::times(arguments.effort());
    println!("\n{}\n\n{:<30} {:>11}", building::text()?, "a query built", "time");
    let mut table = String::from("way\tmicroseconds of CPU\n");
    for (way, time) in building::WAYS.iter().zip(times) {
        println!("{:<30} {:>11}", way.name, report::time(Some(time)));
        let _ = writeln!(table, "{}\t{:.3}", way.name, time.as_secs_f64() * 1e6);
    }
    report::write("build.tsv", &table)?;
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
