//! Instructions of one call, counted by valgrind: they hardly depend on the machine's mood, so a check
//! can fail by a few percent.
//!
//! A child runs for each contestant and scenario: this program under callgrind, which counts inside of
//! one function only. Large answers are left out: how many reads they take depends on how their
//! packets arrive.

use crate::contestant::{self, Contestant};
use crate::scenario::{READING, Scenario, Task, WRITING, scenario};
use crate::{Result, data};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// Where the numbers are kept.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.tsv");
/// The word for a child that is counted.
pub const CHILD: &str = "counted-child";
/// Beside whom we are counted.
pub const BY_HAND: &str = "by hand";
const HEAD: &str = "scenario\tn\tcontestant\tinstructions\n";
/// What may be more than before, in percent.
const TOLERANCE: u64 = 5;
/// Calls before those that are counted, for what is kept: statements, shapes, buffers.
pub const WARM: usize = 20;
/// Calls that are counted.
pub const COUNTED: usize = 100;

/// COPY of fewer rows than are timed.
const COPY: Scenario = scenario("COPY in", 1_000, Task::CopyIn(1_000), 0.9, 0.7);

/// Instructions of one call, by scenario, number of rows, and contestant.
type Counts = BTreeMap<(String, u64, String), u64>;

/// Counts, and writes the file or compares with it.
///
/// # Errors
///
/// Where valgrind is missing or fails, and where a call of ours takes more than the file says.
pub fn run(runtime: &tokio::runtime::Runtime, check: bool, only: &[String]) -> Result<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Err("valgrind is missing: install it to count instructions".into());
    }
    let known = if Path::new(FILE).exists() {
        parse(&std::fs::read_to_string(FILE)?)?
    } else {
        Counts::new()
    };
    let database = runtime.block_on(data::database())?;
    let mut found = Counts::new();
    println!("{:<24} {:>6} {:<10} {:>12} {:>12}", "scenario", "n", "", "instructions", "before");
    for scenario in counted().filter(|scenario| scenario.is_among(only)) {
        for name in [BY_HAND, "orm"] {
            if scenario.task.writes() {
                runtime.block_on(data::reset(&database, scenario.task))?;
            }
            let key = (scenario.name.to_owned(), scenario.n, name.to_owned());
            let count = || count(&database.url(), scenario, name);
            let count = least(known.get(&key).filter(|_| check).copied(), count)?;
            let before = known.get(&key).map_or_else(|| "–".to_owned(), u64::to_string);
            println!("{:<24} {:>6} {name:<10} {count:>12} {before:>12}", scenario.name, scenario.n);
            found.insert(key, count);
        }
    }
    if check {
        return compare(&known, &found);
    }
    let mut all = known;
    all.extend(found);
    std::fs::write(FILE, text(&all))?;
    println!("\nwritten to {FILE}");
    Ok(())
}

/// What is counted, or the least of three where that is more than before: a busy machine adds polls
/// that find nothing.
fn least(before: Option<u64>, count: impl Fn() -> Result<u64>) -> Result<u64> {
    let mut found = count()?;
    for _ in 0..2 {
        if before.is_some_and(|before| is_more(found, before)) {
            found = found.min(count()?);
        }
    }
    Ok(found)
}

fn is_more(now: u64, before: u64) -> bool {
    now * 100 > before * (100 + TOLERANCE)
}

/// Those whose count can be repeated.
pub fn counted() -> impl Iterator<Item = &'static Scenario> {
    let is_counted = |s: &&Scenario| match s.task {
        Task::Stream(_) | Task::CopyIn(_) => false,
        Task::BulkUpdate(_) => true,
        _ => !s.far && s.n <= 100,
    };
    READING.iter().chain(WRITING).filter(is_counted).chain([&COPY])
}

/// Runs the child under callgrind, and reads what it counted.
fn count(url: &str, scenario: &Scenario, contestant: &str) -> Result<u64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.args(["--collect-atstart=no", "--toggle-collect=*counted_calls*"]);
    command.arg(std::env::current_exe()?).args([CHILD, url, contestant, scenario.name]);
    let output = command.arg(scenario.n.to_string()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected =
        said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse::<u64>().ok());
    match collected.filter(|_| output.status.success()) {
        Some(0) => Err("callgrind has not found the function: is the program stripped?".into()),
        Some(all) => Ok(all / COUNTED as u64),
        None => Err(format!("callgrind failed: {said}").into()),
    }
}

/// What the child does.
///
/// # Errors
///
/// Where it is called by somebody else, and the contestant's.
pub fn one(runtime: &tokio::runtime::Runtime, words: &[String]) -> Result<()> {
    let [url, name, scenario, n] = words else {
        return Err("this is for the program itself".into());
    };
    let n: u64 = n.parse()?;
    let scenario = counted().find(|other| other.name == scenario && other.n == n);
    let task = &scenario.ok_or("there is no such scenario")?.task;
    let all = runtime.block_on(contestant::both(url))?;
    let contestant =
        all.iter().find(|one| one.name() == name).ok_or("there is no such contestant")?;
    calls(runtime, &**contestant, task, WARM)?;
    counted_calls(runtime, &**contestant, task, COUNTED)
}

/// What callgrind looks for, by its name. All that happens meanwhile is on this one thread.
#[inline(never)]
fn counted_calls(
    runtime: &tokio::runtime::Runtime,
    contestant: &dyn Contestant,
    task: &Task,
    times: usize,
) -> Result<()> {
    std::hint::black_box(calls(runtime, contestant, task, std::hint::black_box(times)))
}

/// Runs where a call begins, for what looks at addresses.
#[inline(never)]
pub fn call_begins() {
    std::hint::black_box(());
}

fn calls(
    runtime: &tokio::runtime::Runtime,
    contestant: &dyn Contestant,
    task: &Task,
    times: usize,
) -> Result<()> {
    runtime.block_on(async {
        for _ in 0..times {
            call_begins();
            if let Some(run) = contestant.run(task) {
                std::hint::black_box(run.await?);
            }
        }
        Ok(())
    })
}

/// Another machine, with another allocator or another way to copy memory, or another compiler: there the
/// code by hand takes another number of instructions, too, by so much in the middle.
const ANOTHER: f64 = 0.02;

/// How many times as many instructions the code by hand takes as it did; 1 where that is not known.
fn machine(known: &Counts, found: &Counts) -> f64 {
    let by_hand = known.iter().filter(|((.., contestant), _)| contestant == BY_HAND);
    let ratios = by_hand.filter_map(|(key, was)| Some(*found.get(key)? as f64 / *was as f64));
    crate::contest::median(ratios.collect()).unwrap_or(1.0)
}

/// Only ours can fail: what others need is theirs. Where the code by hand takes more than it did, ours may
/// take more by as much; on another machine nothing is said.
fn compare(known: &Counts, found: &Counts) -> Result<()> {
    let mut problems = String::new();
    for (key @ (scenario, n, contestant), now) in found {
        let by_hand = (scenario.clone(), *n, BY_HAND.to_owned());
        let by_hand = known.get(&by_hand).zip(found.get(&by_hand));
        let (was, is) = by_hand.filter(|(was, is)| is > was).unwrap_or((&1, &1));
        match known.get(key) {
            _ if contestant != "orm" => {}
            Some(before) if !is_more(*now, before * is / was) => {}
            Some(before) => {
                writeln!(problems, "{scenario}, {n}: {now} instructions, {before} before")?;
            }
            None => writeln!(problems, "{scenario}, {n}: is not in the file")?,
        }
    }
    let machine = machine(known, found);
    if (machine - 1.0).abs() > ANOTHER {
        println!(
            "\nanother machine or compiler: the code by hand takes {machine:.2} times as much"
        );
        print!("{problems}");
        return Ok(());
    }
    if problems.is_empty() {
        return Ok(());
    }
    let again = "If that is meant, run `instructions` without `--check`, and commit the file.";
    Err(format!("\n{problems}{again}").into())
}

fn text(counts: &Counts) -> String {
    let mut text = HEAD.to_owned();
    for ((scenario, n, contestant), count) in counts {
        let _ = writeln!(text, "{scenario}\t{n}\t{contestant}\t{count}");
    }
    text
}

fn parse(text: &str) -> Result<Counts> {
    let mut counts = Counts::new();
    for line in text.lines().skip(1) {
        let [scenario, n, contestant, count] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("{FILE}: `{line}` has not four columns").into());
        };
        counts.insert((scenario.to_owned(), n.parse()?, contestant.to_owned()), count.parse()?);
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::{Counts, compare, parse, text};

    fn counts(contestant: &str, count: u64) -> Counts {
        Counts::from([(("get".to_owned(), 1, contestant.to_owned()), count)])
    }

    #[test]
    fn ours_may_be_five_percent_more() {
        let known = counts("orm", 1_000);
        assert!(compare(&known, &counts("orm", 1_050)).is_ok());
        assert!(compare(&known, &counts("orm", 700)).is_ok());
        let error = compare(&known, &counts("orm", 1_051)).unwrap_err().to_string();
        assert!(error.contains("get, 1: 1051 instructions, 1000 before"), "{error}");
        assert!(compare(&Counts::new(), &counts("orm", 1)).is_err());
        assert!(compare(&counts("by hand", 1), &counts("by hand", 2)).is_ok());
    }

    #[test]
    fn another_machine_is_no_fault_of_ours() {
        let both = |by_hand: u64, orm: u64| {
            let mut both = counts("by hand", by_hand);
            both.extend(counts("orm", orm));
            both
        };
        let known = both(1_000, 1_000);
        assert!(compare(&known, &both(1_100, 2_000)).is_ok());
        assert!(compare(&known, &both(900, 2_000)).is_ok());
        assert!(compare(&known, &both(1_010, 1_060)).is_ok());
        assert!(compare(&known, &both(1_010, 1_070)).is_err());
        assert!(compare(&known, &both(990, 1_060)).is_err());
    }

    #[test]
    fn the_file_is_read_as_it_is_written() {
        let mut both = counts("orm", 12_345);
        both.extend(counts("by hand", 678));
        assert_eq!(parse(&text(&both)).unwrap(), both);
        assert!(parse("head\nget\t1\torm").is_err());
    }
}
