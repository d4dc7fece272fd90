//! Random query sets: their calls, one after the other.

use super::generate::{Ask, Generator, id_last};
use super::over::{has_window, is_windowed};
use super::schema::{MODELS, RELATIONS};
use super::spec::{By, Call, Ex, How, Joint, Query};

impl Generator<'_> {
    /// A query set.
    pub fn query(&mut self) -> Query {
        let model = self.random.pick(MODELS);
        let ask = Ask {
            model,
            around: None,
            many: true,
            many_around: false,
            refers: false,
            queries: true,
            depth: 2,
        };
        let mut calls = Vec::new();
        for _ in 0..self.random.below(3) {
            calls.push(self.filter(ask));
        }
        match self.random.below(16) {
            8 => return Query { model, calls: self.told_apart(ask, calls) },
            9 => return Query { model, calls: self.totalled(ask, calls) },
            10 => return Query { model, calls: self.loaded(ask, calls) },
            0 => self.combined(ask, &mut calls),
            1 => self.annotated(ask, &mut calls),
            2 | 3 => self.values(ask, &mut calls),
            4 | 5 => self.grouped(ask, &mut calls),
            6 => self.of_rows(ask, &mut calls),
            11 | 12 => self.windowed(ask, &mut calls),
            13..=15 => self.sides(ask, &mut calls),
            _ => {}
        }
        if self.random.one_in(5) && can_be_nested(&calls) {
            self.nested(ask, &mut calls);
        }
        self.ending(ask, &mut calls);
        Query { model, calls }
    }

    /// A slice of the rows so far, and what is asked of it.
    fn nested(&mut self, ask: Ask, calls: &mut Vec<Call>) {
        let selected = selected(calls);
        let whole = !calls.iter().any(|call| matches!(call, Call::Values(_)));
        if self.random.one_in(2) {
            // Rows that it does not tell apart are the same.
            let mut by: Vec<By> = selected.iter().cloned().map(|key| self.by_key(key)).collect();
            by.extend(whole.then(id_last));
            calls.push(Call::OrderBy(by));
            calls.push(Call::Slice(Some(self.random.below(6) as u64), self.random.below(3) as u64));
        }
        calls.push(Call::Nested);
        self.behind(ask, ask, calls);
    }

    /// Two query sets that filter, and each row of them once.
    fn combined(&mut self, ask: Ask, calls: &mut Vec<Call>) {
        let joint = *self.random.pick(&[Joint::And, Joint::Or, Joint::Xor]);
        let mut other: Vec<Call> =
            (0..1 + self.random.below(2)).map(|_| self.filter(ask)).collect();
        if joint != Joint::And && self.random.one_in(4) {
            other.push(Call::OrderBy(vec![id_last()]));
            other.push(Call::Slice(Some(self.random.below(5) as u64), self.random.below(2) as u64));
        }
        calls.push(Call::Combine(joint, Box::new(Query { model: ask.model, calls: other })));
        calls.push(Call::Distinct);
    }

    /// Whole rows with columns that are calculated from them.
    fn annotated(&mut self, ask: Ask, calls: &mut Vec<Call>) {
        let exprs = self.expressions(ask);
        calls.push(Call::Annotate(exprs));
        if self.random.one_in(2) {
            calls.push(self.filter(ask));
        }
    }

    /// Columns instead of rows.
    fn values(&mut self, ask: Ask, calls: &mut Vec<Call>) {
        if self.random.one_in(4) {
            self.annotated(ask, calls);
        }
        let exprs = self.expressions(ask);
        calls.push(Call::Values(exprs));
        if self.random.one_in(4) {
            calls.push(self.filter(ask));
        }
    }

    /// Groups of what `values` selects.
    fn grouped(&mut self, ask: Ask, calls: &mut Vec<Call>) {
        // What stands before must not change the groups.
        match self.random.below(6) {
            0 => calls.push(Call::Annotate(vec![self.aggregate(ask)])),
            1 => calls.push(Call::Filter(self.having(ask))),
            _ => {}
        }
        let exprs = self.expressions(ask);
        calls.push(Call::Values(exprs));
        let several = 1 + usize::from(self.random.one_in(3));
        let aggregates = (0..several).map(|_| self.aggregate(ask)).collect();
        calls.push(Call::Annotate(aggregates));
        match self.random.below(4) {
            0 => calls.push(Call::Filter(self.having(ask))),
            1 => calls.push(Call::Annotate(vec![self.aggregate(ask)])),
            2 if self.random.one_in(2) => {
                let again = self.again(calls);
                calls.push(Call::Values(again));
            }
            _ => {}
        }
    }

    /// Some of the expressions that are selected already.
    fn again(&mut self, calls: &[Call]) -> Vec<Ex> {
        let mut all = selected(calls);
        let keep = 1 + self.random.below(all.len());
        while all.len() > keep {
            all.remove(self.random.below(all.len()));
        }
        all
    }

    /// Aggregates for each row of the model.
    fn of_rows(&mut self, ask: Ask, calls: &mut Vec<Call>) {
        let aggregate = self.aggregate(ask);
        match self.random.below(5) {
            0 => calls.push(Call::Filter(self.having(ask))),
            1 => calls.push(Call::Exclude(self.having(ask))),
            2 | 3 => {
                let other = self.aggregate(ask);
                calls.push(Call::Annotate(vec![aggregate, other]));
            }
            _ => calls.push(Call::Annotate(vec![aggregate])),
        }
        match self.random.below(5) {
            0 => calls.push(self.filter(ask)),
            1 => calls.push(Call::Filter(self.having(ask))),
            2 => {
                let exprs = self.expressions(ask.to_one());
                calls.push(Call::Values(exprs));
            }
            _ => {}
        }
    }

    /// The first rows of each kind.
    fn told_apart(&mut self, ask: Ask, mut calls: Vec<Call>) -> Vec<Call> {
        let ask = ask.to_one();
        match self.random.below(3) {
            0 => {
                let exprs = self.expressions(ask);
                calls.push(Call::Values(exprs));
            }
            1 => {
                let exprs = self.expressions(ask);
                calls.push(Call::Annotate(exprs));
            }
            _ => {}
        }
        let plain = Ask { queries: false, ..ask };
        let mut by: Vec<By> = (0..1 + self.random.below(2)).map(|_| self.by(plain)).collect();
        calls.push(Call::DistinctOn(by.iter().map(|by| by.key.clone()).collect()));
        by.push(self.by(plain));
        by.push(id_last());
        calls.push(Call::OrderBy(by));
        if self.random.one_in(4) {
            calls.push(Call::Slice(Some(self.random.below(6) as u64), self.random.below(3) as u64));
        }
        calls
    }

    /// Aggregates over all rows, or over those of a slice.
    fn totalled(&mut self, ask: Ask, mut calls: Vec<Call>) -> Vec<Call> {
        let sliced = self.random.one_in(3);
        let ask = if sliced { ask.to_one() } else { ask };
        if sliced {
            self.sliced(ask, &mut calls);
        }
        let total = (0..1 + self.random.below(2)).map(|_| self.aggregate(ask)).collect();
        calls.push(Call::Total(total));
        calls
    }

    /// A slice that is certain.
    fn sliced(&mut self, ask: Ask, calls: &mut Vec<Call>) {
        let by = self.by(Ask { queries: false, ..ask.to_one() });
        calls.push(Call::OrderBy(vec![by, id_last()]));
        calls.push(Call::Slice(Some(self.random.below(6) as u64), self.random.below(3) as u64));
    }

    /// Whole rows with related ones, or the dates of the rows.
    fn loaded(&mut self, ask: Ask, mut calls: Vec<Call>) -> Vec<Call> {
        if self.random.one_in(3) {
            calls.extend(self.dated(ask).map(Call::Dates));
            return calls;
        }
        if self.random.one_in(3) {
            self.sliced(ask, &mut calls);
        }
        let fits: Vec<_> =
            RELATIONS.iter().filter(|r| r.model == ask.model && !r.is_chosen()).collect();
        let relation = *self.random.pick(&fits);
        if !relation.hops.iter().any(|hop| hop.is_many()) && self.random.one_in(2) {
            let how = *self.random.pick(&[How::Beside, How::Alone, How::Grouped]);
            calls.push(Call::Related(how, relation.name));
            return calls;
        }
        let ask = Ask { model: relation.target, queries: false, ..ask }.to_one();
        let mut of_related = Vec::new();
        if self.random.one_in(2) {
            of_related.push(self.filter(ask));
        }
        of_related.push(Call::OrderBy(vec![self.by(ask), id_last()]));
        calls.push(Call::Prefetch(relation.name, of_related));
        calls
    }

    /// An ordering, DISTINCT, a slice.
    fn ending(&mut self, ask: Ask, calls: &mut Vec<Call>) {
        if matches!(calls.last(), Some(Call::Total(_))) {
            return;
        }
        if let Some(step) = calls.iter().rposition(Call::is_step) {
            return self.ending_behind(step, calls);
        }
        let windows = calls.iter().any(has_windows);
        let ask = if windows { ask.to_one() } else { ask };
        let grouped = calls.iter().any(|call| matches!(call, Call::Annotate(_)));
        let distinct = calls.contains(&Call::Distinct) || self.random.one_in(4);
        let whole = !calls.iter().any(|call| matches!(call, Call::Values(_)));
        let ordered = matches!(calls.last(), Some(Call::OrderBy(_)));
        let distinct = distinct && !ordered;
        if !ordered && self.random.one_in(2) {
            let many = Ask { many: ask.many && self.random.one_in(4), queries: false, ..ask };
            let mut by: Vec<By> = (0..1 + self.random.below(2)).map(|_| self.by(many)).collect();
            if whole && distinct && !grouped {
                by = vec![self.own(ask.model)];
            } else if grouped || distinct {
                let selected = self.again(calls);
                by = selected.into_iter().map(|key| self.by_key(key)).collect();
                if !distinct && !windows && self.random.one_in(3) {
                    by.push(self.own(ask.model));
                }
            }
            calls.push(Call::OrderBy(by));
            if self.random.one_in(4) {
                calls.push(Call::Reverse);
            }
        }
        if distinct && !calls.contains(&Call::Distinct) {
            calls.push(Call::Distinct);
        }
        if self.random.one_in(4) {
            let limit = (!self.random.one_in(4)).then(|| self.random.below(6) as u64);
            calls.push(Call::Slice(limit, self.random.below(4) as u64));
        }
    }
}

/// The expressions that are selected.
fn selected(calls: &[Call]) -> Vec<Ex> {
    let mut all = Vec::new();
    for call in calls {
        match call {
            Call::Values(exprs) => all = exprs.clone(),
            Call::Annotate(exprs) => all.extend(exprs.iter().cloned()),
            _ => {}
        }
    }
    all
}

/// Whether a call says something of a window.
pub fn has_windows(call: &Call) -> bool {
    match call {
        Call::Annotate(exprs) | Call::Values(exprs) => exprs.iter().any(is_windowed),
        Call::Filter(cond) | Call::Exclude(cond) => has_window(cond),
        Call::OrderBy(by) => by.iter().any(|by| is_windowed(&by.key)),
        _ => false,
    }
}

/// Whether the rows so far are whole or columns, alone or with one selection.
fn can_be_nested(calls: &[Call]) -> bool {
    let mut added = 0;
    for call in calls {
        match call {
            Call::Total(_) | Call::OrderBy(_) => return false,
            step if step.is_step() => return false,
            Call::Values(_) => added = 0,
            Call::Annotate(_) => added += 1,
            _ => {}
        }
    }
    added <= 1
}
