//! The rows of a query set, found the slow and plain way: every joined row is tried.

use super::evaluate::{Binding, Env, bindings};
use super::last;
use super::schema::Rows;
use super::scope::{Place, Scope, has_aggregate, is_aggregated, walk_condition};
use super::spec::{By, Call, Cond, Ex, Joint, Kind, Query, Ty, Val};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// More joined rows than are worth the time.
#[derive(Debug)]
pub struct TooLarge;

/// The most rows that one query may join.
const LARGEST: usize = 3_000;

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

/// A row that is read from.
struct Base {
    /// The row of the model.
    row: Option<usize>,
    /// What the query below selects.
    cells: Vec<Val>,
}

/// The joined rows of a row that is read from.
struct Joined {
    base: usize,
    binding: Binding,
}

/// What there is a group for.
#[derive(Clone)]
enum Groups {
    /// Each row of the model.
    Rows,
    /// Each value of these.
    Of(Vec<Ex<usize>>),
}

/// A SELECT in the making.
struct Select<'q> {
    scope: Scope,
    /// Whether the whole row of the model is selected.
    whole: bool,
    selected: Vec<Ex<usize>>,
    /// The same as they were written.
    written: Vec<Ex>,
    /// What was selected before, as it was written and as it is.
    earlier: Vec<(Ex, Ex<usize>)>,
    filters: Vec<Cond<usize>>,
    groups: Option<Groups>,
    order: Vec<&'q By>,
    distinct_on: Vec<&'q Ex>,
    /// Aggregates over all rows.
    total: &'q [Ex],
    reversed: bool,
    distinct: bool,
    limit: Option<u64>,
    offset: u64,
}

/// The rows of a query set within its slice, for a query around: only which rows there are counts,
/// so that an ordering without a slice is passed over.
pub fn rows(
    rows: &Rows,
    query: &Query,
    around: Option<&Env<'_>>,
    inner: bool,
) -> Result<Answer, TooLarge> {
    let mut answer = answer(rows, query, around, inner)?;
    answer.take_slice();
    Ok(answer)
}

/// The rows of a query set, its slice not taken yet. `counted`: an ordering without a slice is
/// passed over, as where rows are counted.
pub fn answer(
    rows: &Rows,
    query: &Query,
    around: Option<&Env<'_>>,
    counted: bool,
) -> Result<Answer, TooLarge> {
    let calls = last::written(&query.calls);
    let all: Vec<usize> = (0..rows.table(query.model).len()).collect();
    let mut answer = of_rows(rows, query.model, &calls, &all, around, counted)?;
    if let Some(Call::Prefetch(relation, calls)) = query.calls.last() {
        last::prefetch(rows, query.model, &mut answer, relation, calls)?;
    }
    Ok(answer)
}

/// What calls make of some rows of a model.
pub fn of_rows(
    rows: &Rows,
    model: &'static str,
    calls: &[Call],
    all: &[usize],
    around: Option<&Env<'_>>,
    counted: bool,
) -> Result<Answer, TooLarge> {
    let base = |row: &usize| Base { row: Some(*row), cells: Vec::new() };
    let mut bases: Vec<Base> = all.iter().map(base).collect();
    let mut whole = true;
    let mut cells: Vec<Ex<usize>> = Vec::new();
    let mut parts = calls.split(|call| *call == Call::Nested).peekable();
    while let Some(calls) = parts.next() {
        let mut select = Select::new(model, whole);
        select.selected = cells.clone();
        calls.iter().for_each(|call| select.call(call, model));
        let sliced = select.limit.is_some() || select.offset > 0;
        let inner = parts.peek().is_some();
        let totalled = !select.total.is_empty();
        if (counted || inner || totalled) && !sliced && select.distinct_on.is_empty() {
            select.order.clear();
        }
        whole = select.whole;
        let place = |(place, ex): (usize, &Ex<usize>)| Ex { ty: ex.ty, kind: Kind::Cell(place) };
        cells = select.selected.iter().enumerate().map(place).collect();
        let mut answer = select.run(rows, &bases, around)?;
        if !inner {
            return Ok(answer);
        }
        answer.take_slice();
        let key = usize::from(whole);
        let base = |row: Row| Base { row: row.base, cells: row.cells[key..].to_vec() };
        bases = answer.rows.into_iter().map(base).collect();
    }
    Err(TooLarge)
}

impl Answer {
    /// The rows within the slice.
    fn take_slice(&mut self) {
        self.rows = sliced(std::mem::take(&mut self.rows), self.limit, self.offset).collect();
    }
}

/// What is within a slice.
fn sliced<T>(all: Vec<T>, limit: Option<u64>, offset: u64) -> impl Iterator<Item = T> {
    let skip = usize::try_from(offset).unwrap_or(usize::MAX);
    let take = limit.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    all.into_iter().skip(skip).take(take)
}

impl<'q> Select<'q> {
    fn new(model: &'static str, whole: bool) -> Self {
        Select {
            scope: Scope::new(model),
            whole,
            selected: Vec::new(),
            written: Vec::new(),
            earlier: Vec::new(),
            filters: Vec::new(),
            groups: None,
            order: Vec::new(),
            distinct_on: Vec::new(),
            total: &[],
            reversed: false,
            distinct: false,
            limit: None,
            offset: 0,
        }
    }

    fn call(&mut self, call: &'q Call, model: &'static str) {
        match call {
            Call::Filter(_) | Call::Exclude(_) => self.filter(call),
            Call::Annotate(exprs) => {
                self.written.extend(exprs.iter().cloned());
                let exprs = self.resolved(exprs);
                let aggregated = exprs.iter().any(is_aggregated);
                self.selected.extend(exprs);
                if aggregated {
                    self.group();
                }
            }
            Call::Values(exprs) => self.values(exprs),
            Call::OrderBy(by) => {
                if by.iter().any(|by| is_aggregated(&by.key)) && self.groups.is_none() {
                    self.group();
                }
                self.order = by.iter().collect();
                self.reversed = false;
            }
            Call::Reverse => self.reversed = !self.reversed,
            Call::Distinct => self.distinct = true,
            Call::DistinctOn(exprs) => self.distinct_on = exprs.iter().collect(),
            Call::Total(exprs) => self.total = exprs,
            // Written by other calls, and done with the rows.
            Call::Dates(_) | Call::Prefetch(..) => {}
            Call::Slice(limit, offset) => (self.limit, self.offset) = (*limit, *offset),
            Call::Nested => {}
            Call::Combine(joint, other) => self.combine(*joint, other, model),
        }
    }

    /// What is selected, as it was written and as it is.
    fn pairs(&self) -> Vec<(Ex, Ex<usize>)> {
        self.written.iter().cloned().zip(self.selected.iter().cloned()).collect()
    }

    fn resolved(&mut self, exprs: &[Ex]) -> Vec<Ex<usize>> {
        exprs.iter().map(|ex| self.scope.expression(ex, Place::VALUE)).collect()
    }

    fn filter(&mut self, call: &Call) {
        self.scope.next_call();
        let cond = filtered(&mut self.scope, call);
        if has_aggregate(&cond) && self.groups.is_none() {
            self.group();
        }
        self.filters.push(cond);
    }

    /// Groups from here on: of what `values` selects, or of each row.
    fn group(&mut self) {
        self.groups = Some(match self.whole {
            true => Groups::Rows,
            false => Groups::Of(self.selected.iter().flat_map(group_keys).collect()),
        });
    }

    fn values(&mut self, exprs: &[Ex]) {
        self.earlier.extend(self.pairs());
        self.written = exprs.to_vec();
        let exprs = self.resolved(exprs);
        if exprs.iter().any(is_aggregated) {
            self.group();
        }
        if let Some(Groups::Rows) = self.groups {
            self.groups = Some(Groups::Of(vec![key_of_row()]));
        }
        self.whole = false;
        self.selected = exprs;
    }

    /// Query sets that only filter; their rows are told apart by `distinct` afterwards.
    fn combine(&mut self, joint: Joint, other: &Query, model: &'static str) {
        let some = |call: &Call| {
            let mut scope = Scope::new(model);
            let condition = filtered(&mut scope, call);
            Cond::Some(Box::new(super::scope::Related { scope, condition }))
        };
        let own = std::mem::take(&mut self.filters);
        let own = Cond::Some(Box::new(super::scope::Related {
            scope: self.scope.clone(),
            condition: Cond::And(own),
        }));
        let other = Cond::And(other.calls.iter().map(some).collect());
        self.scope = Scope::new(model);
        self.filters.push(match joint {
            Joint::And => Cond::And(vec![own, other]),
            Joint::Or => Cond::Or(vec![own, other]),
            Joint::Xor => Cond::Xor(Box::new(own), Box::new(other)),
        });
    }

    fn run(
        mut self,
        rows: &Rows,
        bases: &[Base],
        around: Option<&Env<'_>>,
    ) -> Result<Answer, TooLarge> {
        let mut selected = self.pairs();
        selected.extend(std::mem::take(&mut self.earlier));
        let order: Vec<By<usize>> =
            self.order.iter().map(|by| self.scope.ordering(by, &selected)).collect();
        let reversed = self.reversed;
        let by = order.iter().map(|by| Direction {
            desc: by.desc != reversed,
            nulls_first: match by.nulls_first {
                Some(first) => first != reversed,
                None => by.desc != reversed,
            },
        });
        let by: Vec<Direction> = by.collect();

        let (before, after) = self.conditions();
        let on: Vec<Ex<usize>> =
            self.distinct_on.iter().map(|ex| self.scope.known(ex, &selected)).collect();
        let total: Vec<Ex<usize>> = self.resolved(self.total);
        let joined = self.joined(rows, bases, around, &before)?;
        if !total.is_empty() {
            let keyed = self.keyed(rows, bases, around, joined, &order)?;
            return self.totalled(rows, around, keyed, &by, &total);
        }
        let groups = self.grouped(rows, bases, around, joined, &order, &after)?;
        let mut found = Vec::new();
        for group in &groups {
            let Some(Joined { base, binding }) = group.first() else { continue };
            let base = &bases[*base];
            let group: Vec<Binding> = group.iter().map(|one| one.binding.clone()).collect();
            let (scope, cells) = (&self.scope, &base.cells[..]);
            let env = Env { rows, scope, binding, cells, group: &group, around };
            let mut holds = true;
            for cond in &after {
                holds = holds && env.holds(cond)?;
            }
            if !holds {
                continue;
            }
            let mut cells = Vec::new();
            if self.whole {
                cells.push(env.value(&key_of_row())?);
            }
            for ex in &self.selected {
                cells.push(env.value(ex)?);
            }
            let keys = order.iter().map(|by| env.value(&by.key)).collect::<Result<_, _>>()?;
            let on = on.iter().map(|ex| env.value(ex)).collect::<Result<_, _>>()?;
            found.push(Row { base: base.row, cells, keys, on });
        }
        if self.distinct {
            let mut seen = BTreeSet::new();
            found.retain(|row| seen.insert((row.cells.clone(), row.keys.clone())));
        }
        found.sort_by(|a, b| compare_keys(&by, &a.keys, &b.keys));
        if !on.is_empty() {
            let mut seen = BTreeSet::new();
            found.retain(|row| seen.insert(row.on.clone()));
        }
        Ok(Answer { rows: found, by, limit: self.limit, offset: self.offset })
    }

    /// The joined rows with what they are ordered by.
    fn keyed(
        &self,
        rows: &Rows,
        bases: &[Base],
        around: Option<&Env<'_>>,
        joined: Vec<Joined>,
        order: &[By<usize>],
    ) -> Result<Vec<(Vec<Val>, Binding)>, TooLarge> {
        let keyed = joined.into_iter().map(|Joined { base, binding }| {
            let (scope, cells) = (&self.scope, &bases[base].cells[..]);
            let env = Env { rows, scope, binding: &binding, cells, group: &[], around };
            let keys = order.iter().map(|by| env.value(&by.key)).collect::<Result<_, _>>()?;
            Ok((keys, binding))
        });
        keyed.collect()
    }

    /// Aggregates over all rows within the slice: one row.
    fn totalled(
        &self,
        rows: &Rows,
        around: Option<&Env<'_>>,
        mut keyed: Vec<(Vec<Val>, Binding)>,
        by: &[Direction],
        total: &[Ex<usize>],
    ) -> Result<Answer, TooLarge> {
        keyed.sort_by(|(a, _), (b, _)| compare_keys(by, a, b));
        let group: Vec<Binding> = sliced(keyed, self.limit, self.offset).map(|one| one.1).collect();
        let scope = &self.scope;
        let env = Env { rows, scope, binding: &[], cells: &[], group: &group, around };
        let cells = total.iter().map(|ex| env.value(ex)).collect::<Result<_, _>>()?;
        let row = Row { base: None, cells, keys: Vec::new(), on: Vec::new() };
        Ok(Answer { rows: vec![row], by: Vec::new(), limit: None, offset: 0 })
    }

    /// The conditions on rows, and those on groups.
    fn conditions(&mut self) -> (Vec<Cond<usize>>, Vec<Cond<usize>>) {
        let mut flat = Vec::new();
        for cond in std::mem::take(&mut self.filters) {
            flatten(cond, &mut flat);
        }
        flat.into_iter().partition(|cond| !has_aggregate(cond))
    }

    /// The joined rows with which the conditions hold.
    fn joined(
        &self,
        rows: &Rows,
        bases: &[Base],
        around: Option<&Env<'_>>,
        filters: &[Cond<usize>],
    ) -> Result<Vec<Joined>, TooLarge> {
        let mut found = Vec::new();
        let mut tried = 0;
        for (base, Base { row, cells }) in bases.iter().enumerate() {
            bindings(rows, &self.scope.vars, *row, &mut |binding| {
                tried += 1;
                if tried > LARGEST {
                    return Err(TooLarge);
                }
                let env = Env { rows, scope: &self.scope, binding, cells, group: &[], around };
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
        rows: &Rows,
        bases: &[Base],
        around: Option<&Env<'_>>,
        joined: Vec<Joined>,
        order: &[By<usize>],
        having: &[Cond<usize>],
    ) -> Result<Vec<Vec<Joined>>, TooLarge> {
        let Some(groups) = &self.groups else {
            return Ok(joined.into_iter().map(|row| vec![row]).collect());
        };
        let mut by = match groups {
            Groups::Rows => vec![key_of_row()],
            Groups::Of(exprs) => exprs.clone(),
        };
        by.extend(self.selected.iter().flat_map(group_keys));
        by.extend(order.iter().flat_map(|by| group_keys(&by.key)));
        for cond in having {
            walk_condition(cond, &mut |ex| {
                if !is_aggregated(ex) && !matches!(ex.kind, Kind::Value(_)) {
                    by.push(ex.clone());
                    return false;
                }
                !matches!(ex.kind, Kind::Aggregate(_))
            });
        }
        let mut found: BTreeMap<Vec<Val>, Vec<Joined>> = BTreeMap::new();
        for one in joined {
            let (binding, cells) = (&one.binding, &bases[one.base].cells);
            let env = Env { rows, scope: &self.scope, binding, cells, group: &[], around };
            let key = by.iter().map(|ex| env.value(ex)).collect::<Result<_, _>>()?;
            found.entry(key).or_default().push(one);
        }
        Ok(found.into_values().collect())
    }
}

/// The condition of a call that filters.
fn filtered(scope: &mut Scope, call: &Call) -> Cond<usize> {
    match call {
        Call::Filter(cond) => scope.condition(cond, Place::FILTER),
        Call::Exclude(cond) => scope.exclusion(cond),
        _ => Cond::Const(true),
    }
}

/// What an expression adds to GROUP BY: itself, or what stands beside the aggregates in it.
fn group_keys(ex: &Ex<usize>) -> Vec<Ex<usize>> {
    let mut keys = Vec::new();
    super::scope::walk(ex, &mut |ex| {
        if !is_aggregated(ex) {
            keys.push(ex.clone());
            return false;
        }
        !matches!(ex.kind, Kind::Aggregate(_))
    });
    keys
}

fn key_of_row() -> Ex<usize> {
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
