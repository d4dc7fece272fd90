//! Random functions over windows, and query sets with them.

use super::generate::{Ask, Generator, OPS, id_last};
use super::spec::{By, Call, Cond, Ex, Fold, Kind, Over, Ty, Val, Window};

/// Frames of rows.
const FRAMES: &[[Option<i64>; 2]] = &[
    [None, Some(0)],
    [None, None],
    [None, Some(-1)],
    [Some(0), None],
    [Some(-1), Some(0)],
    [Some(-1), Some(1)],
    [Some(-2), Some(-1)],
    [Some(1), Some(2)],
];

impl Generator<'_> {
    /// Rows, columns or groups with a function over a window, or chosen by one.
    pub fn windowed(&mut self, ask: Ask, calls: &mut Vec<Call>) {
        let one = Ask { queries: false, ..ask.to_one() };
        if self.random.one_in(4) {
            return self.windows_of_groups(ask, calls);
        }
        let window = self.window_of_rows(one);
        match self.random.below(5) {
            0 => {
                calls.push(Call::Annotate(vec![window.clone()]));
                if self.random.one_in(2) {
                    calls.push(self.chosen(Some(one), window));
                }
            }
            1 => {
                let mut exprs = self.expressions(one);
                exprs.push(window);
                calls.push(Call::Values(exprs));
            }
            2 => {
                calls.push(self.chosen(Some(one), window));
                if self.random.one_in(2) {
                    let other = self.window_of_rows(one);
                    calls.push(Call::Annotate(vec![other]));
                }
            }
            3 => {
                calls.push(self.chosen(Some(one), window));
                if self.random.one_in(3) {
                    let total =
                        (0..1 + self.random.below(2)).map(|_| self.aggregate(one)).collect();
                    calls.push(Call::Total(total));
                    return;
                }
            }
            _ => {
                let by = self.by_key(window);
                calls.push(Call::OrderBy(vec![by, id_last()]));
                return;
            }
        }
        if self.random.one_in(3) {
            calls.push(self.filter(Ask { queries: true, ..one }));
        }
    }

    /// Windows over groups: of what is selected, whose keys tell them apart.
    fn windows_of_groups(&mut self, ask: Ask, calls: &mut Vec<Call>) {
        let keys = self.expressions(ask.to_one());
        let aggregate = self.aggregate(ask);
        calls.push(Call::Values(keys.clone()));
        calls.push(Call::Annotate(vec![aggregate.clone()]));
        let pool = [keys.clone(), vec![aggregate]].concat();
        let window = self.window(&pool, &keys);
        calls.push(match self.random.one_in(2) {
            true => Call::Annotate(vec![window]),
            false => self.chosen(None, window),
        });
    }

    /// A function over a window of the rows of a model.
    fn window_of_rows(&mut self, ask: Ask) -> Ex {
        let mut pool = self.expressions(ask);
        pool.extend(self.expressions(ask));
        self.window(&pool, &[id_last().key])
    }

    /// A function over a window. `unique`: what tells rows apart.
    pub fn window(&mut self, pool: &[Ex], unique: &[Ex]) -> Ex {
        let arg = self.random.pick(pool).clone();
        let (of, ty) = match self.random.below(10) {
            0 => (Over::RowNumber, Ty::I64),
            1 => (Over::Rank, Ty::I64),
            2 => (Over::DenseRank, Ty::I64),
            3 => (Over::Lag, arg.ty),
            4 => (Over::Lead, arg.ty),
            5 => (Over::FirstValue, arg.ty),
            6 | 7 if arg.ty == Ty::Decimal => (Over::Fold(Fold::Sum), Ty::Decimal),
            6 | 7 if arg.ty.is_number() => (Over::Fold(Fold::Sum), Ty::I64),
            8 if arg.ty != Ty::Bool => (Over::Fold(Fold::Max), arg.ty),
            _ => (Over::Fold(Fold::Count), Ty::I64),
        };
        let reads = !matches!(of, Over::RowNumber | Over::Rank | Over::DenseRank);
        let folds = matches!(of, Over::Fold(_));
        let mut some = |counts: &[usize]| -> Vec<Ex> {
            let count = *self.random.pick(counts);
            (0..count).map(|_| self.random.pick(pool).clone()).collect()
        };
        let (partition, order) = (some(&[0, 0, 1, 1, 2]), some(&[0, 1, 1, 2]));
        let mut order: Vec<By> = order.into_iter().map(|key| self.by_key(key)).collect();
        let framed = (folds || of == Over::FirstValue) && self.random.one_in(3);
        // What depends on the order of rows that are ordered alike has none.
        if framed || !(folds || matches!(of, Over::Rank | Over::DenseRank)) {
            order.extend(unique.iter().map(|key| self.by_key(key.clone())));
        }
        let rows = framed.then(|| *self.random.pick(FRAMES));
        let window = Window { of, arg: reads.then_some(arg), partition, order, rows };
        Ex { ty, kind: Kind::Window(Box::new(window)) }
    }

    /// The rows that a function over a window chooses. `beside`: where other conditions stand
    /// beside it.
    pub fn chosen(&mut self, beside: Option<Ask>, window: Ex) -> Call {
        let op = *self.random.pick(OPS);
        let one = match (self.random.below(5), window.ty) {
            (_, Ty::Bool) => Cond::Is(window),
            (0, _) => Cond::IsNull(window, self.random.one_in(2)),
            (_, ty @ Ty::I64) => {
                let number = Val::Int(self.random.within(0..4));
                Cond::Compare(op, window, Ex { ty, kind: Kind::Value(number) })
            }
            (_, ty) => Cond::Compare(op, window, self.constant(ty)),
        };
        let cond = match (self.random.below(7), beside) {
            (0, _) => Cond::Not(Box::new(one)),
            (1, Some(ask)) => Cond::Or(vec![one, self.beside(ask)]),
            (2, Some(ask)) => Cond::And(vec![one, self.beside(ask)]),
            (3, Some(ask)) => Cond::Xor(one.into(), self.beside(ask).into()),
            _ => one,
        };
        if self.random.one_in(4) { Call::Exclude(cond) } else { Call::Filter(cond) }
    }
}
