//! Tables, for people and for programs.

use crate::Result;
use crate::command::Counted;
use crate::contest::{Quartiles, Score};
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

impl Outcome<'_> {
    /// Whose wall time is the least.
    pub fn first(&self) -> Option<usize> {
        let wall = |score: &Option<Score>| score.map(|score| score.wall_ratio.middle);
        let ratios = self.scores.iter().map(wall).enumerate();
        let able = ratios.filter_map(|(place, ratio)| Some((place, ratio?)));
        able.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(place, _)| place)
    }
}

/// The head of the table for people: at last who is first.
pub fn head(names: &[&str]) -> String {
    let mut line = format!("{:<24} {:>7} {:>10}", "scenario", "n", names[0]);
    for name in &names[1..] {
        let _ = write!(line, " {name:>12} {:>6} {:>6}", "wall", "CPU");
    }
    line + "  first"
}

/// A scenario's line of the table for people: times, ratios, and `!` where an aim is missed.
pub fn line(names: &[&str], outcome: &Outcome<'_>) -> String {
    let Scenario { name, n, aim, .. } = outcome.scenario;
    let reference = outcome.scores[0].map(|score| score.wall);
    let mut line = format!("{name:<24} {n:>7} {:>10}", time(reference));
    for (place, score) in outcome.scores.iter().enumerate().skip(1) {
        let Some(score) = score else {
            let _ = write!(line, " {:>12} {:>6} {:>6}", "–", "–", "–");
            continue;
        };
        // Only we, who come second, have aims.
        let mark = |ratio, aim| if place == 1 && ratio > aim { "!" } else { " " };
        let wall =
            format!("{:.2}{}", score.wall_ratio.middle, mark(score.wall_ratio.middle, aim.wall));
        let cpu = format!("{:.2}{}", score.cpu_ratio.middle, mark(score.cpu_ratio.middle, aim.cpu));
        let _ = write!(line, " {:>12} {wall:>6} {cpu:>6}", time(Some(score.wall)));
    }
    line + "  " + outcome.first().map_or("–", |first| names[first])
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
pub fn memory_line(scenario: &Scenario, peaks: &[Option<Counted>]) -> String {
    let mut line = format!("{:<24} {:>7}", scenario.name, scenario.n);
    for peak in peaks {
        let _ = match peak {
            Some(Counted { allocations, peak_bytes }) => {
                write!(line, " {:>9} KiB {allocations:>11}", peak_bytes / 1024)
            }
            None => write!(line, " {:>13} {:>11}", "–", "–"),
        };
    }
    line
}

/// The head of the table of the book.
pub fn book_head(names: &[&str]) -> String {
    let head = format!("| scenario | rows | {}: wall |", names[0]);
    book_columns(head, &names[1..], 2, 1)
}

/// A scenario's line of the table of the book: wall ratio / CPU ratio, with their quartiles. Who is
/// first is bold.
pub fn book_line(outcome: &Outcome<'_>) -> String {
    let Scenario { name, n, far, .. } = outcome.scenario;
    let first = outcome.first();
    let reference = time(outcome.scores[0].map(|score| score.wall));
    let reference = if first == Some(0) { format!("**{reference}**") } else { reference };
    let mut line = format!("| {name} | {} | {reference} |", grouped(*n));
    for (place, score) in outcome.scores.iter().enumerate().skip(1) {
        let Some(score) = score else {
            line.push_str(" – |");
            continue;
        };
        let wall = quartiles(score.wall_ratio, first == Some(place));
        // The client's process is also that of the proxy.
        let _ = match far {
            true => write!(line, " {wall} |"),
            false => write!(line, " {wall} / {} |", quartiles(score.cpu_ratio, false)),
        };
    }
    line
}

/// The head of the book's table of memory.
pub fn book_memory_head(names: &[&str]) -> String {
    book_columns("| allocations, peak KiB | rows |".to_owned(), names, 1, 1)
}

/// A scenario's line of the book's table of memory.
pub fn book_memory_line(scenario: &Scenario, peaks: &[Option<Counted>]) -> String {
    let mut line = format!("| {} | {} |", scenario.name, grouped(scenario.n));
    for peak in peaks {
        let _ = match peak {
            Some(Counted { allocations, peak_bytes }) => {
                write!(line, " {}, {} |", grouped(*allocations), grouped(peak_bytes / 1024))
            }
            None => write!(line, " – |"),
        };
    }
    line
}

/// A column for each name after those of the head, of which one is text and others are numbers.
fn book_columns(mut head: String, names: &[&str], numbers: usize, texts: usize) -> String {
    for name in names {
        let _ = write!(head, " {name} |");
    }
    head + "\n|" + &"---|".repeat(texts) + &"--:|".repeat(numbers + names.len())
}

fn quartiles(of: Quartiles, bold: bool) -> String {
    let stars = if bold { "**" } else { "" };
    format!("{stars}{:.2}{stars} ({:.2}–{:.2})", of.middle, of.low, of.high)
}

/// `10,000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The table for programs. Times are microseconds; ratios are followed by their
/// quartiles; contestants follow in sevens of columns.
pub fn tsv(names: &[&str], outcomes: &[Outcome<'_>]) -> String {
    let mut text = String::from("scenario\tn\treference");
    for name in names.iter().skip(1) {
        let _ =
            write!(text, "\t{name}\t{name} wall ratio\t25 %\t75 %\t{name} CPU ratio\t25 %\t75 %");
    }
    for Outcome { scenario, scores } in outcomes {
        let reference = micros(scores[0].map(|score| score.wall));
        let _ = write!(text, "\n{}\t{}\t{reference}", scenario.name, scenario.n);
        for score in scores.iter().skip(1) {
            let _ = write!(text, "\t{}\t{}", micros(score.map(|s| s.wall)), ratios(*score));
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
    let Some(score) = score else { return "\t".repeat(5) };
    let of = |q: Quartiles| format!("{:.3}\t{:.3}\t{:.3}", q.middle, q.low, q.high);
    of(score.wall_ratio) + "\t" + &of(score.cpu_ratio)
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

#[cfg(test)]
mod tests {
    use super::{Outcome, book_head, book_line, grouped, head, line};
    use crate::contest::{Quartiles, Score};
    use crate::scenario::READING;
    use std::time::Duration;

    const NAMES: [&str; 4] = ["by hand", "orm", "diesel-async", "sqlx"];

    fn outcome(walls: [Option<f64>; 4]) -> Outcome<'static> {
        let ratio = |middle| Quartiles { low: middle - 0.1, middle, high: middle + 0.1 };
        let score = |wall| Score {
            wall: Duration::from_micros(81),
            wall_ratio: ratio(wall),
            cpu_ratio: ratio(0.7),
        };
        let scores = walls.iter().map(|wall| wall.map(score)).collect();
        Outcome { scenario: &READING[0], scores }
    }

    #[test]
    fn lines_of_the_book_have_the_columns_of_their_head() {
        let line = book_line(&outcome([Some(1.0), Some(0.8), None, None]));
        let expected =
            "| get by key | 1 | 81.0 µs | **0.80** (0.70–0.90) / 0.70 (0.60–0.80) | – | – |";
        assert_eq!(line, expected);
        let bars = |line: &str| line.matches('|').count();
        for head in book_head(&NAMES).lines() {
            assert_eq!(bars(head), bars(&line), "{head}");
        }
        let reference = book_line(&outcome([Some(1.0), Some(1.1), None, None]));
        assert!(reference.starts_with("| get by key | 1 | **81.0 µs** | 1.10 "), "{reference}");
    }

    #[test]
    fn lines_for_people_are_as_wide_as_their_head_and_say_who_is_first() {
        let of = |walls| line(&NAMES, &outcome(walls));
        let ours = of([Some(1.0), Some(0.9), None, Some(1.2)]);
        let width = |line: &str| line.chars().count();
        assert_eq!(width(&ours) - "orm".len(), width(&head(&NAMES)) - "first".len());
        assert!(ours.ends_with("  orm"), "{ours}");
        assert!(of([Some(1.0), Some(1.1), None, None]).ends_with("  by hand"));
        assert!(of([Some(1.0), Some(0.9), Some(0.8), None]).ends_with("  diesel-async"));
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([1, 999, 1_000, 100_000].map(grouped), ["1", "999", "1,000", "100,000"]);
    }
}
