//! What came of many queries.

use super::check::Checked;
use std::collections::BTreeMap;
use std::fmt;

/// How many queries there were of each outcome.
#[derive(Default)]
pub struct Tally {
    pub worlds: u64,
    pub same: u64,
    pub too_large: u64,
    pub refused: BTreeMap<String, u64>,
    pub differences: Vec<(u64, String)>,
}

impl Tally {
    pub fn add(&mut self, seed: u64, checked: Checked) {
        match checked {
            Checked::Same => self.same += 1,
            Checked::TooLarge => self.too_large += 1,
            Checked::Refused(why) => *self.refused.entry(why).or_default() += 1,
            Checked::Differs(what) => self.differences.push((seed, what)),
        }
    }

    /// The figures in one line.
    pub fn figures(&self) -> String {
        let refused: u64 = self.refused.values().sum();
        let Tally { same, too_large, differences, .. } = self;
        let tried = same + too_large + refused + differences.len() as u64;
        format!(
            "{tried} tried: {same} the same, {too_large} too large, {refused} refused, {} differ",
            differences.len()
        )
    }

    /// Prints what differs.
    pub fn print_differences(&self) {
        for (seed, what) in &self.differences {
            println!("\nseed {seed}: {what}");
        }
    }

    pub fn merge(&mut self, other: Tally) {
        self.worlds += other.worlds;
        self.same += other.same;
        self.too_large += other.too_large;
        for (why, count) in other.refused {
            *self.refused.entry(why).or_default() += count;
        }
        self.differences.extend(other.differences);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.figures())?;
        for (why, count) in &self.refused {
            writeln!(f, "refused {count} times: {why}")?;
        }
        for (seed, what) in self.differences.iter().take(40) {
            writeln!(f, "\nseed {seed}: {what}")?;
        }
        Ok(())
    }
}
