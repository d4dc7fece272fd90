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
        let wall =
            format!("{:.2}{}", score.wall_ratio.middle, mark(score.wall_ratio.middle, aim.wall));
        let cpu = format!("{:.2}{}", score.cpu_ratio.middle, mark(score.cpu_ratio.middle, aim.cpu));
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

/// A scenario's line of the table of the book: wall ratio / CPU ratio, with their quartiles.
pub fn book_line(outcome: &Outcome<'_>) -> String {
    let Scenario { name, n, far, .. } = outcome.scenario;
    let reference = outcome.scores[0].map(|score| score.wall);
    let mut line = format!("| {name} | {} | {} |", grouped(*n), time(reference));
    for score in &outcome.scores[1..] {
        let _ = match score {
            None => write!(line, " – |"),
            // The client's process is also that of the proxy.
            Some(score) if *far => write!(line, " {} |", quartiles(score.wall_ratio)),
            Some(score) => {
                let (wall, cpu) = (quartiles(score.wall_ratio), quartiles(score.cpu_ratio));
                write!(line, " {wall} / {cpu} |")
            }
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

fn quartiles(of: Quartiles) -> String {
    format!("{:.2} ({:.2}–{:.2})", of.middle, of.low, of.high)
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
    use super::{book_head, book_line, grouped};
    use crate::contest::{Quartiles, Score};
    use crate::report::Outcome;
    use crate::scenario::READING;
    use std::time::Duration;

    #[test]
    fn lines_of_the_book_have_the_columns_of_their_head() {
        let ratio = |middle| Quartiles { low: middle - 0.1, middle, high: middle + 0.1 };
        let wall = Duration::from_micros(81);
        let score = Score { wall, wall_ratio: ratio(0.8), cpu_ratio: ratio(0.7) };
        let scores = vec![Some(score), Some(score), None];
        let line = book_line(&Outcome { scenario: &READING[0], scores });
        let expected = "| get by key | 1 | 81.0 µs | 0.80 (0.70–0.90) / 0.70 (0.60–0.80) | – |";
        assert_eq!(line, expected);
        let bars = |line: &str| line.matches('|').count();
        for head in book_head(&["by hand", "orm", "sqlx"]).lines() {
            assert_eq!(bars(head), bars(&line), "{head}");
        }
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([1, 999, 1_000, 100_000].map(grouped), ["1", "999", "1,000", "100,000"]);
    }
}
