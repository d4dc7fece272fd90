//! Functions over windows, calculated the plain way: for each row its window, sorted, and its part.

use super::answer::{Direction, Group, Joined, Parts, Source, compare_keys};
use super::evaluate::{Env, Member, fold};
use super::interpret::{Select, TooLarge};
use super::scope::{Place, Scope, walk, walk_condition};
use super::spec::{By, Cond, Ex, Kind, Over, Path, Val, Window};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// True where a function over a window is in an expression.
pub fn is_windowed<P>(ex: &Ex<P>) -> bool {
    let mut found = false;
    walk(ex, &mut |ex| {
        found |= matches!(ex.kind, Kind::Window(_));
        !found
    });
    found
}

/// True where a function over a window is in a condition.
pub fn has_window<P>(cond: &Cond<P>) -> bool {
    let mut found = false;
    walk_condition(cond, &mut |ex| {
        found |= is_windowed(ex);
        false
    });
    found
}

impl Scope {
    pub fn window(&mut self, window: &Window<Path>) -> Window<usize> {
        let mut of = |ex: &Ex| self.expression(ex, Place::VALUE);
        Window {
            of: window.of,
            arg: window.arg.as_ref().map(&mut of),
            partition: window.partition.iter().map(&mut of).collect(),
            order: window
                .order
                .iter()
                .map(|by| By { key: of(&by.key), desc: by.desc, nulls_first: by.nulls_first })
                .collect(),
            rows: window.rows,
        }
    }
}

impl Select<'_> {
    /// The groups for which the conditions on groups hold, and afterwards those on windows, with
    /// what functions over windows are for them.
    pub fn over_windows(
        &self,
        source: Source<'_>,
        groups: Vec<Vec<Joined>>,
        parts: &Parts,
    ) -> Result<Vec<Group>, TooLarge> {
        let groups = self.kept(source, groups.into_iter().map(plain), &parts.having)?;
        let windows = self.windows(parts);
        if windows.is_empty() {
            return Ok(groups);
        }
        let members: Vec<Vec<Member<'_>>> = groups
            .iter()
            .map(|group| group.rows.iter().map(|one| one.member(source.bases)).collect())
            .collect();
        let envs: Vec<Env<'_>> = groups
            .iter()
            .zip(&members)
            .filter_map(|(group, members)| {
                let first = group.rows.first()?;
                Some(Env { group: members, ..self.env(source, first) })
            })
            .collect();
        let mut values: Vec<Vec<(Window<usize>, Val)>> = vec![Vec::new(); envs.len()];
        for window in windows {
            for (value, of) in calculated(&window, &envs)?.into_iter().zip(&mut values) {
                of.push((window.clone(), value));
            }
        }
        drop(envs);
        drop(members);
        let groups = groups.into_iter().zip(values);
        let groups = groups.map(|(group, windows)| Group { windows, ..group });
        self.kept(source, groups, &parts.qualify)
    }

    /// The groups for which conditions hold.
    fn kept(
        &self,
        source: Source<'_>,
        groups: impl Iterator<Item = Group>,
        conditions: &[Cond<usize>],
    ) -> Result<Vec<Group>, TooLarge> {
        let mut found = Vec::new();
        'groups: for group in groups {
            let Some(first) = group.rows.first() else { continue };
            let members: Vec<Member<'_>> =
                group.rows.iter().map(|one| one.member(source.bases)).collect();
            let env = Env { group: &members, windows: &group.windows, ..self.env(source, first) };
            for cond in conditions {
                if !env.holds(cond)? {
                    continue 'groups;
                }
            }
            drop(members);
            found.push(group);
        }
        Ok(found)
    }

    /// The functions over windows of a SELECT, each once.
    fn windows(&self, parts: &Parts) -> Vec<Window<usize>> {
        let mut found: Vec<Window<usize>> = Vec::new();
        let mut look = |ex: &Ex<usize>| {
            if let Kind::Window(window) = &ex.kind
                && !found.contains(window)
            {
                found.push((**window).clone());
            }
            true
        };
        let order = parts.order.iter().map(|by| &by.key);
        for ex in self.selected.iter().chain(order).chain(&parts.on) {
            walk(ex, &mut look);
        }
        parts.qualify.iter().for_each(|cond| walk_condition(cond, &mut look));
        found
    }
}

fn plain(rows: Vec<Joined>) -> Group {
    Group { rows, windows: Vec::new() }
}

/// A row of a window: what it is ordered by, its place among all rows, and what is read of it.
type Placed = (Vec<Val>, usize, Val);

/// What a function over a window is for each of some rows.
fn calculated(window: &Window<usize>, envs: &[Env<'_>]) -> Result<Vec<Val>, TooLarge> {
    let by: Vec<Direction> = window.order.iter().map(|by| Direction::of(by, false)).collect();
    let mut partitions: BTreeMap<Vec<Val>, Vec<Placed>> = BTreeMap::new();
    for (place, env) in envs.iter().enumerate() {
        let of = window.partition.iter().map(|ex| env.value(ex)).collect::<Result<_, _>>()?;
        let keys = window.order.iter().map(|by| env.value(&by.key)).collect::<Result<_, _>>()?;
        let arg = window.arg.as_ref().map_or(Ok(Val::Null), |ex| env.value(ex))?;
        partitions.entry(of).or_default().push((keys, place, arg));
    }
    let mut values = vec![Val::Null; envs.len()];
    for mut rows in partitions.into_values() {
        rows.sort_by(|(one, ..), (two, ..)| compare_keys(&by, one, two));
        // The number of each row's run of rows that are ordered alike.
        let mut runs = Vec::new();
        let mut run = 0;
        for (at, (keys, ..)) in rows.iter().enumerate() {
            if at > 0 && compare_keys(&by, &rows[at - 1].0, keys) != Ordering::Equal {
                run += 1;
            }
            runs.push(run);
        }
        let args: Vec<&Val> = rows.iter().map(|(.., arg)| arg).collect();
        for (at, (_, place, _)) in rows.iter().enumerate() {
            values[*place] = of_row(window, at, &runs, &args);
        }
    }
    Ok(values)
}

/// What a function is for the row at a place of its window.
fn of_row(window: &Window<usize>, at: usize, runs: &[i64], args: &[&Val]) -> Val {
    let before = |run: i64| runs.iter().filter(|other| **other < run).count();
    let value =
        |at: Option<usize>| at.and_then(|at| args.get(at)).map_or(Val::Null, |v| (*v).clone());
    let counted = |place: Option<i64>, or: usize| match place {
        None => or,
        Some(by) => usize::try_from(at as i64 + by).unwrap_or(0).min(args.len()),
    };
    let frame = match window.rows {
        None => 0..before(runs[at] + 1),
        Some([start, end]) => {
            let start = counted(start, 0);
            start..counted(end.map(|end| end + 1), args.len()).max(start)
        }
    };
    match window.of {
        Over::RowNumber => Val::Int(at as i64 + 1),
        Over::Rank => Val::Int(before(runs[at]) as i64 + 1),
        Over::DenseRank => Val::Int(runs[at] + 1),
        Over::Lag => value(at.checked_sub(1)),
        Over::Lead => value(Some(at + 1)),
        Over::FirstValue => value((!frame.is_empty()).then_some(frame.start)),
        Over::Fold(of) => {
            let values = args[frame].iter().filter(|value| ***value != Val::Null);
            fold(of, values.map(|value| (*value).clone()).collect())
        }
    }
}
