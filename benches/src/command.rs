//! Arguments, and what they ask for.

use crate::contest::{Effort, contest};
use crate::contestant::Contestant;
use crate::cores::{self, Cores};
use crate::report::{self, Outcome};
use crate::scenario::{READING, Scenario, WRITING};
use crate::{Result, building, contestant, data, distance, instructions, lines, pooled};
use orm_testkit::TestDatabase;
use std::fmt::Write as _;
use std::process::{Command, ExitCode};

const USAGE: &str = "\
cargo run --release [--features peers] -- [read|write|build|pool|book|instructions|lines] \
[--quick] [--check] [--cores apart|one|free] [part of a scenario's name, or of a contestant's in `pool`]…";

/// What is to be done.
#[derive(Debug, Default)]
struct Arguments {
    read: bool,
    write: bool,
    build: bool,
    pool: bool,
    /// Reading and writing, as the tables of the book.
    book: bool,
    instructions: bool,
    lines: bool,
    check: bool,
    quick: bool,
    cores: Cores,
    only: Vec<String>,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments> {
        let mut arguments = Arguments::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "read" => arguments.read = true,
                "write" => arguments.write = true,
                "build" => arguments.build = true,
                "pool" => arguments.pool = true,
                "book" => arguments.book = true,
                "instructions" => arguments.instructions = true,
                "lines" => arguments.lines = true,
                "--check" => arguments.check = true,
                "--quick" => arguments.quick = true,
                "--cores" => arguments.cores = Cores::parse(&words.next().unwrap_or_default())?,
                option if option.starts_with('-') => {
                    return Err(format!("there is no `{option}`\n{USAGE}").into());
                }
                _ => arguments.only.push(word),
            }
        }
        arguments.completed()
    }

    /// With everything, where nothing is named.
    fn completed(mut self) -> Result<Arguments> {
        if self.check && !self.instructions {
            return Err("`--check` is for `instructions`".into());
        }
        let counts = self.instructions || self.lines;
        let some = self.read || self.write || self.build || self.pool || counts;
        if self.book {
            (self.read, self.write) = (true, true);
        } else if !some {
            (self.read, self.write, self.build, self.pool) = (true, true, true, true);
        }
        Ok(self)
    }

    fn effort(&self) -> Effort {
        if self.quick { Effort::QUICK } else { Effort::FULL }
    }

    /// The scenarios that are asked for.
    fn scenarios(&self) -> impl Iterator<Item = &'static Scenario> {
        let reading = READING.iter().filter(|_| self.read);
        let writing = WRITING.iter().filter(|_| self.write);
        reading.chain(writing).filter(|scenario| scenario.is_among(&self.only))
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
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|first| first == lines::WHERE) {
        lines::say_where();
        return ExitCode::SUCCESS;
    }
    if let [first, rest @ ..] = &words[..]
        && first == instructions::CHILD
    {
        return finish(runtime().and_then(|runtime| instructions::one(&runtime, rest)));
    }
    finish(arguments().and_then(|arguments| measure(&arguments)))
}

fn measure(arguments: &Arguments) -> Result<()> {
    if arguments.instructions {
        instructions::run(&runtime()?, arguments.check, &arguments.only)?;
    }
    if arguments.lines {
        lines::run(&runtime()?, &arguments.only)?;
    }
    if arguments.read || arguments.write {
        let all = cores::all()?;
        arguments.cores.bind_client()?;
        runtime()?.block_on(run(arguments, &all))?;
        // What follows has all cores again.
        cores::free(&all)?;
    }
    if arguments.build {
        build(arguments)?;
    }
    if arguments.pool {
        let effort = if arguments.quick { pooled::Effort::QUICK } else { pooled::Effort::FULL };
        pooled::run(effort, &arguments.only)?;
    }
    if arguments.read || arguments.write || arguments.build {
        count_elsewhere()?;
    }
    Ok(())
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
    command.args(["run", "--quiet", "--release"]);
    command.args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    // The same contestants.
    command.arg("--features").arg(contestant::FEATURES.join(","));
    command.args(["--bin", "orm-bench-counted", "--"]).args(std::env::args().skip(1));
    match command.status()?.success() {
        true => Ok(()),
        false => Err("orm-bench-counted failed".into()),
    }
}

/// Contestants by where the server is.
struct Contestants {
    near: Vec<Box<dyn Contestant>>,
    far: Vec<Box<dyn Contestant>>,
}

impl Contestants {
    async fn connect(database: &TestDatabase, far: bool) -> Result<Contestants> {
        let url = database.url();
        let near = contestant::all(&url).await?;
        let far = if far { contestant::all(&distance::proxied(&url)?).await? } else { Vec::new() };
        Ok(Contestants { near, far })
    }

    fn of(&self, scenario: &Scenario) -> &[Box<dyn Contestant>] {
        if scenario.far { &self.far } else { &self.near }
    }

    fn names(&self) -> Vec<&'static str> {
        self.near.iter().map(|contestant| contestant.name()).collect()
    }
}

async fn run(arguments: &Arguments, all: &rustix::thread::CpuSet) -> Result<()> {
    let database = data::database().await?;
    let _bound = arguments.cores.bind(&database, all).await?;
    let far = arguments.scenarios().any(|scenario| scenario.far);
    let contestants = Contestants::connect(&database, far).await?;
    let names = contestants.names();
    let head = if arguments.book { report::book_head(&names) } else { report::head(&names) };
    println!("{head}");
    let mut outcomes = Vec::new();
    for scenario in arguments.scenarios() {
        let effort = arguments.effort();
        let scores = contest(scenario, contestants.of(scenario), &database, effort).await?;
        let outcome = Outcome { scenario, scores };
        println!(
            "{}",
            match arguments.book {
                true => report::book_line(&outcome),
                false => report::line(&names, &outcome),
            }
        );
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
    let book = arguments.book;
    let head = if book { report::book_memory_head(&names) } else { report::memory_head(&names) };
    println!("\n{head}");
    let mut table = String::from("scenario\tn\tcontestant\tpeak bytes\tallocations\n");
    for scenario in arguments.scenarios().filter(|scenario| !scenario.far) {
        let mut peaks = Vec::new();
        for contestant in &contestants {
            if scenario.task.writes() {
                runtime.block_on(data::reset(&database, scenario.task))?;
            }
            let run = || contestant.run(&scenario.task).map(|run| runtime.block_on(run));
            // Before, for what is kept: statements, and what a thread copies of them; buffers.
            if run().transpose()?.is_none() {
                peaks.push(None);
                continue;
            }
            run().transpose()?;
            let counted = counter(&mut || drop(run()));
            let (name, n) = (scenario.name, scenario.n);
            let Counted { allocations, peak_bytes } = counted;
            let _ =
                writeln!(table, "{name}\t{n}\t{}\t{peak_bytes}\t{allocations}", contestant.name());
            peaks.push(Some(counted));
        }
        let line = if book { report::book_memory_line } else { report::memory_line };
        println!("{}", line(scenario, &peaks));
    }
    report::write("memory.tsv", &table)?;
    Ok(())
}

fn build(arguments: &Arguments) -> Result<()> {
    let threads =
        std::thread::available_parallelism().map_or(1, |cores| cores.get().min(64) as u32);
    let alone = building::times(arguments.effort(), 1);
    let together = building::times(arguments.effort(), threads);
    let many = format!("{threads} threads");
    println!("\n{}\n\n{:<30} {:>11} {many:>11}", building::text()?, "a query built", "1 thread");
    let mut table = format!("way\tmicroseconds of CPU\tof each of {threads} threads\n");
    for ((way, alone), together) in building::WAYS.iter().zip(alone).zip(together) {
        let [one, all] = [alone, together].map(|time| report::time(Some(time)));
        println!("{:<30} {one:>11} {all:>11}", way.name);
        let [one, all] = [alone, together].map(|time| time.as_secs_f64() * 1e6);
        let _ = writeln!(table, "{}\t{one:.3}\t{all:.3}", way.name);
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
