//! The rows of a SELECT: joined, filtered, grouped, ordered.

use super::evaluate::{Binding, Env, Member, bindings};
use super::interpret::{Groups, Select, TooLarge};
use super::over::{has_window, is_windowed};
use super::own;
use super::schema::Rows;
use super::scope::{has_aggregate, is_aggregated, walk, walk_condition};
use super::spec::{By, Cond, Ex, Kind, Ty, Val, Window};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// The most rows that one query may join.
pub const LARGEST: usize = 3_000;

/// A row of the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The row of the model that it is, or is made of.
    pub base: Option<usize>,
    pub cells: Vec<Val>,
    /// What it is ordered by.
    pub keys: Vec<Val>,
    /// What it is told apart by.
    on: Vec<Val>,
}

/// The answer before a slice is taken, in order.
pub struct Answer {
    pub rows: Vec<Row>,
    /// The ordering of the keys.
    pub by: Vec<Direction>,
    pub limit: Option<u64>,
    pub offset: u64,
}

/// How a key is ordered by.
#[derive(Clone, Copy, Debug)]
pub struct Direction {
    desc: bool,
    nulls_first: bool,
}

impl Direction {
    pub fn of(by: &By<usize>, reversed: bool) -> Direction {
        Direction {
            desc: by.desc != reversed,
            nulls_first: match by.nulls_first {
                Some(first) => first != reversed,
                None => by.desc != reversed,
            },
        }
    }
}

/// A row that is read from.
pub struct Base {
    /// The row of the model.
    pub row: Option<usize>,
    /// What the query below selects.
    pub cells: Vec<Val>,
}

/// The joined rows of a row that is read from.
pub struct Joined {
    base: usize,
    binding: Binding,
}

/// Joined rows that are one row of the answer.
pub struct Group {
    pub rows: Vec<Joined>,
    /// What functions over windows are for it.
    pub windows: Vec<(Window<usize>, Val)>,
}

impl Joined {
    pub fn member<'b>(&self, bases: &'b [Base]) -> Member<'b> {
        let Joined { base, binding } = self;
        Member { base: *base, binding: binding.clone(), cells: &bases[*base].cells }
    }
}

/// Where rows are read from.
#[derive(Clone, Copy)]
pub struct Source<'s> {
    pub rows: &'s Rows,
    pub bases: &'s [Base],
    pub around: Option<&'s Env<'s>>,
}

/// What a SELECT says of its groups.
pub struct Parts {
    pub order: Vec<By<usize>>,
    pub on: Vec<Ex<usize>>,
    pub having: Vec<Cond<usize>>,
    /// What is asked of functions over windows: last of all.
    pub qualify: Vec<Cond<usize>>,
}

impl Answer {
    /// The rows within the slice.
    pub fn take_slice(&mut self) {
        self.rows = sliced(std::mem::take(&mut self.rows), self.limit, self.offset).collect();
    }
}

/// What is within a slice.
fn sliced<T>(all: Vec<T>, limit: Option<u64>, offset: u64) -> impl Iterator<Item = T> {
    let skip = usize::try_from(offset).unwrap_or(usize::MAX);
    let take = limit.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    all.into_iter().skip(skip).take(take)
}

impl Select<'_> {
    pub fn run(mut self, source: Source<'_>) -> Result<Answer, TooLarge> {
        let mut selected = self.pairs();
        selected.extend(std::mem::take(&mut self.earlier));
        let order: Vec<By<usize>> =
            self.order.iter().map(|by| self.scope.ordering(by, &selected)).collect();
        let by: Vec<Direction> = order.iter().map(|by| Direction::of(by, self.reversed)).collect();
        let [before, having, qualify] = self.conditions();
        let on: Vec<Ex<usize>> =
            self.distinct_on.iter().map(|ex| self.scope.known(ex, &selected)).collect();
        let total: Vec<Ex<usize>> = self.resolved(self.total);
        let beside =
            selected.iter().map(|(_, ex)| ex).chain(&self.selected).chain(&on).chain(&total);
        let beside: Vec<&Ex<usize>> = beside.chain(order.iter().map(|by| &by.key)).collect();
        let conditions: Vec<&Cond<usize>> = before.iter().chain(&having).chain(&qualify).collect();
        self.scope.own = own::rows_of_aggregates(&self.scope, &beside, &conditions);
        let joined = self.joined(source, &before)?;
        let parts = Parts { order, on, having, qualify };
        let groups = self.grouped(source, joined, &parts)?;
        let groups = self.over_windows(source, groups, &parts)?;
        if !total.is_empty() {
            let joined = groups.into_iter().flat_map(|group| group.rows).collect();
            return self.totalled(source, joined, (&parts.order, &by), &total);
        }
        let mut found = Vec::new();
        for group in &groups {
            found.extend(self.row(source, group, &parts)?);
        }
        if self.distinct {
            let mut seen = BTreeSet::new();
            found.retain(|row| seen.insert((row.cells.clone(), row.keys.clone())));
        }
        found.sort_by(|a, b| compare_keys(&by, &a.keys, &b.keys));
        if !parts.on.is_empty() {
            let mut seen = BTreeSet::new();
            found.retain(|row| seen.insert(row.on.clone()));
        }
        Ok(Answer { rows: found, by, limit: self.limit, offset: self.offset })
    }

    /// The row of a group, if it has one.
    fn row(
        &self,
        source: Source<'_>,
        group: &Group,
        parts: &Parts,
    ) -> Result<Option<Row>, TooLarge> {
        let Group { rows, windows } = group;
        let Some(first) = rows.first() else { return Ok(None) };
        let group: Vec<Member<'_>> = rows.iter().map(|one| one.member(source.bases)).collect();
        let env = Env { group: &group, windows, ..self.env(source, first) };
        let mut cells = Vec::new();
        if self.whole {
            cells.push(env.value(&key_of_row())?);
        }
        for ex in &self.selected {
            cells.push(env.value(ex)?);
        }
        let keys = parts.order.iter().map(|by| env.value(&by.key)).collect::<Result<_, _>>()?;
        let on = parts.on.iter().map(|ex| env.value(ex)).collect::<Result<_, _>>()?;
        Ok(Some(Row { base: source.bases[first.base].row, cells, keys, on }))
    }

    pub fn env<'e>(&'e self, source: Source<'e>, joined: &'e Joined) -> Env<'e> {
        let Source { rows, bases, around } = source;
        let (scope, cells) = (&self.scope, &bases[joined.base].cells[..]);
        let binding = &joined.binding;
        Env { rows, scope, binding, cells, group: &[], windows: &[], around }
    }

    /// Aggregates over all rows within the slice: one row.
    fn totalled(
        &self,
        source: Source<'_>,
        joined: Vec<Joined>,
        (order, by): (&[By<usize>], &[Direction]),
        total: &[Ex<usize>],
    ) -> Result<Answer, TooLarge> {
        let mut keyed: Vec<(Vec<Val>, Joined)> = Vec::new();
        for one in joined {
            let env = self.env(source, &one);
            let keys = order.iter().map(|by| env.value(&by.key)).collect::<Result<_, _>>()?;
            keyed.push((keys, one));
        }
        keyed.sort_by(|(a, _), (b, _)| compare_keys(by, a, b));
        let rows = sliced(keyed, self.limit, self.offset);
        let group: Vec<Member<'_>> = rows.map(|(_, one)| one.member(source.bases)).collect();
        let Source { rows, around, .. } = source;
        let scope = &self.scope;
        let group = &group;
        let env = Env { rows, scope, binding: &[], cells: &[], group, windows: &[], around };
        let cells = total.iter().map(|ex| env.value(ex)).collect::<Result<_, _>>()?;
        let row = Row { base: None, cells, keys: Vec::new(), on: Vec::new() };
        Ok(Answer { rows: vec![row], by: Vec::new(), limit: None, offset: 0 })
    }

    /// The conditions on rows, those on groups, and those on windows.
    fn conditions(&mut self) -> [Vec<Cond<usize>>; 3] {
        let mut flat = Vec::new();
        for cond in std::mem::take(&mut self.filters) {
            flatten(cond, &mut flat);
        }
        let (qualify, others): (Vec<_>, Vec<_>) = flat.into_iter().partition(has_window);
        let (having, before) = others.into_iter().partition(has_aggregate);
        [before, having, qualify]
    }

    /// The joined rows with which the conditions hold.
    fn joined(&self, source: Source<'_>, filters: &[Cond<usize>]) -> Result<Vec<Joined>, TooLarge> {
        let Source { rows, bases, around } = source;
        let mut found = Vec::new();
        let mut tried = 0;
        for (base, Base { row, cells }) in bases.iter().enumerate() {
            bindings(rows, &self.scope.vars, *row, &mut |binding| {
                tried += 1;
                if tried > LARGEST {
                    return Err(TooLarge);
                }
                let (scope, group, windows) = (&self.scope, &[], &[]);
                let env = Env { rows, scope, binding, cells, group, windows, around };
                for filter in filters {
                    if !env.holds(filter)? {
                        return Ok(());
                    }
                }
                found.push(Joined { base, binding: binding.to_vec() });
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// The joined rows in their groups; each for itself where there are none.
    fn grouped(
        &self,
        source: Source<'_>,
        joined: Vec<Joined>,
        parts: &Parts,
    ) -> Result<Vec<Vec<Joined>>, TooLarge> {
        let Some(groups) = &self.groups else {
            return Ok(joined.into_iter().map(|row| vec![row]).collect());
        };
        let mut by = match groups {
            Groups::Rows => vec![key_of_row()],
            Groups::Of(exprs) => exprs.clone(),
        };
        let plain = |ex: &&Ex<usize>| !is_aggregated(ex) && !is_windowed(ex);
        by.extend(self.selected.iter().filter(plain).cloned());
        let known = by.clone();
        let order = parts.order.iter().map(|by| &by.key);
        by.extend(self.selected.iter().chain(order).flat_map(|ex| group_keys(ex, &known)));
        for cond in parts.having.iter().chain(&parts.qualify) {
            walk_condition(cond, &mut |ex| beside_aggregates(ex, &known, &mut by));
        }
        let mut found: BTreeMap<Vec<Val>, Vec<Joined>> = BTreeMap::new();
        for one in joined {
            let env = self.env(source, &one);
            let key = by.iter().map(|ex| env.value(ex)).collect::<Result<_, _>>()?;
            found.entry(key).or_default().push(one);
        }
        Ok(found.into_values().collect())
    }
}

/// What an expression adds to GROUP BY: itself, or what stands beside the aggregates in it, and in
/// its windows.
pub fn group_keys(ex: &Ex<usize>, known: &[Ex<usize>]) -> Vec<Ex<usize>> {
    if !is_aggregated(ex) && !is_windowed(ex) {
        return vec![ex.clone()];
    }
    let mut keys = Vec::new();
    walk(ex, &mut |ex| beside_aggregates(ex, known, &mut keys));
    keys
}

/// Columns and queries outside of aggregates, where they are not part of what is grouped by anyway.
fn beside_aggregates(ex: &Ex<usize>, known: &[Ex<usize>], keys: &mut Vec<Ex<usize>>) -> bool {
    let is_query = match &ex.kind {
        Kind::Column(..) | Kind::Cell(_) | Kind::First(_) => true,
        Kind::Condition(cond) => matches!(**cond, Cond::Exists(_)),
        _ => false,
    };
    let known = known.contains(ex);
    if is_query && !known {
        keys.push(ex.clone());
    }
    !is_query && !known && !matches!(ex.kind, Kind::Aggregate(_))
}

pub fn key_of_row() -> Ex<usize> {
    Ex { ty: Ty::I64, kind: Kind::Column(0, "id") }
}

fn flatten(cond: Cond<usize>, into: &mut Vec<Cond<usize>>) {
    match cond {
        Cond::And(all) => all.into_iter().for_each(|cond| flatten(cond, into)),
        cond => into.push(cond),
    }
}

/// Two rows in the order of a query.
pub fn compare_keys(by: &[Direction], one: &[Val], two: &[Val]) -> Ordering {
    for (direction, (one, two)) in by.iter().zip(one.iter().zip(two)) {
        let order = match (one, two) {
            (Val::Null, Val::Null) => Ordering::Equal,
            (Val::Null, _) if direction.nulls_first => Ordering::Less,
            (Val::Null, _) => Ordering::Greater,
            (_, Val::Null) if direction.nulls_first => Ordering::Greater,
            (_, Val::Null) => Ordering::Less,
            (one, two) if direction.desc => two.cmp(one),
            (one, two) => one.cmp(two),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}
