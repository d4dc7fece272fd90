//! Random conditions, and the queries inside of them.

use super::generate::{Ask, Generator, OPS, id_last};
use super::schema::{self, MODELS, RELATIONS};
use super::spec::{By, Call, Cond, Ex, Kind, Op, Query, TextOp, Ty, Val};

impl Generator<'_> {
    pub fn filter(&mut self, ask: Ask) -> Call {
        let cond = self.condition(Ask { refers: true, ..ask });
        if self.random.one_in(2) { Call::Filter(cond) } else { Call::Exclude(cond) }
    }

    /// A condition on what the query below selects.
    pub fn about(&mut self, cells: &[Ex]) -> Cond {
        let cell = self.random.pick(cells).clone();
        match (self.random.below(4), cell.ty) {
            (_, Ty::Bool) => Cond::Is(cell),
            (0, _) => Cond::IsNull(cell, self.random.one_in(2)),
            (1, ty) => Cond::In(cell, vec![self.value(ty), self.value(ty)]),
            (_, ty) => {
                let op = *self.random.pick(OPS);
                let value = self.constant(ty);
                Cond::Compare(op, cell, value)
            }
        }
    }

    /// A condition on groups.
    pub fn having(&mut self, ask: Ask) -> Cond {
        let aggregate = self.aggregate(ask);
        let ty = aggregate.ty;
        let op = *self.random.pick(OPS);
        let value = match ty {
            Ty::I64 => Ex { ty, kind: Kind::Value(Val::Int(self.random.within(0..4))) },
            ty => self.constant(ty),
        };
        let one = match self.random.below(5) {
            0 => Cond::IsNull(aggregate, self.random.one_in(2)),
            _ => Cond::Compare(op, aggregate, value),
        };
        match self.random.below(5) {
            0 => Cond::Not(Box::new(one)),
            1 => Cond::Or(vec![one, self.beside(ask)]),
            2 => Cond::And(vec![one, self.beside(ask)]),
            _ => one,
        }
    }

    /// A condition on a column of the row itself, which groups are then told apart by.
    pub fn beside(&mut self, ask: Ask) -> Cond {
        let By { key, .. } = self.own(ask.model);
        let value = self.constant(key.ty);
        Cond::Compare(Op::Eq, key, value)
    }

    pub fn condition(&mut self, ask: Ask) -> Cond {
        if ask.depth == 0 || self.random.one_in(3) {
            return self.leaf(ask);
        }
        let ask = ask.deeper();
        match self.random.below(7) {
            0 | 1 => Cond::And(vec![self.condition(ask), self.condition(ask)]),
            2 | 3 => Cond::Or(vec![self.condition(ask), self.condition(ask)]),
            4 => Cond::Xor(self.condition(ask).into(), self.condition(ask).into()),
            _ => Cond::Not(Box::new(self.condition(ask))),
        }
    }

    pub fn leaf(&mut self, ask: Ask) -> Cond {
        let ty = self.ty(ask);
        match self.random.below(12) {
            0..=3 => {
                let op = *self.random.pick(OPS);
                Cond::Compare(op, self.computed(ask, ty), *self.other(ask, ty))
            }
            4 => {
                let op = *self.random.pick(OPS);
                Cond::Compare(op, self.column(ask, ty), self.constant(ty))
            }
            5 => {
                let (from, to) = (*self.other(ask, ty), *self.other(ask, ty));
                Cond::Range(self.column(ask, ty), from, to)
            }
            6 => {
                let values = (0..self.random.below(4)).map(|_| self.value(ty)).collect();
                Cond::In(self.computed(ask, ty), values)
            }
            7 => Cond::IsNull(self.any_column(ask), self.random.one_in(2)),
            8 => {
                let op = *self.random.pick(&[TextOp::Contains, TextOp::StartsWith, TextOp::IExact]);
                let text = *self.random.pick(&["qa", "qb", "qaa", "b"]);
                Cond::Text(op, self.column(ask, Ty::Text), text.to_owned())
            }
            9 => self.boolean(ask),
            10 if ask.queries => self.exists(ask),
            11 if ask.queries && self.random.one_in(2) => self.among(ask),
            11 if ask.queries => {
                let of = self.computed(ask, ty);
                Cond::InQuery(of, Box::new(self.query_of(ask, ty)))
            }
            _ => Cond::Const(self.random.one_in(2)),
        }
    }

    pub fn boolean(&mut self, ask: Ask) -> Cond {
        match self.column(ask, Ty::Bool) {
            ex if matches!(ex.kind, Kind::Value(_)) => Cond::Const(true),
            ex => Cond::Is(ex),
        }
    }

    // Queries inside.

    pub fn exists(&mut self, ask: Ask) -> Cond {
        let (model, tie) = self.tied(ask);
        let inside = ask.inside(model);
        let mut calls = vec![Call::Filter(tie)];
        if self.random.one_in(2) {
            calls.push(self.filter(inside));
        }
        if self.random.one_in(6) {
            if self.random.one_in(2) {
                calls.push(Call::Values(vec![
                    self.column(Ask { around: None, ..inside }, Ty::Text),
                ]));
            }
            calls.push(Call::Filter(self.having(Ask { around: None, ..inside })));
        } else if self.random.one_in(6) {
            self.steps_inside(inside, &mut calls);
        }
        Cond::Exists(Box::new(Query { model, calls }))
    }

    /// A model, and what ties its rows to the row around.
    pub fn tied(&mut self, ask: Ask) -> (&'static str, Cond) {
        let fits: Vec<_> = RELATIONS.iter().filter(|r| r.target == ask.model).collect();
        let relation = self.random.pick(&fits);
        let key = Ex { ty: Ty::I64, kind: Kind::Column(vec![relation.name], "id") };
        let own = Ex { ty: Ty::I64, kind: Kind::Outer(Vec::new(), "id") };
        (relation.model, Cond::Compare(Op::Eq, key, own))
    }

    /// The first row of a query of one column.
    pub fn first(&mut self, ask: Ask, ty: Ty) -> Ex {
        let (model, tie) = self.tied(ask);
        let inside = ask.inside(model).to_one();
        let mut calls = vec![Call::Filter(tie)];
        let by = vec![self.by(Ask { around: None, ..inside }), id_last()];
        calls.push(Call::OrderBy(by));
        calls.push(Call::Values(vec![self.column(Ask { around: None, ..inside }, ty)]));
        calls.push(Call::Slice(Some(1), 0));
        Ex { ty, kind: Kind::First(Box::new(Query { model, calls })) }
    }

    /// Whether related rows, or the row itself, are among those of a query.
    fn among(&mut self, ask: Ask) -> Cond {
        let path = self.path(ask);
        let model = schema::target(ask.model, &path);
        let inside = ask.inside(model);
        let mut calls: Vec<Call> = (0..self.random.below(3)).map(|_| self.filter(inside)).collect();
        if self.random.one_in(4) {
            calls.push(Call::OrderBy(vec![id_last()]));
            calls.push(Call::Slice(Some(1 + self.random.below(3) as u64), 0));
        }
        if self.random.one_in(4) {
            self.steps_inside(inside, &mut calls);
        }
        let of = Ex { ty: Ty::I64, kind: Kind::Column(path, "pk") };
        Cond::InQuery(of, Box::new(Query { model, calls }))
    }

    /// A set operation, a statement of WITH or a query around a query of rows inside, and perhaps a
    /// condition on its rows.
    fn steps_inside(&mut self, inside: Ask, calls: &mut Vec<Call>) {
        let alone = Ask { around: None, many_around: false, ..inside };
        calls.push(match self.random.below(6) {
            0 => Call::With(None),
            1 => Call::Nested,
            _ => self.together_with(alone),
        });
        if self.random.one_in(3) {
            calls.push(self.filter(alone));
        }
    }

    /// A query of one column.
    pub fn query_of(&mut self, ask: Ask, ty: Ty) -> Query {
        let model = *self.random.pick(MODELS);
        let inside = ask.inside(model);
        let mut calls = Vec::new();
        for _ in 0..self.random.below(3) {
            calls.push(self.filter(inside));
        }
        let sliced = self.random.one_in(4);
        let selected = if sliced { inside.to_one() } else { inside };
        let selected = Ask { many_around: false, ..selected };
        if sliced {
            calls.push(Call::OrderBy(vec![id_last()]));
        }
        calls.push(Call::Values(vec![self.computed(selected, ty)]));
        match sliced {
            true => calls.push(Call::Slice(Some(1 + self.random.below(3) as u64), 0)),
            false if self.random.one_in(4) => calls.push(Call::Distinct),
            false if self.random.one_in(6) => {
                calls.push(Call::Filter(self.having(Ask { around: None, ..inside })));
            }
            false => {}
        }
        Query { model, calls }
    }
}
