//! Contestants take turns at a scenario, so that the machine's moods hit all of them alike.

use crate::Result;
use crate::clock::{Clock, Span};
use crate::contestant::{Contestant, Digest};
use crate::data;
use crate::scenario::Scenario;
use orm_testkit::TestDatabase;
use std::time::Duration;

/// How long a contest takes.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How often everybody has a turn.
    pub rounds: usize,
    /// How long a turn should take.
    pub turn: Duration,
}

impl Effort {
    /// For numbers that are kept.
    pub const FULL: Effort = Effort { rounds: 61, turn: Duration::from_millis(30) };
    /// For a look.
    pub const QUICK: Effort = Effort { rounds: 11, turn: Duration::from_millis(10) };
}

/// The middle of some values, and between what the middle half of them lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quartiles {
    /// A quarter is less.
    pub low: f64,
    /// The median.
    pub middle: f64,
    /// A quarter is more.
    pub high: f64,
}

impl Quartiles {
    /// Those of the values; `None` where there are none.
    pub fn of(mut values: Vec<f64>) -> Option<Quartiles> {
        values.sort_by(f64::total_cmp);
        let at =
            |quarter: usize| values.get((values.len().checked_sub(1)? * quarter + 2) / 4).copied();
        Some(Quartiles { low: at(1)?, middle: at(2)?, high: at(3)? })
    }
}

/// What a contestant achieved, beside the reference: the first of the contestants.
#[derive(Clone, Copy, Debug)]
pub struct Score {
    /// The median time of one run.
    pub wall: Duration,
    /// The rounds' ratios to the reference.
    pub wall_ratio: Quartiles,
    /// The same of the client's CPU time.
    pub cpu_ratio: Quartiles,
}

/// Lets the contestants take turns; `None` for those who cannot do what the scenario asks.
///
/// # Errors
///
/// A contestant's, and where one of them answers something else than the reference.
pub async fn contest(
    scenario: &Scenario,
    contestants: &[Box<dyn Contestant>],
    database: &TestDatabase,
    effort: Effort,
) -> Result<Vec<Option<Score>>> {
    let able = able(scenario, contestants, database).await?;
    let times = calibrate(scenario, &*contestants[0], database, effort.turn).await?;
    let mut spans = vec![Vec::with_capacity(effort.rounds); contestants.len()];
    for round in 0..effort.rounds {
        // Who goes first has the colder cache: they take turns at that too.
        for turn in 0..contestants.len() {
            let who = if round % 2 == 0 { turn } else { contestants.len() - 1 - turn };
            if able[who] {
                prepare(scenario, database).await?;
                spans[who].push(take_turn(scenario, &*contestants[who], times).await?);
            }
        }
    }
    Ok(spans.iter().map(|own| score(own, &spans[0], times)).collect())
}

/// Who answers at all; also warms up connections and caches.
async fn able(
    scenario: &Scenario,
    contestants: &[Box<dyn Contestant>],
    database: &TestDatabase,
) -> Result<Vec<bool>> {
    let mut able = Vec::new();
    let mut expected: Option<Digest> = None;
    for contestant in contestants {
        prepare(scenario, database).await?;
        let Some(run) = contestant.run(&scenario.task) else {
            able.push(false);
            continue;
        };
        let digest = run.await?;
        let expected = *expected.get_or_insert(digest);
        if digest != expected {
            let (name, task) = (contestant.name(), scenario.name);
            return Err(format!("{name} answers {digest:?} to {task}, not {expected:?}").into());
        }
        take_turn(scenario, &**contestant, 3).await?;
        able.push(true);
    }
    Ok(able)
}

/// How many runs fill a turn.
async fn calibrate(
    scenario: &Scenario,
    first: &dyn Contestant,
    database: &TestDatabase,
    turn: Duration,
) -> Result<u32> {
    let mut times = 1;
    loop {
        prepare(scenario, database).await?;
        let wall = take_turn(scenario, first, times).await?.wall;
        if wall * 2 >= turn {
            let one = wall.as_secs_f64() / f64::from(times);
            return Ok(((turn.as_secs_f64() / one).round() as u32).max(1));
        }
        times *= 2;
    }
}

/// Every turn finds the same rows.
async fn prepare(scenario: &Scenario, database: &TestDatabase) -> Result<()> {
    if scenario.task.writes() { data::reset(database, scenario.task).await } else { Ok(()) }
}

async fn take_turn(scenario: &Scenario, contestant: &dyn Contestant, times: u32) -> Result<Span> {
    let start = Clock::now();
    for _ in 0..times {
        if let Some(run) = contestant.run(&scenario.task) {
            std::hint::black_box(run.await?);
        }
    }
    Ok(start.elapsed())
}

fn score(own: &[Span], reference: &[Span], times: u32) -> Option<Score> {
    let ratios = |part: fn(&Span) -> Duration| {
        let pairs = own.iter().zip(reference);
        Quartiles::of(pairs.map(|(a, b)| part(a).as_secs_f64() / part(b).as_secs_f64()).collect())
    };
    let wall = median(own.iter().map(|span| span.wall.as_secs_f64()).collect())?;
    Some(Score {
        wall: Duration::from_secs_f64(wall / f64::from(times)),
        wall_ratio: ratios(|span| span.wall)?,
        cpu_ratio: ratios(|span| span.cpu)?,
    })
}

/// The middle of the values.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::Quartiles;

    #[test]
    fn quartiles_do_not_depend_on_the_order() {
        let found = Quartiles::of(vec![5.0, 1.0, 4.0, 2.0, 3.0]);
        assert_eq!(found, Some(Quartiles { low: 2.0, middle: 3.0, high: 4.0 }));
        assert_eq!(Quartiles::of(vec![7.0]), Some(Quartiles { low: 7.0, middle: 7.0, high: 7.0 }));
        assert_eq!(Quartiles::of(Vec::new()), None);
    }
}
