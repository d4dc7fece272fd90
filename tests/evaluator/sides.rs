//! Random set operations, joins with query sets, statements of WITH, and what is asked of their rows.

use super::beside::types_after;
use super::generate::{Ask, Generator, id_last};
use super::schema::MODELS;
use super::spec::{By, Call, Cond, Ex, Join, Kind, Op, Query, Sets, Ty};

impl Generator<'_> {
    /// Rows of several query sets.
    pub fn sides(&mut self, ask: Ask, calls: &mut Vec<Call>) {
        match self.random.below(5) {
            0 | 1 => self.together(ask, calls),
            2 | 3 => self.joined(ask, calls),
            _ => self.with(ask, calls),
        }
        // What is joined shares its rows with what was said before.
        self.behind(ask, ask.to_one(), calls);
    }

    /// Two query sets, and perhaps more, as one.
    fn together(&mut self, ask: Ask, calls: &mut Vec<Call>) {
        if !self.random.one_in(4) {
            let exprs = self.expressions(ask);
            calls.push(Call::Values(exprs));
        }
        self.cut(calls);
        loop {
            let sets = [Sets::Union, Sets::UnionAll, Sets::Intersection, Sets::Difference];
            let sets = *self.random.pick(&sets);
            let types = types_after(calls);
            let other = self.side(ask, types.first().map(Vec::as_slice));
            calls.push(Call::Together(sets, Box::new(other)));
            if self.random.one_in(4) {
                calls.push(if self.random.one_in(2) { Call::With(None) } else { Call::Nested });
                return;
            }
            if !self.random.one_in(3) {
                return;
            }
        }
    }

    /// A set operation with other rows of a model.
    pub fn together_with(&mut self, ask: Ask) -> Call {
        let sets = [Sets::Union, Sets::UnionAll, Sets::Intersection, Sets::Difference];
        let sets = *self.random.pick(&sets);
        Call::Together(sets, Box::new(self.side(ask, None)))
    }

    /// A query set of columns of these types, or else of whole rows.
    fn side(&mut self, ask: Ask, types: Option<&[Ty]>) -> Query {
        let model = match types {
            Some(_) if self.random.one_in(2) => *self.random.pick(MODELS),
            _ => ask.model,
        };
        let ask = Ask { model, ..ask };
        let mut calls: Vec<Call> = (0..self.random.below(3)).map(|_| self.filter(ask)).collect();
        if let Some(types) = types {
            let exprs = types.iter().map(|ty| match ty {
                Ty::Bool => self.truth(ask.to_one()),
                ty => self.computed(ask.to_one(), *ty),
            });
            calls.push(Call::Values(exprs.collect()));
        }
        self.cut(&mut calls);
        Query { model, calls }
    }

    /// Perhaps a slice of the rows so far that is certain.
    fn cut(&mut self, calls: &mut Vec<Call>) {
        if !self.random.one_in(4) {
            return;
        }
        let selected = calls.iter().find_map(|call| match call {
            Call::Values(exprs) => Some(exprs.clone()),
            _ => None,
        });
        let by = match selected {
            Some(exprs) => exprs.into_iter().map(|key| self.by_key(key)).collect(),
            None => vec![id_last()],
        };
        calls.push(Call::OrderBy(by));
        calls.push(Call::Slice(Some(self.random.below(6) as u64), self.random.below(3) as u64));
    }

    /// Rows, or columns, beside those of another query set.
    fn joined(&mut self, ask: Ask, calls: &mut Vec<Call>) {
        let ty = *self.random.pick(&[Ty::I64, Ty::I64, Ty::I64, Ty::I32, Ty::Text]);
        let whole = !self.random.one_in(4);
        let (key, width) = match whole {
            true => (self.column(ask.to_one(), ty), 0),
            false => {
                let mut exprs = vec![self.column(ask.to_one(), ty)];
                exprs.extend(self.expressions(ask.to_one()));
                let width = exprs.len();
                calls.push(Call::Values(exprs));
                (cell(ty, 0), width)
            }
        };
        self.cut(calls);
        let mut types = vec![ty];
        types.extend((0..self.random.below(3)).map(|_| self.ty(ask)));
        let rows = self.side(ask, Some(&types));
        let mut on = Cond::Compare(Op::Eq, key, cell(ty, width));
        if self.random.one_in(4) {
            let also = match whole && self.random.one_in(2) {
                true => self.beside(ask),
                false => {
                    let place = self.random.below(types.len());
                    self.about(&[cell(types[place], width + place)])
                }
            };
            on = Cond::And(vec![on, also]);
        }
        let left = whole && self.random.one_in(2);
        calls.push(Call::Join(Box::new(Join { left, rows, on })));
    }

    /// The rows of a statement of WITH, read once, or twice.
    fn with(&mut self, ask: Ask, calls: &mut Vec<Call>) {
        if self.random.one_in(3) {
            self.cut(calls);
            return calls.push(Call::With(None));
        }
        let exprs = self.expressions(ask);
        calls.push(Call::Values(exprs.clone()));
        self.cut(calls);
        let place = self.random.below(exprs.len());
        let ty = exprs[place].ty;
        let twice = (ty != Ty::Bool && !self.random.one_in(4)).then(|| {
            let op = *self.random.pick(&[Op::Eq, Op::Eq, Op::Lt]);
            Cond::Compare(op, cell(ty, place), cell(ty, exprs.len() + place))
        });
        calls.push(Call::With(twice));
    }

    /// What is asked of the rows of a query below. `plain`: of what is selected of them.
    pub fn behind(&mut self, ask: Ask, plain: Ask, calls: &mut Vec<Call>) {
        let whole = !calls.iter().any(|call| matches!(call, Call::Values(_)));
        let cells = cells_after(calls);
        for _ in 0..self.random.below(3) {
            let cond = match cells.is_empty() || (whole && self.random.one_in(2)) {
                true => self.condition(ask),
                false => self.about(&cells),
            };
            let negated = self.random.one_in(2);
            calls.push(if negated { Call::Exclude(cond) } else { Call::Filter(cond) });
        }
        let alone = Ask { queries: false, ..plain };
        match self.random.below(8) {
            0 | 1 => {
                let mut exprs = cells;
                if exprs.is_empty() {
                    exprs = self.expressions(plain);
                } else if whole && self.random.one_in(2) {
                    exprs.push(self.any_column(alone.to_one()));
                }
                calls.push(Call::Values(exprs));
            }
            2 => {
                let keys = match cells.is_empty() || (whole && self.random.one_in(2)) {
                    true => self.expressions(alone),
                    false => vec![self.random.pick(&cells).clone()],
                };
                calls.push(Call::Values(keys));
                let count = self.aggregate_below(alone, whole, &cells);
                calls.push(Call::Annotate(vec![count]));
            }
            3 => {
                let total = self.aggregate_below(alone, whole, &cells);
                calls.push(Call::Total(vec![total]));
            }
            4 | 5 => self.window_behind(alone.to_one(), whole, cells, calls),
            _ => {}
        }
    }

    /// A function over a window of the rows of a query below.
    fn window_behind(&mut self, ask: Ask, whole: bool, cells: Vec<Ex>, calls: &mut Vec<Call>) {
        let (mut pool, mut unique) = (cells.clone(), cells.clone());
        if whole {
            unique.push(id_last().key);
            pool.extend(self.expressions(ask));
        }
        let window = self.window(&pool, &unique);
        if self.random.one_in(2) {
            let beside = whole.then_some(ask);
            calls.push(self.chosen(beside, window));
        } else {
            calls.push(Call::Values([cells, vec![window]].concat()));
        }
    }

    /// An aggregate of the rows below.
    fn aggregate_below(&mut self, ask: Ask, whole: bool, cells: &[Ex]) -> Ex {
        if cells.is_empty() || (whole && self.random.one_in(2)) {
            return self.aggregate(ask);
        }
        let arg = self.random.pick(cells).clone();
        self.folded(arg, None)
    }

    /// An ordering by what the rows of a query below have, and a slice.
    pub fn ending_behind(&mut self, step: usize, calls: &mut Vec<Call>) {
        let cells = cells_after(&calls[..=step]);
        if !cells.is_empty() && self.random.one_in(2) {
            let key = self.random.pick(&cells).clone();
            let by: Vec<By> = vec![self.by_key(key)];
            calls.push(Call::OrderBy(by));
        }
        if self.random.one_in(3) {
            calls.push(Call::Slice(Some(self.random.below(6) as u64), 0));
        }
    }
}

fn cell(ty: Ty, place: usize) -> Ex {
    Ex { ty, kind: Kind::Cell(place) }
}

/// What rows have after some calls, as a query around them has it.
fn cells_after(calls: &[Call]) -> Vec<Ex> {
    let types = types_after(calls).concat();
    types.into_iter().enumerate().map(|(place, ty)| cell(ty, place)).collect()
}
