//! Tables, for people and for programs.

use crate::Result;
use crate::command::Counted;
use crate::contest::Score;
use crate::scenario::Scenario;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

/// What came out of a scenario: a score for each contestant that could do it.
pub struct Outcome<'a> {
    /// What was asked.
    pub scenario: &'a Scenario,
    /// By contestant, the reference first.
    pub scores: Vec<Option<Score>>,
}

/// The head of the table for people.
pub fn head(names: &[&str]) -> String {
    let mut line = format!("{:<24} {:>7} {:>10}", "scenario", "n", names[0]);
    for name in &names[1..] {
        let _ = write!(line, " {name:>10} {:>6} {:>6}", "wall", "CPU");
    }
    line
}

/// A scenario's line of the table for people: times, ratios, and `!` where an aim is missed.
pub fn line(outcome: &Outcome<'_>) -> String {
    let Scenario { name, n, aim, .. } = outcome.scenario;
    let reference = outcome.scores[0].map(|score| score.wall);
    let mut line = format!("{name:<24} {n:>7} {:>10}", time(reference));
    for (place, score) in outcome.scores.iter().enumerate().skip(1) {
        let Some(score) = score else {
            let _ = write!(line, " {:>10} {:>6} {:>6}", "–", "–", "–");
            continue;
        };
        // Only we, who come second, have aims.
        let mark = |ratio, aim| if place == 1 && ratio > aim { "!" } else { " " };
        let wall = format!("{:.2}{}", score.wall_ratio, mark(score.wall_ratio, aim.wall));
        let cpu = format!("{:.2}{}", score.cpu_ratio, mark(score.cpu_ratio, aim.cpu));
        let _ = write!(line, " {:>10} {wall:>6} {cpu:>6}", time(Some(score.wall)));
    }
    line
}

/// The head of the table of memory.
pub fn memory_head(names: &[&str]) -> String {
    let mut line = format!("{:<24} {:>7}", "peak memory", "n");
    for name in names {
        let _ = write!(line, " {name:>12} {:>11}", "allocations");
    }
    line
}

/// A scenario's line of the table of memory.
pub fn memory_line(scenario: &Scenario, peaks: &[Counted]) -> String {
    let mut line = format!("{:<24} {:>7}", scenario.name, scenario.n);
    for Counted { allocations, peak_bytes } in peaks {
        let _ = write!(line, " {:>9} KiB {allocations:>11}", peak_bytes / 1024);
    }
    line
}

/// The table for programs. Times are microseconds; peers follow in threes of columns.
pub fn tsv(names: &[&str], outcomes: &[Outcome<'_>]) -> String {
    let mut text = String::from("scenario\tn\tours\treference\twall ratio\tcpu ratio");
    for name in names.iter().skip(2) {
        let _ = write!(text, "\t{name}\t{name} wall ratio\t{name} cpu ratio");
    }
    for Outcome { scenario, scores } in outcomes {
        let reference = micros(scores[0].map(|score| score.wall));
        let ours = scores.get(1).copied().flatten();
        let _ = write!(text, "\n{}\t{}\t", scenario.name, scenario.n);
        let _ = write!(text, "{}\t{reference}\t{}", micros(ours.map(|s| s.wall)), ratios(ours));
        for peer in scores.iter().skip(2) {
            let _ = write!(text, "\t{}\t{}", micros(peer.map(|s| s.wall)), ratios(*peer));
        }
    }
    text + "\n"
}

/// Writes a table to `target/bench/`, and says where.
///
/// # Errors
///
/// Where the file cannot be written.
pub fn write(name: &str, text: &str) -> Result<PathBuf> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let dir = target.join("bench");
    std::fs::create_dir_all(&dir)?;
    let file = dir.join(name);
    std::fs::write(&file, text)?;
    Ok(file)
}

fn ratios(score: Option<Score>) -> String {
    score.map_or_else(|| "\t".to_owned(), |s| format!("{:.3}\t{:.3}", s.wall_ratio, s.cpu_ratio))
}

fn micros(time: Option<Duration>) -> String {
    time.map_or_else(String::new, |time| format!("{:.3}", time.as_secs_f64() * 1e6))
}

/// A duration with three digits or so: `81.2 µs`.
pub fn time(time: Option<Duration>) -> String {
    let Some(time) = time else { return "–".to_owned() };
    let nanos = time.as_secs_f64() * 1e9;
    let (value, unit) = match nanos {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n => (n / 1e6, "ms"),
    };
    if value < 100.0 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}
