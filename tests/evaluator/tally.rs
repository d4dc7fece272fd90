//! What came of many queries.

use super::check::Checked;
use super::constructs::Constructs;
use std::collections::BTreeMap;
use std::fmt;

/// How many queries there were of each outcome.
#[derive(Default)]
pub struct Tally {
    pub worlds: u64,
    pub same: u64,
    pub too_large: u64,
    pub refused: BTreeMap<String, u64>,
    /// How many queries hold something, and how many of those were refused.
    pub holding: BTreeMap<&'static str, [u64; 2]>,
    pub differences: Vec<(u64, String)>,
}

impl Tally {
    pub fn add(&mut self, seed: u64, constructs: Constructs, checked: Checked) {
        let refused = u64::from(matches!(checked, Checked::Refused(_)));
        for construct in constructs {
            self.count(construct, [1, refused]);
        }
        match checked {
            Checked::Same => self.same += 1,
            Checked::TooLarge => self.too_large += 1,
            Checked::Refused(why) => *self.refused.entry(why).or_default() += 1,
            Checked::Differs(what) => self.differences.push((seed, what)),
        }
    }

    fn count(&mut self, construct: &'static str, [queries, refused]: [u64; 2]) {
        let [all, of_them] = self.holding.entry(construct).or_default();
        *all += queries;
        *of_them += refused;
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
        for (construct, counts) in other.holding {
            self.count(construct, counts);
        }
        self.differences.extend(other.differences);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.figures())?;
        for (construct, [queries, refused]) in &self.holding {
            writeln!(f, "{queries} with {construct}, {refused} of them refused")?;
        }
        for (why, count) in &self.refused {
            writeln!(f, "refused {count} times: {why}")?;
        }
        for (seed, what) in self.differences.iter().take(40) {
            writeln!(f, "\nseed {seed}: {what}")?;
        }
        Ok(())
    }
}
