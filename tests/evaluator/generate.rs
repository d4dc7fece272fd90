//! Random query sets.

use super::random::Random;
use super::schema::{self, MODELS, NUMBERS, RELATIONS, WORDS};
use super::spec::{
    Aggregate, Binary, By, Call, Cond, Ex, Fold, Joint, Kind, Op, Path, Query, TextOp, Ty, Unary,
    Val,
};

/// What may stand in an expression.
#[derive(Clone, Copy)]
struct Ask {
    model: &'static str,
    /// The model of the query around.
    around: Option<&'static str>,
    /// Paths over to-many relations.
    many: bool,
    /// Queries inside.
    queries: bool,
    depth: u32,
}

impl Ask {
    fn deeper(self) -> Ask {
        Ask { depth: self.depth.saturating_sub(1), ..self }
    }

    fn to_one(self) -> Ask {
        Ask { many: false, ..self }
    }

    /// Of a query inside.
    fn inside(self, model: &'static str) -> Ask {
        Ask { model, around: Some(self.model), queries: false, ..self.deeper() }
    }
}

/// Makes query sets from a source of random numbers.
pub struct Generator<'r> {
    random: &'r mut Random,
}

const TYPES: &[Ty] = &[Ty::I16, Ty::I32, Ty::I64, Ty::Text];
const OPS: &[Op] = &[Op::Eq, Op::Ne, Op::Gt, Op::Gte, Op::Lt, Op::Lte];

impl<'r> Generator<'r> {
    pub fn new(random: &'r mut Random) -> Self {
        Generator { random }
    }

    /// A query set.
    pub fn query(&mut self) -> Query {
        let model = self.random.pick(MODELS);
        let ask = Ask { model, around: None, many: true, queries: true, depth: 2 };
        let mut calls = Vec::new();
        for _ in 0..self.random.below(3) {
            calls.push(self.filter(ask));
        }
        match self.random.below(8) {
            0 => self.combined(ask, &mut calls),
            1 => self.annotated(ask, &mut calls),
            2 | 3 => self.values(ask, &mut calls),
            4 | 5 => self.grouped(ask, &mut calls),
            6 => self.of_rows(ask, &mut calls),
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
        let cells: Vec<Ex> = selected
            .iter()
            .enumerate()
            .map(|(place, ex)| Ex { ty: ex.ty, kind: Kind::Cell(place) })
            .collect();
        for _ in 0..1 + self.random.below(2) {
            let cond = match cells.is_empty() || (whole && self.random.one_in(2)) {
                true => self.condition(ask),
                false => self.about(&cells),
            };
            calls.push(if self.random.one_in(2) {
                Call::Filter(cond)
            } else {
                Call::Exclude(cond)
            });
        }
        if self.random.one_in(3) {
            let exprs = if whole && cells.is_empty() { self.expressions(ask) } else { cells };
            calls.push(Call::Values(exprs));
        }
    }

    /// A condition on what the query below selects.
    fn about(&mut self, cells: &[Ex]) -> Cond {
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

    fn filter(&mut self, ask: Ask) -> Call {
        let cond = self.condition(ask);
        if self.random.one_in(2) { Call::Filter(cond) } else { Call::Exclude(cond) }
    }

    /// Two query sets that filter, and each row of them once.
    fn combined(&mut self, ask: Ask, calls: &mut Vec<Call>) {
        let joint = *self.random.pick(&[Joint::And, Joint::Or, Joint::Xor]);
        let other = (0..1 + self.random.below(2)).map(|_| self.filter(ask)).collect();
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
        calls.push(Call::Annotate(vec![self.aggregate(ask)]));
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
        match self.random.below(3) {
            0 => calls.push(Call::Filter(self.having(ask))),
            1 => calls.push(Call::Exclude(self.having(ask))),
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

    /// An ordering, DISTINCT, a slice.
    fn ending(&mut self, ask: Ask, calls: &mut Vec<Call>) {
        if let Some(nested) = calls.iter().position(|call| *call == Call::Nested) {
            return self.ending_of_nested(nested, calls);
        }
        let grouped = calls.iter().any(|call| matches!(call, Call::Annotate(_)));
        let distinct = calls.contains(&Call::Distinct) || self.random.one_in(4);
        let whole = !calls.iter().any(|call| matches!(call, Call::Values(_)));
        if self.random.one_in(2) {
            let many = Ask { many: ask.many && self.random.one_in(4), queries: false, ..ask };
            let mut by: Vec<By> = (0..1 + self.random.below(2)).map(|_| self.by(many)).collect();
            if whole && distinct && !grouped {
                by = vec![self.own(ask.model)];
            } else if grouped || distinct {
                let selected = self.again(calls);
                by = selected.into_iter().map(|key| self.by_key(key)).collect();
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

    /// The same of a nested query, ordered by what is selected below.
    fn ending_of_nested(&mut self, nested: usize, calls: &mut Vec<Call>) {
        let cells = selected(&calls[..nested]).into_iter().enumerate();
        let mut cells = cells.map(|(place, ex)| Ex { ty: ex.ty, kind: Kind::Cell(place) });
        if let Some(key) = cells.next().filter(|_| self.random.one_in(2)) {
            let by = self.by_key(key);
            calls.push(Call::OrderBy(vec![by]));
        }
        if self.random.one_in(3) {
            calls.push(Call::Slice(Some(self.random.below(6) as u64), 0));
        }
    }

    /// A column of the row itself.
    fn own(&mut self, model: &'static str) -> By {
        let columns = schema::table(model).columns.iter();
        let inside = ["lang", "size", "score", "year"];
        let plain =
            |name: &str| !name.ends_with("_id") && (model != "book" || !inside.contains(&name));
        let columns: Vec<_> = columns.filter(|(name, ..)| plain(name)).collect();
        let (name, ty, _) = self.random.pick(&columns);
        self.by_key(Ex { ty: *ty, kind: Kind::Column(Vec::new(), name) })
    }

    fn by(&mut self, ask: Ask) -> By {
        let ty = self.ty(ask);
        let key = self.computed(ask, ty);
        self.by_key(key)
    }

    fn by_key(&mut self, key: Ex) -> By {
        let nulls_first = self.random.one_in(4).then(|| self.random.one_in(2));
        By { key, desc: self.random.one_in(2), nulls_first }
    }

    fn expressions(&mut self, ask: Ask) -> Vec<Ex> {
        let mut exprs: Vec<Ex> = Vec::new();
        for _ in 0..1 + self.random.below(2) {
            let ask = Ask { many: ask.many && self.random.one_in(3), ..ask };
            let ex = match self.random.below(8) {
                0 => self.truth(ask),
                _ => {
                    let ty = self.ty(ask);
                    self.computed(ask, ty)
                }
            };
            if !exprs.contains(&ex) {
                exprs.push(ex);
            }
        }
        exprs
    }

    /// A condition as a value: one that says no more than true, false or NULL of its row.
    fn truth(&mut self, ask: Ask) -> Ex {
        let condition = match self.random.below(3) {
            0 if ask.queries => self.exists(ask),
            1 => Cond::IsNull(self.any_column(ask), self.random.one_in(2)),
            _ => {
                let op = *self.random.pick(&[Op::Eq, Op::Gt, Op::Lte]);
                let ty = self.ty(ask);
                Cond::Compare(op, self.computed(ask, ty), self.computed(ask, ty))
            }
        };
        Ex { ty: Ty::Bool, kind: Kind::Condition(Box::new(condition)) }
    }

    // Expressions.

    /// An expression that reads a column.
    fn computed(&mut self, ask: Ask, ty: Ty) -> Ex {
        if ask.depth == 0 || self.random.one_in(3) {
            return self.column(ask, ty);
        }
        let ask = ask.deeper();
        let kind = match self.random.below(9) {
            0 => Kind::Binary(Binary::Coalesce, self.computed(ask, ty).into(), self.other(ask, ty)),
            1 => Kind::Binary(Binary::NullIf, self.computed(ask, ty).into(), self.other(ask, ty)),
            2 => {
                let op = *self.random.pick(&[Binary::Greatest, Binary::Least]);
                Kind::Binary(op, self.computed(ask, ty).into(), self.other(ask, ty))
            }
            3 => {
                let when = self.condition(Ask { queries: false, ..ask });
                let otherwise = (!self.random.one_in(3)).then(|| self.other(ask, ty));
                Kind::Case(when.into(), self.computed(ask, ty).into(), otherwise)
            }
            4 if ask.queries => return self.first(ask, ty),
            5 if ty == Ty::I32 => Kind::Unary(Unary::Length, self.column(ask, Ty::Text).into()),
            _ if ty.is_number() => match self.random.below(4) {
                0 => Kind::Unary(Unary::Negative, self.column(ask, ty).into()),
                1 => Kind::Unary(Unary::Abs, self.column(ask, ty).into()),
                2 => Kind::Binary(Binary::Add, self.column(ask, ty).into(), self.other(ask, ty)),
                _ => {
                    Kind::Binary(Binary::Subtract, self.column(ask, ty).into(), self.other(ask, ty))
                }
            },
            5 if ty == Ty::Text => Kind::Unary(Unary::Lower, self.column(ask, ty).into()),
            _ if ty == Ty::Text => {
                Kind::Binary(Binary::Concat, self.column(ask, ty).into(), self.other(ask, ty))
            }
            _ => return self.column(ask, ty),
        };
        Ex { ty, kind }
    }

    /// What stands beside an expression: a value, or another one.
    fn other(&mut self, ask: Ask, ty: Ty) -> Box<Ex> {
        Box::new(match self.random.one_in(2) {
            true => self.constant(ty),
            false => self.column(ask, ty),
        })
    }

    fn constant(&mut self, ty: Ty) -> Ex {
        Ex { ty, kind: Kind::Value(self.value(ty)) }
    }

    fn value(&mut self, ty: Ty) -> Val {
        match ty {
            Ty::I16 | Ty::I32 => Val::Int(self.random.within(NUMBERS)),
            Ty::I64 => Val::Int(self.random.within(1..8)),
            Ty::Bool => Val::Bool(self.random.one_in(2)),
            Ty::Text if self.random.one_in(6) => Val::Text(String::new()),
            Ty::Text => Val::Text((*self.random.pick(WORDS)).to_owned()),
        }
    }

    /// A column of a type, over some relations.
    fn column(&mut self, ask: Ask, ty: Ty) -> Ex {
        if let (Some(around), true) = (ask.around, self.random.one_in(4)) {
            let path = self.path(Ask { many: false, model: around, ..ask });
            if let Some(column) = self.column_of(schema::target(around, &path), ty) {
                return Ex { ty, kind: Kind::Outer(path, column) };
            }
        }
        for _ in 0..6 {
            let path = self.path(ask);
            if let Some(column) = self.column_of(schema::target(ask.model, &path), ty) {
                return Ex { ty, kind: Kind::Column(path, column) };
            }
        }
        for path in near(ask) {
            if let Some(column) = self.column_of(schema::target(ask.model, &path), ty) {
                return Ex { ty, kind: Kind::Column(path, column) };
            }
        }
        self.constant(ty)
    }

    /// A type of which there is a column near.
    fn ty(&mut self, ask: Ask) -> Ty {
        let ty = *self.random.pick(TYPES);
        let there = near(ask).iter().any(|path| {
            let columns = schema::table(schema::target(ask.model, path)).columns;
            columns.iter().any(|(_, of, _)| *of == ty)
        });
        if there { ty } else { Ty::Text }
    }

    fn any_column(&mut self, ask: Ask) -> Ex {
        let ty = self.ty(ask);
        self.column(ask, ty)
    }

    fn column_of(&mut self, model: &'static str, ty: Ty) -> Option<&'static str> {
        let fits: Vec<&'static str> = schema::table(model)
            .columns
            .iter()
            .filter(|(name, of, _)| *of == ty && !name.ends_with("_id"))
            .map(|(name, ..)| *name)
            .collect();
        (!fits.is_empty()).then(|| *self.random.pick(&fits))
    }

    fn path(&mut self, ask: Ask) -> Path {
        let mut path = Path::new();
        let mut at = ask.model;
        for _ in 0..*self.random.pick(&[0, 0, 1, 1, 1, 2]) {
            let fits: Vec<_> = RELATIONS
                .iter()
                .filter(|relation| relation.model == at)
                .filter(|relation| ask.many || !relation.hops.iter().any(|hop| hop.is_many()))
                .collect();
            if fits.is_empty() {
                break;
            }
            let relation = self.random.pick(&fits);
            path.push(relation.name);
            at = relation.target;
        }
        path
    }

    // Aggregates.

    fn aggregate(&mut self, ask: Ask) -> Ex {
        let ask = Ask { queries: false, many: true, depth: 1, ..ask };
        let arg_ty = self.ty(ask);
        let arg = self.computed(ask, arg_ty);
        let folds: &[Fold] = match arg_ty {
            Ty::Text => &[Fold::Count, Fold::Min, Fold::Max],
            _ => &[Fold::Count, Fold::Sum, Fold::Min, Fold::Max],
        };
        let of = *self.random.pick(folds);
        let ty = match of {
            Fold::Count | Fold::Sum => Ty::I64,
            Fold::Min | Fold::Max => arg_ty,
        };
        let filter = self.random.one_in(4).then(|| self.condition(Ask { depth: 1, ..ask }));
        let distinct = self.random.one_in(3);
        let aggregate = Aggregate { of, arg, distinct, filter };
        Ex { ty, kind: Kind::Aggregate(Box::new(aggregate)) }
    }

    /// A condition on groups.
    fn having(&mut self, ask: Ask) -> Cond {
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
    fn beside(&mut self, ask: Ask) -> Cond {
        let By { key, .. } = self.own(ask.model);
        let value = self.constant(key.ty);
        Cond::Compare(Op::Eq, key, value)
    }

    // Conditions.

    fn condition(&mut self, ask: Ask) -> Cond {
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

    fn leaf(&mut self, ask: Ask) -> Cond {
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
            11 if ask.queries => {
                let of = self.computed(ask, ty);
                Cond::InQuery(of, Box::new(self.query_of(ask, ty)))
            }
            _ => Cond::Const(self.random.one_in(2)),
        }
    }

    fn boolean(&mut self, ask: Ask) -> Cond {
        match self.column(ask, Ty::Bool) {
            ex if matches!(ex.kind, Kind::Value(_)) => Cond::Const(true),
            ex => Cond::Is(ex),
        }
    }

    // Queries inside.

    fn exists(&mut self, ask: Ask) -> Cond {
        let (model, tie) = self.tied(ask);
        let inside = ask.inside(model);
        let mut calls = vec![Call::Filter(tie)];
        if self.random.one_in(2) {
            calls.push(self.filter(inside));
        }
        Cond::Exists(Box::new(Query { model, calls }))
    }

    /// A model, and what ties its rows to the row around.
    fn tied(&mut self, ask: Ask) -> (&'static str, Cond) {
        let fits: Vec<_> = RELATIONS.iter().filter(|r| r.target == ask.model).collect();
        let relation = self.random.pick(&fits);
        let key = Ex { ty: Ty::I64, kind: Kind::Column(vec![relation.name], "id") };
        let own = Ex { ty: Ty::I64, kind: Kind::Outer(Vec::new(), "id") };
        (relation.model, Cond::Compare(Op::Eq, key, own))
    }

    /// The first row of a query of one column.
    fn first(&mut self, ask: Ask, ty: Ty) -> Ex {
        let (model, tie) = self.tied(ask);
        let inside = ask.inside(model).to_one();
        let mut calls = vec![Call::Filter(tie)];
        let by = vec![self.by(Ask { around: None, ..inside }), id_last()];
        calls.push(Call::OrderBy(by));
        calls.push(Call::Values(vec![self.column(Ask { around: None, ..inside }, ty)]));
        calls.push(Call::Slice(Some(1), 0));
        Ex { ty, kind: Kind::First(Box::new(Query { model, calls })) }
    }

    /// A query of one column.
    fn query_of(&mut self, ask: Ask, ty: Ty) -> Query {
        let model = *self.random.pick(MODELS);
        let inside = ask.inside(model);
        let mut calls = Vec::new();
        for _ in 0..self.random.below(3) {
            calls.push(self.filter(inside));
        }
        let sliced = self.random.one_in(4);
        let selected = if sliced { inside.to_one() } else { inside };
        if sliced {
            calls.push(Call::OrderBy(vec![id_last()]));
        }
        calls.push(Call::Values(vec![self.computed(selected, ty)]));
        match sliced {
            true => calls.push(Call::Slice(Some(1 + self.random.below(3) as u64), 0)),
            false if self.random.one_in(4) => calls.push(Call::Distinct),
            false => {}
        }
        Query { model, calls }
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

/// Whether the rows so far are whole, or whole with one selection, or groups with one.
fn can_be_nested(calls: &[Call]) -> bool {
    let (mut values, mut added) = (false, 0);
    for call in calls {
        match call {
            Call::Values(_) => (values, added) = (true, 0),
            Call::Annotate(_) => added += 1,
            _ => {}
        }
    }
    if values { added == 1 } else { added <= 1 }
}

/// The model itself, and the relations that lead from it.
fn near(ask: Ask) -> Vec<Path> {
    let mut paths = vec![Path::new()];
    for relation in RELATIONS.iter().filter(|relation| relation.model == ask.model) {
        if ask.many || !relation.hops.iter().any(|hop| hop.is_many()) {
            paths.push(vec![relation.name]);
        }
    }
    paths
}

fn id_last() -> By {
    By {
        key: Ex { ty: Ty::I64, kind: Kind::Column(Vec::new(), "id") },
        desc: false,
        nulls_first: None,
    }
}
