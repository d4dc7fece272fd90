//! The rows of a query set, found the slow and plain way: every joined row is tried.

use super::answer::{Answer, Base, Source, group_keys, key_of_row};
use super::beside::Below;
use super::evaluate::Env;
use super::last;
use super::over::is_windowed;
use super::schema::Rows;
use super::scope::{Place, Scope, has_aggregate, is_aggregated};
use super::spec::{By, Call, Cond, Ex, Joint, Kind, Query, Ty};

/// More joined rows than are worth the time.
#[derive(Debug)]
pub struct TooLarge;

/// What there is a group for.
#[derive(Clone)]
pub enum Groups {
    /// Each row of the model.
    Rows,
    /// Each value of these.
    Of(Vec<Ex<usize>>),
}

/// A SELECT in the making.
pub struct Select<'q> {
    pub scope: Scope,
    /// Whether the whole row of the model is selected.
    pub whole: bool,
    pub selected: Vec<Ex<usize>>,
    /// The same as they were written.
    pub written: Vec<Ex>,
    /// What was selected before, as it was written and as it is.
    pub earlier: Vec<(Ex, Ex<usize>)>,
    pub filters: Vec<Cond<usize>>,
    pub groups: Option<Groups>,
    pub order: Vec<&'q By>,
    pub distinct_on: Vec<&'q Ex>,
    /// Aggregates over all rows.
    pub total: &'q [Ex],
    pub reversed: bool,
    pub distinct: bool,
    pub limit: Option<u64>,
    pub offset: u64,
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
    let bases = all.iter().map(base).collect();
    let mut below = Below { model, whole: true, types: Vec::new(), bases };
    let mut calls = calls;
    loop {
        let step = calls.iter().position(Call::is_step);
        let part = step.map_or(calls, |step| &calls[..step]);
        let mut select = Select::new(model, below.whole);
        let place = |(place, ty): (usize, &Ty)| Ex { ty: *ty, kind: Kind::Cell(place) };
        select.selected = below.types.iter().enumerate().map(place).collect();
        part.iter().for_each(|call| select.call(call, model));
        let sliced = select.limit.is_some() || select.offset > 0;
        let inner = step.is_some();
        let totalled = !select.total.is_empty();
        if (counted || inner || totalled) && !sliced && select.distinct_on.is_empty() {
            select.order.clear();
        }
        let (whole, types) = (select.whole, select.selected.iter().map(|ex| ex.ty).collect());
        let mut answer = select.run(Source { rows, bases: &below.bases, around })?;
        let Some(step) = step else { return Ok(answer) };
        answer.take_slice();
        below = Below { model, whole, types, bases: Vec::new() };
        below.step(rows, answer.rows, &calls[step], around)?;
        calls = &calls[step + 1..];
    }
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
            Call::Set(_) | Call::Dates(_) | Call::Related(..) | Call::Prefetch(..) => {}
            Call::Slice(limit, offset) => (self.limit, self.offset) = (*limit, *offset),
            Call::Nested | Call::Together(..) | Call::Join(_) | Call::With(_) => {}
            Call::Combine(joint, other) => self.combine(*joint, other, model),
        }
    }

    /// What is selected, as it was written and as it is.
    pub fn pairs(&self) -> Vec<(Ex, Ex<usize>)> {
        self.written.iter().cloned().zip(self.selected.iter().cloned()).collect()
    }

    pub fn resolved(&mut self, exprs: &[Ex]) -> Vec<Ex<usize>> {
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
            false => {
                let plain = |ex: &&Ex<usize>| !is_aggregated(ex) && !is_windowed(ex);
                let known: Vec<Ex<usize>> = self.selected.iter().filter(plain).cloned().collect();
                Groups::Of(self.selected.iter().flat_map(|ex| group_keys(ex, &known)).collect())
            }
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
        let other = if other.calls.iter().any(|call| matches!(call, Call::Slice(..))) {
            Cond::InQuery(key_of_row(), Box::new(other.clone()))
        } else {
            Cond::And(other.calls.iter().map(some).collect())
        };
        self.scope = Scope::new(model);
        self.filters.push(match joint {
            Joint::And => Cond::And(vec![own, other]),
            Joint::Or => Cond::Or(vec![own, other]),
            Joint::Xor => Cond::Xor(Box::new(own), Box::new(other)),
        });
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
