//! How much memory one call touches, by valgrind: the lines of 64 bytes that it runs code from, and those
//! that it reads or writes.
//!
//! Between two calls the server has its turn, and what it does drives the client out of the caches. So a
//! small call takes as long as it takes to fetch what it touches, far more than by the number of its
//! instructions.

use crate::instructions::{self, BY_HAND, COUNTED, WARM};
use crate::scenario::Scenario;
use crate::{Result, data};
use std::collections::{HashMap, HashSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

/// The word for a child that says where a call begins.
pub const WHERE: &str = "where-child";
/// Calls of more rows take long to trace.
const MOST_ROWS: u64 = 10;
const LINE: u64 = 64;
const PAGE: u64 = 4_096;

/// Lines of code and of data, and how many pages these are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Touched {
    code: usize,
    code_pages: usize,
    data: usize,
    data_pages: usize,
}

/// Traces, and prints a table.
///
/// # Errors
///
/// Where valgrind is missing or fails.
pub fn run(runtime: &tokio::runtime::Runtime, only: &[String]) -> Result<()> {
    let database = runtime.block_on(data::database())?;
    let begins = begins()?;
    println!("lines of 64 bytes that one call touches, and their pages");
    println!("{:<24} {:>4} {:<10} {:>12} {:>12}", "scenario", "n", "", "code", "data");
    let few = |scenario: &&Scenario| scenario.n <= MOST_ROWS && scenario.is_among(only);
    for scenario in instructions::counted().filter(few) {
        for name in [BY_HAND, "orm"] {
            if scenario.task.writes() {
                runtime.block_on(data::reset(&database, scenario.task))?;
            }
            let touched = touched(&database.url(), scenario, name, begins)?;
            let Touched { code, code_pages, data, data_pages } = touched;
            println!(
                "{:<24} {:>4} {name:<10} {code:>6} ({code_pages:>3}) {data:>6} ({data_pages:>3})",
                scenario.name, scenario.n
            );
        }
    }
    Ok(())
}

/// The address at which a call begins. It is the same in each child, since valgrind loads programs where it
/// always does.
fn begins() -> Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=none", "--quiet"]).arg(std::env::current_exe()?).arg(WHERE);
    let said = valgrind.output().map_err(|_| "valgrind is missing: install it to trace calls")?;
    Ok(u64::from_str_radix(String::from_utf8(said.stdout)?.trim(), 16)?)
}

/// What the child says that is asked for it.
pub fn say_where() {
    println!("{:x}", (instructions::call_begins as fn() as *const ()).addr());
}

fn touched(url: &str, scenario: &Scenario, contestant: &str, begins: u64) -> Result<Touched> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=lackey", "--trace-mem=yes"]);
    valgrind.arg(std::env::current_exe()?).args([instructions::CHILD, url, contestant]);
    valgrind.arg(scenario.name).arg(scenario.n.to_string());
    let mut child = valgrind.stderr(Stdio::piped()).spawn()?;
    let trace = child.stderr.take().ok_or("no trace")?;
    let mut calls = Calls::new(begins);
    let (mut trace, mut line) = (BufReader::with_capacity(1 << 20, trace), Vec::new());
    while trace.read_until(b'\n', &mut line)? > 0 {
        calls.add(&line);
        line.clear();
    }
    match (child.wait()?.success(), calls.begun) {
        (true, begun) if begun == WARM + COUNTED => Ok(calls.touched()),
        (true, begun) => Err(format!("{begun} calls were seen in the trace").into()),
        (false, _) => Err("the child failed".into()),
    }
}

/// What is seen in a trace.
struct Calls {
    begins: u64,
    /// How many have begun.
    begun: usize,
    code: Seen,
    data: Seen,
}

/// Lines by how many calls have touched them.
#[derive(Default)]
struct Seen {
    /// Those of the call that is under way.
    now: HashSet<u64>,
    all: HashMap<u64, usize>,
}

impl Seen {
    fn next(&mut self, counts: bool) {
        for line in self.now.drain().filter(|_| counts) {
            *self.all.entry(line).or_default() += 1;
        }
    }

    /// Lines that most calls have touched, and their pages.
    fn most(&self) -> (usize, usize) {
        let most = self.all.iter().filter(|(_, calls)| **calls > COUNTED / 2);
        let lines: Vec<u64> = most.map(|(line, _)| *line).collect();
        let pages: HashSet<u64> = lines.iter().map(|line| line * LINE / PAGE).collect();
        (lines.len(), pages.len())
    }
}

impl Calls {
    fn new(begins: u64) -> Self {
        Calls { begins, begun: 0, code: Seen::default(), data: Seen::default() }
    }

    /// A line of the trace: `I  0400d7d4,8` is code, ` L 1ffefff3e8,8` is read, `S` written, `M` both.
    fn add(&mut self, line: &[u8]) {
        let (is_code, rest) = match line {
            [b'I', b' ', b' ', rest @ ..] => (true, rest),
            [b' ', b'L' | b'S' | b'M', b' ', rest @ ..] => (false, rest),
            _ => return,
        };
        let Some((address, size)) = place(rest) else { return };
        if is_code && address == self.begins {
            let counts = self.begun > WARM;
            self.code.next(counts);
            self.data.next(counts);
            self.begun += 1;
        }
        let seen = if is_code { &mut self.code } else { &mut self.data };
        seen.now.insert(address / LINE);
        seen.now.insert((address + size.max(1) - 1) / LINE);
    }

    fn touched(&self) -> Touched {
        let ((code, code_pages), (data, data_pages)) = (self.code.most(), self.data.most());
        Touched { code, code_pages, data, data_pages }
    }
}

fn place(rest: &[u8]) -> Option<(u64, u64)> {
    let (address, size) = std::str::from_utf8(rest).ok()?.trim_end().split_once(',')?;
    Some((u64::from_str_radix(address, 16).ok()?, size.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{COUNTED, Calls, Touched, WARM, place};

    #[test]
    fn places_are_read() {
        assert_eq!(place(b"0400d7d4,8\n"), Some((0x0400_d7d4, 8)));
        assert_eq!(place(b"1ffefff3e8,16"), Some((0x1f_feff_f3e8, 16)));
        assert_eq!(place(b"==1== Counted"), None);
    }

    #[test]
    fn what_most_calls_touch_is_counted() {
        let mut calls = Calls::new(0x1000);
        for call in 0..=WARM + COUNTED {
            calls.add(b"I  00001000,4\n");
            // Across two lines, of another page.
            calls.add(b"I  0000203e,4\n");
            calls.add(b" L 1ffe000040,8\n");
            // By itself each time.
            calls.add(format!(" S {:x},8\n", 0x9_0000 + call * 64).as_bytes());
        }
        let expected = Touched { code: 3, code_pages: 2, data: 1, data_pages: 1 };
        assert_eq!((calls.touched(), calls.begun), (expected, WARM + COUNTED + 1));
    }
}
