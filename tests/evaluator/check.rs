//! One query asked of both, and what is said of it.

use super::answer::{self, compare_keys};
use super::build::{self, Answer};
use super::generate::Generator;
use super::interpret::{self, TooLarge};
use super::last;
use super::random::Random;
use super::schema::{NUMBERS, TABLES, WORDS};
use super::shrink::simpler;
use super::spec::{Call, Query, Terminal, Val};
use super::world::{Outcome, World};
use orm::prelude::*;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// What came of a query.
pub enum Checked {
    Same,
    /// Joins more rows than are worth the time.
    TooLarge,
    /// The library says that it cannot be asked.
    Refused(String),
    Differs(String),
}

impl World<'_> {
    /// Asks the query of a seed; one that differs is made as simple as it can be.
    pub async fn check(&self, seed: u64) -> Outcome<Checked> {
        let (mut query, terminal) = described(seed);
        let mut checked = self.ask(&query, terminal).await?;
        'simpler: while matches!(checked, Checked::Differs(_)) {
            for other in simpler(&query) {
                let outcome = self.ask(&other, terminal).await?;
                if matches!(outcome, Checked::Differs(_)) {
                    (query, checked) = (other, outcome);
                    continue 'simpler;
                }
            }
            break;
        }
        Ok(checked)
    }

    async fn ask(&self, query: &Query, terminal: Terminal) -> Outcome<Checked> {
        let asked = match build::ask(self.db, query, terminal).await {
            Ok(asked) => asked,
            Err(Error::Usage(why)) => return Ok(Checked::Refused(why)),
            Err(lost @ Error::Connection { .. }) => return Err(lost.into()),
            // Arithmetic that leaves its type is nobody's fault.
            Err(error) if error.to_string().contains("22003") => return Ok(Checked::TooLarge),
            Err(error) => {
                let sql = build::sql(query).unwrap_or_default();
                return Ok(Checked::Differs(format!("{terminal:?} of {query}\n{sql}\n{error}")));
            }
        };
        let said = self.said(query, terminal, &asked);
        Ok(match said {
            Err(TooLarge) => Checked::TooLarge,
            Ok(None) => match text(query, &asked) {
                None => Checked::Same,
                Some(what) => Checked::Differs(format!("{what}\n{query}\n{}", asked.sql)),
            },
            Ok(Some(what)) => {
                let (sql, answer) = (&asked.sql, &asked.answer);
                Checked::Differs(format!("{terminal:?} of {query}\n{sql}\n{what}\nhave {answer:?}"))
            }
        })
    }

    /// Prints what came of the query of a seed.
    pub async fn explain(&self, seed: u64) -> Outcome<()> {
        let (query, terminal) = described(seed);
        println!("{terminal:?} of {query}");
        println!("{:?}", build::sql(&query));
        match self.check(seed).await? {
            Checked::Same => println!("the same"),
            Checked::TooLarge => println!("too large"),
            Checked::Refused(why) => println!("refused: {why}"),
            Checked::Differs(what) => println!("{what}"),
        }
        for table in TABLES {
            println!("{}", table.name);
            self.rows.table(table.name).iter().for_each(|row| println!("    {row:?}"));
        }
        Ok(())
    }

    /// What is wrong with an answer.
    fn said(
        &self,
        query: &Query,
        terminal: Terminal,
        asked: &build::Asked,
    ) -> Result<Option<String>, TooLarge> {
        Ok(match (&asked.answer, terminal) {
            (Answer::Rows(have), Terminal::Update | Terminal::Delete) => {
                let want = last::changed(&self.rows, query, terminal)?;
                (want != *have).then(|| format!("want {want:?}"))
            }
            (Answer::Rows(have), Terminal::First | Terminal::Last) => {
                let calls = last::one(&query.calls, terminal);
                let one = Query { model: query.model, calls };
                differ(&interpret::answer(&self.rows, &one, None, false)?, have)
            }
            (Answer::Rows(have), _) => {
                let want = interpret::answer(&self.rows, query, None, false)?;
                // A row that is missing beside another one has no cells.
                let width = want.rows.first().map_or(0, |row| row.cells.len());
                let mut have = have.clone();
                let missing = |row: &&mut Vec<Val>| row.len() < width;
                have.iter_mut().filter(missing).for_each(|row| row.resize(width, Val::Null));
                differ(&want, &have)
            }
            (Answer::Count(have), _) => {
                let want = interpret::rows(&self.rows, query, None, true)?.rows.len() as u64;
                (want != *have).then(|| format!("want {want}"))
            }
            (Answer::Exists(have), _) => {
                let want = !interpret::rows(&self.rows, query, None, true)?.rows.is_empty();
                (want != *have).then(|| format!("want {want}"))
            }
        })
    }
}

/// The query of a seed, and what is done with it.
pub fn described(seed: u64) -> (Query, Terminal) {
    let mut random = Random::new(seed);
    let terminal = match random.below(14) {
        0 | 1 => Terminal::Count,
        2 | 3 => Terminal::Exists,
        4 => Terminal::First,
        5 => Terminal::Last,
        _ => Terminal::All,
    };
    let mut query = Generator::new(&mut random).query();
    if let Some(change) = change(&query, &mut random) {
        query.calls.retain(|call| *call != Call::Distinct);
        if change == Terminal::Update && random.one_in(2) {
            let more = Generator::new(&mut random).text_near(query.model);
            query.calls.push(Call::Set(more));
        }
        return (query, change);
    }
    let ends = |call: &Call| match call {
        Call::Total(_) | Call::Dates(_) | Call::Related(..) | Call::Prefetch(..) => true,
        step if step.is_step() => matches!(terminal, Terminal::First | Terminal::Last),
        Call::Slice(..) => terminal == Terminal::Last,
        _ => false,
    };
    match query.calls.iter().any(ends) {
        true => (query, Terminal::All),
        false => (query, terminal),
    }
}

/// Rows that are only filtered can be changed as well.
fn change(query: &Query, random: &mut Random) -> Option<Terminal> {
    let filters = |call: &Call| {
        matches!(call, Call::Filter(_) | Call::Exclude(_) | Call::Combine(..) | Call::Distinct)
    };
    if !query.calls.iter().all(filters) || !random.one_in(3) {
        return None;
    }
    // Rows that others hang on take those with them.
    let alone = ["award", "authorship", "tag"].contains(&query.model);
    Some(if alone && random.one_in(2) { Terminal::Delete } else { Terminal::Update })
}

/// What is wrong with the text of a statement: a value in it, or another one the next time.
fn text(query: &Query, asked: &build::Asked) -> Option<String> {
    if build::sql(query).ok().as_ref() != Some(&asked.sql) {
        return Some("another text the second time".to_owned());
    }
    let word = WORDS.iter().find(|word| asked.sql.contains(**word)).map(|word| (*word).to_owned());
    let number = || NUMBERS.map(|n| n.to_string()).find(|n| asked.sql.contains(n.as_str()));
    if let Some(value) = word.or_else(number) {
        return Some(format!("`{value}` stands in the text"));
    }
    let last = format!("${}", asked.params);
    let next = format!("${}", asked.params + 1);
    let counted = asked.params == 0 || asked.sql.contains(&last);
    (!counted || asked.sql.contains(&next)).then(|| format!("{} parameters", asked.params))
}

/// How the rows differ: within each run of rows that the ordering does not tell apart they may
/// come in any order, and a slice may take any of them.
fn differ(want: &answer::Answer, have: &[Vec<Val>]) -> Option<String> {
    let skip = usize::try_from(want.offset).unwrap_or(usize::MAX);
    let total = want.rows.len().saturating_sub(skip);
    let take = want.limit.map_or(total, |n| total.min(usize::try_from(n).unwrap_or(total)));
    let expected = || {
        let rows = want.rows.iter().map(|row| (&row.cells, &row.keys)).collect::<Vec<_>>();
        format!("want {take} from {skip} of {rows:?}")
    };
    if have.len() != take {
        return Some(expected());
    }
    let mut start = 0;
    while start < want.rows.len() {
        let first = &want.rows[start];
        let alike =
            |row: &&answer::Row| compare_keys(&want.by, &first.keys, &row.keys) == Ordering::Equal;
        let run = want.rows[start..].iter().take_while(alike).count();
        let from = start.max(skip).min(skip + take);
        let to = (start + run).max(skip).min(skip + take);
        let mut there: BTreeMap<&Vec<Val>, i64> = BTreeMap::new();
        for row in &want.rows[start..start + run] {
            *there.entry(&row.cells).or_default() += 1;
        }
        for row in &have[from - skip..to - skip] {
            let left = there.entry(row).or_default();
            *left -= 1;
            if *left < 0 {
                return Some(expected());
            }
        }
        start += run;
    }
    None
}
